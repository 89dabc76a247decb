//! The handlers, one file for each part of the API.

mod bots;
mod categories;
mod channels;
pub(crate) mod config;
mod drafts;
mod files;
pub(crate) mod link;
mod pictures;
mod posts;
mod preferences;
mod roles;
mod scheduled;
mod status;
mod system;
mod teams;
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
    preferences::add(routes);
    categories::add(routes);
    files::add(routes);
    pictures::add(routes);
    link::add(routes);
}
