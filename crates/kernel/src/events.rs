//! The live events that some client of the API knows, and the names of those that are told.
//!
//! An [`Event`](crate::Event) is made with one of the names here and with nothing else, so what is
//! told is what this list says. That each name in it is really used is a house rule.

use std::sync::LazyLock;

use serde::{Serialize, Serializer};

/// The name of an event that this server tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventName(&'static str);

impl EventName {
    /// As it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Serialize for EventName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

macro_rules! told {
    ($($constant:ident = $name:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub const $constant: EventName = EventName($name);
        )*

        /// Every event that this server tells.
        pub const TOLD: &[EventName] = &[$($constant),*];
    };
}

told! {
    ADDED_TO_TEAM = "added_to_team";
    CHANNEL_BOOKMARK_CREATED = "channel_bookmark_created";
    CHANNEL_BOOKMARK_DELETED = "channel_bookmark_deleted";
    CHANNEL_BOOKMARK_SORTED = "channel_bookmark_sorted";
    CHANNEL_BOOKMARK_UPDATED = "channel_bookmark_updated";
    CHANNEL_CONVERTED = "channel_converted";
    CHANNEL_CREATED = "channel_created";
    CHANNEL_DELETED = "channel_deleted";
    CHANNEL_MEMBER_UPDATED = "channel_member_updated";
    CHANNEL_RESTORED = "channel_restored";
    CHANNEL_SCHEME_UPDATED = "channel_scheme_updated";
    CHANNEL_UPDATED = "channel_updated";
    CUSTOM_PROFILE_ATTRIBUTES_FIELD_CREATED = "custom_profile_attributes_field_created";
    CUSTOM_PROFILE_ATTRIBUTES_FIELD_DELETED = "custom_profile_attributes_field_deleted";
    CUSTOM_PROFILE_ATTRIBUTES_FIELD_UPDATED = "custom_profile_attributes_field_updated";
    CUSTOM_PROFILE_ATTRIBUTES_VALUES_UPDATED = "custom_profile_attributes_values_updated";
    DELETE_TEAM = "delete_team";
    DIRECT_ADDED = "direct_added";
    DRAFT_CREATED = "draft_created";
    DRAFT_DELETED = "draft_deleted";
    EMOJI_ADDED = "emoji_added";
    EPHEMERAL_MESSAGE = "ephemeral_message";
    GROUP_ADDED = "group_added";
    GROUP_MEMBER_ADD = "group_member_add";
    GROUP_MEMBER_DELETED = "group_member_deleted";
    HELLO = "hello";
    LEAVE_TEAM = "leave_team";
    MEMBERROLE_UPDATED = "memberrole_updated";
    MULTIPLE_CHANNELS_VIEWED = "multiple_channels_viewed";
    NEW_USER = "new_user";
    OPEN_DIALOG = "open_dialog";
    PERSISTENT_NOTIFICATION_TRIGGERED = "persistent_notification_triggered";
    POST_ACKNOWLEDGEMENT_ADDED = "post_acknowledgement_added";
    POST_ACKNOWLEDGEMENT_REMOVED = "post_acknowledgement_removed";
    POST_DELETED = "post_deleted";
    POST_EDITED = "post_edited";
    POST_UNREAD = "post_unread";
    POSTED = "posted";
    PREFERENCE_CHANGED = "preference_changed";
    PREFERENCES_CHANGED = "preferences_changed";
    PREFERENCES_DELETED = "preferences_deleted";
    REACTION_ADDED = "reaction_added";
    REACTION_REMOVED = "reaction_removed";
    RECEIVED_GROUP = "received_group";
    RESTORE_TEAM = "restore_team";
    SCHEDULED_POST_CREATED = "scheduled_post_created";
    SCHEDULED_POST_DELETED = "scheduled_post_deleted";
    SCHEDULED_POST_UPDATED = "scheduled_post_updated";
    SIDEBAR_CATEGORY_CREATED = "sidebar_category_created";
    SIDEBAR_CATEGORY_DELETED = "sidebar_category_deleted";
    SIDEBAR_CATEGORY_ORDER_UPDATED = "sidebar_category_order_updated";
    SIDEBAR_CATEGORY_UPDATED = "sidebar_category_updated";
    STATUS_CHANGE = "status_change";
    THREAD_FOLLOW_CHANGED = "thread_follow_changed";
    THREAD_READ_CHANGED = "thread_read_changed";
    THREAD_UPDATED = "thread_updated";
    TYPING = "typing";
    UPDATE_TEAM = "update_team";
    USER_ACTIVATION_STATUS_CHANGE = "user_activation_status_change";
    USER_ADDED = "user_added";
    USER_REMOVED = "user_removed";
    USER_ROLE_UPDATED = "user_role_updated";
    USER_UPDATED = "user_updated";
}

/// An event that some client knows, told here or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownEvent {
    /// As it stands on the wire.
    pub name: &'static str,
    /// The part of the API it belongs to.
    pub area: &'static str,
    /// 1 for daily use, 2 for administration and platform, 3 for what no self-hosted site has.
    pub tier: u8,
    /// How it differs from what clients may have seen elsewhere, or why it is not told.
    pub note: &'static str,
}

impl KnownEvent {
    /// Whether this server tells it.
    pub fn is_told(&self) -> bool {
        TOLD.iter().any(|told| told.as_str() == self.name)
    }
}

static KNOWN: LazyLock<Vec<KnownEvent>> =
    LazyLock::new(|| include_str!("../events.tsv").lines().filter_map(parse).collect());

fn parse(line: &'static str) -> Option<KnownEvent> {
    let mut fields = line.split('\t');
    Some(KnownEvent {
        name: fields.next()?,
        area: fields.next()?,
        tier: fields.next()?.parse().ok()?,
        note: fields.next()?,
    })
}

/// All of them, by name.
pub fn known() -> &'static [KnownEvent] {
    &KNOWN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read_and_stands_in_its_order() {
        assert_eq!(known().len(), include_str!("../events.tsv").lines().count());
        assert!(known().iter().all(|event| (1..=3).contains(&event.tier)));
        assert!(known().is_sorted());
    }

    #[test]
    fn every_event_that_is_told_is_a_known_one() {
        let is_known = |told: &&EventName| known().iter().any(|event| event.name == told.as_str());
        let unknown: Vec<_> = TOLD.iter().filter(|told| !is_known(told)).collect();
        assert_eq!(unknown, Vec::<&EventName>::new(), "write a line into crates/kernel/events.tsv");
        assert!(TOLD.is_sorted(), "keep the list in order");
    }
}
