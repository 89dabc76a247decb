//! The Portable Document Format, as far as words need it.
//!
//! Pages are read in the order of their objects, which is that in which most programs write them.
//! A font says which letters its codes are, or is taken for one of Western Europe. A scanned page
//! has pictures and no words.

mod content;
mod file;
mod font;
mod object;

use std::collections::BTreeMap;
use std::rc::Rc;

use self::file::{Entry, File};
use self::font::Font;
use self::object::{Dictionary, Object};
use crate::NoText;
use crate::budget::Budget;
use crate::sink::Sink;

/// How far up a page may have its fonts from.
const HIGHEST: usize = 16;

/// Within how many bytes a file says that it is one.
const HEAD: usize = 1024;

pub(crate) fn read(bytes: &[u8], budget: &mut Budget, sink: &mut Sink) -> Result<(), NoText> {
    if !bytes[..bytes.len().min(HEAD)].windows(5).any(|window| window == b"%PDF-") {
        return Err(NoText::Damaged);
    }
    if File::is_locked(bytes) {
        return Err(NoText::Locked);
    }
    let file = File::read(bytes, budget)?;
    let mut pages = Pages { file: &file, fonts: BTreeMap::new() };
    for entry in file.entries() {
        if let Some(dictionary) = entry.value.dictionary() {
            pages.read(entry, dictionary, budget, sink)?;
        }
        if sink.is_full() {
            break;
        }
    }
    Ok(())
}

struct Pages<'a> {
    file: &'a File<'a>,
    /// Fonts that have been read, by where they stand in the file: many have no number.
    fonts: BTreeMap<*const Dictionary, Rc<Font>>,
}

impl Pages<'_> {
    /// Reads an object, if it is a page or a part of one.
    fn read(
        &mut self,
        entry: &Entry<'_>,
        dictionary: &Dictionary,
        budget: &mut Budget,
        sink: &mut Sink,
    ) -> Result<(), NoText> {
        let file = self.file;
        let says = |name: &str, what: &[u8]| {
            file.get(dictionary, name).is_some_and(|value| value.is_name(what))
        };
        if says("Subtype", b"Form") {
            return self.show(&[entry], dictionary, budget, sink);
        }
        let Some(contents) = dictionary.get(&b"Contents"[..]).filter(|_| says("Type", b"Page"))
        else {
            return Ok(());
        };
        let contents = match file.value(contents) {
            Some(Object::Array(parts)) => parts.as_slice(),
            _ => std::slice::from_ref(contents),
        };
        budget.spend_pieces(contents.len())?;
        let parts: Vec<&Entry<'_>> = contents.iter().filter_map(|part| file.entry(part)).collect();
        self.show(&parts, dictionary, budget, sink)
    }

    fn show(
        &mut self,
        parts: &[&Entry<'_>],
        page: &Dictionary,
        budget: &mut Budget,
        sink: &mut Sink,
    ) -> Result<(), NoText> {
        let file = self.file;
        let fonts = resources(file, page).and_then(|resources| file.within(resources, "Font"));
        for part in parts {
            let Some(content) = file.stream(part, budget)? else { continue };
            let mut font = |name: &[u8]| self.font(fonts.and_then(|fonts| fonts.get(name)), budget);
            content::read(&content, &mut font, sink)?;
        }
        Ok(())
    }

    fn font(&mut self, named: Option<&Object>, budget: &mut Budget) -> Result<Rc<Font>, NoText> {
        budget.spend_bytes(16)?;
        let Some(font) = named.and_then(|named| self.file.value(named)?.dictionary()) else {
            return Ok(Rc::new(Font::simple()));
        };
        let place = std::ptr::from_ref(font);
        if let Some(known) = self.fonts.get(&place) {
            return Ok(Rc::clone(known));
        }
        let font = Rc::new(Font::read(self.file, font, budget)?);
        self.fonts.insert(place, Rc::clone(&font));
        Ok(font)
    }
}

/// What a page draws with, which one above it may say for all of its pages.
fn resources<'a>(file: &'a File<'_>, page: &'a Dictionary) -> Option<&'a Dictionary> {
    let mut page = page;
    for _ in 0..HIGHEST {
        if let Some(resources) = file.within(page, "Resources") {
            return Some(resources);
        }
        page = file.within(page, "Parent")?;
    }
    None
}
