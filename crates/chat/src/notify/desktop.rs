//! Whether somebody's clients are to show a notice of a post on the desktop.
//!
//! The clients show it, or keep silent where somebody looks at the channel already; what follows
//! from settings and status is decided here.

use fieldpost_model::StringMap;

use super::email::{PersonFacts, PostFacts, Silence, first, is_muted, says};

/// Whether somebody is told of a post on their desktop; if not, why not. The first reason that
/// holds is given:
///
/// | Rule | |
/// |---|---|
/// | imported, deleted; the author, a bot, somebody of another site, deactivated | no |
/// | the post asks to be told of whatever the settings | yes |
/// | the channel is muted | no |
/// | `dnd` or `ooo` | no |
/// | a reply, with threads collapsed | as [`of_thread`] says of followers; who is mentioned otherwise |
/// | `desktop` of the channel, or else of the person: `all`, `none`, or `mention` | decides |
pub fn desktop(post: &PostFacts, person: &PersonFacts) -> Result<(), Silence> {
    addressed(post, person)?;
    if post.forced {
        return Ok(());
    }
    let level = level(person, "desktop");
    let of_thread = post.reply
        && person.collapsed
        && person.follows
        && of_thread(person.mentioned, (&person.notify, &person.channel));
    let concerned =
        person.mentioned || of_thread || level == "all" && !(post.reply && person.collapsed);
    first([
        (is_muted(person), Silence::Muted),
        (["dnd", "ooo"].contains(&person.status.as_str()), Silence::Present),
        (level == "none", Silence::Declined),
        (!concerned, Silence::NotConcerned),
    ])
}

/// Whether somebody is told of a post at all, on whatever screen; if not, why not.
pub(super) fn addressed(post: &PostFacts, person: &PersonFacts) -> Result<(), Silence> {
    first([
        (post.imported || post.deleted, Silence::NoNews),
        (person.author, Silence::Author),
        (person.bot, Silence::Bot),
        (person.remote, Silence::Remote),
        (person.deactivated, Silence::Deactivated),
    ])
}

/// What somebody chose for a channel, or else for everywhere.
pub(super) fn level<'p>(person: &'p PersonFacts, name: &str) -> &'p str {
    match says(&person.channel, name) {
        "" | "default" => says(&person.notify, name),
        chosen => chosen,
    }
}

/// Whether a follower of a thread with threads collapsed is to see a notice of a reply, by what
/// they chose everywhere and for the channel.
pub(crate) fn of_thread(mentioned: bool, (everywhere, here): (&StringMap, &StringMap)) -> bool {
    let is = |props: &StringMap, name: &str, value: &str| says(props, name) == value;
    let level = here.get("desktop").map_or("default", String::as_str);
    if level == "none" {
        return false;
    }
    if level == "default" {
        return !is(everywhere, "desktop", "none")
            && (mentioned
                || is(everywhere, "desktop_threads", "all")
                || is(everywhere, "desktop", "all"));
    }
    mentioned
        || level == "all"
        || is(here, "desktop_threads", "all") && !is(everywhere, "desktop_threads", "mention")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> StringMap {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// Somebody who is here, was mentioned, and chose nothing.
    fn person() -> PersonFacts {
        PersonFacts {
            mentioned: true,
            collapsed: true,
            status: "online".to_owned(),
            notify: map(&[("desktop", "mention"), ("desktop_threads", "all")]),
            channel: map(&[("mark_unread", "all"), ("desktop", "default")]),
            ..PersonFacts::default()
        }
    }

    type Case = (&'static str, fn(&mut PostFacts, &mut PersonFacts), Result<(), Silence>);

    const CASES: &[Case] = &[
        ("mentioned and here", |_, _| {}, Ok(())),
        ("mentioned and away", |_, p| p.status = "away".to_owned(), Ok(())),
        ("not mentioned", |_, p| p.mentioned = false, Err(Silence::NotConcerned)),
        ("one's own", |_, p| p.author = true, Err(Silence::Author)),
        ("deleted", |post, _| post.deleted = true, Err(Silence::NoNews)),
        ("not to be disturbed", |_, p| p.status = "dnd".to_owned(), Err(Silence::Present)),
        (
            "forced",
            |post, p| {
                post.forced = true;
                p.status = "dnd".to_owned();
            },
            Ok(()),
        ),
        (
            "everything wanted",
            |_, p| (p.mentioned, p.notify) = (false, map(&[("desktop", "all")])),
            Ok(()),
        ),
        (
            "nothing wanted of this channel",
            |_, p| p.channel = map(&[("desktop", "none")]),
            Err(Silence::Declined),
        ),
        ("muted", |_, p| p.channel = map(&[("mark_unread", "mention")]), Err(Silence::Muted)),
        (
            "a thread that is followed",
            |post, p| (post.reply, p.follows, p.mentioned) = (true, true, false),
            Ok(()),
        ),
        (
            "a thread that is not followed, everything wanted",
            |post, p| {
                (post.reply, p.mentioned) = (true, false);
                p.notify = map(&[("desktop", "all")]);
            },
            Err(Silence::NotConcerned),
        ),
    ];

    #[test]
    fn who_is_told_on_the_desktop() {
        for (name, change, expected) in CASES {
            let (mut post, mut person) = (PostFacts::default(), person());
            change(&mut post, &mut person);
            assert_eq!(desktop(&post, &person), *expected, "{name}");
        }
    }
}
