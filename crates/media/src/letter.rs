//! The picture of whoever chose none: a letter on a colour.

use std::sync::LazyLock;

use image::{GrayImage, ImageFormat, Rgb, RgbImage};

use crate::picture::drawn;

/// The side of the picture.
const SIDE: u32 = 128;
/// The side of a letter's cell on the sheet.
const CELL: u32 = 80;
/// The letters of the sheet, in its order.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

/// Drawn once from DejaVu Sans Bold: see the licence beside it.
static SHEET: LazyLock<GrayImage> = LazyLock::new(|| {
    image::load_from_memory_with_format(include_bytes!("../assets/letters.png"), ImageFormat::Png)
        .map(|sheet| sheet.into_luma8())
        .unwrap_or_default()
});

/// The colours, as they follow one another.
const COLOURS: [[u8; 3]; 26] = [
    [197, 8, 126],
    [227, 207, 18],
    [28, 181, 105],
    [35, 188, 224],
    [116, 49, 196],
    [197, 8, 126],
    [197, 19, 19],
    [250, 134, 6],
    [227, 207, 18],
    [123, 201, 71],
    [28, 181, 105],
    [35, 188, 224],
    [116, 49, 196],
    [197, 8, 126],
    [197, 19, 19],
    [250, 134, 6],
    [227, 207, 18],
    [123, 201, 71],
    [28, 181, 105],
    [35, 188, 224],
    [116, 49, 196],
    [197, 8, 126],
    [197, 19, 19],
    [250, 134, 6],
    [227, 207, 18],
    [123, 201, 71],
];

/// A PNG of the first letter of a name, on the colour of an id.
pub fn letter(id: &str, name: &str) -> Vec<u8> {
    let background = COLOURS[usize::try_from(fnv1a(id) % 26).unwrap_or(0)];
    let first = name.chars().next().map(|c| c.to_ascii_uppercase());
    let place = first.and_then(|c| LETTERS.chars().position(|known| known == c));
    let mut picture = RgbImage::from_pixel(SIDE, SIDE, Rgb(background));
    if let Some(place) = place.and_then(|place| u32::try_from(place).ok()) {
        let margin = (SIDE - CELL) / 2;
        for y in 0..CELL {
            for x in 0..CELL {
                let ink =
                    SHEET.get_pixel_checked(place * CELL + x, y).map_or(0, |pixel| pixel.0[0]);
                picture.put_pixel(margin + x, margin + y, Rgb(background.map(|c| whiter(c, ink))));
            }
        }
    }
    drawn(&picture)
}

fn whiter(colour: u8, ink: u8) -> u8 {
    let (colour, ink) = (u16::from(colour), u16::from(ink));
    u8::try_from((colour * (255 - ink) + 255 * ink) / 255).unwrap_or(255)
}

/// FNV-1a, 32 bits.
fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(id: &str, name: &str) -> RgbImage {
        image::load_from_memory(&letter(id, name)).unwrap().into_rgb8()
    }

    #[test]
    fn the_colour_is_the_ids_and_the_letter_is_white() {
        assert_eq!(fnv1a("a"), 0xe40c_292c);
        let picture = pixels("a", "h");
        let background = COLOURS[0xe40c_292c_usize % 26];
        assert_eq!((picture.width(), picture.height()), (128, 128));
        assert_eq!(picture.get_pixel(0, 0).0, background);
        // The bar of an H.
        assert_eq!(picture.get_pixel(64, 64).0, [255; 3]);
    }

    #[test]
    fn every_letter_is_drawn_and_no_two_are_alike() {
        let mut seen: Vec<Vec<u8>> = LETTERS.chars().map(|c| letter("x", &c.to_string())).collect();
        seen.push(letter("x", ""));
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), LETTERS.len() + 1);
        assert_eq!(letter("x", "alice"), letter("x", "ALICE"));
        assert_eq!(letter("x", "ж"), letter("x", ""));
    }
}
