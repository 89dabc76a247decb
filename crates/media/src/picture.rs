//! Sizes and smaller versions of images.

mod emoji;

use std::io::{BufRead, Cursor, Seek};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage};

pub use self::emoji::{InLine, in_line};

/// The widest preview.
const PREVIEW_WIDTH: u32 = 1920;
/// The width of the thumbnail of what is wider than high.
const THUMBNAIL_WIDTH: u32 = 120;
/// The height of the thumbnail of everything else.
const THUMBNAIL_HEIGHT: u32 = 100;
/// The side of the version that travels inside the file's description.
const MINI_SIDE: u32 = 16;
const JPEG_QUALITY: u8 = 90;

/// What decoders need besides the pixels, in bytes.
const SLACK: u64 = 64 * 1024 * 1024;

/// What could be read of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels, as it lies in the file.
    pub stored: (u32, u32),
    /// Pixels, held upright.
    pub upright: (u32, u32),
    /// Whether it may move.
    pub animated: bool,
    /// Smaller versions, held upright; none if the pixels could not be read to their end.
    pub derived: Option<Derived>,
}

/// Smaller versions of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// At most 1920 pixels wide.
    pub preview: Vec<u8>,
    /// About 120 by 100.
    pub thumbnail: Vec<u8>,
    /// A JPEG of exactly 16 by 16.
    pub mini: Vec<u8>,
}

/// Why an image was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It says it has more pixels than are allowed.
    TooManyPixels,
    /// It is in no form we read, or broken.
    NotAnImage,
}

/// An image whose header was read, within the limits.
struct Opened<D> {
    decoder: D,
    stored: (u32, u32),
    orientation: Orientation,
    animated: bool,
}

fn open<'s, S: BufRead + Seek + 's>(
    source: S,
    most_pixels: u64,
) -> Result<Opened<impl ImageDecoder + 's>, Unreadable> {
    let mut reader =
        ImageReader::new(source).with_guessed_format().map_err(|_| Unreadable::NotAnImage)?;
    let animated = reader.format() == Some(image::ImageFormat::Gif);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(most_pixels.saturating_mul(8).saturating_add(SLACK));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Unreadable::NotAnImage)?;
    let stored = decoder.dimensions();
    if u64::from(stored.0) * u64::from(stored.1) > most_pixels {
        return Err(Unreadable::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok(Opened { decoder, stored, orientation, animated })
}

impl<D: ImageDecoder> Opened<D> {
    fn is_sideways(&self) -> bool {
        matches!(
            self.orientation,
            Orientation::Rotate90
                | Orientation::Rotate270
                | Orientation::Rotate90FlipH
                | Orientation::Rotate270FlipH
        )
    }

    /// The pixels, held upright, eight bits to a colour.
    fn pixels(self) -> Result<DynamicImage, Unreadable> {
        let image = DynamicImage::from_decoder(self.decoder).map_err(|_| Unreadable::NotAnImage)?;
        let mut image = if image.color().has_alpha() {
            DynamicImage::ImageRgba8(image.into_rgba8())
        } else {
            DynamicImage::ImageRgb8(image.into_rgb8())
        };
        image.apply_orientation(self.orientation);
        Ok(image)
    }
}

/// The size of an image as it is held upright, and the name of its format, from its header.
///
/// # Errors
/// [`Unreadable`], for what has no header we know or too many pixels.
pub fn measure(bytes: &[u8], most_pixels: u64) -> Result<((u32, u32), &'static str), Unreadable> {
    let format = image::guess_format(bytes).map_err(|_| Unreadable::NotAnImage)?;
    let name = format.extensions_str().first().copied().unwrap_or_default();
    let opened = open(Cursor::new(bytes), most_pixels)?;
    let (width, height) = opened.stored;
    let upright = if opened.is_sideways() { (height, width) } else { (width, height) };
    Ok((upright, if name == "jpg" { "jpeg" } else { name }))
}

/// Reads an image and makes its smaller versions: PNGs of what is called a PNG, else JPEGs.
///
/// # Errors
/// [`Unreadable`], for what has no header we know or too many pixels.
pub fn inspect<S: BufRead + Seek>(
    source: S,
    mime: &str,
    most_pixels: u64,
) -> Result<Picture, Unreadable> {
    let opened = open(source, most_pixels)?;
    let (stored, animated) = (opened.stored, opened.animated);
    if stored.0 == 0 || stored.1 == 0 {
        return Err(Unreadable::NotAnImage);
    }
    let upright = if opened.is_sideways() { (stored.1, stored.0) } else { stored };
    let derived = opened.pixels().and_then(|image| derive(&image, mime == "image/png")).ok();
    Ok(Picture { stored, upright, animated, derived })
}

fn derive(image: &DynamicImage, png: bool) -> Result<Derived, Unreadable> {
    let (width, height) = (image.width(), image.height());
    let encode = |image: &DynamicImage| if png { to_png(image) } else { to_jpeg(image) };
    let preview = if width > PREVIEW_WIDTH {
        scaled(image, PREVIEW_WIDTH, side(PREVIEW_WIDTH, height, width))
    } else {
        image.clone()
    };
    let thumbnail = if width > height {
        (THUMBNAIL_WIDTH, side(THUMBNAIL_WIDTH, height, width))
    } else {
        (side(THUMBNAIL_HEIGHT, width, height), THUMBNAIL_HEIGHT)
    };
    let thumbnail = scaled(&preview, thumbnail.0, thumbnail.1);
    let mini = scaled(&thumbnail, MINI_SIDE, MINI_SIDE);
    Ok(Derived {
        preview: encode(&preview)?,
        thumbnail: encode(&thumbnail)?,
        mini: to_jpeg(&mini)?,
    })
}

/// The other side in proportion, one pixel at least.
fn side(target: u32, part: u32, whole: u32) -> u32 {
    let exact = (u64::from(target) * u64::from(part) + u64::from(whole) / 2) / u64::from(whole);
    u32::try_from(exact).unwrap_or(u32::MAX).max(1)
}

/// The image in another size. What shrinks by much is averaged first, which loses nothing that
/// could be seen and costs a tenth.
fn scaled(image: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    if (image.width(), image.height()) == (width, height) {
        return image.clone();
    }
    let (roughly_wide, roughly_high) = (width.saturating_mul(3), height.saturating_mul(3));
    if image.width() > roughly_wide && image.height() > roughly_high {
        image.thumbnail_exact(roughly_wide, roughly_high).resize_exact(
            width,
            height,
            FilterType::Lanczos3,
        )
    } else {
        image.resize_exact(width, height, FilterType::Lanczos3)
    }
}

fn to_png(image: &DynamicImage) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, PngFilter::Adaptive);
    image.write_with_encoder(encoder).map_err(|_| Unreadable::NotAnImage)?;
    Ok(bytes)
}

