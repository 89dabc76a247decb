//! Texts as pictures that cameras read.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use qrcode::{Color, QrCode};

/// Pixels on each side of a square.
const SCALE: u32 = 5;

/// White squares around the code: less, and some cameras do not find it.
const QUIET: u32 = 4;

/// The QR code of a text, as a PNG; nothing for a text that is too long for one.
pub fn qr_code(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::new(text).ok()?;
    let width = u32::try_from(code.width()).ok()?;
    let side = (width + 2 * QUIET) * SCALE;
    let dark = |x: u32, y: u32| {
        let inside = QUIET..QUIET + width;
        let (x, y) = (x / SCALE, y / SCALE);
        inside.contains(&x)
            && inside.contains(&y)
            && code[((x - QUIET) as usize, (y - QUIET) as usize)] == Color::Dark
    };
    let picture = GrayImage::from_fn(side, side, |x, y| Luma([if dark(x, y) { 0 } else { 255 }]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).ok()?;
    Some(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_square_picture_with_a_quiet_edge() {
        let bytes = qr_code("otpauth://totp/x").unwrap();
        let picture = image::load_from_memory(&bytes).unwrap().to_luma8();
        assert_eq!(picture.width(), picture.height());
        assert_eq!(picture.width() % SCALE, 0);
        let edge = QUIET * SCALE;
        assert!((0..picture.width()).all(|x| picture.get_pixel(x, edge - 1).0 == [255]));
        assert_eq!(picture.get_pixel(edge, edge).0, [0], "the corner of the first finder");
    }

    #[test]
    fn what_is_too_long_has_no_picture() {
        assert_eq!(qr_code(&"x".repeat(5000)), None);
    }
}
