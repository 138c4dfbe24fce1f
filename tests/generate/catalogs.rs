//! Catalogs by the dice, a document for each, and what is asked of it.

use super::dice::Dice;
use serde_json::{Map, Value, json};

/// A catalog with something of everything that its format has, and a document that names it.
pub(crate) fn throw(dice: &mut Dice) -> (Value, Value) {
    let catalog = catalog(dice);
    let document = document(dice, &catalog);
    (catalog, document)
}

fn catalog(dice: &mut Dice) -> Value {
    let types = types(dice);
    let sets = sets(dice, &types);
    let roles = roles(dice, &types[0], &sets);
    let settings = settings(dice, &types, &roles);
    let levels = levels(dice, &types, &sets, &roles);
    let default_role = dice.pick(&ids(&roles));
    let mut catalog = json!({ "name": "thrown", "entityTypes": types, "permissionSets": sets, "roles": roles,
        "defaultRole": default_role, "settings": settings, "levels": levels });
    if dice.percent(70) {
        catalog["creator"] = creator(dice, &types, &sets);
    }
    if dice.percent(50) {
        let of = dice.pick(&types);
        let exceptions = dice.several(&names(&of["scopes"]), 0, 2).into_iter();
        let exceptions = exceptions.map(|scope| json!({ "entityType": of["name"], "scope": scope }));
        catalog["tokenExceptions"] = exceptions.collect();
    }
    for list in ["entityTypes", "permissionSets"] {
        dice.shuffle(catalog[list].as_array_mut().unwrap());
    }
    catalog
}

/// The organization first. Types share the names of some scopes.
fn types(dice: &mut Dice) -> Vec<Value> {
    let count = dice.between(2, 5);
    let paths = ["organization/a", "organization/a/b", "region/organization/a", "a/organization"];
    let of = |dice: &mut Dice, number: usize| {
        let path = if number == 0 { "organization" } else { dice.pick(&paths) };
        let all: Vec<String> = (0..6).map(|it| format!("o{}:a{it}", it % 2)).collect();
        let scopes = dice.several(&all, 1, 6).into_iter().map(|name| json!({ "name": name }));
        json!({ "name": format!("t{number}"), "path": path, "scopes": scopes.collect::<Vec<_>>() })
    };
    (0..count).map(|number| of(dice, number)).collect()
}

/// Sets include earlier ones of their type; their order is shuffled later.
fn sets(dice: &mut Dice, types: &[Value]) -> Vec<Value> {
    let mut sets: Vec<Value> = Vec::new();
    for number in 0..dice.between(1, 8) {
        let of = dice.pick(types);
        let alike: Vec<Value> = sets.iter().filter(|set| set["entityType"] == of["name"]).cloned().collect();
        let includes = if dice.percent(60) { dice.several(&ids(&alike), 0, 2) } else { Vec::new() };
        let least = usize::from(includes.is_empty());
        let scopes = dice.several(&names(&of["scopes"]), least, 2);
        sets.push(
            json!({ "id": format!("s{number}"), "name": format!("Set {number}"), "entityType": of["name"],
            "includes": includes, "scopes": scopes }),
        );
    }
    sets
}

fn roles(dice: &mut Dice, organization: &Value, sets: &[Value]) -> Vec<Value> {
    let role = |dice: &mut Dice, number: usize| {
        json!({ "id": format!("r{number}"), "everything": dice.percent(15),
            "scopes": dice.several(&names(&organization["scopes"]), 0, 2),
            "permissionSets": dice.several(&ids(sets), 0, 2) })
    };
    (0..dice.between(1, 4)).map(|number| role(dice, number)).collect()
}

fn settings(dice: &mut Dice, types: &[Value], roles: &[Value]) -> Vec<Value> {
    let setting = |dice: &mut Dice, number: usize| {
        let of = dice.pick(types);
        let scope = dice.pick(&names(&of["scopes"]));
        let setting = json!({ "name": format!("x{number}"), "entityType": of["name"], "scope": scope,
            "kind": dice.pick(&["grant", "condition"]) });
        reaching(dice, setting, roles)
    };
    (0..dice.below(5)).map(|number| setting(dice, number)).collect()
}

fn levels(dice: &mut Dice, types: &[Value], sets: &[Value], roles: &[Value]) -> Vec<Value> {
    let mut levels = Vec::new();
    for (number, of) in types.iter().enumerate() {
        let alike: Vec<Value> = sets.iter().filter(|set| set["entityType"] == of["name"]).cloned().collect();
        if alike.is_empty() || dice.percent(40) {
            continue;
        }
        let named = ids(&alike).into_iter().map(|id| (format!("l-{id}"), json!(id))).collect::<Map<_, _>>();
        let mut row = json!({ "entityType": of["name"], "levels": named });
        if dice.percent(80) {
            row["setting"] = json!(format!("d{number}"));
        }
        levels.push(reaching(dice, row, roles));
    }
    levels
}

