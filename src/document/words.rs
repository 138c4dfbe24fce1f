//! The closed lists of words that a document is written in.

macro_rules! word {
    () => {
        "[A-Za-z0-9_.-]{1,80}"
    };
}

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

/// The forms of what a catalog names, as regular expressions: a word, a scope, the path of a type, an entity.
pub(crate) const WORD: &str = concat!("^", word!(), "$");
pub(crate) const SCOPE: &str = concat!("^", word!(), "(?::", word!(), ")+$");
pub(crate) const PATH: &str = concat!("^(?:", word!(), "/)*organization(?:/", word!(), ")*$");
#[cfg(not(target_arch = "wasm32"))]
pub(crate) const ENTITY: &str = concat!("^", word!(), ":[^/]+(?:/[^/]+)*$");

/// For how many days a token may be valid, at least and at most.
pub(crate) const LIFETIME_DAYS: (u64, u64) = (1, 3650);
