//! Organization documents.

use super::{AT, Dice, ENTITIES, ENTITY_TYPES, KEYS, TEAMS, TOKENS, USERS, VALUES, scopes, tree, type_of};
use crate::oracle::catalog::{Catalog, Set};
use serde_json::{Map, Value, json};

/// What has been drawn so far, to be referred to.
pub(super) struct Draft<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) current: bool,
    /// Sets by name, each with its type: default ones by id and by name, custom ones by id.
    pub(super) sets: Vec<(String, String)>,
    /// What a Compose may refer to: sets,
    pub(super) parts: Vec<String>,
    /// and the policies drawn so far.
    pub(super) policies: Vec<String>,
    /// What may be given to somebody: custom roles and the built-in ones.
    roles: Vec<String>,
    /// Identities for literals: ids of listed entities,
    pub(super) ids: Vec<String>,
    /// and names, and one that names nothing.
    pub(super) names: Vec<String>,
    members: Vec<String>,
}

/// A valid organization of the catalog's revision.
pub(crate) fn document(dice: &mut Dice, catalog: &Catalog) -> Value {
    let mut draft = Draft::new(catalog);
    let edition = dice.weighted(&[
        (80, None),
        (8, Some("business-critical")),
        (6, Some("enterprise")),
        (3, Some("team")),
        (3, Some("individual")),
    ]);
    let custom = !matches!(edition, Some("team" | "individual")); // ED-1
    let mut entities = entities(dice, &mut draft);
    let sets = if custom { custom_sets(dice, &mut draft) } else { Vec::new() };
    let roles = if custom { roles(dice, &mut draft) } else { Vec::new() };
    let members = members(dice, &mut draft);
    let collaborators = collaborators(dice, &draft);
    let teams = teams(dice, &draft);
    let tokens = tokens(dice, &draft, &teams);
    let accounts = if draft.current { service_principals(dice, &draft) } else { Vec::new() };
    deployments(dice, &draft, &mut entities, &[&tokens, &teams, &accounts]);
    let mut document = json!({
        "revision": catalog.revision, "organization": "acme", "settings": settings(dice, &draft),
        "permissionSets": sets, "roles": roles, "members": members, "collaborators": collaborators,
        "teams": teams, "tokens": tokens, "entities": entities,
    });
    if let Some(edition) = edition {
        document["edition"] = json!(edition);
    }
    if draft.current {
        document["servicePrincipals"] = json!(accounts);
    }
    drop_empty(&mut document);
    document
}

impl<'a> Draft<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let named = |set: &Set| [&set.id, &set.name].map(|name| (name.clone(), set.entity_type.clone()));
        let sets: Vec<(String, String)> = catalog.sets.iter().flat_map(named).collect();
        Draft {
            catalog,
            current: catalog.revision == "2026-10",
            parts: sets.iter().map(|(name, _)| name.clone()).collect(),
            sets,
            policies: Vec::new(),
            roles: ["admin", "member", "billing-manager"].map(str::to_owned).to_vec(),
            ids: Vec::new(),
            names: vec!["8c1d".to_owned()],
            members: Vec::new(),
        }
    }

    fn sets_of(&self, entity_type: &str) -> Vec<String> {
        let of_type = self.sets.iter().filter(|(_, of)| of == entity_type);
        of_type.map(|(name, _)| name.clone()).collect()
    }

    /// A role to give, more often a custom one or Member than Admin.
    fn role(&self, dice: &mut Dice) -> String {
        let built_in = dice.weighted(&[
            (6, Some("admin")),
            (26, Some("member")),
            (6, Some("billing-manager")),
            (62, None),
        ]);
        built_in.map_or_else(|| dice.pick(&self.roles), str::to_owned)
    }
}

