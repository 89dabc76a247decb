//! Writing a post anew.

use fieldpost_access::{Actor, Caller, PermissionSet, may_edit_post, may_patch_post};
use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, Features, Kind, Outcome, Rows,
    Shape, Shown, Work, at_most, events, params, stamp_of,
};
use fieldpost_log::{ScopeKind, Stamp};
use fieldpost_model::{Id, Millis, Post, Props};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::revision::{self, Content, Standing, Written};
use super::{by_id, create, form, metadata, no_post, permalink, pin, program, to_change};
use crate::{action, channel as channels, facts, file};

/// A post was written anew. It carries all that can be edited and not what differs, so that the
/// newest version is right whatever was edited elsewhere meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostEdited {
    /// Which.
    pub post: Id,
    /// Its text, in Markdown.
    pub message: String,
    /// Free properties, as a JSON object; empty for none.
    pub props: String,
    /// Its files.
    pub files: Vec<Id>,
    /// Whether readers are to see that it was edited: text, files or attachments changed.
    pub visibly: bool,
    /// Which version it is, where it was written elsewhere.
    pub imported: Option<ImportedVersion>,
}

/// A version of a post that was written elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedVersion {
    /// Its id.
    pub id: Id,
    /// When it was written, by its writer's hybrid clock.
    pub stamp: Stamp,
    /// By which site.
    pub site: Id,
}

impl Body for PostEdited {
    const KIND: Kind = Kind::new(0x0402);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn shape(&self) -> Shape {
        Shape { text: self.message.clone(), posts: vec![self.post], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        at_most(&self.message, create::LONGEST_MESSAGE)
            && at_most(&self.props, create::LONGEST_PROPS)
            && self.files.len() <= 100
    }
}

pub(super) fn register(features: &mut Features) {
    features.replaces(|edited: &PostEdited, _, rows| {
        let standing = revision::standing(rows, edited.post)?;
        Ok(standing.map_or(Stamp::default(), |standing| stamp_of(standing.version.0)))
    });
    features.on(apply_edited);
    features.show(show_edited);
}

fn apply_edited(edited: &PostEdited, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let Some(standing) = revision::standing(cx.rows, edited.post)? else {
        return Ok(Applied::Waits(edited.post));
    };
    // Whoever writes to one channel changes nothing in another.
    if standing.channel != cx.change.name.scope.id {
        return Ok(Applied::Done);
    }
    let written = Written::of(edited.imported.as_ref(), cx);
    let files: Vec<String> = edited.files.iter().map(ToString::to_string).collect();
    let content = Content {
        message: &edited.message,
        props: if edited.props.is_empty() { "{}" } else { &edited.props },
        files: &files.join(" "),
        edit_at: if edited.visibly { written.at } else { 0 },
    };
    if !revision::claim(edited.post, &standing, &written, &content, cx)? {
        return Ok(Applied::Done);
    }
    // What gave way may have stood.
    let Some(standing) = revision::standing(cx.rows, edited.post)? else {
        return Ok(Applied::Waits(edited.post));
    };
    let before = form::whole(cx.rows, standing.key)?;
    revision::keep_first(edited.post, &standing, cx)?;
    if revision::keep(&standing, &written, &content, cx)? {
        if written.version > standing.version {
            replace(&standing, &written, &content, cx)?;
            file::change_files(cx, standing.key, &edited.files)?;
        }
        note(&standing, &written, content.edit_at, cx)?;
    }
    let after = form::whole(cx.rows, standing.key)?;
    form::replace(cx.hash, before, after);
    Ok(Applied::Done)
}

fn replace(
    standing: &Standing,
    written: &Written,
    content: &Content<'_>,
    cx: &mut Applying<'_>,
) -> Outcome<()> {
    let version = written.version;
    revision::replaced(standing, cx)?;
    cx.rows.execute(
        "UPDATE post SET message = ?2, props = ?3, hashtags = ?4, file_ids = ?5, \
         edit_stamp = ?6, edit_site = ?7 WHERE key = ?1",
        params![
            standing.key,
            content.message,
            content.props,
            &fieldpost_text::hashtag::joined(content.message),
            content.files,
            version.0,
            &version.1,
        ],
    )?;
    Ok(())
}

/// Notes on the post, its root and its channel that it was edited.
fn note(
    standing: &Standing,
    written: &Written,
    edit_at: Millis,
    cx: &mut Applying<'_>,
) -> Outcome<()> {
    cx.rows.execute(
        "UPDATE post SET edit_at = CASE WHEN edit_at < ?2 THEN ?2 ELSE edit_at END, \
         update_at = ?3 WHERE key = ?1",
        params![standing.key, edit_at, cx.now],
    )?;
    touch_root(standing.root_key, cx)?;
    cx.rows.execute(
        "UPDATE channel SET last_post_at = ?2 WHERE key = ?1 AND last_post_at < ?2",
        params![standing.channel_key, written.at],
    )?;
    Ok(())
}

/// Lets clients that ask what changed find a thread by its root.
pub(super) fn touch_root(root_key: i64, cx: &mut Applying<'_>) -> Outcome<()> {
    if root_key != 0 {
        cx.rows
            .execute("UPDATE post SET update_at = ?2 WHERE key = ?1", params![root_key, cx.now])?;
    }
    Ok(())
}

fn show_edited(edited: &PostEdited, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    shown(rows, edited.post, change)
}

/// What clients are told of a post that looks different now.
pub(super) fn shown(rows: &mut dyn Rows, post: Id, change: &Change) -> Outcome<Shown> {
    let here = |post: &Post| post.delete_at == 0 && post.channel_id == change.name.scope.id;
    let Some(mut post) = by_id(rows, post)?.filter(here) else { return Ok(Shown::default()) };
    let linked = metadata::fill_one_for_all(rows, &mut post)?;
    let data = json!({ "post": serde_json::to_string(&post).map_err(Failure::internal)? });
    let mut event = Event::new(events::POST_EDITED, Audience::channel(post.channel_id), data);
    permalink::tell(rows, &mut event, &post, &linked)?;
    Ok(event.into())
}

/// What is to be different about a post.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Patch {
    /// Another text.
    pub message: Option<String>,
    /// Other properties.
    pub props: Option<Props>,
    /// Fewer files.
    pub file_ids: Option<Vec<Id>>,
    /// Whether it is pinned.
    pub is_pinned: Option<bool>,
    /// Whether it says of the same program, or of none, that it wrote the post.
    #[serde(skip)]
    pub keeps_marks: bool,
}

