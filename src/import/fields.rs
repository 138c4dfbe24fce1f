//! The objects of the API, as data: which of their fields are read, and which are known to be beside the matter.
//!
//! [`check`] goes through an answer by its table and lists everything else: a field that neither is read nor known
//! may bear on access, and must not be lost in silence. What the fields mean is the other files' matter; they take
//! what is of the kind that the table says, and pass over the rest, which is listed here.

use super::Lefts;
use crate::catalog::Catalog;
use crate::document::wrong_type;
use crate::json::{Kind, Value, excerpt};
use crate::problem::Path;

/// What a value of an answer is. `null` is none, everywhere.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// A text.
    Text,
    /// True or false.
    Flag,
    /// A number.
    Number,
    /// The token of the next page of a list: what is said after this one.
    Next,
    /// Judged where its meaning is known.
    Any,
    /// An object with these fields.
    Object(&'static Fields),
    /// A list of such values.
    List(&'static Form),
    /// An object whose keys are names and not fields.
    Map(&'static Form),
}

/// The fields of an object.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// Those that are read.
    pub read: &'static [(&'static str, Form)],
    /// Those that say nothing on access, with a space between them.
    pub beside: &'static str,
    /// The settings of the catalog are fields too, under the names that they have in a document.
    pub settings: bool,
}

impl Fields {
    const fn new(read: &'static [(&'static str, Form)], beside: &'static str) -> Self {
        Self { read, beside, settings: false }
    }
}

const fn object(fields: &'static Fields) -> Form {
    Form::Object(fields)
}

const TEXTS: Form = Form::List(&Form::Text);

pub(super) const ORGANIZATION: Fields = Fields::new(&[], "avatarUrl githubLogin name repos");

pub(super) const METADATA: Fields = Fields {
    read: &[
        ("product", Form::Text),
        ("defaultRoleId", Form::Text),
        ("defaultDeploymentRoleId", Form::Text),
        ("maxAccessTokenExpiryDays", Form::Number),
        ("locked", Form::Text),
        ("features", object(&FEATURES)),
    ],
    beside: "accountCount aiEnablement auditLogsEnabled backingOrgLogin created environmentCount id \
             insightsBillingAccepted insightsTrialEnd insightsTrialUsingPolicy kind maxMembers maxStacks \
             memberCount naturalLanguageSearchDisabled neoAgentDisabled neoApprovalMode \
             neoCLIExplanationsDisabled neoEnabled neoTaskSharingMode preferredVCS retrialExpiration stackCount \
             subscriptionCancelAtPeriodEnd subscriptionPeriodEnd subscriptionStatus subscriptionTrialEnd \
             userRole webhooksEnabled",
    settings: true,
};

const FEATURES: Fields = Fields::new(
    &[
        ("accessTokenExpiryPolicyEnabled", Form::Flag),
        ("customRoleCondition", Form::Flag),
        ("customRolesEnabled", Form::Flag),
        ("legacyDeploymentsOrgToken", Form::Flag),
        ("teamMemberRoleManagementEnabled", Form::Flag),
        ("usersCustomRolesEnabled", Form::Flag),
    ],
    "agentIntegrationCatalogEnabled agentPoolRegistrationEnabled agentScheduledTasksEnabled aiAgentsEnabled \
     aiReviewCodeAccessEnabled aleEnabled approvalsEnabled auditLogUIFilteringEnabled auditLogsEnabled \
     bitbucketVCSEnabled bringYourOwnKeyEnabled cliIntegrationCatalogEnabled crossGuardEnabled \
     customTemplatesEnabled customVCSEnabled dashboardOnboardingUIEnabled dependencyCachingEnabled deployEnabled \
     deploymentOidcSettingsEnabled discoveredStacksEnabled driftDetectionEnabled driftRemediationEnabled \
     environmentRevisionTagsEnabled environmentSecretRotationEnabled environmentsEnabled \
     environmentsRestoreEnabled escEditorRevampEnabled escOnboardingAzureOAuthClientEnabled \
     escOnboardingEnabled escOnboardingGcpOAuthClientEnabled escOnboardingV2Enabled \
     expandedPolicyEnforcementLevelsEnabled fixDriftWithNeoEnabled getStartedOnboardEnabled \
     ghAppDetailedDiffEnabled gitHubEnterpriseIndividualAuthEnabled gitHubEnterpriseIntegrationEnabled \
     hasTerraformModules iacCloudImportEnabled insightsAutoPolicyPacksEnabled insightsMonetizationEnabled \
     integrationAssistantEnabled machineTokensEnabled neoByokEnabled neoCodeReviewsEnabled neoPlanModeEnabled \
     neoReadOnlyEnabled neoServerSideApprovalsEnabled neoTaskSharingEnabled neoTokenMeteringEnabled \
     neoUsageLimitsEnabled nlpSearchEnabled notificationCenterEnabled pangeaAccountsScanPageEnabled \
     policyIssueManagementEnabled policyManagementV2Enabled propertySearchUIEnabled resourceExportEnabled \
     resourceSearchEnabled restoreStacksEnabled samlSsoEnabled scimEnabled selfHostedDeploymentsEnabled \
     selfServeIDPRemoval serviceBackedConfigEnabled tagBasedDeploymentTriggersEnabled teamsEnabled \
     themingEnabled universalSearchEnabled unlinkedGitHubAppRecoveryEnabled webhooksEnabled",
);

