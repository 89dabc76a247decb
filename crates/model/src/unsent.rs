//! What a person wrote and has not sent: drafts, and posts for later.

use serde::{Deserialize, Serialize};

use crate::post::{PostMetadata, PostPriority, Props, or_default};
use crate::{Id, Millis};

/// A message somebody began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Draft {
    /// When it was begun.
    pub create_at: Millis,
    /// When it was last written to.
    pub update_at: Millis,
    /// Always 0 on the wire: one that was deleted is not shown.
    pub delete_at: Millis,
    /// Whose it is.
    pub user_id: Id,
    /// Where it is to go.
    pub channel_id: Id,
    /// The thread it is to go to, or empty.
    pub root_id: Id,
    /// Its text, in Markdown.
    pub message: String,
    /// The type of the post it is to become.
    #[serde(rename = "type")]
    pub kind: String,
    /// Free properties.
    #[serde(deserialize_with = "or_default")]
    pub props: Props,
    /// Its files.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub file_ids: Vec<Id>,
    /// What a client needs to draw it.
    #[serde(deserialize_with = "or_default")]
    pub metadata: PostMetadata,
    /// How much it is to matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<PostPriority>,
}

/// A post that is to be sent at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ScheduledPost {
    /// Which; derived from the change that made it.
    pub id: Id,
    /// What is to be sent.
    #[serde(flatten)]
    pub draft: Draft,
    /// When.
    pub scheduled_at: Millis,
    /// Always 0: what was sent is gone.
    pub processed_at: Millis,
    /// Why it could not be sent, or empty.
    pub error_code: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_write_null_where_they_mean_nothing() {
        let text = r#"{"message":"m","props":null,"file_ids":null,"metadata":null,
            "priority":{"priority":"urgent","requested_ack":null},"scheduled_at":7}"#;
        let read: ScheduledPost = serde_json::from_str(text).unwrap();
        assert_eq!((read.draft.message.as_str(), read.scheduled_at), ("m", 7));
        let priority = read.draft.priority.unwrap();
        assert_eq!((priority.priority.as_str(), priority.requested_ack), ("urgent", false));
        assert!(serde_json::from_str::<Draft>(r#"{"priority":null}"#).unwrap().priority.is_none());
    }
}