/// Replaces a whole post; needs the right to edit one's own posts also for those of others.
pub fn replace_post(work: &mut Work<'_>, caller: &Caller, id: Id, patch: &Patch) -> Outcome<Post> {
    let (post, channel) = to_change(work, caller, id, |channel, post| {
        may_edit_post(caller, &channel.facts, post.user_id)
    })?;
    let props = patch.props.clone().unwrap_or_default();
    let whole = Patch { props: Some(props), ..patch.clone() };
    rewrite(work, caller, (&post, &channel), &whole, &post.file_ids)
}

/// Changes parts of a post.
pub fn patch_post(work: &mut Work<'_>, caller: &Caller, id: Id, patch: &Patch) -> Outcome<Post> {
    let (post, channel) = to_change(work, caller, id, |channel, post| {
        may_patch_post(caller, &channel.facts, post.user_id)
    })?;
    rewrite(work, caller, (&post, &channel), patch, &post.file_ids)
}

/// Takes up again what a post said before.
pub fn restore(work: &mut Work<'_>, caller: &Caller, id: Id, version: Id) -> Outcome<Post> {
    let (post, channel) = to_change(work, caller, id, |channel, post| {
        may_patch_post(caller, &channel.facts, post.user_id)
    })?;
    if post.user_id != caller.user {
        return Err(Failure::forbidden("edit_post"));
    }
    let earlier = revision::earlier(work, version)?.filter(|earlier| earlier.original_id == id);
    let Some(earlier) = earlier else {
        return Err(Failure::invalid(
            "api.post.restore_post_version.not_an_history_item.app_error",
            "That is not an earlier version of the post.",
        ));
    };
    let patch = Patch {
        message: Some(earlier.message),
        file_ids: Some(earlier.file_ids.clone()),
        ..Patch::default()
    };
    rewrite(work, caller, (&post, &channel), &patch, &earlier.file_ids)
}

