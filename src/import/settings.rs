//! What the metadata of an organization say: settings, edition, and switches that a document does not have.

use super::answers::{Reply, Route};
use super::draft::Draft;
use super::roles::NamedRole;
use super::table::told;
use crate::catalog::Level;
use crate::json::{Kind, Value, Writer, excerpt};
use crate::number::Decimal;
use crate::problem::Path;

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Setting {
    Flag(bool),
    Days(u64),
    /// The name of a level, the id of a role.
    Name(String),
}

impl Setting {
    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Flag(on) => writer.word(if *on { "true" } else { "false" }),
            Self::Days(days) => writer.word(&days.to_string()),
            Self::Name(name) => writer.text(name),
        }
    }
}

/// What whoever created a stack holds has a number among the levels too, and is what the highest one gives (DL-11).
const CREATOR: Option<u64> = Some(104);

/// A switch of the API that a document does not have, and when that matters.
struct Switch {
    field: &'static str,
    is: bool,
    matters: fn(&Draft<'_>) -> bool,
    message: &'static str,
}

const SWITCHES: [Switch; 6] = [
    Switch {
        field: "accessTokenExpiryPolicyEnabled",
        is: false,
        matters: |draft| draft.settings.has(LIFETIME),
        message: "the policy on the lifetime of tokens is off: the document has the lifetime all the same",
    },
    Switch {
        field: "customRoleCondition",
        is: false,
        matters: |draft| draft.records.test_tags,
        message: "conditions in roles are off: the document has those of the trees all the same",
    },
    Switch {
        field: "customRolesEnabled",
        is: false,
        matters: |draft| draft.records.are_some(),
        message: "custom roles are off: the document has those of the answers all the same",
    },
    Switch {
        field: "legacyDeploymentsOrgToken",
        is: true,
        matters: |_| true,
        message: "deployments run with a token of the organization that no answer names: a document has no such",
    },
    Switch {
        field: "teamMemberRoleManagementEnabled",
        is: true,
        matters: |draft| !draft.teams.is_empty(),
        message: "members may have roles of their own in a team: no answer tells them, and a document has none",
    },
    Switch {
        field: "usersCustomRolesEnabled",
        is: false,
        matters: |draft| draft.records.are_some(),
        message: "users have no custom roles: the document has those of the answers all the same",
    },
];

const DEFAULT_ROLE: &str = "defaultRole";
const DEPLOYMENT_ROLE: &str = "defaultDeploymentRole";
const LIFETIME: &str = "tokenMaxLifetimeDays";

impl<'j> Draft<'j> {
    pub(super) fn read_settings(&mut self, replies: &[&Reply<'j>]) {
        self.each(replies, Route::Metadata, |draft, reply, at| {
            draft.toggles_and_levels(reply.value, at);
            draft.product(reply, at);
            draft.default_roles(reply.value, at);
            draft.lifetime(reply.value, at);
        });
        self.default_by_record();
    }

    fn toggles_and_levels(&mut self, metadata: Value<'j>, at: &Path<'_>) {
        let catalog = self.catalog;
        for field in catalog.toggles.iter().map(|toggle| &*toggle.field) {
            let Some(value) = metadata.get(field).filter(|value| value.kind() != Kind::Null) else {
                continue;
            };
            match value.as_bool() {
                Some(on) => self.setting(field, Setting::Flag(on), &at.key(field)),
                None => self.left(&at.key(field), "true or false is wanted here: the setting is left out"),
            }
        }
        for level in &catalog.levels {
            let field = &*level.field;
            let Some(value) = metadata.get(field).filter(|value| value.kind() != Kind::Null) else {
                continue;
            };
            if let Some((name, _)) = self.level(level, value, &at.key(field)) {
                self.setting(field, Setting::Name(name.to_string()), &at.key(field));
            }
        }
    }

    /// The name of a level and its default set; the API may give the level by a number.
    pub(super) fn level(
        &mut self,
        level: &'j Level,
        value: Value<'j>,
        at: &Path<'_>,
    ) -> Option<&'j (Box<str>, Option<usize>)> {
        let number = value.as_number().and_then(|number| Decimal::parse(number).integer());
        let creator = number == CREATOR && !level.numbers.is_empty();
        let found = if creator { level.levels.last() } else { level.level_of(value) };
        if found.is_none() {
            let written = value.as_text().or(value.as_number()).unwrap_or(value.kind().in_words());
            self.left(at, format!("no level `{}` is known: it gives nothing", excerpt(written)));
        }
        found
    }

