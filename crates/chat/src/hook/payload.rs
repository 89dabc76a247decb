//! What a program sends to be posted, as Slack has it.

use fieldpost_model::{PostPriority, Props};
use serde_json::{Map, Value};

use crate::post::program;

/// What a program sends to be posted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Payload {
    /// The text, as Slack writes it.
    pub text: String,
    /// The name to show.
    pub username: String,
    /// The address of the picture to show.
    pub icon_url: String,
    /// The emoji to show instead of a picture, without colons.
    pub icon_emoji: String,
    /// Where it goes, if not where it usually does.
    pub channel: String,
    /// Empty, or `custom_…`.
    pub kind: String,
    /// Free properties.
    pub props: Props,
    /// Attachments.
    pub attachments: Vec<Map<String, Value>>,
    /// How much it matters.
    pub priority: Option<PostPriority>,
    /// Of an answer: `comment`, or empty for a post of its own.
    pub response_type: String,
}

impl Payload {
    /// Reads JSON. Unknown fields are passed over, numbers pass for texts, and lines may break
    /// within texts: senders do all of that.
    pub fn parse(json: &[u8]) -> Option<Self> {
        let read = |bytes: &[u8]| serde_json::from_slice::<Map<String, Value>>(bytes).ok();
        let mut sent = read(json).or_else(|| read(&escaped(json)))?;
        let mut text_of = |name: &str| sent.remove(name).map(text).unwrap_or_default();
        let mut payload = Self {
            text: text_of("text"),
            username: text_of("username"),
            icon_url: text_of("icon_url"),
            icon_emoji: text_of("icon_emoji").trim_matches(':').to_owned(),
            channel: text_of("channel"),
            kind: text_of("type"),
            response_type: text_of("response_type"),
            ..Self::default()
        };
        if let Some(Value::Object(props)) = sent.remove("props") {
            payload.props = props;
            program::restrict(&mut payload.props);
        }
        if let Some(Value::Array(list)) = sent.remove("attachments") {
            payload.attachments = list.into_iter().filter_map(attachment).collect();
        }
        payload.priority = sent.remove("priority").and_then(priority);
        Some(payload)
    }

    /// Whether there is nothing in it to post.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.attachments.is_empty()
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    }
}

/// An attachment whose fields are texts; what is none is no attachment.
fn attachment(value: Value) -> Option<Map<String, Value>> {
    let Value::Object(mut attachment) = value else { return None };
    if let Some(Value::Array(fields)) = attachment.get_mut("fields") {
        fields.retain(Value::is_object);
        for field in fields {
            if let Some(value) = field.get_mut("value") {
                *value = Value::String(text(value.take()));
            }
        }
    }
    Some(attachment)
}

/// A priority out of the ordinary.
fn priority(value: Value) -> Option<PostPriority> {
    let mut priority: PostPriority = serde_json::from_value(value).ok()?;
    if priority.priority == "standard" {
        priority.priority.clear();
    }
    // People alone send what goes before everything else.
    priority.flash = false;
    Some(priority)
}

/// JSON with the line breaks and tabs that stand within its texts written as JSON wants them.
fn escaped(json: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(json.len());
    let (mut within, mut after_backslash) = (false, false);
    for &byte in json {
        match byte {
            b'\n' if within => written.extend(b"\\n"),
            b'\r' if within => written.extend(b"\\r"),
            b'\t' if within => written.extend(b"\\t"),
            _ => {
                within ^= byte == b'"' && !after_backslash;
                written.push(byte);
            }
        }
        after_backslash = byte == b'\\' && !after_backslash;
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(value: &Value) -> Payload {
        Payload::parse(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn what_senders_send_is_read() {
        let payload = parse(&json!({
            "text": 42, "channel": null, "icon_emoji": ":ship:", "mrkdwn": true, "blocks": [],
            "attachments": [null, 1, { "title": "T", "fields": [{ "value": 7 }, null] }],
            "priority": { "priority": "standard" },
            "props": { "matterbridge_x": true, "from_bot": "true", "override_username": "root" },
        }));
        assert_eq!((payload.text.as_str(), payload.icon_emoji.as_str()), ("42", "ship"));
        assert_eq!(payload.attachments.len(), 1);
        assert_eq!(payload.attachments[0]["fields"], json!([{ "value": "7" }]));
        assert_eq!(payload.priority, Some(PostPriority::default()));
        assert_eq!(Value::Object(payload.props), json!({ "matterbridge_x": true }));
        assert!(parse(&json!({ "text": " \n", "attachments": [] })).is_empty());
    }

    #[test]
    fn lines_may_break_within_texts() {
        let broken = b"{\n\"text\": \"a\\\"b\nc\td\",\n\"username\": \"x\"}";
        let payload = Payload::parse(broken).unwrap();
        assert_eq!((payload.text.as_str(), payload.username.as_str()), ("a\"b\nc\td", "x"));
        for wrong in [&b"[]"[..], b"", b"text", b"{", b"\"text\"", &[0xff, 0xfe]] {
            assert_eq!(Payload::parse(wrong), None);
        }
    }
}
