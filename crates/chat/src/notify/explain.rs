//! Who is told of a post, how, and why: the whole of it, for whoever wonders.

use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_model::Id;
use serde::Serialize;

use super::{Silence, candidate, desktop, email, push};

/// Whether somebody is told in one way; if not, why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether they are.
    pub told: bool,
    /// Why they are not; empty if they are.
    pub reason: &'static str,
}

impl From<Result<(), Silence>> for Verdict {
    fn from(decided: Result<(), Silence>) -> Self {
        Self { told: decided.is_ok(), reason: decided.err().map_or("", Silence::reason) }
    }
}

/// How somebody is told of a post, were it written now, and what that follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The post.
    pub post: Id,
    /// The person.
    pub person: Id,
    /// Their presence.
    pub status: String,
    /// Whether the post mentions them, as everybody in a conversation is.
    pub mentioned: bool,
    /// Whether it counts among their urgent mentions.
    pub urgent: bool,
    /// Whether it is a reply in a thread.
    pub reply: bool,
    /// Whether they follow that thread.
    pub follows: bool,
    /// Whether they have threads collapsed.
    pub collapsed: bool,
    /// Whether they have seen what is newest in the channel since.
    pub read: bool,
    /// On the desktop.
    pub desktop: Verdict,
    /// By mail.
    pub email: Verdict,
    /// On their devices.
    pub push: Verdict,
}

/// What the decision cannot know from the rows.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// Whether the site sends mails about posts.
    pub mails: bool,
    /// Whether addresses have to be confirmed.
    pub verifies: bool,
}

/// Explains who would be told of a post. `status` says how somebody's presence is.
pub fn explain(
    rows: &mut dyn Rows,
    (post, person): (Id, Id),
    site: Site,
    status: &dyn Fn(&mut dyn Rows, Id) -> Outcome<String>,
) -> Outcome<Explanation> {
    let mut found = candidate(rows, post, person, site.verifies)?.ok_or_else(|| {
        Failure::not_found(
            "api.fieldpost.notify.no_post",
            "There is no such post in a channel that they are in.",
        )
    })?;
    found.facts.status = status(rows, person)?;
    let (about, facts) = (found.about, found.facts);
    let mails = if site.mails { Ok(()) } else { Err(Silence::NoMail) };
    Ok(Explanation {
        post,
        person,
        mentioned: facts.mentioned,
        urgent: facts.mentioned && about.urgent,
        reply: about.reply,
        follows: facts.follows,
        collapsed: facts.collapsed,
        read: facts.read,
        desktop: desktop(&about, &facts).into(),
        email: email(&about, &facts).and(mails).into(),
        push: push(&about, &facts).into(),
        status: facts.status,
    })
}
