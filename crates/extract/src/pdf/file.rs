//! The objects of a PDF, found by looking at all of it: no list of places has to be believed.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::ZlibDecoder;

use super::object::{Dictionary, Lexer, Object};
use crate::NoText;
use crate::budget::Budget;

/// The most filters that bytes went through one after the other.
const MOST_FILTERS: usize = 4;

/// How often one object may refer to another before there is a value.
const LONGEST_CHAIN: usize = 8;

/// An object, and the bytes that follow it.
pub(super) struct Entry<'a> {
    pub(super) value: Object,
    stream: &'a [u8],
}

/// All objects, by their number.
pub(super) struct File<'a>(BTreeMap<u32, Entry<'a>>);

impl<'a> File<'a> {
    pub(super) fn read(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, NoText> {
        let mut file = Self(BTreeMap::new());
        let (mut at, mut can_end) = (0, true);
        while let Some(found) = find(&bytes[at..], b"obj") {
            let behind = at + found + 3;
            let number = number_before(&bytes[at..at + found]);
            at = behind;
            let Some(number) = number else { continue };
            let mut lexer = Lexer::new(bytes, behind);
            let Some(value) = lexer.object(budget)? else { continue };
            at = lexer.at.max(behind);
            let begin = stream_begin(&lexer, budget)?;
            let stream = begin.filter(|_| can_end).and_then(|at| stream_at(bytes, at, &value));
            if let Some((stream, end)) = stream {
                at = end;
                file.0.insert(number, Entry { value, stream });
            } else {
                can_end &= begin.is_none();
                file.0.insert(number, Entry { value, stream: &[] });
            }
        }
        file.unpack(budget)?;
        Ok(file)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.0.values()
    }

    /// What a value is, wherever it stands.
    pub(super) fn value<'b>(&'b self, mut value: &'b Object) -> Option<&'b Object> {
        for _ in 0..LONGEST_CHAIN {
            let Object::Reference(number) = value else { return Some(value) };
            value = &self.0.get(number)?.value;
        }
        None
    }

    /// What a dictionary says under a name.
    pub(super) fn get<'b>(&'b self, within: &'b Dictionary, name: &str) -> Option<&'b Object> {
        self.value(within.get(name.as_bytes())?)
    }

    /// The dictionary under a name.
    pub(super) fn within<'b>(
        &'b self,
        within: &'b Dictionary,
        name: &str,
    ) -> Option<&'b Dictionary> {
        self.get(within, name)?.dictionary()
    }

    /// The object that a value refers to.
    pub(super) fn entry(&self, reference: &Object) -> Option<&Entry<'a>> {
        match reference {
            Object::Reference(number) => self.0.get(number),
            _ => None,
        }
    }

    /// Whether it is of no use without a password.
    pub(super) fn is_locked(bytes: &[u8]) -> bool {
        // It is said in the trailer, which may be an object, or stand anywhere.
        find(bytes, b"/Encrypt").is_some()
    }

    /// The bytes that follow an object, unpacked; none, if they are packed in an unknown way.
    pub(super) fn stream(
        &self,
        entry: &Entry<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Vec<u8>>, NoText> {
        // Whoever asks again and again pays for it.
        budget.spend_bytes(64)?;
        let Some(dictionary) = entry.value.dictionary() else { return Ok(None) };
        let filter = self.get(dictionary, "Filter").or_else(|| self.get(dictionary, "F"));
        let filters: &[Object] = match filter {
            None => &[],
            Some(Object::Array(filters)) => filters,
            Some(one) => std::slice::from_ref(one),
        };
        if filters.len() > MOST_FILTERS {
            return Ok(None);
        }
        budget.spend_bytes(entry.stream.len())?;
        let mut bytes = entry.stream.to_vec();
        for filter in filters {
            let Some(Object::Name(name)) = self.value(filter) else { return Ok(None) };
            bytes = match name.as_slice() {
                b"FlateDecode" | b"Fl" => inflate(&bytes, budget)?,
                b"ASCIIHexDecode" | b"AHx" => from_hexadecimal(&bytes),
                b"ASCII85Decode" | b"A85" => from_base_85(&bytes),
                _ => return Ok(None),
            };
        }
        Ok(Some(bytes))
    }

    /// Adds the objects that are packed into others.
    fn unpack(&mut self, budget: &mut Budget) -> Result<(), NoText> {
        let mut unpacked = Vec::new();
        for entry in self.0.values() {
            let Some(dictionary) = entry.value.dictionary() else { continue };
            if !dictionary.get(&b"Type"[..]).is_some_and(|kind| kind.is_name(b"ObjStm")) {
                continue;
            }
            let count = |name| self.get(dictionary, name).and_then(Object::count);
            let (Some(count), Some(first)) = (count("N"), count("First")) else { continue };
            let Some(bytes) = self.stream(entry, budget)? else { continue };
            let mut index = Lexer::new(&bytes, 0);
            for _ in 0..count {
                let mut next = || -> Result<Option<usize>, NoText> {
                    Ok(index.object(budget)?.and_then(|value| value.count()))
                };
                let (Some(number), Some(offset)) = (next()?, next()?) else { break };
                let mut lexer = Lexer::new(&bytes, first.saturating_add(offset));
                let begin = lexer.at;
                let value = lexer.object(budget)?;
                // Many may lie in the same place.
                budget.spend_bytes(lexer.at - begin)?;
                if let (Ok(number), Some(value)) = (u32::try_from(number), value) {
                    unpacked.push((number, value));
                }
            }
        }
        for (number, value) in unpacked {
            self.0.entry(number).or_insert(Entry { value, stream: &[] });
        }
        Ok(())
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The number of an object whose `obj` follows these bytes: `12 0 `.
fn number_before(bytes: &[u8]) -> Option<u32> {
    let tail = &bytes[bytes.len().saturating_sub(24)..];
    let mut words = tail.rsplit(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    let _generation: u32 = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    let word = words.next()?;
    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&word[word.len() - digits..]).ok()?.parse().ok()
}

/// What says that the bytes of an object follow.
const STREAM: &[u8] = b"stream";

/// Where it is said that the bytes of the object before follow, if it is.
fn stream_begin(lexer: &Lexer<'_>, budget: &mut Budget) -> Result<Option<usize>, NoText> {
    let mut ahead = lexer.clone();
    ahead.skip_space();
    budget.spend_looks(ahead.at - lexer.at)?;
    Ok(ahead.bytes[ahead.at..].starts_with(STREAM).then_some(ahead.at))
}

/// The bytes that follow an object where that is said, and where they end.
fn stream_at<'a>(bytes: &'a [u8], at: usize, value: &Object) -> Option<(&'a [u8], usize)> {
    let dictionary = value.dictionary()?;
    let at = at + STREAM.len();
    let begin = match bytes.get(at..)? {
        [b'\r', b'\n', ..] => at + 2,
        [b'\n' | b'\r', ..] => at + 1,
        _ => at,
    };
    let said = dictionary.get(&b"Length"[..]).and_then(Object::count);
    let ends_there = |end: &usize| {
        let rest = bytes.get(*end..).unwrap_or_default();
        rest[..rest.len().min(16)].windows(9).any(|window| window == b"endstream")
    };
    let end = match said.map(|length| begin + length).filter(ends_there) {
        Some(end) => end,
        None => begin + find(&bytes[begin..], b"endstream")?,
    };
    Some((&bytes[begin..end], end))
}

fn inflate(bytes: &[u8], budget: &mut Budget) -> Result<Vec<u8>, NoText> {
    let mut unpacked = Vec::new();
    // What was unpacked before something is wrong is still good.
    drop(budget.limit(ZlibDecoder::new(bytes)).read_to_end(&mut unpacked));
    if budget.bytes() == 0 {
        return Err(NoText::TooMuch);
    }
    Ok(unpacked)
}

fn from_hexadecimal(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = bytes
        .iter()
        .take_while(|byte| **byte != b'>')
        .filter_map(|byte| char::from(*byte).to_digit(16).map(|digit| digit as u8))
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or_default()).collect()
}

fn from_base_85(bytes: &[u8]) -> Vec<u8> {
    let (mut decoded, mut group) = (Vec::new(), Vec::with_capacity(5));
    for byte in bytes.iter().take_while(|byte| **byte != b'~') {
        match byte {
            b'z' if group.is_empty() => decoded.extend([0; 4]),
            b'!'..=b'u' => group.push(u32::from(byte - b'!')),
            _ => continue,
        }
        if group.len() == 5 {
            decoded.extend(number_of(&group).to_be_bytes());
            group.clear();
        }
    }
    if group.len() > 1 {
        let there = group.len() - 1;
        group.resize(5, 84);
        decoded.extend(&number_of(&group).to_be_bytes()[..there]);
    }
    decoded
}

fn number_of(group: &[u32]) -> u32 {
    group.iter().fold(0, |number: u32, digit| number.wrapping_mul(85).wrapping_add(*digit))
}
