//! A program as what its functions and constants need of each other.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result, bail, ensure};
use walrus::ir::{Const, Value, Visitor, dfs_in_order};
use walrus::{ExportItem, Function, FunctionId, FunctionKind, Module};

use super::references::{References, Uses};

/// The functions and constants of a module by their numbers, and what each needs.
pub(crate) struct Program<'p> {
    pub(crate) references: &'p References<'p>,
    pub(crate) functions: Vec<Needs<'p>>,
    by_name: HashMap<&'p str, Vec<usize>>,
    /// By their names.
    pub(crate) exports: Vec<(&'p str, usize)>,
    /// What runs before anything is called, if there is such a function.
    pub(crate) start: Option<usize>,
}

/// What a function calls, and what stands behind the addresses in it.
pub(crate) struct Needs<'p> {
    pub(crate) is_import: bool,
    pub(crate) calls: BTreeSet<usize>,
    uses: Option<&'p Uses<'p>>,
}

/// Which functions and constants of a program are reached, by their numbers.
pub(crate) struct Reached {
    pub(crate) functions: Vec<bool>,
    pub(crate) constants: Vec<bool>,
}

impl<'p> Program<'p> {
    pub(crate) fn new(module: &'p Module, references: &'p References<'p>) -> Result<Self> {
        let renamed = renamed(references);
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut functions = Vec::new();
        for function in module.funcs.iter() {
            ensure!(function.id().index() == functions.len(), "the functions of the module are not in order");
            let name = function.name.as_deref().unwrap_or_default();
            let name = renamed.get(name).copied().unwrap_or(name);
            by_name.entry(name).or_default().push(functions.len());
            functions.push(Needs::of(function, references.of_functions.get(name), references)?);
        }
        let exports = module.exports.iter().filter_map(|export| match export.item {
            ExportItem::Function(id) => Some((export.name.as_str(), id.index())),
            _ => None,
        });
        let start = module.start.map(|id| id.index());
        Ok(Self { references, functions, by_name, exports: exports.collect(), start })
    }

    /// Everything that can run, and all that it can read, once these functions are called.
    pub(crate) fn reached_from(&self, roots: impl Iterator<Item = usize>) -> Result<Reached> {
        let mut reached = Reached {
            functions: vec![false; self.functions.len()],
            constants: vec![false; self.references.constants.len()],
        };
        let mut ahead: Vec<&Uses> = Vec::new();
        let mut calls: Vec<usize> = roots.collect();
        loop {
            if let Some(number) = calls.pop() {
                let function =
                    self.functions.get(number).context("a function is called that is not there")?;
                if reached.functions.get_mut(number).is_some_and(|seen| !std::mem::replace(seen, true)) {
                    calls.extend(&function.calls);
                    ahead.extend(function.uses);
                }
            } else if let Some(uses) = ahead.pop() {
                // A function that wasm-bindgen has taken out is never called.
                calls.extend(uses.functions.iter().filter_map(|name| self.by_name.get(name)).flatten());
                for number in &uses.constants {
                    if reached.constants.get_mut(*number).is_some_and(|seen| !std::mem::replace(seen, true)) {
                        ahead.extend(self.references.constants.get(*number).map(|it| &it.uses));
                    }
                }
            } else {
                return Ok(reached);
            }
        }
    }
}

impl<'p> Needs<'p> {
    fn of(function: &Function, uses: Option<&'p Uses<'p>>, references: &References<'_>) -> Result<Self> {
        let FunctionKind::Local(local) = &function.kind else {
            return Ok(Self { is_import: true, calls: BTreeSet::new(), uses: None });
        };
        let mut seen = Seen::default();
        dfs_in_order(&mut seen, local, local.entry_block());
        // What wasm-bindgen adds knows no address of the program.
        if uses.is_none() && seen.numbers.iter().any(|number| references.is_address(*number)) {
            bail!("the linker tells nothing of the function {:?}", function.name);
        }
        Ok(Self { is_import: false, calls: seen.calls, uses })
    }
}

/// What stands in the code of a function.
#[derive(Default)]
struct Seen {
    calls: BTreeSet<usize>,
    numbers: Vec<u32>,
}

impl Visitor<'_> for Seen {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.calls.insert(function.index());
    }

    fn visit_const(&mut self, constant: &Const) {
        if let Value::I32(number) = constant.value {
            self.numbers.push(number.cast_unsigned());
        }
    }
}

/// wasm-bindgen takes the hash from the name of an export: by the shorter name the one of the linker.
fn renamed<'l>(references: &References<'l>) -> HashMap<&'l str, &'l str> {
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let shortened = references.of_functions.keys().filter_map(|name| {
        let (short, hash) = name.rsplit_once('_')?;
        (is_hash(hash) && !references.of_functions.contains_key(short)).then_some((short, *name))
    });
    shortened.collect()
}