pub(super) const ROLES: Fields = Fields::new(&[("roles", Form::List(&object(&ROLE)))], "");

pub(super) const ROLE: Fields = Fields::new(
    &[
        ("id", Form::Text),
        ("name", Form::Text),
        ("description", Form::Text),
        ("uxPurpose", Form::Text),
        ("resourceType", Form::Text),
        ("defaultIdentifier", Form::Text),
        ("isOrgDefault", Form::Flag),
        ("details", Form::Any),
    ],
    "created modified orgId version",
);

pub(super) const ROLE_USERS: Fields = Fields::new(&[("users", Form::List(&object(&USER)))], "");

const USER: Fields = Fields::new(&[("githubLogin", Form::Text)], "avatarUrl email name");

pub(super) const MEMBERS: Fields =
    Fields::new(&[("members", Form::List(&object(&MEMBER))), ("continuationToken", Form::Next)], "");

const MEMBER: Fields = Fields::new(
    &[
        ("user", object(&USER)),
        ("role", Form::Text),
        ("fgaRole", object(&MEMBER_ROLE)),
        ("knownToPulumi", Form::Flag),
        ("virtualAdmin", Form::Flag),
        ("teams", TEXTS),
    ],
    "created links",
);

const MEMBER_ROLE: Fields = Fields::new(&[("id", Form::Text), ("name", Form::Text)], "modifiedAt");

pub(super) const MEMBER_TEAMS: Fields = Fields::new(&[("teams", TEXTS)], "");

pub(super) const MEMBER_STACK: Fields = Fields::new(
    &[
        ("explicitPermission", Form::Any),
        ("teamPermissions", Form::List(&object(&TEAM_PERMISSION))),
        ("userInfo", object(&USER)),
    ],
    "organizationDefault organizationRole",
);

const TEAM_PERMISSION: Fields = Fields::new(&[("team", object(&TEAM)), ("permission", Form::Any)], "");

pub(super) const TEAMS: Fields = Fields::new(&[("teams", Form::List(&object(&TEAM)))], "");

pub(super) const TEAM: Fields = Fields::new(
    &[
        ("name", Form::Text),
        ("displayName", Form::Text),
        ("members", Form::List(&object(&TEAM_MEMBER))),
        ("listMembersError", Form::Text),
        ("roleIds", TEXTS),
        ("stacks", Form::List(&object(&TEAM_STACK))),
        ("environments", Form::List(&object(&TEAM_ENVIRONMENT))),
        ("accounts", Form::List(&object(&TEAM_ACCOUNT))),
    ],
    "description kind userRole",
);

const TEAM_MEMBER: Fields =
    Fields::new(&[("githubLogin", Form::Text), ("role", Form::Text)], "avatarUrl email name");

const TEAM_STACK: Fields = Fields::new(
    &[
        ("projectName", Form::Text),
        ("stackName", Form::Text),
        ("permission", Form::Any),
        ("permissionSetName", Form::Text),
    ],
    "",
);

const TEAM_ENVIRONMENT: Fields = Fields::new(
    &[
        ("projectName", Form::Text),
        ("envName", Form::Text),
        ("permission", Form::Any),
        ("permissionSetName", Form::Text),
        ("maxOpenDuration", Form::Text),
    ],
    "",
);

