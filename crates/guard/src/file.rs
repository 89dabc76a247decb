//! Files as entries name them.

use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, params};
use fieldpost_model::Id;

use crate::node::{Fields, Node, Text};

/// A file that hangs on a message, as far as is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) id: Id,
    /// Nothing if it has not come when the message is told: an entry of its own tells of it then.
    pub(crate) known: Option<Known>,
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    name: String,
    pub(crate) media_type: String,
    pub(crate) size: i64,
    /// The name of its bytes at this site.
    pub(crate) content: [u8; 32],
    /// Whether its bytes belong to this entry: they came with it, and not with an earlier one.
    pub(crate) is_new: bool,
    /// The SHA-256 of its bytes, once they were written.
    pub(crate) sha256: Option<String>,
}

impl Known {
    /// What the change that brought a file says of it.
    pub(crate) fn new((name, media_type): (&str, &str), size: u64, content: [u8; 32]) -> Self {
        Self {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            content,
            is_new: true,
            sha256: None,
        }
    }

    /// What its name ends with, if that is short and plain.
    pub(crate) fn ending(&self) -> &str {
        let ending = self.name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let is_plain = ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_plain && (1..=10).contains(&ending.len()) { ending } else { "bin" }
    }
}

/// Which change tells of files: its channel, and its place in the feed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) channel: Id,
    pub(crate) number: i64,
}

/// Who wrote a message, and the place in the feed at which it came; none if it is not here.
pub(crate) fn written_by(rows: &mut dyn Rows, post: Id) -> Outcome<Option<(Id, i64)>> {
    rows.first(
        "SELECT account.id, post.position FROM post \
         JOIN account ON account.key = post.account_key WHERE post.id = ?1",
        params![&post],
        |row| (row.id(0), row.int(1)),
    )
}

/// The files of a message, as a change lists them. Those that came after the change are told of by
/// themselves, those that came before the message have come with it.
pub(crate) fn listed(
    rows: &mut dyn Rows,
    told: Told,
    (uploader, since): (Id, Option<i64>),
    ids: &[Id],
) -> Outcome<Vec<File>> {
    let mut files = Vec::with_capacity(ids.len());
    for id in ids {
        let known_of = |row: &dyn Row| {
            let position = row.int(4);
            (position < told.number).then(|| Known {
                name: row.text(0).to_owned(),
                media_type: row.text(1).to_owned(),
                size: row.int(2),
                content: row.blob(3).try_into().unwrap_or_default(),
                is_new: since.is_none_or(|since| position > since),
                sha256: None,
            })
        };
        let known = rows.first(
            "SELECT file.name, file.mime_type, file.size, file.content, file.position FROM file \
             JOIN channel ON channel.key = file.channel_key \
             JOIN account ON account.key = file.account_key \
             WHERE file.id = ?1 AND channel.id = ?2 AND account.id = ?3",
            params![id, &told.channel, &uploader],
            known_of,
        )?;
        files.push(File { id: *id, known: known.flatten() });
    }
    Ok(files)
}

/// The message on which a file hangs that came after it, if it does.
pub(crate) fn late_for(
    rows: &mut dyn Rows,
    file: Id,
    (channel, uploader, number): (Id, Id, i64),
) -> Outcome<Option<Id>> {
    rows.first(
        "SELECT post.id FROM attachment JOIN post ON post.key = attachment.post_key \
         JOIN channel ON channel.key = post.channel_key \
         JOIN account ON account.key = post.account_key \
         WHERE attachment.file = ?1 AND channel.id = ?2 AND account.id = ?3 AND post.position < ?4 \
         ORDER BY post.position",
        params![&file, &channel, &uploader, number],
        |row| row.id(0),
    )
}

impl File {
    /// How many characters of its texts cannot stand in XML.
    pub(crate) fn replaced(&self) -> i64 {
        let known = self.known.iter();
        known
            .map(|file| Text::of(&file.name).replaced() + Text::of(&file.media_type).replaced())
            .sum()
    }

    pub(crate) fn node(&self) -> Node {
        let fields = Fields::default().with("file_id", self.id.to_string());
        match &self.known {
            None => fields.into(),
            Some(known) => fields
                .with("name", known.name.as_str())
                .with("media_type", known.media_type.as_str())
                .with("bytes", known.size)
                .with_some("sha256", known.sha256.as_deref())
                .into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_endings_are_kept() {
        let ending = |name: &str| Known::new((name, ""), 0, [0; 32]).ending().to_owned();
        assert_eq!((ending("plan.PDF"), ending("a.tar.gz")), ("PDF".to_owned(), "gz".to_owned()));
        for name in ["plan", "plan.", "a.p/df", "a.\u{202e}fdp", "a.abcdefghijk", "a.ex e"] {
            assert_eq!(ending(name), "bin", "{name}");
        }
    }
}
