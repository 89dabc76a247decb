//! What the link's own commands say and do.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::program::Program;

/// What a site is called when it is shared with.
pub const HQ: &str = "hq";
/// What a site is called when it is shared with.
pub const EDGE: &str = "edge";

/// What `fieldpost link status --json` says.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Status {
    /// The sites that this one is linked with.
    pub peers: Vec<Peer>,
}

/// A link as one side sees it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Peer {
    /// The other site.
    pub site: String,
    /// `connected`, `down`, `paused`, `silent` or `closed`.
    pub state: String,
    /// What waits to be sent.
    pub backlog: Backlog,
    /// When the other was heard last, in milliseconds since 1970.
    pub last_contact: i64,
    /// What is shared.
    pub shared: Vec<Shared>,
}

/// What waits to be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Backlog {
    /// How many changes.
    pub changes: u64,
    /// How large they are.
    pub bytes: u64,
}

/// A shared channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Shared {
    /// Its name, `team:name`.
    pub channel: String,
    /// The same at two sites if and only if the channel is.
    pub hash: String,
}

impl Status {
    /// Asks a running site.
    pub fn ask(program: &Program, data: &Path) -> Result<Self, String> {
        let said = program.run(data, &["link", "status", "--json"])?;
        serde_json::from_str(&said).map_err(|error| format!("link status: {error}"))
    }

    /// The only link of a site in this demo.
    pub fn peer(&self) -> Option<&Peer> {
        self.peers.first()
    }
}

/// Two running sites, of which Edge calls HQ.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The binary.
    pub program: Program,
    /// Where HQ's files are.
    pub hq: PathBuf,
    /// Where Edge's files are.
    pub edge: PathBuf,
    /// Where Edge calls HQ: the door of the bad link.
    pub door: String,
}

impl Pair {
    /// Links the two and shares every channel of HQ. What has been done already is not done again.
    pub fn link(&self) -> Result<(), String> {
        if Status::ask(&self.program, &self.edge)?.peer().is_none() {
            let code = self.program.run(&self.hq, &["link", "invite", "--address", &self.door])?;
            self.program.run(&self.edge, &["link", "accept", &code])?;
        }
        let share = ["link", "share", "--all", "--with", EDGE];
        self.program.run(&self.hq, &share).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_and_what_else_it_says_is_passed_over() {
        let status: Status = serde_json::from_str(
            r#"{"site": "hq", "listening": "127.0.0.1:8073", "peers": [{
                "site": "edge", "state": "connected", "backlog": {"changes": 3, "bytes": 70},
                "last_contact": 12, "sent_bytes": 5, "received_bytes": 6, "share_all": true,
                "shared": [{"channel": "taskforce:ops", "hash": "ab", "peer_hash": "cd"}]
            }]}"#,
        )
        .unwrap();
        let peer = status.peer().unwrap();
        assert_eq!((peer.site.as_str(), peer.state.as_str()), ("edge", "connected"));
        assert_eq!(peer.backlog, Backlog { changes: 3, bytes: 70 });
        assert_eq!(peer.shared[0].hash, "ab");
        let alone: Status = serde_json::from_str(r#"{"site": "hq"}"#).unwrap();
        assert_eq!(alone.peer(), None);
    }
}
