//! Pictures that stand in a line of text: small ones as they are, larger ones made to fit.

use std::io::Cursor;

use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::{AnimationDecoder, DynamicImage, Frame, ImageDecoder, ImageFormat, Limits};

use super::{Unreadable, open, scaled, side, to_png};

/// The longer side of a picture in a line, in pixels.
const SIDE: u32 = 128;

/// The longer side of a picture that is made to fit; a larger one is refused.
const LARGEST_SIDE: u32 = 1028;

/// Pictures that one that moves may have.
const MOST_FRAMES: u64 = 1000;

/// Pixels that all of them may have together, each as large as the whole: some kilobytes of a GIF
/// can stand for billions.
const MOST_MOVING: u64 = 64 << 20;

/// How coarsely 256 colours are chosen, from 1 to 30.
const SPEED: i32 = 10;

/// A picture for a line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InLine {
    /// Its type.
    pub mime: &'static str,
    /// Its bytes where it was made to fit; none where it fits as it is.
    pub bytes: Option<Vec<u8>>,
}

/// Reads a PNG, a JPEG or a GIF to its end, and makes what is too large for a line of text fit. What
/// moves goes on moving.
///
/// # Errors
/// [`Unreadable`], for what is none of these, is broken, or has too many pixels.
pub fn in_line(bytes: &[u8]) -> Result<InLine, Unreadable> {
    match image::guess_format(bytes) {
        Ok(ImageFormat::Gif) => moving(bytes),
        Ok(ImageFormat::Png) => still(bytes, "image/png"),
        Ok(ImageFormat::Jpeg) => still(bytes, "image/jpeg"),
        _ => Err(Unreadable::NotAnImage),
    }
}

/// What a picture of this size becomes; none if it fits as it is.
fn fitted((width, height): (u32, u32)) -> Result<Option<(u32, u32)>, Unreadable> {
    let longer = width.max(height);
    if width == 0 || height == 0 {
        return Err(Unreadable::NotAnImage);
    }
    if longer > LARGEST_SIDE {
        return Err(Unreadable::TooManyPixels);
    }
    let smaller = |part| side(SIDE, part, longer);
    Ok((longer > SIDE).then(|| (smaller(width), smaller(height))))
}

fn still(bytes: &[u8], mime: &'static str) -> Result<InLine, Unreadable> {
    let opened = open(Cursor::new(bytes), u64::from(LARGEST_SIDE) * u64::from(LARGEST_SIDE))?;
    fitted(opened.stored)?;
    let image = opened.pixels()?;
    match fitted((image.width(), image.height()))? {
        None => Ok(InLine { mime, bytes: None }),
        Some((width, height)) => {
            let bytes = to_png(&scaled(&image, width, height))?;
            Ok(InLine { mime: "image/png", bytes: Some(bytes) })
        }
    }
}

fn moving(bytes: &[u8]) -> Result<InLine, Unreadable> {
    let not_an_image = |_| Unreadable::NotAnImage;
    let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(not_an_image)?;
    let (width, height) = decoder.dimensions();
    let size = fitted((width, height))?;
    let pixels = u64::from(width) * u64::from(height);
    // Room for the whole twice and for one picture of its size: a picture may say it is larger.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(pixels.saturating_mul(3 * 4));
    decoder.set_limits(limits).map_err(not_an_image)?;
    let mut smaller = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut smaller, SPEED);
    encoder.set_repeat(Repeat::Infinite).map_err(not_an_image)?;
    let mut frames: u64 = 0;
    for frame in decoder.into_frames() {
        let frame = frame.map_err(not_an_image)?;
        frames += 1;
        if frames > MOST_FRAMES || frames.saturating_mul(pixels) > MOST_MOVING {
            return Err(Unreadable::TooManyPixels);
        }
        if let Some((width, height)) = size {
            let delay = frame.delay();
            let image = DynamicImage::ImageRgba8(frame.into_buffer());
            let image = scaled(&image, width, height).into_rgba8();
            let frame = Frame::from_parts(image, 0, 0, delay);
            encoder.encode_frame(frame).map_err(not_an_image)?;
        }
    }
    drop(encoder);
    if frames == 0 {
        return Err(Unreadable::NotAnImage);
    }
    Ok(InLine { mime: "image/gif", bytes: size.map(|_| smaller) })
}

#[cfg(test)]
mod tests {
    use image::{Delay, Rgba, RgbaImage};

