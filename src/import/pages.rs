//! Lists that come page by page: whether the last one is there.

use super::answers::{Reply, without_query};
use super::draft::Draft;
use super::fields::Form;
use super::table::{Seeded, Table};
use crate::problem::Path;

impl<'j> Draft<'j> {
    /// Lists the lists of which no page is the last. A query selects nothing, so that pages belong together by their
    /// path.
    pub(super) fn check_pages(&mut self, replies: &[&Reply<'j>]) {
        let mut pages: Table<Pages> = Table::seeded(self.seed);
        for reply in replies {
            let pages = pages.of(without_query(reply.path));
            match next_page(reply) {
                Some(field) => pages.goes_on = Some((reply.path, field)),
                None => pages.ends = true,
            }
        }
        for (_, pages) in pages.rows().filter(|(_, pages)| !pages.ends) {
            let (path, field) = pages.goes_on.unwrap_or_default();
            let message = "the list goes on, and its last page is not among the answers: ask for it";
            self.left(&Path::Root.key(path).key(field), message);
        }
    }
}

/// The pages of one list that are among the answers.
struct Pages<'j> {
    ends: bool,
    /// The page, and the field, that says that there is a next one.
    goes_on: Option<(&'j str, &'static str)>,
}

impl Seeded for Pages<'_> {
    fn seeded(_: u64) -> Self {
        Self { ends: false, goes_on: None }
    }
}

/// The field of a page that says that another one follows.
fn next_page(reply: &Reply<'_>) -> Option<&'static str> {
    let mut fields = reply.answer.fields.read.iter();
    let (field, _) = fields.find(|(_, form)| matches!(form, Form::Next))?;
    reply.value.text(field).map(|_| *field)
}
