//! Answering with the bytes of a file, or with parts of them.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fieldpost_blobs::{Blob, Hash};
use fieldpost_chat::file::no_file;
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_media::{is_shown_inline, served_type};
use fieldpost_model::Millis;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;

/// Ranges of one request; more are an attack.
const MOST_RANGES: usize = 32;

/// What is answered with.
pub(crate) struct Sent<'a> {
    /// Which bytes.
    pub(crate) content: Hash,
    /// What they are called.
    pub(crate) mime: &'a str,
    /// The file's name.
    pub(crate) name: &'a str,
    /// Whether they are to be saved even if they could be shown.
    pub(crate) save: bool,
    /// When they last changed.
    pub(crate) modified: Millis,
}

/// Sets a header.
pub(crate) fn set(response: &mut Response, name: HeaderName, value: &str) -> Outcome<()> {
    let value = HeaderValue::from_str(value).map_err(Failure::internal)?;
    response.headers_mut().insert(name, value);
    Ok(())
}

/// Whether the client already has the version of this tag.
pub(crate) fn matches_tag(headers: &HeaderMap, tag: &str) -> bool {
    let shown = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    shown.is_some_and(|shown| {
        shown.split(',').any(|one| {
            let one = one.trim();
            one.strip_prefix("W/").unwrap_or(one).trim_matches('"') == tag
        })
    })
}

/// Answers with a file, or with what of it was asked for.
pub(crate) async fn send(app: &App, headers: &HeaderMap, sent: &Sent<'_>) -> Outcome<Response> {
    let blob = app.blobs().get(sent.content).await?.ok_or_else(no_file)?;
    let modified = at(sent.modified);
    let mime = served_type(sent.mime);
    let length = blob.length();
    let mut response = if is_fresh(headers, modified) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match ranges(headers, modified, length) {
            Asked::All => whole(blob, mime)?,
            Asked::Nothing => nothing(length)?,
            Asked::Parts(parts) => match <[Range<u64>; 1]>::try_from(parts) {
                Ok([part]) => one_part(blob, mime, part)?,
                Err(parts) => several(app, sent.content, mime, parts, length)?,
            },
        }
    };
    let kind = if is_shown_inline(sent.mime) && !sent.save { "inline" } else { "attachment" };
    let name = percent_encoded(sent.name);
    let disposition = format!("{kind};filename=\"{name}\"; filename*=UTF-8''{name}");
    set(&mut response, header::CONTENT_DISPOSITION, &disposition)?;
    set(&mut response, header::CACHE_CONTROL, "private, max-age=86400")?;
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff")?;
    set(&mut response, header::X_FRAME_OPTIONS, "DENY")?;
    set(&mut response, header::CONTENT_SECURITY_POLICY, "Frame-ancestors 'none'")?;
    set(&mut response, header::LAST_MODIFIED, &httpdate::fmt_http_date(modified))?;
    set(&mut response, header::ACCEPT_RANGES, "bytes")?;
    Ok(response)
}

/// The last second that a header can name. A file of elsewhere may claim to be of a later one.
const LATEST: Millis = 253_402_300_799;

/// A moment in whole seconds, as headers know it.
fn at(millis: Millis) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(LATEST.min(millis / 1000)).unwrap_or(0))
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

fn is_fresh(headers: &HeaderMap, modified: SystemTime) -> bool {
    date(headers, header::IF_MODIFIED_SINCE).is_some_and(|since| modified <= since)
}

/// What of a file is asked for.
enum Asked {
    All,
    Nothing,
    Parts(Vec<Range<u64>>),
}

fn ranges(headers: &HeaderMap, modified: SystemTime, length: u64) -> Asked {
    let Some(value) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Asked::All;
    };
    if headers.contains_key(header::IF_RANGE) && date(headers, header::IF_RANGE) != Some(modified) {
        return Asked::All;
    }
    let Some(list) = value.trim().strip_prefix("bytes=") else { return Asked::All };
    let mut parts = Vec::new();
    for part in list.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match range(part, length) {
            Some(part) if part.is_empty() => {}
            Some(part) => parts.push(part),
            None => return Asked::Nothing,
        }
        if parts.len() > MOST_RANGES {
            return Asked::All;
        }
    }
    // Ranges that overlap may ask for more than there is: then all of it is the shorter answer.
    let asked: u64 = parts.iter().map(|part| part.end - part.start).sum();
    match parts.as_slice() {
        [] => Asked::Nothing,
        _ if asked > length => Asked::All,
        _ => Asked::Parts(parts),
    }
}

