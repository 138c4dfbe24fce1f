//! What one principal may do: `entities`, on which it may do something, and `scopes`, everything on each.

use std::borrow::Cow;

use scopewise::{ByEntity, Decision, Effect, Scopes};

use crate::args::Document;
use crate::table::{self, Cell, Csv, Format, Table};
use crate::words::push;
use crate::{Exit, Failure, args, ask, files, meant, words};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise entities acme.json --principal user:bob --scope stack:write
  scopewise entities acme.json --principal token:ci --type environment --filter 'acme/prod/*'
  scopewise entities acme.json --principal deployment:web/prod --trigger git-push --format csv

The entities are those that the document lists or names; all others of a type are told of at once, in the last rows.
With --scope there is the decision on each, without it how many scopes are allowed. Tags stand for those of every
entity. A cell of the CSV that begins with = + - or @ stands in it as it is: tell a spreadsheet that it is text.")]
pub(crate) struct EntitiesFlags {
    #[command(flatten)]
    document: Document,
    /// Who asks
    #[arg(long, value_name = "P")]
    principal: String,
    /// What is asked for: object:action
    #[arg(long, value_name = "S")]
    scope: Option<String>,
    #[command(flatten)]
    among: Among,
    /// List the entities on which it is denied too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    context: args::Context,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "F", default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise scopes acme.json --principal team:platform --entity stack:acme/web/prod
  scopewise scopes acme.json --principal user:bob --type stack --filter 'acme/web/*'
  scopewise scopes acme.json --principal user:bob --filter '*' --format csv

By --type and --filter there are those entities that the document lists or names, and all others of a type at once in
the last rows. Tags stand for those of every entity. A cell of the CSV that begins with = + - or @ stands in it as it
is: tell a spreadsheet that it is text.")]
pub(crate) struct ScopesFlags {
    #[command(flatten)]
    document: Document,
    /// Who asks
    #[arg(long, value_name = "P")]
    principal: String,
    /// On this one alone, the allowed scopes one a line: TYPE:PATH
    #[arg(long, value_name = "E", required_unless_present_any = ["types", "filter"], conflicts_with_all = ["types", "filter"])]
    entity: Option<String>,
    #[command(flatten)]
    among: Among,
    #[command(flatten)]
    context: args::Context,
    /// Print the answer as JSON
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "F", default_value_t)]
    format: Format,
}

/// Which entities.
#[derive(Debug, clap::Args)]
struct Among {
    /// Only entities of this type; may be given again
    #[arg(long = "type", value_name = "T")]
    types: Vec<String>,
    /// Only entities with such a name, with the type or without it: * stands for any run of characters
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
}

pub(crate) fn entities(flags: &EntitiesFlags) -> Result<Exit, Failure> {
    let context = ask::context(&flags.context)?;
    let filter = ask::filter(&flags.among.types, flags.among.filter.as_ref(), flags.all);
    let organization = files::organization(&flags.document)?;
    let principal = organization.principal(&flags.principal);
    let Some(scope) = &flags.scope else {
        let told = principal.scopes_by_entity(&filter, &context)?;
        return table::print(flags.format, &told, || by_count(&flags.principal, &told), || counts(&told));
    };
    let told = principal.entities(scope, &filter, &context)?;
    table::print(flags.format, &told, || by_effect(&flags.principal, scope, &told), || decisions(&told))
}

pub(crate) fn scopes(flags: &ScopesFlags) -> Result<Exit, Failure> {
    let context = ask::context(&flags.context)?;
    let organization = files::organization(&flags.document)?;
    let principal = organization.principal(&flags.principal);
    let format = if flags.json { Format::Json } else { flags.format };
    let Some(entity) = &flags.entity else {
        let filter = ask::filter(&flags.among.types, flags.among.filter.as_ref(), false);
        let told = principal.scopes_by_entity(&filter, &context)?;
        return table::print(format, &told, || by_scope(&flags.principal, &told), || names(&told));
    };
    let allowed = principal.scopes(entity, &context)?;
    if allowed.is_empty() && format == Format::Table {
        meant::principal(&organization, &flags.principal);
        return Ok(Exit::Done);
    }
    table::print(format, &allowed, || allowed.join("\n"), || column(&allowed))
}

