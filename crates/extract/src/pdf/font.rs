//! Which letters the codes of a font are.

use std::collections::BTreeMap;

use super::file::File;
use super::object::{Dictionary, Lexer, Object, Token};
use crate::NoText;
use crate::budget::Budget;

/// The most letters of one code.
const LONGEST: usize = 8;

/// The letters of a font.
#[derive(Debug, Default)]
pub(super) struct Font {
    /// Bytes of a code.
    width: usize,
    /// From the first code of a range to its last one, and the letters of the first.
    ranges: BTreeMap<u32, (u32, String)>,
    /// Whether codes without a range are those of most simple fonts.
    is_simple: bool,
}

impl Font {
    /// The font that is used where none is known.
    pub(super) fn simple() -> Self {
        Self { width: 1, is_simple: true, ..Self::default() }
    }

    pub(super) fn read(
        file: &File<'_>,
        font: &Dictionary,
        budget: &mut Budget,
    ) -> Result<Self, NoText> {
        let is_composite = file.get(font, "Subtype").is_some_and(|kind| kind.is_name(b"Type0"));
        let mut this = Self {
            width: if is_composite { 2 } else { 1 },
            is_simple: !is_composite,
            ..Self::default()
        };
        if let Some(encoding) = file.within(font, "Encoding")
            && let Some(Object::Array(differences)) = file.get(encoding, "Differences")
        {
            // Many fonts may have theirs in the same place.
            budget.spend_pieces(differences.len())?;
            this.differ(differences);
        }
        let map = font.get(&b"ToUnicode"[..]).and_then(|map| file.entry(map));
        if let Some(map) = map
            && let Some(map) = file.stream(map, budget)?
        {
            this.map(&map);
        }
        Ok(this)
    }

    /// The letters of a text that is shown in this font.
    pub(super) fn letters(&self, text: &[u8], each: &mut impl FnMut(&str)) {
        for code in text.chunks(self.width.max(1)) {
            let code = number(code);
            match self.ranges.range(..=code).next_back() {
                Some((first, (last, letters))) if code <= *last => {
                    each(&later(letters, code - first));
                }
                _ if self.is_simple => {
                    let mut letter = [0; 4];
                    each(western(code).encode_utf8(&mut letter));
                }
                _ => {}
            }
        }
    }

    /// Codes that mean other glyphs than usual, by the names of these.
    fn differ(&mut self, differences: &[Object]) {
        let mut code = 0_u32;
        for difference in differences {
            match difference {
                Object::Number(number) => code = *number as u32,
                Object::Name(name) => {
                    if let Some(letters) = glyph(&String::from_utf8_lossy(name)) {
                        self.ranges.insert(code, (code, letters));
                    }
                    code = code.saturating_add(1);
                }
                _ => {}
            }
        }
    }

    /// Reads a map from codes to letters.
    fn map(&mut self, map: &[u8]) {
        let mut lexer = Lexer::new(map, 0);
        let mut texts: Vec<Vec<u8>> = Vec::new();
        let (mut listed, mut lists) = (0_u32, false);
        while let Some(token) = lexer.token() {
            match token {
                Token::ArrayBegins => (listed, lists) = (0, true),
                Token::ArrayEnds => {
                    lists = false;
                    // The ranges before it are added at the end.
                    texts.truncate(texts.len().saturating_sub(2));
                }
                Token::Value(Object::Word(word)) => {
                    if word == b"endcodespacerange"
                        && let Some(code) = texts.first()
                    {
                        self.width = code.len().clamp(1, 4);
                    }
                    if word == b"endbfchar" {
                        texts
                            .as_chunks::<2>()
                            .0
                            .iter()
                            .for_each(|[code, to]| self.add(code, code, to));
                    } else if word == b"endbfrange" {
                        texts.as_chunks::<3>().0.iter().for_each(|[a, b, to]| self.add(a, b, to));
                    }
                    texts.clear();
                }
                // A range whose letters are listed one by one.
                Token::Value(Object::Text(to)) if lists => {
                    if let [.., first, _] = texts.as_slice() {
                        let code = number(first).saturating_add(listed);
                        self.ranges.insert(code, (code, utf16(&to)));
                    }
                    listed += 1;
                }
                Token::Value(Object::Text(text)) => texts.push(text),
                _ => {}
            }
        }
    }

    fn add(&mut self, first: &[u8], last: &[u8], to: &[u8]) {
        self.ranges.insert(number(first), (number(last), utf16(to)));
    }
}

fn number(code: &[u8]) -> u32 {
    code.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
    char::decode_utf16(units).filter_map(Result::ok).take(LONGEST).collect()
}

/// Letters whose last one is so many behind.
fn later(letters: &str, by: u32) -> String {
    let mut letters: Vec<char> = letters.chars().collect();
    if let Some(last) = letters.last_mut() {
        *last = char::from_u32(u32::from(*last).saturating_add(by)).unwrap_or(' ');
    }
    letters.into_iter().collect()
}

/// The letter of a code of one byte in the encoding of Western Europe.
fn western(code: u32) -> char {
    const SPECIAL: [char; 32] = [
        '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
    ];
    match code {
        0x80..=0x9f => SPECIAL[code as usize - 0x80],
        _ => char::from_u32(code).filter(|c| !c.is_control()).unwrap_or(' '),
    }
}

/// The letters of a glyph, by its name: `a`, `eacute`, `uni0416`.
fn glyph(name: &str) -> Option<String> {
    let code = name.strip_prefix("uni").filter(|code| code.len() == 4);
    let code = code.or_else(|| name.strip_prefix('u').filter(|code| code.len() >= 4));
    if let Some(letter) = code.and_then(|code| u32::from_str_radix(code, 16).ok()) {
        return char::from_u32(letter).map(String::from);
    }
    let known = match name {
        "space" => " ",
        "zero" => "0",
        "one" => "1",
        "two" => "2",
        "three" => "3",
        "four" => "4",
        "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" => "9",
        "fi" => "fi",
        "fl" => "fl",
        "ff" => "ff",
        "ffi" => "ffi",
        "ffl" => "ffl",
        "germandbls" => "ß",
        "ae" => "æ",
        "oe" => "œ",
        "oslash" => "ø",
        "dotlessi" => "ı",
        "hyphen" => "-",
        "period" => ".",
        "comma" => ",",
        "quoteright" => "’",
        _ => "",
    };
    if !known.is_empty() {
        return Some(known.to_owned());
    }
    let mut letters = name.chars();
    let letter = letters.next().filter(char::is_ascii_alphabetic)?;
    let accent = match letters.as_str() {
        "" => "",
        "acute" => "\u{301}",
        "grave" => "\u{300}",
        "circumflex" => "\u{302}",
        "dieresis" => "\u{308}",
        "tilde" => "\u{303}",
        "ring" => "\u{30a}",
        "cedilla" => "\u{327}",
        "caron" => "\u{30c}",
        _ => return None,
    };
    Some(format!("{letter}{accent}"))
}