/// A JPEG knows no transparency: what shows through is white, as paper is.
fn to_jpeg(image: &DynamicImage) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
    let written = match image {
        DynamicImage::ImageRgba8(pixels) => {
            let flat = RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
                let [r, g, b, a] = pixels.get_pixel(x, y).0;
                let over_white = |colour: u8| {
                    let mixed = u16::from(colour) * u16::from(a) + 255 * (255 - u16::from(a));
                    u8::try_from(mixed / 255).unwrap_or(255)
                };
                Rgb([over_white(r), over_white(g), over_white(b)])
            });
            flat.write_with_encoder(encoder)
        }
        _ => image.write_with_encoder(encoder),
    };
    written.map_err(|_| Unreadable::NotAnImage)?;
    Ok(bytes)
}

/// The middle of an image, held upright, as a square PNG.
///
/// # Errors
/// [`Unreadable`], for what cannot be decoded or has too many pixels.
pub fn square<S: BufRead + Seek>(
    source: S,
    side: u32,
    most_pixels: u64,
) -> Result<Vec<u8>, Unreadable> {
    let image = open(source, most_pixels)?.pixels()?;
    let shorter = image.width().min(image.height());
    if shorter == 0 {
        return Err(Unreadable::NotAnImage);
    }
    let (left, top) = ((image.width() - shorter) / 2, (image.height() - shorter) / 2);
    let middle = image.crop_imm(left, top, shorter, shorter);
    to_png(&scaled(&middle, side, side))
}

/// A PNG of pixels that were made here.
pub(crate) fn drawn(pixels: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    // Writing to memory fails only for sizes that no PNG has.
    drop(pixels.write_to(&mut bytes, image::ImageFormat::Png));
    bytes.into_inner()
}

#[cfg(test)]
mod tests;
