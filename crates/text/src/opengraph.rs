//! What a page says of itself for previews: its Open Graph properties.

/// Properties that are read of one page.
const MOST: usize = 64;

/// The longest value, in characters.
const LONGEST: usize = 1_000;

/// The properties `og:…` of a page and their values, in order, without the prefix.
///
/// Running time is proportional to the page: it is scanned once, and never built.
pub fn properties(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        if !begins_with(rest, "meta") {
            continue;
        }
        let (attributes, after) = attributes(&rest[4..]);
        rest = after;
        let value = |names: [&str; 2]| {
            let found = attributes.iter().find(|(name, _)| names.contains(&name.as_str()));
            found.map(|(_, value)| *value)
        };
        let property = value(["property", "name"]).map(str::trim).filter(|p| begins_with(p, "og:"));
        if let (Some(property), Some(content)) = (property, value(["content", "value"])) {
            let content: String = decoded(content).trim().chars().take(LONGEST).collect();
            found.push((property[3..].to_ascii_lowercase(), content));
            if found.len() == MOST {
                break;
            }
        }
    }
    found
}

/// Whether a text begins with letters, in whatever case.
fn begins_with(text: &str, letters: &str) -> bool {
    text.get(..letters.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(letters))
}

/// The attributes of a tag, with names in small letters, and what follows the tag.
fn attributes(tag: &str) -> (Vec<(String, &str)>, &str) {
    let mut found = Vec::new();
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with(['>', '<']) || found.len() == MOST {
            return (found, rest);
        }
        let end = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '<');
        let (name, after) = rest.split_at(rest.find(end).unwrap_or(rest.len()));
        let spaced = after.trim_start();
        let Some(value) = spaced.strip_prefix('=') else {
            // A lone mark is no name, and must not be met again.
            rest = if name.is_empty() { after.get(1..).unwrap_or_default() } else { after };
            continue;
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => match value[1..].split_once(quote) {
                Some(parted) => parted,
                // The quote is never closed: nothing more can be told apart.
                None => return (found, ""),
            },
            None => {
                let end = value.find(|c: char| c.is_whitespace() || c == '>');
                value.split_at(end.unwrap_or(value.len()))
            }
        };
        found.push((name.to_ascii_lowercase(), value));
        rest = after;
    }
}

/// A value with the usual character references resolved.
fn decoded(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(mark) = rest.find('&') {
        written.push_str(&rest[..mark]);
        rest = &rest[mark..];
        let reference = rest.char_indices().take(12).find(|(_, c)| *c == ';').map(|(end, _)| end);
        match reference.and_then(|end| Some((end, character(&rest[1..end])?))) {
            Some((end, character)) => {
                written.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                written.push('&');
                rest = &rest[1..];
            }
        }
    }
    written.push_str(rest);
    written
}

fn character(reference: &str) -> Option<char> {
    let Some(number) = reference.strip_prefix('#') else {
        return Some(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            _ => return None,
        });
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|c| !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(page: &str) -> Vec<(String, String)> {
        properties(page)
    }

    #[test]
    fn a_page_says_what_it_is() {
        let page = "<html><head><META property=\"og:title\" content=\"A &amp; B &#x2014; C\">\
            <meta name='OG:Type' content=article />\
            <meta content=\"say &quot;hi&quot;\" data-x property = \"og:description\">\
            <meta property='twitter:card' content='x'><title>no</title>";
        let expected = [("title", "A & B — C"), ("type", "article"), ("description", "say \"hi\"")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(told(page), expected);
    }

    #[test]
    fn what_is_no_page_says_nothing() {
        for page in [
            "",
            "<",
            "<meta",
            "<meta ",
            "<meta property=\"og:title",
            "<meta =>",
            "<meta ==\"",
            "&;",
            "<meta property=og:title>",
            "<meta content='x'>",
            "<meta property=\"og:title\" content",
            "<méta property='og:title' content='x'>",
        ] {
            assert_eq!(told(page), [], "{page}");
        }
        let many = "<meta property='og:image' content='x'>".repeat(1_000);
        assert_eq!(told(&many).len(), MOST);
        let long = format!("<meta property='og:title' content='{}'>", "ä".repeat(5_000));
        assert_eq!(told(&long)[0].1.chars().count(), LONGEST);
        assert_eq!(told(&"<meta ".repeat(100_000)), []);
    }
}
