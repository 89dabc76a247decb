//! What somebody tells a running link, in words.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::{FromStr, SplitWhitespace};
use std::time::Duration;

use fieldpost_air::Profile;
use fieldpost_air::profile::Loss;

use crate::emulator::Emulator;

/// What can be said, for people.
pub const WORDS: &str = "\
  cut               nothing passes, and what is on its way is lost
  restore           ends a cut
  profile NAME      another kind of link, as listed by `linkbed profiles`
  rate BITS         bits per second
  delay MS          one way
  jitter MS         on top of the delay, at random
  loss PERCENT      of all packets, at random
  outages off       no outages by itself, as some profiles have
  stats             figures so far, as one line of JSON";

/// A change of a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// Nothing passes.
    Cut,
    /// Ends a cut.
    Restore,
    /// Another profile.
    Profile(Profile),
    /// Bits per second.
    Rate(u64),
    /// One way.
    Delay(Duration),
    /// On top of the delay.
    Jitter(Duration),
    /// The share that is lost.
    Loss(f64),
    /// No outages by itself.
    Steady,
}

/// Makes an address outside lead to one inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// What the side is called.
    pub side: String,
    /// The port outside, on loopback.
    pub outside: u16,
    /// The address inside.
    pub inside: SocketAddr,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Changes the link.
    Change(Change),
    /// Asks for figures.
    Stats,
    /// Asks which process holds each namespace.
    Sides,
    /// Opens a way in, beside the link.
    Forward(Forward),
    /// Ends it.
    Down,
}

impl Change {
    /// Makes this change.
    pub fn apply<P>(self, link: &Emulator<P>) {
        match self {
            Self::Cut => link.cut(),
            Self::Restore => link.restore(),
            Self::Profile(profile) => link.adjust(|_| profile),
            Self::Rate(rate) => link.adjust(|profile| profile.with_rate(rate)),
            Self::Delay(delay) => link.adjust(|profile| Profile { delay, ..profile }),
            Self::Jitter(jitter) => link.adjust(|profile| Profile { jitter, ..profile }),
            Self::Loss(share) => {
                link.adjust(|profile| Profile { loss: Loss { share, ..profile.loss }, ..profile });
            }
            Self::Steady => link.adjust(Profile::steady),
        }
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let order = match words.next().unwrap_or_default() {
            "stats" => Self::Stats,
            "sides" => Self::Sides,
            "down" => Self::Down,
            "forward" => {
                let side = word(&mut words, "a side")?;
                Self::Forward(forward(side, &word(&mut words, "OUTSIDE:INSIDE")?)?)
            }
            verb => Self::Change(change(verb, &mut words)?),
        };
        match words.next() {
            None => Ok(order),
            Some(word) => Err(format!("`{word}` is one word too many")),
        }
    }
}

fn change(verb: &str, words: &mut SplitWhitespace<'_>) -> Result<Change, String> {
    Ok(match verb {
        "cut" => Change::Cut,
        "restore" => Change::Restore,
        "profile" => {
            let name = word(words, "a profile")?;
            Change::Profile(Profile::named(&name).ok_or(format!("no profile is called `{name}`"))?)
        }
        "rate" => match number(words, "bits per second")? {
            rate if rate >= 1.0 => Change::Rate(rate as u64),
            _ => return Err("a link of no bits is `cut`".to_owned()),
        },
        "delay" => Change::Delay(millis(words)?),
        "jitter" => Change::Jitter(millis(words)?),
        "loss" => Change::Loss((number(words, "percent")? / 100.0).min(1.0)),
        "outages" if word(words, "off")? == "off" => Change::Steady,
        _ => return Err(format!("nobody knows `{verb}`; there are:\n{WORDS}")),
    })
}

/// `18065:8065`, or `18065:10.77.0.1:8065`; without an address, the loopback inside.
fn forward(side: String, text: &str) -> Result<Forward, String> {
    let parsed = text.split_once(':').and_then(|(outside, inside)| {
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let inside = inside.parse().ok().or_else(|| inside.parse().ok().map(loopback))?;
        Some(Forward { side, outside: outside.parse().ok()?, inside })
    });
    parsed.ok_or(format!("`{text}` is not like 18065:8065 or 18065:10.77.0.1:8065"))
}

fn word(words: &mut SplitWhitespace<'_>, what: &str) -> Result<String, String> {
    words.next().map(str::to_owned).ok_or(format!("{what} is missing"))
}

fn number(words: &mut SplitWhitespace<'_>, what: &str) -> Result<f64, String> {
    let word = word(words, what)?;
    let number = word.parse().ok().filter(|number: &f64| (0.0..1e15).contains(number));
    number.ok_or(format!("`{word}` is no number of {what}"))
}

fn millis(words: &mut SplitWhitespace<'_>) -> Result<Duration, String> {
    number(words, "milliseconds").map(|millis| Duration::from_secs_f64(millis / 1_000.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_air::profile;

    #[test]
    fn words_are_understood() {
        let changes = [
            ("cut", Change::Cut),
            ("restore", Change::Restore),
            ("profile geo-64k", Change::Profile(profile::GEO_64K)),
            (" rate  9600 ", Change::Rate(9_600)),
            ("delay 300", Change::Delay(Duration::from_millis(300))),
            ("jitter 0.5", Change::Jitter(Duration::from_micros(500))),
            ("loss 2.5", Change::Loss(0.025)),
            ("outages off", Change::Steady),
        ];
        for (line, change) in changes {
            assert_eq!(line.parse(), Ok(Order::Change(change)), "{line}");
        }
        let forward = Forward {
            side: "right".to_owned(),
            outside: 18_065,
            inside: SocketAddr::from(([127, 0, 0, 1], 8_065)),
        };
        assert_eq!("forward right 18065:8065".parse(), Ok(Order::Forward(forward.clone())));
        assert_eq!("forward right 18065:127.0.0.1:8065".parse(), Ok(Order::Forward(forward)));
    }

    #[test]
    fn nonsense_is_refused() {
        let lines = [
            "",
            "sever",
            "cut twice",
            "rate",
            "rate 0",
            "rate fast",
            "loss -1",
            "delay nan",
            "profile moon",
            "forward left",
            "forward left 1",
            "outages on",
        ];
        for line in lines {
            assert!(line.parse::<Order>().is_err(), "{line}");
        }
    }
}
