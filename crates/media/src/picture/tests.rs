use image::{GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

const MOST: u64 = 33_177_600;

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Left half black, right half white.
fn halves(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, _| Luma([if x < width / 2 { 0 } else { 255 }]);
    DynamicImage::ImageRgb8(
        DynamicImage::ImageLuma8(GrayImage::from_fn(width, height, pixel)).into_rgb8(),
    )
}

fn read(bytes: &[u8], mime: &str) -> Result<Picture, Unreadable> {
    inspect(Cursor::new(bytes), mime, MOST)
}

fn size(bytes: &[u8]) -> (ImageFormat, u32, u32) {
    let image = image::load_from_memory(bytes).unwrap();
    (image::guess_format(bytes).unwrap(), image.width(), image.height())
}

/// A JPEG that a camera held sideways would have made.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.push(orientation);
    exif.extend([0; 6]);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1, length[0], length[1]]);
    bytes.extend(exif);
    bytes.extend(&jpeg[2..]);
    bytes
}

#[test]
fn every_form_is_read_and_gets_its_smaller_versions() {
    use ImageFormat as F;
    for format in [F::Jpeg, F::Png, F::Gif, F::Bmp, F::Tiff, F::WebP] {
        let bytes = encoded(&halves(60, 20), format);
        let picture = read(&bytes, "image/x").unwrap();
        assert_eq!((picture.stored, picture.upright), ((60, 20), (60, 20)), "{format:?}");
        assert_eq!(picture.animated, format == F::Gif);
        let derived = picture.derived.unwrap();
        assert_eq!(size(&derived.preview), (F::Jpeg, 60, 20));
        assert_eq!(size(&derived.thumbnail), (F::Jpeg, 120, 40));
        assert_eq!(size(&derived.mini), (F::Jpeg, 16, 16));
    }
}

#[test]
fn previews_are_never_enlarged_and_thumbnails_may_be() {
    let bytes = encoded(&halves(2000, 1000), ImageFormat::Png);
    let derived = read(&bytes, "image/png").unwrap().derived.unwrap();
    assert_eq!(size(&derived.preview), (ImageFormat::Png, 1920, 960));
    assert_eq!(size(&derived.thumbnail), (ImageFormat::Png, 120, 60));
    let bytes = encoded(&halves(10, 10), ImageFormat::Png);
    let derived = read(&bytes, "image/png").unwrap().derived.unwrap();
    assert_eq!(size(&derived.preview), (ImageFormat::Png, 10, 10));
    assert_eq!(size(&derived.thumbnail), (ImageFormat::Png, 100, 100));
    let bytes = encoded(&halves(3000, 1), ImageFormat::Png);
    let derived = read(&bytes, "image/png").unwrap().derived.unwrap();
    assert_eq!(size(&derived.preview), (ImageFormat::Png, 1920, 1));
    assert_eq!(size(&derived.thumbnail), (ImageFormat::Png, 120, 1));
}

#[test]
fn a_photo_taken_sideways_is_turned_upright() {
    let jpeg = encoded(&halves(60, 20), ImageFormat::Jpeg);
    let picture = read(&with_exif(&jpeg, 6), "image/jpeg").unwrap();
    assert_eq!((picture.stored, picture.upright), ((60, 20), (20, 60)));
    let preview = image::load_from_memory(&picture.derived.unwrap().preview).unwrap().into_luma8();
    assert_eq!((preview.width(), preview.height()), (20, 60));
    // What was left is above now.
    assert!(preview.get_pixel(10, 5).0[0] < 50 && preview.get_pixel(10, 55).0[0] > 200);
    let picture = read(&with_exif(&jpeg, 3), "image/jpeg").unwrap();
    assert_eq!(picture.upright, (60, 20));
}

#[test]
fn what_shows_through_is_white_in_a_jpeg() {
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(4, 4, Rgba([0, 0, 0, 0])));
    let bytes = encoded(&clear, ImageFormat::WebP);
    let derived = read(&bytes, "image/webp").unwrap().derived.unwrap();
    let pixel = image::load_from_memory(&derived.preview).unwrap().into_rgb8().get_pixel(2, 2).0;
    assert!(pixel.iter().all(|colour| *colour > 250), "{pixel:?}");
}

