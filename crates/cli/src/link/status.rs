//! `fieldpost link status`.

use fieldpost_kernel::{Clock, SystemClock};
use serde_json::Value;

use super::{ago, budget, bundle, files, list, measured, offers, size, span, word};
use crate::local::{Local, Site};

/// Prints how the links are.
pub(super) fn show(site: &Site, json: bool) -> Result<(), String> {
    let status = Local::running(&site.data)?.get("/fieldpost/link")?;
    if json {
        println!("{status}");
    } else {
        print!("{}", table(&status, SystemClock.now()));
    }
    Ok(())
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
        said.push_str(&line(peer, now));
        said.push_str(&shared(peer, now));
    }
    said
}

/// What is seen of the line to a site.
fn line(peer: &Value, now: i64) -> String {
    let number = |name: &str| peer[name].as_i64().unwrap_or_default();
    let backlog = |name: &str| peer["backlog"][name].as_i64().unwrap_or_default();
    let mut said = format!(
        "\n{}: {}, last contact {}\n  waiting: {} changes, {}; sent {}, received {}\n",
        word(peer, "site"),
        word(peer, "state"),
        ago(now, number("last_contact")),
        backlog("changes"),
        size(backlog("bytes")),
        size(number("sent_bytes")),
        size(number("received_bytes")),
    );
    if let Some(waiting) = measured::waiting(peer) {
        said.push_str(&format!("  {waiting}\n"));
    }
    if let Some(rates) = measured::rates(peer) {
        said.push_str(&format!("  {rates}\n"));
    }
    if let (Some("thin"), Some(rate)) = (peer["carriage"].as_str(), peer["rate"].as_u64()) {
        said.push_str(&format!("  over thin datagrams, at {rate} bit/s\n"));
    }
    if peer["carriage"] == "web" {
        said.push_str("  through the web\n");
    }
    if let Some(opening) = budget::opening(peer, now) {
        said.push_str(&format!("  {opening}\n"));
    }
    if let Some(today) = budget::today(peer) {
        said.push_str(&format!("  {today}\n"));
    }
    if let Some(waiting) = files::waiting(peer) {
        said.push_str(&format!("  {waiting}\n"));
    }
    let why = word(peer, "why_down");
    if !why.is_empty() {
        said.push_str(&format!("  down because {why}\n"));
    }
    let ahead = number("clock_ahead");
    if ahead > 0 {
        said.push_str(&format!("  its clock is {} ahead of this site's\n", span(ahead)));
    }
    said
}

/// What is shared with a site, and what came of it by hand.
fn shared(peer: &Value, now: i64) -> String {
    let mut said = String::new();
    if peer["share_all"] == true {
        said.push_str("  every channel is shared\n");
    }
    if let Some(direct) = direct(peer) {
        said.push_str(&format!("  direct messages {direct}\n"));
    }
    for beyond in list(peer, "beyond") {
        said.push_str(&format!("  passes on {}\n", behind(beyond)));
    }
    for channel in list(peer, "shared") {
        let (own, other) = (word(channel, "hash"), word(channel, "peer_hash"));
        let state = if channel["mutual"] == false {
            "waits for the other side to share it too"
        } else if other.is_empty() {
            "not heard of yet"
        } else if own == other {
            "the same at both"
        } else {
            "differs for now"
        };
        let reads = match (&channel["reads"], &channel["peer_reads"]) {
            (Value::Bool(true), _) => ", read only here",
            (_, Value::Bool(true)) => ", read only there",
            _ => "",
        };
        said.push_str(&format!("  {:30} {state}{reads}\n", word(channel, "channel")));
    }
    for carried in list(peer, "bundles") {
        said.push_str(&bundle::line(carried, now));
    }
    for offer in list(peer, "offers") {
        said.push_str(&format!(
            "  {:30} offered, {}\n",
            word(offer, "channel"),
            offers::of_team(offer)
        ));
    }
    said
}

/// A site behind a linked one, and whether it is had that way.
fn behind(beyond: &Value) -> String {
    let used = if beyond["used"] == true { "" } else { ", which is heard itself" };
    format!("{}{used}", word(beyond, "site"))
}

