//! What a file is by its name. Content is never sniffed: what a name says is what is served, under
//! headers that keep browsers from guessing.

/// The longest name of a file, in characters.
const LONGEST_NAME: usize = 255;

/// Types by extension, sorted.
const TYPES: &[(&str, &str)] = &[
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("aif", "audio/x-aiff"),
    ("aiff", "audio/x-aiff"),
    ("apk", "application/vnd.android.package-archive"),
    ("avi", "video/x-msvideo"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("bz2", "application/x-bzip2"),
    ("c", "text/x-c; charset=utf-8"),
    ("cpp", "text/x-c++; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("eml", "message/rfc822"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("geojson", "application/geo+json"),
    ("gif", "image/gif"),
    ("gpx", "application/gpx+xml"),
    ("gz", "application/gzip"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/vnd.microsoft.icon"),
    ("ics", "text/calendar; charset=utf-8"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("kml", "application/vnd.google-earth.kml+xml"),
    ("kmz", "application/vnd.google-earth.kmz"),
    ("log", "text/plain; charset=utf-8"),
    ("m4a", "audio/mp4"),
    ("m4v", "video/x-m4v"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpeg", "video/mpeg"),
    ("mpg", "video/mpeg"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("ps", "application/postscript"),
    ("psd", "image/vnd.adobe.photoshop"),
    ("py", "text/x-python; charset=utf-8"),
    ("rar", "application/vnd.rar"),
    ("rtf", "application/rtf"),
    ("sh", "application/x-sh"),
    ("sql", "application/sql"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain; charset=utf-8"),
    ("vcf", "text/vcard; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("wav", "audio/x-wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "text/xml; charset=utf-8"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
];

/// Types that a browser may show by itself; everything else is saved.
const INLINE: [&str; 13] = [
    "image/jpeg",
    "image/png",
    "image/bmp",
    "image/gif",
    "image/tiff",
    "image/webp",
    "video/avi",
    "video/x-msvideo",
    "video/mpeg",
    "video/mp4",
    "audio/mpeg",
    "audio/wav",
    "audio/x-wav",
];

/// The last part of a name that a client sent, whichever way its system separates folders, without
/// signs that nobody can see and those that show a name in another order than it has.
pub fn base_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible = last.chars().filter(|c| !c.is_control() && !reorders(*c));
    let name: String = visible.take(LONGEST_NAME).collect();
    if matches!(name.as_str(), "." | "..") { String::new() } else { name }
}

/// Whether a sign turns around what follows it: `photo\u{202e}gpj.exe` would look like a picture.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What stands after the last dot, in lower case; empty if there is none.
pub fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default()
}

/// The type of an extension; empty if it is unknown.
pub fn mime_type(extension: &str) -> &'static str {
    TYPES
        .binary_search_by(|(known, _)| (*known).cmp(extension))
        .ok()
        .and_then(|found| TYPES.get(found))
        .map_or("", |(_, mime)| mime)
}

/// Whether a type is an image's.
pub fn is_image(mime: &str) -> bool {
    mime.starts_with("image")
}

/// What the types of everything have in them that a browser would run, by whatever name: another
/// site may say anything of a file.
const RUNS: [&str; 5] = ["html", "javascript", "ecmascript", "jscript", "livescript"];

/// The type to serve a stored one as: never one that a browser would run.
pub fn served_type(mime: &str) -> &str {
    let bare = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match bare.as_str() {
        "" => "application/octet-stream",
        bare if RUNS.iter().any(|word| bare.contains(word)) => "text/plain",
        _ => mime,
    }
}

/// Whether a browser may show a type by itself.
pub fn is_shown_inline(mime: &str) -> bool {
    INLINE.contains(&mime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_searched() {
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(mime_type("jpg"), "image/jpeg");
        assert_eq!(mime_type("txt"), "text/plain; charset=utf-8");
        assert_eq!(mime_type("nonsense"), "");
        assert_eq!(mime_type(""), "");
    }

    #[test]
    fn a_name_loses_its_folders_and_keeps_its_letters() {
        assert_eq!(base_name("../../etc/passwd"), "passwd");
        assert_eq!(base_name("C:\\maps\\sector.PNG"), "sector.PNG");
        assert_eq!(base_name("карта\u{0}\r\n.pdf"), "карта.pdf");
        assert_eq!(base_name("a/.."), "");
        assert_eq!(base_name(&"x".repeat(1000)).len(), 255);
        assert_eq!(extension("photo.JPG"), "jpg");
        assert_eq!(extension("Makefile"), "");
    }

    #[test]
    fn nothing_is_served_as_something_that_runs() {
        assert_eq!(served_type("text/html; charset=utf-8"), "text/plain");
        assert_eq!(served_type("text/javascript; charset=utf-8"), "text/plain");
        assert_eq!(served_type("application/ecmascript"), "text/plain");
        for other in ["Text/HTML", "TEXT/JavaScript", "text/x-javascript", "text/jscript"] {
            assert_eq!(served_type(other), "text/plain", "{other}");
        }
        assert_eq!(served_type("application/postscript"), "application/postscript");
        assert_eq!(served_type(""), "application/octet-stream");
        assert_eq!(served_type("image/svg+xml"), "image/svg+xml");
        assert!(!is_shown_inline("image/svg+xml") && !is_shown_inline("application/pdf"));
    }
}
