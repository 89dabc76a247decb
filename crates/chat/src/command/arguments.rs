//! What is typed, taken apart. Text in, values out: nothing is looked up here.

/// The longest word after the slash that is looked up, in bytes.
pub const LONGEST_TRIGGER: usize = 512;

/// A command that was typed: the word after the slash, and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed<'a> {
    /// The word, as it was typed.
    pub trigger: &'a str,
    /// What follows, without the space between.
    pub text: &'a str,
}

/// Takes a command apart; nothing, if it is none.
pub fn split(command: &str) -> Option<Typed<'_>> {
    let typed = command.strip_prefix('/').filter(|typed| !typed.is_empty())?;
    let (trigger, text) = head(typed);
    Some(Typed { trigger, text })
}

/// The first word of a text, and what follows it. One white space between them is no part of either,
/// so that what somebody writes in lines of its own stays as it is.
pub fn head(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// A message that may stand in quotes, and the number of seconds behind it.
///
/// The outermost quotes count, so that a message may have quotes of its own. What is behind a message
/// without quotes is a number only if a space is before it.
pub fn message_and_delay(text: &str) -> (&str, i64) {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('"')
        && let Some((message, after)) = inner.rsplit_once('"')
        && !message.is_empty()
    {
        return (message, after.trim().parse().unwrap_or(0));
    }
    match text.rsplit_once(' ') {
        Some((message, last)) => match last.parse() {
            Ok(delay) => (message.trim_end(), delay),
            Err(_) => (text, 0),
        },
        None => (text, 0),
    }
}

/// A list of names, separated by commas and perhaps spaces, and what follows it.
pub fn names_and_message(text: &str) -> (Vec<&str>, &str) {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let end = rest.find([' ', '\n', '\t', ',']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        names.extend(bare(name));
        let Some(next) = after.trim_start().strip_prefix(',') else {
            return (names, after.trim());
        };
        rest = next.trim_start();
    }
}

/// The people and channels that are named, in their order, and the words that name neither.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named<'a> {
    /// Names of people, without the at-sign.
    pub people: Vec<&'a str>,
    /// Names of channels, without the tilde.
    pub channels: Vec<&'a str>,
}

/// Sorts words into people and channels. A word with neither sign names a person.
pub fn named(text: &str) -> Named<'_> {
    let mut named = Named::default();
    for word in text.split([' ', '\n', '\t', ',']) {
        match word.strip_prefix('~') {
            Some(channel) if !channel.is_empty() => named.channels.push(channel),
            Some(_) => {}
            None => named.people.extend(bare(word)),
        }
    }
    named
}

/// A name without the sign before it, unless nothing remains.
pub fn bare(name: &str) -> Option<&str> {
    Some(name.strip_prefix(['@', '~']).unwrap_or(name)).filter(|name| !name.is_empty())
}

/// An emoji at the beginning of a text, without its colons, and what follows it.
pub fn emoji_and_text(text: &str) -> (&str, &str) {
    let text = text.trim();
    let inner = text.strip_prefix(':').and_then(|text| text.split_once(':'));
    match inner {
        Some((emoji, rest)) if !emoji.is_empty() && !emoji.contains(char::is_whitespace) => {
            (emoji, rest.trim_start())
        }
        _ => ("", text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_begins_with_a_slash_and_a_word() {
        let split = |text| split(text).map(|typed| (typed.trigger, typed.text));
        assert_eq!(split("/me waves"), Some(("me", "waves")));
        assert_eq!(split("/me  waves"), Some(("me", " waves")));
        assert_eq!(split("/code\nfn main() {}\n"), Some(("code", "fn main() {}\n")));
        assert_eq!(split("/away"), Some(("away", "")));
        assert_eq!(split("/ away"), Some(("", "away")));
        assert_eq!(split("/"), None);
        assert_eq!(split(""), None);
        assert_eq!(split(" /me"), None);
        assert_eq!(split("/über\u{a0}x"), Some(("über", "x")));
    }

    #[test]
    fn a_message_may_have_quotes_of_its_own() {
        for (text, message, delay) in [
            ("hello", "hello", 0),
            ("\"hello\" 5", "hello", 5),
            ("\"say \"ahoy\" twice\" 10", "say \"ahoy\" twice", 10),
            ("\"\"\"\"", "\"\"", 0),
            ("\"", "\"", 0),
            ("\"\"", "\"\"", 0),
            ("\"open 5", "\"open", 5),
            ("hello there 5", "hello there", 5),
            ("hello 5 there", "hello 5 there", 0),
            ("5", "5", 0),
            ("\"x\" 99999999999999999999", "x", 0),
            ("", "", 0),
        ] {
            assert_eq!(message_and_delay(text), (message, delay), "{text}");
        }
    }

    #[test]
    fn names_are_separated_by_commas() {
        for (text, names, message) in [
            ("@alice,@bob hello you", vec!["alice", "bob"], "hello you"),
            ("@alice, @bob ,eve  hello", vec!["alice", "bob", "eve"], "hello"),
            ("@alice", vec!["alice"], ""),
            (",,@alice", vec!["alice"], ""),
            ("", vec![], ""),
            ("@alice:hq\nline", vec!["alice:hq"], "line"),
        ] {
            assert_eq!(names_and_message(text), (names, message), "{text}");
        }
    }

    #[test]
    fn people_and_channels_are_told_apart() {
        let found = named("@alice bob, ~plans ~ @ ~other");
        assert_eq!(found.people, ["alice", "bob"]);
        assert_eq!(found.channels, ["plans", "other"]);
        assert_eq!(named(" "), Named::default());
    }

    #[test]
    fn a_status_may_begin_with_an_emoji() {
        assert_eq!(emoji_and_text(":palm_tree: away"), ("palm_tree", "away"));
        assert_eq!(emoji_and_text("at sea"), ("", "at sea"));
        assert_eq!(emoji_and_text(":no colon"), ("", ":no colon"));
        assert_eq!(emoji_and_text("::"), ("", "::"));
        assert_eq!(emoji_and_text(":ship:"), ("ship", ""));
    }
}
