//! Threads with all that hangs on them, a page at a time.

use fieldpost_chat::export::{self, Acknowledgement, After, File, Prioritized, Reaction, Version};
use fieldpost_kernel::{Outcome, Rows};
use fieldpost_model::Props;

use super::produce::{ByPost, outward};
use crate::line::{Attachment, OurAcknowledgement, OurFile, OurPost, OurVersion, Said};

/// What hangs on the posts of a page.
#[derive(Default)]
pub(super) struct Hangs {
    pub(super) replies: ByPost<export::Said>,
    pub(super) files: ByPost<File>,
    versions: ByPost<Version>,
    reactions: ByPost<Reaction>,
    priorities: ByPost<Prioritized>,
    acknowledgements: ByPost<Acknowledgement>,
}

/// A page of threads: their first posts, and what hangs on them and on the replies.
type Page = (Vec<export::Said>, Hangs);

/// The next page of a place's threads, if there is one.
pub(super) fn threads(
    rows: &mut dyn Rows,
    channel_key: i64,
    after: &mut After,
    most: i64,
) -> Outcome<Option<Page>> {
    let roots = export::roots(rows, channel_key, *after, most)?;
    let Some(last) = roots.last() else { return Ok(None) };
    *after = (last.create_at, last.id);
    let mut keys: Vec<i64> = roots.iter().map(|root| root.key).collect();
    let replies = export::replies(rows, &keys)?;
    keys.extend(replies.iter().map(|reply| reply.key));
    let hangs = Hangs {
        replies: by_key(replies, |reply| reply.root_key),
        files: by_key(export::files(rows, &keys)?, |file| file.post_key),
        versions: by_key(export::versions(rows, &keys)?, |version| version.post_key),
        reactions: by_key(export::reactions(rows, &keys)?, |reaction| reaction.post_key),
        priorities: by_key(export::priorities(rows, &keys)?, |said| said.post_key),
        acknowledgements: by_key(export::acknowledgements(rows, &keys)?, |said| said.post_key),
    };
    Ok(Some((roots, hangs)))
}

fn by_key<T>(all: Vec<T>, key: impl Fn(&T) -> i64) -> ByPost<T> {
    let mut found = ByPost::new();
    for one in all {
        found.entry(key(&one)).or_insert_with(Vec::new).push(one);
    }
    found
}

/// A post as a line has it.
pub(super) fn said(post: export::Said, hangs: &mut Hangs) -> Said {
    let files = hangs.files.remove(&post.key).unwrap_or_default();
    let reactions = hangs.reactions.remove(&post.key).unwrap_or_default();
    let versions = hangs.versions.remove(&post.key).unwrap_or_default();
    let priorities = hangs.priorities.remove(&post.key).unwrap_or_default();
    let acknowledgements = hangs.acknowledgements.remove(&post.key).unwrap_or_default();
    let some = |props: Props| Some(props).filter(|props| !props.is_empty());
    Said {
        user: outward(&post.author),
        message: post.message,
        create_at: post.create_at,
        kind: post.kind,
        props: some(post.props),
        edit_at: Some(post.edit_at).filter(|at| *at != 0),
        is_pinned: post.pinned.then_some(true),
        reactions: list(reactions, reaction),
        attachments: list(files, |file| Attachment {
            path: path(&file),
            fieldpost: Some(our(file)),
        }),
        fieldpost: Some(OurPost {
            id: post.id,
            versions: our_versions(versions),
            priority: priorities.into_iter().next().map(|said| said.priority),
            acknowledgements: acknowledgements.iter().map(acknowledgement).collect(),
        }),
    }
}

fn list<T, U>(all: Vec<T>, each: impl FnMut(T) -> U) -> Option<Vec<U>> {
    (!all.is_empty()).then(|| all.into_iter().map(each).collect())
}

fn reaction(reaction: Reaction) -> crate::line::Reaction {
    crate::line::Reaction {
        user: outward(&reaction.person),
        emoji_name: reaction.emoji,
        create_at: reaction.create_at,
    }
}

fn acknowledgement(said: &Acknowledgement) -> OurAcknowledgement {
    OurAcknowledgement { user: outward(&said.person), at: said.at }
}

/// Every version of a post. The text of the last one is the post's.
fn our_versions(versions: Vec<Version>) -> Vec<OurVersion> {
    let last = versions.len().saturating_sub(1);
    let each = |(n, version): (usize, Version)| {
        let is_first = version.version.site.is_none();
        let earlier = n != last;
        OurVersion {
            // The first one's id follows from the post's.
            id: if is_first { fieldpost_model::Id::NONE } else { version.version.id },
            stamp: if is_first { String::new() } else { format!("{:x}", version.version.stamp.0) },
            site: version.version.site,
            visibly: version.visibly,
            message: earlier.then_some(version.message),
            props: Some(version.props).filter(|props| earlier && !props.is_empty()),
            files: if earlier { version.files } else { Vec::new() },
        }
    };
    versions.into_iter().enumerate().map(each).collect()
}

/// What a file of ours was, beside its bytes.
pub(super) fn our(file: File) -> OurFile {
    let side = |pixels: i64| u32::try_from(pixels).unwrap_or(0);
    OurFile {
        id: file.id,
        create_at: file.create_at,
        name: file.name,
        size: (file.size != (0, 0)).then(|| (side(file.size.0), side(file.size.1))),
        preview: file.preview,
    }
}

/// Where a file is in an archive, below the folder of attachments. Its name is what somebody chose,
/// so what could mean another folder, on any system, is left out of it.
pub(super) fn path(file: &File) -> String {
    let name: String =
        file.name.chars().filter(|c| !c.is_control() && !"/\\:*?\"<>|".contains(*c)).collect();
    let name = if matches!(name.as_str(), "" | "." | "..") { "file" } else { &name };
    format!("{}/{name}", file.id)
}
