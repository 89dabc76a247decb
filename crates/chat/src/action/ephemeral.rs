//! Buttons of posts that one person is shown and that are kept nowhere.

use fieldpost_kernel::{Outcome, Rows, Work, params};
use fieldpost_model::{Id, Post};

use super::Kept;
use super::change::MOST;

/// How long such a button works: who looks at a post later than that has opened the page anew, and
/// sees it no more.
const LIFETIME: i64 = 24 * 60 * 60 * 1000;

/// Keeps what the buttons of such a post do, for a while; those of a post that is shown anew do what
/// they do now.
pub fn keep(work: &mut Work<'_>, person: Id, post: &Post, actions: &[Kept]) -> Outcome<()> {
    let now = work.now();
    work.execute(
        "DELETE FROM ephemeral_action WHERE post = ?1 OR expires_at < ?2",
        params![&post.id, now],
    )?;
    for action in actions.iter().take(MOST) {
        work.execute(
            "INSERT INTO ephemeral_action (post, action, kind, source, url, context, person, \
             channel, root, author, expires_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
             ON CONFLICT (post, action) DO NOTHING",
            params![
                &post.id,
                &action.id,
                &action.kind,
                &action.source,
                &action.url,
                &action.context,
                &person,
                &post.channel_id,
                &post.root_id,
                &post.user_id,
                now + LIFETIME,
            ],
        )?;
    }
    Ok(())
}
