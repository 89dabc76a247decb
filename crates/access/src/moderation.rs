//! The switches by which a channel restricts its members and guests.

/// A switch of a channel's moderation; it stands for one or more permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moderated {
    /// Writing posts. A channel without it is read-only.
    CreatePost,
    /// Adding and removing one's own reactions.
    CreateReactions,
    /// Adding and removing members.
    ManageMembers,
    /// Mentioning the whole channel.
    UseChannelMentions,
    /// Bookmarks of the channel.
    ManageBookmarks,
}

impl Moderated {
    /// Every switch, in the order the API lists them.
    pub const ALL: [Self; 5] = [
        Self::CreatePost,
        Self::CreateReactions,
        Self::ManageMembers,
        Self::UseChannelMentions,
        Self::ManageBookmarks,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreatePost => "create_post",
            Self::CreateReactions => "create_reactions",
            Self::ManageMembers => "manage_members",
            Self::UseChannelMentions => "use_channel_mentions",
            Self::ManageBookmarks => "manage_bookmarks",
        }
    }

    /// Whether the switch exists for guests too; for the other two the API answers null.
    pub const fn applies_to_guests(self) -> bool {
        !matches!(self, Self::ManageMembers | Self::ManageBookmarks)
    }
}