fn reaching(dice: &mut Dice, mut row: Value, roles: &[Value]) -> Value {
    match dice.below(3) {
        0 => row["roles"] = json!(dice.several(&ids(roles), 0, 2)),
        1 => row["exceptRoles"] = json!(dice.several(&ids(roles), 0, 2)),
        _ => {}
    }
    row
}

fn creator(dice: &mut Dice, types: &[Value], sets: &[Value]) -> Value {
    let of_type = |of: &Value| sets.iter().find(|set| set["entityType"] == of["name"]);
    let sets: Vec<Value> = types.iter().filter_map(of_type).cloned().collect();
    json!({ "permissionSets": ids(&dice.each(&sets, 60)), "machines": dice.percent(50) })
}

const USERS: [&str; 4] = ["ann", "bob", "cyd", "dan"];

pub(crate) fn document(dice: &mut Dice, catalog: &Value) -> Value {
    let entities = entities(catalog);
    let mut roles = ids(list(&catalog["roles"]));
    let custom: Vec<Value> =
        (0..dice.below(3)).map(|number| custom_role(dice, catalog, &entities, number)).collect();
    roles.extend(ids(&custom));
    let members: Vec<Value> =
        USERS[..3].iter().map(|user| member(dice, catalog, &entities, &roles, user)).collect();
    let team = json!({ "name": "core", "roles": dice.several(&roles, 0, 1), "grants": grants(dice, catalog, &entities),
        "members": dice.several(&USERS[..3], 0, 2).iter().map(|user| json!({ "user": user })).collect::<Vec<_>>() });
    let mut tokens = vec![
        json!({ "name": "org", "kind": "organization" }),
        json!({ "name": "pat", "kind": "personal", "user": "ann" }),
        json!({ "name": "tea", "kind": "team", "team": "core" }),
    ];
    if dice.percent(60) {
        tokens[0]["role"] = json!(dice.pick(&roles));
    }
    let mut settings = settings_of(dice, catalog);
    if dice.percent(30) {
        settings["defaultRole"] = json!(dice.pick(&roles));
    }
    json!({ "catalog": "thrown", "organization": "acme", "settings": settings, "roles": custom, "members": members,
        "teams": [team], "tokens": tokens, "entities": listed(dice, &entities),
        "collaborators": [{ "user": "dan", "grants": grants(dice, catalog, &entities) }],
        "servicePrincipals": [{ "name": "bot", "roles": dice.several(&roles, 0, 1),
                                "grants": grants(dice, catalog, &entities) }] })
}

fn member(
    dice: &mut Dice,
    catalog: &Value,
    entities: &[(String, String)],
    roles: &[String],
    user: &str,
) -> Value {
    let mut member = json!({ "user": user, "grants": grants(dice, catalog, entities) });
    if dice.percent(60) {
        member["role"] = json!(dice.pick(roles));
    }
    member
}

fn custom_role(dice: &mut Dice, catalog: &Value, entities: &[(String, String)], number: usize) -> Value {
    let organization = organization_type(catalog);
    let (inside, outside): (Vec<&Value>, Vec<&Value>) =
        list(&catalog["permissionSets"]).iter().partition(|set| set["entityType"] == organization);
    let access: Vec<Value> = dice.several(&inside, 0, 1).iter().map(|set| set["id"].clone()).collect();
    let rules: Vec<Value> =
        dice.several(&outside, 0, 2).iter().map(|set| rule(dice, set, entities)).collect();
    json!({ "id": format!("c{number}"), "name": format!("Custom {number}"), "rules": rules,
        "organizationAccess": access })
}

fn rule(dice: &mut Dice, set: &Value, entities: &[(String, String)]) -> Value {
    let of_type: Vec<String> =
        entities.iter().filter(|(_, of)| set["entityType"] == **of).map(|(name, _)| name.clone()).collect();
    let test = match dice.below(3) {
        0 => json!({ "key": "env", "equals": "prod" }),
        1 => json!({ "key": "env", "notEquals": "prod" }),
        _ => json!({ "key": "env", "exists": dice.percent(50) }),
    };
    let on = match dice.below(3) {
        0 => json!("all"),
        1 => json!(dice.several(&of_type, 0, 2)),
        _ => json!({ "tags": [test] }),
    };
    json!({ "permissionSet": dice.pick(&[&set["id"], &set["name"]]), "on": on })
}

