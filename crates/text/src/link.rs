//! Addresses in messages: bare ones and those of images.

use std::collections::HashSet;
use std::ops::Range;

use crate::markdown;

/// Schemes whose addresses are links without any Markdown.
const SCHEMES: [&str; 5] = ["http", "https", "ftp", "mailto", "tel"];

/// Marks that end a sentence rather than an address.
const TRAILING: [char; 11] = ['.', ',', ':', ';', '!', '?', '\'', '"', '*', '_', '~'];

/// Returns the first bare address of `message`, or nothing if it has none.
///
/// Addresses in code, in the text of a link and in its destination do not count. One that
/// begins with `www` is given its scheme, `http`.
pub fn first_autolink(message: &str) -> Option<String> {
    let mut first = None;
    markdown::each_run(message, |run| {
        if first.is_none() && !run.linked {
            first = bare_urls(run.text).next().map(|span| with_scheme(&run.text[span]));
        }
    });
    first
}

/// Returns the addresses of the images of `message`, each once, in order of appearance.
pub fn image_urls(message: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    markdown::image_destinations(message).filter(|url| seen.insert(url.clone())).collect()
}

/// The places of the bare addresses of a text without Markdown.
pub(crate) fn bare_urls(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at;
            if let Some(prefix) = prefix_length(&text[start..]) {
                at = start + prefix + address_length(&text[start + prefix..]);
                return Some(start..at);
            }
            at = next_start(text, start);
        }
        None
    })
}

/// Calls `visit` with each non-empty part of `text` that lies outside `spans`.
pub(crate) fn between<'t>(
    text: &'t str,
    spans: impl Iterator<Item = Range<usize>>,
    mut visit: impl FnMut(&'t str),
) {
    let mut end = 0;
    for span in spans.chain(std::iter::once(text.len()..text.len())) {
        if end < span.start {
            visit(&text[end..span.start]);
        }
        end = span.end;
    }
}

/// The next place an address may begin: past the word of ASCII letters and digits at `start`,
/// since no address begins inside one. Other scripts are often written without spaces, so an
/// address may touch them.
fn next_start(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    match rest.find(|c: char| !c.is_ascii_alphanumeric()) {
        Some(0) => start + rest.chars().next().map_or(1, char::len_utf8),
        Some(word) => start + word,
        None => text.len(),
    }
}

/// The length of the scheme or the `www` that makes the beginning of `text` an address, with
/// what separates it from the host.
fn prefix_length(text: &str) -> Option<usize> {
    let word = text.bytes().position(|byte| !byte.is_ascii_alphanumeric())?;
    let (word, rest) = text.split_at(word);
    let separator = if SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme)) {
        "://"
    } else if is_www(word) {
        "."
    } else {
        return None;
    };
    let host = rest.strip_prefix(separator)?;
    host.starts_with(|c: char| c.is_alphanumeric() || c == '[')
        .then_some(word.len() + separator.len())
}

fn is_www(word: &str) -> bool {
    word.split_at_checked(3).is_some_and(|(www, number)| {
        www.eq_ignore_ascii_case("www")
            && number.len() <= 3
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn address_length(text: &str) -> usize {
    let end = text.find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>'));
    let address = &text[..end.unwrap_or(text.len())];
    let count = |mark| address.bytes().filter(|byte| *byte == mark).count();
    let mut unopened = count(b')').saturating_sub(count(b'('));
    address
        .trim_end_matches(|c: char| {
            if c == ')' && unopened > 0 {
                unopened -= 1;
                return true;
            }
            TRAILING.contains(&c)
        })
        .len()
}

fn with_scheme(address: &str) -> String {
    let word = address.split(|c: char| !c.is_ascii_alphanumeric()).next();
    if word.is_some_and(is_www) { format!("http://{address}") } else { address.to_owned() }
}

#[cfg(test)]
mod tests;
