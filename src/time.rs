//! Instants as RFC 3339 writes them. The engine has no clock: whoever asks brings the time.

/// A point in time: seconds since 1970-01-01T00:00:00Z and the nanoseconds after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    seconds: i64,
    nanoseconds: u32,
}

impl Instant {
    /// The instant that is so many seconds after 1970-01-01T00:00:00Z.
    pub const fn from_unix(seconds: i64) -> Self {
        Self { seconds, nanoseconds: 0 }
    }

    /// Reads `2026-11-20T00:00:00Z`: a date, `T`, a time with seconds (a fraction may follow), and `Z` or an
    /// offset. Nothing for any other text, a day that its month does not have included.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', 't'])?;
        let (clock, offset) = split_offset(rest)?;
        let (whole, fraction) =
            clock.split_once('.').map_or((clock, None), |(whole, rest)| (whole, Some(rest)));
        let seconds = days(date)? * 86_400 + seconds_of_day(whole)? - offset;
        Some(Self { seconds, nanoseconds: fraction.map_or(Some(0), nanoseconds)? })
    }

    /// Seconds since 1970 and the nanoseconds after them.
    pub(crate) fn parts(self) -> (i64, u32) {
        (self.seconds, self.nanoseconds)
    }

    /// The instant of these, if the nanoseconds are less than a second.
    pub(crate) fn of_parts(seconds: i64, nanoseconds: u32) -> Option<Self> {
        (nanoseconds < 1_000_000_000).then_some(Self { seconds, nanoseconds })
    }

    /// The instant as RFC 3339 writes it, without what is shorter than a second: `2026-11-20T00:00:00Z`. Nothing
    /// for a year that has not four digits.
    pub fn text(self) -> Option<String> {
        let (year, month, day) = date(self.seconds.div_euclid(86_400));
        let second = self.seconds.rem_euclid(86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        (0..=9999)
            .contains(&year)
            .then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
    }

    /// The same with milliseconds: `2026-11-20T00:00:00.000Z`.
    pub(crate) fn text_with_milliseconds(self) -> Option<String> {
        let text = self.text()?;
        Some(format!("{}.{:03}Z", text.strip_suffix('Z')?, self.nanoseconds / 1_000_000))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn whole_milliseconds(self) -> i64 {
        self.seconds.saturating_mul(1_000).saturating_add(i64::from(self.nanoseconds / 1_000_000))
    }

    /// This instant moved later by whole days.
    pub(crate) fn plus_days(self, days: u32) -> Self {
        Self { seconds: self.seconds.saturating_add(i64::from(days) * 86_400), ..self }
    }

    /// This instant moved later by seconds.
    pub(crate) fn plus_seconds(self, seconds: u32) -> Self {
        Self { seconds: self.seconds.saturating_add(i64::from(seconds)), ..self }
    }

    /// The instant as JavaScript has it.
    #[cfg(all(target_arch = "wasm32", feature = "engine"))]
    #[expect(
        clippy::cast_precision_loss,
        reason = "what is lost is less than a millisecond for ages to come"
    )]
    pub(crate) fn milliseconds(self) -> f64 {
        self.seconds as f64 * 1000.0 + f64::from(self.nanoseconds / 1_000_000)
    }

    /// The instant of JavaScript's clock.
    #[cfg(all(target_arch = "wasm32", feature = "engine"))]
    pub(crate) fn from_milliseconds(milliseconds: f64) -> Self {
        let seconds = (milliseconds / 1000.0).floor();
        let rest = (milliseconds - seconds * 1000.0) * 1_000_000.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "casts of floats saturate"
        )]
        let (seconds, nanoseconds) = (seconds as i64, rest as u32);
        Self { seconds, nanoseconds }
    }
}

/// A time after 1970 natively, so that `Context::at(SystemTime::now().into())` reads well.
impl From<std::time::SystemTime> for Instant {
    fn from(time: std::time::SystemTime) -> Self {
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self {
            seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: since.subsec_nanos(),
        }
    }
}

