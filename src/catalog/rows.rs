//! How a catalog is written down: the types of its rows, which hold names and no meaning.

use serde::{Serialize, Serializer};

/// A catalog as it is written down: rows of names. What is left out does not exist in that product.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rows<'a> {
    /// What a document calls the catalog, in `revision` or `catalog`.
    pub name: &'a str,
    /// The entity types, one of them the organization itself.
    pub entity_types: &'a [TypeRow<'a>],
    /// The default permission sets.
    pub permission_sets: &'a [SetRow<'a>],
    /// The built-in roles.
    pub roles: &'a [RoleRow<'a>],
    /// The built-in role of a member for whom nothing names another.
    pub member_role: &'a str,
    /// Settings that are on or off.
    pub toggles: &'a [ToggleRow<'a>],
    /// Settings that give every entity of a type to those whom they reach.
    pub levels: &'a [LevelRow<'a>],
    /// What whoever created an entity holds on it.
    pub creator: CreatorRow<'a>,
    /// The editions of the product, the default one last.
    pub editions: &'a [EditionRow<'a>],
    /// The parts of a document that only some revisions have, by their place: `deployment.runAs`.
    pub fields: &'a [&'a str],
    /// Fields of an entity that list others, with the type that they list.
    pub references: &'a [(&'a str, &'a str)],
    /// What expressions of a role tree look at (`Stack` of `PermissionExpressionStack`), with the type of it.
    pub contexts: &'a [(&'a str, &'a str)],
    /// An organization token without a role has the role that `defaultRole` names, and not [`Rows::member_role`].
    pub tokens_follow_default_role: bool,
    /// Entity type and name of scopes that no organization token has, whatever its role.
    pub token_exceptions: &'a [(&'a str, &'a str)],
    /// How a deployment finds whom it acts as: the first step that applies.
    pub identity: &'a [IdentityStep],
    /// Entity type and set that a run holds on the stack that it deploys.
    pub own_stack: (&'a str, &'a str),
    /// What whoever a run acts as must hold for it to succeed.
    pub needs: &'a [NeedRow<'a>],
    /// Entity type and name of scopes whose use a grant may limit in time.
    pub timed_scopes: &'a [(&'a str, &'a str)],
    /// Scopes on which the sources of the catalog disagree.
    pub disputes: &'a [DisputeRow<'a>],
    /// The documented statements behind the mechanisms.
    pub citations: &'a [(Because, &'a [Rule<'a>])],
}

/// An entity type.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypeRow<'a> {
    /// The word before the colon of an entity.
    pub name: &'a str,
    /// The parts of the path behind it, by their names: `organization/repository`. One of them is `organization`;
    /// where it is the only one, the type is that of the organization itself.
    pub path: &'a str,
    /// The names of its scopes, in any order.
    pub scopes: &'a [&'a str],
}

/// A default permission set.
#[derive(Debug, Clone, Copy, Default)]
pub struct SetRow<'a> {
    /// By which roles name it.
    pub id: &'a str,
    /// By which people name it; roles may as well.
    pub name: &'a str,
    /// The type of all its scopes.
    pub entity_type: &'a str,
    /// Sets of the same type that it has in it.
    pub includes: &'a [&'a str],
    /// What it adds.
    pub scopes: &'a [&'a str],
}

/// A built-in role.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoleRow<'a> {
    /// By which documents name it.
    pub id: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// Every scope on every entity.
    pub everything: bool,
    /// Scopes of the organization that it has.
    pub scopes: &'a [&'a str],
    /// The statements that give it these.
    pub scopes_by: &'a [Rule<'a>],
    /// Default sets that it has everywhere, each with the statements that say so.
    pub sets: &'a [(&'a str, &'a [Rule<'a>])],
}

/// Whom a setting concerns, by the organization role of a member.
#[derive(Debug, Clone, Copy, Default)]
pub enum Audience<'a> {
    /// Nobody.
    #[default]
    Nobody,
    /// Every member, whatever the role, but those with these built-in roles.
    EveryoneBut(&'a [&'a str]),
    /// Members with one of these built-in roles alone.
    Roles(&'a [&'a str]),
}

/// How a setting that is on or off acts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ToggleAct {
    /// Grants the scope where it is on.
    #[default]
    Grants,
    /// Refuses the scope where it is off, whatever grants it.
    Conditions,
}

/// A setting that is on or off.
#[derive(Debug, Clone, Copy, Default)]
pub struct ToggleRow<'a> {
    /// Its name among the settings of a document.
    pub field: &'a str,
    /// The type of the scope.
    pub entity_type: &'a str,
    /// The scope that it is about.
    pub scope: &'a str,
    /// Grant or condition.
    pub act: ToggleAct,
    /// Whom it grants to, or binds.
    pub audience: Audience<'a>,
    /// The statements that say so.
    pub rules: &'a [Rule<'a>],
}

/// A setting that gives a permission set on every entity of a type.
#[derive(Debug, Clone, Copy, Default)]
pub struct LevelRow<'a> {
    /// Its name among the settings of a document; empty where levels are for direct grants alone.
    pub field: &'a str,
    /// The type of the entities; no other row has it.
    pub entity_type: &'a str,
    /// Level and set; these are also the levels of a direct grant. Beside them there is `none`, which gives nothing.
    pub levels: &'a [(&'a str, &'a str)],
    /// Numbers that an API uses for the levels.
    pub numbers: &'a [(u32, &'a str)],
    /// Whom the level reaches.
    pub audience: Audience<'a>,
    /// The statements that say so.
    pub rules: &'a [Rule<'a>],
}

