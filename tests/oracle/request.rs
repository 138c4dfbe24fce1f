//! Section 3: which requests are malformed; and instants.

use serde_json::Value;

/// How long a day is, in the unit of `instant`.
pub(crate) const NANOS_A_DAY: i128 = 86_400 * 1_000_000_000;

/// Whether the request is an error and no question at all.
pub(crate) fn is_malformed(request: &Value) -> bool {
    let Some(fields) = request.as_object() else { return true };
    let known = ["principal", "scope", "entity", "tags", "at", "trigger"];
    if fields.keys().any(|field| !known.contains(&field.as_str())) {
        return true;
    }
    let texts = (request["principal"].as_str(), request["scope"].as_str(), request["entity"].as_str());
    let (Some(principal), Some(scope), Some(entity)) = texts else { return true };
    !is_principal(principal)
        || !scope.contains(':')
        || !is_entity(entity)
        || fields.get("tags").is_some_and(|tags| !are_tags(tags))
        || fields.get("at").is_some_and(|at| at.as_str().and_then(instant).is_none())
        || principal.starts_with("deployment:") && !is_trigger(&request["trigger"])
}

/// The instant of an RFC 3339 date with seconds and a zone, in nanoseconds since 1970.
pub(crate) fn instant(date: &str) -> Option<i128> {
    let (day, rest) = date.split_once('T')?;
    let day: Vec<i64> = numbers(day, '-', &[4, 2, 2])?;
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (clock, zone) = rest.split_at(zone_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let clock = numbers(clock, ':', &[2, 2, 2])?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || fraction.is_empty() {
        return None;
    }
    if day[1] < 1 || day[1] > 12 || day[2] < 1 || day[2] > days_in_month(day[0], day[1]) {
        return None;
    }
    if clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
        return None;
    }
    let days = days_since_1970(day[0], day[1], day[2]);
    let seconds = days * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2] - offset(zone)?;
    let nanos: i128 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Some(i128::from(seconds) * 1_000_000_000 + nanos)
}

/// `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME`, `deployment:PROJECT/STACK`.
fn is_principal(principal: &str) -> bool {
    match principal.split_once(':') {
        Some(("user" | "token" | "team" | "service-principal", name)) => !name.is_empty(),
        Some(("deployment", path)) => has_parts(path, 2),
        _ => false,
    }
}

/// Section 2, paths: three parts for a stack or an environment, two for an account, one for the organization.
fn is_entity(entity: &str) -> bool {
    match entity.split_once(':') {
        Some(("stack" | "environment", path)) => has_parts(path, 3),
        Some(("insights-account", path)) => has_parts(path, 2),
        Some(("organization", path)) => has_parts(path, 1),
        _ => false,
    }
}

fn has_parts(path: &str, count: usize) -> bool {
    path.split('/').count() == count && path.split('/').all(|part| !part.is_empty())
}

fn are_tags(tags: &Value) -> bool {
    tags.as_object().is_some_and(|tags| tags.values().all(Value::is_string))
}

/// Section 3.1: who pressed the button, or what started the run by itself.
fn is_trigger(trigger: &Value) -> bool {
    let Some(fields) = trigger.as_object() else { return false };
    match trigger["kind"].as_str() {
        Some("rest" | "console") => {
            let by = trigger["by"].as_str().and_then(|by| by.strip_prefix("user:"));
            fields.len() == 2 && by.is_some_and(|login| !login.is_empty())
        }
        Some("git-push" | "pull-request" | "schedule") => fields.len() == 1,
        _ => false,
    }
}

/// Numbers of exactly these lengths between separators.
fn numbers(text: &str, separator: char, lengths: &[usize]) -> Option<Vec<i64>> {
    let parts: Vec<&str> = text.split(separator).collect();
    let as_expected = parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, length)| part.len() == *length)
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    as_expected.then(|| parts.iter().map(|part| part.parse().expect("digits")).collect())
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let clock = numbers(zone.get(1..)?, ':', &[2, 2])?;
    (clock[0] < 24 && clock[1] < 60).then(|| sign * (clock[0] * 3_600 + clock[1] * 60))
}

/// Counted year by year and month by month: nobody can get that wrong.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let years: i64 = if year >= 1970 {
        (1970..year).map(days_in_year).sum()
    } else {
        -(year..1970).map(days_in_year).sum::<i64>()
    };
    let months: i64 = (1..month).map(|month| days_in_month(year, month)).sum();
    years + months + day - 1
}

fn days_in_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}
