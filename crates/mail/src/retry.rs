//! When a mail that could not be sent is tried again, and when no more.

use fieldpost_model::Millis;

/// How long after the first try the second comes.
const FIRST: Millis = 60_000;

/// The longest between two tries.
const LONGEST: Millis = 60 * 60 * 1000;

/// How long after it was to be sent a mail is still tried. What it says is old news by then, and
/// what it would grant is asked for again.
pub const GIVE_UP_AFTER: Millis = 24 * 60 * 60 * 1000;

/// How long to wait after a try, of which there were so many before: a minute, and twice as long
/// each time, up to an hour.
pub fn wait(before: i64) -> Millis {
    let doubled = u32::try_from(before.clamp(0, 16)).unwrap_or_default();
    (FIRST << doubled).min(LONGEST)
}

/// Whether a mail that waits since some time is not tried any more.
pub fn is_hopeless(queued_at: Millis, now: Millis) -> bool {
    now - queued_at >= GIVE_UP_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_the_last_up_to_an_hour() {
        let minutes: Vec<i64> = (0..9).map(|before| wait(before) / 60_000).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(wait(i64::MAX), LONGEST);
        assert_eq!(wait(-1), FIRST);
    }

    #[test]
    fn after_a_day_there_is_no_hope() {
        assert!(!is_hopeless(1000, 1000));
        assert!(!is_hopeless(1000, 999 + GIVE_UP_AFTER));
        assert!(is_hopeless(1000, 1000 + GIVE_UP_AFTER));
    }

    #[test]
    fn a_server_that_is_away_is_asked_for_a_day() {
        let (mut at, mut tries) = (0, 0);
        while !is_hopeless(0, at) {
            at += wait(tries);
            tries += 1;
        }
        assert_eq!(tries, 29);
    }
}
