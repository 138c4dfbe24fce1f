//! Which functions and constants a program names by their addresses, as its linker tells when it is asked to.
//!
//! An address in the code is a number like any other: the linker alone knows which numbers are addresses, and of what.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{Context, Result, bail};
use wasmparser::{
    DataKind, KnownCustom, Linking, Name, Operator, Parser, Payload, RelocationEntry, RelocationType,
    SymbolInfo,
};

/// All addresses that a program holds.
#[derive(Debug, Default)]
pub(crate) struct References<'l> {
    /// By the name of the function that holds them, also where it holds none. Of two with one name they are together.
    pub(crate) of_functions: HashMap<&'l str, Uses<'l>>,
    /// In the order of their addresses; none overlaps another.
    pub(crate) constants: Vec<Constant<'l>>,
}

/// What stands behind addresses: functions by their names, constants by their positions.
#[derive(Debug, Default, Clone)]
pub(crate) struct Uses<'l> {
    pub(crate) functions: Vec<&'l str>,
    pub(crate) constants: Vec<usize>,
}

/// A constant or a variable in the memory, or several that lie in one another.
#[derive(Debug)]
pub(crate) struct Constant<'l> {
    pub(crate) addresses: Range<u32>,
    pub(crate) uses: Uses<'l>,
}

impl References<'_> {
    /// Whether that number could be the address of a constant.
    pub(crate) fn is_address(&self, number: u32) -> bool {
        let span = self.constants.first().zip(self.constants.last());
        span.is_some_and(|(first, last)| (first.addresses.start..last.addresses.end).contains(&number))
    }
}

impl<'l> References<'l> {
    /// Reads what `--emit-relocs` has left in a linked module.
    pub(crate) fn read(linked: &'l [u8]) -> Result<Self> {
        let linked = Linked::read(linked)?;
        let (constants, by_symbol) = linked.constants();
        let of_functions = linked.names.values().map(|name| (*name, Uses::default())).collect();
        let mut references = Self { of_functions, constants };
        for entry in &linked.in_code {
            let holder = linked.function_at(entry.offset)?;
            linked.add(references.of_functions.entry(holder).or_default(), entry, &by_symbol)?;
        }
        for entry in &linked.in_data {
            let address = linked.address_at(entry.offset)?;
            let holder = references.constants.partition_point(|it| it.addresses.end <= address);
            let holder = references.constants.get_mut(holder).filter(|it| it.addresses.contains(&address));
            let holder = holder.with_context(|| format!("no symbol is at the address {address}"))?;
            linked.add(&mut holder.uses, entry, &by_symbol)?;
        }
        Ok(references)
    }
}

/// The sections of a linked module that tell of addresses.
#[derive(Default)]
struct Linked<'l> {
    imported: u32,
    code: usize,
    data: usize,
    bodies: Vec<Range<usize>>,
    segments: Vec<Segment>,
    names: HashMap<u32, &'l str>,
    symbols: Vec<SymbolInfo<'l>>,
    in_code: Vec<RelocationEntry>,
    in_data: Vec<RelocationEntry>,
}

/// Where bytes lie in the memory, and where in the file.
struct Segment {
    address: u32,
    range: Range<usize>,
}

impl<'l> Linked<'l> {
    fn read(linked: &'l [u8]) -> Result<Self> {
        let mut it = Self::default();
        for payload in Parser::new(0).parse_all(linked) {
            it.take(payload.context("the linked module cannot be read")?)?;
        }
        if it.symbols.is_empty() {
            bail!("the linked module tells no addresses: it is to be linked with `--emit-relocs`");
        }
        Ok(it)
    }

