//! TypeScript types out of the rules: what a catalog or an organization does not have does not compile.

use std::io::Write;
use std::path::PathBuf;

use scopewise::Organization;
use scopewise::catalog::{self, Catalog, NAMES};

use crate::args::Beside;
use crate::table::{visible, visible_json};
use crate::words::push;
use crate::{Exit, Failure, files};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise types acme.json -o acme.d.ts
  scopewise types acme.json --entities -o acme.d.ts

In TypeScript: import type { Vocabulary } from \"./acme\"; Organization.parse<Vocabulary>(document).
Without a document the scopes of the catalog are written; without either those of all revisions, as the package has
them.")]
pub(crate) struct Types {
    /// The organization document, or - for standard input
    #[arg(value_name = "DOC")]
    document: Option<PathBuf>,
    #[command(flatten)]
    catalog: Beside,
    /// Entities are those that the document lists, and no others
    #[arg(long, requires = "document")]
    entities: bool,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(flags: &Types) -> Result<Exit, Failure> {
    let text = match (&flags.document, flags.catalog.open()?) {
        (None, None) => {
            of_catalogs(&NAMES.iter().filter_map(|name| catalog::revision(name)).collect::<Vec<_>>())
        }
        (None, Some(catalog)) => of_catalogs(&[catalog]),
        (Some(document), _) => {
            of_organization(&files::with_catalog(&flags.catalog, document)?, flags.entities)
        }
    };
    if let Some(path) = &flags.output {
        return files::write(path, text.trim_end());
    }
    anstream::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

/// The scopes of catalogs, each type with all that it has in any of them.
fn of_catalogs(catalogs: &[Catalog]) -> String {
    let mut text = "// Written by `scopewise types`.\n\n".to_owned();
    scopes(&mut text, catalogs);
    text
}

fn of_organization(organization: &Organization, listed: bool) -> String {
    let name = organization.name();
    let mut text = format!("// Written by `scopewise types` for the organization {}.\n\n", literal(name));
    scopes(&mut text, std::slice::from_ref(organization.catalog()));
    let entities = if listed { literals(organization.listed_entities()) } else { templates(organization) };
    let names = [
        ("Entity", "The entities of the organization.", entities),
        ("Principal", "Who is in the organization.", literals(organization.principals())),
        ("Role", "The roles that may be given to somebody.", literals(organization.roles())),
        (
            "PermissionSet",
            "The permission sets, default ones and the organization's own.",
            literals(organization.permission_sets()),
        ),
    ];
    for (name, about, union) in names {
        push(&mut text, format_args!("\n/** {about} */\nexport type {name} ={union};\n"));
    }
    let deployments =
        if organization.catalog().has_deployments() { " | `deployment:${string}/${string}`" } else { "" };
    push(
        &mut text,
        format_args!(
            "\n/** What `Organization.parse<Vocabulary>(…)` goes by. */\nexport interface Vocabulary {{\n  scopes: \
             Scopes;\n  entity: Entity;\n  principal: Principal{deployments};\n}}\n"
        ),
    );
    text
}

/// An interface with the scopes of each entity type.
fn scopes(text: &mut String, catalogs: &[Catalog]) {
    text.push_str("/** The scopes of each entity type. */\nexport interface Scopes {\n");
    let newest = catalogs.last().into_iter().flat_map(Catalog::entity_types);
    for (_, name) in newest {
        let of_type = |catalog: &Catalog| {
            let scopes = catalog.entity_type(name).into_iter().flat_map(|it| catalog.scopes(it));
            scopes.map(ToOwned::to_owned).collect::<Vec<String>>()
        };
        let mut scopes: Vec<String> = catalogs.iter().flat_map(of_type).collect();
        scopes.sort();
        scopes.dedup();
        let union = literals(scopes).replace("\n  ", "\n    ");
        push(text, format_args!("  {}:{union};\n", literal(name)));
    }
    text.push_str("}\n");
}

/// An entity of each type, whatever its path.
fn templates(organization: &Organization) -> String {
    let catalog = organization.catalog();
    let template = |(entity_type, name): (_, &str)| {
        let own = organization.name().replace('\\', "\\\\").replace('`', "\\`").replace('$', "\\$");
        let own = visible(&own);
        let part = |part| if part == "organization" { &own } else { "${string}" };
        let path: Vec<&str> = catalog.path_parts(entity_type).map(part).collect();
        format!("`{name}:{}`", path.join("/"))
    };
    union(catalog.entity_types().map(template))
}

fn literals(names: impl IntoIterator<Item = String>) -> String {
    union(names.into_iter().map(|name| literal(&name)))
}

fn union(types: impl Iterator<Item = String>) -> String {
    let union: String = types.map(|it| format!("\n  | {it}")).collect();
    if union.is_empty() { " never".to_owned() } else { union }
}

/// A text as TypeScript writes it: as JSON does.
fn literal(name: &str) -> String {
    visible_json(&serde_json::Value::from(name).to_string())
}
