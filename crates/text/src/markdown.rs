//! The text of a Markdown source, without its code and its link destinations.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::{emoji, link};

/// Bytes of one source that are looked at: four for each character a message may have.
const MAX_BYTES: usize = 4 * 16_383;

/// Text between two boundaries: line ends, code, and the edges of links and blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run<'a> {
    /// The text, with the marks of emphasis left in.
    pub(crate) text: &'a str,
    /// Whether this is the text of a link or the description of an image.
    pub(crate) linked: bool,
}

/// Calls `visit` with each run of `source` that is neither code nor a link destination.
pub(crate) fn each_run(source: &str, mut visit: impl FnMut(Run<'_>)) {
    let source = hide_html(beginning(source));
    let mut text = String::new();
    let mut links = 0_usize;
    let mut in_code = false;
    for (event, range) in Parser::new(&source).into_offset_iter() {
        if let Event::Text(part) | Event::InlineHtml(part) = &event
            && !in_code
        {
            text.push_str(part);
            continue;
        }
        // An address such as `a_b_c` must come out as it was written, so the marks the parser
        // took away are put back.
        if let Some(mark) = emphasis_mark(&event, &range) {
            text.push_str(source.get(mark).unwrap_or_default());
            continue;
        }
        if !text.is_empty() {
            visit(Run { text: &text, linked: links > 0 });
            text.clear();
        }
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => links += 1,
            Event::End(TagEnd::Link | TagEnd::Image) => links = links.saturating_sub(1),
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            _ => {}
        }
    }
}

/// Calls `visit` with each piece of a run that is neither a bare address nor an emoji.
pub(crate) fn each_plain_text(source: &str, mut visit: impl FnMut(&str)) {
    each_run(source, |run| {
        link::between(run.text, link::bare_urls(run.text), |part| {
            link::between(part, emoji::spans(part), &mut visit);
        });
    });
}

/// The destinations of the images of `source`, inline and by reference.
pub(crate) fn image_destinations(source: &str) -> impl Iterator<Item = String> {
    Parser::new(beginning(source)).filter_map(|event| match event {
        Event::Start(Tag::Image { dest_url, .. }) if !dest_url.is_empty() => {
            Some(dest_url.into_string())
        }
        _ => None,
    })
}

/// Where the marks are that an event of emphasis stands for.
fn emphasis_mark(event: &Event<'_>, range: &Range<usize>) -> Option<Range<usize>> {
    match event {
        Event::Start(Tag::Emphasis) => Some(range.start..range.start + 1),
        Event::Start(Tag::Strong) => Some(range.start..range.start + 2),
        Event::End(TagEnd::Emphasis) => Some(range.end.saturating_sub(1)..range.end),
        Event::End(TagEnd::Strong) => Some(range.end.saturating_sub(2)..range.end),
        _ => None,
    }
}

fn beginning(source: &str) -> &str {
    &source[..source.floor_char_boundary(MAX_BYTES)]
}

/// Replaces each `<` that could open HTML by a control character of the same length.
///
/// Messages have no HTML: `<b>` is text, and code inside it is still code. A `<` that opens
/// the destination of a link or of a link definition keeps its meaning.
fn hide_html(source: &str) -> Cow<'_, str> {
    if !source.contains('<') {
        return Cow::Borrowed(source);
    }
    let mut hidden = String::with_capacity(source.len());
    for part in source.split_inclusive('<') {
        hidden.push_str(part);
        let before = part.strip_suffix('<').map(|text| text.trim_end_matches([' ', '\t']));
        if before.is_some_and(|text| !text.ends_with("](") && !text.ends_with("]:")) {
            hidden.pop();
            hidden.push('\u{1}');
        }
    }
    Cow::Owned(hidden)
}
