#![cfg(test)]
mod categories;
mod channels;
mod channels_find;
mod channels_members;
mod config;
mod posts;
mod preferences;
mod reactions;
mod roles;
mod routes;
mod socket;
mod system;
mod teams;
mod threads;
mod users;
mod watch;
