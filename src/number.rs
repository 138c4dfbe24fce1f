//! Numbers as JSON writes them, of any size, compared exactly.

/// A decimal number in the one form that it has: digits without zeros at either end, and a power of ten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: String,
    /// The number is `digits` × 10 to this power.
    exponent: i64,
}

impl Decimal {
    /// Reads a number that is well-formed JSON. Powers past 64 bits count as the largest or smallest of those.
    pub(crate) fn parse(text: &str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_end_matches('0');
        let dropped = digits.len() - significant.len();
        let significant = significant.trim_start_matches('0');
        let largest = if power.starts_with('-') { i64::MIN } else { i64::MAX };
        let power = power.parse().unwrap_or(largest);
        let moved = i64::try_from(dropped).unwrap_or(0) - i64::try_from(fraction.len()).unwrap_or(0);
        let zero = significant.is_empty();
        Self {
            negative: negative && !zero,
            digits: significant.to_owned(),
            exponent: if zero { 0 } else { i64::saturating_add(power, moved) },
        }
    }

    /// The number as an integer, if it is one from 0 to the largest that a JavaScript number holds exactly.
    pub(crate) fn integer(&self) -> Option<u64> {
        const LARGEST: u64 = (1 << 53) - 1;
        if self.digits.is_empty() {
            return Some(0);
        }
        let zeros = u32::try_from(self.exponent).ok().filter(|_| !self.negative)?;
        let value = self.digits.parse::<u64>().ok()?.checked_mul(10_u64.checked_pow(zeros)?)?;
        (value <= LARGEST).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, integer: Option<u64>) {
        assert_eq!(Decimal::parse(text).integer(), integer, "{text}");
    }

    #[test]
    fn integers_are_told_in_any_form() {
        check("0", Some(0));
        check("-0.0e5", Some(0));
        check("102", Some(102));
        check("1.02e2", Some(102));
        check("10200e-2", Some(102));
        check("9007199254740991", Some(9_007_199_254_740_991));
        check("9007199254740992", None);
        check("-1", None);
        check("1.5", None);
        check("1e400", None);
        check("1e99999999999999999999", None);
        check("1e-99999999999999999999", None);
    }

    #[test]
    fn one_number_has_one_form() {
        assert_eq!(Decimal::parse("1"), Decimal::parse("1.000e0"));
        assert_eq!(Decimal::parse("0"), Decimal::parse("-0"));
        assert_eq!(Decimal::parse("120e400"), Decimal::parse("1.2e402"));
        assert_ne!(Decimal::parse("9007199254740993"), Decimal::parse("9007199254740992"));
        assert_ne!(Decimal::parse("0.1"), Decimal::parse("-0.1"));
    }
}