fn own(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Lists that may as well be absent sometimes are.
fn drop_empty(document: &mut Value) {
    let fields = document.as_object_mut().expect("an object");
    fields.retain(|_, value| value.as_array().is_none_or(|values| !values.is_empty()));
}

fn settings(dice: &mut Dice, draft: &Draft) -> Value {
    let mut settings = Map::new();
    let toggles = ["Create", "Delete", "Transfer"].map(|verb| format!("membersCan{verb}Stacks"));
    let further = ["membersCanCreateTeams", "membersCanCreateAccounts"].map(str::to_owned);
    for toggle in toggles.into_iter().chain(further) {
        if dice.percent(50) {
            settings.insert(toggle, json!(dice.percent(50)));
        }
    }
    let levels = [
        ("defaultStackPermission", json!(["none", "read", "write", "admin", 0, 101, 102, 103])),
        ("defaultEnvironmentPermission", json!(["none", "read", "open", "write", "admin"])),
        ("defaultAccountPermission", json!(["none", "read", "write", "admin", 0, 1, 2, 3])),
    ];
    for (name, values) in levels {
        if dice.percent(30) {
            settings.insert(name.to_owned(), dice.pick(values.as_array().expect("levels")));
        }
    }
    if dice.percent(40) {
        settings.insert("defaultRole".to_owned(), json!(draft.role(dice)));
    }
    if dice.percent(25) {
        settings.insert(
            "tokenMaxLifetimeDays".to_owned(),
            dice.pick(&[json!(null), json!(1), json!(30), json!(3650)]),
        );
    }
    if draft.current && dice.percent(25) {
        settings.insert("defaultDeploymentRole".to_owned(), optional_role(dice, draft));
    }
    if draft.current && dice.percent(40) {
        settings.insert("permissionMode".to_owned(), json!(dice.pick(&["permissive", "restricted"])));
    }
    Value::Object(settings)
}

fn optional_role(dice: &mut Dice, draft: &Draft) -> Value {
    if dice.percent(20) { Value::Null } else { json!(draft.role(dice)) }
}

fn custom_sets(dice: &mut Dice, draft: &mut Draft) -> Vec<Value> {
    let mut sets = Vec::new();
    for index in 0..dice.between(0, 3) {
        let (id, entity_type) = (format!("set-{index}"), dice.pick(&ENTITY_TYPES));
        let scopes = distinct(dice.several(&scopes(draft.catalog, entity_type), 1, 4));
        sets.push(
            json!({ "id": id, "name": format!("Set {index}"), "entityType": entity_type, "scopes": scopes }),
        );
        draft.sets.push((id.clone(), entity_type.to_owned()));
        draft.parts.push(id);
    }
    sets
}

fn distinct(mut scopes: Vec<&'static str>) -> Vec<&'static str> {
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

/// Policies first, each of which may refer to those before it, then roles: no cycle can come about.
fn roles(dice: &mut Dice, draft: &mut Draft) -> Vec<Value> {
    let mut records = Vec::new();
    for index in 0..dice.between(0, 3) {
        let id = format!("policy-{index}");
        let mut record = json!({ "id": id, "name": format!("Policy {index}") });
        if dice.percent(25) {
            record["uxPurpose"] = json!("set");
            record["details"] = tree::allow(dice, draft);
        } else {
            record["uxPurpose"] = json!("policy");
            fill(dice, draft, &mut record, 20);
        }
        records.push(record);
        draft.policies.push(id);
    }
    for index in 0..dice.between(1, 4) {
        let id = format!("role-{index}");
        let mut record = json!({ "id": id, "name": format!("Role {index}") });
        if dice.percent(40) {
            record["uxPurpose"] = json!(dice.pick(&["role", "role_private", "role_temporary"]));
        }
        fill(dice, draft, &mut record, 40);
        records.push(record);
        draft.roles.push(id);
    }
    dice.shuffle(&mut records);
    records
}

/// Rules, with this chance, or a tree.
fn fill(dice: &mut Dice, draft: &Draft, record: &mut Value, chance_of_rules: usize) {
    if !dice.percent(chance_of_rules) {
        let depth = dice.weighted(&[(3, 0), (4, 1), (4, 2), (2, 3), (1, 6)]);
        record["details"] = tree::node(dice, draft, depth);
        return;
    }
    let rules: Vec<Value> = (0..dice.between(1, 4)).map(|_| rule(dice, draft)).collect();
    record["rules"] = json!(rules);
    let access = draft.sets_of("organization");
    if !access.is_empty() && dice.percent(40) {
        record["organizationAccess"] = json!(dice.several(&access, 1, 2));
    }
}

fn rule(dice: &mut Dice, draft: &Draft) -> Value {
    let entity_type = dice.weighted(&[(6, "stack"), (3, "environment"), (1, "insights-account")]);
    let entities: Vec<&str> = ENTITIES.into_iter().filter(|entity| type_of(entity) == entity_type).collect();
    let on = match dice.below(10) {
        0 => json!("all"),
        1..3 => json!(dice.several(&entities, 1, 2)),
        _ => json!({ "tags": (0..dice.between(1, 2)).map(|_| tag_test(dice)).collect::<Vec<_>>() }),
    };
    let widest = format!("{entity_type}-admin");
    let set = if dice.percent(40) { widest } else { dice.pick(&draft.sets_of(entity_type)) };
    json!({ "permissionSet": set, "on": on })
}

fn tag_test(dice: &mut Dice) -> Value {
    let key = dice.pick(&KEYS);
    match dice.below(4) {
        0 => json!({ "key": key, "exists": dice.percent(50) }),
        1 => json!({ "key": key, "notEquals": dice.pick(&VALUES) }),
        _ => json!({ "key": key, "equals": dice.pick(&VALUES) }),
    }
}

fn members(dice: &mut Dice, draft: &mut Draft) -> Vec<Value> {
    let logins = dice.each(&USERS, 75);
    draft.members = logins.iter().map(|login| (*login).to_owned()).collect();
    let member = |login: &str| {
        let mut member = json!({ "user": login });
        if dice.percent(70) {
            member["role"] = json!(draft.role(dice));
        }
        if dice.percent(25) {
            member["grants"] = json!(grants(dice, draft, 1));
        }
        member
    };
    logins.into_iter().map(member).collect()
}

fn collaborators(dice: &mut Dice, draft: &Draft) -> Vec<Value> {
    let mut logins = dice.each(&["zoe"], 70);
    if dice.percent(10) && !draft.members.iter().any(|login| login == "ann") {
        logins.push("ann");
    }
    logins.into_iter().map(|login| json!({ "user": login, "grants": grants(dice, draft, 1) })).collect()
}

fn grants(dice: &mut Dice, draft: &Draft, least: usize) -> Vec<Value> {
    (0..dice.between(least, 2)).map(|_| grant(dice, draft)).collect()
}

fn grant(dice: &mut Dice, draft: &Draft) -> Value {
    let organization = draft.sets_of("organization");
    if !organization.is_empty() && dice.percent(10) {
        return json!({ "entity": "organization:acme", "permissionSet": dice.pick(&organization) });
    }
    let entity = dice.pick(&ENTITIES);
    if dice.percent(35) {
        return json!({ "entity": entity, "permissionSet": dice.pick(&draft.sets_of(type_of(entity))) });
    }
    let levels = match type_of(entity) {
        "stack" => json!(["read", "write", "admin", 101, 102, 103]),
        "environment" => json!(["read", "open", "write", "admin"]),
        _ => json!(["read", "write", "admin", 1, 2, 3]),
    };
    json!({ "entity": entity, "level": dice.pick(levels.as_array().expect("levels")) })
}

/// Both teams exist: fewer of them would leave the Team context without a member.
fn teams(dice: &mut Dice, draft: &Draft) -> Vec<Value> {
    let team = |name: &str| {
        let members = dice.each(&draft.members, 50);
        let member = |login| match dice.below(3) {
            0 => json!({ "user": login }),
            1 => json!({ "user": login, "role": "member" }),
            _ => json!({ "user": login, "role": "admin" }),
        };
        let members: Vec<Value> = members.into_iter().map(member).collect();
        let mut team = json!({ "name": name, "members": members });
        extend_holder(dice, draft, &mut team);
        team
    };
    TEAMS.into_iter().map(team).collect()
}

fn service_principals(dice: &mut Dice, draft: &Draft) -> Vec<Value> {
    let account = |name: &str| {
        let mut account = json!({ "name": name });
        extend_holder(dice, draft, &mut account);
        account
    };
    ["sp", "Delivery pipe"].into_iter().map(account).collect()
}

/// Roles and grants of a team or of a service principal.
fn extend_holder(dice: &mut Dice, draft: &Draft, holder: &mut Value) {
    let mut roles: Vec<String> = (0..dice.between(0, 3)).map(|_| draft.role(dice)).collect();
    roles.sort_unstable();
    roles.dedup();
    holder["roles"] = json!(roles);
    if dice.percent(40) {
        holder["grants"] = json!(grants(dice, draft, 0));
    }
}

fn tokens(dice: &mut Dice, draft: &Draft, teams: &[Value]) -> Vec<Value> {
    let mut tokens = Vec::new();
    for name in dice.each(&TOKENS, 75) {
        let mut token = json!({ "name": name });
        match name {
            "tt" if !teams.is_empty() => {
                token["kind"] = json!("team");
                token["team"] = dice.pick(teams)["name"].clone();
            }
            "pat" if !draft.members.is_empty() => {
                token["kind"] = json!("personal");
                token["user"] = json!(dice.pick(&draft.members));
            }
            _ => {
                token["kind"] = json!("organization");
                if dice.percent(60) {
                    token["role"] = optional_role(dice, draft);
                }
            }
        }
        if dice.percent(35) {
            token["expiresAt"] = expiry(dice);
        }
        tokens.push(token);
    }
    tokens
}

/// Never, past, this very moment (also in another zone), a little later, and in days below and above the policies.
fn expiry(dice: &mut Dice) -> Value {
    dice.pick(&[
        Value::Null,
        json!("2026-01-01T00:00:00Z"),
        json!(AT),
        json!("2026-11-20T02:00:00+02:00"),
        json!("2026-11-19T23:00:01-01:00"),
        json!("2026-11-21T00:00:00Z"),
        json!("2026-11-21T00:00:01Z"),
        json!("2026-12-20T00:00:00Z"),
        json!("2026-12-20T00:00:00.5Z"),
        json!("2028-11-20T00:00:00Z"),
        json!("2099-01-01T00:00:00Z"),
    ])
}

fn entities(dice: &mut Dice, draft: &mut Draft) -> Vec<Value> {
    let chances = ENTITIES.into_iter().zip([70, 25, 60, 30, 50, 40, 40]);
    let listed: Vec<&str> =
        chances.filter(|(_, chance)| dice.percent(*chance)).map(|(entity, _)| entity).collect();
    let mut entities = Vec::new();
    for (index, entity) in listed.iter().enumerate() {
        let mut row = json!({ "entity": entity });
        if dice.percent(50) {
            let id = identity(dice, index, &entities);
            draft.ids.push(id.clone());
            row["id"] = json!(id);
        }
        if dice.percent(75) {
            let keys = dice.each(&KEYS, 45);
            row["tags"] = keys
                .into_iter()
                .map(|key| (key.to_owned(), json!(dice.pick(&VALUES))))
                .collect::<Map<_, _>>()
                .into();
        }
        if dice.percent(85) {
            row["creator"] = json!(creator(dice));
        }
        entities.push(row);
    }
    draft.names.extend(ENTITIES.map(str::to_owned));
    draft
        .names
        .extend(ENTITIES.iter().filter_map(|entity| entity.split_once(':')).map(|(_, path)| path.to_owned()));
    entities
}

/// Mostly an opaque id; now and then one that looks like the name of another entity, which it then hides.
fn identity(dice: &mut Dice, index: usize, earlier: &[Value]) -> String {
    let opaque = format!("id-{index}");
    if !dice.percent(12) {
        return opaque;
    }
    let name = dice.pick(&ENTITIES);
    let path = name.split_once(':').map_or(name, |(_, path)| path);
    let id = dice.pick(&[name, path]);
    if earlier.iter().any(|entity| entity["id"] == id) { opaque } else { id.to_owned() }
}

fn creator(dice: &mut Dice) -> String {
    match dice.below(10) {
        0..6 => format!("user:{}", dice.pick(&USERS)),
        6..8 => format!("token:{}", dice.pick(&TOKENS)),
        8 => "service-principal:sp".to_owned(),
        _ => dice.pick(&["user:zoe", "user:nobody", "token:gone"]).to_owned(),
    }
}

/// What the settings of some stacks' deployments refer to is drawn by then: tokens, teams, service principals.
fn deployments(
    dice: &mut Dice,
    draft: &Draft,
    entities: &mut [Value],
    [tokens, teams, accounts]: &[&[Value]; 3],
) {
    for entity in
        entities.iter_mut().filter(|row| type_of(row["entity"].as_str().unwrap_or_default()) == "stack")
    {
        let mut deployment = json!({});
        if !tokens.is_empty() && dice.percent(35) {
            deployment["accessToken"] = json!(format!("token:{}", own(&dice.pick(tokens)["name"])));
        }
        if draft.current && dice.percent(25) {
            deployment["role"] = optional_role(dice, draft);
        }
        if draft.current && dice.percent(35) {
            let (word, holders) = dice.pick(&[("team", teams), ("service-principal", accounts)]);
            deployment["runAs"] = json!(format!("{word}:{}", own(&dice.pick(holders)["name"])));
        }
        if dice.percent(70) {
            entity["deployment"] = deployment;
        }
    }
}
