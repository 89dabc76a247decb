//! Ids and posts as clients send them.

use fieldpost_model::{Id, Post};

pub(crate) fn id(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(id) = text.parse::<Id>() {
        assert_eq!(id.to_string(), text, "an id has a second form");
    }
}

pub(crate) fn post(bytes: &[u8]) {
    if let Ok(post) = serde_json::from_slice::<Post>(bytes) {
        let sent = serde_json::to_value(&post).unwrap();
        let again: Post = serde_json::from_value(sent.clone()).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), sent);
    }
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
