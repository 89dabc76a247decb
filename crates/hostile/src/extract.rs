//! The text in files.

use std::io::{Cursor, Write};

use fieldpost_extract::{Kind, text};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The most bytes of text of a file.
const MOST: usize = 1 << 20;

pub(crate) fn file(bytes: &[u8]) {
    for kind in [Kind::Plain, Kind::Pdf, Kind::Office, Kind::OpenDocument] {
        let found = text(kind, bytes);
        assert!(found.as_ref().is_ok_and(|text| text.len() <= MOST) || found.is_err());
        assert_eq!(text(kind, bytes), found);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let archive = |name, content: &[u8]| {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap().into_inner()
    };
    let pdf = b"%PDF-1.4\n1 0 obj << /Type /Page /Contents [2 0 R] /Resources << /Font << /F 3 0 R >> >> \
        >> endobj 2 0 obj << /Length 42 >> stream\nBT /F 1 Tf <0001> Tj [(is) -300 (s\\050)] TJ ET\n\
        endstream endobj 3 0 obj << /Subtype /Type0 /ToUnicode 4 0 R >> endobj 4 0 obj << >> stream\n\
        beginbfrange <0001> <0009> <0430> <000a> <000b> [<0041> <0042>] endbfrange\nendstream endobj\n\
        5 0 obj << /Type /ObjStm /N 1 /First 4 >> stream\n6 0 << /A 1 >>\nendstream endobj";
    vec![
        "plain \u{456}".as_bytes().to_vec(),
        archive(
            "word/document.xml",
            b"<w:p><w:t>a &amp; &#65; b</w:t></w:p><!-- x --><![CDATA[c]]>",
        ),
        archive("content.xml", b"<text:p>two<text:s/>words</text:p>"),
        pdf.to_vec(),
        format!("%PDF-1.4\n{}", "1 0 obj%".repeat(100)).into_bytes(),
        format!("%PDF-1.4\n{}", "1 0 obj << >> 5 6 %".repeat(100)).into_bytes(),
        packed_in_one_place(),
        fonts_without_objects(),
    ]
}

/// A PDF whose packed objects are all the same, before a remark.
fn packed_in_one_place() -> Vec<u8> {
    let index = "9 0 ".repeat(50);
    let stream = format!("{index}1 %{}", "x".repeat(500));
    let dictionary = format!("/Type /ObjStm /N 50 /First {} /Length {}", index.len(), stream.len());
    format!("%PDF-1.5\n1 0 obj << {dictionary} >> stream\n{stream}\nendstream").into_bytes()
}

/// A PDF that changes time and again between fonts that have their letters in one place.
fn fonts_without_objects() -> Vec<u8> {
    let encoding = format!("<< /Differences [0 {}] >>", "/a ".repeat(50));
    let fonts = "/F << /Encoding 3 0 R >> /G << /Encoding 3 0 R >>";
    let content = "/F 1 Tf (\u{1}) Tj /G 1 Tf (\u{2}) Tj ".repeat(20);
    format!(
        "%PDF-1.4\n1 0 obj << /Type /Page /Contents 2 0 R /Resources << /Font << {fonts} >> >> >> \
         2 0 obj << /Length {} >> stream\n{content}\nendstream 3 0 obj {encoding}",
        content.len()
    )
    .into_bytes()
}