    fn take(&mut self, payload: Payload<'l>) -> Result<()> {
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let is_function = matches!(import?.ty, wasmparser::TypeRef::Func(_));
                    self.imported += u32::from(is_function);
                }
            }
            Payload::CodeSectionStart { range, .. } => self.code = range.start,
            Payload::CodeSectionEntry(body) => self.bodies.push(body.range()),
            Payload::DataSection(segments) => {
                self.data = segments.range().start;
                for segment in segments {
                    let segment = segment?;
                    let end = segment.range.end;
                    let range = end - segment.data.len()..end;
                    self.segments.push(Segment { address: address(&segment.kind)?, range });
                }
            }
            Payload::CustomSection(section) => match (section.name(), section.as_known()) {
                (_, KnownCustom::Name(names)) => {
                    for names in names {
                        let Name::Function(functions) = names? else { continue };
                        for naming in functions {
                            let naming = naming?;
                            self.names.insert(naming.index, naming.name);
                        }
                    }
                }
                (_, KnownCustom::Linking(linking)) => {
                    for subsection in linking.subsections() {
                        let Linking::SymbolTable(symbols) = subsection? else { continue };
                        self.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
                    }
                }
                ("reloc.CODE", KnownCustom::Reloc(entries)) => {
                    self.in_code = entries.entries().into_iter().collect::<Result<_, _>>()?;
                }
                ("reloc.DATA", KnownCustom::Reloc(entries)) => {
                    self.in_data = entries.entries().into_iter().collect::<Result<_, _>>()?;
                }
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    /// All constants, and at which position each symbol's is. Symbols that overlap are one constant.
    fn constants(&self) -> (Vec<Constant<'l>>, HashMap<u32, usize>) {
        let mut places: Vec<(Range<u32>, u32)> = (0..)
            .zip(&self.symbols)
            .filter_map(|(number, symbol)| {
                let SymbolInfo::Data { symbol: Some(place), .. } = symbol else { return None };
                // What is zero at the beginning has no segment, and nothing that would have to be kept.
                let start = self.segments.get(place.index as usize)?.address + place.offset;
                (place.size > 0).then_some((start..start + place.size, number))
            })
            .collect();
        places.sort_by_key(|(addresses, _)| (addresses.start, addresses.end));
        let mut constants: Vec<Constant<'l>> = Vec::new();
        let mut by_symbol = HashMap::new();
        for (addresses, symbol) in places {
            match constants.last_mut().filter(|last| addresses.start < last.addresses.end) {
                Some(last) => last.addresses.end = last.addresses.end.max(addresses.end),
                None => constants.push(Constant { addresses, uses: Uses::default() }),
            }
            by_symbol.insert(symbol, constants.len() - 1);
        }
        (constants, by_symbol)
    }

    /// The function in whose body that place of the code section is.
    fn function_at(&self, offset: u32) -> Result<&'l str> {
        let place = self.code + offset as usize;
        let after = self.bodies.partition_point(|body| body.start <= place);
        self.name_of(self.imported + u32::try_from(after)? - 1)
    }

    /// The address of that place of the data section.
    fn address_at(&self, offset: u32) -> Result<u32> {
        let place = self.data + offset as usize;
        let segment = self.segments.iter().find(|it| it.range.contains(&place));
        let segment = segment.with_context(|| format!("no data is at the place {offset}"))?;
        Ok(segment.address + u32::try_from(place - segment.range.start)?)
    }

    fn name_of(&self, function: u32) -> Result<&'l str> {
        self.names.get(&function).copied().with_context(|| format!("the function {function} has no name"))
    }

    /// Adds what stands behind one address.
    fn add(
        &self,
        uses: &mut Uses<'l>,
        entry: &RelocationEntry,
        constants: &HashMap<u32, usize>,
    ) -> Result<()> {
        use RelocationType as Kind;
        match entry.ty {
            Kind::TableIndexSleb | Kind::TableIndexI32 => match self.symbols.get(entry.index as usize) {
                Some(SymbolInfo::Func { index, .. }) => uses.functions.push(self.name_of(*index)?),
                other => bail!("a function's address is that of {other:?}"),
            },
            // What has no bytes is nowhere.
            Kind::MemoryAddrLeb | Kind::MemoryAddrSleb | Kind::MemoryAddrI32 => {
                uses.constants.extend(constants.get(&entry.index));
            }
            // These are numbers of this one module, which are seen in it.
            Kind::FunctionIndexLeb | Kind::TypeIndexLeb | Kind::GlobalIndexLeb | Kind::TableNumberLeb => {}
            other => bail!("the linker tells of addresses in a way that is not known: {other:?}"),
        }
        Ok(())
    }
}

/// Where a segment is put.
fn address(kind: &DataKind<'_>) -> Result<u32> {
    if let DataKind::Active { memory_index: 0, offset_expr } = kind
        && let Operator::I32Const { value } = offset_expr.get_operators_reader().read()?
    {
        return Ok(value.cast_unsigned());
    }
    bail!("a segment of data has no constant place in the memory")
}
