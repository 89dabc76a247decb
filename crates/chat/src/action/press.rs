//! Pressing a button, and what whoever is told may make of the post.

use fieldpost_access::{Caller, may_read_channel};
use fieldpost_kernel::{
    Audience, Event, Failure, FailureKind, Outcome, Rows, RowsExt, Work, events, params,
};
use fieldpost_model::{Channel, Id, Post, Props, Team};
use serde_json::json;

use super::{COLUMNS, Kept, kept_of, separate};
use crate::facts::{self, POLICY, denied};
use crate::post::{create, edit, ephemeral, metadata};
use crate::{channel, post as posts, team};

/// A button that somebody may press: what it does, and where it is.
#[derive(Debug, Clone)]
pub struct Pressed {
    /// What it does.
    pub action: Kept,
    /// The post; of one that is kept nowhere only its place and author are known.
    pub post: Post,
    /// Whether only whoever presses the button sees the post.
    pub ephemeral: bool,
    /// The channel.
    pub channel: Channel,
    /// Its team, if it has one.
    pub team: Option<Team>,
    /// What whoever presses it is called.
    pub username: String,
}

fn no_action() -> Failure {
    Failure::new(
        FailureKind::NotFound,
        "api.post.do_action.action_id.app_error",
        "There is no such button on that post.",
    )
}

/// The button of a post, if the caller may press it: whoever reads the post may.
pub fn pressed(rows: &mut dyn Rows, caller: &Caller, post: Id, action: &str) -> Outcome<Pressed> {
    if let Some(found) = of_ephemeral(rows, caller, post, action)? {
        return Ok(found);
    }
    let (post, place) = posts::readable(rows, caller, post)?;
    let sql = format!("SELECT {COLUMNS} FROM post_action WHERE post = ?1 AND action = ?2");
    let kept = rows.first(&sql, params![&post.id, action], kept_of)?.ok_or_else(no_action)?;
    if place.facts.require_live().is_err() {
        return Err(Failure::invalid(
            "api.post.update_post.can_not_update_post_in_deleted.error",
            "Nothing is pressed in an archived channel.",
        ));
    }
    found(rows, caller, (post, false), kept)
}

fn of_ephemeral(
    rows: &mut dyn Rows,
    caller: &Caller,
    post: Id,
    action: &str,
) -> Outcome<Option<Pressed>> {
    let sql = format!(
        "SELECT {COLUMNS}, channel, root, author FROM ephemeral_action \
         WHERE post = ?1 AND action = ?2 AND person = ?3"
    );
    let row = rows.first(&sql, params![&post, action, &caller.user], |row| {
        let (channel_id, root_id, user_id) = (row.id(5), row.id(6), row.id(7));
        let kind = ephemeral::KIND.to_owned();
        (kept_of(row), Post { id: post, channel_id, root_id, user_id, kind, ..Post::default() })
    })?;
    let Some((kept, post)) = row else { return Ok(None) };
    let place = facts::channel(rows, caller, post.channel_id)?;
    may_read_channel(caller, &POLICY, &place.facts).map_err(denied)?;
    found(rows, caller, (post, true), kept).map(Some)
}

fn found(
    rows: &mut dyn Rows,
    caller: &Caller,
    (post, ephemeral): (Post, bool),
    action: Kept,
) -> Outcome<Pressed> {
    let channel = channel::by_id(rows, post.channel_id)?.ok_or_else(channel::member::no_channel)?;
    let team = team::by_id(rows, channel.team_id)?;
    let sql = "SELECT username FROM account WHERE id = ?1";
    let username = rows.first(sql, params![&caller.user], |row| row.text(0).to_owned())?;
    let username = username.unwrap_or_default();
    Ok(Pressed { action, post, ephemeral, channel, team, username })
}

/// What a post is to look like after a button of it was pressed. What is not said stays.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// The text.
    pub message: Option<String>,
    /// The properties.
    pub props: Option<Props>,
}

/// Writes a post anew after a button of it was pressed, in its author's name; whoever answers for the
/// button is its author's. Gives what the one who pressed it is told, if nobody else is.
pub fn update(
    work: &mut Work<'_>,
    person: Id,
    pressed: &Pressed,
    update: &Update,
) -> Outcome<Option<Event>> {
    if pressed.ephemeral {
        return show_anew(work, person, pressed, update).map(Some);
    }
    let Update { message, props } = update.clone();
    let patch = edit::Patch { message, props, keeps_marks: true, ..edit::Patch::default() };
    edit::by_its_integration(work, pressed.post.id, &patch)?;
    Ok(None)
}

fn show_anew(
    work: &mut Work<'_>,
    person: Id,
    pressed: &Pressed,
    update: &Update,
) -> Outcome<Event> {
    let now = work.now();
    let mut post = Post {
        create_at: now,
        update_at: now,
        message: update.message.clone().unwrap_or_default(),
        props: create::client_props(update.props.as_ref().unwrap_or(&Props::new())),
        remote_id: Some(String::new()),
        kind: String::new(),
        ..pressed.post.clone()
    };
    create::validate(&post)?;
    let sql = format!("SELECT {COLUMNS} FROM ephemeral_action WHERE post = ?1");
    let before = work.all(&sql, params![&post.id], kept_of)?;
    let kept = separate(&mut post.props, &before, || work.random_id());
    super::keep_ephemeral(work, person, &post, &kept)?;
    ephemeral::KIND.clone_into(&mut post.kind);
    metadata::embed_only(&mut post);
    let audience = Audience { channel: post.channel_id, ..Audience::user(person) };
    let post = serde_json::to_string(&post).map_err(Failure::internal)?;
    Ok(Event::new(events::POST_EDITED, audience, json!({ "post": post })))
}
