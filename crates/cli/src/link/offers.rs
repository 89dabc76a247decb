//! `fieldpost link offers`.

use fieldpost_kernel::{Clock, SystemClock};
use serde_json::Value;

use super::{ago, list, word};
use crate::local::{Local, Site};

/// Prints what linked sites offer, or one of them.
pub(super) fn show(site: &Site, with: Option<&str>) -> Result<(), String> {
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
pub(super) fn offered(peers: &[&Value], now: i64) -> String {
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
pub(super) fn of_team(offer: &Value) -> String {
    match word(offer, "team") {
        team if team.is_empty() => "in a team that is not here yet".to_owned(),
        team => format!("in {team}"),
    }
}
