//! The pieces of which a PDF is made.

use std::collections::BTreeMap;

use crate::NoText;
use crate::budget::Budget;

/// How deep arrays and dictionaries may lie in each other.
const DEEPEST: usize = 32;

/// Names and what they mean.
pub(super) type Dictionary = BTreeMap<Vec<u8>, Object>;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Object>),
    Dictionary(Dictionary),
    /// The object of this number.
    Reference(u32),
    /// Anything else: an operator, `true`, `null`.
    Word(Vec<u8>),
}

impl Object {
    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    pub(super) fn count(&self) -> Option<usize> {
        match self {
            Self::Number(number) if (0.0..1e9).contains(number) => Some(*number as usize),
            _ => None,
        }
    }

    pub(super) fn is_name(&self, name: &[u8]) -> bool {
        matches!(self, Self::Name(this) if this == name)
    }
}

/// Reads one piece after the other.
#[derive(Clone)]
pub(super) struct Lexer<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

/// A piece between spaces or signs.
#[derive(Debug, PartialEq)]
pub(super) enum Token {
    Value(Object),
    ArrayBegins,
    ArrayEnds,
    DictionaryBegins,
    DictionaryEnds,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at.min(bytes.len()) }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Goes past spaces and remarks.
    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek(0) {
            if byte == b'%' {
                self.take_while(|byte| byte != b'\n' && byte != b'\r');
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    fn take_while(&mut self, goes_on: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| !goes_on(*byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// The next piece; none at the end.
    pub(super) fn token(&mut self) -> Option<Token> {
        self.skip_space();
        let two = (self.peek(0)?, self.peek(1));
        let (length, token) = match two {
            (b'<', Some(b'<')) => (2, Token::DictionaryBegins),
            (b'>', Some(b'>')) => (2, Token::DictionaryEnds),
            (b'[', _) => (1, Token::ArrayBegins),
            (b']', _) => (1, Token::ArrayEnds),
            (b'(', _) => return Some(Token::Value(Object::Text(self.literal()))),
            (b'<', _) => return Some(Token::Value(Object::Text(self.hexadecimal()))),
            (b'/', _) => return Some(Token::Value(Object::Name(self.name()))),
            (b')' | b'>' | b'{' | b'}', _) => (1, Token::Value(Object::Word(vec![two.0]))),
            _ => return Some(Token::Value(self.word())),
        };
        self.at += length;
        Some(token)
    }

    fn word(&mut self) -> Object {
        let word = self.take_while(|byte| !is_space(byte) && !is_delimiter(byte));
        let number = std::str::from_utf8(word).ok().filter(|word| {
            word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
        });
        match number.and_then(|word| word.parse().ok()) {
            Some(number) => Object::Number(number),
            None => Object::Word(word.to_vec()),
        }
    }

    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let raw = self.take_while(|byte| !is_space(byte) && !is_delimiter(byte));
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let [first, tail @ ..] = rest {
            rest = tail;
            match (first, tail) {
                (b'#', [a, b, after @ ..]) if digit(*a).is_some() && digit(*b).is_some() => {
                    name.push(digit(*a).unwrap_or_default() << 4 | digit(*b).unwrap_or_default());
                    rest = after;
                }
                _ => name.push(*first),
            }
        }
        name
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        self.at += 1;
        let digits: Vec<u8> =
            self.take_while(|byte| byte != b'>').iter().filter_map(|byte| digit(*byte)).collect();
        self.at = (self.at + 1).min(self.bytes.len());
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or_default())
            .collect()
    }

    fn literal(&mut self) -> Vec<u8> {
        self.at += 1;
        let (mut text, mut open) = (Vec::new(), 1_usize);
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\\' => self.escaped(&mut text),
                b'(' => {
                    open += 1;
                    text.push(byte);
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                    text.push(byte);
                }
                _ => text.push(byte),
            }
        }
        text
    }

    /// What follows a backslash.
    fn escaped(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek(0) else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' | b'f' => text.push(b' '),
            b'\n' => {}
            b'\r' => self.at += usize::from(self.peek(0) == Some(b'\n')),
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(next @ b'0'..=b'7') = self.peek(0) else { break };
                    code = code << 3 | u32::from(next - b'0');
                    self.at += 1;
                }
                text.push((code & 0xff) as u8);
            }
            other => text.push(other),
        }
    }

    /// The next value with all that is in it; none, if there is none.
    pub(super) fn object(&mut self, budget: &mut Budget) -> Result<Option<Object>, NoText> {
        self.object_within(budget, DEEPEST)
    }

    fn object_within(
        &mut self,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<Option<Object>, NoText> {
        budget.spend_pieces(1)?;
        if depth == 0 {
            return Err(NoText::Damaged);
        }
        let begin = self.at;
        let token = self.token();
        budget.spend_looks(self.at - begin)?;
        Ok(match token {
            Some(Token::Value(Object::Number(number))) => Some(self.reference(number, budget)?),
            Some(Token::Value(value)) => Some(value),
            Some(Token::ArrayBegins) => Some(self.array(budget, depth - 1)?),
            Some(Token::DictionaryBegins) => Some(self.dictionary(budget, depth - 1)?),
            Some(Token::ArrayEnds | Token::DictionaryEnds) | None => None,
        })
    }

    /// A number, or what it refers to with the two pieces after it.
    fn reference(&mut self, number: f64, budget: &mut Budget) -> Result<Object, NoText> {
        let mut ahead = self.clone();
        let of = |token| match token {
            Some(Token::Value(Object::Number(number))) if number >= 0.0 => Some(number),
            _ => None,
        };
        let refers = number >= 0.0
            && number.fract() == 0.0
            && of(ahead.token()).is_some()
            && ahead.token() == Some(Token::Value(Object::Word(b"R".to_vec())));
        // What was looked at in vain is looked at again, and what is far away costs as much.
        budget.spend_looks(ahead.at - self.at)?;
        if refers {
            self.at = ahead.at;
            return Ok(Object::Reference(number as u32));
        }
        Ok(Object::Number(number))
    }

    fn array(&mut self, budget: &mut Budget, depth: usize) -> Result<Object, NoText> {
        let mut all = Vec::new();
        while let Some(value) = self.object_within(budget, depth)? {
            all.push(value);
        }
        Ok(Object::Array(all))
    }

    fn dictionary(&mut self, budget: &mut Budget, depth: usize) -> Result<Object, NoText> {
        let mut all = Dictionary::new();
        while let Some(key) = self.object_within(budget, depth)? {
            let Some(value) = self.object_within(budget, depth)? else { break };
            if let Object::Name(name) = key {
                all.insert(name, value);
            }
        }
        Ok(Object::Dictionary(all))
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}
