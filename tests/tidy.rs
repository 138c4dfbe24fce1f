//! The rules of the house: what may stand where. `docs/architecture.md` says why.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use scopewise::catalog::{Listing, NAMES};

/// The rooms of the library and those that each one uses. A line more is a decision; a line less is a room tidied.
const ROOMS: &[(&str, &str)] = &[
    ("lib", ""),
    ("scope", ""),
    ("column", ""),
    ("names", "column"),
    ("lists", "names"),
    ("number", ""),
    ("order", ""),
    ("time", ""),
    ("entity", "catalog"),
    ("problem", "names"),
    ("json", "names problem"),
    ("wire", "column condition entity names organization scope time"),
    ("document", "entity json number problem scope"),
    ("catalog", "document entity json names number order problem scope wire"),
    ("condition", "entity"),
    ("validate", "catalog document entity json names number order problem time"),
    ("compile", "catalog condition document entity json names number organization scope time validate"),
    (
        "organization",
        "catalog column compile condition document entity json names problem scope time validate",
    ),
    ("request", "document json problem time validate"),
    ("access", "catalog entity names organization scope"),
    ("deployment", "access catalog organization request"),
    ("standing", "access condition entity names organization scope time"),
    ("decide", "access condition entity organization scope standing time"),
    ("explain", "access catalog condition decide names organization remedy scope standing"),
    ("roster", "access names organization request"),
    ("holdings", "access condition decide entity names organization scope standing time"),
    ("project", "access column condition entity holdings names organization roster"),
    ("bundle", "column condition json lists names organization request seal time wire"),
    ("seal", "bundle json time"),
    (
        "remedy",
        "access catalog condition decide deployment entity holdings json names organization request roster \
         scope standing",
    ),
    (
        "principal",
        "access condition decide explain json names organization remedy request scope standing time \
         validate",
    ),
    (
        "preflight",
        "access catalog decide deployment document explain json names organization principal remedy \
         request time",
    ),
    ("record", "decide json organization request time"),
    ("snapshot", "bundle decide organization principal request time"),
    ("export", "catalog document entity json names organization problem validate"),
    ("import", "catalog document entity json names number organization problem scope time validate"),
    ("filter", "document json request"),
    ("who_can", "decide explain filter names organization principal request roster"),
    ("what_can", "access decide entity filter holdings names organization principal request scope standing"),
    (
        "suggest",
        "access catalog document entity holdings json names organization preflight problem request scope \
         time validate",
    ),
    (
        "usage",
        "access decide entity explain holdings json names organization principal record request roster scope \
         suggest time validate",
    ),
    (
        "expectations",
        "access condition decide document entity explain filter json names organization principal problem \
         request scope standing time validate",
    ),
    ("places", "explain json names organization request roster"),
    ("coverage", "expectations explain json names organization places problem"),
    ("route", "catalog document entity json lists names problem validate"),
    (
        "replay",
        "access decide document explain json names number organization principal record request route time",
    ),
    (
        "lint",
        "access catalog compile condition decide document entity explain holdings json names organization \
         problem request roster scope standing time validate",
    ),
    ("schema", "catalog document entity"),
    (
        "diff",
        "access catalog condition decide entity explain holdings json lists names organization request \
         roster scope standing time",
    ),
    (
        "wasm",
        "bundle catalog coverage decide diff expectations export filter import json lint organization \
         preflight principal problem replay request route suggest time",
    ),
];

/// Words that open a door, and the only places where they may stand.
const DOORS: &[(&str, &[&str])] = &[
    ("wasm_bindgen", &["wasm.rs", "wasm/"]),
    ("js_sys", &["wasm.rs", "wasm/"]),
    ("JsValue", &["wasm.rs", "wasm/"]),
    ("talc", &["wasm.rs"]),
    ("serde_json", &["bin/"]),
    ("ed25519_dalek", &["seal/keys.rs"]),
    ("clap", &["bin/"]),
    ("anstream", &["bin/"]),
    ("notify", &["bin/"]),
    ("strsim", &["bin/"]),
    ("std::fs", &["bin/"]),
    ("std::io", &["bin/"]),
    ("std::env", &["bin/"]),
    ("std::net", &["bin/"]),
    ("std::thread", &["bin/"]),
    ("std::process", &["bin/"]),
    ("::now()", &["bin/"]),
    ("print!", &["bin/"]),
    ("println!", &["bin/"]),
    ("static mut", &[]),
    ("thread_local!", &[]),
    // Of a catalog, which is no state of the program: an index that is made when it is first asked.
    ("OnceLock", &["catalog.rs"]),
    ("LazyLock", &[]),
    ("Mutex", &["bin/scopewise/serve/"]),
    ("Atomic", &["bin/scopewise/serve.rs", "bin/scopewise/serve/"]),
    ("axum", &["bin/scopewise/serve/"]),
    ("hyper", &["bin/scopewise/serve/"]),
    ("tokio", &["bin/scopewise/serve.rs", "bin/scopewise/serve/"]),
    ("unsafe ", &[]),
    ("dbg!", &[]),
    ("todo!", &[]),
    ("unimplemented!", &[]),
];

