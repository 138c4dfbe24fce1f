//! The frozen matcher: segment by segment from the root, one step each, and never back.
//!
//! A node stands for the routes that a path can still be of. So a literal leads to all routes that have it there and to
//! all that have a parameter there, and what is found at the end does not depend on the order of the table. Which of
//! several routes a request is of was settled when the tree was built.

use std::borrow::Cow;

use crate::lists::Lists;
use crate::names::{Names, as_u32, sorted};
use crate::route::target::Part;
use crate::route::{Route, Segment};

/// How much work building a tree may be: routes are looked at so often. Only a table that is made to be large when it is
/// multiplied out comes near.
const WORK: usize = 1_000_000;

/// All routes of a table, by segments.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    /// The root comes first.
    nodes: Vec<Node>,
}

/// The routes that a path can be of after some segments.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    /// By literals, sorted, as [`folded`] has them: a path that resembles a literal is to be found, and refused.
    next: Vec<(Box<str>, u32)>,
    /// What follows any other segment.
    other: Option<u32>,
    /// The routes that end here, one for each method.
    routes: Vec<(Box<str>, u32)>,
}

/// What is wrong between two routes of a table, by their positions: the earlier and the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Both match the same paths.
    Same(u32, u32),
    /// Some path is of both, they need different things, and neither is the more specific one.
    Crossing(u32, u32),
    /// All of them together are too much.
    TooMany,
}

impl Tree {
    /// Builds the tree of routes.
    ///
    /// # Errors
    ///
    /// What is wrong between them, sorted.
    pub(super) fn build(routes: &[Route], seed: u64) -> Result<Self, Vec<Fault>> {
        let (tree, literals) = (Self { nodes: Vec::new() }, Names::seeded(seed));
        let (known, numbers) = (Lists::default(), Vec::new());
        let mut builder = Builder { routes, tree, literals, known, numbers, faults: Vec::new(), work: 0 };
        let all = builder.distinct();
        builder.node(0, &all);
        let mut faults = sorted(builder.faults);
        faults.dedup();
        if faults.is_empty() { Ok(builder.tree) } else { Err(faults) }
    }

    /// Where a path leads, if a route ends there.
    pub(super) fn find(&self, parts: &[Part<'_>]) -> Option<&Node> {
        let mut node = self.nodes.first()?;
        for part in parts {
            node = self.nodes.get(node.after(&part.value).or(node.other)? as usize)?;
        }
        (!node.routes.is_empty()).then_some(node)
    }
}

impl Node {
    /// The position of the route with that method.
    pub(super) fn route(&self, method: &str) -> Option<usize> {
        self.routes.iter().find(|(known, _)| **known == *method).map(|(_, route)| *route as usize)
    }

    /// What follows a segment that is a literal here or resembles one.
    fn after(&self, segment: &str) -> Option<u32> {
        if self.next.is_empty() {
            return None;
        }
        let segment = folded(segment);
        let position = self.next.binary_search_by(|(literal, _)| (**literal).cmp(&*segment)).ok()?;
        self.next.get(position).map(|(_, node)| *node)
    }
}

/// A tree in the making.
struct Builder<'b> {
    routes: &'b [Route],
    tree: Tree,
    literals: Names,
    /// Nodes by how deep they are and the routes that they stand for.
    known: Lists,
    /// The number of each.
    numbers: Vec<u32>,
    faults: Vec<Fault>,
    work: usize,
}

