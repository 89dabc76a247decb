//! What people type after a slash, and what integrations answer.

use fieldpost_chat::command::arguments::{
    emoji_and_text, message_and_delay, named, names_and_message, split,
};
use fieldpost_model::CommandResponse;

/// Whatever is taken apart is part of what was typed, and no longer.
pub(crate) fn typed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(typed) = split(&text) {
        assert!(!typed.trigger.contains(char::is_whitespace));
        assert!(typed.trigger.len() + typed.text.len() < text.len());
    }
    let (message, _) = message_and_delay(&text);
    assert!(text.contains(message));
    let (names, message) = names_and_message(&text);
    let length: usize = names.iter().map(|name| name.len()).sum();
    assert!(length + message.len() <= text.len());
    assert!(names.iter().all(|name| !name.is_empty() && !name.contains([' ', ','])));
    let named = named(&text);
    assert!(named.people.iter().chain(&named.channels).all(|name| !name.is_empty()));
    let (emoji, rest) = emoji_and_text(&text);
    assert!(emoji.len() + rest.len() <= text.len());
}

/// What is understood of an answer is understood again.
pub(crate) fn answer(bytes: &[u8]) {
    if let Ok(answer) = serde_json::from_slice::<CommandResponse>(bytes) {
        let told = serde_json::to_value(&answer).unwrap();
        assert!(serde_json::from_value::<CommandResponse>(told).is_ok());
    }
}

pub(crate) fn typed_seeds() -> Vec<Vec<u8>> {
    let typed = [
        "/me waves",
        "/echo \"say \"this\" later\" 10",
        "/groupmsg @a, b,~c and hello",
        "/invite @bob ~town-square",
        ":smile: at sea",
    ];
    typed.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(crate) fn answer_seeds() -> Vec<Vec<u8>> {
    let answers = [
        r#"{"response_type":"in_channel","text":"<https://a.b|x>","attachments":[{"text":"y"}]}"#,
        r#"{"text":"x","extra_responses":[{"text":"y"}],"goto_location":"/a","props":{"a":[1]}}"#,
    ];
    answers.iter().map(|answer| answer.as_bytes().to_vec()).collect()
}
