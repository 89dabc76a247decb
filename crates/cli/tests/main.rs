//! The binary as an operator meets it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

mod bundle;
mod commands;
mod crowd;
mod diode;
mod export;
mod full;
mod guard;
mod import;
mod kill;
mod kill_files;
mod link;
mod link_cut;
mod local;
mod mail;
mod oauth;
mod packet_radio;
mod process;
mod search;
mod simulate;
mod thin;
mod tls;
mod user;
