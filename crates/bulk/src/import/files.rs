//! Attachments: from an archive to files whose bytes are on disk.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use fieldpost_blobs::{Refused, Staged};
use fieldpost_chat::file::ImageFacts;
use fieldpost_chat::file::upload::NewFile;
use fieldpost_chat::import::ImportedFile;
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_media::{base_name, extension, inspect, is_image, mime_type, svg_size};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::Target;
use crate::line::{Attachment, OurFile};
use crate::source::{Archive, stays_inside};

/// How much is taken out of the archive at once.
const PIECE: usize = 64 * 1024;

/// How much of a drawing is read to find its size.
const HEAD_OF_A_DRAWING: u64 = 64 * 1024;

/// An attachment that is in the archive.
pub(super) struct Found<'a> {
    attachment: &'a Attachment,
    index: usize,
}

/// Finds attachments in the archive, all or none.
pub(super) fn find<'a>(
    archive: Option<&Archive>,
    attachments: &'a [Attachment],
) -> Outcome<Vec<Found<'a>>> {
    if attachments.is_empty() {
        return Ok(Vec::new());
    }
    let archive = archive.ok_or_else(|| {
        Failure::invalid(
            "api.fieldpost.import.attachments",
            "attachments come with a .zip only, and this is not one",
        )
    })?;
    let find = |attachment: &'a Attachment| {
        let path = &attachment.path;
        if !stays_inside(path) {
            return Err(Failure::invalid(
                "api.fieldpost.import.attachment_path",
                format!("the path of the attachment {path:?} leads out of the archive"),
            ));
        }
        let index = archive.find(path).ok_or_else(|| {
            Failure::invalid(
                "api.fieldpost.import.attachment_missing",
                format!("the attachment {path:?} is not in the archive"),
            )
        })?;
        Ok(Found { attachment, index })
    };
    attachments.iter().map(find).collect()
}

/// Keeps the bytes of an attachment, and those of its smaller versions if it is an image.
pub(super) async fn keep(
    target: &Target,
    archive: &Archive,
    found: &Found<'_>,
) -> Outcome<ImportedFile> {
    let _turn = target.turns.acquire().await.map_err(Failure::internal)?;
    let Attachment { path, fieldpost } = found.attachment;
    let ours = fieldpost.clone().unwrap_or_default();
    let bytes = take_out(target, archive, found.index, path).await?;
    let name = base_name(if ours.name.is_empty() { path } else { &ours.name });
    let extension = extension(&name);
    let mime = mime_type(&extension);
    let image = image_facts(target, bytes.path(), mime).await?.map(|facts| told(facts, &ours));
    let size = bytes.length();
    let content = bytes.keep().await?.0;
    let mime_type = mime.to_owned();
    let file = NewFile { name, extension, mime_type, size, content, image, bookmark: false };
    Ok(ImportedFile { id: ours.id, create_at: ours.create_at, file })
}

/// Takes bytes out of the archive, no more than the site lets anybody upload: the size that an
/// archive tells of an entry may be a lie.
async fn take_out(target: &Target, archive: &Archive, index: usize, path: &str) -> Outcome<Staged> {
    let too_large = {
        let says = format!("the attachment {path:?} is larger than this site accepts");
        move || Failure::invalid("api.fieldpost.import.attachment_too_large", says.clone())
    };
    let unreadable = {
        let path = path.to_owned();
        move |error: std::io::Error| {
            let says = format!("the attachment {path:?} cannot be read: {error}");
            Failure::invalid("api.fieldpost.import.attachment_unreadable", says)
        }
    };
    let (mut archive, blobs, limit) =
        (archive.clone(), target.blobs.clone(), target.limits.largest_file);
    let runtime = Handle::current();
    let taken = spawn_blocking(move || {
        let mut entry = archive.entry(index).map_err(&unreadable)?;
        if entry.size() > limit {
            return Err(too_large());
        }
        let mut writer = runtime.block_on(blobs.writer(limit))?;
        let mut piece = vec![0; PIECE];
        loop {
            let length = entry.read(&mut piece).map_err(&unreadable)?;
            if length == 0 {
                return runtime.block_on(writer.finish());
            }
            runtime.block_on(writer.write(&piece[..length])).map_err(|refused| match refused {
                Refused::TooLarge => too_large(),
                Refused::Failed(failure) => failure,
            })?;
        }
    });
    taken.await.map_err(Failure::internal)?
}

/// What is known of an image, found out as for an upload. One that cannot be read is a file.
async fn image_facts(
    target: &Target,
    path: &Path,
    mime: &'static str,
) -> Outcome<Option<ImageFacts>> {
    if !is_image(mime) {
        return Ok(None);
    }
    let (path, most) = (path.to_owned(), target.limits.most_pixels);
    let open = move || File::open(path).map_err(Failure::internal);
    if mime == "image/svg+xml" {
        let mut head = Vec::new();
        open()?.take(HEAD_OF_A_DRAWING).read_to_end(&mut head).map_err(Failure::internal)?;
        let facts = |(width, height)| ImageFacts { width, height, ..ImageFacts::default() };
        return Ok(svg_size(&head).map(facts));
    }
    let seen =
        spawn_blocking(move || Ok::<_, Failure>(inspect(BufReader::new(open()?), mime, most)));
    let Ok(picture) = seen.await.map_err(Failure::internal)?? else { return Ok(None) };
    let (width, height) = picture.upright;
    let mut facts = ImageFacts { width, height, ..ImageFacts::default() };
    if let Some(derived) = picture.derived {
        facts.thumbnail = Some(target.blobs.put(&derived.thumbnail).await?.0);
        facts.preview = Some(target.blobs.put(&derived.preview).await?.0);
        facts.mini = derived.mini;
        facts.shows_preview = !picture.animated;
    }
    Ok(Some(facts))
}

/// What clients were told of an image of ours they are told again.
fn told(facts: ImageFacts, ours: &OurFile) -> ImageFacts {
    match ours.size {
        Some((width, height)) => ImageFacts {
            width,
            height,
            shows_preview: ours.preview && facts.preview.is_some(),
            ..facts
        },
        None => facts,
    }
}
