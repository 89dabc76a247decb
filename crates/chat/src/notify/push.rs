//! Whether a notice of a post would be pushed to somebody's devices.

use super::desktop::{addressed, level};
use super::email::{PersonFacts, PostFacts, Silence, first, is_muted, says};

/// Why nothing is pushed to somebody about a post. The first reason that holds is given; this
/// site pushes nothing yet, so that whoever has no other has that:
///
/// | Rule | |
/// |---|---|
/// | imported, deleted; the author, a bot, somebody of another site, deactivated | no |
/// | the post asks to be told of whatever the settings | goes on to the end |
/// | the channel is muted, or the server wrote the post | no |
/// | `push` of the channel, or else of the person, is `none` | no |
/// | … is `all` (in groups `mention` counts as that), and it is no reply with threads collapsed | goes on |
/// | mentioned; or with threads collapsed, following the thread and `push_threads` is `all` | goes on |
/// | `dnd` or `ooo`; or not as absent as `push_status` asks for | no |
pub fn push(post: &PostFacts, person: &PersonFacts) -> Result<(), Silence> {
    addressed(post, person)?;
    if post.forced {
        return Err(Silence::NoPush);
    }
    let level = level(person, "push");
    let threads = post.reply && person.collapsed;
    let everything = level == "all" || post.group && level == "mention";
    let of_thread = threads && person.follows && says(&person.notify, "push_threads") == "all";
    let concerned = person.mentioned || of_thread || everything && !threads;
    first([
        (is_muted(person), Silence::Muted),
        (post.automatic, Silence::Automatic),
        (level == "none", Silence::Declined),
        (!concerned, Silence::NotConcerned),
        (is_present(person), Silence::Present),
        (true, Silence::NoPush),
    ])
}

/// Whether somebody is too much here, by what they chose, or not to be disturbed.
fn is_present(person: &PersonFacts) -> bool {
    let status = person.status.as_str();
    if ["dnd", "ooo"].contains(&status) {
        return true;
    }
    match says(&person.notify, "push_status") {
        "away" => status == "online",
        "offline" => ["online", "away"].contains(&status),
        // Whether they look at the channel is known to nobody.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_has_no_other_reason_has_the_last() {
        let post = PostFacts::default();
        let mut person = PersonFacts { mentioned: true, ..PersonFacts::default() };
        assert_eq!(push(&post, &person), Err(Silence::NoPush));
        person.notify.insert("push_status".to_owned(), "offline".to_owned());
        for (status, reason) in [
            ("online", Silence::Present),
            ("away", Silence::Present),
            ("offline", Silence::NoPush),
            ("dnd", Silence::Present),
        ] {
            person.status = status.to_owned();
            assert_eq!(push(&post, &person), Err(reason), "{status}");
        }
        person.mentioned = false;
        assert_eq!(push(&post, &person), Err(Silence::NotConcerned));
        person.notify.insert("push".to_owned(), "mention".to_owned());
        let group = PostFacts { group: true, ..post };
        person.status = "offline".to_owned();
        assert_eq!(push(&group, &person), Err(Silence::NoPush));
        person.notify.insert("push".to_owned(), "none".to_owned());
        assert_eq!(push(&group, &person), Err(Silence::Declined));
    }
}
