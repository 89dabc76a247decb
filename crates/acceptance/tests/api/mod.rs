#![cfg(test)]

mod channels;
mod channels_find;
mod channels_members;
mod config;
mod posts;
mod reactions;
mod roles;
mod routes;
mod socket;
mod system;
mod threads;
mod users;