const TEAM_ACCOUNT: Fields = Fields::new(
    &[("accountName", Form::Text), ("permission", Form::Any), ("permissionSetName", Form::Text)],
    "",
);

pub(super) const TOKENS: Fields =
    Fields::new(&[("tokens", Form::List(&object(&TOKEN))), ("continuationToken", Form::Next)], "");

const TOKEN: Fields = Fields::new(
    &[
        ("id", Form::Text),
        ("name", Form::Text),
        ("type", Form::Text),
        ("admin", Form::Flag),
        ("createdBy", Form::Text),
        ("expires", Form::Any),
        ("role", object(&NAMED_ROLE)),
    ],
    "created description lastUsed",
);

const NAMED_ROLE: Fields =
    Fields::new(&[("id", Form::Text), ("name", Form::Text), ("defaultIdentifier", Form::Text)], "");

pub(super) const STACKS: Fields =
    Fields::new(&[("stacks", Form::List(&object(&LISTED_STACK))), ("continuationToken", Form::Next)], "");

const LISTED_STACK: Fields = Fields::new(
    &[("id", Form::Text), ("orgName", Form::Text), ("projectName", Form::Text), ("stackName", Form::Text)],
    "lastUpdate links resourceCount",
);

pub(super) const STACK: Fields = Fields::new(
    &[("id", Form::Text), ("tags", Form::Map(&Form::Text)), ("config", object(&STACK_CONFIG))],
    "activeUpdate currentOperation orgName projectName stackName version",
);

pub(super) const STACK_CONFIG: Fields =
    Fields::new(&[("environment", Form::Text)], "encryptedKey encryptionSalt secretsProvider");

pub(super) const STACK_METADATA: Fields =
    Fields::new(&[("ownedBy", object(&USER))], "notificationSettings orgName projectName stackName");

pub(super) const COLLABORATORS: Fields = Fields::new(
    &[("users", Form::List(&object(&USER_PERMISSION))), ("stackCreatorUserName", Form::Text)],
    "",
);

const USER_PERMISSION: Fields = Fields::new(&[("user", object(&USER)), ("permission", Form::Any)], "");

pub(super) const STACK_TEAMS: Fields =
    Fields::new(&[("teams", Form::List(&object(&GRANTED_TEAM)))], "projectName");

const GRANTED_TEAM: Fields =
    Fields::new(&[("name", Form::Text), ("permission", Form::Any)], "description displayName isMember");

pub(super) const DEPLOYMENT_SETTINGS: Fields = Fields::new(
    &[("operationContext", object(&OPERATION))],
    "agentPoolID cacheOptions executorContext gitHub source sourceContext tag vcs version",
);

const OPERATION: Fields = Fields::new(
    &[
        ("role", object(&NAMED_ROLE)),
        ("environmentVariables", Form::Map(&Form::Any)),
        ("preRunCommands", TEXTS),
    ],
    "oidc operation options",
);

pub(super) const STACK_REFERENCES: Fields =
    Fields::new(&[("referencedStacks", Form::List(&object(&STACK_REFERENCE)))], "");

const STACK_REFERENCE: Fields = Fields::new(
    &[("organization", Form::Text), ("routingProject", Form::Text), ("name", Form::Text)],
    "version",
);

pub(super) const ENVIRONMENTS: Fields =
    Fields::new(&[("environments", Form::List(&object(&ENVIRONMENT))), ("nextToken", Form::Next)], "");

const ENVIRONMENT: Fields = Fields::new(
    &[
        ("id", Form::Text),
        ("organization", Form::Text),
        ("project", Form::Text),
        ("name", Form::Text),
        ("tags", Form::Map(&Form::Text)),
        ("ownedBy", object(&USER)),
        ("deletedAt", Form::Text),
        ("settings", object(&ENVIRONMENT_SETTINGS)),
    ],
    "created links modified referrerMetadata",
);

pub(super) const ENVIRONMENT_SETTINGS: Fields = Fields::new(&[("deletionProtected", Form::Flag)], "");

pub(super) const ENVIRONMENT_METADATA: Fields = Fields::new(
    &[
        ("id", Form::Text),
        ("ownedBy", object(&USER)),
        ("gatedActions", TEXTS),
        ("openRequestNeeded", Form::Flag),
    ],
    "activeChangeRequest",
);