/// Where bits are shifted: the sets of scopes; the hash of names; the largest whole number; the halves of a
/// surrogate pair.
const SHIFTS: &[&str] = &["scope.rs", "names.rs", "number.rs", "json.rs"];

/// A file that is longer than this is two rooms. Tables are as long as what they list.
const LONGEST: usize = 700;

#[test]
fn every_room_uses_what_it_may() {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources().iter().filter(|source| !source.name.starts_with("bin/")) {
        let uses = source.code().flat_map(rooms_named_in).filter(|room| *room != source.room());
        used.entry(source.room()).or_default().extend(uses);
    }
    let allowed: BTreeMap<String, BTreeSet<String>> = ROOMS
        .iter()
        .map(|(room, rooms)| ((*room).to_owned(), rooms.split_whitespace().map(str::to_owned).collect()))
        .collect();
    for room in used.keys().chain(allowed.keys()) {
        assert_eq!(
            used.get(room),
            allowed.get(room),
            "`{room}`: left is what it uses, right what the table says"
        );
    }
}

#[test]
fn doors_are_shut() {
    for source in sources() {
        for (word, places) in DOORS {
            let open = places.iter().any(|place| source.name.starts_with(place));
            let line = source.code().find(|line| line.contains(word)).filter(|_| !open);
            assert_eq!(line, None, "`{word}` in src/{}; it may stand in {places:?}", source.name);
        }
    }
}

#[test]
fn bits_are_shifted_where_scopes_are_sets() {
    for source in sources().iter().filter(|source| !source.name.starts_with("bin/")) {
        let shift = source.code().find(|line| line.contains(" << ") || line.contains(" >> "));
        let may = SHIFTS.contains(&&*source.name);
        assert!(may || shift.is_none(), "src/{}: {shift:?}", source.name);
    }
}

#[test]
fn only_the_catalog_names_revisions() {
    for source in sources().iter().filter(|source| !source.name.starts_with("catalog/")) {
        for name in NAMES {
            assert!(!source.text.contains(name), "src/{} names {name}", source.name);
        }
    }
}

#[test]
fn only_the_catalog_names_scopes_and_sets_and_settings() {
    let names = catalog_names();
    assert!(names.len() > 190, "{} names", names.len());
    for source in sources().iter().filter(|source| !source.name.starts_with("catalog/")) {
        for line in source.code() {
            let literal = line.split('"').skip(1).step_by(2).find(|text| names.contains(*text));
            assert_eq!(literal, None, "src/{}: {line}", source.name);
        }
    }
}

/// Where the word for an entity type may stand for something else: a field of a document, a kind of token.
const OTHER_WORDS: &[(&str, &[&str])] = &[
    ("stack", &["document.rs", "preflight.rs"]),
    (
        "organization",
        &[
            "catalog.rs",
            "compile.rs",
            "document/organization.rs",
            "document/words.rs",
            "suggest/trial.rs",
            "validate.rs",
        ],
    ),
];

/// What is imported is of one product, whatever the catalog.
#[test]
fn only_the_catalog_and_the_import_name_entity_types() {
    let types: BTreeSet<String> = listings().flat_map(|it| it.entity_types).map(|it| it.name).collect();
    assert_eq!(types.len(), 4);
    let others = ["catalog/", "import", "bin/"];
    for source in sources().iter().filter(|it| !others.iter().any(|start| it.name.starts_with(start))) {
        let text = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for literal in code.flat_map(|line| line.split('"').skip(1).step_by(2)) {
            let may = |(word, files): &(&str, &[&str])| *word == literal && files.contains(&&*source.name);
            let word = literal.split(':').next().filter(|word| types.contains(*word));
            assert!(word.is_none() || OTHER_WORDS.iter().any(may), "src/{}: `{literal}`", source.name);
        }
    }
}

#[test]
fn a_file_says_what_it_is() {
    for folder in ["src", "tests", "xtask/src", "examples", "benches"] {
        for path in files(&root().join(folder), "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let head = text.starts_with("//! ") || text.starts_with("#![doc");
            assert!(head, "{} has no head comment", path.display());
        }
    }
    for folder in ["pkg", "www"] {
        for path in files(&root().join(folder), "js") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                text.starts_with("//") || text.starts_with("/*"),
                "{} has no head comment",
                path.display()
            );
        }
    }
}

