//! Cuts one wasm module into the engine of every page and the parts that are joined to it when they are wanted.
//!
//! The crate is compiled once, with everything in it. What an export of the engine reaches, functions and constants,
//! stays in the engine. What the exports of one part alone reach goes into that part; what several parts reach goes into
//! the first of them, which is joined before the others. A part takes the memory, the table and the globals of the
//! engine, and everything keeps its address. So whatever the engine has read is there for the parts, and nothing of it
//! is fetched twice.

mod program;
mod references;

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use walrus::ir::Value;
use walrus::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExportItem, Function, FunctionId, FunctionKind,
    GlobalKind, ImportedFunction, Module, ModuleConfig, RefType, TableId, passes,
};

use program::{Program, Reached};
use references::References;

/// Where a part imports from: all that the engine and the parts before it export.
const JOINED: &str = "joined";

/// The table of the functions that one module calls in another.
const SHARED: &str = "shared";

/// What of other sections is no longer true.
const STALE: [&str; 4] = ["linking", "producers", "reloc.CODE", "reloc.DATA"];

/// The engine, then each part, as modules.
///
/// `linked` is what the linker made, with the addresses that it was asked to tell, and `bound` what wasm-bindgen made of
/// that. The exports of a part begin with its name: `PART_…`, or as methods `engine_PART_…`.
pub(crate) fn split(linked: &[u8], bound: &[u8], parts: &[&str]) -> Result<Vec<Vec<u8>>> {
    let references = References::read(linked)?;
    let plan = Plan::new(&Program::new(&parse(bound)?, &references)?, parts, build_of(bound))?;
    (0..=parts.len()).map(|layer| plan.cut(parse(bound)?, layer)).collect()
}

