//! The handlers, one file for each part of the API.

mod actions;
mod attributes;
mod bookmarks;
mod bots;
mod categories;
mod channels;
mod commands;
pub(crate) mod config;
mod drafts;
mod emoji;
mod files;
mod groups;
mod hooks;
pub(crate) mod link;
mod links;
pub(crate) mod mail;
mod notifications;
mod performance;
mod pictures;
mod posts;
mod preferences;
mod roles;
mod scheduled;
mod search;
mod status;
mod system;
pub(crate) mod teams;
mod threads;
mod tokens;
mod users;

use crate::routes::Routes;

pub(crate) fn add(routes: &mut Routes) {
    system::add(routes);
    config::add(routes);
    roles::add(routes);
    users::add(routes);
    attributes::add(routes);
    status::add(routes);
    tokens::add(routes);
    bots::add(routes);
    teams::add(routes);
    channels::add(routes);
    posts::add(routes);
    drafts::add(routes);
    scheduled::add(routes);
    threads::add(routes);
    preferences::add(routes);
    categories::add(routes);
    files::add(routes);
    pictures::add(routes);
    emoji::add(routes);
    groups::add(routes);
    bookmarks::add(routes);
    hooks::add(routes);
    link::add(routes);
    mail::add(routes);
    links::add(routes);
    search::add(routes);
    notifications::add(routes);
    performance::add(routes);
    routes.beside("GET", "/api/v4/websocket");
    commands::add(routes);
    actions::add(routes);
}
