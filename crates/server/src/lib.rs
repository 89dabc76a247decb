//! Reads the configuration, wires a site together, starts and stops it.

pub mod backup;
mod door;
mod site;

pub use site::{Config, Running, features, open_store, start};
