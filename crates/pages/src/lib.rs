//! The web client's files, inside the binary, compressed once; or another client's, in a folder.
//!
//! An address that is no file is a place in the client: it gets the client's page, which finds the
//! place by itself.

mod folder;

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

pub use self::folder::Folder;

type File = (&'static str, &'static [u8], &'static [u8]);

/// Every file: its address, its bytes, its bytes compressed with gzip.
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// What the page may load and run: its own files, and nothing written into the page.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' ws: wss:; \
    object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/// What is shown where the binary was built without the client.
const NOT_BUILT: &str = "<!doctype html><title>Fieldpost</title>\
    <p>This server was built without its web client. Build it with <code>make build</code>, \
    or use another client.</p>";

/// What is at an address that nothing else serves.
pub fn page(uri: &Uri, headers: &HeaderMap) -> Response {
    let path = uri.path();
    if let Some(file) = find(path) {
        return answer(file, headers);
    }
    // A missing file of the build is missing; it is not a place in the client.
    if path.starts_with("/assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match find("/index.html") {
        Some(page) => answer(page, headers),
        None => dressed(NOT_BUILT.as_bytes().into(), "text/html; charset=utf-8"),
    }
}

fn find(path: &str) -> Option<&'static File> {
    FILES.binary_search_by_key(&path, |(name, _, _)| name).ok().map(|found| &FILES[found])
}

fn answer((name, plain, packed): &File, headers: &HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let is_packed =
        accepts.is_some_and(|value| value.contains("gzip")) && packed.len() < plain.len();
    let bytes = if is_packed { packed } else { plain };
    let mut response = dressed((*bytes).into(), content_type(name));
    let headers = response.headers_mut();
    if is_packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    // Files of the build are named by their content; everything else may change with the server.
    let cache = if name.starts_with("/assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

fn dressed(bytes: axum::body::Body, kind: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    (headers, bytes).into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "mp3" => "audio/mpeg",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_in_the_order_in_which_they_are_looked_for() {
        assert!(FILES.is_sorted_by_key(|(name, _, _)| name));
    }

    #[test]
    fn scripts_are_served_as_scripts() {
        assert_eq!(content_type("/assets/app.4f2a.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("/sw"), "application/octet-stream");
    }
}