/// One range; empty where it lies beyond the end, none where it makes no sense.
fn range(text: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = text.split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    if first.is_empty() {
        let last: u64 = last.parse().ok()?;
        return Some(length.saturating_sub(last)..length);
    }
    let first: u64 = first.parse().ok()?;
    let end = match last {
        "" => length,
        last => last.parse::<u64>().ok().filter(|last| *last >= first)?.saturating_add(1),
    };
    Some(first.min(length)..end.min(length))
}

fn whole(blob: Blob, mime: &str) -> Outcome<Response> {
    let length = blob.length();
    let mut response = Body::from_stream(blob.stream(0..length)).into_response();
    set(&mut response, header::CONTENT_TYPE, mime)?;
    set(&mut response, header::CONTENT_LENGTH, &length.to_string())?;
    Ok(response)
}

fn nothing(length: u64) -> Outcome<Response> {
    let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    set(&mut response, header::CONTENT_RANGE, &format!("bytes */{length}"))?;
    Ok(response)
}

fn content_range(part: &Range<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", part.start, part.end.saturating_sub(1))
}

fn one_part(blob: Blob, mime: &str, part: Range<u64>) -> Outcome<Response> {
    let (size, range) = (part.end - part.start, content_range(&part, blob.length()));
    let body = Body::from_stream(blob.stream(part));
    let mut response = (StatusCode::PARTIAL_CONTENT, body).into_response();
    set(&mut response, header::CONTENT_TYPE, mime)?;
    set(&mut response, header::CONTENT_LENGTH, &size.to_string())?;
    set(&mut response, header::CONTENT_RANGE, &range)?;
    Ok(response)
}

/// Several parts come as a form of their own.
fn several(
    app: &App,
    content: Hash,
    mime: &str,
    parts: Vec<Range<u64>>,
    length: u64,
) -> Outcome<Response> {
    let boundary = app.entropy().id().to_string();
    let mut pieces = Vec::with_capacity(parts.len());
    let mut size = 0;
    for (n, part) in parts.into_iter().enumerate() {
        let before = if n == 0 { "" } else { "\r\n" };
        let range = content_range(&part, length);
        let head = format!(
            "{before}--{boundary}\r\nContent-Range: {range}\r\nContent-Type: {mime}\r\n\r\n"
        );
        size += head.len() as u64 + (part.end - part.start);
        pieces.push((head, part));
    }
    let tail = format!("\r\n--{boundary}--\r\n");
    size += tail.len() as u64;
    let blobs = app.blobs().clone();
    let body = stream::iter(pieces)
        .then(move |(head, part)| {
            let blobs = blobs.clone();
            async move {
                let blob = blobs.get(content).await.and_then(|blob| blob.ok_or_else(no_file));
                let blob = blob.map_err(std::io::Error::other)?;
                let head = stream::once(async { Ok(Bytes::from(head)) });
                Ok::<_, std::io::Error>(head.chain(blob.stream(part)))
            }
        })
        .try_flatten()
        .chain(stream::once(async { Ok(Bytes::from(tail)) }));
    let mut response = (StatusCode::PARTIAL_CONTENT, Body::from_stream(body)).into_response();
    let kind = format!("multipart/byteranges; boundary={boundary}");
    set(&mut response, header::CONTENT_TYPE, &kind)?;
    set(&mut response, header::CONTENT_LENGTH, &size.to_string())?;
    Ok(response)
}

/// A name as headers can carry it, whatever its letters.
fn percent_encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_they_are_written() {
        assert_eq!(range("0-99", 1000), Some(0..100));
        assert_eq!(range("990-2000", 1000), Some(990..1000));
        assert_eq!(range("990-", 1000), Some(990..1000));
        assert_eq!(range("-10", 1000), Some(990..1000));
        assert_eq!(range("-5000", 1000), Some(0..1000));
        assert_eq!(range("1000-", 1000), Some(1000..1000));
        for wrong in ["", "x-1", "5-4", "1", "--1", "1-x"] {
            assert_eq!(range(wrong, 1000), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_of_any_year_fits_a_header() {
        let written = |millis| httpdate::fmt_http_date(at(millis));
        assert_eq!(written(Millis::MIN), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(written(Millis::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn a_name_of_any_letters_fits_a_header() {
        assert_eq!(percent_encoded("a b\"\r\nж.txt"), "a%20b%22%0D%0A%D0%B6.txt");
    }
}
