//! Texts written for Slack: what stands between `<` and `>`.

use std::collections::HashMap;

/// The ids that a text mentions, as in `<@ID>` or `<@ID|name>`, in order.
pub fn people(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for_each_part(text, |part| {
        if let Part::Angled(inner) = part
            && let Some(id) = inner.strip_prefix('@')
        {
            found.push(labelled(id).0);
        }
    });
    found
}

/// The text in Markdown. `names` are the usernames of the people that it mentions, by their ids.
///
/// Running time is proportional to the text.
pub fn to_markdown(text: &str, names: &HashMap<String, String>) -> String {
    let mut written = String::with_capacity(text.len());
    for_each_part(text, |part| match part {
        Part::Plain(plain) => written.push_str(plain),
        Part::Angled(inner) => match translated(inner, names) {
            Some(translated) => written.push_str(&translated),
            None => {
                written.push('<');
                written.push_str(inner);
                written.push('>');
            }
        },
    });
    written
}

enum Part<'t> {
    Plain(&'t str),
    Angled(&'t str),
}

fn for_each_part<'t>(text: &'t str, mut each: impl FnMut(Part<'t>)) {
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let (plain, after) = (&rest[..open], &rest[open + 1..]);
        each(Part::Plain(plain));
        match after.find(['<', '>', '\n']) {
            Some(end) if after[end..].starts_with('>') => {
                each(Part::Angled(&after[..end]));
                rest = &after[end + 1..];
            }
            Some(end) => {
                each(Part::Plain(&rest[open..=open + end]));
                rest = &after[end..];
            }
            None => {
                each(Part::Plain(&rest[open..]));
                return;
            }
        }
    }
    each(Part::Plain(rest));
}

fn labelled(inner: &str) -> (&str, Option<&str>) {
    match inner.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inner, None),
    }
}

fn translated(inner: &str, names: &HashMap<String, String>) -> Option<String> {
    let (target, label) = labelled(inner);
    if let Some(word) = target.strip_prefix('!') {
        return matches!(word, "here" | "channel" | "all").then(|| format!("@{word}"));
    }
    if let Some(id) = target.strip_prefix('@') {
        let is_name = |name: &&str| {
            let letter = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            !name.is_empty() && name.chars().all(letter)
        };
        let name = names.get(id).map(String::as_str).or(label).or(Some(id));
        return name.filter(is_name).map(|name| format!("@{name}"));
    }
    let is_link = target.contains("://") || target.starts_with("mailto:");
    if !is_link || target.contains(char::is_whitespace) {
        return None;
    }
    Some(match label {
        Some(label) => format!("[{label}]({target})"),
        None => target.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markdown(text: &str) -> String {
        let names = [("u1".to_owned(), "ada".to_owned())].into();
        to_markdown(text, &names)
    }

    #[test]
    fn links_words_and_people_are_translated() {
        assert_eq!(
            markdown("see <https://a.example/x?y=1|the plan>."),
            "see [the plan](https://a.example/x?y=1)."
        );
        assert_eq!(
            markdown("<https://a.example> <mailto:a@b.c|mail>"),
            "https://a.example [mail](mailto:a@b.c)"
        );
        assert_eq!(markdown("<!here> <!channel> <!all>"), "@here @channel @all");
        assert_eq!(markdown("<!here|here>"), "@here");
        assert_eq!(markdown("<@u1> <@u1|x> <@u2|bob> <@carol>"), "@ada @ada @bob @carol");
        assert_eq!(people("<@u1> and <@u2|bob> and <!here>"), ["u1", "u2"]);
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            "a < b > c",
            "<",
            "<<<>",
            "<b>",
            "<!everyone>",
            "<#C1|town>",
            "<@>",
            "<@a b>",
            "< a>",
            "<https://a\nb>",
            "<javascript:alert(1)|x>",
            "é<ü>ß",
            "",
        ] {
            assert_eq!(markdown(text), text);
        }
        assert_eq!(markdown("<<https://a.example>>"), "<https://a.example>");
    }
}
