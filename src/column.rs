//! Numbers that lie in bytes and are read there: a table of a bundle takes no time until somebody asks it.

use std::ops::Range;
use std::sync::Arc;

/// A stretch of bytes that many tables share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stretch {
    all: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Stretch {
    pub(crate) fn of(all: &Arc<Vec<u8>>, range: Range<usize>) -> Self {
        Self { all: Arc::clone(all), range }
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.all.get(self.range.clone()).unwrap_or_default()
    }
}

impl From<Vec<u8>> for Stretch {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { all: Arc::new(bytes), range }
    }
}

/// Numbers by rows, each in the same count of bytes, the lowest first.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    cells: Stretch,
    width: usize,
}

/// How many bytes the widest number takes.
const WIDEST: usize = 4;

impl Column {
    /// The numbers that lie in a stretch, or nothing where no numbers are so wide.
    pub(crate) fn lying(cells: Stretch, width: usize) -> Option<Self> {
        (1..=WIDEST).contains(&width).then_some(Self { cells, width })
    }

    pub(crate) fn cells(&self) -> &[u8] {
        self.cells.bytes()
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn len(&self) -> usize {
        self.cells().len() / self.width
    }

    pub(crate) fn get(&self, row: u32) -> Option<u32> {
        let cell = self.cells().get((row as usize).checked_mul(self.width)?..)?.get(..self.width)?;
        Some(cell.iter().rev().fold(0, |number, byte| number * 0x100 + u32::from(*byte)))
    }

    /// Whether no number is below the one before it.
    pub(crate) fn is_sorted(&self) -> bool {
        let rows = (0..).map_while(|row| self.get(row));
        rows.is_sorted()
    }

    /// The first row of a range whose number is not below `least`; the numbers of the range have to be sorted.
    pub(crate) fn first(&self, rows: Range<u32>, least: u32) -> u32 {
        let Range { mut start, mut end } = rows;
        while start < end {
            let middle = start.midpoint(end);
            if self.get(middle).is_some_and(|number| number < least) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        start
    }
}

impl Default for Column {
    fn default() -> Self {
        Self { cells: Stretch::default(), width: 1 }
    }
}

impl From<&[u32]> for Column {
    /// In as many bytes as the largest number needs.
    fn from(numbers: &[u32]) -> Self {
        let largest = numbers.iter().max().copied().unwrap_or(0).to_le_bytes();
        let width = largest.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
        let mut cells = Vec::with_capacity(numbers.len() * width);
        for number in numbers {
            cells.extend_from_slice(number.to_le_bytes().get(..width).unwrap_or_default());
        }
        Self { cells: cells.into(), width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_where_they_were_put_and_as_wide_as_they_must_be() {
        for (largest, width) in [(0, 1), (0xFF, 1), (0x100, 2), (0xFFFF, 2), (0x0001_0000, 3), (u32::MAX, 4)]
        {
            let numbers = [0, largest / 2, largest, 1.min(largest)];
            let column = Column::from(&numbers[..]);
            assert_eq!((column.width(), column.len(), column.cells().len()), (width, 4, 4 * width));
            assert!((0..).zip(numbers).all(|(row, number)| column.get(row) == Some(number)));
            assert_eq!([column.get(4), column.get(u32::MAX)], [None, None]);
        }
        assert_eq!((Column::default().len(), Column::default().get(0)), (0, None));
    }

    #[test]
    fn what_is_sorted_is_searched() {
        let column = Column::from(&[9, 1, 3, 3, 300][..]);
        for (least, row) in [(0, 1), (1, 1), (2, 2), (3, 2), (4, 4), (300, 4), (301, 5)] {
            assert_eq!(column.first(1..5, least), row, "{least}");
        }
        assert_eq!(column.first(3..3, 0), 3);
        assert!(!column.is_sorted() && Column::from(&[1, 3, 3, 300][..]).is_sorted());
    }

    /// Rows past the end are as if they were large, so that a search ends at once.
    #[test]
    fn rows_that_are_not_there_are_not_found() {
        let column = Column::from(&[1, 2][..]);
        assert_eq!(column.first(0..u32::MAX, 2), 1);
        assert_eq!(column.first(7..u32::MAX, 2), 7);
    }
}
