//! Reading files that clients send: as a whole body, or as parts of a form.
//!
//! Nothing is taken on trust. Bytes go to temporary files under a running limit; whatever goes
//! wrong, dropping what was received removes them.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Query, Request};
use axum::http::header;
use bytes::Bytes;
use fieldpost_access::Caller;
use fieldpost_blobs::{Refused, Staged};
use fieldpost_chat::file::upload::{authorise, too_large};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::Id;
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use tokio::time::timeout;

use super::parts::{Part, Parts};
use crate::app::App;

/// The longest value of a field that is not a file, in bytes.
const LONGEST_FIELD: usize = 10 * 1024;

/// Files of one call, so that no form is endless.
const MOST_FILES: usize = 100;

/// A file that has been received and has no name in the store yet.
pub(super) struct Received {
    /// Its name, without any folder.
    pub(super) name: String,
    /// Its bytes.
    pub(super) bytes: Staged,
}

/// What a client sent.
pub(super) struct Form {
    /// Where the files belong; the caller may put some there.
    pub(super) channel: Id,
    /// The files, in their order.
    pub(super) files: Vec<Received>,
    /// The client's own names for them.
    pub(super) client_ids: Option<Vec<String>>,
    /// Whether they belong to the channel's bookmarks.
    pub(super) bookmark: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    channel_id: String,
    filename: String,
    client_id: String,
    bookmark: String,
}

/// Reads an upload, in either of its two forms.
pub(super) async fn receive(app: &App, caller: &Caller, request: Request) -> Outcome<Form> {
    let asked = Query::<Asked>::try_from_uri(request.uri()).map(|Query(q)| q).unwrap_or_default();
    let length = header_text(&request, header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    if length == Some(0) || request.body().is_end_stream() {
        return Err(unreadable("an empty body"));
    }
    let bookmark = asked.bookmark == "true";
    let is_form = header_text(&request, header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data"));
    if is_form {
        let channel = match asked.channel_id.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Failure::invalid_url("channel_id"))?),
        };
        let reading = Reading { channel, ..Reading::new(app, caller) };
        return Ok(Form { bookmark, ..reading.read(request).await? });
    }
    let channel = asked.channel_id.parse().map_err(|_| Failure::invalid_url("channel_id"))?;
    let name = fieldpost_media::base_name(&asked.filename);
    if name.is_empty() {
        return Err(Failure::invalid_url("filename"));
    }
    let caller = *caller;
    app.store().read(move |rows| authorise(rows, &caller, channel)).await?;
    if length.is_some_and(|length: u64| length > app.settings().largest_file) {
        return Err(too_large());
    }
    let bytes = stage(app, request.into_body(), app.settings().largest_file).await?;
    let client_ids = (!asked.client_id.is_empty()).then(|| vec![asked.client_id]);
    Ok(Form { channel, files: vec![Received { name, bytes }], client_ids, bookmark })
}

fn header_text(request: &Request, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

/// The request is not what it says it is, or broke off.
pub(super) fn unreadable(detail: impl std::fmt::Display) -> Failure {
    Failure::invalid(
        "api.file.upload_file.read_request.app_error",
        "Unable to upload the file. Error reading or parsing the request data.",
    )
    .with_detail(detail)
}

async fn stage(app: &App, body: Body, limit: u64) -> Outcome<Staged> {
    stage_stream(app, body.into_data_stream(), limit).await
}

async fn stage_stream<E: std::fmt::Display>(
    app: &App,
    stream: impl Stream<Item = Result<Bytes, E>>,
    limit: u64,
) -> Outcome<Staged> {
    let mut stream = std::pin::pin!(stream);
    let mut writer = app.blobs().writer(limit).await?;
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(unreadable)?;
        if let Err(refused) = writer.write(&piece).await {
            drop(writer);
            pass_over(stream).await;
            return Err(match refused {
                Refused::TooLarge => too_large(),
                Refused::Failed(failure) => failure,
            });
        }
    }
    writer.finish().await
}

/// Bytes of a refused upload that are still read, at most.
const PASSED_OVER: usize = 256 << 20;

/// How long they may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads what a client still sends of an upload that was refused: a client whose connection is
/// closed while it sends does not hear why.
pub(super) async fn pass_over<E>(mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin) {
    let reading = async {
        let mut passed = 0;
        while let Some(Ok(piece)) = stream.next().await {
            passed += piece.len();
            if passed > PASSED_OVER {
                return;
            }
        }
    };
    drop(timeout(PATIENCE, reading).await);
}

/// A form being read, part by part.
struct Reading<'a> {
    app: &'a App,
    caller: &'a Caller,
    channel: Option<Id>,
    /// The client named the channel after a file: only parts called `files` count then.
    channel_came_late: bool,
    authorised: bool,
    client_ids: Vec<String>,
    /// Each file, and whether its part was called `files`.
    files: Vec<(Received, bool)>,
    /// Bytes taken before it was known who may put them where.
    unauthorised: u64,
}

impl<'a> Reading<'a> {
    fn new(app: &'a App, caller: &'a Caller) -> Self {
        Self {
            app,
            caller,
            channel: None,
            channel_came_late: false,
            authorised: false,
            client_ids: Vec::new(),
            files: Vec::new(),
            unauthorised: 0,
        }
    }

    async fn read(mut self, request: Request) -> Outcome<Form> {
        let mut form = Parts::open(request).await?;
        while let Some(field) = form.next().await? {
            match field.file_name() {
                Some(name) => {
                    let name = fieldpost_media::base_name(name);
                    self.file(name, field).await?;
                }
                None => self.field(field).await?,
            }
        }
        self.finish().await
    }

