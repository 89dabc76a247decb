//! The handlers, one file for each part of the API.

mod bookmarks;
mod bots;
mod categories;
mod channels;
pub(crate) mod config;
mod drafts;
mod emoji;
mod files;
mod hooks;
pub(crate) mod link;
mod links;
mod pictures;
mod posts;
mod preferences;
mod roles;
mod scheduled;
mod search;
mod status;
mod system;
mod teams;
mod threads;
mod tokens;
mod users;

use crate::routes::Routes;

pub(crate) fn add(routes: &mut Routes) {
    system::add(routes);
    config::add(routes);
    roles::add(routes);
    users::add(routes);
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
    bookmarks::add(routes);
    hooks::add(routes);
    link::add(routes);
    links::add(routes);
    search::add(routes);
}
