//! `fieldpost link budget`.

use clap::Args;
use fieldpost_kernel::{Clock, SystemClock};
use serde_json::{Map, Value, json};

use super::limit::{Limit, limit};
use super::{Peer, list, size, word};

/// What a link may use.
#[derive(Args)]
pub(crate) struct Budget {
    /// A time of the day in UTC at which the link may be used, which may pass midnight: `22:00-04:00`,
    /// or with days, on which it begins, `sat,sun 08:00-12:00`. May be given several times. Outside of
    /// them this site neither calls the other nor answers it.
    #[arg(long = "window", value_name = "[DAYS ]HH:MM-HH:MM")]
    windows: Vec<String>,
    /// The link may be used at any time.
    #[arg(long, conflicts_with = "windows")]
    no_window: bool,
    /// How many bits a second this site sends to the other at most, with all headers, or `none`.
    #[arg(long, value_name = "BITS|none", value_parser = limit)]
    rate: Option<Limit>,
    /// How many bytes this site sends to the other at most in a day of UTC, with all headers, or
    /// `none`. When they are used up, urgent messages still go, and the rest waits for midnight.
    #[arg(long, value_name = "BYTES|none", value_parser = limit)]
    bytes_per_day: Option<Limit>,
    #[command(flatten)]
    peer: Peer,
}

impl Budget {
    /// Sets what was said, and prints what is set.
    pub(super) fn run(&self) -> Result<(), String> {
        let asked = self.asked();
        if !asked.is_empty() {
            self.peer.ask("budget", &Value::Object(asked))?;
        }
        print!("{}", table(&self.peer.status()?, SystemClock.now()));
        Ok(())
    }

    fn asked(&self) -> Map<String, Value> {
        let mut asked = Map::new();
        if self.no_window || !self.windows.is_empty() {
            asked.insert("windows".to_owned(), json!(self.windows));
        }
        if let Some(Limit(rate)) = self.rate {
            asked.insert("rate".to_owned(), json!(rate));
        }
        if let Some(Limit(bytes)) = self.bytes_per_day {
            asked.insert("bytes_per_day".to_owned(), json!(bytes));
        }
        asked
    }
}

/// What a link may use, as people read it.
fn table(peer: &Value, now: i64) -> String {
    let windows = list(&peer["budget"], "windows");
    let mut said = match opening(peer, now) {
        Some(opening) => format!("{}: {opening}\n", word(peer, "site")),
        None => format!("{}: open at any time\n", word(peer, "site")),
    };
    for window in windows.iter().filter_map(Value::as_str) {
        said.push_str(&format!("  window {window}\n"));
    }
    if let Some(rate) = peer["budget"]["rate"].as_u64() {
        said.push_str(&format!("  rate {rate} bit/s\n"));
    }
    if let Some(today) = today(peer) {
        said.push_str(&format!("  {today}\n"));
    }
    said
}

/// Whether a link may be used and until when that is so, if that ever changes.
pub(super) fn opening(peer: &Value, now: i64) -> Option<String> {
    let next = peer["window"]["next"].as_i64().filter(|next| *next > 0)?;
    let is_open = if peer["window"]["open"] == true { "open" } else { "closed" };
    Some(format!("{is_open} until {}", moment(next, now)))
}

/// How much of the bytes of a day was sent, if a link has such a limit.
pub(super) fn today(peer: &Value) -> Option<String> {
    let allowed = peer["budget"]["bytes_per_day"].as_i64()?;
    let used = peer["budget"]["used_today"].as_i64().unwrap_or_default();
    let goes_on = match used < allowed {
        true => "",
        false => ", what is not urgent waits until 00:00 UTC",
    };
    Some(format!("sent {} of {} today{goes_on}", size(used), size(allowed)))
}

const DAY: i64 = 24 * 60;

/// A minute of the week that comes, in UTC, with its day unless it comes within 24 hours.
fn moment(at: i64, now: i64) -> String {
    let minutes = at.div_euclid(60_000);
    let (days, minute) = (minutes.div_euclid(DAY), minutes.rem_euclid(DAY));
    let time = format!("{:02}:{:02} UTC", minute / 60, minute % 60);
    if at - now <= DAY * 60_000 {
        return time;
    }
    // The first day of 1970 was a Thursday.
    let day = match days.rem_euclid(7) {
        0 => "Thu",
        1 => "Fri",
        2 => "Sat",
        3 => "Sun",
        4 => "Mon",
        5 => "Tue",
        _ => "Wed",
    };
    format!("{day} {time}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 7 January 2030, a Monday, at midnight.
    const MONDAY: i64 = 1_893_974_400_000;
    const HOUR: i64 = 3_600_000;

    #[test]
    fn it_is_shown_when_a_link_may_be_used() {
        let shown = |open: bool, next: i64, windows: &[&str]| {
            let window = json!({ "open": open, "next": next });
            let budget = json!({ "windows": windows });
            table(&json!({ "site": "edge", "window": window, "budget": budget }), MONDAY)
        };
        assert_eq!(shown(true, 0, &[]), "edge: open at any time\n");
        assert_eq!(
            shown(false, MONDAY + 22 * HOUR, &["22:00-04:00", "sat 08:00-12:00"]),
            "edge: closed until 22:00 UTC\n  window 22:00-04:00\n  window sat 08:00-12:00\n"
        );
        assert_eq!(
            shown(true, MONDAY + 5 * 24 * HOUR + HOUR / 2, &["mon-fri 00:00-24:00"]),
            "edge: open until Sat 00:30 UTC\n  window mon-fri 00:00-24:00\n"
        );
        let limited = json!({ "site": "edge", "budget": { "windows": [], "rate": 32_000 } });
        assert_eq!(table(&limited, 0), "edge: open at any time\n  rate 32000 bit/s\n");
        let of = |used: i64| {
            let budget = json!({ "bytes_per_day": 50_000_000, "used_today": used });
            today(&json!({ "budget": budget })).unwrap()
        };
        assert_eq!(of(1_000_000), "sent 1000 kB of 50 MB today");
        assert!(of(50_000_000).ends_with(", what is not urgent waits until 00:00 UTC"));
    }
}
