//! What clients are told of a channel's bookmarks.

use fieldpost_kernel::{
    Audience, Change, Event, EventName, Failure, Features, Outcome, Rows, Shown, events,
};
use fieldpost_model::{BookmarkUpdate, Id};
use serde::Serialize;
use serde_json::json;

use super::change::CLASS;
use super::{
    BookmarkAdded, BookmarkDeleted, BookmarkImported, BookmarkPatched, BookmarksOrdered, by_id,
    live,
};

pub(super) fn register(features: &mut Features) {
    features.show(show_added);
    features.show(show_imported);
    features.show(show_patched);
    features.show(show_deleted);
    features.show(show_ordered);
}

/// An event for a channel's members that says one thing, as JSON in a text.
fn told(name: EventName, channel: Id, key: &str, what: &impl Serialize) -> Outcome<Shown> {
    let what = serde_json::to_string(what).map_err(Failure::internal)?;
    Ok(Event::new(name, Audience::channel(channel), json!({ key: what })).into())
}

fn updated(rows: &mut dyn Rows, channel: Id, id: Id, replaced: Id) -> Outcome<Shown> {
    let found = by_id(rows, id)?.filter(|found| found.channel_id == channel);
    // What was deleted meanwhile is told of as that.
    let Some(updated) = found.filter(|found| found.delete_at == 0) else {
        return Ok(Shown::default());
    };
    let deleted = match replaced.some() {
        Some(replaced) => by_id(rows, replaced)?.filter(|found| found.channel_id == channel),
        None => None,
    };
    let update = BookmarkUpdate { updated, deleted };
    told(events::CHANNEL_BOOKMARK_UPDATED, channel, "bookmarks", &update)
}

fn show_added(added: &BookmarkAdded, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let channel = change.name.scope.id;
    let id = fieldpost_log::derive_id(CLASS, &change.name, 0);
    if !added.replaces.is_none() {
        return updated(rows, channel, id, added.replaces);
    }
    created(rows, channel, id)
}

fn show_imported(
    imported: &BookmarkImported,
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    let scope = change.name.scope;
    let id = fieldpost_log::derive_id(CLASS, &imported.origin(scope), 0);
    created(rows, scope.id, id)
}

fn created(rows: &mut dyn Rows, channel: Id, id: Id) -> Outcome<Shown> {
    match by_id(rows, id)?.filter(|found| found.delete_at == 0) {
        Some(made) => told(events::CHANNEL_BOOKMARK_CREATED, channel, "bookmark", &made),
        None => Ok(Shown::default()),
    }
}

fn show_patched(patched: &BookmarkPatched, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    updated(rows, change.name.scope.id, patched.bookmark, Id::NONE)
}

fn show_deleted(deleted: &BookmarkDeleted, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let channel = change.name.scope.id;
    match by_id(rows, deleted.bookmark)?.filter(|found| found.channel_id == channel) {
        Some(gone) => told(events::CHANNEL_BOOKMARK_DELETED, channel, "bookmark", &gone),
        None => Ok(Shown::default()),
    }
}

fn show_ordered(_: &BookmarksOrdered, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let channel = change.name.scope.id;
    told(events::CHANNEL_BOOKMARK_SORTED, channel, "bookmarks", &live(rows, channel)?)
}
