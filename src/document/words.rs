//! The closed lists of words that a document is written in.

/// The kinds of token.
pub(crate) const PERSONAL: &str = "personal";
pub(crate) const TEAM: &str = "team";
pub(crate) const ORGANIZATION: &str = "organization";
pub(crate) const TOKEN_KINDS: &[&str] = &[PERSONAL, TEAM, ORGANIZATION];

/// What somebody may be in a team.
pub(crate) const TEAM_ROLES: &[&str] = &["admin", "member"];

/// What a mode is called, the one that refuses last.
pub(crate) const MODES: &[&str] = &["permissive", "restricted"];

/// The purposes of a record; one that is no role is composed by others and given to nobody.
pub(crate) const PURPOSES: &[&str] = &["role", "role_private", "role_temporary", "policy", "set"];

/// Who may have created an entity.
pub(crate) const CREATORS: &[&str] = &["user", "token", "service-principal"];

/// As what a deployment may run by its access token, and by being chosen.
pub(crate) const ACCESS_TOKEN: &[&str] = &["token"];
pub(crate) const RUN_AS: &[&str] = &["service-principal", "team"];

/// For how many days a token may be valid, at least and at most.
pub(crate) const LIFETIME_DAYS: (u64, u64) = (1, 3650);
