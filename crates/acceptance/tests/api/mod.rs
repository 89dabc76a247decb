mod config;
mod posts;
mod roles;
mod routes;
mod socket;
mod system;
mod users;
