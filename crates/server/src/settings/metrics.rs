//! Where a site says what it measures of itself.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Where Prometheus collects what the site measures of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// The address at which they are told to whoever asks, such as `127.0.0.1:8068`; nowhere, while
    /// it is empty.
    pub listen: String,
}

impl Metrics {
    /// The address; none if it is empty.
    ///
    /// # Errors
    /// In words, if it is no address with a port.
    pub fn address(&self) -> Result<Option<SocketAddr>, String> {
        if self.listen.is_empty() {
            return Ok(None);
        }
        let address = self.listen.parse();
        address.map(Some).map_err(|error| format!("metrics.listen = {:?}: {error}", self.listen))
    }
}
