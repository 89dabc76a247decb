//! How a site is linked with others.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use fieldpost_link::Addresses;
use fieldpost_peer::Proxy;
use serde::{Deserialize, Serialize};

use super::Thin;

/// The most seconds between two looks whether a bundle is to be written: four weeks.
const LONGEST_BETWEEN: u64 = 28 * 24 * 3600;

/// How often a silent peer may be asked whether it is there, in seconds. A connection without a word
/// ends after 150, which leaves half a minute for a question that was lost.
const KEEP_ALIVE: RangeInclusive<u64> = 5..=120;

/// How the site is linked with other sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Link {
    /// The address at which other sites may call, such as `0.0.0.0:8066`; while it is empty, this
    /// one calls and is not called.
    pub listen: String,
    /// The address that others are told to call; the one it listens on, while it is empty.
    pub address: String,
    /// What becomes of a channel that another site shares.
    pub accept_shares: AcceptShares,
    /// The address at which bundles come one way, such as `0.0.0.0:8067`; nowhere, while it is empty.
    pub diode_listen: String,
    /// A folder from which bundles are taken in; none, while it is empty.
    pub bundles_in: PathBuf,
    /// A folder into which bundles for the linked sites are written; none, while it is empty.
    pub bundles_out: PathBuf,
    /// How many seconds pass from one look whether a bundle is to be written to the next.
    pub bundles_every: u64,
    /// After how many seconds without a word a peer that this site has called is asked whether it is
    /// there.
    pub keep_alive: u64,
    /// How many FLASH messages a person may send within an hour; none, while it is 0.
    pub flash_per_hour: u32,
    /// The proxy through which others are reached where only the web passes, as
    /// `http://[name:password@]host:port`, or `none`; what the environment says, while it is empty.
    pub proxy: String,
    /// Peers that are reached over thin datagrams, by their name here.
    pub thin: BTreeMap<String, Thin>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            listen: String::new(),
            address: String::new(),
            accept_shares: AcceptShares::default(),
            diode_listen: String::new(),
            bundles_in: PathBuf::new(),
            bundles_out: PathBuf::new(),
            bundles_every: 3600,
            keep_alive: 80,
            flash_per_hour: 10,
            proxy: String::new(),
            thin: BTreeMap::new(),
        }
    }
}

/// What becomes of a channel that another site shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptShares {
    /// It is taken.
    #[default]
    Auto,
    /// An administrator of this site is asked.
    Ask,
}

impl Link {
    pub(super) fn validate(&self) -> Result<(), String> {
        if !(1..=LONGEST_BETWEEN).contains(&self.bundles_every) {
            return Err(format!("link.bundles_every must be 1 to {LONGEST_BETWEEN} seconds"));
        }
        if !KEEP_ALIVE.contains(&self.keep_alive) {
            let (least, most) = (KEEP_ALIVE.start(), KEEP_ALIVE.end());
            return Err(format!("link.keep_alive must be {least} to {most} seconds"));
        }
        if !self.address.is_empty() && Addresses::parse(&self.address).is_none() {
            return Err(format!(
                "link.address: {:?} is no address such as host:8066 or https://host, or several \
                 with commas between them",
                self.address
            ));
        }
        Proxy::parse(&self.proxy).map_err(|error| format!("link.proxy: {error}"))?;
        self.thin.iter().try_for_each(|(name, thin)| thin.of_peer(name).map(drop))
    }
}