    async fn authorise(&mut self) -> Outcome<()> {
        if self.authorised {
            return Ok(());
        }
        let channel = self.channel.ok_or_else(|| Failure::invalid_body("channel_id"))?;
        let caller = *self.caller;
        self.app.store().read(move |rows| authorise(rows, &caller, channel)).await?;
        self.authorised = true;
        Ok(())
    }

    async fn file(&mut self, name: String, field: Part<'_>) -> Outcome<()> {
        if name.is_empty() || self.files.len() >= MOST_FILES {
            return Err(Failure::invalid_body("files"));
        }
        let largest = self.app.settings().largest_file;
        let mut limit = largest;
        if self.channel.is_some() {
            self.authorise().await?;
            if !self.client_ids.is_empty() && self.files.len() >= self.client_ids.len() {
                return Err(Failure::invalid_body("client_ids"));
            }
        } else {
            self.channel_came_late = true;
            limit = largest.saturating_sub(self.unauthorised);
        }
        let called_files = field.name() == Some("files");
        let bytes = stage_stream(self.app, field, limit).await?;
        if !self.authorised {
            self.unauthorised = self.unauthorised.saturating_add(bytes.length());
        }
        self.files.push((Received { name, bytes }, called_files));
        Ok(())
    }

    async fn field(&mut self, field: Part<'_>) -> Outcome<()> {
        let name = field.name().unwrap_or_default().to_owned();
        let value = text_of(field, &name).await?;
        match name.as_str() {
            "channel_id" => {
                let channel = value.parse().map_err(|_| Failure::invalid_body("channel_id"))?;
                if self.channel.is_some_and(|known| known != channel) {
                    return Err(Failure::invalid_body("channel_id"));
                }
                self.channel = Some(channel);
            }
            "client_ids" => {
                let first = self.client_ids.is_empty();
                let late = first && !self.files.is_empty() && !self.channel_came_late;
                if late || self.client_ids.len() >= MOST_FILES {
                    return Err(Failure::invalid_body("client_ids"));
                }
                self.client_ids.push(value);
            }
            _ => return Err(Failure::invalid_body(&name)),
        }
        Ok(())
    }

    async fn finish(mut self) -> Outcome<Form> {
        self.authorise().await?;
        let channel = self.channel.ok_or_else(|| Failure::invalid_body("channel_id"))?;
        if self.channel_came_late {
            self.files.retain(|(_, called_files)| *called_files);
        }
        if !self.client_ids.is_empty() && self.client_ids.len() != self.files.len() {
            return Err(Failure::invalid(
                "api.file.upload_file.incorrect_number_of_client_ids.app_error",
                "Unable to upload files. Incorrect number of client IDs.",
            ));
        }
        if self.files.is_empty() {
            return Err(Failure::invalid_body("files"));
        }
        let files = self.files.into_iter().map(|(received, _)| received).collect();
        Ok(Form { channel, files, client_ids: Some(self.client_ids), bookmark: false })
    }
}

async fn text_of(mut field: Part<'_>, name: &str) -> Outcome<String> {
    let mut value = Vec::new();
    while let Some(piece) = field.next().await {
        let piece = piece.map_err(unreadable)?;
        value.extend_from_slice(&piece);
        if value.len() > LONGEST_FIELD {
            return Err(Failure::invalid_body(name));
        }
    }
    String::from_utf8(value).map_err(|_| Failure::invalid_body(name))
}

/// What a form of one picture refuses with.
pub(crate) struct Refusals {
    /// There is no such part.
    pub(crate) missing: fn() -> Failure,
    /// There is more than one.
    pub(crate) several: fn() -> Failure,
    /// It is larger than a file may be.
    pub(crate) too_large: fn() -> Failure,
}

/// The one part of a form that is called `image`.
pub(crate) async fn one_part(app: &App, request: Request, refuse: &Refusals) -> Outcome<Staged> {
    let largest = app.settings().largest_file;
    Ok(picture_and_text(app, request, refuse, (largest, "")).await?.0)
}

/// The one part of a form that is called `image`, of at most so many bytes, and the text of the part
/// of another name, if there is one.
pub(crate) async fn picture_and_text(
    app: &App,
    request: Request,
    refuse: &Refusals,
    (largest, beside): (u64, &str),
) -> Outcome<(Staged, Option<String>)> {
    let length = header_text(&request, header::CONTENT_LENGTH)
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(0);
    // What surrounds the picture in a form takes some bytes of its own.
    if length > largest.saturating_add(LONGEST_FIELD as u64) {
        pass_over(request.into_body().into_data_stream()).await;
        return Err((refuse.too_large)());
    }
    let mut form = Parts::open(request).await?;
    let (mut found, mut text) = (None, None);
    while let Some(field) = form.next().await? {
        if field.name() != Some("image") {
            let is_beside = field.name() == Some(beside);
            let value = text_of(field, "image").await?;
            text = if is_beside { Some(value) } else { text };
            continue;
        }
        if found.is_some() {
            return Err((refuse.several)());
        }
        let staged = stage_stream(app, field, largest).await;
        found = Some(staged.map_err(|failure| {
            let too_large = failure.kind == fieldpost_kernel::FailureKind::TooLarge;
            if too_large { (refuse.too_large)() } else { failure }
        })?);
    }
    Ok((found.ok_or_else(refuse.missing)?, text))
}