fn split_offset(rest: &str) -> Option<(&str, i64)> {
    if let Some(clock) = rest.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = rest.rfind(['+', '-'])?;
    let (clock, offset) = rest.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    Some((clock, sign * (number(hours, 2, 0..=23)? * 3600 + number(minutes, 2, 0..=59)? * 60)))
}

fn seconds_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    // A leap second is read as the second after it.
    let total =
        number(hour, 2, 0..=23)? * 3600 + number(minute, 2, 0..=59)? * 60 + number(second, 2, 0..=60)?;
    parts.next().is_none().then_some(total)
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit()) && !fraction.is_empty();
    let nine = digits.then(|| fraction.bytes().chain(std::iter::repeat(b'0')).take(9))?;
    Some(nine.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

/// Days from 1970-01-01 to a `YYYY-MM-DD`, by the rule that a year begins in March, so that the leap day is its
/// last.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month) = (number(year, 4, 0..=9999)?, number(month, 2, 1..=12)?);
    let day = number(day, 2, 1..=days_in(year, month))?;
    let from_march = (month + 9) % 12;
    let year = if month < 3 { year - 1 } else { year };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    parts.next().is_none().then_some(year * 365 + leaps + (from_march * 306 + 5) / 10 + day - 1 - 719_468)
}

/// Year, month and day of so many days after 1970-01-01: the reverse of [`days`].
fn date(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let from_march = (day * 5 + 2) / 153;
    let month = (from_march + 2) % 12 + 1;
    (era * 400 + year + i64::from(month < 3), month, day - (from_march * 153 + 2) / 5 + 1)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn number(text: &str, width: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let digits = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?.filter(|number| range.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: Option<i64>) {
        assert_eq!(Instant::parse(text).map(|instant| instant.seconds), seconds, "{text}");
    }

    #[test]
    fn reads_dates_with_offsets() {
        check("1970-01-01T00:00:00Z", Some(0));
        check("2026-11-20T00:00:00Z", Some(1_795_132_800));
        check("2026-11-20T02:00:00+02:00", Some(1_795_132_800));
        check("2026-11-19T23:30:00-00:30", Some(1_795_132_800));
        check("2024-02-29T12:00:00.5Z", Some(1_709_208_000));
        check("1969-12-31T23:59:59Z", Some(-1));
        check("0000-01-01T00:00:00Z", Some(-62_167_219_200));
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T00:00Z",
            "2026-11-20T00:00:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T00:00:00.Z",
            "2026-11-20 00:00:00Z",
            "26-11-20T00:00:00Z",
            "2026-11-20T00:00:00+2:00",
            "2026-11-20T00:00:00Zx",
            "+026-11-20T00:00:00Z",
            "2026-11-20T00:00:00é",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn an_instant_is_written_as_it_is_read() {
        for text in [
            "1970-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2024-02-29T12:34:56Z",
            "2000-02-29T00:00:00Z",
            "1900-03-01T00:00:00Z",
            "2100-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(Instant::parse(text).and_then(Instant::text).as_deref(), Some(text));
        }
        let year_of_days = (-719_528..2_932_897).map(|day| (date(day), day));
        for ((year, month, day), number) in year_of_days.step_by(17) {
            assert_eq!(days(&format!("{year:04}-{month:02}-{day:02}")), Some(number));
        }
        assert_eq!(Instant::from_unix(253_402_300_800).text(), None);
        assert_eq!(Instant::from_unix(i64::MAX).text(), None);
        assert_eq!(Instant::from_unix(i64::MIN).text(), None);
    }

    #[test]
    fn milliseconds_are_written_and_counted() {
        let instant = Instant::parse("2026-11-20T00:00:00.0456Z").unwrap();
        assert_eq!(instant.text_with_milliseconds().as_deref(), Some("2026-11-20T00:00:00.045Z"));
        assert_eq!(instant.whole_milliseconds(), 1_795_132_800_045);
        assert_eq!(Instant::from_unix(i64::MAX).text_with_milliseconds(), None);
        assert_eq!(Instant::from_unix(i64::MIN).whole_milliseconds(), i64::MIN);
    }

    #[test]
    fn fractions_order_instants() {
        assert!(Instant::parse("2026-11-20T00:00:00.1Z") > Instant::parse("2026-11-20T00:00:00.09Z"));
    }
}
