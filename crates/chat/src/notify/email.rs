//! Whether somebody is sent a mail about a post.

use fieldpost_model::StringMap;

/// What the decision needs to know of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PostFacts {
    /// Whether it was written here or came from a linked site; what was imported is history.
    pub imported: bool,
    /// Whether the server wrote it, or it answers by itself for somebody who is not there.
    pub automatic: bool,
    /// Whether it was deleted meanwhile.
    pub deleted: bool,
    /// Whether it is a reply.
    pub reply: bool,
    /// Whether it was written in a group conversation.
    pub group: bool,
    /// Whether it is urgent.
    pub urgent: bool,
    /// Whether it asks that people are told whatever their settings.
    pub forced: bool,
}

/// What the decision needs to know of a person and of their place in the channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonFacts {
    /// Whether they are at home on another site, which tells them itself.
    pub remote: bool,
    /// Whether they are a bot.
    pub bot: bool,
    /// Whether they were deactivated.
    pub deactivated: bool,
    /// Whether they wrote it.
    pub author: bool,
    /// Whether they have an address, confirmed where that is asked for.
    pub reachable: bool,
    /// Whether the post mentions them. In conversations everybody is mentioned.
    pub mentioned: bool,
    /// Whether they have seen what is newest in the channel since.
    pub read: bool,
    /// Whether they follow the thread that it is a reply in.
    pub follows: bool,
    /// Whether they have threads collapsed.
    pub collapsed: bool,
    /// `online`, `away`, `dnd`, `offline` or `ooo`; anything else counts as `offline`.
    pub status: String,
    /// How they want to be notified.
    pub notify: StringMap,
    /// How they want to be notified of this channel.
    pub channel: StringMap,
    /// How long mails are gathered, in seconds, as they chose; empty for no choice. `0` is never.
    pub interval: String,
}

/// Why somebody is not told of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// It is history, or was deleted meanwhile.
    NoNews,
    /// No person wrote it.
    Automatic,
    /// They wrote it themselves.
    Author,
    /// A bot reads no mail.
    Bot,
    /// Their own site tells them.
    Remote,
    /// Nobody uses the account.
    Deactivated,
    /// There is no address that mail may go to.
    Unreachable,
    /// It neither mentions them nor is in a thread of which they hear.
    NotConcerned,
    /// They chose not to be told.
    Declined,
    /// They muted the channel.
    Muted,
    /// They are here, or do not want to be disturbed.
    Present,
    /// The site sends no mails about posts.
    NoMail,
    /// The site pushes nothing.
    NoPush,
}

impl Silence {
    /// The reason, for people.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoNews => "the post is no news",
            Self::Automatic => "no person wrote the post",
            Self::Author => "they wrote the post",
            Self::Bot => "a bot reads no mail",
            Self::Remote => "the site that they are at home on tells them",
            Self::Deactivated => "the account is deactivated",
            Self::Unreachable => "they have no address, or it is not confirmed",
            Self::NotConcerned => "the post does not mention them",
            Self::Declined => "they chose not to be told",
            Self::Muted => "they muted the channel",
            Self::Present => "they are here, or do not want to be disturbed",
            Self::NoMail => "this site sends no mails about posts",
            Self::NoPush => "this site pushes nothing",
        }
    }
}

/// Whether somebody is sent a mail about a post; if not, why not. The first reason that holds is
/// given:
///
/// | Rule | |
/// |---|---|
/// | imported, deleted | no |
/// | written by the server, or an answer that is given automatically | no |
/// | the author, a bot, somebody of another site, deactivated, without a (confirmed) address | no |
/// | mentioned; or with threads collapsed, following the thread and `email_threads` is `all` | goes on |
/// | the channel is muted | no, whatever else is chosen |
/// | `email` of the channel is `true` or `false` (not for replies with threads collapsed) | decides |
/// | otherwise `email` of the person is `false`, or the interval is `0` | no |
/// | `online`, `dnd` or `ooo` | no |
/// | `away`, `offline` and anything else | yes |
pub fn email(post: &PostFacts, person: &PersonFacts) -> Result<(), Silence> {
    first([
        (post.imported || post.deleted, Silence::NoNews),
        (post.automatic, Silence::Automatic),
        (person.author, Silence::Author),
        (person.bot, Silence::Bot),
        (person.remote, Silence::Remote),
        (person.deactivated, Silence::Deactivated),
        (!person.reachable, Silence::Unreachable),
        (!is_concerned(post, person), Silence::NotConcerned),
        (is_muted(person), Silence::Muted),
        (!wants(post, person), Silence::Declined),
        (["online", "dnd", "ooo"].contains(&person.status.as_str()), Silence::Present),
    ])
}

/// The first reason that holds.
pub(super) fn first<const N: usize>(refusals: [(bool, Silence); N]) -> Result<(), Silence> {
    refusals.into_iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, silence)| Err(silence))
}

pub(super) fn is_muted(person: &PersonFacts) -> bool {
    says(&person.channel, "mark_unread") == "mention"
}

