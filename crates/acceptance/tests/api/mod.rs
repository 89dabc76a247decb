#![cfg(test)]

mod bots;
mod categories;
mod channels;
mod channels_converge;
mod channels_find;
mod channels_members;
mod config;
mod files;
mod local;
mod pictures;
mod posts;
mod preferences;
mod reactions;
mod roles;
mod routes;
mod socket;
mod status;
mod system;
mod teams;
mod threads;
mod threads_converge;
mod threads_followed;
mod threads_read;
mod tokens;
mod uploads;
mod users;
mod watch;

pub(crate) use self::files::{png, upload};
