//! `fieldpost link`.

use clap::{Args, Subcommand};
use fieldpost_kernel::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::local::{Local, Site, encoded, text};

/// A linked site.
#[derive(Args)]
pub(crate) struct Peer {
    /// The other site, by its name or its id.
    #[arg(long = "with", value_name = "SITE")]
    with: String,
    #[command(flatten)]
    site: Site,
}

/// What is shared.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct What {
    /// The channel, by the names in its address or by its id.
    #[arg(value_name = "TEAM:CHANNEL")]
    channel: Option<String>,
    /// Every channel, and those that are made later.
    #[arg(long)]
    all: bool,
}

/// What is offered.
#[derive(Args)]
pub(crate) struct Offer {
    /// The channel, as `fieldpost link offers` lists it: by its names once they are known, before
    /// that by its id.
    #[arg(value_name = "CHANNEL")]
    channel: String,
}

#[derive(Subcommand)]
pub(crate) enum Link {
    /// Prints a code with which another site can be linked with this one.
    Invite {
        /// Where the other site reaches this one; what the settings say without it.
        #[arg(long, value_name = "HOST:PORT")]
        address: Option<String>,
        #[command(flatten)]
        site: Site,
    },
    /// Links this site with the one whose code this is.
    Accept {
        /// The code that `fieldpost link invite` printed there.
        code: String,
        #[command(flatten)]
        site: Site,
    },
    /// Shares a channel with a linked site.
    Share {
        #[command(flatten)]
        what: What,
        #[command(flatten)]
        peer: Peer,
    },
    /// Shares a channel no longer.
    Unshare {
        #[command(flatten)]
        what: What,
        #[command(flatten)]
        peer: Peer,
    },
    /// Lists the channels that linked sites offer, and that nobody here has accepted or declined.
    Offers {
        /// Of one site alone, by its name or its id.
        #[arg(long = "with", value_name = "SITE")]
        with: Option<String>,
        #[command(flatten)]
        site: Site,
    },
    /// Shares a channel that a linked site offers: it comes over the link.
    AcceptShare {
        #[command(flatten)]
        offer: Offer,
        #[command(flatten)]
        peer: Peer,
    },
    /// Declines a channel that a linked site offers. `fieldpost link share` still shares it.
    DeclineShare {
        #[command(flatten)]
        offer: Offer,
        #[command(flatten)]
        peer: Peer,
    },
    /// Keeps the link and sends nothing, until it is resumed.
    Pause(Peer),
    /// Goes on after a pause or a silence.
    Resume(Peer),
    /// Hangs up, calls no more and turns calls away, until it is resumed. A site that listens still
    /// answers a call with a refusal.
    Silence(Peer),
    /// Ends the link with a site. It may be linked again under the key that it has.
    Remove(Peer),
    /// Forgets the key of a site that is not linked any more, so that it may be linked again under
    /// another: when it was set up anew with the id that it had.
    Forget(Peer),
    /// Shows the links: what is shared, what waits, when there was contact.
    Status {
        /// Prints JSON, one object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        site: Site,
    },
}

impl Link {
    pub(crate) fn run(self) -> Result<(), String> {
        match self {
            Self::Invite { address, site } => invite(&site, address),
            Self::Accept { code, site } => accept(&site, &code),
            Self::Share { what, peer } => {
                peer.ask("share", &what.body())?;
                println!("{} shared with {}", what.is_now(), peer.with);
                Ok(())
            }
            Self::Unshare { what, peer } => {
                peer.ask("unshare", &what.body())?;
                println!("{} no longer shared with {}", what.is_now(), peer.with);
                Ok(())
            }
            Self::Offers { with, site } => offers(&site, with.as_deref()),
            Self::AcceptShare { offer, peer } => {
                peer.ask(&offer.path("accept"), &json!({}))?;
                println!("{} is shared with {}", offer.channel, peer.with);
                Ok(())
            }
            Self::DeclineShare { offer, peer } => {
                peer.ask(&offer.path("decline"), &json!({}))?;
                println!("Declined {} of {}", offer.channel, peer.with);
                Ok(())
            }
            Self::Pause(peer) => peer.tell("pause", "Paused the link with"),
            Self::Resume(peer) => peer.tell("resume", "Resumed the link with"),
            Self::Silence(peer) => peer.tell("silence", "Silenced the link with"),
            Self::Forget(peer) => peer.tell("forget", "Forgot the key of"),
            Self::Remove(peer) => {
                Local::running(&peer.site.data)?.delete(&peer.path(""))?;
                println!("Removed the link with {}", peer.with);
                Ok(())
            }
            Self::Status { json, site } => status(&site, json),
        }
    }
}

