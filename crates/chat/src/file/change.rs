//! What can happen to a file, and what it means.

use fieldpost_kernel::{
    Applied, Applying, Body, Content, Failure, Features, Kind, Outcome, Part, RowsExt, Shape,
    at_most, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};

use super::form;

/// Somebody put a file into a channel. The uploader is the change's author.
///
/// Its bytes do not travel in the log: they are asked for by their name, the smaller versions
/// first where the link is thin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileUploaded {
    /// Which; random, since a client speaks of it before any post does.
    pub id: Id,
    /// When.
    pub create_at: Millis,
    /// Its name, without any folder.
    pub name: String,
    /// Lower case, without the dot.
    pub extension: String,
    /// By its extension.
    pub mime_type: String,
    /// Bytes.
    pub size: u64,
    /// The hash of its content, which is the name of its bytes.
    pub content: [u8; 32],
    /// What is known of it if it is an image.
    pub image: Option<ImageFacts>,
    /// Whether it belongs to the channel's bookmarks, and not to a post.
    pub bookmark: bool,
}

/// What is known of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ImageFacts {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// A JPEG of 16 by 16; empty if there is none.
    pub mini: Vec<u8>,
    /// The hash of the thumbnail.
    pub thumbnail: Option<[u8; 32]>,
    /// The hash of the preview.
    pub preview: Option<[u8; 32]>,
    /// Whether clients show the preview instead of the image itself.
    pub shows_preview: bool,
}

impl Body for FileUploaded {
    const KIND: Kind = Kind::new(0x0601);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn shape(&self) -> Shape {
        let part = |is_preview| Some(Part { mime: self.mime_type.clone(), is_preview });
        let image = self.image.as_ref();
        let thumbnail = image.and_then(|image| image.thumbnail).map(Content::from);
        let preview = image.and_then(|image| image.preview);
        let preview = preview.map(|hash| Content { hash, size: None, part: part(true) });
        let whole = Content { hash: self.content, size: Some(self.size), part: part(false) };
        let contents = thumbnail.into_iter().chain(preview).chain([whole]).collect();
        Shape { contents, ..Shape::default() }
    }

    fn fits(&self) -> bool {
        at_most(&self.name, 1024)
            && at_most(&self.extension, 1024)
            && at_most(&self.mime_type, 256)
            && i64::try_from(self.size).is_ok()
            && self.image.as_ref().is_none_or(|image| image.mini.len() <= 16 << 10)
    }
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_uploaded);
}

/// The first word of its uploader stands: a file never changes.
fn apply_uploaded(file: &FileUploaded, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let channel = cx.change.name.scope.id;
    let mut keys = [0; 2];
    for (key, table, id) in [(0, "channel", channel), (1, "account", cx.change.author)] {
        let sql = format!("SELECT key FROM {table} WHERE id = ?1");
        let Some(found) = cx.rows.first(&sql, params![&id], |row| row.int(0))? else {
            return Ok(Applied::Waits(id));
        };
        keys[key] = found;
    }
    let none = ImageFacts::default();
    let image = file.image.as_ref().unwrap_or(&none);
    let origin = (!cx.is_local()).then_some(&cx.change.name.site.0);
    let made = cx.rows.execute(
        "INSERT INTO file (id, channel_key, account_key, bookmark, create_at, name, extension, \
         mime_type, size, width, height, shows_preview, mini, content, thumbnail, preview, origin, \
         position) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) \
         ON CONFLICT (id, channel_key, account_key) DO NOTHING",
        params![
            &file.id,
            keys[0],
            keys[1],
            file.bookmark,
            file.create_at,
            &file.name,
            &file.extension,
            &file.mime_type,
            i64::try_from(file.size).map_err(Failure::internal)?,
            i64::from(image.width),
            i64::from(image.height),
            image.shows_preview,
            (!image.mini.is_empty()).then_some(&image.mini),
            &file.content,
            image.thumbnail.as_ref(),
            image.preview.as_ref(),
            origin,
            cx.change.position.number,
        ],
    )?;
    if made > 0 {
        // It may have been posted before it came.
        cx.hash.added.extend(form::of_file(cx.rows, file.id, (keys[0], keys[1]))?);
        cx.created.push(file.id);
    }
    Ok(Applied::Done)
}
