//! The binary as an operator meets it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

mod commands;
mod crowd;
mod export;
mod full;
mod import;
mod kill;
mod kill_files;
mod link;
mod link_cut;
mod local;
mod mail;
mod oauth;
mod process;
mod search;
mod tls;
mod user;
