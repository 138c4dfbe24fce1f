//! A small generator of random numbers.

/// Throws the same numbers for the same seed (`SplitMix64`).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(mix(seed)) // mixed, or neighbouring seeds would throw the same numbers one step apart
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number from 0 up to but not including `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.throw() % end as u64).expect("it is below a usize")
    }

    pub(crate) fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// True in so many cases of a hundred.
    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())].clone()
    }

    /// One of the values, the first number of each pair being its weight.
    pub(crate) fn weighted<T: Copy>(&mut self, among: &[(usize, T)]) -> T {
        let mut left = self.below(among.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in among {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        unreachable!("the weights add up")
    }

    /// So many different ones, in their own order; fewer if there are not enough.
    pub(crate) fn several<T: Clone>(&mut self, among: &[T], least: usize, most: usize) -> Vec<T> {
        let mut wanted = self.between(least, most).min(among.len());
        let mut found = Vec::new();
        for (index, value) in among.iter().enumerate() {
            if self.below(among.len() - index) < wanted {
                wanted -= 1;
                found.push(value.clone());
            }
        }
        found
    }

    /// Each value with this chance.
    pub(crate) fn each<T: Clone>(&mut self, among: &[T], chance: usize) -> Vec<T> {
        among.iter().filter(|_| self.percent(chance)).cloned().collect()
    }

    /// The same values in any order.
    pub(crate) fn shuffle<T>(&mut self, values: &mut [T]) {
        for end in (1..values.len()).rev() {
            values.swap(end, self.below(end + 1));
        }
    }
}

fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
