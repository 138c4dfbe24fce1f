//! A table of routes, as it is written → [`Routes`], or every fault of it.

use crate::catalog::Catalog;
use crate::document::{self, ROUTES};
use crate::entity::{EntityName, EntityType};
use crate::json::{self, Value, excerpt};
use crate::problem::{Code, Invalid, Path, Problems};
use crate::route::grammar::{parameter, parts_of, pieces_of};
use crate::route::target::SEGMENTS;
use crate::route::tree::{Fault, Tree};
use crate::route::{Confidence, FilterBy, NeededScope, Piece, Route, RouteNeeds, Routes, Segment, Template};
use crate::validate;

/// What a request may need: the word, the fields that then must be there, and those that may.
const NEEDS: [(&str, &[&str], &[&str]); 7] = [
    (SCOPE, &["scope", "entity"], &["also"]),
    (FILTER, &[], &["scope", "entityType"]),
    (MEMBER, &["entity"], &[]),
    ("user", &[], &[]),
    ("public", &[], &[]),
    ("special", &[], &[]),
    ("ambiguous", &[], &[]),
];
const SCOPE: &str = "scope";
const FILTER: &str = "filter";
const MEMBER: &str = "member";

/// The fields that say more of what is needed.
const MORE: [&str; 4] = ["scope", "entity", "also", "entityType"];

/// How many routes a table may have.
const ROUTES_LIMIT: usize = 10_000;

/// Reads a table; with a catalog, its scopes and entity types must be known there.
pub(super) fn read(text: &[u8], catalog: Option<&Catalog>) -> Result<Routes, Invalid> {
    let json = json::parse(text).map_err(|fault| Invalid::new(vec![fault.in_text(text)]))?;
    let mut problems = Problems::default();
    document::check(json.root(), &ROUTES, &Path::Root, &mut problems);
    let mut reader = Reader { catalog, problems };
    let passes = reader.passes(json.root());
    let reads = reader.reads(json.root());
    let routes = reader.routes(json.root());
    let tree = reader.tree(&routes, json.seed());
    match tree {
        Some(tree) if reader.problems.is_empty() => Ok(Routes { routes, tree, passes, reads }),
        _ => Err(reader.problems.into_invalid()),
    }
}

struct Reader<'c> {
    catalog: Option<&'c Catalog>,
    problems: Problems,
}

