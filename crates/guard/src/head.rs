//! What stands at the beginning of each document of an export: of what it is.

use fieldpost_model::Id;

use crate::mark::Mark;
use crate::node::Fields;

/// The version of the format.
const VERSION: i64 = 1;

/// Between which sites an export is, the how-manieth, and where it begins.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    /// The site that writes it, with its name.
    pub(crate) site: (Id, String),
    /// The site over whose link it is shared, with its name here.
    pub(crate) peer: (Id, String),
    /// Its number among those that go on from each other: 1 is the first.
    pub(crate) export: i64,
    /// The mark from which it goes on.
    pub(crate) from: Mark,
}

impl Head {
    /// The fields with which a document or a manifest begins.
    pub(crate) fn fields(&self, format: &'static str) -> Fields {
        Fields::default()
            .with("format", format)
            .with("version", VERSION)
            .with("site_id", self.site.0.to_string())
            .with("site", self.site.1.as_str())
            .with("peer_id", self.peer.0.to_string())
            .with("peer", self.peer.1.as_str())
            .with("export", self.export)
            .with("from", self.from.text())
    }

    /// How the names of all files of the export begin.
    pub(crate) fn stem(&self) -> String {
        format!("{}-{:06}", self.peer.1, self.export)
    }
}
