//! From received bytes to a file that can be told of: its type, its size, its smaller versions.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use fieldpost_blobs::Staged;
use fieldpost_chat::file::ImageFacts;
use fieldpost_chat::file::upload::NewFile;
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_media::{Unreadable, extension, inspect, is_image, mime_type, svg_size};

use super::form::Received;
use crate::app::App;

/// How much of a drawing is read to find its size.
const HEAD_OF_A_DRAWING: u64 = 64 * 1024;

/// Types whose bytes must be an image where that is asked for.
const DECODED: [&str; 6] =
    ["image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp"];

/// By which way a file came: the API treats the two a little differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In one request.
    Simple,
    /// In several: sizes are those of the file as it lies, and what is called an image must be one.
    Resumable,
}

/// A file that was looked into. Its bytes are not kept yet: dropping it leaves nothing of them.
pub(super) struct Seen {
    bytes: Staged,
    file: NewFile,
}

/// Looks into a received file, and keeps its smaller versions.
pub(super) async fn see(app: &App, received: Received, way: Way) -> Outcome<Seen> {
    let Received { name, bytes } = received;
    let extension = extension(&name);
    let mime = mime_type(&extension);
    let image = image_facts(app, bytes.path(), mime, way).await?;
    let mime_type = mime.to_owned();
    let size = bytes.length();
    let file = NewFile { name, extension, mime_type, size, image, ..NewFile::default() };
    Ok(Seen { bytes, file })
}

impl Seen {
    /// Keeps the bytes.
    pub(super) async fn keep(self) -> Outcome<NewFile> {
        Ok(NewFile { content: self.bytes.keep().await?.0, ..self.file })
    }
}

async fn image_facts(
    app: &App,
    path: &Path,
    mime: &'static str,
    way: Way,
) -> Outcome<Option<ImageFacts>> {
    if !is_image(mime) {
        return Ok(None);
    }
    let (path, most) = (path.to_owned(), app.settings().largest_image);
    if mime == "image/svg+xml" {
        let size = app.with_image(move || drawing_size(path)).await??;
        return Ok(size.map(|(width, height)| ImageFacts { width, height, ..Default::default() }));
    }
    let seen = app
        .with_image(move || {
            let file = File::open(path).map_err(Failure::internal)?;
            Ok::<_, Failure>(inspect(BufReader::new(file), mime, most))
        })
        .await??;
    let picture = match seen {
        Ok(picture) => picture,
        Err(Unreadable::TooManyPixels) => return Err(too_many_pixels(way)),
        Err(Unreadable::NotAnImage) => return undecodable(mime, way).map(|()| None),
    };
    if picture.derived.is_none() {
        undecodable(mime, way)?;
    }
    let (width, height) = if way == Way::Resumable { picture.stored } else { picture.upright };
    let mut facts = ImageFacts { width, height, ..ImageFacts::default() };
    if let Some(derived) = picture.derived {
        facts.thumbnail = Some(app.blobs().put(&derived.thumbnail).await?.0);
        facts.preview = Some(app.blobs().put(&derived.preview).await?.0);
        facts.mini = derived.mini;
        facts.shows_preview = way == Way::Simple && !picture.animated;
    }
    Ok(Some(facts))
}

fn drawing_size(path: PathBuf) -> Outcome<Option<(u32, u32)>> {
    let mut head = Vec::new();
    let file = File::open(path).map_err(Failure::internal)?;
    file.take(HEAD_OF_A_DRAWING).read_to_end(&mut head).map_err(Failure::internal)?;
    Ok(svg_size(&head))
}

fn too_many_pixels(way: Way) -> Failure {
    let id = match way {
        Way::Simple => "api.file.upload_file.large_image_detailed.app_error",
        Way::Resumable => "app.upload.upload_data.large_image.app_error",
    };
    Failure::invalid(id, "The image has more pixels than the server accepts.")
}

fn undecodable(mime: &str, way: Way) -> Outcome<()> {
    if way == Way::Resumable && DECODED.contains(&mime) {
        return Err(Failure::invalid(
            "api.fieldpost.upload.no_image",
            "The upload is called an image and is none.",
        ));
    }
    Ok(())
}

/// A square picture of a received image, as a PNG.
pub(crate) async fn square(
    app: &App,
    bytes: Staged,
    side: u32,
) -> Outcome<Result<Vec<u8>, Unreadable>> {
    let (path, most) = (bytes.path().to_owned(), app.settings().largest_image);
    let made = app
        .with_image(move || {
            let file = File::open(path).map_err(Failure::internal)?;
            Ok::<_, Failure>(fieldpost_media::square(BufReader::new(file), side, most))
        })
        .await??;
    drop(bytes);
    Ok(made)
}