impl What {
    fn body(&self) -> Value {
        match &self.channel {
            Some(channel) => json!({ "channel": channel }),
            None => json!({ "all": self.all }),
        }
    }

    fn is_now(&self) -> String {
        match &self.channel {
            Some(channel) => format!("{channel} is"),
            None => "All channels are".to_owned(),
        }
    }
}

impl Offer {
    fn path(&self, what: &str) -> String {
        format!("offers/{}/{what}", encoded(&self.channel))
    }
}

impl Peer {
    fn path(&self, rest: &str) -> String {
        format!("/fieldpost/link/{}{rest}", encoded(&self.with))
    }

    fn ask(&self, what: &str, body: &Value) -> Result<Value, String> {
        Local::running(&self.site.data)?.post(&self.path(&format!("/{what}")), body)
    }

    fn tell(&self, what: &str, done: &str) -> Result<(), String> {
        self.ask(what, &json!({}))?;
        println!("{done} {}", self.with);
        Ok(())
    }
}

fn invite(site: &Site, address: Option<String>) -> Result<(), String> {
    let body = address.map_or_else(|| json!({}), |address| json!({ "address": address }));
    let made = Local::running(&site.data)?.post("/fieldpost/link/invite", &body)?;
    println!("{}", text(&made, "code")?);
    Ok(())
}

fn accept(site: &Site, code: &str) -> Result<(), String> {
    let code = json!({ "code": code });
    let linked = Local::running(&site.data)?.post("/fieldpost/link/accept", &code)?;
    println!("Linked with {}", text(&linked, "site")?);
    Ok(())
}

fn status(site: &Site, json: bool) -> Result<(), String> {
    let status = Local::running(&site.data)?.get("/fieldpost/link")?;
    if json {
        println!("{status}");
    } else {
        print!("{}", table(&status, SystemClock.now()));
    }
    Ok(())
}

fn offers(site: &Site, with: Option<&str>) -> Result<(), String> {
    let status = Local::running(&site.data)?.get("/fieldpost/link")?;
    let peers = list(&status, "peers").iter();
    let meant: Vec<&Value> = peers
        .filter(|peer| with.is_none_or(|with| peer["site"] == with || peer["id"] == with))
        .collect();
    match with {
        Some(with) if meant.is_empty() => Err(format!("this site is not linked with {with:?}")),
        _ => {
            print!("{}", offered(&meant, SystemClock.now()));
            Ok(())
        }
    }
}

/// What peers offer as people read it: where, which channel, and what is known of it.
fn offered(peers: &[&Value], now: i64) -> String {
    let mut said = String::new();
    for peer in peers {
        for offer in list(peer, "offers") {
            said.push_str(&format!(
                "{:12} {:30} {}, offered {}\n",
                word(peer, "site"),
                word(offer, "channel"),
                of_team(offer),
                ago(now, offer["offered_at"].as_i64().unwrap_or_default()),
            ));
        }
    }
    if said.is_empty() {
        said.push_str("No offers wait.\n");
    }
    said
}

/// The team of an offer, as far as it is known here.
fn of_team(offer: &Value) -> String {
    match word(offer, "team") {
        team if team.is_empty() => "in a team that is not here yet".to_owned(),
        team => format!("in {team}"),
    }
}

