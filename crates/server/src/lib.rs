//! Reads the configuration, wires a site together, starts and stops it.

pub mod backup;
mod door;
pub mod settings;
mod site;
mod tls;

pub use site::{Config, Running, features, open_blobs, open_store, start};
