//! The words of a text, of any script, in the form in which they are compared.
//!
//! Case, accents and the variants of a letter make no difference. Scripts that put no spaces between
//! words are cut into overlapping pairs of letters.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// The most characters of a word that count.
const LONGEST: usize = 64;

/// The fewest letters of a word that may go on: what begins with one or two letters is nearly
/// everything.
const SHORTEST_OPEN: usize = 3;

/// Words that follow each other in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Phrase {
    /// The words, as they stand in an index.
    pub words: Vec<String>,
    /// Whether the last word may go on.
    pub open: bool,
}

impl Phrase {
    /// What is looked for when somebody typed this; nothing, if there is no word in it. `open` says
    /// that the last word may go on, if it is not too short for that.
    pub fn of(text: &str, open: bool) -> Option<Self> {
        let mut pieces = pieces(text);
        let last = pieces.pop()?;
        let mut phrase = Self { words: Vec::new(), open };
        pieces.into_iter().for_each(|piece| piece.write(&mut phrase.words));
        match &last {
            // A single letter is the first of every pair that begins with it.
            Piece::Run(run) if run.len() == 1 => {
                phrase.words.extend(run.iter().map(char::to_string));
                phrase.open = true;
            }
            // In the text another letter may follow.
            Piece::Run(_) => {
                last.write(&mut phrase.words);
                phrase.words.pop();
                phrase.open = false;
            }
            Piece::Word(word) => {
                phrase.open &= word.chars().count() >= SHORTEST_OPEN;
                phrase.words.push(word.clone());
            }
        }
        Some(phrase)
    }
}

/// The words of a text as an index holds them, with spaces between them. There is nothing in it but
/// letters, digits, their marks, and single spaces.
pub fn indexed(text: &str) -> String {
    let mut words = Vec::new();
    pieces(text).into_iter().for_each(|piece| piece.write(&mut words));
    words.join(" ")
}

/// A part of a text that is looked for by itself.
enum Piece {
    /// A word between spaces or signs.
    Word(String),
    /// Letters of a script without spaces.
    Run(Vec<char>),
}

impl Piece {
    fn write(self: &Piece, words: &mut Vec<String>) {
        match self {
            Self::Word(word) => words.push(word.clone()),
            Self::Run(run) => {
                words.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
                words.extend(run.last().map(char::to_string));
            }
        }
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut reader = Reader::default();
    if text.is_ascii() {
        text.chars().for_each(|c| reader.take(c));
    } else {
        text.nfkc().for_each(|c| reader.take(c));
    }
    reader.end_word();
    reader.end_run();
    reader.pieces
}

#[derive(Default)]
struct Reader {
    pieces: Vec<Piece>,
    word: String,
    /// Characters in the word, also those that no longer count.
    length: usize,
    run: Vec<char>,
    /// Whether an apostrophe came after a letter that may go on behind it.
    apostrophe: bool,
}

impl Reader {
    fn take(&mut self, c: char) {
        if is_silent(c) {
            return;
        }
        if is_run(c) {
            self.end_word();
            self.run.push(c);
        } else if is_combining_mark(c) {
            if !self.word.is_empty() && !is_accent(c) {
                self.push(c);
            }
        } else if is_apostrophe(c) && self.word.chars().next_back().is_some_and(is_cyrillic) {
            self.apostrophe = true;
        } else if c.is_alphanumeric() && !is_apostrophe(c) {
            self.end_run();
            if self.apostrophe && !is_cyrillic(c) {
                self.end_word();
            }
            self.apostrophe = false;
            fold(c, &mut |c| self.push(c));
        } else {
            self.end_word();
            self.end_run();
        }
    }

    fn push(&mut self, c: char) {
        self.length += 1;
        if self.length <= LONGEST {
            self.word.push(c);
        }
    }

    fn end_word(&mut self) {
        self.apostrophe = false;
        self.length = 0;
        if !self.word.is_empty() {
            self.pieces.push(Piece::Word(std::mem::take(&mut self.word)));
        }
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            self.pieces.push(Piece::Run(std::mem::take(&mut self.run)));
        }
    }
}

/// A letter or digit in the form in which it is compared.
fn fold(c: char, each: &mut impl FnMut(char)) {
    if c.is_ascii() {
        return each(c.to_ascii_lowercase());
    }
    for c in c.to_lowercase() {
        match plain(c) {
            Plain::One(c) => each(c),
            Plain::Several(letters) => letters.chars().for_each(&mut *each),
            Plain::Composed => decompose_canonical(c, |part| {
                if !is_combining_mark(part) {
                    each(part);
                }
            }),
        }
    }
}

