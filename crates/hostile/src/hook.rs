//! What programs send to be posted, and pages that are looked at for previews.

use std::collections::HashMap;

use fieldpost_chat::hook::Payload;
use fieldpost_text::{opengraph, slack};

pub(crate) fn payload_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        r#"{"text":"<!here> <@abc|x> <https://a.example/|b>","channel":"a","username":"ci"}"#,
        "{\"text\":\"a\nb\",\"attachments\":[null,{\"fields\":[{\"value\":1}],\"text\":\"x\"}]}",
        r#"{"props":{"from_webhook":1,"x":[]},"priority":{"priority":"standard"},"type":"custom_x"}"#,
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).to_vec()
}

/// Says who posts nobody but the server, and a translated text is hardly longer than what was sent.
pub(crate) fn payload(bytes: &[u8]) {
    let Some(payload) = Payload::parse(bytes) else { return };
    for reserved in ["from_webhook", "from_bot", "override_username", "attachments"] {
        assert!(!payload.props.contains_key(reserved), "{reserved} came through");
    }
    assert!(!slack::people(&payload.text).iter().any(|id| id.contains('>')));
    let translated = slack::to_markdown(&payload.text, &HashMap::new());
    assert!(translated.len() <= payload.text.len() * 2, "{translated:?}");
}

pub(crate) fn page_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "<meta property=\"og:title\" content=\"A &amp; B &#x2014;\"><meta name=og:type content=x />",
        "<meta content='1' property='og:image:width'><meta content= property=og:url>",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).to_vec()
}

/// A page says a bounded number of things of bounded length.
pub(crate) fn page(bytes: &[u8]) {
    let said = opengraph::properties(&String::from_utf8_lossy(bytes));
    assert!(said.len() <= 64);
    for (_, value) in said {
        assert!(value.chars().count() <= 1_000);
    }
}