fn is_concerned(post: &PostFacts, person: &PersonFacts) -> bool {
    let of_thread = post.reply
        && person.collapsed
        && person.follows
        && says(&person.notify, "email_threads") == "all";
    person.mentioned || of_thread
}

fn wants(post: &PostFacts, person: &PersonFacts) -> bool {
    if person.interval == "0" {
        return false;
    }
    let of_channel = says(&person.channel, "email");
    let decides = !of_channel.is_empty() && of_channel != "default";
    if decides && !(post.reply && person.collapsed) {
        return of_channel != "false";
    }
    says(&person.notify, "email") != "false"
}

pub(super) fn says<'m>(map: &'m StringMap, name: &str) -> &'m str {
    map.get(name).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> StringMap {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// Somebody who is away, was mentioned, and chose nothing.
    fn person() -> PersonFacts {
        PersonFacts {
            reachable: true,
            mentioned: true,
            collapsed: true,
            status: "away".to_owned(),
            notify: map(&[("email", "true"), ("email_threads", "all")]),
            channel: map(&[("mark_unread", "all"), ("email", "default")]),
            ..PersonFacts::default()
        }
    }

    type Case = (&'static str, fn(&mut PostFacts, &mut PersonFacts), Result<(), Silence>);

    const CASES: &[Case] = &[
        ("mentioned and away", |_, _| {}, Ok(())),
        ("offline", |_, p| p.status = "offline".to_owned(), Ok(())),
        ("an unknown status", |_, p| p.status.clear(), Ok(())),
        ("online", |_, p| p.status = "online".to_owned(), Err(Silence::Present)),
        ("not to be disturbed", |_, p| p.status = "dnd".to_owned(), Err(Silence::Present)),
        ("out of office", |_, p| p.status = "ooo".to_owned(), Err(Silence::Present)),
        ("imported", |post, _| post.imported = true, Err(Silence::NoNews)),
        ("deleted", |post, _| post.deleted = true, Err(Silence::NoNews)),
        ("the server's", |post, _| post.automatic = true, Err(Silence::Automatic)),
        ("one's own", |_, p| p.author = true, Err(Silence::Author)),
        ("a bot", |_, p| p.bot = true, Err(Silence::Bot)),
        ("of another site", |_, p| p.remote = true, Err(Silence::Remote)),
        ("deactivated", |_, p| p.deactivated = true, Err(Silence::Deactivated)),
        ("without an address", |_, p| p.reachable = false, Err(Silence::Unreachable)),
        ("not mentioned", |_, p| p.mentioned = false, Err(Silence::NotConcerned)),
        (
            "a thread that is followed",
            |post, p| (post.reply, p.mentioned, p.follows) = (true, false, true),
            Ok(()),
        ),
        (
            "the root of a thread that is followed later",
            |_, p| (p.mentioned, p.follows) = (false, true),
            Err(Silence::NotConcerned),
        ),
        (
            "a thread of which only mentions count",
            |post, p| {
                (post.reply, p.mentioned, p.follows) = (true, false, true);
                p.notify = map(&[("email", "true"), ("email_threads", "mention")]);
            },
            Err(Silence::NotConcerned),
        ),
        (
            "a thread that is not collapsed",
            |post, p| {
                (post.reply, p.mentioned, p.follows, p.collapsed) = (true, false, true, false);
            },
            Err(Silence::NotConcerned),
        ),
        ("declined", |_, p| p.notify = map(&[("email", "false")]), Err(Silence::Declined)),
        ("never chosen", |_, p| p.notify.clear(), Ok(())),
        ("gathered for ever", |_, p| p.interval = "0".to_owned(), Err(Silence::Declined)),
        ("gathered for an hour", |_, p| p.interval = "3600".to_owned(), Ok(())),
        (
            "declined, and wanted of this channel",
            |_, p| {
                p.notify = map(&[("email", "false")]);
                p.channel = map(&[("email", "true")]);
            },
            Ok(()),
        ),
        (
            "wanted, and declined of this channel",
            |_, p| p.channel = map(&[("email", "false")]),
            Err(Silence::Declined),
        ),
        (
            "a reply in a channel of which mail is declined, threads collapsed",
            |post, p| {
                post.reply = true;
                p.channel = map(&[("email", "false")]);
            },
            Ok(()),
        ),
        (
            "muted, and wanted of this channel",
            |_, p| p.channel = map(&[("mark_unread", "mention"), ("email", "true")]),
            Err(Silence::Muted),
        ),
    ];

    #[test]
    fn who_is_sent_a_mail() {
        for (name, change, expected) in CASES {
            let (mut post, mut person) = (PostFacts::default(), person());
            change(&mut post, &mut person);
            assert_eq!(email(&post, &person), *expected, "{name}");
        }
    }

    #[test]
    fn each_reason_can_be_said() {
        let reasons: std::collections::BTreeSet<&str> =
            CASES.iter().filter_map(|case| case.2.err()).map(Silence::reason).collect();
        assert_eq!(reasons.len(), 11);
    }
}
