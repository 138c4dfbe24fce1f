//! What came of tests, in words: a line for each test, and of each failure why it came and what would make it pass.

use scopewise::{Effect, ExpectationOutcome, Expected, Explanation, Reason, TestOutcome, UntouchedGrant};

use super::{Covered, Round, Tested};
use crate::table::visible;
use crate::words::{self, BAD, FAINT, GOOD, HEADING, push};

/// How many failures of a test are told, how many grants of a failure, how many scopes of a grant.
const TOLD: usize = 10;

/// Every file with its tests, coverage where it is wanted, and the sum.
pub(super) fn words(round: &Round) -> String {
    let mut text = String::new();
    for file in &round.files {
        tested(&mut text, file);
    }
    for covered in round.coverage.iter().flatten() {
        coverage(&mut text, covered);
    }
    let tests = count(round.files.iter().map(|file| file.report.tests.len()).sum(), "test");
    let expectations = count(round.passed + round.failed, "expectation");
    let style = if round.failed == 0 { GOOD } else { BAD };
    let sum = format!("{} passed, {} failed", round.passed, round.failed);
    push(&mut text, format_args!("{tests}, {expectations}: {style}{sum}{style:#}"));
    text
}

/// `user:bob may not stack:delete on stack:acme/web/prod`.
pub(super) fn claim(expectation: &ExpectationOutcome) -> String {
    let ExpectationOutcome { principal, scope, entity, expected, .. } = expectation;
    format!("{principal} {} {scope} on {entity}", words::may(expected.effect))
}

/// `expected deny, got allow, granted`.
pub(super) fn verdict(failed: &ExpectationOutcome) -> String {
    let got = effect_and_reason(failed.got.effect, Some(failed.got.reason));
    format!("expected {}, got {got}", effect_and_reason(failed.expected.effect, failed.expected.reason))
}

/// What there is to say of an expectation that is not met, each line under a word.
pub(super) fn why(failed: &ExpectationOutcome) -> Vec<(&'static str, String)> {
    let mut lines = vec![("expected", effect_and_reason(failed.expected.effect, failed.expected.reason))];
    let Some(told) = &failed.explanation else { return lines };
    let got = effect_and_reason(told.effect, Some(told.reason));
    lines.push(("got", format!("{got}: {}", words::sentence(told.reason))));
    lines.extend(told.acts_as.iter().map(|name| ("acting as", name.clone())));
    lines.extend(told.grants.iter().take(TOLD).map(|grant| ("by", words::grant(grant))));
    lines.extend(more(told.grants.len()).map(|more| ("", more)));
    lines.extend(told.blocked_by.iter().map(|blocker| ("blocked by", words::blocker(blocker))));
    lines.push(("to pass", remedy(failed.expected, told)));
    lines
}

fn tested(text: &mut String, Tested { file, document, report }: &Tested) {
    push(text, format_args!("{HEADING}{file}{HEADING:#}, about {document}\n"));
    report.tests.iter().for_each(|test| outcome(text, test));
    if !report.unlisted.is_empty() {
        let (names, more) = some(&report.unlisted);
        push(
            text,
            format_args!(
                "  {FAINT}not listed in the document, are they spelt right: {names}{more}{FAINT:#}\n"
            ),
        );
    }
}

fn outcome(text: &mut String, test: &TestOutcome) {
    let (all, failed, name) = (test.expectations.len(), test.failures().count(), visible(&test.name));
    if failed == 0 {
        return push(text, format_args!("  {GOOD}passed{GOOD:#}  {name} {FAINT}({all}){FAINT:#}\n"));
    }
    let remark = format!("({failed} of {all}, {})", test.path);
    push(text, format_args!("  {BAD}failed{BAD:#}  {name} {FAINT}{remark}{FAINT:#}\n"));
    for failure in test.failures().take(TOLD) {
        push(text, format_args!("    {}\n", visible(&claim(failure))));
        for (word, line) in why(failure) {
            push(text, format_args!("      {FAINT}{word:10}{FAINT:#}  {}\n", visible(&line)));
        }
    }
    if let Some(more) = more(failed) {
        push(text, format_args!("    {more}\n"));
    }
}

fn coverage(text: &mut String, Covered { document, coverage }: &Covered) {
    let (touched, grants, percent) = (coverage.touched, count(coverage.grants, "grant"), coverage.percent());
    let style = if coverage.untouched.is_empty() { GOOD } else { HEADING };
    push(text, format_args!("{style}coverage of {document}: {touched} of {grants} ({percent} %){style:#}\n"));
    let width = coverage.untouched.iter().map(|it| it.path.chars().count()).max().unwrap_or_default();
    for grant in &coverage.untouched {
        push(text, format_args!("  {FAINT}{:width$}{FAINT:#}  {}\n", grant.path, untouched(grant)));
    }
}

fn untouched(grant: &UntouchedGrant) -> String {
    let way = visible(&format!("{}, {}", grant.via.join(" > "), grant.on));
    match &*grant.scopes {
        [] => way,
        scopes => {
            let (names, more) = some(scopes);
            format!("{way}: {names}{more}")
        }
    }
}

fn effect_and_reason(effect: Effect, reason: Option<Reason>) -> String {
    reason.map_or_else(|| effect.to_string(), |reason| format!("{effect}, {reason}"))
}

/// What would have to be otherwise.
fn remedy(expected: Expected, told: &Explanation<()>) -> String {
    match (expected.effect, told.effect) {
        (Effect::Allow, Effect::Deny) => to_be_allowed(told),
        (Effect::Deny, Effect::Allow) => to_be_denied(told.reason).to_owned(),
        (Effect::Allow | Effect::Deny, Effect::Unknown) => {
            format!("its tags must be known, here or in the document: {}", told.needs.join(", "))
        }
        (Effect::Unknown, Effect::Allow | Effect::Deny) => "it must rest on tags that are not known".into(),
        _ => "something else must decide, or another `reason` be expected".into(),
    }
}

fn to_be_allowed(told: &Explanation<()>) -> String {
    let setting = told.blocked_by.iter().find_map(|blocker| blocker.setting.as_deref());
    match told.reason {
        Reason::SettingOff => format!("the setting {} must be on", setting.unwrap_or("that blocks it")),
        Reason::NotGranted => "a role, a team or a direct grant must give it".into(),
        Reason::DeploymentRefused => "the mode and the deployment settings must let it run".into(),
        Reason::TokenExpired => "the token must end later, or the test ask earlier".into(),
        Reason::TokenLifetime => "the token must end within the lifetime that the organization allows".into(),
        Reason::TokenException => "it must be asked by something else than an organization token".into(),
        _ => "the name must be one that is there".into(),
    }
}

fn to_be_denied(reason: Reason) -> &'static str {
    match reason {
        Reason::OrganizationAdmin => "it must have another organization role, or be excepted",
        Reason::OrganizationSetting => "the setting must give less",
        Reason::Creator => "somebody else must be the creator",
        _ => "none of these grants may reach it",
    }
}

fn more(count: usize) -> Option<String> {
    (count > TOLD).then(|| format!("and {} more", count - TOLD))
}

/// The first names of a list, and how many more there are.
fn some(names: &[String]) -> (String, String) {
    let told: Vec<&str> = names.iter().take(TOLD).map(String::as_str).collect();
    (visible(&told.join(", ")), more(names.len()).map_or_else(String::new, |more| format!(" {more}")))
}

fn count(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
