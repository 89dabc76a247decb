//! A client of somebody else's making, from a folder.
//!
//! The folder is what a build of such a client leaves behind: a page, `root.html` or `index.html`,
//! and files that the page asks for under `/static/` or where they lie.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::content_type;

/// What the page may run: its own files. What else it may do, it says itself.
const POLICY: &str = "frame-ancestors 'self'; script-src 'self'";

/// The names that a client's page may have, the first that is there first.
const PAGES: [&str; 2] = ["root.html", "index.html"];

/// How long a browser keeps what is named by its content: for good.
const FOR_GOOD: &str = "public, max-age=31556926, immutable";

/// How long it keeps other files of the build.
const A_DAY: &str = "public, max-age=86400";

/// It asks each time whether what it has is still true.
const ASK: &str = "no-cache";

/// Files that a file may lie beside, compressed: what the browser calls it, and the ending.
const PACKED: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// A folder with a client in it.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Where it really is, whatever links lead there.
    root: PathBuf,
    /// The name of its page.
    page: &'static str,
}

impl Folder {
    /// Looks whether there is a client in a folder.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let unusable = |error: io::Error| format!("the web root {}: {error}", folder.display());
        let root = fs::canonicalize(folder).map_err(unusable)?;
        let page = PAGES.into_iter().find(|page| root.join(page).is_file()).ok_or_else(|| {
            format!("the web root {} has neither root.html nor index.html", folder.display())
        })?;
        Ok(Self { root, page })
    }

    /// What is at an address that nothing else serves. It reads from the disk, and waits for that.
    pub fn page(&self, uri: &Uri, headers: &HeaderMap) -> Response {
        let path = uri.path();
        let inner = path.strip_prefix("/static/");
        let found = self.find(path).or_else(|| inner.and_then(|inner| self.find(inner)));
        let is_page = |file: &Path| PAGES.iter().any(|page| file == self.root.join(page));
        if let Some(file) = found.filter(|file| !is_page(file)) {
            return answer(&file, cache_of(path), headers);
        }
        if inner.is_some() {
            return ([(header::CACHE_CONTROL, ASK)], StatusCode::NOT_FOUND).into_response();
        }
        let mut response = answer(&self.root.join(self.page), ASK, headers);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
        response
    }

    /// The file of an address, if there is one and it really lies in the folder: neither a name
    /// that climbs nor a link leads out of it. Nor is what begins with a dot anybody's business.
    fn find(&self, path: &str) -> Option<PathBuf> {
        let path = decoded(path.trim_start_matches('/'))?;
        let plain = |part: Component<'_>| match part {
            Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
            _ => false,
        };
        if path.ends_with('/')
            || path.contains(['\\', '\0'])
            || !Path::new(&path).components().all(plain)
        {
            return None;
        }
        let file = fs::canonicalize(self.root.join(path)).ok()?;
        (file.starts_with(&self.root) && file.is_file()).then_some(file)
    }
}

/// A path without percent signs; none, if what they stand for is no text.
fn decoded(path: &str) -> Option<String> {
    if !path.contains('%') {
        return Some(path.to_owned());
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// How long what is at an address may be kept.
fn cache_of(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let may_change = name == "remote_entry.js"
        || [".html", ".json", ".webmanifest"].iter().any(|ending| name.ends_with(ending))
        || name.starts_with("service-worker")
        || name.starts_with("sw.");
    let of_the_build = path.starts_with("/static/") || path.starts_with("/assets/");
    match (may_change, is_named_by_content(name)) {
        (false, true) => FOR_GOOD,
        (false, false) if of_the_build => A_DAY,
        _ => ASK,
    }
}

/// Whether a part of a file's name looks like a hash of what is in it, as builds write them.
fn is_named_by_content(name: &str) -> bool {
    let is_hash = |part: &str| {
        part.len() >= 8
            && part.chars().all(|c| c.is_ascii_alphanumeric())
            && part.chars().any(|c| c.is_ascii_digit())
    };
    let parts: Vec<&str> = name.split(['.', '-', '_']).collect();
    // The last is the ending.
    parts.len() > 1 && parts[..parts.len() - 1].iter().any(|part| is_hash(part))
}

/// A file, as it is or compressed beforehand; without its content for a browser that has it.
fn answer(file: &Path, cache: &'static str, asked: &HeaderMap) -> Response {
    let kind = content_type(&file.to_string_lossy());
    let accepts = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let (packed, encoding) = packed(file, accepts.unwrap_or_default());
    let missing = || StatusCode::NOT_FOUND.into_response();
    let Ok(metadata) = fs::metadata(&packed) else { return missing() };
    let tag = tag(&metadata, encoding);
    let shown = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known =
        shown.is_some_and(|shown| shown == "*" || shown.split(',').any(|one| same(one, &tag)));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match fs::read(&packed) {
            Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
            Err(_) => return missing(),
        }
    };
    let headers = response.headers_mut();
    if let (Some(encoding), false) = (encoding, known) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

/// The file that is sent for another: one that lies beside it, compressed, where the browser takes
/// that; and how it is compressed.
fn packed(file: &Path, accepts: &str) -> (PathBuf, Option<&'static str>) {
    for (encoding, ending) in PACKED {
        let taken = accepts.split(',').any(|one| {
            let mut parts = one.split(';').map(str::trim);
            parts.next() == Some(encoding) && parts.next() != Some("q=0")
        });
        let mut beside = file.as_os_str().to_owned();
        beside.push(".");
        beside.push(ending);
        let beside = PathBuf::from(beside);
        // A link could lead anywhere.
        let is_file = fs::symlink_metadata(&beside).is_ok_and(|metadata| metadata.is_file());
        if taken && is_file {
            return (beside, Some(encoding));
        }
    }
    (file.to_owned(), None)
}

/// What changes whenever a file does.
fn tag(metadata: &Metadata, encoding: Option<&str>) -> String {
    let at = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let at = at.map_or(0, |at| at.as_nanos());
    format!("\"{at:x}-{:x}{}\"", metadata.len(), encoding.unwrap_or_default())
}

/// Whether a browser shows this tag.
fn same(shown: &str, tag: &str) -> bool {
    let shown = shown.trim();
    shown.strip_prefix("W/").unwrap_or(shown) == tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_meant() {
        assert_eq!(decoded("a%20b/c%2Fd").as_deref(), Some("a b/c/d"));
        for broken in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
    }

    #[test]
    fn what_is_named_by_its_content_is_kept_for_good() {
        for name in ["main.4f2a91bc03.js", "index-BqT3x9aZ.css", "2841.c0ffee12345678.js"] {
            assert_eq!(cache_of(&format!("/static/{name}")), FOR_GOOD, "{name}");
        }
        for name in ["images/favicon.png", "emoji/1f600.png", "main.js", "fonts/opensans.woff2"] {
            assert_eq!(cache_of(&format!("/static/{name}")), A_DAY, "{name}");
        }
        for path in ["/static/remote_entry.js", "/static/manifest.json", "/favicon.ico"] {
            assert_eq!(cache_of(path), ASK, "{path}");
        }
    }
}
