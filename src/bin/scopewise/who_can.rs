//! `who-can`: everyone who may do something on an entity, and by which way.

use scopewise::{Effect, ExplainedGrant, On, WhoCan, WhoCanRow};

use crate::args::Document;
use crate::table::{self, Cell, Csv, Format, Table};
use crate::words::{push, section};
use crate::{Exit, Failure, args, ask, files, meant, words};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise who-can acme.json --scope stack:delete --entity stack:acme/web/prod
  scopewise who-can acme.json --scope environment:open --entity environment:acme/default/aws --kind token --all
  scopewise who-can acme.json --scope stack:write --entity stack:acme/web/prod --filter 'ci-*' --format csv

The CSV has a line for each way by which somebody may. A cell that begins with = + - or @ stands in it as it is: tell a
spreadsheet that it is text.")]
pub(crate) struct Flags {
    #[command(flatten)]
    document: Document,
    /// What is asked for: object:action
    #[arg(long, value_name = "S")]
    scope: String,
    /// On what: TYPE:PATH
    #[arg(long, value_name = "E")]
    entity: String,
    /// Only this kind of principal: user, team, service-principal, token; may be given again
    #[arg(long = "kind", value_name = "K")]
    kinds: Vec<String>,
    /// Only principals with such a name: * stands for any run of characters
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
    /// List those that are denied too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    known: args::Known,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "F", default_value_t)]
    format: Format,
}

pub(crate) fn who_can(flags: &Flags) -> Result<Exit, Failure> {
    let context = ask::known(&flags.known)?;
    let filter = ask::filter(&flags.kinds, flags.filter.as_ref(), flags.all);
    let organization = files::organization(&flags.document)?;
    let who = organization.who_can(&flags.scope, &flags.entity, &filter, &context)?;
    if flags.format == Format::Table {
        meant::scope(&organization, &flags.scope);
    }
    table::print(flags.format, &who, || words(flags, &who), || csv(&who))
}

/// How many of each effect, a row for each principal with its ways below, and why the others may not.
fn words(flags: &Flags, who: &WhoCan) -> String {
    let having = |effect| who.principals.iter().filter(|row| row.decision.effect == effect).count();
    let denied = who.denied.iter().map(|denied| denied.count).sum();
    let counts = [(Effect::Allow, having(Effect::Allow)), (Effect::Unknown, having(Effect::Unknown))];
    let counts = words::counts(&[&counts[..], &[(Effect::Deny, denied)]].concat());
    let mut text = format!("{}: {counts}", table::visible(&format!("{} on {}", flags.scope, flags.entity)));
    let mut table = Table::new(["principal", "effect", "reason"]);
    for row in &who.principals {
        let decision = &row.decision;
        let effect = Cell::styled(decision.effect, words::style(decision.effect));
        let cells = [Cell::new(&row.principal), effect, Cell::new(words::reason(decision))];
        table.row(cells, row.grants.iter().map(|grant| way(row, grant)));
    }
    push(&mut text, format_args!("{}", table.text()));
    let reasons = who.denied.iter();
    let reasons = reasons.map(|it| format!("{} {}: {}", it.count, it.reason, words::sentence(it.reason)));
    section(&mut text, "denied", reasons);
    text
}

fn way(row: &WhoCanRow, grant: &ExplainedGrant) -> String {
    let would = if row.decision.effect == Effect::Deny { "would be by " } else { "" };
    format!("{would}{}", words::grant(grant))
}

/// A line for each way, or one without for whoever has none.
fn csv(who: &WhoCan) -> Csv<6> {
    let mut csv = Csv::new(["principal", "effect", "reason", "needs", "via", "on"]);
    for WhoCanRow { principal, decision, grants, .. } in &who.principals {
        let (effect, reason) = (decision.effect.as_str(), decision.reason.as_str());
        let needs = decision.needs.join(", ");
        if grants.is_empty() {
            csv.row([principal, effect, reason, &needs, "", ""]);
        }
        for grant in grants {
            csv.row([principal, effect, reason, &needs, &grant.via.join(" > "), &place(&grant.on)]);
        }
    }
    csv
}

/// Where a grant holds, without the word before it: `all`, an entity, or what must hold.
fn place(on: &On) -> String {
    match on {
        On::All => "all".to_owned(),
        On::Entity(entity) => entity.clone(),
        _ => on.to_string().trim_start_matches("where ").to_owned(),
    }
}