/// What whoever created an entity holds on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct CreatorRow<'a> {
    /// Default sets, each for the entities of its own type.
    pub sets: &'a [&'a str],
    /// Tokens and service principals count as creators, not users alone.
    pub machines: bool,
}

/// What an edition allows.
#[derive(Debug, Clone, Copy, Default)]
pub struct EditionRow<'a> {
    /// What a document calls it.
    pub name: &'a str,
    /// Custom roles and custom permission sets exist.
    pub custom: bool,
    /// At most so many custom roles.
    pub roles: Option<usize>,
}

/// One way in which a deployment finds whom it acts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityStep {
    /// The restricted mode refuses a run for which nobody was chosen.
    RefuseUnchosen,
    /// The restricted mode, or a chosen identity, refuses an access token beside it.
    RefuseAccessToken,
    /// The service principal or team that was chosen.
    RunAs,
    /// The access token in the settings.
    AccessToken,
    /// The role of the stack, or the organization's default role for deployments.
    Role,
    /// Whoever started the run by hand.
    Starter,
    /// The stack alone, with or without the default levels.
    StackToken {
        /// The default levels of members apply as well.
        levels: bool,
    },
}

/// What a run of a stack's deployment has to do with an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// It deploys this stack.
    Stack,
    /// Its program reads the outputs of this stack.
    StackReference,
    /// The configuration of its stack lists this environment.
    Environment,
    /// An environment that it opens imports this one.
    EnvironmentImport,
}

impl Need {
    /// The need as it is written: `stack-reference`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stack => "stack",
            Self::StackReference => "stack-reference",
            Self::Environment => "environment",
            Self::EnvironmentImport => "environment-import",
        }
    }
}

impl Serialize for Need {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that a run must be allowed.
#[derive(Debug, Clone, Copy)]
pub struct NeedRow<'a> {
    /// On what.
    pub need: Need,
    /// The type of it.
    pub entity_type: &'a str,
    /// The scope.
    pub scope: &'a str,
    /// The number of the statement that says so.
    pub rule: &'a str,
}

/// A scope on which the sources disagree.
#[derive(Debug, Clone, Copy)]
pub struct DisputeRow<'a> {
    /// The type of the scope.
    pub entity_type: &'a str,
    /// The scope that is refused.
    pub scope: &'a str,
    /// The dispute concerns those who hold this default set somewhere.
    pub holding: &'a str,
    /// The statement that tells of it.
    pub rule: Rule<'a>,
}

/// How sure a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// A source says so.
    Documented,
    /// The sources disagree; the engine follows one.
    Disputed,
    /// A reading, where the sources are silent.
    Inferred,
}

impl Basis {
    /// The basis as it is written: `documented`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Disputed => "disputed",
            Self::Inferred => "inferred",
        }
    }
}

/// A numbered statement and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule<'a> {
    /// Its number.
    pub number: &'a str,
    /// How sure it is.
    pub basis: Basis,
}

macro_rules! mechanisms {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The mechanisms for which a catalog may name statements. Bundles have them by their numbers in this list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Because { $($(#[$doc])* $name,)* }

        impl Because {
            const ALL: &'static [Self] = &[$(Self::$name,)*];
            pub(super) const COUNT: usize = Self::ALL.len();

            pub(crate) fn number(self) -> u32 {
                self as u32
            }

            pub(crate) fn at(number: u32) -> Option<Self> {
                Self::ALL.get(number as usize).copied()
            }
        }
    };
}

mechanisms! {
    /// The caller's own organization role has everything.
    OrganizationAdmin,
    /// A rule of a role, for all entities of a type.
    RuleEverywhere,
    /// A rule of a role, for named entities.
    RuleNamed,
    /// A rule of a role, for entities with certain tags.
    RuleTagged,
    /// The organization access of a role.
    OrganizationAccess,
    /// A node of a role tree that nothing conditions.
    Tree,
    /// A node of a role tree under a condition.
    TreeCondition,
    /// A role that came by a team.
    TeamRole,
    /// A direct grant of a team.
    TeamGrant,
    /// A personal grant.
    PersonalGrant,
    /// The creator of the entity, a user.
    Creator,
    /// The creator of the entity, a machine.
    MachineCreator,
    /// Nothing grants it.
    NothingGrants,
    /// A grant rests on tags that are not known.
    UnknownTags,
    /// Nobody of that name is in the organization.
    UnknownPrincipal,
    /// The scope exists for other types.
    WrongEntityType,
    /// The caller is a personal token.
    PersonalToken,
    /// The caller is an organization token with a role.
    OrganizationToken,
    /// The caller is an organization token without a role.
    OrganizationTokenWithoutRole,
    /// The caller is a team token, and a role of the team decided.
    TeamTokenRole,
    /// The caller is a team token, and a grant of the team decided.
    TeamTokenGrant,
    /// The caller is a team token, and a setting decided.
    TeamTokenSetting,
    /// The token is past its end.
    TokenExpired,
    /// The token may live longer than the organization allows.
    TokenLifetime,
    /// No organization token has this scope.
    TokenException,
    /// The caller is a service principal.
    ServicePrincipal,
    /// The restricted mode refuses a run for which nobody was chosen.
    RunUnchosen,
    /// The run has an access token beside a chosen identity or the restricted mode.
    RunTokenRefused,
    /// The run acts as the service principal or team chosen for it.
    RunAs,
    /// The run acts as the access token of its settings.
    RunAccessToken,
    /// The run has the role of its stack.
    RunRole,
    /// The run has the organization's role for deployments.
    RunDefaultRole,
    /// The run acts as whoever called the API.
    RunByCall,
    /// The run acts as whoever pressed the button.
    RunByButton,
    /// The run has its own stack alone.
    RunStackToken,
    /// The run has the default levels.
    RunLevels,
}