    use super::*;

    fn still_of(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let image = RgbaImage::from_pixel(width, height, Rgba([10, 120, 200, 255]));
        DynamicImage::ImageRgba8(image).into_rgb8().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn gif_of(width: u32, height: u32, frames: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
        for n in 0..frames {
            let image = RgbaImage::from_pixel(width, height, Rgba([n, 0, 0, 255]));
            let delay = Delay::from_numer_denom_ms(50, 1);
            encoder.encode_frame(Frame::from_parts(image, 0, 0, delay)).unwrap();
        }
        drop(encoder);
        bytes
    }

    /// The picture of a GIF so many times: its head, with a table of colours, and its end stay.
    fn repeated(gif: &[u8], times: usize) -> Vec<u8> {
        let (head, rest) = gif.split_at(13 + 6);
        let (end, picture) = rest.split_last().unwrap();
        [head, &picture.repeat(times), &[*end]].concat()
    }

    fn size(bytes: &[u8]) -> (u32, u32) {
        let image = image::load_from_memory(bytes).unwrap();
        (image.width(), image.height())
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        for (format, mime) in [(ImageFormat::Png, "image/png"), (ImageFormat::Jpeg, "image/jpeg")] {
            let read = in_line(&still_of(128, 128, format));
            assert_eq!(read, Ok(InLine { mime, bytes: None }));
        }
        let read = in_line(&gif_of(128, 3, 2));
        assert_eq!(read, Ok(InLine { mime: "image/gif", bytes: None }));
    }

    #[test]
    fn what_is_larger_is_made_to_fit() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let read = in_line(&still_of(1028, 514, format)).unwrap();
            assert_eq!(read.mime, "image/png");
            assert_eq!(size(&read.bytes.unwrap()), (128, 64));
        }
        let read = in_line(&still_of(1, 1028, ImageFormat::Png)).unwrap();
        assert_eq!(size(&read.bytes.unwrap()), (1, 128));
    }

    #[test]
    fn what_moves_goes_on_moving() {
        let read = in_line(&gif_of(64, 256, 3)).unwrap();
        assert_eq!(read.mime, "image/gif");
        let bytes = read.bytes.unwrap();
        assert_eq!(size(&bytes), (32, 128));
        let frames = GifDecoder::new(Cursor::new(&bytes)).unwrap().into_frames();
        let frames = frames.collect_frames().unwrap();
        let delays: Vec<_> = frames.iter().map(|f| f.delay().numer_denom_ms()).collect();
        assert_eq!(delays, [(50, 1); 3]);
        assert_ne!(frames[0].buffer(), frames[2].buffer());
    }

    #[test]
    fn what_is_too_large_is_refused_however_few_bytes_it_has() {
        let too_large = Err(Unreadable::TooManyPixels);
        assert_eq!(in_line(&still_of(1029, 1, ImageFormat::Png)), too_large);
        assert_eq!(in_line(&still_of(1, 1029, ImageFormat::Jpeg)), too_large);
        assert_eq!(in_line(&gif_of(1029, 1, 1)), too_large);
        for (side, pictures) in [(1028, 64), (1, 1001)] {
            let bomb = repeated(&gif_of(side, side, 1), pictures);
            assert!(bomb.len() < 512 << 10, "{}", bomb.len());
            assert_eq!(in_line(&bomb), too_large, "{pictures} of {side}");
        }
    }

    #[test]
    fn a_picture_larger_than_the_whole_is_not_read() {
        let mut gif = gif_of(100, 100, 1);
        let whole = [100, 0, 100, 0];
        let at = gif.windows(4).rposition(|size| size == whole).unwrap();
        gif[at..at + 4].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
        assert_eq!(in_line(&gif), Err(Unreadable::NotAnImage));
    }

    #[test]
    fn what_is_no_such_picture_is_refused() {
        let none = Err(Unreadable::NotAnImage);
        assert_eq!(in_line(b""), none);
        assert_eq!(in_line(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), none);
        assert_eq!(in_line(&still_of(9, 9, ImageFormat::Bmp)), none);
        let png = still_of(100, 100, ImageFormat::Png);
        assert_eq!(in_line(&png[..png.len() / 2]), none);
        let gif = gif_of(100, 100, 2);
        assert_eq!(in_line(&gif[..gif.len() / 2]), none);
        assert_eq!(in_line(&gif[..13]), none);
    }
}
