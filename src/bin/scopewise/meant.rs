//! What somebody may have meant by a name that is not there. It is told on standard error: an answer stays as it is.

use scopewise::Organization;
use strsim::osa_distance;

use crate::table::visible;

/// Asks about a scope that no entity type has, where there is one much like it.
pub(crate) fn scope(organization: &Organization, written: &str) {
    let catalog = organization.catalog();
    let scopes = catalog.entity_types().flat_map(|(number, _)| catalog.scopes(number));
    ask(nearest(written, scopes.map(str::to_owned).collect(), |scope| scope));
}

/// Asks about a principal that the document does not have, where it has one much like it, also of another kind.
pub(crate) fn principal(organization: &Organization, written: &str) {
    if !written.starts_with("deployment:") {
        ask(nearest(written, organization.principals(), |name| {
            name.split_once(':').map_or(name, |(_, name)| name)
        }));
    }
}

fn ask(meant: Option<String>) {
    if let Some(meant) = meant {
        anstream::eprintln!("did you mean `{}`?", visible(&meant));
    }
}

/// Of names the one whose part in question differs least, by a letter of four at the most; none if the very name is there.
fn nearest(written: &str, names: Vec<String>, part: fn(&str) -> &str) -> Option<String> {
    if names.iter().any(|name| name == written) {
        return None;
    }
    let most = (part(written).chars().count() / 4).max(1);
    let differs = |name: &str| (osa_distance(part(written), part(name)), osa_distance(written, name));
    let near = names.into_iter().map(|name| (differs(&name), name)).filter(|((by, _), _)| *by <= most);
    near.min().map(|(_, name)| name)
}