/// How it is with direct messages, if one side allows them.
fn direct(peer: &Value) -> Option<&'static str> {
    match (peer["direct"]["here"] == true, peer["direct"]["there"] == true) {
        (true, true) => Some("are allowed"),
        (true, false) => Some("wait for the other side to allow them too"),
        (false, true) => Some("are allowed by the other side and not here"),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
    fn it_is_shown_until_when_a_link_is_open_or_closed() {
        let shown = |window: Value| {
            let peer = json!({ "site": "edge", "state": "closed", "window": window });
            table(&json!({ "site": "hq", "listening": "", "peers": [peer] }), 0)
        };
        let closed = shown(json!({ "open": false, "next": 79_200_000 }));
        assert!(closed.ends_with("  closed until 22:00 UTC\n"), "{closed}");
        assert!(!shown(json!({ "open": true, "next": 0 })).contains("until"));
    }

    #[test]
    fn it_is_shown_which_side_allows_direct_messages() {
        let shown = |here: bool, there: bool| {
            let direct = json!({ "here": here, "there": there, "conversations": 2 });
            let peer = json!({ "site": "edge", "state": "connected", "direct": direct });
            table(&json!({ "site": "hq", "listening": "", "peers": [peer] }), 61_000)
        };
        assert!(shown(true, true).ends_with("direct messages are allowed\n"));
        assert!(shown(true, false).contains("wait for the other side"));
        assert!(shown(false, true).contains("by the other side and not here"));
        assert!(!shown(false, false).contains("direct"));
    }

    #[test]
    fn it_is_shown_what_a_site_passes_on_and_what_of_it_is_used() {
        let peer = json!({ "site": "hq", "state": "connected", "beyond": [
            { "site": "buoy", "used": false }, { "site": "tug", "used": true },
        ]});
        let shown = table(&json!({ "site": "ship", "listening": "", "peers": [peer] }), 0);
        for line in ["passes on buoy, which is heard itself", "passes on tug"] {
            assert!(shown.lines().any(|l| l.trim_start() == line), "{shown}");
        }
    }

    #[test]
    fn offers_are_shown_with_what_is_known_of_them() {
        let edge = json!({ "site": "edge", "state": "connected", "offers": [
            { "channel": "alpha:ops", "team": "alpha", "offered_at": 1000 },
            { "channel": "abc", "team": "", "offered_at": 61_000 },
        ]});
        assert_eq!(
            offers::offered(&[&edge], 61_000),
            "edge         alpha:ops                      in alpha, offered 60 s ago\n\
             edge         abc                            in a team that is not here yet, \
             offered now\n"
        );
        assert_eq!(
            offers::offered(&[&json!({ "site": "edge", "offers": [] })], 0),
            "No offers wait.\n"
        );
        let shown = table(&json!({ "site": "hq", "listening": "", "peers": [edge] }), 61_000);
        assert!(shown.lines().any(|l| l.contains("alpha:ops") && l.ends_with("offered, in alpha")));
    }

    #[test]
    fn links_are_shown_with_what_is_shared() {
        let peer = json!({
            "site": "edge", "state": "down", "backlog": { "changes": 7, "bytes": 12_000, "by": {
                "flash": { "changes": 2, "bytes": 90 }, "routine": { "changes": 5, "bytes": 11_910 },
            }},
            "clears_in": 90_000, "rate_out": null, "rate_in": null, "loss": 0.012,
            "last_contact": 1000, "sent_bytes": 5, "received_bytes": 6, "share_all": false,
            "shared": [
                { "channel": "alpha:ops", "hash": "aa", "peer_hash": "aa" },
                { "channel": "alpha:off", "hash": "aa", "peer_hash": "bb" },
                {
                    "channel": "alpha:orders", "hash": "aa", "peer_hash": "aa", "reads": false,
                    "peer_reads": true,
                },
            ],
        });
        let shown = table(&json!({ "site": "hq", "listening": "", "peers": [peer] }), 61_000);
        assert!(shown.starts_with("hq, calls and is not called\n"), "{shown}");
        assert!(shown.contains("edge: down, last contact 60 s ago"), "{shown}");
        assert!(shown.contains("waiting: 7 changes, 12 kB; sent 5 B, received 6 B"), "{shown}");
        let waits = "  of these 2 FLASH, 5 routine; would take about 90 s\n";
        assert!(shown.contains(&format!("{waits}  1.2 % of packets lost\n")), "{shown}");
        assert!(shown.lines().any(|l| l.contains("alpha:ops") && l.ends_with("the same at both")));
        assert!(shown.lines().any(|l| l.contains("alpha:off") && l.ends_with("differs for now")));
        assert!(shown.ends_with("the same at both, read only there\n"), "{shown}");
    }
}
