//! Posts, windows of history, and what is done to single posts.

mod ephemeral;
mod etag;
mod history;
mod notes;
pub(super) mod query;
mod reactions;
mod unread;
mod write;

use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    write::add(routes);
    history::add(routes);
    unread::add(routes);
    reactions::add(routes);
    notes::add(routes);
    ephemeral::add(routes);
}