/// Changes parts of a post of this site's, in its author's name: whoever answers for a button of it
/// says what it is to look like.
pub(crate) fn by_its_integration(work: &mut Work<'_>, id: Id, patch: &Patch) -> Outcome<Post> {
    let post = by_id(work, id)?.filter(|post| post.delete_at == 0).ok_or_else(no_post)?;
    if post.remote_id.as_ref().is_some_and(|site| !site.is_empty()) {
        return Err(Failure::forbidden("edit_post"));
    }
    let author = Caller {
        user: post.user_id,
        actor: Actor::Session,
        guest: false,
        roles: PermissionSet::EMPTY,
    };
    let channel = facts::channel(work, &author, post.channel_id)?;
    rewrite(work, &author, (&post, &channel), patch, &post.file_ids)
}

/// Refuses what nobody may change: the server's posts, and those of archived channels.
pub(super) fn require_editable(post: &Post, channel: &facts::Channel) -> Outcome<()> {
    if post.kind.starts_with("system_") {
        return Err(Failure::invalid(
            "api.post.update_post.system_message.app_error",
            "Unable to update system message.",
        ));
    }
    if channel.facts.require_live().is_err() {
        return Err(Failure::invalid(
            "api.post.update_post.can_not_update_post_in_deleted.error",
            "Can not update a post in a deleted channel.",
        ));
    }
    Ok(())
}

/// Emits what differs. `files` are those the post may have already; its author may add others of
/// their own.
fn rewrite(
    work: &mut Work<'_>,
    caller: &Caller,
    (post, channel): (&Post, &facts::Channel),
    patch: &Patch,
    files: &[Id],
) -> Outcome<Post> {
    require_editable(post, channel)?;
    channels::enter(work, caller, channel)?;
    let message = patch.message.clone().unwrap_or_else(|| post.message.clone());
    let mut props = patch.props.as_ref().map_or_else(|| post.props.clone(), create::client_props);
    if patch.keeps_marks {
        program::keep_marks(&mut props, &post.props);
    }
    let before = action::of_post(work, post.id)?;
    let actions = action::separate(&mut props, &before, || work.random_id());
    let scope = channel.scope;
    let wanted = patch.file_ids.clone().unwrap_or_else(|| post.file_ids.clone());
    let (mut file_ids, new): (Vec<Id>, Vec<Id>) =
        wanted.into_iter().partition(|file| files.contains(file));
    if caller.user == post.user_id && file_ids.len() + new.len() <= create::MOST_FILES {
        file_ids.extend(file::attachable(work, caller.user, scope, &new)?);
    }
    file_ids.sort_unstable();
    file_ids.dedup();
    let sent = Post { message, props, file_ids, kind: post.kind.clone(), ..Post::default() };
    create::validate(&sent)?;

    let attachments = |post: &Post| post.props.get("attachments").cloned();
    let visibly = sent.message != post.message
        || sent.file_ids != post.file_ids
        || attachments(&sent) != attachments(post);
    if visibly || sent.props != post.props {
        let props =
            if sent.props.is_empty() { String::new() } else { create::to_json(&sent.props)? };
        let edited = PostEdited {
            post: post.id,
            message: sent.message,
            props,
            files: sent.file_ids,
            visibly,
            imported: None,
        };
        work.emit(scope, caller.user, &edited)?;
    }
    action::keep(work, (post.channel_id, caller.user), post.id, actions)?;
    if let Some(pinned) = patch.is_pinned.filter(|pinned| *pinned != post.is_pinned) {
        work.emit(scope, caller.user, &pin::PostPinned { post: post.id, pinned })?;
    }
    let mut post = by_id(work, post.id)?.ok_or_else(no_post)?;
    metadata::fill_one(work, caller, &mut post)?;
    Ok(post)
}
