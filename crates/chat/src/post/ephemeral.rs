//! Posts that one person is shown, and that are kept nowhere.

use fieldpost_access::{Caller, may_create_ephemeral};
use fieldpost_kernel::{Audience, Event, Failure, Outcome, Work, events};
use fieldpost_model::{Id, Millis, Post};
use serde_json::json;

use super::create;
use crate::action;
use crate::facts::denied;

/// The type of such a post.
pub(crate) const KIND: &str = "system_ephemeral";

/// What one person is told of a post that is kept nowhere.
pub(crate) fn told(person: Id, post: &Post) -> Outcome<Event> {
    let audience = Audience { channel: post.channel_id, ..Audience::user(person) };
    let post = serde_json::to_string(post).map_err(Failure::internal)?;
    Ok(Event::new(events::EPHEMERAL_MESSAGE, audience, json!({ "post": post })))
}

/// What one person is told by the server, under this id and at this time, where the post says.
pub fn note((id, now): (Id, Millis), person: Id, says: Post) -> Outcome<Event> {
    let post = Post {
        id,
        create_at: now,
        update_at: now,
        user_id: person,
        remote_id: Some(String::new()),
        ..says
    };
    create::validate(&post)?;
    told(person, &Post { kind: KIND.to_owned(), ..post })
}

/// A post that the caller shows to one person, and what that person is told. What its buttons do is
/// kept for a while.
pub fn show(
    work: &mut Work<'_>,
    caller: &Caller,
    person: Id,
    sent: &Post,
) -> Outcome<(Post, Event)> {
    may_create_ephemeral(caller).map_err(denied)?;
    let now = work.now();
    let mut post = Post {
        id: work.random_id(),
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
    let actions = action::separate(&mut post.props, &[], || work.random_id());
    if !actions.is_empty() {
        action::keep_ephemeral(work, person, &post, &actions)?;
    }
    let post = Post { kind: KIND.to_owned(), ..post };
    let event = told(person, &post)?;
    Ok((post, event))
}