impl Builder<'_> {
    /// The routes, without those that have a fault and those that match the same as an earlier one.
    fn distinct(&mut self) -> Vec<u32> {
        let mut shapes: Vec<(&str, Vec<Option<u32>>, u32)> = Vec::new();
        for (number, route) in (0..).zip(self.routes).filter(|(_, route)| !route.method.is_empty()) {
            let shape = route.pattern.iter().map(|segment| self.literals.literal(segment));
            shapes.push((&route.method, shape.collect(), number));
        }
        let mut distinct = Vec::new();
        for same in sorted(shapes).chunk_by(|a, b| (a.0, &a.1) == (b.0, &b.1)) {
            let mut numbers = same.iter().map(|(.., number)| *number);
            let Some(first) = numbers.next() else { continue };
            distinct.push(first);
            self.faults.extend(numbers.map(|number| Fault::Same(first, number)));
        }
        sorted(distinct)
    }

    /// The node of these routes, so many segments from the root. Paths are short, so recursion is.
    fn node(&mut self, depth: usize, alive: &[u32]) -> u32 {
        self.work += alive.len();
        if self.work > WORK {
            self.faults.push(Fault::TooMany);
            return 0;
        }
        let key = [&[as_u32(depth)], alive].concat();
        let known = self.known.find(&key).and_then(|known| self.numbers.get(known as usize));
        if let Some(known) = known {
            return *known;
        }
        let number = as_u32(self.tree.nodes.len());
        self.tree.nodes.push(Node::default());
        let node = self.filled(depth, alive);
        self.known.number(&key);
        self.numbers.push(number);
        if let Some(slot) = self.tree.nodes.get_mut(number as usize) {
            *slot = node;
        }
        number
    }

    fn filled(&mut self, depth: usize, alive: &[u32]) -> Node {
        let (mut ending, mut by_literal, mut by_parameter) = (Vec::new(), Vec::new(), Vec::new());
        for number in alive {
            let Some(route) = self.routes.get(*number as usize) else { continue };
            match route.pattern.get(depth) {
                None => ending.push((&*route.method, *number)),
                Some(segment) => match self.literals.literal(segment) {
                    Some(literal) => by_literal.push((literal, *number)),
                    None => by_parameter.push(*number),
                },
            }
        }
        let mut node = Node::default();
        for (method, routes) in grouped(ending) {
            node.routes.push((method.into(), self.chosen(&routes)));
        }
        for (literal, mut routes) in grouped(by_literal) {
            routes.extend_from_slice(&by_parameter);
            let next = self.node(depth + 1, &sorted(routes));
            node.next.push((self.literals.name(literal).into(), next));
        }
        node.next = sorted(node.next);
        if !by_parameter.is_empty() {
            node.other = Some(self.node(depth + 1, &by_parameter));
        }
        node
    }

    /// The most specific of routes that all match one path. Where several are, they must need the same.
    fn chosen(&mut self, routes: &[u32]) -> u32 {
        self.work += routes.len() * routes.len();
        if self.work > WORK {
            self.faults.push(Fault::TooMany);
            return 0;
        }
        let route = |number: u32| self.routes.get(number as usize);
        let wider = |one: u32, other: u32| one != other && covers(route(one), route(other));
        let specific = |one: &u32| !routes.iter().any(|other| wider(*one, *other));
        let most: Vec<u32> = routes.iter().copied().filter(specific).collect();
        let needs = |number: u32| route(number).map(|route| &route.needs);
        for (position, one) in most.iter().enumerate() {
            for other in most.iter().skip(position + 1).filter(|other| needs(*one) != needs(**other)) {
                self.faults.push(Fault::Crossing(*one, *other));
            }
        }
        most.first().copied().unwrap_or_default()
    }
}

/// Routes by what they have in common, in the order of that.
fn grouped<K: Ord + Copy>(routes: Vec<(K, u32)>) -> Vec<(K, Vec<u32>)> {
    let sorted = sorted(routes);
    let groups = sorted.chunk_by(|(a, _), (b, _)| a == b);
    let group = |group: &[(K, u32)]| {
        let (key, _) = *group.first()?;
        Some((key, group.iter().map(|(_, route)| *route).collect()))
    };
    groups.filter_map(group).collect()
}

impl Names {
    /// The number of a literal and of those that resemble it; nothing for a parameter.
    fn literal(&mut self, segment: &Segment) -> Option<u32> {
        match segment {
            Segment::Literal(text) => Some(self.intern(&folded(text))),
            Segment::Parameter { .. } => None,
        }
    }
}

/// Whether one route matches every path that another does.
fn covers(one: Option<&Route>, other: Option<&Route>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    one.pattern.iter().zip(&other.pattern).all(|pair| match pair {
        (Segment::Parameter { .. }, _) => true,
        (Segment::Literal(one), Segment::Literal(other)) => folded(one) == folded(other),
        (Segment::Literal(_), Segment::Parameter { .. }) => false,
    })
}

/// What is left of a text for somebody who cares for no letter case, be it that of Unicode, and for no dots and spaces at
/// its end.
fn folded(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_end_matches(['.', ' ']);
    if trimmed.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(trimmed);
    }
    let letter = |letter| match letter {
        '\u{130}' | '\u{131}' => 'i',
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        other => other.to_ascii_lowercase(),
    };
    trimmed.chars().map(letter).collect()
}