enum Plain {
    One(char),
    Several(&'static str),
    /// A letter with accents, perhaps.
    Composed,
}

/// What stands for a letter that is more than one with an accent, and for letters that look like
/// one and are letters of their own.
fn plain(c: char) -> Plain {
    let one = match c {
        // In Ukrainian and Belarusian these are no accents.
        'й' | 'ї' | 'ў' => c,
        'ß' | 'ẞ' => return Plain::Several("ss"),
        'æ' => return Plain::Several("ae"),
        'œ' => return Plain::Several("oe"),
        'þ' => return Plain::Several("th"),
        'ø' => 'o',
        'đ' | 'ð' => 'd',
        'ł' => 'l',
        'ħ' => 'h',
        'ı' => 'i',
        'ς' => 'σ',
        // Seats of hamza, the final forms, and the Persian letters that are typed for the Arabic.
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ئ' | 'ی' => 'ي',
        'ؤ' => 'و',
        'ة' => 'ه',
        'ک' => 'ك',
        '\u{660}'..='\u{669}' => digit(c, 0x660),
        '\u{6f0}'..='\u{6f9}' => digit(c, 0x6f0),
        '\u{966}'..='\u{96f}' => digit(c, 0x966),
        '\0'..='\u{6ff}' | '\u{1e00}'..='\u{1fff}' => return Plain::Composed,
        _ => c,
    };
    Plain::One(one)
}

fn digit(c: char, zero: u32) -> char {
    char::from_digit(u32::from(c).wrapping_sub(zero), 10).unwrap_or(c)
}

/// Marks above and below letters without which a word is still that word: accents, the vowels of
/// Arabic and Hebrew. In other scripts a mark is as good as a letter.
fn is_accent(c: char) -> bool {
    matches!(
        u32::from(c),
        0x300..=0x36f | 0x483..=0x487 | 0x591..=0x5c7 | 0x610..=0x61a | 0x64b..=0x65f | 0x670
        | 0x6d6..=0x6ed | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff
        | 0xfe20..=0xfe2f
    )
}

/// What is not seen, or only stretches a word.
fn is_silent(c: char) -> bool {
    matches!(
        u32::from(c),
        0xad | 0x640 | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfe00..=0xfe0f
        | 0xfeff | 0xe0100..=0xe01ef
    )
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2bc}' | '\u{2bb}' | '`' | '\u{b4}')
}

fn is_cyrillic(c: char) -> bool {
    matches!(u32::from(c), 0x400..=0x52f)
}

/// Letters of scripts that put no spaces between words, or whose words are found by their parts:
/// Thai, Lao, Burmese, Khmer, Korean, Japanese, Chinese.
fn is_run(c: char) -> bool {
    matches!(
        u32::from(c),
        0xe01..=0xe3a | 0xe40..=0xe4e | 0xe81..=0xece | 0x1000..=0x103f | 0x1100..=0x11ff
        | 0x1780..=0x17d3 | 0x3005..=0x3007 | 0x3041..=0x309f | 0x30a1..=0x30fa
        | 0x30fc..=0x30ff | 0x3100..=0x312f | 0x3130..=0x318f | 0x31f0..=0x31ff
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0x20000..=0x323af
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn same(one: &str, other: &str) {
        assert_eq!(indexed(one), indexed(other), "{one:?} and {other:?}");
    }

    #[test]
    fn words_of_many_scripts() {
        let cases = [
            ("", ""),
            ("Hello, World!", "hello world"),
            ("a_b-c.d 5:30", "a b c d 5 30"),
            ("user's", "user s"),
            ("Café DÉJÀ-vu Straße", "cafe deja vu strasse"),
            ("ＦＵＬＬ ½", "full 1 2"),
            ("東京都", "東京 京都 都"),
            ("tower東京x", "tower 東京 京 x"),
            ("が", "が"),
            ("서울에서", "서울 울에 에서 서"),
            ("मानचित्र", "मानचित्र"),
            ("١٢٣", "123"),
            ("👍 ok", "ok"),
        ];
        for (text, words) in cases {
            assert_eq!(indexed(text), words, "{text:?}");
        }
    }

    #[test]
    fn what_makes_no_difference() {
        same("cafe\u{301}", "café");
        same("ΆΣ", "ας");
        same("ёлка", "елка");
        same("п'ять", "п’ять");
        same("п'ять", "п\u{2bc}ять");
        same("مُحَمَّد", "محمد");
        same("أحمد", "احمد");
        same("مدرسة", "مدرسه");
        same("مـــرحبا", "مرحبا");
        same("か\u{3099}", "が");
        same("ｶﾞ", "ガ");
        same("İstanbul", "istanbul");
    }

    #[test]
    fn what_makes_one() {
        for (one, other) in [("їх", "іх"), ("йод", "иод"), ("кін", "кинь"), ("かき", "がき")]
        {
            assert_ne!(indexed(one), indexed(other), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn what_is_asked_for() {
        let phrase = |text: &str, open| Phrase::of(text, open).map(|p| (p.words.join(" "), p.open));
        assert_eq!(phrase("Café-bar", false), Some(("cafe bar".to_owned(), false)));
        assert_eq!(phrase("caf", true), Some(("caf".to_owned(), true)));
        assert_eq!(phrase("ca", true), Some(("ca".to_owned(), false)));
        assert_eq!(phrase("東", false), Some(("東".to_owned(), true)));
        assert_eq!(phrase("東京", false), Some(("東京".to_owned(), false)));
        assert_eq!(phrase("東京都", true), Some(("東京 京都".to_owned(), false)));
        assert_eq!(phrase("京tower", false), Some(("京 tower".to_owned(), false)));
        assert_eq!(phrase("…😀", false), None);
    }

    proptest! {
        #[test]
        fn an_index_holds_words_and_spaces(text in "\\PC{0,200}") {
            let words = indexed(&text);
            let is_word = |c: char| !c.is_ascii() || c.is_ascii_lowercase() || c.is_ascii_digit();
            prop_assert!(words.split(' ').all(|word| word.chars().all(is_word)), "{}", words);
            prop_assert!(words.is_empty() || words.split(' ').all(|word| !word.is_empty()));
        }

        #[test]
        fn a_word_is_found_by_itself(text in "[a-zа-яїא-ת京都東tT' ]{1,30}") {
            let words = indexed(&text);
            if let Some(phrase) = Phrase::of(&text, false) {
                prop_assert!(words.contains(&phrase.words.join(" ")), "{} in {}", phrase.words.join(" "), words);
            }
        }
    }
}