/// The name of a build, by which the engine exports its memory: to another one no part can be joined, where its addresses
/// would be those of something else.
fn build_of(bound: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bound.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A module. Its functions have the same numbers each time that it is parsed.
fn parse(bytes: &[u8]) -> Result<Module> {
    ModuleConfig::new().generate_producers_section(false).parse(bytes)
}

/// What goes where: 0 is the engine, 1 the first part; what nothing reaches goes nowhere.
struct Plan {
    functions: Vec<Option<usize>>,
    constants: Vec<(Range<u32>, Option<usize>)>,
    exports: HashMap<String, usize>,
    /// The functions that another module calls: those of the engine first, then those of the first part. A platform makes
    /// an object of every export when it starts a module, so that they are in a table, and the engine starts sooner.
    shared: Vec<usize>,
    build: String,
}

impl Plan {
    fn new(program: &Program<'_>, parts: &[&str], build: String) -> Result<Self> {
        let layer_of = |export: &str| {
            let name = export.strip_prefix("engine_").unwrap_or(export);
            let is_of = |part: &&str| name.strip_prefix(*part).is_some_and(|rest| rest.starts_with('_'));
            parts.iter().position(is_of).map_or(0, |part| part + 1)
        };
        let reached = (0..=parts.len()).map(|layer| {
            let exports = program.exports.iter().filter(|(name, _)| layer_of(name) == layer);
            let start = program.start.filter(|_| layer == 0);
            program.reached_from(exports.map(|(_, function)| *function).chain(start))
        });
        let reached: Vec<Reached> = reached.collect::<Result<_>>()?;
        let functions: Vec<_> =
            (0..program.functions.len()).map(|it| layer(&reached, |by| by.functions.get(it))).collect();
        let constants = program.references.constants.iter().enumerate();
        let constants = constants
            .map(|(it, constant)| (constant.addresses.clone(), layer(&reached, |by| by.constants.get(it))));
        Ok(Self {
            shared: shared(program, &functions)?,
            constants: constants.collect(),
            exports: program.exports.iter().map(|(name, _)| ((*name).to_owned(), layer_of(name))).collect(),
            functions,
            build,
        })
    }

    /// One of the modules, cut out of the whole.
    fn cut(&self, mut module: Module, layer: usize) -> Result<Vec<u8>> {
        for name in STALE {
            module.customs.remove_raw(name);
        }
        self.cut_exports(&mut module, layer);
        self.cut_table(&mut module, layer)?;
        self.cut_memory(&mut module, layer)?;
        if layer == 0 {
            self.export_all(&mut module);
        } else {
            module.start = None;
            self.import_all(&mut module);
        }
        self.join_functions(&mut module, layer)?;
        passes::gc::run(&mut module);
        Ok(module.emit_wasm())
    }

    fn cut_exports(&self, module: &mut Module, layer: usize) {
        let is_other = |name: &str, item| match item {
            ExportItem::Function(_) => self.exports.get(name) != Some(&layer),
            _ => layer != 0,
        };
        let others = module.exports.iter().filter(|it| is_other(&it.name, it.item)).map(walrus::Export::id);
        for other in others.collect::<Vec<_>>() {
            module.exports.delete(other);
        }
    }

    /// The functions that are called by their addresses, each at its own.
    fn cut_table(&self, module: &mut Module, layer: usize) -> Result<()> {
        for id in module.elements.iter().map(walrus::Element::id).collect::<Vec<_>>() {
            let element = module.elements.get(id);
            let (ElementKind::Active { table, offset }, ElementItems::Functions(functions)) =
                (&element.kind, &element.items)
            else {
                bail!("the table is filled in a way that is not known");
            };
            let (table, first, functions) = (*table, constant(offset)?, functions.clone());
            module.elements.delete(id);
            module.tables.get_mut(table).elem_segments.remove(&id);
            let mine = |id: &FunctionId| self.functions.get(id.index()) == Some(&Some(layer));
            for (start, functions) in runs(&functions, mine) {
                add_element(module, table, first + u32::try_from(start)?, functions.to_vec());
            }
        }
        Ok(())
    }

    /// The constants, each at its address. The engine has zeros in place of those of the parts.
    fn cut_memory(&self, module: &mut Module, layer: usize) -> Result<()> {
        for id in module.data.iter().map(walrus::Data::id).collect::<Vec<_>>() {
            let data = module.data.get(id);
            let DataKind::Active { memory, offset } = &data.kind else {
                bail!("the memory is filled in a way that is not known");
            };
            let (memory, first, bytes) = (*memory, constant(offset)?, data.value.clone());
            module.data.delete(id);
            module.memories.get_mut(memory).data_segments.remove(&id);
            let owned = self.owned(layer, first, &bytes)?;
            for (start, bytes) in runs(&owned, Option::is_some) {
                let value = bytes.iter().copied().flatten().collect();
                let offset = ConstExpr::Value(Value::I32((first + u32::try_from(start)?).cast_signed()));
                let id = module.data.add(DataKind::Active { memory, offset }, value);
                module.memories.get_mut(memory).data_segments.insert(id);
            }
        }
        Ok(())
    }

    /// What each byte from that address on is in a module, if that module has it.
    fn owned(&self, layer: usize, first: u32, bytes: &[u8]) -> Result<Vec<Option<u8>>> {
        let mut owned = bytes.iter().map(|byte| (layer == 0).then_some(*byte)).collect::<Vec<_>>();
        for (addresses, owner) in &self.constants {
            let place = |address: u32| address.checked_sub(first).map(|it| it as usize);
            let Some((start, end)) = place(addresses.start).zip(place(addresses.end)) else { continue };
            let Some(owned) = owned.get_mut(start..end) else { continue };
            let bytes = bytes.get(start..end).context("a constant is longer than its segment")?;
            for (mine, byte) in owned.iter_mut().zip(bytes) {
                *mine = if *owner == Some(layer) { Some(*byte) } else { (layer == 0).then_some(0) };
            }
        }
        Ok(owned)
    }

    /// Puts those of its functions where others call them into the table for that, and imports those of others by their
    /// places in it.
    fn join_functions(&self, module: &mut Module, layer: usize) -> Result<()> {
        let size = self.shared.len() as u64;
        let table = module.tables.add_local(false, size, Some(size), RefType::FUNCREF);
        let ids: Vec<FunctionId> = module.funcs.iter().map(Function::id).collect();
        let mut own = Vec::new();
        for (place, number) in self.shared.iter().enumerate() {
            let id = *ids.get(*number).context("a function is shared that is not there")?;
            if self.functions.get(*number) == Some(&Some(layer)) {
                own.push((place, id));
            } else {
                let ty = module.funcs.get(id).ty();
                let import = module.imports.add(JOINED, &place.to_string(), id);
                module.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
            }
        }
        if let Some((first, _)) = own.first() {
            let functions = own.iter().map(|(_, id)| *id).collect();
            add_element(module, table, u32::try_from(*first)?, functions);
        }
        if layer == 0 {
            module.exports.add(SHARED, table);
        } else if !own.is_empty() {
            module.tables.get_mut(table).import = Some(module.imports.add(JOINED, SHARED, table));
        }
        Ok(())
    }

    /// Parts find all that is no function by these names.
    fn export_all(&self, module: &mut Module) {
        for id in module.memories.iter().map(walrus::Memory::id).collect::<Vec<_>>() {
            module.exports.add(&self.build, id);
        }
        for (number, id) in module.tables.iter().map(walrus::Table::id).enumerate().collect::<Vec<_>>() {
            module.exports.add(&format!("T{number}"), id);
        }
        for (number, id) in module.globals.iter().map(walrus::Global::id).enumerate().collect::<Vec<_>>() {
            module.exports.add(&format!("G{number}"), id);
        }
    }

    /// The same names from the other side.
    fn import_all(&self, module: &mut Module) {
        for id in module.memories.iter().map(walrus::Memory::id).collect::<Vec<_>>() {
            module.memories.get_mut(id).import = Some(module.imports.add(JOINED, &self.build, id));
        }
        for (number, id) in module.tables.iter().map(walrus::Table::id).enumerate().collect::<Vec<_>>() {
            module.tables.get_mut(id).import = Some(module.imports.add(JOINED, &format!("T{number}"), id));
        }
        for (number, id) in module.globals.iter().map(walrus::Global::id).enumerate().collect::<Vec<_>>() {
            let import = module.imports.add(JOINED, &format!("G{number}"), id);
            module.globals.get_mut(id).kind = GlobalKind::Import(import);
        }
    }
}

/// The only one that has it, the first part where several parts have it, and the engine wherever that does.
fn layer<'r>(reached: &'r [Reached], has: impl Fn(&'r Reached) -> Option<&'r bool>) -> Option<usize> {
    let mut layers = (0..).zip(reached).filter(|(_, by)| has(by) == Some(&true)).map(|(layer, _)| layer);
    let first = layers.next()?;
    Some(if first == 0 || layers.next().is_none() { first } else { 1 })
}

/// The functions that are called from another module, those of one module together.
fn shared(program: &Program<'_>, layers: &[Option<usize>]) -> Result<Vec<usize>> {
    let mut shared = BTreeSet::new();
    for (function, layer) in program.functions.iter().zip(layers) {
        let Some(layer) = layer else { continue };
        for callee in &function.calls {
            // What is JavaScript, every module imports by itself.
            let is_import = program.functions.get(*callee).is_some_and(|it| it.is_import);
            let home =
                layers.get(*callee).copied().flatten().context("a function is called that is nowhere")?;
            if !is_import && home != *layer {
                ensure!(home < *layer && home < 2, "a function is called in a part that is not joined yet");
                shared.insert((home, *callee));
            }
        }
    }
    Ok(shared.into_iter().map(|(_, function)| function).collect())
}

fn add_element(module: &mut Module, table: TableId, first: u32, functions: Vec<FunctionId>) {
    let offset = ConstExpr::Value(Value::I32(first.cast_signed()));
    let kind = ElementKind::Active { table, offset };
    let id = module.elements.add(kind, ElementItems::Functions(functions));
    module.tables.get_mut(table).elem_segments.insert(id);
}

fn constant(offset: &ConstExpr) -> Result<u32> {
    match offset {
        ConstExpr::Value(Value::I32(number)) => Ok(number.cast_unsigned()),
        other => bail!("{other:?} is no constant"),
    }
}

/// What is wanted of a list, each run with the place where it begins.
fn runs<T>(items: &[T], wanted: impl Fn(&T) -> bool) -> Vec<(usize, &[T])> {
    let mut start = 0;
    let placed = items.chunk_by(|a, b| wanted(a) == wanted(b)).map(|run| {
        start += run.len();
        (start - run.len(), run)
    });
    placed.filter(|(_, run)| run.first().is_some_and(&wanted)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_begin_where_they_stand() {
        assert_eq!(runs(&[1, 2, 0, 0, 3, 0], |it| *it > 0), [(0, &[1, 2][..]), (4, &[3][..])]);
        assert_eq!(runs(&[0, 1], |it| *it > 0), [(1, &[1][..])]);
        assert!(runs(&[0, 0], |it| *it > 0).is_empty());
    }

    #[test]
    fn what_several_reach_is_in_the_first_of_them_and_what_the_engine_reaches_in_the_engine() {
        let home = |reaches: &[bool]| {
            let reached: Vec<Reached> =
                reaches.iter().map(|it| Reached { functions: vec![*it], constants: Vec::new() }).collect();
            layer(&reached, |by| by.functions.first())
        };
        assert_eq!(home(&[true, true, false, true]), Some(0));
        assert_eq!(home(&[false, false, true, true]), Some(1));
        assert_eq!(home(&[false, true, true, false]), Some(1));
        assert_eq!(home(&[false, false, false, true]), Some(3));
        assert_eq!(home(&[false, false, false, false]), None);
    }
}
