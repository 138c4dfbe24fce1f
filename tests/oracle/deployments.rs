//! Section 3.1: who the run of a stack's deployment acts as.

use super::principals::{self, Actor};
use super::{Question, Who, find, text};

/// The first that applies, in the order of section 4.
pub(crate) fn who<'a>(question: &Question<'a>, path: &'a str) -> Who<'a> {
    let entity = format!("stack:{}/{path}", text(&question.document["organization"]));
    let listed = find(&question.document["entities"], "entity", &entity);
    let field = |name: &str| listed.and_then(|stack| stack["deployment"][name].as_str());
    let token = field("accessToken").and_then(|token| token.strip_prefix("token:"));
    if !question.current() {
        return match token {
            Some(token) => principals::token(question, token), // DP-13
            None => starter(question).unwrap_or_else(|| stack(entity, None, true)), // DP-2 to DP-10
        };
    }
    let run_as = field("runAs").and_then(|identity| identity.split_once(':'));
    if question.restricted() && (run_as.is_none() || token.is_some()) || run_as.is_some() && token.is_some() {
        return Who::Refused; // PM-3, PM-4
    }
    if let Some((word, name)) = run_as {
        return principals::team_or_service_principal(question, word, name); // PM-2
    }
    if let Some(token) = token {
        return principals::token(question, token);
    }
    if let Some(role) = field("role").or_else(|| question.setting("defaultDeploymentRole").as_str()) {
        return stack(entity, Some(role), false); // DN-1, DN-3, Q-8, Q-9
    }
    starter(question).unwrap_or_else(|| stack(entity, None, false)) // DN-2
}

/// Whoever called the API or pressed the button.
fn starter<'a>(question: &Question<'a>) -> Option<Who<'a>> {
    let login = question.request["trigger"]["by"].as_str()?.strip_prefix("user:")?;
    Some(principals::user(question, login))
}

fn stack(entity: String, role: Option<&str>, levels: bool) -> Who<'_> {
    Who::Acts { actor: Actor::Stack { entity, role, levels }, token: None }
}
