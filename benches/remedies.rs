//! What would help: explanations with remedies, of members who were refused.

use divan::Bencher;
use scopewise::{Context, Explanation};

use crate::contest::{Arena, in_turn};
use crate::workload::Size;

#[divan::bench(args = Size::ALL, max_time = 4)]
fn remedies(bencher: Bencher, size: Size) {
    bencher.bench_local(explain_refusals(Arena::of(size)));
}

/// Everything about a refusal, one after the other.
pub(crate) fn explain_refusals(arena: &Arena) -> impl FnMut() -> Explanation {
    let now = Context::default();
    let refused =
        arena.questions.crowd.iter().filter(|it| {
            !arena.engine.principal(&it.principal).can(&it.scope, &it.entity, &Context::default())
        });
    let refused: Vec<_> = refused.take(200).collect();
    let mut next = in_turn(refused);
    move || {
        let it = next();
        let principal = arena.engine.principal(&it.principal);
        principal.explain(&it.scope, &it.entity, &now).expect("the question is well formed")
    }
}
