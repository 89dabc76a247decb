//! What files are: types by name, sizes of images, previews, letters and codes as pictures.
//!
//! Pure functions over bytes that strangers sent. Nothing here trusts them: an image's size is read
//! from its header before a pixel of it is decoded, decoders work under limits, and what cannot be
//! read is an answer, not a panic. All of it takes time in proportion to pixels: callers run it
//! where nobody waits behind it.

mod kind;
mod letter;
mod picture;
mod qr;
mod svg;

pub use self::kind::{base_name, extension, is_image, is_shown_inline, mime_type, served_type};
pub use self::letter::letter;
pub use self::picture::{Derived, InLine, Picture, Unreadable, in_line, inspect, measure, square};
pub use self::qr::qr_code;
pub use self::svg::svg_size;
