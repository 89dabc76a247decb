//! Plain text.

use crate::sink::Sink;
use crate::{Kind, NoText};

/// Reads text in UTF-8, or in UTF-16 if it says so. What is in neither is read as far as it goes:
/// most of the letters of most encodings are those of ASCII.
pub(crate) fn read(bytes: &[u8], sink: &mut Sink) -> Result<(), NoText> {
    let most = usize::try_from(Kind::Plain.most_bytes()).unwrap_or(usize::MAX);
    let bytes = &bytes[..bytes.len().min(most)];
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        let letters = char::decode_utf16(units);
        letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match bytes {
        [0xff, 0xfe, ..] => sink.push(&wide(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => sink.push(&wide(u16::from_be_bytes)),
        // No text has it, and everything else has.
        _ if bytes.contains(&0) => return Err(NoText::Damaged),
        _ => sink.push(&String::from_utf8_lossy(bytes)),
    }
    Ok(())
}
