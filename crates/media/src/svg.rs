//! The size of a drawing, from its first element; nothing else of it is ever read.

/// How much of a drawing is looked at: its first element stands at its beginning.
const LOOKED_AT: usize = 64 * 1024;

/// Width and height of an SVG drawing, if it says them.
pub fn svg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(LOOKED_AT)]);
    let element = head
        .split("<svg")
        .skip(1)
        .find(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/'))?;
    let (mut width, mut height) = (None, None);
    for (name, value) in attributes(element) {
        match name {
            "viewBox" => {
                if let Some(size) = view_box(value) {
                    return Some(size);
                }
            }
            "width" => width = value.trim().parse().ok(),
            "height" => height = value.trim().parse().ok(),
            _ => {}
        }
    }
    width.zip(height).filter(|(width, height)| *width > 0 && *height > 0)
}

/// The attributes of an element whose name was just passed.
fn attributes(mut rest: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with(['>', '/']) {
            return found;
        }
        let Some((name, after)) = rest.split_once('=') else { return found };
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            return found;
        };
        let Some((value, after)) = after[1..].split_once(quote) else { return found };
        found.push((name.trim(), value));
        rest = after;
    }
}

fn view_box(value: &str) -> Option<(u32, u32)> {
    let separators = |c: char| c == ',' || c.is_ascii_whitespace();
    let numbers: Vec<f64> = value
        .split(separators)
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [_, _, width, height] = numbers.try_into().ok()?;
    Some((pixels(width)?, pixels(height)?))
}

/// A length in whole pixels, of which there is at least one.
fn pixels(length: f64) -> Option<u32> {
    let sensible = (1.0..=1_000_000.0).contains(&length);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked"
    )]
    sensible.then_some(length.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_box_counts_before_width_and_height() {
        let drawing = br#"<?xml version="1.0"?><!-- <svgx --><svg width="10" height='20' viewBox="0 0 120.4,80">"#;
        assert_eq!(svg_size(drawing), Some((120, 80)));
        assert_eq!(svg_size(b"<svg width='10' height='20'/>"), Some((10, 20)));
    }

    #[test]
    fn a_drawing_that_does_not_say_its_size_has_none() {
        let drawings: [&[u8]; 8] = [
            b"",
            b"<svg",
            b"<svg>",
            b"<svg width='10mm' height='20'>",
            b"<svg viewBox='0 0 NaN inf'>",
            b"<svg viewBox='0 0 -5 1e30'>",
            b"<svg viewBox='0 0 5'>",
            b"<html><svgs width='1' height='1'>",
        ];
        for drawing in drawings {
            assert_eq!(svg_size(drawing), None, "{}", String::from_utf8_lossy(drawing));
        }
    }
}
