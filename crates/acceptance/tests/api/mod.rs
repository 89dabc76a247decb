#![cfg(test)]

mod bookmarks;
mod bots;
mod categories;
mod channels;
mod channels_converge;
mod channels_find;
mod channels_members;
mod config;
mod drafts;
mod emoji;
mod files;
mod groups;
mod local;
mod pictures;
mod posts;
mod preferences;
mod reactions;
mod reminders;
mod roles;
mod routes;
mod scheduled;
mod search;
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

pub(crate) use self::emoji::make_emoji;
pub(crate) use self::files::{png, upload};