impl Reader<'_> {
    fn passes(&mut self, table: Value<'_>) -> bool {
        let at = Path::Root.key("unmapped");
        self.one_of(&at, table.text("unmapped"), &["deny", "pass"]) == Some("pass")
    }

    /// The scope by which one may know that an entity is there, of each type.
    fn reads(&mut self, table: Value<'_>) -> Vec<(String, String)> {
        let at = Path::Root.key("reads");
        let written: Vec<_> = table.get("reads").into_iter().flat_map(Value::members).collect();
        let texts = written.into_iter().filter_map(|(name, scope)| Some((name, scope.as_text()?)));
        let read = |(name, scope): (&str, &str)| {
            let at = at.key(name);
            let entity_type = self.type_named(&at, name);
            self.scope(&at, Some(scope), entity_type);
            (name.to_owned(), scope.to_owned())
        };
        texts.map(read).collect()
    }

    fn routes(&mut self, table: Value<'_>) -> Vec<Route> {
        let at = Path::Root.key("routes");
        let count = table.get("routes").map_or(0, Value::len);
        if count > ROUTES_LIMIT {
            let message = format!("the table has {count} routes: at most {ROUTES_LIMIT} are read");
            self.problems.add(Code::TooMany, &at, message);
        }
        let routes = table.list("routes").take(ROUTES_LIMIT).enumerate();
        routes.map(|(index, route)| self.route(&at.index(index), route)).collect()
    }

    /// A route. One with a fault has no method, so that it gets in the way of no other.
    fn route(&mut self, at: &Path<'_>, written: Value<'_>) -> Route {
        let before = self.problems.count();
        let own = |name| written.text(name).map(str::to_owned);
        let method = self.method(&at.key("method"), written.text("method"));
        let pattern = self.pattern(at, written);
        let needs = self.needs(at, written, pattern.as_deref());
        let confidence = Confidence::ALL.map(Confidence::as_str);
        let confidence = self.one_of(&at.key("confidence"), written.text("confidence"), &confidence);
        let confidence = Confidence::ALL.into_iter().find(|it| Some(it.as_str()) == confidence);
        let whole = ["path", "needs"].iter().all(|name| written.text(name).is_some());
        Route {
            method: Some(method).filter(|_| whole && self.problems.count() == before).unwrap_or_default(),
            path: own("path").unwrap_or_default(),
            name: own("name"),
            confidence: confidence.unwrap_or_default(),
            note: own("note"),
            pattern: pattern.unwrap_or_default(),
            needs,
        }
    }

    fn method(&mut self, at: &Path<'_>, method: Option<&str>) -> String {
        if let Some(method) = method.filter(|method| !super::is_method(method)) {
            let message = format!("`{}` is no method: write it in upper-case letters", excerpt(method));
            self.problems.add(Code::UnknownValue, at, message);
        }
        method.unwrap_or_default().to_owned()
    }

    /// The segments of the path; nothing where it is none.
    fn pattern(&mut self, at: &Path<'_>, written: Value<'_>) -> Option<Vec<Segment>> {
        let (at_path, at_opaque) = (at.key("path"), at.key("opaque"));
        let path = written.text("path")?;
        let Some(pieces) = pieces_of(path) else {
            self.malformed_path(&at_path, path);
            return None;
        };
        let opaque: Vec<(usize, &str)> = written.texts("opaque").collect();
        let mut names = Vec::new();
        for name in pieces.iter().copied().filter_map(parameter) {
            if names.contains(&name) {
                let message = format!("the parameter `{}` stands twice in the path: keep one", excerpt(name));
                self.problems.add(Code::Duplicate, &at_path, message);
            }
            names.push(name);
        }
        for (index, name) in opaque.iter().filter(|(_, name)| !names.contains(name)) {
            self.unknown_parameter(&at_opaque.index(*index), name);
        }
        let segment = |piece: &str| match parameter(piece) {
            None => Segment::Literal(piece.into()),
            Some(name) => {
                Segment::Parameter { name: name.into(), opaque: opaque.iter().any(|(_, it)| *it == name) }
            }
        };
        Some(pieces.into_iter().map(segment).collect())
    }

    /// What a request by the route needs; nothing where the path can be read in two ways.
    fn needs(
        &mut self,
        at: &Path<'_>,
        written: Value<'_>,
        pattern: Option<&[Segment]>,
    ) -> Option<RouteNeeds<Template>> {
        let word = written.text("needs")?;
        let words = NEEDS.map(|(word, ..)| word);
        let word = self.one_of(&at.key("needs"), Some(word), &words)?;
        self.fields(at, written, word);
        match word {
            SCOPE => {
                let mut scopes = vec![self.scope_on(at, written, pattern)];
                let at = at.key("also");
                let also = written.list("also").enumerate();
                scopes.extend(also.map(|(index, it)| self.scope_on(&at.index(index), it, pattern)));
                Some(RouteNeeds::Scope { scopes })
            }
            FILTER => Some(RouteNeeds::Filter { each: self.each(at, written) }),
            MEMBER => Some(RouteNeeds::Member { entity: self.organization(at, written, pattern) }),
            "user" => Some(RouteNeeds::User),
            "public" => Some(RouteNeeds::Public),
            "special" => Some(RouteNeeds::Special),
            _ => None,
        }
    }

    /// The fields that must be there with that word, and those that must not.
    fn fields(&mut self, at: &Path<'_>, written: Value<'_>, word: &str) {
        let Some((_, must, may)) = NEEDS.iter().find(|(known, ..)| *known == word) else { return };
        for name in MORE {
            let (there, at) = (written.get(name).is_some(), at.key(name));
            if must.contains(&name) && !there {
                let message = format!("the field `{name}` is missing: a route that needs `{word}` has it");
                self.problems.add(Code::MissingField, &at, message);
            } else if there && !must.contains(&name) && !may.contains(&name) {
                let message = format!("a route that needs `{word}` has no `{name}`: remove it");
                self.problems.add(Code::ConflictingFields, &at, message);
            }
        }
    }

    fn scope_on(
        &mut self,
        at: &Path<'_>,
        written: Value<'_>,
        pattern: Option<&[Segment]>,
    ) -> NeededScope<Template> {
        let (entity, entity_type) = self.entity(&at.key("entity"), written.text("entity"), pattern);
        let scope = written.text("scope");
        self.scope(&at.key("scope"), scope, entity_type);
        NeededScope { scope: scope.unwrap_or_default().to_owned(), entity }
    }

    fn each(&mut self, at: &Path<'_>, written: Value<'_>) -> Option<FilterBy> {
        let (scope, name) = (written.text("scope"), written.text("entityType"));
        if scope.is_some() != name.is_some() {
            let message = "a filter has both `scope` and `entityType` or neither: add the other one";
            self.problems.add(Code::ConflictingFields, at, message);
        }
        let entity_type = name.and_then(|name| self.type_named(&at.key("entityType"), name));
        self.scope(&at.key("scope"), scope, entity_type);
        Some(FilterBy { scope: scope?.to_owned(), entity_type: name?.to_owned() })
    }

    /// The entity type of that name; with a catalog there must be one.
    fn type_named(&mut self, at: &Path<'_>, name: &str) -> Option<EntityType> {
        let catalog = self.catalog?;
        let found = catalog.entity_type(name);
        if found.is_none() {
            let known = catalog.entity_types().map(|(_, name)| name).collect::<Vec<_>>().join("`, `");
            let message = format!("no entity type `{}` is known: use one of `{known}`", excerpt(name));
            self.problems.add(Code::UnknownEntityType, at, message);
        }
        found
    }

    /// The scope must be one, and with a catalog one of the type.
    fn scope(&mut self, at: &Path<'_>, scope: Option<&str>, entity_type: Option<EntityType>) {
        let Some(scope) = scope else { return };
        if !scope.contains(':') {
            let message = format!("`{}` is no scope: write it `object:action`", excerpt(scope));
            return self.problems.add(Code::UnknownScope, at, message);
        }
        let Some((catalog, entity_type)) = self.catalog.zip(entity_type) else { return };
        if catalog.scope(entity_type, scope).is_none() {
            let (scope, name) = (excerpt(scope), catalog.type_name(entity_type));
            let message = format!("`{name}` has no scope `{scope}` in this catalog: name one of its scopes");
            self.problems.add(Code::UnknownScope, at, message);
        }
    }

    fn organization(&mut self, at: &Path<'_>, written: Value<'_>, pattern: Option<&[Segment]>) -> Template {
        let (at, text) = (at.key("entity"), written.text("entity"));
        let (entity, entity_type) = self.entity(&at, text, pattern);
        if entity_type.is_some() && entity_type != self.catalog.and_then(Catalog::organization_type) {
            let text = excerpt(text.unwrap_or_default());
            let message = format!("`{text}` is no organization: one is a member of organizations alone");
            self.problems.add(Code::WrongEntityType, &at, message);
        }
        entity
    }

    /// An entity with names of the path in it, and its type where there is a catalog that has it.
    fn entity(
        &mut self,
        at: &Path<'_>,
        text: Option<&str>,
        pattern: Option<&[Segment]>,
    ) -> (Template, Option<EntityType>) {
        let Some(text) = text else { return (Template(Vec::new()), None) };
        let Some((word, parts)) = parts_of(text) else {
            let text = excerpt(text);
            let message =
                format!("`{text}` is no entity: write `TYPE:PATH`, each part a name or `{{parameter}}`");
            self.problems.add(Code::MalformedEntity, at, message);
            return (Template(Vec::new()), None);
        };
        let mut pieces = vec![Piece::Text(format!("{word}:").into())];
        for (index, part) in parts.into_iter().enumerate() {
            if index > 0 {
                pieces.push(Piece::Text("/".into()));
            }
            pieces.push(match parameter(part) {
                Some(name) => Piece::Value(self.value(at, name, pattern)),
                None => Piece::Text(part.into()),
            });
        }
        (Template(pieces), self.entity_type(at, text))
    }

    fn entity_type(&mut self, at: &Path<'_>, entity: &str) -> Option<EntityType> {
        let catalog = self.catalog?;
        match EntityName::parse(catalog, entity) {
            Ok(name) => Some(name.entity_type),
            Err(malformed) => {
                let message = validate::malformed_entity(catalog, entity, malformed);
                self.problems.add(Code::MalformedEntity, at, message);
                None
            }
        }
    }

    /// The segment whose value a parameter of an entity is.
    fn value(&mut self, at: &Path<'_>, name: &str, pattern: Option<&[Segment]>) -> usize {
        let Some(pattern) = pattern else { return 0 };
        let found = pattern.iter().enumerate().find_map(|(position, segment)| match segment {
            Segment::Parameter { name: known, opaque } if **known == *name => Some((position, *opaque)),
            _ => None,
        });
        let Some((position, opaque)) = found else {
            self.unknown_parameter(at, name);
            return 0;
        };
        if opaque {
            let message = format!(
                "the opaque parameter `{}` may hold slashes and names no entity: take it out of `opaque`",
                excerpt(name)
            );
            self.problems.add(Code::ConflictingFields, at, message);
        }
        position
    }

    /// The tree, or what is wrong between routes.
    fn tree(&mut self, routes: &[Route], seed: u64) -> Option<Tree> {
        let faults = match Tree::build(routes, seed) {
            Ok(tree) => return Some(tree),
            Err(faults) => faults,
        };
        let all = Path::Root.key("routes");
        let named = |number: u32| {
            let route = routes.get(number as usize);
            let (method, path) = route.map_or(("", ""), |route| (&*route.method, &*route.path));
            format!("`{} {}`", excerpt(method), excerpt(path))
        };
        for fault in faults {
            match fault {
                Fault::Same(first, second) => {
                    let message = format!(
                        "routes[{first}] matches the same requests or ones that look alike: remove one of them"
                    );
                    self.problems.add(Code::Duplicate, &all.index(second as usize), message);
                }
                Fault::Crossing(first, second) => {
                    let message = format!(
                        "a path can be of both {} and {} of routes[{first}], which need different things: add a \
                         route for the paths of both, by `ambiguous` where nothing tells which one is meant",
                        named(second),
                        named(first)
                    );
                    self.problems.add(Code::CrossingRoutes, &all.index(second as usize), message);
                }
                Fault::TooMany => {
                    let message = "so many of the routes cross each other that a table of all paths is too large: \
                                   use fewer parameters beside literals";
                    self.problems.add(Code::TooMany, &all, message);
                }
            }
        }
        None
    }

    fn malformed_path(&mut self, at: &Path<'_>, path: &str) {
        let message = format!(
            "`{}` is no path of a route: write `/` before each segment, at most {SEGMENTS}, and each as a literal of \
             ascii letters, digits and `-._~!$&'()*+,=:@` or as `{{parameter}}`",
            excerpt(path)
        );
        self.problems.add(Code::MalformedPath, at, message);
    }

    fn unknown_parameter(&mut self, at: &Path<'_>, name: &str) {
        let message = format!("no parameter `{}` is in the path of the route: use one of it", excerpt(name));
        self.problems.add(Code::UnknownParameter, at, message);
    }

    /// A text that must be one of a few.
    fn one_of<'w>(&mut self, at: &Path<'_>, text: Option<&str>, words: &[&'w str]) -> Option<&'w str> {
        let found = words.iter().copied().find(|word| Some(*word) == text);
        if let (Some(text), None) = (text, found) {
            let message =
                format!("`{}` is not known here: use one of `{}`", excerpt(text), words.join("`, `"));
            self.problems.add(Code::UnknownValue, at, message);
        }
        found
    }
}
