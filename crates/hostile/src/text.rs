//! What people write.

use fieldpost_search::{Phrase, Query, indexed, near};
use fieldpost_text::keyword::{ChannelWord, Keywords};
use fieldpost_text::{channel_mention, emoji, hashtag, link, mention, name as names};

fn keywords() -> Keywords<u8> {
    let mut keywords = Keywords::new();
    keywords.add_name("alice", 1);
    keywords.add_name("bob.b-", 2);
    keywords.add_word("ж", 3);
    keywords.add_word("世界", 4);
    keywords.add_exact("Alice", 1);
    keywords.add_channel_word(ChannelWord::Here, 5);
    keywords.add_channel_word(ChannelWord::All, 6);
    keywords
}

pub(crate) fn markdown(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let found = mention::find([text.as_ref(), "@bob"], &keywords());
    assert!(found.potential.contains(&"bob".to_owned()));
    assert!(emoji::names(&text).iter().all(|name| text.contains(name)));
    assert!(hashtag::joined(&text).len() <= text.len() * 2);
    channel_mention::names([text.as_ref()]);
    if let Some(address) = link::first_autolink(&text) {
        assert!(address.contains(':') && address.len() <= text.len() + "http://".len());
    }
    link::image_urls(&text);
}

pub(crate) fn name(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let local = names::check_username(&text).is_ok();
    assert!(!local || (text.len() <= 64 && text.is_ascii()));
    let channel = names::check_channel_name(&text).is_ok();
    assert!(!channel || (text.len() <= 64 && text.is_ascii()));
    let checks = [
        names::check_remote_username,
        names::check_team_name,
        names::check_emoji_name,
        names::check_email,
        names::check_locale,
    ];
    for check in checks {
        // Whatever is accepted is one line without a hidden sign.
        assert!(check(&text).is_err() || !text.contains(char::is_control));
    }
}

pub(crate) fn query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let words = indexed(&text);
    let is_word = |c: char| !c.is_ascii() || c.is_ascii_lowercase() || c.is_ascii_digit();
    assert!(words.split(' ').all(|word| word.chars().all(is_word)));
    assert!(words.split(' ').all(|word| near(word).len() < 4000));
    let Ok(query) = Query::parse(&text) else { return };
    query.days.span(i64::from(bytes.first().copied().unwrap_or(0)) << 56);
    let sides = [&query.phrases.with, &query.phrases.without];
    let phrases: Vec<&Phrase> = sides.into_iter().flatten().collect();
    assert!(phrases.len() <= 64 && phrases.iter().all(|phrase| !phrase.words.is_empty()));
    assert!(phrases.iter().flat_map(|phrase| &phrase.words).all(|word| word.chars().all(is_word)));
}

pub(crate) fn query_seeds() -> Vec<Vec<u8>> {
    let typed = [
        "red -bridge \"two words\" -\"not these\" ham* #tag -#other",
        "from:bob -from:@eve in:~town-square in:@bob,eve on:2026-11-26 -before:2026-1-1 ext:.pdf",
        "Café п’ять المدرسة 東京都庁 서울 ไทย ½ e\u{301} 😀 a_b-c.d",
    ];
    typed.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "Hello @alice, @bob.b- and @here: see ~town-square #plan :smile: https://example.com/a_(b).",
        "# Head\n\n* one\n  1. two\n\n> quoted `code` ![map](http://x.y/z.png \"t\") [l](<a b>)\n",
        "```rust\n@all\n```\n~~~\n:x:\n~~~\n    indented\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n",
        "www.example.com **bold _both_** ~~gone~~ <http://auto.link> &amp; \\@alice \u{202e}",
        "世界 ж Alice #тег #1 :+1: :a_b-c: [x]: /u\n[x] ![](<>)((([[[***___```",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(crate) fn name_seeds() -> Vec<Vec<u8>> {
    let names = ["alice", "alice:2ab", "town-square", "a.b_c-d", "a@b.example", "de-CH", "+1"];
    names.iter().map(|name| name.as_bytes().to_vec()).collect()
}
