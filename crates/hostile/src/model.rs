//! Ids and things as clients send them.

use fieldpost_model::{
    Bookmark, Channel, Command, Draft, Id, IncomingWebhook, OutgoingWebhook, Post, Preference,
    Reaction, ScheduledPost, SidebarCategory, Team, User,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn id(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(id) = text.parse::<Id>() {
        assert_eq!(id.to_string(), text, "an id has a second form");
    }
}

/// What is understood of something is told, and understood again.
fn stays<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    if let Ok(thing) = serde_json::from_slice::<T>(bytes) {
        let sent = serde_json::to_value(&thing).unwrap();
        let again: T = serde_json::from_value(sent.clone()).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), sent);
    }
}

pub(crate) fn post(bytes: &[u8]) {
    stays::<Post>(bytes);
}

pub(crate) fn bodies(bytes: &[u8]) {
    stays::<Bookmark>(bytes);
    stays::<Channel>(bytes);
    stays::<Command>(bytes);
    stays::<Draft>(bytes);
    stays::<IncomingWebhook>(bytes);
    stays::<OutgoingWebhook>(bytes);
    stays::<Preference>(bytes);
    stays::<Reaction>(bytes);
    stays::<ScheduledPost>(bytes);
    stays::<SidebarCategory>(bytes);
    stays::<Team>(bytes);
    stays::<User>(bytes);
}

pub(crate) fn body_seeds() -> Vec<Vec<u8>> {
    let id = Id::from_bytes([0x5a; 16]);
    let bodies = [
        serde_json::json!({
            "team_id": id, "channel_id": id, "user_id": id, "root_id": "", "message": "m",
            "name": "n", "display_name": "d", "type": "O", "category": "c", "value": "v",
            "emoji_name": "smile", "props": { "a": "b" }, "file_ids": [id], "priority": null,
            "metadata": { "priority": { "priority": "urgent" } }, "scheduled_at": 1,
        }),
        serde_json::json!({
            "trigger": "t", "method": "P", "url": "http://a/", "trigger_words": ["a"],
            "callback_urls": ["http://a/"], "trigger_when": 1, "channel_ids": [id],
            "sorting": "alpha", "collapsed": true, "link_url": "http://a/", "sort_order": 1,
        }),
        serde_json::json!({
            "username": "u", "email": "a@b.c", "notify_props": { "desktop": "all" },
            "timezone": { "automaticTimezone": "UTC" }, "allow_open_invite": true,
        }),
    ];
    bodies.iter().map(|body| body.to_string().into_bytes()).collect()
}

pub(crate) fn id_seeds() -> Vec<Vec<u8>> {
    let ids = [Id::from_bytes([0; 16]), Id::from_bytes([0xff; 16]), Id::from_bytes([0x5a; 16])];
    ids.iter().map(|id| id.to_string().into_bytes()).collect()
}

pub(crate) fn post_seeds() -> Vec<Vec<u8>> {
    let id = Id::from_bytes([0x5a; 16]);
    let post = serde_json::json!({
        "id": id, "channel_id": id, "user_id": id, "root_id": "", "message": "hello",
        "create_at": 1, "props": { "a": [1, 2.5, null] }, "file_ids": [id], "metadata": {},
    });
    vec![post.to_string().into_bytes(), b"{}".to_vec()]
}
