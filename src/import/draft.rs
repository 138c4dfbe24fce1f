//! A document in the making: what the answers say, under the names that the document has for it.

use super::answers::{Reply, Route};
use super::entities::Entity;
use super::fields::{self, Form};
use super::lefts::Lefts;
use super::people::Member;
use super::records::Records;
use super::settings::Setting;
use super::table::{Seeded, Table};
use super::teams::{Grants, Team};
use super::tokens::Token;
use crate::catalog::Catalog;
use crate::json::{Value, excerpt};
use crate::names::Names;
use crate::problem::Path;

/// A document in the making: what the answers say, under the names that the document has for it.
pub(super) struct Draft<'j> {
    pub(super) catalog: &'j Catalog,
    pub(super) organization: &'j str,
    pub(super) seed: u64,
    pub(super) lefts: Lefts,
    /// The path of the answer that is read.
    pub(super) answer: &'j str,
    pub(super) settings: Table<Option<Setting>>,
    /// The name of an edition, and the path of the answer that tells it.
    pub(super) edition: Option<(&'static str, &'j str)>,
    pub(super) records: Records<'j>,
    pub(super) members: Table<Member>,
    /// Users of whom an answer says that they are no members.
    pub(super) outsiders: Names,
    pub(super) collaborators: Table<Grants>,
    pub(super) teams: Table<Team<'j>>,
    /// Names of teams by what people call them.
    pub(super) team_titles: Table<Option<String>>,
    pub(super) tokens: Table<Token>,
    /// Names of tokens by the ids that the API has for them.
    pub(super) token_ids: Table<Option<String>>,
    pub(super) entities: Table<Entity<'j>>,
    /// Entities by the ids that the API has for them.
    pub(super) entity_ids: Table<Option<String>>,
}

impl<'j> Draft<'j> {
    pub(super) fn new(catalog: &'j Catalog, organization: &'j str, seed: u64, lefts: Lefts) -> Self {
        Self {
            catalog,
            organization,
            seed,
            lefts,
            answer: "",
            settings: Table::seeded(seed),
            edition: None,
            records: Records::new(catalog, seed),
            members: Table::seeded(seed),
            outsiders: Names::seeded(seed),
            collaborators: Table::seeded(seed),
            teams: Table::seeded(seed),
            team_titles: Table::seeded(seed),
            tokens: Table::seeded(seed),
            token_ids: Table::seeded(seed),
            entities: Table::seeded(seed),
            entity_ids: Table::seeded(seed),
        }
    }

    /// Reads every answer, so that what is named is known before.
    pub(super) fn read(&mut self, replies: &[Reply<'j>]) {
        let replies = &self.of_this_organization(replies);
        self.check_fields(replies);
        self.check_pages(replies);
        self.read_records(replies);
        self.read_people(replies);
        self.read_settings(replies);
        self.read_teams(replies);
        self.read_tokens(replies);
        self.read_stacks(replies);
        self.read_environments(replies);
        self.read_accounts(replies);
        self.incomplete_teams();
        self.leave_untagged();
        self.read_features(replies);
    }

    fn of_this_organization<'r>(&mut self, replies: &'r [Reply<'j>]) -> Vec<&'r Reply<'j>> {
        let (mut ours, organization) = (Vec::new(), self.organization);
        for reply in replies {
            match reply.organization().filter(|name| *name != organization) {
                None => ours.push(reply),
                Some(name) => {
                    let message = format!(
                        "this is of the organization `{}`: only `{}` is imported",
                        excerpt(name),
                        excerpt(organization)
                    );
                    self.left(&Path::Root.key(reply.path), message);
                }
            }
        }
        ours
    }

    /// Lists what is in no table.
    fn check_fields(&mut self, replies: &[&Reply<'j>]) {
        for reply in replies {
            let (form, at) = (Form::Object(reply.answer.fields), Path::Root.key(reply.path));
            fields::check(reply.value, &form, self.catalog, &at, &mut self.lefts);
        }
    }

    /// Hands over every answer of one kind with its place.
    pub(super) fn each(
        &mut self,
        replies: &[&Reply<'j>],
        route: Route,
        mut read: impl FnMut(&mut Self, &Reply<'j>, &Path<'_>),
    ) {
        for reply in replies.iter().filter(|reply| reply.answer.route == route) {
            self.answer = reply.path;
            read(self, reply, &Path::Root.key(reply.path));
        }
    }

    /// Hands over the items of a list with their places.
    pub(super) fn each_in(
        &mut self,
        value: Value<'j>,
        list: &str,
        at: &Path<'_>,
        mut read: impl FnMut(&mut Self, Value<'j>, &Path<'_>),
    ) {
        let at = at.key(list);
        for (index, item) in value.list(list).enumerate() {
            read(self, item, &at.index(index));
        }
    }

    /// Lists what an answer says against one that was read before.
    pub(super) fn again(&mut self, same: bool, at: &Path<'_>) {
        if !same {
            self.left(at, "another place in the answers says otherwise, and that one counts");
        }
    }

    pub(super) fn left(&mut self, at: &Path<'_>, message: impl Into<String>) {
        self.lefts.add(at, message);
    }
}