fn word(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The links as people read them.
fn table(status: &Value, now: i64) -> String {
    let mut said = word(status, "site");
    match status["listening"].as_str().filter(|address| !address.is_empty()) {
        Some(address) => said.push_str(&format!(", called at {address}\n")),
        None => said.push_str(", calls and is not called\n"),
    }
    let peers = list(status, "peers");
    if peers.is_empty() {
        said.push_str("There are no links.\n");
    }
    for peer in peers {
        let number = |name: &str| peer[name].as_i64().unwrap_or_default();
        let backlog = |name: &str| peer["backlog"][name].as_i64().unwrap_or_default();
        said.push_str(&format!(
            "\n{}: {}, last contact {}\n  waiting: {} changes, {}; sent {}, received {}\n",
            word(peer, "site"),
            word(peer, "state"),
            ago(now, number("last_contact")),
            backlog("changes"),
            size(backlog("bytes")),
            size(number("sent_bytes")),
            size(number("received_bytes")),
        ));
        let ahead = number("clock_ahead");
        if ahead > 0 {
            said.push_str(&format!("  its clock is {} ahead of this site's\n", span(ahead)));
        }
        if peer["share_all"] == true {
            said.push_str("  every channel is shared\n");
        }
        for channel in list(peer, "shared") {
            let (own, other) = (word(channel, "hash"), word(channel, "peer_hash"));
            let state = if other.is_empty() {
                "not heard of yet"
            } else if own == other {
                "the same at both"
            } else {
                "differs for now"
            };
            said.push_str(&format!("  {:30} {state}\n", word(channel, "channel")));
        }
        for offer in list(peer, "offers") {
            said.push_str(&format!(
                "  {:30} offered, {}\n",
                word(offer, "channel"),
                of_team(offer)
            ));
        }
    }
    said
}

/// How long ago something was, in one unit.
fn ago(now: i64, at: i64) -> String {
    if at <= 0 {
        return "never".to_owned();
    }
    match (now - at).max(0) {
        0..1000 => "now".to_owned(),
        passed => format!("{} ago", span(passed)),
    }
}

/// A time in milliseconds, in one unit.
fn span(millis: i64) -> String {
    let seconds = millis / 1000;
    match seconds {
        ..120 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A number of bytes, in one unit.
fn size(bytes: i64) -> String {
    let bytes = bytes.max(0);
    match bytes {
        0..=9_999 => format!("{bytes} B"),
        10_000..=9_999_999 => format!("{} kB", bytes / 1000),
        10_000_000..=9_999_999_999 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_said_in_one_unit() {
        let now = 1_000_000_000;
        assert_eq!(ago(now, 0), "never");
        assert_eq!(ago(now, now + 5000), "now");
        assert_eq!(ago(now, now - 90_000), "90 s ago");
        assert_eq!(ago(now, now - 7_000_000), "116 min ago");
        assert_eq!(ago(now, now - 3 * 86_400_000), "3 days ago");
        assert_eq!((size(9999), size(10_000)), ("9999 B".to_owned(), "10 kB".to_owned()));
    }

    #[test]
    fn a_clock_that_is_wrong_is_shown() {
        let shown = |ahead: i64| {
            let peer = json!({ "site": "edge", "state": "connected", "clock_ahead": ahead });
            table(&json!({ "site": "hq", "listening": "", "peers": [peer] }), 61_000)
        };
        assert!(shown(3 * 86_400_000).contains("its clock is 3 days ahead of this site's"));
        assert!(!shown(0).contains("clock"));
    }

    #[test]
    fn offers_are_shown_with_what_is_known_of_them() {
        let edge = json!({ "site": "edge", "state": "connected", "offers": [
            { "channel": "alpha:ops", "team": "alpha", "offered_at": 1000 },
            { "channel": "abc", "team": "", "offered_at": 61_000 },
        ]});
        assert_eq!(
            offered(&[&edge], 61_000),
            "edge         alpha:ops                      in alpha, offered 60 s ago\n\
             edge         abc                            in a team that is not here yet, \
             offered now\n"
        );
        assert_eq!(offered(&[&json!({ "site": "edge", "offers": [] })], 0), "No offers wait.\n");
        let shown = table(&json!({ "site": "hq", "listening": "", "peers": [edge] }), 61_000);
        assert!(shown.lines().any(|l| l.contains("alpha:ops") && l.ends_with("offered, in alpha")));
    }

    #[test]
    fn links_are_shown_with_what_is_shared() {
        let peer = json!({
            "site": "edge", "state": "down", "backlog": { "changes": 7, "bytes": 12_000 },
            "last_contact": 1000, "sent_bytes": 5, "received_bytes": 6, "share_all": false,
            "shared": [
                { "channel": "alpha:ops", "hash": "aa", "peer_hash": "aa" },
                { "channel": "alpha:off", "hash": "aa", "peer_hash": "bb" },
            ],
        });
        let shown = table(&json!({ "site": "hq", "listening": "", "peers": [peer] }), 61_000);
        assert!(shown.starts_with("hq, calls and is not called\n"), "{shown}");
        assert!(shown.contains("edge: down, last contact 60 s ago"), "{shown}");
        assert!(shown.contains("waiting: 7 changes, 12 kB; sent 5 B, received 6 B"), "{shown}");
        assert!(shown.lines().any(|l| l.contains("alpha:ops") && l.ends_with("the same at both")));
        assert!(shown.lines().any(|l| l.contains("alpha:off") && l.ends_with("differs for now")));
    }
}
