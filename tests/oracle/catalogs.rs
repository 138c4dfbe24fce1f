//! A plain reading of `docs/catalogs.md`, straight from the JSON of catalog and document: the slow way to a decision.

use serde_json::Value;

/// One catalog and one document.
pub(crate) struct Oracle<'o> {
    pub(crate) catalog: &'o Value,
    pub(crate) document: &'o Value,
}

/// Effect and reason.
type Verdict = (&'static str, &'static str);

/// How surely something is given, and how it came: a role or a grant, a setting, creation.
type Given = (bool, usize);

/// Who asks, worked out.
#[derive(Default)]
struct Asker<'o> {
    /// The organization role of a member, or of a token that counts as one.
    own_role: Option<String>,
    /// As whom the settings that give see the caller.
    seen_as: Option<String>,
    roles: Vec<String>,
    grants: Vec<&'o Value>,
    /// As which it may have created something.
    creates_as: Option<String>,
    is_organization_token: bool,
}

impl<'o> Oracle<'o> {
    pub(crate) fn decide(&self, principal: &str, scope: &str, entity: &str) -> Verdict {
        let Some(asker) = self.asker(principal) else { return ("deny", "unknown_principal") };
        let of = self.type_of(entity);
        if !list(&self.catalog["entityTypes"]).iter().any(|of| has_scope(of, scope)) {
            return ("deny", "unknown_scope");
        }
        if !has_scope(of, scope) {
            return ("deny", "wrong_entity_type");
        }
        if !self.is_here(of, entity) {
            return ("deny", "other_organization");
        }
        let excepted = |row: &Value| row["entityType"] == of["name"] && row["scope"] == scope;
        if asker.is_organization_token && list(&self.catalog["tokenExceptions"]).iter().any(excepted) {
            return ("deny", "token_exception");
        }
        if asker
            .own_role
            .as_ref()
            .and_then(|role| self.built_in(role))
            .is_some_and(|it| it["everything"] == true)
        {
            return ("allow", "organization_admin");
        }
        let given = self.given(&asker, of, scope, entity);
        if !given.is_empty() && self.is_closed(&asker, of, scope) {
            return ("deny", "setting_off");
        }
        match given.iter().filter(|(sure, _)| *sure).map(|(_, class)| *class).min() {
            Some(class) => ("allow", ["granted", "organization_setting", "creator"][class]),
            None if given.is_empty() => ("deny", "not_granted"),
            None => ("unknown", "needs_tags"),
        }
    }

