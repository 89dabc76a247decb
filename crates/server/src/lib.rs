//! Reads the configuration, wires a site together, starts and stops it.

pub mod backup;
mod door;
mod doorway;
mod due;
pub mod explain;
mod hooks;
mod import;
mod indexer;
mod linker;
pub mod local;
mod mailer;
mod metrics;
mod previews;
mod reader;
mod serve;
pub mod settings;
mod site;
mod tls;

pub use due::Due;
pub use fieldpost_mail as mail;
pub use indexer::Search;
pub use mailer::Mailer;
pub use site::{Config, Running, features, open_blobs, open_store, start};