fn grants(dice: &mut Dice, catalog: &Value, entities: &[(String, String)]) -> Vec<Value> {
    let grant = |dice: &mut Dice, (name, of): &(String, String)| {
        let levels = list(&catalog["levels"]).iter().find(|row| row["entityType"] == **of);
        let levels: Vec<&String> =
            levels.into_iter().flat_map(|row| row["levels"].as_object().unwrap().keys()).collect();
        let sets: Vec<&Value> =
            list(&catalog["permissionSets"]).iter().filter(|set| set["entityType"] == **of).collect();
        if !levels.is_empty() && dice.percent(50) {
            return Some(json!({ "entity": name, "level": dice.pick(&levels) }));
        }
        (!sets.is_empty()).then(|| json!({ "entity": name, "permissionSet": dice.pick(&sets)["id"] }))
    };
    dice.each(entities, 15).iter().filter_map(|entity| grant(dice, entity)).collect()
}

fn settings_of(dice: &mut Dice, catalog: &Value) -> Value {
    let mut settings = json!({});
    for toggle in list(&catalog["settings"]) {
        if dice.percent(70) {
            settings[toggle["name"].as_str().unwrap()] = json!(dice.percent(60));
        }
    }
    for row in list(&catalog["levels"]) {
        if let Some(name) = row["setting"].as_str().filter(|_| dice.percent(70)) {
            let mut levels: Vec<&str> =
                row["levels"].as_object().unwrap().keys().map(String::as_str).collect();
            levels.push("none");
            settings[name] = json!(dice.pick(&levels));
        }
    }
    settings
}

/// Half of the entities, some with tags and creators.
fn listed(dice: &mut Dice, entities: &[(String, String)]) -> Vec<Value> {
    let listed = dice.each(entities, 50);
    let entity = |(name, _): (String, String)| {
        let mut entity = json!({ "entity": name });
        if dice.percent(50) {
            entity["tags"] = json!({ dice.pick(&["env", "owner"]): dice.pick(&["prod", "dev"]) });
        }
        if dice.percent(60) {
            let creators =
                ["user:ann", "user:bob", "user:gone", "token:org", "token:tea", "service-principal:bot"];
            entity["creator"] = json!(dice.pick(&creators));
        }
        entity
    };
    listed.into_iter().map(entity).collect()
}

/// Two entities of each type and the organization, each with its type.
pub(crate) fn entities(catalog: &Value) -> Vec<(String, String)> {
    let mut entities = Vec::new();
    for of in list(&catalog["entityTypes"]) {
        let (name, path) = (text(&of["name"]), text(&of["path"]));
        for end in ["x", "y"] {
            let part =
                |part: &str| if part == "organization" { "acme".to_owned() } else { format!("{part}{end}") };
            let path: Vec<String> = path.split('/').map(part).collect();
            entities.push((format!("{name}:{}", path.join("/")), name.to_owned()));
        }
    }
    entities.dedup();
    entities
}

/// Everybody on everything, some of it: principal, scope, entity.
pub(crate) fn requests(dice: &mut Dice, catalog: &Value, document: &Value) -> Vec<[String; 3]> {
    let principals = [
        "user:ann",
        "user:bob",
        "user:cyd",
        "user:dan",
        "user:eve",
        "team:core",
        "token:org",
        "token:pat",
        "token:tea",
        "service-principal:bot",
    ];
    let mut entities: Vec<String> = entities(catalog).into_iter().map(|(name, _)| name).collect();
    entities.push(entities[0].replace(text(&document["organization"]), "other"));
    let request = |dice: &mut Dice| {
        let entity = dice.pick(&entities);
        let is_of = |of: &&Value| entity.starts_with(&format!("{}:", text(&of["name"])));
        let of = list(&catalog["entityTypes"]).iter().find(is_of).expect("a type of the catalog");
        let others = ["o0:a0", "o1:a1", "o9:a9"].map(str::to_owned);
        let scope = if dice.percent(90) { dice.pick(&names(&of["scopes"])) } else { dice.pick(&others) };
        [dice.pick(&principals).to_owned(), scope, entity]
    };
    (0..60).map(|_| request(dice)).collect()
}

fn organization_type(catalog: &Value) -> Value {
    let types = list(&catalog["entityTypes"]);
    types.iter().find(|of| of["path"] == "organization").map(|of| of["name"].clone()).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn names(rows: &Value) -> Vec<String> {
    list(rows).iter().map(|row| text(&row["name"]).to_owned()).collect()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| text(&row["id"]).to_owned()).collect()
}