    fn asker(&self, principal: &str) -> Option<Asker<'o>> {
        let (kind, name) = principal.split_once(':')?;
        match kind {
            "user" => self.user(name),
            "team" => Some(self.team(name)),
            "service-principal" => {
                let it = self.named("servicePrincipals", "name", name)?;
                Some(Asker { creates_as: self.machine(principal), ..holder(it) })
            }
            _ => self.token(self.named("tokens", "name", name)?, principal),
        }
    }

    fn user(&self, login: &str) -> Option<Asker<'o>> {
        let creates_as = Some(format!("user:{login}"));
        if let Some(collaborator) = self.named("collaborators", "user", login) {
            return Some(Asker { creates_as, ..holder(collaborator) });
        }
        let member = self.named("members", "user", login)?;
        let role = member["role"].as_str().map_or_else(|| self.default_role(), str::to_owned);
        let mut asker = Asker { creates_as, ..holder(member) };
        for team in list(&self.document["teams"]) {
            if list(&team["members"]).iter().any(|it| it["user"] == login) {
                let team = holder(team);
                asker.roles.extend(team.roles);
                asker.grants.extend(team.grants);
            }
        }
        asker.roles.push(role.clone());
        (asker.own_role, asker.seen_as) = (Some(role.clone()), Some(role));
        Some(asker)
    }

    fn team(&self, name: &str) -> Asker<'o> {
        self.named("teams", "name", name).map(holder).unwrap_or_default()
    }

    fn token(&self, token: &'o Value, principal: &str) -> Option<Asker<'o>> {
        match text(&token["kind"]) {
            "personal" => self.user(text(&token["user"])),
            "team" => {
                let seen_as = Some(text(&self.catalog["defaultRole"]).to_owned());
                let creates_as = self.machine(principal);
                Some(Asker { seen_as, creates_as, ..self.team(text(&token["team"])) })
            }
            _ => {
                let role = token["role"].as_str().map_or_else(|| self.default_role(), str::to_owned);
                Some(Asker {
                    own_role: Some(role.clone()),
                    seen_as: Some(role.clone()),
                    roles: vec![role],
                    creates_as: self.machine(principal),
                    is_organization_token: true,
                    ..Asker::default()
                })
            }
        }
    }

    fn machine(&self, principal: &str) -> Option<String> {
        (self.catalog["creator"]["machines"] == true).then(|| principal.to_owned())
    }

    fn default_role(&self) -> String {
        let own = self.document["settings"]["defaultRole"].as_str();
        own.unwrap_or(text(&self.catalog["defaultRole"])).to_owned()
    }

    fn given(&self, asker: &Asker<'_>, of: &Value, scope: &str, entity: &str) -> Vec<Given> {
        let mut given = Vec::new();
        for role in &asker.roles {
            given.extend(self.by_role(role, of, scope, entity));
        }
        for grant in asker.grants.iter().filter(|grant| grant["entity"] == entity) {
            let set =
                grant["permissionSet"].as_str().or_else(|| self.set_of_level(of, text(&grant["level"])));
            given.extend(self.has(set, of, scope).then_some((true, 0)));
        }
        if let Some(role) = &asker.seen_as {
            given.extend(self.is_set(role, of, scope).then_some((true, 1)));
        }
        let listed = self.named("entities", "entity", entity);
        let created = listed.and_then(|it| it["creator"].as_str());
        if created.is_some() && created == asker.creates_as.as_deref() {
            let sets = list(&self.catalog["creator"]["permissionSets"]);
            given.extend(sets.iter().any(|set| self.has(set.as_str(), of, scope)).then_some((true, 2)));
        }
        given
    }

    fn by_role(&self, role: &str, of: &Value, scope: &str, entity: &str) -> Vec<Given> {
        if let Some(role) = self.built_in(role) {
            let organization = of["path"] == "organization" && contains(&role["scopes"], scope);
            let by_set = list(&role["permissionSets"]).iter().any(|set| self.has(set.as_str(), of, scope));
            let given = role["everything"] == true || organization || by_set;
            return given.then_some((true, 0)).into_iter().collect();
        }
        let Some(role) = self.named("roles", "id", role) else { return Vec::new() };
        let access = list(&role["organizationAccess"]).iter().any(|set| self.has(set.as_str(), of, scope));
        let rules =
            list(&role["rules"]).iter().filter(|rule| self.has(rule["permissionSet"].as_str(), of, scope));
        let by_rules = rules.filter_map(|rule| self.holds(&rule["on"], entity)).map(|sure| (sure, 0));
        access.then_some((true, 0)).into_iter().chain(by_rules).collect()
    }

    /// Whether a rule holds on an entity: for sure, maybe, or not at all.
    fn holds(&self, on: &Value, entity: &str) -> Option<bool> {
        if on == "all" || contains(on, entity) {
            return Some(true);
        }
        let test = list(&on["tags"]).first()?;
        let Some(listed) = self.named("entities", "entity", entity) else { return Some(false) };
        let tag = listed["tags"][text(&test["key"])].as_str();
        let holds = match (test["equals"].as_str(), test["notEquals"].as_str()) {
            (Some(value), _) => tag == Some(value),
            (_, Some(value)) => tag != Some(value),
            _ => tag.is_some() == (test["exists"] == true),
        };
        holds.then_some(true)
    }

    /// Whether a setting or a default level gives it to members with that role.
    fn is_set(&self, role: &str, of: &Value, scope: &str) -> bool {
        let settings = &self.document["settings"];
        let toggle = |row: &Value| {
            let about =
                row["entityType"] == of["name"] && row["scope"] == scope && row["kind"] != "condition";
            about && settings[text(&row["name"])] == true && reaches(row, role)
        };
        let level = |row: &Value| {
            let about = row["entityType"] == of["name"] && reaches(row, role);
            let level = row["setting"].as_str().and_then(|name| settings[name].as_str());
            about && self.has(level.and_then(|level| self.set_of_level(of, level)), of, scope)
        };
        list(&self.catalog["settings"]).iter().any(toggle) || list(&self.catalog["levels"]).iter().any(level)
    }

    fn is_closed(&self, asker: &Asker<'_>, of: &Value, scope: &str) -> bool {
        let Some(role) = &asker.own_role else { return false };
        let closes = |row: &&Value| {
            let about =
                row["entityType"] == of["name"] && row["scope"] == scope && row["kind"] == "condition";
            about && self.document["settings"][text(&row["name"])] != true && reaches(row, role)
        };
        list(&self.catalog["settings"]).iter().any(|row| closes(&row))
    }

    /// Whether a set, by id or name, has a scope of that type: by itself or by one that it includes.
    fn has(&self, set: Option<&str>, of: &Value, scope: &str) -> bool {
        let Some(set) = set else { return false };
        let sets = list(&self.catalog["permissionSets"]);
        let Some(row) = sets.iter().find(|row| row["id"] == set || row["name"] == set) else { return false };
        let inside = || list(&row["includes"]).iter().any(|it| self.has(it.as_str(), of, scope));
        row["entityType"] == of["name"] && (contains(&row["scopes"], scope) || inside())
    }

    fn set_of_level(&self, of: &Value, level: &str) -> Option<&'o str> {
        let row = list(&self.catalog["levels"]).iter().find(|row| row["entityType"] == of["name"])?;
        row["levels"][level].as_str()
    }

    fn built_in(&self, role: &str) -> Option<&'o Value> {
        list(&self.catalog["roles"]).iter().find(|row| row["id"] == role)
    }

    fn named(&self, field: &str, key: &str, name: &str) -> Option<&'o Value> {
        list(&self.document[field]).iter().find(|row| row[key] == name)
    }

    fn type_of(&self, entity: &str) -> &'o Value {
        let word = entity.split(':').next().unwrap_or_default();
        list(&self.catalog["entityTypes"])
            .iter()
            .find(|of| of["name"] == word)
            .expect("a type of the catalog")
    }

    fn is_here(&self, of: &Value, entity: &str) -> bool {
        let (_, path) = entity.split_once(':').unwrap_or_default();
        let at = text(&of["path"]).split('/').position(|part| part == "organization");
        at.and_then(|at| path.split('/').nth(at)) == self.document["organization"].as_str()
    }
}

fn holder(row: &Value) -> Asker<'_> {
    let roles = list(&row["roles"]).iter().map(|role| text(role).to_owned()).collect();
    Asker { roles, grants: list(&row["grants"]).iter().collect(), ..Asker::default() }
}

/// Whether a setting concerns members with that role.
fn reaches(row: &Value, role: &str) -> bool {
    match (row.get("roles"), row.get("exceptRoles")) {
        (Some(roles), _) => contains(roles, role),
        (_, Some(roles)) => !contains(roles, role),
        _ => true,
    }
}

fn has_scope(of: &Value, scope: &str) -> bool {
    list(&of["scopes"]).iter().any(|row| row["name"] == scope)
}

fn contains(names: &Value, name: &str) -> bool {
    list(names).iter().any(|it| it == name)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
