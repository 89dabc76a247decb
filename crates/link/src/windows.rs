//! Times of the week at which a link may be used, in UTC.

use std::fmt;
use std::str::FromStr;

use fieldpost_model::Millis;
use serde::{Deserialize, Serialize};

/// Windows that a link may have.
pub const MOST: usize = 32;

const MINUTE: Millis = 60_000;
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

/// The day of the week of 1 January 1970, a Thursday, counted from Monday.
const FIRST_DAY: Millis = 3;

/// All days of the week.
const EVERY_DAY: u8 = 0x7f;

/// Days as people write them, from Monday.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A time of the day, on some days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The days on which it begins, a bit for each: the lowest is Monday.
    days: u8,
    /// The minute of the day at which it begins, 0 to 1439.
    begins: u16,
    /// The minute of the day at which it ends, 1 to 1440, or of the next day if that is not later.
    ends: u16,
}

impl Window {
    /// Whether it is one: it has a day, and lasts for some minutes.
    pub(crate) fn is_whole(&self) -> bool {
        let (begins, ends) = (u32::from(self.begins), u32::from(self.ends));
        (1..=EVERY_DAY).contains(&self.days)
            && begins < DAY
            && (1..=DAY).contains(&ends)
            && begins != ends
    }

    /// How many minutes it is open.
    fn length(&self) -> u32 {
        let (begins, ends) = (u32::from(self.begins), u32::from(self.ends));
        if ends > begins { ends - begins } else { ends + DAY - begins }
    }

    /// The minutes of the week at which it begins.
    fn beginnings(self) -> impl Iterator<Item = u32> {
        let Self { days, begins, .. } = self;
        (0..7).filter(move |day| days & 1 << day != 0).map(move |day| day * DAY + u32::from(begins))
    }

    /// Whether it is open in a minute of the week.
    fn is_open(&self, minute: u32) -> bool {
        self.beginnings().any(|begins| (minute + WEEK - begins) % WEEK < self.length())
    }
}

impl FromStr for Window {
    type Err = String;

    /// Reads one as people write it: `22:00-04:00`, or with days before it, `mon-fri,sun 22:00-04:00`.
    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (days, times) = match words[..] {
            [times] => (EVERY_DAY, times),
            [days, times] => (read_days(days)?, times),
            _ => return Err(format!("{text:?} is no window: write one as 22:00-04:00.")),
        };
        let no_times = || format!("{times:?} is no window: write one as 22:00-04:00.");
        let (begins, ends) = times.split_once('-').ok_or_else(no_times)?;
        let begins = read_minute(begins).filter(|begins| *begins < DAY as u16);
        let begins = begins.ok_or_else(no_times)?;
        match read_minute(ends).ok_or_else(no_times)? {
            ends if ends == begins => Err(format!(
                "The window {times} is empty: it ends when it begins. A whole day is 00:00-24:00."
            )),
            0 => Ok(Self { days, begins, ends: DAY as u16 }),
            ends => Ok(Self { days, begins, ends }),
        }
    }
}

/// The minute of a day that is written as `HH:MM`, 24:00 being the end of it.
fn read_minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| {
        let is_plain = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        is_plain.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    let minute = hours * 60 + minutes;
    (u32::from(minute) <= DAY).then_some(minute)
}

/// Days of the week, each alone or from one to another.
fn read_days(text: &str) -> Result<u8, String> {
    let unknown =
        |word: &str| format!("{word:?} is no day of the week: write mon, mon-fri or sat,sun.");
    let day = |word: &str| {
        DAYS.iter().position(|day| day.eq_ignore_ascii_case(word)).ok_or_else(|| unknown(word))
    };
    let mut days = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        let count = (last + 7 - first) % 7;
        (first..=first + count).for_each(|day| days |= 1 << (day % 7));
    }
    Ok(days)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != EVERY_DAY {
            let days = (0..7).filter(|day| self.days & 1 << day != 0).map(|day| DAYS[day]);
            write!(f, "{} ", days.collect::<Vec<_>>().join(","))?;
        }
        let (begins, ends) = (self.begins, self.ends);
        write!(f, "{:02}:{:02}-{:02}:{:02}", begins / 60, begins % 60, ends / 60, ends % 60)
    }
}

/// When a link may be used: in any of some windows, or always if it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Windows(Vec<Window>);

/// Whether a link may be used, and until when that is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Whether it may be used.
    pub is_open: bool,
    /// When that changes; never, if this is nothing.
    pub until: Option<Millis>,
}

impl Windows {
    /// These windows.
    pub const fn new(windows: Vec<Window>) -> Self {
        Self(windows)
    }

    /// The windows that stand in a table's column. What cannot be read is none.
    pub(crate) fn of_column(text: &str) -> Self {
        Self(text.split(';').filter_map(|window| window.parse().ok()).collect())
    }

    /// Each as people write it.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(Window::to_string).collect()
    }

    /// Whether a link with these may be used at a moment, and until when that is so.
    pub fn at(&self, now: Millis) -> Opening {
        if self.0.is_empty() {
            return Opening { is_open: true, until: None };
        }
        let minutes = now.div_euclid(MINUTE);
        let monday = FIRST_DAY * Millis::from(DAY);
        let minute = u32::try_from((minutes + monday).rem_euclid(Millis::from(WEEK))).unwrap_or(0);
        let is_open = self.is_open(minute);
        let turns = |after: &u32| self.is_open((minute + after) % WEEK) != is_open;
        let until = self.bounds(minute).into_iter().find(turns);
        let until = until.map(|after| (minutes + Millis::from(after)) * MINUTE);
        Opening { is_open, until }
    }

    fn is_open(&self, minute: u32) -> bool {
        self.0.iter().any(|window| window.is_open(minute))
    }

    /// How many minutes after one of the week windows begin and end, the next first.
    fn bounds(&self, minute: u32) -> Vec<u32> {
        let of = |window: &Window| {
            let length = window.length();
            window.beginnings().flat_map(move |begins| [begins, begins + length])
        };
        let after = |bound: u32| (bound % WEEK + WEEK - minute) % WEEK;
        let mut bounds: Vec<u32> = self.0.iter().flat_map(of).map(after).collect();
        bounds.sort_unstable();
        bounds
    }
}

