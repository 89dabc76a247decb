//! `fieldpost link export-bundle` and `import-bundle`.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::{BodyExt, Full};
use hyper::Method;
use hyper::body::{Body, Bytes, Frame};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::media::Salvage;
use super::{ago, size};
use crate::local::{Local, Site, text, understood};

/// Bytes that are sent at once, and pieces that wait to be.
const PIECE: usize = 256 << 10;
const AHEAD: usize = 4;

/// What is asked of the site that writes a bundle.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// The largest file that goes in, in bytes; any without it.
    pub(super) largest_file: Option<u64>,
    /// Percent of repair, if packets are to be written.
    pub(super) repair: Option<u32>,
    /// Whether they are transmitted at once.
    pub(super) transmit: bool,
}

/// Writes what the site answers to a file that gets its name once it is whole.
pub(super) fn export(site: &Site, path: &str, file: &Path, asked: Asked) -> Result<(), String> {
    let shown = file.display();
    if file.exists() {
        return Err(format!("{shown} exists; a bundle is written to a new file"));
    }
    let local = Local::running(&site.data)?;
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let written = local.block_on(async {
        let mut out = File::create(&part).map_err(|error| unwritten(&part, &error))?;
        let bytes = download(&local, path, asked, &mut out).await?;
        out.sync_all().map_err(|error| unwritten(&part, &error))?;
        Ok::<_, String>(bytes)
    });
    let bytes = written.inspect_err(|_| drop(std::fs::remove_file(&part)))?;
    std::fs::rename(&part, file).map_err(|error| format!("{shown}: {error}"))?;
    println!("Wrote {shown}, {}", size(bytes));
    Ok(())
}

fn unwritten(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// Writes what the site answers; gives how many bytes it was.
pub(super) async fn download(
    local: &Local,
    path: &str,
    asked: Asked,
    out: &mut File,
) -> Result<i64, String> {
    let Asked { largest_file, repair, transmit } = asked;
    let asked = json!({ "largest_file": largest_file, "repair": repair, "transmit": transmit });
    let body = Full::new(Bytes::from(asked.to_string()));
    let mut answer = local.send(Method::POST, path, body).await?;
    let status = answer.response.status();
    let body = answer.response.body_mut();
    if !status.is_success() {
        let bytes = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        return understood(status, &bytes).and(Err("the server said nothing".to_owned()));
    }
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| "the server could not write it to its end".to_owned())?;
        let Some(piece) = frame.data_ref() else { continue };
        out.write_all(piece).map_err(|error| error.to_string())?;
        bytes += i64::try_from(piece.len()).unwrap_or_default();
    }
    Ok(bytes)
}

/// Has the site take in a file.
pub(super) fn import(site: &Site, file: &Path) -> Result<(), String> {
    let local = Local::running(&site.data)?;
    let unread = |error: io::Error| format!("{}: {error}", file.display());
    let reader = Salvage::of(File::open(file).map_err(unread)?);
    let (pieces, waiting) = mpsc::channel(AHEAD);
    std::thread::spawn(move || read(BufReader::with_capacity(PIECE, reader), &pieces));
    let taken = local.block_on(async {
        let body = Pieces(waiting);
        let mut answer = local.send(Method::POST, "/fieldpost/link/bundle", body).await?;
        let status = answer.response.status();
        let body = answer.response.body_mut().collect().await;
        understood(status, &body.map_err(|error| error.to_string())?.to_bytes())
    })?;
    let number = |name: &str| taken[name].as_u64().unwrap_or_default();
    let again = if taken["again"] == true { ", which was taken in before" } else { "" };
    println!(
        "Took in a bundle of {}{again}: {} of {} changes were new, and {} files",
        text(&taken, "site")?,
        number("new_changes"),
        number("changes"),
        number("files"),
    );
    Ok(())
}

/// Reads the file to its end, or until nobody wants more of it.
fn read(mut reader: impl io::BufRead, pieces: &mpsc::Sender<io::Result<Bytes>>) {
    loop {
        let piece = match reader.fill_buf() {
            Ok([]) => return,
            Ok(piece) => Bytes::copy_from_slice(piece),
            Err(error) => {
                drop(pieces.blocking_send(Err(error)));
                return;
            }
        };
        let length = piece.len();
        if pieces.blocking_send(Ok(piece)).is_err() {
            return;
        }
        reader.consume(length);
    }
}

/// The body of the request. It breaks off where the file does.
struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// A bundle as a line of `link status`.
pub(super) fn line(bundle: &Value, now: i64) -> String {
    let number = |name: &str| bundle[name].as_i64().unwrap_or_default();
    let (written, taken) = (number("written_at"), number("taken_at"));
    let what = format!(
        "{} changes, {} files, {}",
        number("changes"),
        number("files"),
        size(number("bytes"))
    );
    let state = match (bundle["direction"] == "sent", taken) {
        (true, 0) => "no receipt yet".to_owned(),
        (true, at) => format!("receipt came {}", ago(now, at)),
        (false, at) => format!("taken in {}", ago(now, at)),
    };
    let direction = if bundle["direction"] == "sent" { "to it" } else { "of it" };
    format!("  bundle {direction}, written {}: {what}; {state}\n", ago(now, written))
}