#[test]
fn an_image_that_claims_too_many_pixels_is_not_decoded() {
    let mut png = encoded(&halves(8, 8), ImageFormat::Png);
    png[16..20].copy_from_slice(&60_000u32.to_be_bytes());
    png[20..24].copy_from_slice(&60_000u32.to_be_bytes());
    let header = png[12..29].to_vec();
    png[29..33].copy_from_slice(&crc(&header).to_be_bytes());
    assert_eq!(read(&png, "image/png"), Err(Unreadable::TooManyPixels));
    let mut gif = encoded(&halves(8, 8), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert_eq!(read(&gif, "image/gif"), Err(Unreadable::TooManyPixels));
    let mut bmp = encoded(&halves(8, 8), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&60_000u32.to_le_bytes());
    bmp[22..26].copy_from_slice(&60_000u32.to_le_bytes());
    assert_eq!(read(&bmp, "image/bmp"), Err(Unreadable::TooManyPixels));
}

#[test]
fn the_largest_image_allowed_is_read_and_one_pixel_more_is_not() {
    let bytes = encoded(&halves(100, 10), ImageFormat::Png);
    assert!(inspect(Cursor::new(&bytes), "image/png", 1000).is_ok());
    let refused = inspect(Cursor::new(&bytes), "image/png", 999);
    assert_eq!(refused, Err(Unreadable::TooManyPixels));
}

#[test]
fn a_truncated_image_keeps_its_size_and_has_no_versions() {
    for format in [ImageFormat::Png, ImageFormat::Gif] {
        let noise = RgbImage::from_fn(200, 100, |x, y| {
            let n = x.wrapping_mul(2_654_435_761).rotate_left(y % 32);
            let [r, g, b, _] = n.to_le_bytes();
            Rgb([r, g, b])
        });
        let bytes = encoded(&DynamicImage::ImageRgb8(noise), format);
        let picture = read(&bytes[..bytes.len() / 2], "image/png").unwrap();
        assert_eq!(picture.stored, (200, 100), "{format:?}");
        assert_eq!(picture.derived, None, "{format:?}");
    }
}

#[test]
fn text_is_no_image() {
    assert_eq!(read(b"not an image at all", "image/png"), Err(Unreadable::NotAnImage));
    assert_eq!(read(b"", "image/png"), Err(Unreadable::NotAnImage));
}

#[test]
fn a_square_is_the_middle() {
    let image = RgbImage::from_fn(300, 100, |x, _| {
        if (100..200).contains(&x) { Rgb([0, 200, 0]) } else { Rgb([200, 0, 0]) }
    });
    let bytes = encoded(&DynamicImage::ImageRgb8(image), ImageFormat::Png);
    let made = square(Cursor::new(&bytes), 128, MOST).unwrap();
    let made = image::load_from_memory(&made).unwrap().into_rgb8();
    assert_eq!((made.width(), made.height()), (128, 128));
    assert_eq!(made.get_pixel(2, 2).0, [0, 200, 0]);
    assert_eq!(made.get_pixel(125, 125).0, [0, 200, 0]);
    assert_eq!(square(Cursor::new(&bytes), 128, 10), Err(Unreadable::TooManyPixels));
}

/// CRC-32, as PNG has it.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_it_panic(
        format in 0usize..6,
        cut in 0usize..2000,
        flips in prop::collection::vec((0usize..2000, any::<u8>()), 0..20),
    ) {
        use ImageFormat as F;
        let format = [F::Jpeg, F::Png, F::Gif, F::Bmp, F::Tiff, F::WebP][format];
        let mut bytes = encoded(&halves(20, 15), format);
        for (place, byte) in flips {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        bytes.truncate(bytes.len().saturating_sub(cut % (bytes.len() + 1)));
        drop(inspect(Cursor::new(&bytes), "image/png", 10_000));
        let _any_answer_will_do = crate::svg_size(&bytes);
    }
}