impl fmt::Display for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts().join(";"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 7 January 2030, a Monday, at midnight.
    const MONDAY: Millis = 1_893_974_400_000;
    const HOUR: Millis = 60 * MINUTE;

    fn windows(texts: &[&str]) -> Windows {
        Windows::new(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    /// How it is so many hours after that Monday began: whether open, and for how many hours more.
    fn at(windows: &Windows, hours: Millis) -> (bool, Option<Millis>) {
        let now = MONDAY + hours * HOUR;
        let Opening { is_open, until } = windows.at(now);
        (is_open, until.map(|until| (until - now) / HOUR))
    }

    #[test]
    fn a_link_without_windows_is_always_open() {
        assert_eq!(at(&Windows::default(), 5), (true, None));
        assert_eq!(at(&windows(&["00:00-24:00"]), 5), (true, None));
        assert_eq!(at(&windows(&["00:00-12:00", "12:00-00:00"]), 5), (true, None));
    }

    #[test]
    fn a_window_may_pass_midnight() {
        let night = windows(&["22:00-04:00"]);
        assert_eq!(at(&night, 0), (true, Some(4)));
        assert_eq!(at(&night, 3), (true, Some(1)));
        assert_eq!(at(&night, 4), (false, Some(18)));
        assert_eq!(at(&night, 21), (false, Some(1)));
        assert_eq!(at(&night, 22), (true, Some(6)));
        // From Sunday to Monday, too.
        assert_eq!(at(&night, -1), (true, Some(5)));
    }

    #[test]
    fn the_day_of_a_window_is_that_on_which_it_begins() {
        let saturday = windows(&["sat 22:00-04:00"]);
        assert_eq!(at(&saturday, 0), (false, Some(5 * 24 + 22)));
        assert_eq!(at(&saturday, 6 * 24), (true, Some(4)));
        assert_eq!(at(&saturday, 6 * 24 + 4), (false, Some(7 * 24 - 6)));
        let week = windows(&["fri-mon 08:00-10:00"]);
        assert_eq!(at(&week, 9), (true, Some(1)));
        assert_eq!(at(&week, 24 + 9), (false, Some(3 * 24 - 1)));
    }

    #[test]
    fn windows_that_touch_or_overlap_are_open_through() {
        let touching = windows(&["08:00-10:00", "10:00-12:00", "11:00-14:00"]);
        assert_eq!(at(&touching, 9), (true, Some(5)));
        assert_eq!(at(&touching, 14), (false, Some(18)));
    }

    #[test]
    fn it_turns_in_the_first_millisecond_of_a_minute() {
        let night = windows(&["22:00-04:00"]);
        let closes = MONDAY + 4 * HOUR;
        assert_eq!(night.at(closes - 1), Opening { is_open: true, until: Some(closes) });
        assert!(!night.at(closes).is_open);
        assert!(night.at(0).is_open, "the first night of 1970");
        assert!(night.at(-1).is_open);
    }

    #[test]
    fn what_is_written_is_read_and_written_again() {
        for (text, written) in [
            ("22:00-04:00", "22:00-04:00"),
            ("  08:30-00:00 ", "08:30-24:00"),
            ("Mon-Fri 09:00-17:15", "mon,tue,wed,thu,fri 09:00-17:15"),
            ("sun,sat 00:00-24:00", "sat,sun 00:00-24:00"),
            ("sat-mon 01:00-02:00", "mon,sat,sun 01:00-02:00"),
            ("mon-sun 01:00-02:00", "01:00-02:00"),
        ] {
            let window: Window = text.parse().unwrap();
            assert_eq!(window.to_string(), written);
            assert_eq!(written.parse(), Ok(window));
        }
        let several = windows(&["sat,sun 01:00-02:00", "22:00-04:00"]);
        assert_eq!(Windows::of_column(&several.to_string()), several);
        assert_eq!(Windows::of_column(""), Windows::default());
    }

    #[test]
    fn what_is_no_window_is_refused_with_a_reason() {
        for text in [
            "",
            "22:00",
            "22-04",
            "24:00-04:00",
            "25:00-04:00",
            "22:60-04:00",
            "9:00-17:00",
            "-1:00-04:00",
            "+1:00-04:00",
            "mon tue 22:00-04:00",
            "22:00-04:00-05:00",
            "22:00 - 04:00",
        ] {
            let refused = text.parse::<Window>().unwrap_err();
            assert!(refused.contains("is no window"), "{text}: {refused}");
        }
        for text in ["someday 22:00-04:00", "mon- 22:00-04:00", ", 22:00-04:00"] {
            let refused = text.parse::<Window>().unwrap_err();
            assert!(refused.contains("is no day of the week"), "{text}: {refused}");
        }
        for text in ["22:00-22:00", "mon 00:00-00:00"] {
            let refused = text.parse::<Window>().unwrap_err();
            assert!(refused.contains("is empty"), "{text}: {refused}");
        }
    }
}
