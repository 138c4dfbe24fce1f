//! Who is measured, on which organizations, and what is asked.

use std::sync::LazyLock;

use scopewise::{Context, Effect, Explanation, Organization, Principal};

use crate::baseline::{Baseline, Holder, Map};
use crate::workload::{Question, Questions, Size, Workload};

/// One organization, loaded by both.
pub(crate) struct Arena {
    pub(crate) size: Size,
    document: String,
    pub(crate) questions: Questions,
    pub(crate) engine: Organization,
    by_hand: Baseline,
}

static ARENAS: [LazyLock<Arena>; 3] = [
    LazyLock::new(|| Arena::new(Size::Small)),
    LazyLock::new(|| Arena::new(Size::Medium)),
    LazyLock::new(|| Arena::new(Size::Large)),
];

impl Arena {
    pub(crate) fn of(size: Size) -> &'static Self {
        &ARENAS[size as usize]
    }

    fn new(size: Size) -> Self {
        let workload = Workload::of(size);
        let document = workload.document();
        let (engine, by_hand) = (Organization::load(&document), Baseline::load(&document));
        Self { size, questions: workload.questions(), document, engine, by_hand }
    }
}

/// Who can be asked.
pub(crate) trait Contestant: Sized + 'static {
    type Principal<'c>
    where
        Self: 'c;

    fn load(document: &str) -> Self;
    fn of(arena: &Arena) -> &Self;
    fn principal(&self, name: &str) -> Self::Principal<'_>;
    fn can(principal: &Self::Principal<'_>, scope: &str, entity: &str) -> bool;
    /// How much of a page is allowed.
    fn page(principal: &Self::Principal<'_>, entities: &[&str], scopes: &[&str]) -> usize;
}

impl Contestant for Organization {
    type Principal<'c> = Principal<'c>;

    fn load(document: &str) -> Self {
        Self::parse(document).expect("the workload writes valid documents")
    }

    fn of(arena: &Arena) -> &Self {
        &arena.engine
    }

    fn principal(&self, name: &str) -> Principal<'_> {
        self.principal(name)
    }

    fn can(principal: &Principal<'_>, scope: &str, entity: &str) -> bool {
        principal.can(scope, entity, &Context::default())
    }

    fn page(principal: &Principal<'_>, entities: &[&str], scopes: &[&str]) -> usize {
        let page =
            principal.matrix(entities, scopes, &Context::default()).expect("the names are well formed");
        page.effects().iter().filter(|effect| **effect == Effect::Allow).count()
    }
}

impl Contestant for Baseline {
    type Principal<'c> = Holder<'c>;

    fn load(document: &str) -> Self {
        Self::load(document)
    }

    fn of(arena: &Arena) -> &Self {
        &arena.by_hand
    }

    fn principal(&self, name: &str) -> Holder<'_> {
        self.principal(name)
    }

    fn can(principal: &Holder<'_>, scope: &str, entity: &str) -> bool {
        principal.can(scope, entity)
    }

    fn page(principal: &Holder<'_>, entities: &[&str], scopes: &[&str]) -> usize {
        principal.page(entities, scopes).into_iter().filter(|allowed| *allowed).count()
    }
}

/// One question after the other about a principal that is kept.
pub(crate) fn one_principal<C: Contestant>(arena: &Arena) -> impl FnMut() -> bool {
    let principal = C::of(arena).principal(&arena.questions.page.principal);
    let mut next = in_turn(&arena.questions.member);
    move || {
        let it = next();
        C::can(&principal, &it.scope, &it.entity)
    }
}

/// One question after the other about any of those principals that are kept by name.
pub(crate) fn known_principals<C: Contestant>(arena: &Arena) -> impl FnMut() -> bool {
    let contestant = C::of(arena);
    let known = arena.questions.crowd.iter().map(|it| it.principal.as_str());
    let known: Map<_, _> = known.map(|name| (name, contestant.principal(name))).collect();
    let mut next = in_turn(&arena.questions.crowd);
    move || {
        let it = next();
        known.get(it.principal.as_str()).is_some_and(|principal| C::can(principal, &it.scope, &it.entity))
    }
}

/// The first question about a principal.
pub(crate) fn new_principal<C: Contestant>(arena: &Arena) -> impl FnMut() -> bool {
    let contestant = C::of(arena);
    let mut next = in_turn(&arena.questions.newcomers);
    move || {
        let it = next();
        C::can(&contestant.principal(&it.principal), &it.scope, &it.entity)
    }
}

/// A thousand stacks by twenty scopes.
pub(crate) fn page<C: Contestant>(arena: &Arena) -> impl FnMut() -> usize {
    let page = &arena.questions.page;
    let principal = C::of(arena).principal(&page.principal);
    let [entities, scopes] = [&page.entities, &page.scopes].map(|names| names.iter().map(String::as_str));
    let [entities, scopes] = [entities, scopes].map(Iterator::collect::<Vec<_>>);
    move || C::page(&principal, &entities, &scopes)
}

/// From the text to ready.
pub(crate) fn load<C: Contestant>(arena: &Arena) -> impl FnMut() -> C {
    || C::load(&arena.document)
}

/// Why, one question after the other; there is nothing like it by hand.
pub(crate) fn explain(arena: &Arena) -> impl FnMut() -> Explanation<()> {
    let principal = arena.engine.principal(&arena.questions.page.principal);
    let mut next = in_turn(&arena.questions.member);
    move || {
        let it = next();
        principal.why(&it.scope, &it.entity, &Context::default()).expect("the question is well formed")
    }
}

pub(crate) fn in_turn<'a>(questions: impl IntoIterator<Item = &'a Question>) -> impl FnMut() -> &'a Question {
    let questions: Vec<_> = questions.into_iter().collect();
    let mut position = 0;
    move || {
        position = if position + 1 < questions.len() { position + 1 } else { 0 };
        questions[position]
    }
}

/// Asks both the same.
pub(crate) fn agree(size: Size) {
    let arena = Arena::of(size);
    let mut allowed = 0;
    for Question { principal, scope, entity } in &arena.questions.anybody {
        let engine = arena.engine.principal(principal).can(scope, entity, &Context::default());
        let by_hand = arena.by_hand.principal(principal).can(scope, entity);
        assert_eq!(engine, by_hand, "{size}: may {principal} {scope} on {entity}?");
        allowed += usize::from(engine);
    }
    let count = arena.questions.anybody.len();
    assert!((count / 4..count * 3 / 4).contains(&allowed), "{size}: {allowed} of {count} are allowed");
    assert_eq!(page::<Organization>(arena)(), page::<Baseline>(arena)(), "{size}: the page");
}