    fn product(&mut self, reply: &Reply<'j>, at: &Path<'_>) {
        let Some(product) = reply.value.text("product") else { return };
        let known = |name: &&str| self.catalog.editions.iter().any(|edition| *edition.name == **name);
        let Some(edition) = edition_of(product).filter(known) else {
            let message =
                format!("no edition `{}` is known: the document names no edition", excerpt(product));
            return self.left(&at.key("product"), message);
        };
        let (first, _) = *self.edition.get_or_insert((edition, reply.path));
        self.again(first == edition, &at.key("product"));
    }

    /// The edition, unless it does not have what the document has: it decides nothing, and the roles do.
    pub(super) fn fitting_edition(&mut self) -> Option<&'static str> {
        let (name, answer) = self.edition?;
        let edition = self.catalog.editions.iter().find(|edition| *edition.name == *name)?;
        let roles = self.records.count_roles();
        let fits =
            (edition.custom || !self.records.are_some()) && edition.roles.is_none_or(|most| roles <= most);
        if !fits {
            let message = format!(
                "the edition `{name}` has not that many custom roles and sets: the document names no edition"
            );
            self.left(&Path::Root.key(answer).key("product"), message);
        }
        fits.then_some(name)
    }

    fn default_roles(&mut self, metadata: Value<'j>, at: &Path<'_>) {
        if let Some(id) = metadata.text("defaultRoleId") {
            let at = at.key("defaultRoleId");
            let role = self.role(NamedRole::of_id(id), &at);
            self.setting(DEFAULT_ROLE, Setting::Name(role), &at);
        }
        let Some(id) = metadata.text("defaultDeploymentRoleId") else { return };
        let at = at.key("defaultDeploymentRoleId");
        if self.catalog.has_field("settings.defaultDeploymentRole") {
            let role = self.role(NamedRole::of_id(id), &at);
            self.setting(DEPLOYMENT_ROLE, Setting::Name(role), &at);
        } else {
            self.not_in_revision(DEPLOYMENT_ROLE, &at);
        }
    }

    pub(super) fn not_in_revision(&mut self, field: &str, at: &Path<'_>) {
        let message = format!("the revision `{}` has no `{field}`: it is left out", self.catalog.name());
        self.left(at, message);
    }

    /// Days; 0 is no policy (TK-14).
    fn lifetime(&mut self, metadata: Value<'j>, at: &Path<'_>) {
        let Some(written) = metadata.get("maxAccessTokenExpiryDays").and_then(Value::as_number) else {
            return;
        };
        let at = at.key("maxAccessTokenExpiryDays");
        match Decimal::parse(written).integer() {
            Some(0) => {}
            Some(days) if days <= 3650 => self.setting(LIFETIME, Setting::Days(days), &at),
            _ => {
                let message = format!("`{}` is no number of days from 0 to 3650", excerpt(written));
                self.left(&at, message);
            }
        }
    }

    /// A role record may say that it is the default one.
    fn default_by_record(&mut self) {
        for (id, place) in std::mem::take(&mut self.records.defaults) {
            place.with(|at| {
                let at = at.key("isOrgDefault");
                let role = self.role(NamedRole::of_id(id), &at);
                self.setting(DEFAULT_ROLE, Setting::Name(role), &at);
            });
        }
    }

    fn setting(&mut self, field: &str, value: Setting, at: &Path<'_>) {
        let same = told(self.settings.of(field), value);
        self.again(same, at);
    }

    /// What bears on access and has no field in a document, when everything else is known.
    pub(super) fn read_features(&mut self, replies: &[&Reply<'j>]) {
        self.each(replies, Route::Metadata, |draft, reply, at| {
            if let Some(locked) = reply.value.text("locked").filter(|locked| *locked != "not-locked") {
                let message =
                    format!("the organization is locked, `{}`: a document has no locks", excerpt(locked));
                draft.left(&at.key("locked"), message);
            }
            let Some(features) = reply.value.get("features") else { return };
            for switch in &SWITCHES {
                let is = features.get(switch.field).and_then(Value::as_bool) == Some(switch.is);
                if is && (switch.matters)(draft) {
                    draft.left(&at.key("features").key(switch.field), switch.message);
                }
            }
        });
    }
}

/// The edition of a product that the API names.
fn edition_of(product: &str) -> Option<&'static str> {
    match product {
        "community" | "individual" => Some("individual"),
        "team-growth" | "team-per-stack" | "team-pro" | "team-starter" => Some("team"),
        "enterprise" | "enterprise-growth" => Some("enterprise"),
        "business-critical" => Some("business-critical"),
        _ => None,
    }
}
