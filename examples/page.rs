//! Behind a page: which buttons are enabled on which row, in one call a person. `cargo run --example page`

use std::error::Error;
use std::time::SystemTime;

use scopewise::{Context, Effect, Organization};

const ROWS: [&str; 3] = ["stack:acme/web/dev", "stack:acme/web/prod", "stack:globex/web/prod"];
const BUTTONS: [&str; 3] = ["stack:read", "stack:write", "stack:delete"];

fn main() -> Result<(), Box<dyn Error>> {
    let acme = Organization::parse(include_str!("acme.json"))?;
    let now = Context::at(SystemTime::now());
    for person in ["user:alice", "user:bob"] {
        let page = acme.principal(person).matrix(&ROWS, &BUTTONS, &now)?;
        print_row(person, BUTTONS.into_iter());
        for (row, entity) in ROWS.into_iter().enumerate() {
            print_row(entity, (0..BUTTONS.len()).map(|button| state(page.at(row, button))));
        }
        println!();
    }
    Ok(())
}

/// A button whose answer rests on tags stays off until they are known.
fn state(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "on",
        Effect::Deny => "-",
        Effect::Unknown => "needs tags",
    }
}

fn print_row<'c>(head: &str, cells: impl Iterator<Item = &'c str>) {
    print!("{head:22}");
    cells.for_each(|cell| print!("{cell:>14}"));
    println!();
}