fn column(scopes: &[&str]) -> Csv<1> {
    let mut csv = Csv::new(["scope"]);
    for scope in scopes {
        csv.row([scope]);
    }
    csv
}

/// A row for each entity with the decision on it.
fn by_effect(principal: &str, scope: &str, told: &ByEntity<Decision>) -> String {
    let having = |effect| told.entities.iter().filter(|it| it.answer.effect == effect).count();
    let counts = [Effect::Allow, Effect::Unknown, Effect::Deny].map(|effect| (effect, having(effect)));
    let mut text =
        format!("{}: {}", table::visible(&format!("{scope} for {principal}")), words::counts(&counts));
    push_caller(&mut text, told);
    let mut table = Table::new(["entity", "effect", "reason"]);
    for (place, decision) in places(told) {
        let effect = Cell::styled(decision.effect, words::style(decision.effect));
        table.row([Cell::new(place), effect, Cell::new(words::reason(decision))], []);
    }
    text + &table.text()
}

fn decisions(told: &ByEntity<Decision>) -> Csv<4> {
    let mut csv = Csv::new(["entity", "effect", "reason", "needs"]);
    for (place, it) in places(told) {
        csv.row([&place, it.effect.as_str(), it.reason.as_str(), &it.needs.join(", ")]);
    }
    csv
}

/// A row for each entity with how many scopes there are.
fn by_count(principal: &str, told: &ByEntity<Scopes<'_>>) -> String {
    let mut table = Table::new(["entity", "allow", "unknown"]);
    for (place, it) in places(told) {
        table.row([Cell::new(place), Cell::new(it.allow.len()), Cell::new(it.unknown.len())], []);
    }
    heading(principal, told) + &table.text()
}

fn counts(told: &ByEntity<Scopes<'_>>) -> Csv<3> {
    let mut csv = Csv::new(["entity", "allow", "unknown"]);
    for (place, it) in places(told) {
        csv.row([&place, &it.allow.len().to_string(), &it.unknown.len().to_string()]);
    }
    csv
}

/// A row for each entity with the scopes below.
fn by_scope(principal: &str, told: &ByEntity<Scopes<'_>>) -> String {
    let mut table = Table::new(["entity", "scopes"]);
    for (place, it) in places(told) {
        let unknown = format!("if the tags say so: {}", it.unknown.join(", "));
        let lines = [(it.allow.join(", "), &it.allow), (unknown, &it.unknown)];
        let lines = lines.into_iter().filter(|(_, scopes)| !scopes.is_empty()).map(|(line, _)| line);
        table.row([Cell::new(place), Cell::new(it.allow.len() + it.unknown.len())], lines);
    }
    heading(principal, told) + &table.text()
}

/// A line for each entity and scope.
fn names(told: &ByEntity<Scopes<'_>>) -> Csv<3> {
    let mut csv = Csv::new(["entity", "scope", "effect"]);
    for (place, it) in places(told) {
        let allow = it.allow.iter().map(|scope| (scope, Effect::Allow));
        let unknown = it.unknown.iter().map(|scope| (scope, Effect::Unknown));
        allow.chain(unknown).for_each(|(scope, effect)| csv.row([&place, scope, effect.as_str()]));
    }
    csv
}

fn heading(principal: &str, told: &ByEntity<Scopes<'_>>) -> String {
    let (principal, count) = (table::visible(principal), told.entities.len());
    let mut text =
        format!("{principal}: scopes on {count} {}", if count == 1 { "entity" } else { "entities" });
    push_caller(&mut text, told);
    text
}

/// Whom a run acts as, and why there is nothing at all.
fn push_caller<T>(text: &mut String, told: &ByEntity<T>) {
    if let Some(acts_as) = &told.acts_as {
        push(text, format_args!("\n  acts as {}", table::visible(acts_as)));
    }
    if let Some(reason) = told.refused {
        push(text, format_args!("\n  {reason}: {}", words::sentence(reason)));
    }
}

/// What is told, entity by entity, and for each type of the others. No entity has such a name.
fn places<T>(told: &ByEntity<T>) -> impl Iterator<Item = (Cow<'_, str>, &T)> {
    let others = told.elsewhere.iter();
    let others = others.map(|it| (format!("any other {}", it.entity_type).into(), &it.answer));
    told.entities.iter().map(|it| (it.entity.as_str().into(), &it.answer)).chain(others)
}
