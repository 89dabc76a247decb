//! Images and names of files.

use std::io::Cursor;

use fieldpost_media as media;
use image::{DynamicImage, ImageFormat, RgbaImage};

/// Few, so that a try is quick.
const MOST_PIXELS: u64 = 64 * 64;

pub(crate) fn image(bytes: &[u8]) {
    for mime in ["image/png", "image/jpeg"] {
        if let Ok(picture) = media::inspect(Cursor::new(bytes), mime, MOST_PIXELS) {
            let (width, height) = picture.stored;
            assert!(width > 0 && height > 0);
            assert!(u64::from(width) * u64::from(height) <= MOST_PIXELS);
        }
    }
    if let Ok(square) = media::square(Cursor::new(bytes), 32, MOST_PIXELS) {
        let made = media::inspect(Cursor::new(&square), "image/png", MOST_PIXELS);
        assert_eq!(made.map(|picture| picture.stored), Ok((32, 32)));
    }
}

pub(crate) fn in_line(bytes: &[u8]) {
    let Ok(read) = media::in_line(bytes) else { return };
    let shown = read.bytes.as_deref().unwrap_or(bytes);
    let again = media::in_line(shown).map(|again| (again.mime, again.bytes));
    assert_eq!(again, Ok((read.mime, None)), "what was made to fit does not");
}

pub(crate) fn svg(bytes: &[u8]) {
    if let Some((width, height)) = media::svg_size(bytes) {
        assert!(width > 0 && height > 0);
    }
}

pub(crate) fn name(bytes: &[u8]) {
    let sent = String::from_utf8_lossy(bytes);
    let name = media::base_name(&sent);
    assert!(!name.contains(['/', '\\']) && !matches!(name.as_str(), "." | ".."));
    assert!(!name.contains(char::is_control) && name.chars().count() <= 255);
    let mime = media::mime_type(&media::extension(&name));
    media::served_type(mime);
    media::is_image(mime);
    media::is_shown_inline(mime);
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let formats = [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
    ];
    let colours = |x: u32, y: u32| {
        let shade = |by: u32| u8::try_from((x * by + y * 7) % 256).unwrap();
        image::Rgba([shade(11), shade(3), shade(29), shade(17)])
    };
    let rgba = DynamicImage::ImageRgba8(RgbaImage::from_fn(9, 7, colours));
    let images = formats.iter().map(|format| {
        let mut bytes = Cursor::new(Vec::new());
        let image = match format {
            ImageFormat::Jpeg => DynamicImage::ImageRgb8(rgba.to_rgb8()),
            _ => rgba.clone(),
        };
        image.write_to(&mut bytes, *format).unwrap();
        bytes.into_inner()
    });
    images.collect()
}

pub(crate) fn svg_seeds() -> Vec<Vec<u8>> {
    let drawings = [
        "<?xml version='1.0'?><svg width=\"10\" height='20' viewBox=\"0 0 30 40\"><g/></svg>",
        "<!-- <svg> --><svg\nheight = \"7\" width=\"8\"/>",
        "<svg viewBox='0,0,1e3,.5'>",
    ];
    drawings.iter().map(|drawing| drawing.as_bytes().to_vec()).collect()
}

pub(crate) fn name_seeds() -> Vec<Vec<u8>> {
    let names = ["../notes/plan ж.TXT", "C:\\x\\map.tar.gz", "..", "a.b.", "\u{202e}gpj.exe"];
    names.iter().map(|name| name.as_bytes().to_vec()).collect()
}
