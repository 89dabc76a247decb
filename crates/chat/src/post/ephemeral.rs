//! Posts that one person is shown, and that are kept nowhere.

use fieldpost_access::{Caller, may_create_ephemeral};
use fieldpost_kernel::{Audience, Event, Failure, Outcome};
use fieldpost_model::{Id, Millis, Post};
use serde_json::json;

use super::create;
use crate::facts::denied;

/// The type of such a post.
pub(crate) const KIND: &str = "system_ephemeral";

/// What one person is told of a post that is kept nowhere.
pub(crate) fn told(person: Id, post: &Post) -> Outcome<Event> {
    let audience = Audience { channel: post.channel_id, ..Audience::user(person) };
    let post = serde_json::to_string(post).map_err(Failure::internal)?;
    Ok(Event::new("ephemeral_message", audience, json!({ "post": post })))
}

/// A post that the caller shows to one person, under this id and at this time, and what that person
/// is told.
pub fn show(
    caller: &Caller,
    (id, now): (Id, Millis),
    person: Id,
    sent: &Post,
) -> Outcome<(Post, Event)> {
    may_create_ephemeral(caller).map_err(denied)?;
    let post = Post {
        id,
        create_at: now,
        update_at: now,
        user_id: caller.user,
        channel_id: sent.channel_id,
        root_id: sent.root_id,
        message: sent.message.clone(),
        props: create::client_props(&sent.props),
        remote_id: Some(String::new()),
        ..Post::default()
    };
    create::validate(&post)?;
    let post = Post { kind: KIND.to_owned(), ..post };
    let event = told(person, &post)?;
    Ok((post, event))
}
