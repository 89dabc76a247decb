//! Posts, and what is attached to them.

use fieldpost_model::{ChannelType, Id};

use crate::decide::{
    in_team_of, may_read_channel, require_channel, require_channel_of_post, require_system,
};
use crate::facts::{Caller, ChannelFacts, Denied, Policy};
use crate::permission::Permission;

/// Whether the caller may write a post. In an open channel the right to post in any open channel
/// of the team is enough.
pub fn may_create_post(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let in_channel = require_channel(caller, channel, Permission::CreatePost);
    if in_channel.is_ok() || channel.kind != ChannelType::Open {
        return in_channel;
    }
    // The right that members have is the one to name, whatever else would do.
    in_team_of(caller, channel, Permission::CreatePostPublic).or(in_channel)
}

/// Whether the caller may write a post that goes before everything else over links.
pub fn may_send_flash(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    require_channel(caller, channel, Permission::FieldpostSendFlash)
}

/// Whether the caller may show a post to one person, and leave it nowhere.
pub fn may_create_ephemeral(caller: &Caller) -> Result<(), Denied> {
    require_system(caller, Permission::CreatePostEphemeral)
}

/// Whether the caller may replace a whole post, their own or another's. The time limit on edits is
/// not asked here.
pub fn may_edit_post(caller: &Caller, channel: &ChannelFacts, author: Id) -> Result<(), Denied> {
    require_channel_of_post(caller, channel, Permission::EditPost)?;
    if !caller.is(author) {
        require_channel_of_post(caller, channel, Permission::EditOthersPosts)?;
    }
    may_create_post(caller, channel)
}

/// Whether the caller may change parts of a post. Unlike replacing one, this asks only one of the
/// two edit permissions.
pub fn may_patch_post(caller: &Caller, channel: &ChannelFacts, author: Id) -> Result<(), Denied> {
    let needed = own_or(caller, author, Permission::EditPost, Permission::EditOthersPosts);
    require_channel_of_post(caller, channel, needed)?;
    may_create_post(caller, channel)
}

/// Whether the caller may delete a post, so that it can no longer be seen.
pub fn may_delete_post(caller: &Caller, channel: &ChannelFacts, author: Id) -> Result<(), Denied> {
    let needed = own_or(caller, author, Permission::DeletePost, Permission::DeleteOthersPosts);
    require_channel(caller, channel, needed)
}

/// Whether the caller may remove a post from the database.
pub fn may_erase_post(caller: &Caller, channel: &ChannelFacts, author: Id) -> Result<(), Denied> {
    require_system(caller, Permission::ManageSystem)?;
    may_delete_post(caller, channel, author)
}

/// Whether the caller may pin or unpin posts: whoever reads a channel may.
pub fn may_pin(caller: &Caller, policy: &Policy, channel: &ChannelFacts) -> Result<(), Denied> {
    may_read_channel(caller, policy, channel)
}

/// Whether the caller may react to the posts of a channel.
pub fn may_react(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    require_channel_of_post(caller, channel, Permission::AddReaction)
}

/// Whether the caller may take back a reaction of this user.
pub fn may_remove_reaction(
    caller: &Caller,
    channel: &ChannelFacts,
    reactor: Id,
) -> Result<(), Denied> {
    require_channel_of_post(caller, channel, Permission::RemoveReaction)?;
    if caller.is(reactor) {
        return Ok(());
    }
    require_system(caller, Permission::RemoveOthersReactions)
}

/// Whether the caller may put files into a channel.
pub fn may_upload_file(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    require_channel(caller, channel, Permission::UploadFile)
}

/// Whether the caller may fetch a file that this user uploaded. Bookmarked files belong to their
/// channel: for them ask [`may_read_channel`].
pub fn may_read_file(
    caller: &Caller,
    policy: &Policy,
    channel: &ChannelFacts,
    uploader: Id,
) -> Result<(), Denied> {
    // One's own upload is not yet anybody else's until it is attached to a post.
    if caller.is(uploader) {
        return Ok(());
    }
    may_read_channel(caller, policy, channel)
        .map_err(|_| Denied { permission: Permission::ReadChannelContent })
}

/// Whether the caller may make a link by which anybody fetches a file of this channel, without
/// signing in.
pub fn may_link_file(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    require_channel(caller, channel, Permission::GetPublicLink)
}

/// Whether @all, @channel and @here in the caller's posts have any effect. Without it the post is
/// made nevertheless.
pub fn may_mention_channel(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    require_channel(caller, channel, Permission::UseChannelMentions)
}

/// Whether mentions of groups in the caller's posts have any effect. Without it the post is made
/// nevertheless.
pub fn may_mention_group(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    require_channel(caller, channel, Permission::UseGroupMentions)
}

/// Whether the caller may show others that they are typing.
pub fn may_type(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    require_channel(caller, channel, Permission::CreatePost)
}

/// What is asked for one's own object, and what for another's.
fn own_or(caller: &Caller, owner: Id, own: Permission, others: Permission) -> Permission {
    if caller.is(owner) { own } else { others }
}
