//! Things that name others, each after those that it names.

/// What a [`walk`] comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// This one; it has come to all that it names, but where there is a circle.
    Done(usize),
    /// The first names the second, which leads back to the first.
    Circle(usize, usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// On the way from the root.
    Open,
    Done,
}

/// Comes to each thing once, to those that it names before it. Without recursion: a document may hold a chain as long
/// as itself.
pub(crate) fn walk(named: &[Vec<usize>], tell: &mut dyn FnMut(Step)) {
    let mut marks = vec![Mark::New; named.len()];
    for root in 0..named.len() {
        let mut way = vec![(root, 0)];
        while let Some((at, next)) = way.last_mut() {
            let at = *at;
            if *next == 0 && marks.get(at) != Some(&Mark::New) {
                way.pop();
                continue;
            }
            let Some(target) = named.get(at).and_then(|named| named.get(*next)).copied() else {
                tell(Step::Done(at));
                mark(&mut marks, at, Mark::Done);
                way.pop();
                continue;
            };
            *next += 1;
            mark(&mut marks, at, Mark::Open);
            match marks.get(target) {
                Some(Mark::Open) => tell(Step::Circle(at, target)),
                Some(Mark::New) => way.push((target, 0)),
                _ => {}
            }
        }
    }
}

fn mark(marks: &mut [Mark], at: usize, mark: Mark) {
    if let Some(slot) = marks.get_mut(at) {
        *slot = mark;
    }
}