#[test]
fn a_file_is_read_in_one_sitting() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| !source.name.starts_with("catalog/"))
        .map(|source| (source.text.lines().count(), &source.name))
        .filter(|(lines, _)| *lines > LONGEST)
        .map(|(lines, name)| format!("src/{name}: {lines} lines"))
        .collect();
    assert_eq!(long, [""; 0], "at most {LONGEST}");
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [["TO", "DO"], ["FIX", "ME"]].map(|halves| halves.concat());
    for folder in ["src", "tests", "xtask/src", "examples", "benches", "pkg", "www"] {
        for end in ["rs", "js", "mjs", "ts", "html", "css"] {
            for path in files(&root().join(folder), end) {
                let text = fs::read_to_string(&path).unwrap();
                let mark = marks.iter().find(|mark| text.contains(&**mark));
                assert_eq!(mark, None, "{}", path.display());
            }
        }
    }
}

#[test]
fn versions_agree() {
    let package: serde_json::Value = serde_json::from_str(&read("pkg/package.json")).unwrap();
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(package["license"], env!("CARGO_PKG_LICENSE"));
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    assert!(read("README.md").contains(&format!("Rust {oldest}")), "README.md does not name Rust {oldest}");
}

/// A defence is what a test shows: `tests/FILE: NAME`.
#[test]
fn every_test_that_the_security_page_names_is_there() {
    let page = read("SECURITY.md");
    let named: Vec<(&str, &str)> = page
        .split('`')
        .filter_map(|text| text.split_once(": "))
        .filter(|(file, _)| file.starts_with("tests/"))
        .collect();
    assert!(named.len() > 40, "{} tests", named.len());
    for (file, name) in named {
        let ways = if Path::new(file).extension().is_some_and(|end| end == "rs") {
            [format!("#[test]\nfn {name}()"), String::from("no other way")]
        } else {
            [format!("test(\"{name}\","), format!("\n    \"{name}\": ")]
        };
        let text = read(file);
        assert!(ways.iter().any(|way| text.contains(way)), "{file} has no test `{name}`");
    }
}

/// Every attack has a test beside it.
#[test]
fn no_attack_on_the_security_page_is_without_a_test() {
    let page = read("SECURITY.md");
    let attacks: Vec<&str> = page.lines().filter(|line| line.starts_with("| **")).collect();
    assert!(attacks.len() > 15, "{} attacks", attacks.len());
    for attack in attacks {
        assert!(attack.contains("`tests/"), "{attack}");
    }
}

/// A file of `src`.
struct Source {
    /// From `src` on: `catalog/sets.rs`.
    name: String,
    text: String,
}

impl Source {
    /// The room: the file, or the folder that belongs to a file.
    fn room(&self) -> String {
        self.name.trim_end_matches(".rs").split('/').next().unwrap().to_owned()
    }

    /// The lines without comments.
    fn code(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.map(|line| line.split(" // ").next().unwrap_or(line))
    }
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let source = |path: PathBuf| Source {
        name: path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/"),
        text: fs::read_to_string(&path).unwrap(),
    };
    let sources: Vec<Source> = files(&src, "rs").into_iter().map(source).collect();
    assert!(sources.len() > 20, "{} files", sources.len());
    sources
}

/// `a` and `b` of `crate::a::B` and `crate::b`.
fn rooms_named_in(line: &str) -> Vec<String> {
    assert!(!line.contains("crate::{"), "one room a line, so that it can be read here: {line}");
    let is_word = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    line.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|letter| is_word(*letter)).collect())
        .collect()
}

/// Scopes, default sets and settings of all revisions.
fn catalog_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for listing in listings() {
        let groups = listing.entity_types.into_iter().flat_map(|entity_type| entity_type.groups);
        names.extend(groups.flat_map(|group| group.scopes).map(|scope| scope.name));
        names.extend(listing.permission_sets.into_iter().map(|set| set.id));
        names.extend(listing.settings.into_iter().map(|setting| setting.field));
    }
    names
}

fn listings() -> impl Iterator<Item = Listing> {
    NAMES.into_iter().map(|name| Listing::of(name).unwrap())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files with that end in a folder, without what is installed or generated.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir()
            && !path.ends_with("node_modules")
            && !path.ends_with("pkg/wasm")
            && !path.ends_with("pkg/data")
            && !path.ends_with("pkg/schema")
            && !path.ends_with("tests/matrix/examples")
            && !path.ends_with("tests/matrix/work")
        {
            found.extend(files(&path, end));
        } else if path.extension().is_some_and(|it| it == end) {
            found.push(path);
        }
    }
    found.sort();
    found
}
