//! Tables of names that are made at once, of names that others have told.

use super::{FREE, Names, as_u32, hash};

/// How many steps past other names a name may take on average. Names that nobody chose for it take less than two; of a
/// hundred thousand that all collide each would take fifty thousand.
const STEPS: usize = 16;

impl Names {
    /// A table of names that have so many bytes together. Each is told by how many bytes of the one before it begins
    /// with and by what follows these. Nothing where one is there twice, repeats what is not there, or where the names
    /// were made to collide.
    pub(crate) fn told<'n>(
        seed: u64,
        length: usize,
        names: impl ExactSizeIterator<Item = Option<(usize, &'n str)>>,
    ) -> Option<Self> {
        let (mut text, mut ends) = (String::with_capacity(length), Vec::with_capacity(names.len()));
        let mut before = 0;
        for name in names {
            let (repeated, rest) = name?;
            let repeated = before..before + repeated;
            before = text.len();
            text.get(repeated.clone())?;
            text.extend_from_within(repeated);
            text.push_str(rest);
            ends.push(as_u32(text.len()));
        }
        let mut table = Self { text, ends, slots: Vec::new(), seed };
        table.fill().then_some(table)
    }

    /// Gives every name its slot. Whether all are distinct, and found in no more steps than they may take.
    fn fill(&mut self) -> bool {
        let count = self.len();
        let size = if count == 0 { 0 } else { (count * 4 / 3 + 1).next_power_of_two().max(16) };
        self.slots = vec![FREE; size];
        // All at first: then one look-up does not wait for the other.
        let hashes: Vec<u64> =
            (0..as_u32(count)).map(|number| hash(self.seed, self.name(number).as_bytes())).collect();
        let mut steps = count.saturating_mul(STEPS);
        (0..).zip(&hashes).all(|(number, hash)| self.place(number, *hash, &hashes, &mut steps).is_some())
    }

    /// Gives a name its slot, if it is new and reached in no more steps past others than are left.
    fn place(&mut self, number: u32, hash: u64, hashes: &[u64], steps: &mut usize) -> Option<()> {
        let mut slot = self.first_slot(hash);
        while let Some(taken) = self.slots.get(slot)?.checked_sub(1) {
            let alike = hashes.get(taken as usize) == Some(&hash);
            if alike && self.name(taken) == self.name(number) {
                return None;
            }
            *steps = steps.checked_sub(1)?;
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        *self.slots.get_mut(slot)? = number + 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(seed: u64, names: &[String]) -> Option<Names> {
        Names::told(seed, 0, names.iter().map(|name| Some((0, name.as_str()))))
    }

    #[test]
    fn names_have_their_numbers() {
        let names: Vec<String> = (0..3_000).map(|number| format!("name-{number}")).collect();
        let table = told(7, &names).unwrap();
        assert!((0..).zip(&names).all(|(number, name)| table.get(name) == Some(number)));
        assert_eq!((table.len(), table.get("name-3000")), (3_000, None));
        assert!(told(7, &[]).is_some_and(|table| table.get("").is_none()));
    }

    /// They are found by trying, as whoever knows the seed would do it.
    #[test]
    fn names_that_were_made_to_collide_are_refused() {
        let begins_alike = |name: &String| hash(7, name.as_bytes()).to_be_bytes()[3] == 0;
        let names: Vec<String> =
            (0_u32..).map(|number| number.to_string()).filter(begins_alike).take(150).collect();
        assert!(told(7, &names).is_none());
        assert!(told(8, &names).is_some(), "under another seed they are like any others");
    }
}
