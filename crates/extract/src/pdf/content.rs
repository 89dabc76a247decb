//! What a page shows: a few of the operators that draw it.

use std::rc::Rc;

use super::font::Font;
use super::object::{Lexer, Object, Token};
use crate::NoText;
use crate::sink::Sink;

/// The most operands that are kept for an operator.
const MOST_OPERANDS: usize = 4096;

/// How far back a text is moved, in thousandths of its size, where a word ends.
const GAP: f64 = -180.0;

/// The font of a name.
type FontOf<'a> = dyn FnMut(&[u8]) -> Result<Rc<Font>, NoText> + 'a;

/// Reads what is shown.
pub(super) fn read(content: &[u8], font: &mut FontOf<'_>, sink: &mut Sink) -> Result<(), NoText> {
    let mut lexer = Lexer::new(content, 0);
    let mut operands: Vec<Object> = Vec::new();
    let mut current = Rc::new(Font::simple());
    while !sink.is_full()
        && let Some(token) = lexer.token()
    {
        let Token::Value(value) = token else { continue };
        let Object::Word(operator) = value else {
            if operands.len() == MOST_OPERANDS {
                show(&current, &operands, sink);
                operands.clear();
            }
            operands.push(value);
            continue;
        };
        match operator.as_slice() {
            b"Tf" => {
                if let Some(Object::Name(name)) = operands.iter().rev().nth(1) {
                    current = font(name)?;
                }
            }
            b"Tj" | b"TJ" => show(&current, &operands, sink),
            b"'" | b"\"" => {
                sink.space();
                show(&current, &operands[operands.len().saturating_sub(1)..], sink);
            }
            b"Td" | b"TD" | b"Tm" | b"T*" | b"ET" => sink.space(),
            b"ID" => skip_picture(&mut lexer),
            _ => {}
        }
        operands.clear();
    }
    sink.space();
    Ok(())
}

/// Shows texts, and the gaps between them.
fn show(font: &Font, operands: &[Object], sink: &mut Sink) {
    for operand in operands {
        match operand {
            Object::Text(text) => font.letters(text, &mut |letters| sink.push(letters)),
            Object::Number(by) if *by < GAP => sink.space(),
            _ => {}
        }
    }
}

/// Goes past the bytes of a picture that stands among the operators.
fn skip_picture(lexer: &mut Lexer<'_>) {
    let rest = &lexer.bytes[lexer.at..];
    let is_end = |window: &[u8]| {
        window[0].is_ascii_whitespace() && &window[1..3] == b"EI" && window[3].is_ascii_whitespace()
    };
    let length = rest.windows(4).position(is_end).map_or(rest.len(), |at| at + 3);
    lexer.at += length;
}
