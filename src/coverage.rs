//! Which grants of a document no test has touched.

use serde::Serialize;

use crate::expectations::TestReport;
use crate::explain::On;
use crate::json;
use crate::names::sorted;
use crate::organization::{Grant, Organization};
use crate::places::Written;
use crate::problem::{Invalid, natural};

/// How much of what a document grants is held by expectations.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Coverage {
    /// How many grants the document writes.
    pub grants: usize,
    /// How many of them stand behind an expectation that something is allowed, and is.
    pub touched: usize,
    /// The others, in the order of their places.
    pub untouched: Vec<UntouchedGrant>,
}

impl Coverage {
    /// The share that is touched, in percent, rounded down: 100 is all of them. Of a document that grants nothing all
    /// is touched.
    pub fn percent(&self) -> usize {
        self.touched.saturating_mul(100).checked_div(self.grants).unwrap_or(100)
    }
}

/// A grant on which no expectation rests.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UntouchedGrant {
    /// Where it is written: `roles[0].rules[2].on[1]`, `teams[3].grants[0]`, `settings.defaultStackPermission`. Of
    /// what a role tree grants the place of the tree, `roles[1].details`.
    pub path: String,
    /// Who or what has it, and the permission set: `role:deployer`, `permission-set:stack-write`.
    pub via: Vec<String>,
    /// Where it holds.
    pub on: On,
    /// The entity type of its scopes.
    pub entity_type: String,
    /// The scopes, where they are no permission set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

impl Organization {
    /// Which grants the expectations of these reports rest on, all reports taken together, and which they leave out.
    ///
    /// A grant is touched when it is among those that an explanation lists of an expectation that something is
    /// allowed, and is. What the built-in roles hold is no grant of the document.
    ///
    /// `document` is the text that the organization was parsed from, in which the places are found.
    ///
    /// # Errors
    ///
    /// A text that is no JSON.
    pub fn coverage<'r>(
        &self,
        document: impl AsRef<[u8]>,
        reports: impl IntoIterator<Item = &'r TestReport>,
    ) -> Result<Coverage, Invalid> {
        let text = document.as_ref();
        let json = json::parse(text).map_err(|fault| Invalid::new(vec![fault.in_text(text)]))?;
        let mut places = self.places(json.root());
        let grants = places.iter().flatten().count();
        for grant in reports.into_iter().flat_map(|report| &report.touched) {
            places.iter_mut().skip(*grant as usize).take(1).for_each(|place| *place = None);
        }
        let left = (0..).zip(places).filter_map(|(number, place)| Some((number, place?)));
        let left = sorted(left.map(|(number, place)| (natural(&place.path), number, place)).collect());
        let untouched = left.into_iter().filter_map(|(_, number, written)| {
            self.grants.get(number).map(|grant| self.untouched(&grant, written))
        });
        let untouched: Vec<UntouchedGrant> = untouched.collect();
        Ok(Coverage { grants, touched: grants - untouched.len(), untouched })
    }

    fn untouched(&self, grant: &Grant, written: Written) -> UntouchedGrant {
        let set = self.set(grant.set);
        let named = set.id.as_ref().map(|id| format!("permission-set:{id}"));
        let scopes = set.scopes.iter().filter(|_| named.is_none());
        let scopes = scopes.map(|scope| self.catalog.scope_name(set.entity_type, scope).to_owned()).collect();
        UntouchedGrant {
            path: written.path,
            via: [written.holder].into_iter().chain(named).collect(),
            on: self.on(grant.place),
            entity_type: self.catalog.type_name(set.entity_type).to_owned(),
            scopes,
        }
    }
}
