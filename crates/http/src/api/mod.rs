//! The handlers, one file for each part of the API.

mod channels;
pub(crate) mod config;
mod files;
mod pictures;
mod posts;
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
    files::add(routes);
    pictures::add(routes);
}
