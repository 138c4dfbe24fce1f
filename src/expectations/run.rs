//! Tests × organization → what came of them.

use super::find::Found;
use super::report::{ExpectationOutcome, Expected, TestOutcome, TestReport};
use super::{Expectations, Test};
use crate::access::Access;
use crate::condition::Truth;
use crate::organization::Organization;
use crate::principal::Asked;
use crate::problem::{Code, Invalid, Path, Problem};
use crate::request::{Context, RequestError};
use crate::scope::ScopeSet;
use crate::standing::Question;

impl Organization {
    /// Asks for everything that is expected and tells what came, each failure with its explanation.
    ///
    /// A scope is asked for on those entities of its test whose type has it. A `*` stands for any run of characters:
    /// `user:*` is every member and collaborator, `stack:acme/*/prod` every listed stack of that name.
    ///
    /// # Errors
    ///
    /// Every name that a refusal would hide: a principal, a scope or an entity that is not there, unless the test
    /// expects that very `reason`; a pattern or an exception that matches nothing; a scope that no entity of its
    /// test has. More than 250,000 expectations.
    pub fn test(&self, expectations: &Expectations) -> Result<TestReport, Invalid> {
        let (found, unlisted) = expectations.find(self)?;
        let mut run = Run::new(self);
        for (index, (test, found)) in expectations.tests.iter().zip(&found).enumerate() {
            let time = Context { at: expectations.at, ..Context::default() };
            let tests = Path::Root.key("tests");
            let at = tests.index(index);
            // Whatever could be malformed was told while the names were found.
            run.test(&at, test, found, &test.context.clone().or_at(&time)).map_err(|error| {
                Invalid::new(vec![Problem::new(Code::UnknownValue, &at, error.to_string())])
            })?;
        }
        Ok(TestReport { unlisted, ..run.finish() })
    }
}

/// A report in the making.
struct Run<'o> {
    organization: &'o Organization,
    report: TestReport,
    /// For each grant whether an expectation that was met rests on it.
    touched: Vec<bool>,
}

impl<'o> Run<'o> {
    fn new(organization: &'o Organization) -> Self {
        let touched = vec![false; organization.grants.len()];
        Self { organization, report: TestReport::default(), touched }
    }

    fn finish(mut self) -> TestReport {
        let touched = (0..).zip(self.touched).filter(|(_, touched)| *touched);
        self.report.touched = touched.map(|(grant, _)| grant).collect();
        self.report
    }

    fn test(
        &mut self,
        at: &Path<'_>,
        test: &Test,
        found: &Found,
        context: &Context,
    ) -> Result<(), RequestError> {
        let mut expectations = Vec::new();
        for principal in &found.who {
            let resolved = self.organization.resolve(principal);
            let access = resolved.access(self.organization, context)?;
            for (entity, entity_type) in &found.on {
                let asked = Asked::new(self.organization, &access, entity, context)?;
                for (effect, scope) in test.asked_on(self.organization, *entity_type) {
                    let expected = Expected { effect, reason: test.reason };
                    let got = self.organization.decide_scope(&access, &asked.question(), scope);
                    let mut outcome = ExpectationOutcome {
                        principal: principal.clone(),
                        scope: scope.to_owned(),
                        entity: entity.clone(),
                        passed: expected.is_met_by(&got),
                        expected,
                        got,
                        explanation: None,
                    };
                    self.take(&mut outcome, &access, &asked.question());
                    expectations.push(outcome);
                }
            }
        }
        let path = at.to_string();
        let name = test.name.clone().unwrap_or_else(|| path.clone());
        self.report.tests.push(TestOutcome { name, path, expectations });
        Ok(())
    }

    /// Counts an outcome: what failed is explained, what is allowed as expected touches grants.
    fn take(&mut self, outcome: &mut ExpectationOutcome, access: &Access, question: &Question<'_>) {
        if !outcome.passed {
            self.report.failed += 1;
            let explanation =
                self.organization.explain_decision(&outcome.got, access, question, &outcome.scope);
            outcome.explanation = Some(Box::new(explanation));
            return;
        }
        self.report.passed += 1;
        if outcome.got.is_allow() {
            self.touch(access, question, &outcome.scope);
        }
    }

    /// Notes the grants that decided, as an explanation lists them: of whoever holds everything by its own role, none
    /// of the document.
    fn touch(&mut self, access: &Access, question: &Question<'_>, scope: &str) {
        let scope = self.organization.catalog.scope(question.subject.entity_type, scope);
        if let Some(scope) = scope.filter(|_| !access.admin) {
            self.organization.each_grant(access, question, &ScopeSet::of(scope), &mut |found| {
                if let Some(touched) = self.touched.get_mut(found.number as usize) {
                    *touched |= found.truth == Truth::True;
                }
            });
        }
    }
}
