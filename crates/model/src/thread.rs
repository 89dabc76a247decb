//! Threads that somebody follows, as they are shown to them.

use serde::{Deserialize, Serialize};

use crate::{Id, Millis, Post, User};

/// A thread, and how far one person has read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Thread {
    /// Its root's.
    pub id: Id,
    /// Live replies.
    pub reply_count: i64,
    /// When the newest of them was written.
    pub last_reply_at: Millis,
    /// Up to when the person has read; 0 for never.
    pub last_viewed_at: Millis,
    /// Who replied, whoever did last at the end.
    pub participants: Vec<User>,
    /// The root, without metadata.
    pub post: Post,
    /// Replies that the person has not read.
    pub unread_replies: i64,
    /// Those of them that mention the person.
    pub unread_mentions: i64,
    /// Whether the root is urgent.
    pub is_urgent: bool,
    /// When the root was deleted, or 0.
    pub delete_at: Millis,
}

/// A page of the threads that somebody follows, and how many there are of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ThreadList {
    /// All that are followed, beyond the page too.
    pub total: i64,
    /// Those with unread replies.
    pub total_unread_threads: i64,
    /// Unread mentions in all of them.
    pub total_unread_mentions: i64,
    /// Unread mentions in the urgent ones.
    pub total_unread_urgent_mentions: i64,
    /// The page; none where only totals are asked for.
    pub threads: Option<Vec<Thread>>,
}
