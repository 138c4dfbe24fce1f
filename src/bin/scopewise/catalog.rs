//! The scopes of a revision or a catalog, as the documentation lists them: by entity type and group.

use std::io::Write;

use scopewise::catalog::{Listing, NAMES, ScopeListing};

use crate::words::{FAINT, HEADING, push};
use crate::{Exit, Failure, args, ask, files};

pub(crate) fn list(flags: &args::Catalog) -> Result<Exit, Failure> {
    let listing = narrowed(listing(flags)?, flags)?;
    let text = if flags.json {
        ask::json(&listing)?
    } else {
        words(&listing, if flags.catalog.is_some() { "Catalog" } else { "Revision" })
    };
    writeln!(anstream::stdout().lock(), "{}", text.trim_end())?;
    Ok(Exit::Done)
}

fn listing(flags: &args::Catalog) -> Result<Listing, Failure> {
    if let Some(file) = &flags.catalog {
        let read = Listing::parse(files::bytes(file)?);
        return read.map_err(|invalid| Failure::InvalidFile(file.clone(), invalid));
    }
    let newest = NAMES.last().copied().unwrap_or_default();
    let revision = flags.revision.as_deref().unwrap_or(newest);
    Listing::of(revision).ok_or_else(|| {
        let known = NAMES.join("`, `");
        Failure::Message(format!("no revision `{revision}` is known: use one of `{known}`"))
    })
}

/// Only the entity type and the set that are asked for.
fn narrowed(mut listing: Listing, flags: &args::Catalog) -> Result<Listing, Failure> {
    if let Some(name) = &flags.entity_type {
        let known = listing.entity_types.iter().map(|it| it.name.clone()).collect::<Vec<_>>().join("`, `");
        listing.entity_types.retain(|it| it.name == *name);
        listing.permission_sets.retain(|it| it.entity_type == *name);
        listing.settings.retain(|it| it.entity_type == *name);
        if listing.entity_types.is_empty() {
            return Err(Failure::Message(format!("no entity type `{name}` is known: use one of `{known}`")));
        }
    }
    if let Some(name) = &flags.set {
        let known = listing.permission_sets.iter().map(|it| it.id.clone()).collect::<Vec<_>>().join("`, `");
        listing.permission_sets.retain(|it| it.id == *name || it.name == *name);
        let Some(id) = listing.permission_sets.first().map(|set| set.id.clone()) else {
            return Err(Failure::Message(format!(
                "no permission set `{name}` is known: use one of `{known}`"
            )));
        };
        for entity_type in &mut listing.entity_types {
            for group in &mut entity_type.groups {
                group.scopes.retain(|scope| scope.sets.contains(&id));
            }
            entity_type.groups.retain(|group| !group.scopes.is_empty());
        }
        listing.entity_types.retain(|entity_type| !entity_type.groups.is_empty());
    }
    Ok(listing)
}

fn words(listing: &Listing, what: &str) -> String {
    let scopes = || listing.entity_types.iter().flat_map(|it| &it.groups).flat_map(|group| &group.scopes);
    let width = scopes().map(|scope| scope.name.len()).max().unwrap_or_default();
    let mut text = format!("{HEADING}{what} {}{HEADING:#}, {} scopes\n", listing.revision, scopes().count());
    for entity_type in &listing.entity_types {
        let count: usize = entity_type.groups.iter().map(|group| group.scopes.len()).sum();
        push(&mut text, format_args!("\n{HEADING}{}{HEADING:#}, {}\n", entity_type.name, counted(count)));
        for group in &entity_type.groups {
            push(&mut text, format_args!("\n  {}\n", group.name));
            group.scopes.iter().for_each(|scope| row(&mut text, scope, width));
        }
    }
    text
}

fn counted(scopes: usize) -> String {
    format!("{scopes} scope{}", if scopes == 1 { "" } else { "s" })
}

fn row(text: &mut String, scope: &ScopeListing, width: usize) {
    let line = format!("    {:width$}  {}", scope.name, scope.description);
    push(text, format_args!("{}\n", line.trim_end()));
    let roles = format!("roles: {}", scope.roles.join(", "));
    let sets =
        if scope.sets.is_empty() { String::new() } else { format!("; sets: {}", scope.sets.join(", ")) };
    push(text, format_args!("    {:width$}  {FAINT}{roles}{sets}{FAINT:#}\n", ""));
}
