//! `fieldpost search`.

use clap::Subcommand;
use serde_json::json;

use crate::local::{Local, Site};

#[derive(Subcommand)]
pub(crate) enum Search {
    /// Makes the search index anew. People go on searching the one that is there until it is ready.
    Rebuild {
        #[command(flatten)]
        site: Site,
    },
}

impl Search {
    pub(crate) fn run(self) -> Result<(), String> {
        match self {
            Self::Rebuild { site } => {
                Local::running(&site.data)?.post("/fieldpost/search/rebuild", &json!({}))?;
                println!("The search index is made anew");
                Ok(())
            }
        }
    }
}
