//! Lines of a bulk import.

use fieldpost_bulk::line::Line;

pub(crate) fn line(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(line) = serde_json::from_str::<Line>(text) {
        let written = serde_json::to_string(&line).unwrap();
        let again: Line = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), written);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let lines = [
        r#"{"type":"version","version":1}"#,
        r#"{"type":"team","team":{"name":"t","display_name":"T","type":"O","fieldpost":{"id":""}}}"#,
        r#"{"type":"channel","channel":{"team":"t","name":"c","type":"P","deleted_at":1}}"#,
        r#"{"type":"user","user":{"username":"u","email":"u@x","delete_at":2,"teams":[{"name":"t","channels":[{"name":"c","roles":"r"}]}]}}"#,
        r#"{"type":"post","post":{"team":"t","channel":"c","user":"u","message":"m","create_at":1,"props":{"a":1},"replies":[{"user":"u","message":"r","create_at":2}],"reactions":[{"user":"u","emoji_name":"ok","create_at":3}],"attachments":[{"path":"p"}]}}"#,
        r#"{"type":"direct_channel","direct_channel":{"members":["a","b"],"participants":[{}]}}"#,
        r#"{"type":"direct_post","direct_post":{"channel_members":["a","b"],"user":"a","message":"m","create_at":1,"is_pinned":true}}"#,
    ];
    lines.iter().map(|line| line.as_bytes().to_vec()).collect()
}