pub(super) const ENVIRONMENT_TAGS: Fields =
    Fields::new(&[("tags", Form::Map(&object(&ENVIRONMENT_TAG))), ("nextToken", Form::Next)], "");

const ENVIRONMENT_TAG: Fields =
    Fields::new(&[("value", Form::Text)], "created editorLogin editorName modified name");

pub(super) const REFERRERS: Fields = Fields::new(
    &[("referrers", Form::Map(&Form::List(&object(&REFERRER)))), ("continuationToken", Form::Next)],
    "",
);

const REFERRER: Fields = Fields::new(
    &[("environment", object(&IMPORTING_ENVIRONMENT)), ("stack", object(&OPENING_STACK))],
    "insightsAccount",
);

const IMPORTING_ENVIRONMENT: Fields =
    Fields::new(&[("project", Form::Text), ("name", Form::Text)], "revision");

const OPENING_STACK: Fields = Fields::new(&[("project", Form::Text), ("stack", Form::Text)], "version");

pub(super) const ACCOUNTS: Fields =
    Fields::new(&[("accounts", Form::List(&object(&ACCOUNT))), ("nextToken", Form::Next)], "");

pub(super) const ACCOUNT: Fields = Fields::new(
    &[("id", Form::Text), ("name", Form::Text), ("ownedBy", object(&USER))],
    "agentPoolID provider providerConfig providerEnvRef providerVersion scanStatus scheduledScanEnabled",
);

pub(super) const ACCOUNT_TAGS: Fields = Fields::new(&[("tags", Form::Map(&object(&ACCOUNT_TAG)))], "");

const ACCOUNT_TAG: Fields = Fields::new(&[("value", Form::Text)], "created modified name");

pub(super) const ACCOUNT_TEAMS: Fields =
    Fields::new(&[("teams", Form::List(&object(&GRANTED_TEAM)))], "accountName");

/// Lists what is in a value and not in its table. Forms are of a fixed depth, so recursion is.
pub(super) fn check(value: Value<'_>, form: &Form, catalog: &Catalog, at: &Path<'_>, lefts: &mut Lefts) {
    match (form, value.kind()) {
        (Form::Text | Form::Next, Kind::Text)
        | (Form::Flag, Kind::Bool)
        | (Form::Number, Kind::Number)
        | (Form::Any, _)
        | (_, Kind::Null) => {}
        (Form::List(form), Kind::Array) => {
            for (index, item) in value.items().enumerate() {
                check(item, form, catalog, &at.index(index), lefts);
            }
        }
        (Form::Map(form), Kind::Object) => {
            for (key, value) in value.members() {
                check(value, form, catalog, &at.key(key), lefts);
            }
        }
        (Form::Object(fields), Kind::Object) => check_fields(value, fields, catalog, at, lefts),
        (_, kind) => lefts.add(at, wrong_type(wanted(form), kind)),
    }
}

fn check_fields(value: Value<'_>, fields: &Fields, catalog: &Catalog, at: &Path<'_>, lefts: &mut Lefts) {
    for (key, value) in value.members().filter(|(_, value)| value.kind() != Kind::Null) {
        let at = at.key(key);
        let is_setting = || fields.settings && is_setting(catalog, key);
        if let Some((_, form)) = fields.read.iter().find(|(name, _)| *name == key) {
            check(value, form, catalog, &at, lefts);
        } else if !fields.beside.split(' ').any(|name| name == key) && !is_setting() {
            let key = excerpt(key);
            lefts
                .add(&at, format!("no field `{key}` is known here: whether it bears on access is not known"));
        }
    }
}

fn is_setting(catalog: &Catalog, name: &str) -> bool {
    let toggle = catalog.toggles.iter().any(|toggle| *toggle.field == *name);
    toggle || catalog.levels.iter().any(|level| *level.field == *name)
}

fn wanted(form: &Form) -> &'static str {
    match form {
        Form::Text | Form::Next => "a text",
        Form::Flag => "true or false",
        Form::Number => "a number",
        Form::List(_) => "a list",
        Form::Map(_) | Form::Object(_) => "an object",
        Form::Any => "a value",
    }
}
