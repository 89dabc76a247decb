//! Hanging files on posts.

use fieldpost_kernel::{Applying, Failure, Outcome, RowsExt, Work, params};
use fieldpost_log::Scope;
use fieldpost_model::Id;

use super::change::ImageFacts;
use super::{FileUploaded, Stored, of_uploader};

/// Which of these files a person may hang on a post in a channel: their own, not yet on any post,
/// each once. The others are silently left out, as the API has it.
///
/// A file that was uploaded in another channel is put into this one too: whoever is told of the
/// post must be told of its files.
pub(crate) fn attachable(
    work: &mut Work<'_>,
    author: Id,
    scope: Scope,
    wanted: &[Id],
) -> Outcome<Vec<Id>> {
    let mut kept: Vec<Id> = Vec::with_capacity(wanted.len());
    for id in wanted {
        let Some(file) = of_uploader(work, *id, author)? else { continue };
        let free = file.info.post_id.is_none() && !file.bookmark;
        if !free || kept.contains(id) {
            continue;
        }
        let hangs = "SELECT count(*) FROM attachment JOIN post ON post.key = attachment.post_key \
                     JOIN account ON account.key = post.account_key \
                     WHERE attachment.file = ?1 AND account.id = ?2";
        if work.count(hangs, params![id, &author])? > 0 {
            continue;
        }
        if file.info.channel_id != scope.id {
            work.emit(scope, author, &again(&file, work.now())?)?;
        }
        kept.push(*id);
    }
    Ok(kept)
}

/// Puts files of somebody's into another channel, each once more and under an id of its own.
pub(crate) fn copied(
    work: &mut Work<'_>,
    author: Id,
    scope: Scope,
    files: &[Id],
) -> Outcome<Vec<Id>> {
    let mut copies = Vec::with_capacity(files.len());
    for id in files {
        let Some(file) = of_uploader(work, *id, author)? else { continue };
        let copy = FileUploaded { id: work.random_id(), ..again(&file, work.now())? };
        work.emit(scope, author, &copy)?;
        copies.push(copy.id);
    }
    Ok(copies)
}

/// The same file, as it is put into another channel.
fn again(file: &Stored, create_at: i64) -> Outcome<FileUploaded> {
    let info = &file.info;
    let pixels = |side: i64| u32::try_from(side).map_err(Failure::internal);
    let image = (info.width > 0).then(|| {
        Ok::<_, Failure>(ImageFacts {
            width: pixels(info.width)?,
            height: pixels(info.height)?,
            mini: file.mini.clone(),
            thumbnail: file.thumbnail,
            preview: file.preview,
            shows_preview: info.has_preview_image,
        })
    });
    Ok(FileUploaded {
        id: info.id,
        create_at,
        name: info.name.clone(),
        extension: info.extension.clone(),
        mime_type: info.mime_type.clone(),
        size: u64::try_from(info.size).map_err(Failure::internal)?,
        content: file.content,
        image: image.transpose()?,
        bookmark: false,
    })
}

/// What the files of a post mean: it has them, whether or not they have arrived.
pub(crate) fn attach(cx: &mut Applying<'_>, post_key: i64, files: &[Id]) -> Outcome<()> {
    for file in files {
        cx.rows.execute(
            "INSERT INTO attachment (post_key, file) VALUES (?1, ?2) \
             ON CONFLICT (post_key, file) DO NOTHING",
            params![post_key, file],
        )?;
    }
    Ok(())
}

/// What an edit means that changes a post's files: those it names are its own, all others that it
/// had are removed, and one that returned is there again.
pub fn change_files(cx: &mut Applying<'_>, post_key: i64, files: &[Id]) -> Outcome<()> {
    let had = cx.rows.all(
        "SELECT file FROM attachment WHERE post_key = ?1 AND removed_at = 0",
        params![post_key],
        |row| row.id(0),
    )?;
    for file in had.iter().filter(|file| !files.contains(file)) {
        cx.rows.execute(
            "UPDATE attachment SET removed_at = ?3 WHERE post_key = ?1 AND file = ?2",
            params![post_key, file, cx.written_at()],
        )?;
    }
    for file in files {
        cx.rows.execute(
            "INSERT INTO attachment (post_key, file) VALUES (?1, ?2) \
             ON CONFLICT (post_key, file) DO UPDATE SET removed_at = 0",
            params![post_key, file],
        )?;
    }
    Ok(())
}
