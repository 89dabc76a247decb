//! The handlers, one file for each part of the API.

mod categories;
mod channels;
pub(crate) mod config;
mod posts;
mod preferences;
mod roles;
mod system;
mod teams;
mod users;

use crate::routes::Routes;

pub(crate) fn add(routes: &mut Routes) {
    system::add(routes);
    config::add(routes);
    roles::add(routes);
    users::add(routes);
    teams::add(routes);
    channels::add(routes);
    posts::add(routes);
    preferences::add(routes);
    categories::add(routes);
}
