//! Archives of XML: Office Open XML and OpenDocument.

use std::io::{BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::NoText;
use crate::budget::Budget;
use crate::sink::Sink;

/// The most files in an archive. Each takes memory before anything of it is read.
const MOST_FILES: usize = 4096;

/// What begins the entry of a file in an archive's list.
const ENTRY: &[u8] = b"PK\x01\x02";

/// Where the text stands in such an archive.
pub(crate) struct Layout {
    /// The beginnings of the names of files in which there is text, in the order of reading.
    parts: &'static [&'static str],
    /// Elements, without their prefix, whose text counts; all, if none are named.
    holding: &'static [&'static str],
    /// Elements whose text stands apart from what is around it.
    apart: &'static [&'static str],
}

pub(crate) const OFFICE: Layout = Layout {
    parts: &[
        "word/document",
        "word/header",
        "word/footer",
        "word/footnotes",
        "word/endnotes",
        "word/comments",
        "xl/sharedStrings",
        "xl/worksheets/sheet",
        "xl/comments",
        "ppt/slides/slide",
        "ppt/notesSlides/notesSlide",
    ],
    holding: &["t", "v"],
    apart: &["p", "tab", "br", "cr", "si", "c", "tc"],
};

pub(crate) const OPEN_DOCUMENT: Layout = Layout {
    parts: &["content"],
    holding: &[],
    apart: &["p", "h", "s", "tab", "line-break", "table-cell"],
};

/// Reads the text of an archive.
pub(crate) fn read(
    bytes: &[u8],
    layout: &Layout,
    budget: &mut Budget,
    sink: &mut Sink,
) -> Result<(), NoText> {
    if bytes.windows(ENTRY.len()).filter(|window| *window == ENTRY).count() > MOST_FILES {
        return Err(NoText::TooMuch);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| NoText::Damaged)?;
    let mut names: Vec<(usize, usize, String)> = Vec::new();
    for name in archive.file_names().filter_map(Result::ok).filter(|name| name.ends_with(".xml")) {
        if let Some(part) = layout.parts.iter().position(|part| name.starts_with(part)) {
            // The tenth slide comes after the ninth.
            names.push((part, name.len(), name.into_owned()));
        }
    }
    if names.is_empty() {
        return Err(NoText::Damaged);
    }
    names.sort_unstable();
    for (.., name) in names {
        let file = archive.by_name(&name).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => NoText::Locked,
            _ => NoText::Damaged,
        })?;
        let read = read_part(budget.limit(file), layout, sink);
        // Nothing left means that too much was there: whoever reads it sees only that it broke off.
        let exhausted = budget.bytes() == 0;
        read.map_err(|damaged| if exhausted { NoText::TooMuch } else { damaged })?;
        if sink.is_full() {
            break;
        }
    }
    Ok(())
}

/// Reads the text of one file.
fn read_part(file: impl Read, layout: &Layout, sink: &mut Sink) -> Result<(), NoText> {
    let mut reader = Reader::from_reader(BufReader::new(file));
    let config = reader.config_mut();
    // How elements lie in each other makes no difference, so nobody has to remember it.
    (config.check_end_names, config.allow_unmatched_ends) = (false, true);
    let mut part =
        Part { layout, sink, held: usize::from(layout.holding.is_empty()), numbered: false };
    let mut buffer = Vec::new();
    while !part.sink.is_full() {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|_| NoText::Damaged)? {
            Event::Start(element) => part.begin(&element),
            Event::Empty(element) => part.pass(element.local_name().into_inner()),
            Event::End(element) => part.end(element.local_name().into_inner()),
            Event::Text(text) => part.say(&text.xml10_content()),
            Event::CData(text) => part.say(&text.xml10_content()),
            Event::GeneralRef(reference) => part.say_reference(&reference),
            Event::Eof => break,
            _ => {}
        }
    }
    part.sink.space();
    Ok(())
}

struct Part<'a> {
    layout: &'a Layout,
    sink: &'a mut Sink,
    /// How many elements are open whose text counts.
    held: usize,
    /// Whether the cell of a sheet holds the number of a text that stands elsewhere.
    numbered: bool,
}

impl Part<'_> {
    fn begin(&mut self, element: &BytesStart<'_>) {
        let name = element.local_name().into_inner();
        self.pass(name);
        if name == "c" {
            let kind = element.try_get_attribute("t").ok().flatten();
            self.numbered = kind.is_some_and(|kind| kind.value == "s");
        }
        if self.counts(name) {
            self.held = self.held.saturating_add(1);
        }
    }

    fn end(&mut self, name: &str) {
        self.pass(name);
        if self.counts(name) {
            self.held = self.held.saturating_sub(1);
        }
        if name == "c" {
            self.numbered = false;
        }
    }

    fn counts(&self, name: &str) -> bool {
        self.layout.holding.contains(&name) && !(name == "v" && self.numbered)
    }

    fn pass(&mut self, name: &str) {
        if self.layout.apart.contains(&name) {
            self.sink.space();
        }
    }

    fn say(&mut self, text: &str) {
        if self.held > 0 {
            self.sink.push(text);
        }
    }

    fn say_reference(&mut self, reference: &BytesRef<'_>) {
        let mut letter = [0; 4];
        match (&*reference.xml10_content(), reference.resolve_char_ref()) {
            (_, Ok(Some(c))) => self.say(c.encode_utf8(&mut letter)),
            ("amp", _) => self.say("&"),
            ("lt", _) => self.say("<"),
            ("gt", _) => self.say(">"),
            ("apos", _) => self.say("'"),
            ("quot", _) => self.say("\""),
            _ => {}
        }
    }
}
