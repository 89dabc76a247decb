//! Days, and the time between them.

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// The farthest that a time zone is from the middle one, in seconds.
const FARTHEST: i64 = 86_400;

/// A day of the calendar, counted from the first of January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub i64);

impl Day {
    /// A day as it is written, `2026-11-26`; zeros in front may be missing.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-').map(|part| {
            let digits = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse::<i64>().ok()).flatten()
        });
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() || year == 0 || !(1..=12).contains(&month) {
            return None;
        }
        (1..=length_of(year, month)).contains(&day).then(|| Self(count(year, month, day)))
    }

    /// When it begins, for somebody whose clock is ahead by so many seconds.
    fn begins(self, ahead: i64) -> i64 {
        self.0 * DAY - ahead.clamp(-FARTHEST, FARTHEST) * 1000
    }
}

fn length_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970. Years begin in March here, so that the day that is not always there is the last.
fn count(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469
}

/// The days that somebody named, each kind at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    /// `on:` and `-on:`.
    pub on: [Option<Day>; 2],
    /// `before:` and `-before:`.
    pub before: [Option<Day>; 2],
    /// `after:` and `-after:`.
    pub after: [Option<Day>; 2],
}

impl Days {
    /// The time that is meant by somebody whose clock is ahead by so many seconds.
    pub fn span(&self, ahead: i64) -> Span {
        let begin = |day: Day| day.begins(ahead);
        let end = |day: Day| Day(day.0 + 1).begins(ahead);
        let from = [self.on[0].map(begin), self.after[0].map(end), self.before[1].map(begin)];
        let until = [self.on[0].map(end), self.before[0].map(begin), self.after[1].map(end)];
        Span {
            from: from.into_iter().flatten().max().unwrap_or(i64::MIN),
            until: until.into_iter().flatten().min().unwrap_or(i64::MAX),
            without: self.on[1].map(|day| (begin(day), end(day))),
        }
    }

    /// Whether none was named.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A stretch of time, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first moment in it.
    pub from: i64,
    /// The first moment behind it.
    pub until: i64,
    /// What of it is left out, from and until.
    pub without: Option<(i64, i64)>,
}

impl Default for Span {
    fn default() -> Self {
        Self { from: i64::MIN, until: i64::MAX, without: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        let cases = [
            ("1970-01-01", Some(0)),
            ("1970-1-2", Some(1)),
            ("1969-12-31", Some(-1)),
            ("2000-02-29", Some(11_016)),
            ("2026-11-26", Some(20_783)),
            ("2100-02-29", None),
            ("2026-13-01", None),
            ("2026-00-10", None),
            ("2026-04-31", None),
            ("2026-11", None),
            ("2026-11-26-1", None),
            ("26/11/2026", None),
            ("-2026-11-26", None),
            ("+1-1-1", None),
            ("", None),
        ];
        for (text, day) in cases {
            assert_eq!(Day::parse(text).map(|day| day.0), day, "{text}");
        }
    }

    #[test]
    fn spans_of_days() {
        let day = |n| [Some(Day(n)), None];
        let on = Days { on: day(10), ..Days::default() };
        assert_eq!(on.span(0), Span { from: 10 * DAY, until: 11 * DAY, without: None });
        // Two hours ahead, the day begins two hours earlier.
        assert_eq!(on.span(7200).from, 10 * DAY - 7_200_000);
        let between = Days { after: day(10), before: day(20), ..Days::default() };
        assert_eq!(between.span(0), Span { from: 11 * DAY, until: 20 * DAY, without: None });
        let not = |n| [None, Some(Day(n))];
        let without = Days { on: not(3), before: not(1), after: not(9) };
        let span = Span { from: DAY, until: 10 * DAY, without: Some((3 * DAY, 4 * DAY)) };
        assert_eq!(without.span(0), span);
        assert_eq!(Days::default().span(i64::MAX), Span::default());
    }
}
