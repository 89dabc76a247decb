#![cfg(test)]

mod bots;
mod categories;
mod channels;
mod channels_converge;
mod channels_find;
mod channels_members;
mod config;
mod drafts;
mod files;
mod local;
mod pictures;
mod posts;
mod preferences;
mod reactions;
mod reminders;
mod roles;
mod routes;
mod scheduled;
mod socket;
mod status;
mod system;
mod teams;
mod threads;
mod tokens;
mod uploads;
mod users;
mod watch;

pub(crate) use self::files::{png, upload};
