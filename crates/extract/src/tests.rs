use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A PDF of these objects, which are numbered from 1.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    for (object, number) in objects.iter().zip(1..) {
        file.extend(format!("{number} 0 obj\n").into_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    file.extend(b"trailer << /Root 1 0 R >>\n%%EOF");
    file
}

fn object(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn stream(dictionary: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<< {dictionary} /Length {} >>\nstream\n", bytes.len());
    [head.as_bytes(), bytes, b"\nendstream"].concat()
}

/// A page that shows this, in a font with Ukrainian letters and in one without.
fn page(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let map = "1 begincodespacerange <0000> <ffff> endcodespacerange \
        2 beginbfrange <0001> <0020> <0430> <0030> <0031> [<0456> <0457>] endbfrange \
        1 beginbfchar <0040> <00660069> endbfchar";
    pdf(&[
        object("<< /Type /Catalog >>"),
        object("<< /Type /Pages /Kids [3 0 R] /Resources << /Font << /F1 4 0 R /F2 5 0 R >> >> >>"),
        object("<< /Type /Page /Parent 2 0 R /Contents [6 0 R] >>"),
        object(
            "<< /Type /Font /Subtype /Type1 /Encoding << /Differences [65 /eacute /B /uni0416] >> >>",
        ),
        object("<< /Type /Font /Subtype /Type0 /ToUnicode 7 0 R >>"),
        stream(dictionary, content),
        stream("/Filter /FlateDecode", &packed(map.as_bytes())),
    ])
}

#[track_caller]
fn says(kind: Kind, bytes: &[u8], words: &str) {
    let text = text(kind, bytes).unwrap();
    assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), words);
}

const DOCUMENT: &str = "<?xml version='1.0'?><w:document><w:body><w:p><w:r><w:t>The br</w:t></w:r>\
    <w:r><w:t>idge &amp; the &#x43c;&#1110;ст</w:t></w:r></w:p><w:p><w:r><w:t>is</w:t><w:tab/>\
    <w:t xml:space='preserve'>closed</w:t></w:r><w:del><w:r><w:delText>open</w:delText></w:r></w:del>\
    </w:p></w:body></w:document>";

fn word() -> Vec<u8> {
    let footer = "<w:ftr><w:p><w:r><w:t>footer</w:t></w:r></w:p></w:ftr>";
    archive(&[
        ("word/styles.xml", "<w:t>style</w:t>"),
        ("word/footer1.xml", footer),
        ("word/document.xml", DOCUMENT),
    ])
}

fn open_text() -> Vec<u8> {
    let content = "<office:document-content><office:body><office:text><text:h>Звіт</text:h>\
        <text:p>two<text:s/>words <text:span>toge</text:span>ther</text:p><text:p>東京都</text:p>\
        </office:text></office:body></office:document-content>";
    archive(&[("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content)])
}

#[test]
fn plain_text_of_several_encodings() {
    says(Kind::Plain, "\u{feff}Звіт, two\nlines".as_bytes(), "\u{feff}Звіт, two lines");
    let utf16: Vec<u8> = "\u{feff}Звіт 😀".encode_utf16().flat_map(u16::to_le_bytes).collect();
    says(Kind::Plain, &utf16, "Звіт 😀");
    let utf16: Vec<u8> = "\u{feff}Звіт".encode_utf16().flat_map(u16::to_be_bytes).collect();
    says(Kind::Plain, &utf16, "Звіт");
    says(Kind::Plain, b"caf\xe9 au lait", "caf\u{fffd} au lait");
    says(Kind::Plain, b"", "");
    assert_eq!(text(Kind::Plain, b"\x7fELF\0\0"), Err(NoText::Damaged));
    assert_eq!(text(Kind::Plain, &b"word ".repeat(1 << 20)).unwrap().len(), 1 << 20);
}

#[test]
fn kinds_by_extension() {
    for (extension, kind) in [
        ("md", Some(Kind::Plain)),
        ("csv", Some(Kind::Plain)),
        ("pdf", Some(Kind::Pdf)),
        ("xlsx", Some(Kind::Office)),
        ("odp", Some(Kind::OpenDocument)),
        ("png", None),
        ("", None),
    ] {
        assert_eq!(Kind::of(extension), kind, "{extension}");
    }
}

#[test]
fn texts_sheets_and_slides_of_office() {
    says(Kind::Office, &word(), "The bridge & the міст is closed footer");
    let strings = "<sst><si><t>Name</t></si><si><r><t>Tru</t></r><r><t>ck</t></r></si></sst>";
    let sheet = "<worksheet><sheetData><row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c>\
        <c><v>42.5</v></c><c t=\"inlineStr\"><is><t>in line</t></is></c></row></sheetData></worksheet>";
    let book = [("xl/worksheets/sheet1.xml", sheet), ("xl/sharedStrings.xml", strings)];
    says(Kind::Office, &archive(&book), "Name Truck 42.5 in line");
    let slide = |text| format!("<p:sld><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>");
    let (tenth, second) = (slide("last"), slide("first"));
    let slides = [
        ("ppt/slides/slide10.xml", tenth.as_str()),
        ("ppt/slides/slide2.xml", second.as_str()),
        ("ppt/slides/_rels/slide2.xml.rels", "<t>no</t>"),
    ];
    says(Kind::Office, &archive(&slides), "first last");
}

#[test]
fn open_document() {
    says(Kind::OpenDocument, &open_text(), "Звіт two words together 東京都");
}

#[test]
fn pages_of_a_pdf() {
    let plain = b"BT /F1 12 Tf 72 700 Td (The \\(old\\) bri) Tj (dge) Tj 0 -14 Td [(is) -300 (clo) 20 (sed)] TJ ET";
    says(Kind::Pdf, &page("", plain), "The (old) bridge is closed");
    says(Kind::Pdf, &page("/Filter /FlateDecode", &packed(plain)), "The (old) bridge is closed");
    let fonts = b"BT /F1 9 Tf (AC) Tj T* /F2 9 Tf <0001000200300031> Tj (\\000@) ' ET";
    says(Kind::Pdf, &page("", fonts), "e\u{301}Ж абії fi");
    let hexadecimal = b"42542028616263292054 6A20 4554>";
    says(Kind::Pdf, &page("/Filter [/ASCIIHexDecode]", hexadecimal), "abc");
    let picture = b"BT (before) Tj ET BI /W 1 ID \x00(no) Tj EI\n BT (after) Tj ET";
    says(Kind::Pdf, &page("", picture), "before after");
    // One whose length is wrong, and whose end is missing.
    let mut broken = page("", b"BT (found) Tj ET");
    let at = broken.windows(7).position(|window| window == b"/Length").unwrap();
    broken[at + 8] = b'9';
    broken.truncate(broken.len() - 20);
    says(Kind::Pdf, &broken, "found");
}

#[test]
fn objects_of_a_pdf_that_are_packed_into_others() {
    let packed_objects = "3 0 4 32 << /Type /Page /Contents 2 0 R >>     << /Any /Thing >>";
    let first = packed_objects.find("<<").unwrap();
    let file = pdf(&[
        stream(
            &format!("/Type /ObjStm /N 2 /First {first} /Filter /FlateDecode"),
            &packed(packed_objects.as_bytes()),
        ),
        stream("", b"BT (inside) Tj ET"),
    ]);
    says(Kind::Pdf, &file, "inside");
    let form = pdf(&[stream("/Subtype /Form", b"BT (a form) Tj ET"), object("<< /Type /Page >>")]);
    says(Kind::Pdf, &form, "a form");
}

#[test]
fn what_is_no_such_file_has_no_text() {
    for kind in [Kind::Pdf, Kind::Office, Kind::OpenDocument] {
        for bytes in [&b""[..], b"hello", b"PK\x03\x04", b"%PDF", &[0; 4096]] {
            assert_eq!(text(kind, bytes), Err(NoText::Damaged), "{kind:?} {bytes:?}");
        }
    }
    assert_eq!(text(Kind::OpenDocument, &word()), Err(NoText::Damaged));
    let broken = archive(&[("word/document.xml", "<w:t>a</w:t><w:p")]);
    assert_eq!(text(Kind::Office, &broken), Err(NoText::Damaged));
    let locked = [page("", b"BT (secret) Tj ET"), b"<< /Encrypt 9 0 R >>".to_vec()].concat();
    assert_eq!(text(Kind::Pdf, &locked), Err(NoText::Locked));
}

#[test]
fn what_unpacks_to_too_much_has_no_text() {
    let spaces = " ".repeat(40 << 20);
    let bomb = archive(&[("word/document.xml", &spaces)]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(text(Kind::Office, &bomb), Err(NoText::TooMuch));
    let remark = archive(&[("content.xml", &format!("<!--{spaces}"))]);
    assert_eq!(text(Kind::OpenDocument, &remark), Err(NoText::TooMuch));
    // Many small ones together are as bad as a large one.
    let some = " ".repeat(1 << 20);
    let names: Vec<String> = (0..40).map(|n| format!("ppt/slides/slide{n}.xml")).collect();
    let slides: Vec<(&str, &str)> =
        names.iter().map(|name| (name.as_str(), some.as_str())).collect();
    assert_eq!(text(Kind::Office, &archive(&slides)), Err(NoText::TooMuch));
    let inflated = packed(spaces.as_bytes());
    let flate = page("/Filter /FlateDecode", &inflated);
    assert_eq!(text(Kind::Pdf, &flate), Err(NoText::TooMuch));
    let twice = page("/Filter [/FlateDecode /FlateDecode]", &packed(&inflated));
    assert_eq!(text(Kind::Pdf, &twice), Err(NoText::TooMuch));
    assert_eq!(text(Kind::Pdf, &vec![b' '; (32 << 20) + 1]), Err(NoText::TooMuch));
}

#[test]
fn what_refers_to_itself_or_goes_deep_comes_to_an_end() {
    let ring = pdf(&[
        object("<< /Type /Page /Contents 2 0 R /Parent 1 0 R /Resources 2 0 R >>"),
        object("2 0 R"),
    ]);
    says(Kind::Pdf, &ring, "");
    let again = "2 0 R ".repeat(200_000);
    let often = pdf(&[
        object(&format!("<< /Type /Page /Contents [{again}] >>")),
        stream("", &b" ".repeat(1000)),
    ]);
    assert_eq!(text(Kind::Pdf, &often), Err(NoText::TooMuch));
    let deep = pdf(&[object(&"[".repeat(1 << 20))]);
    assert_eq!(text(Kind::Pdf, &deep), Err(NoText::Damaged));
    let many = pdf(&[object(&format!("[{}]", "1 ".repeat(2 << 20)))]);
    assert_eq!(text(Kind::Pdf, &many), Err(NoText::TooMuch));
    // All of them in one place, and each is long.
    let index = "9 0 ".repeat(10_000);
    let place = format!("{index}({})", "x".repeat(1 << 20));
    let first = index.len();
    let heavy = pdf(&[stream(&format!("/Type /ObjStm /N 10000 /First {first}"), place.as_bytes())]);
    assert_eq!(text(Kind::Pdf, &heavy), Err(NoText::TooMuch));
    let unended = "1 0 obj << >> stream ".repeat(200_000);
    says(Kind::Pdf, format!("%PDF-1.4 {unended}").as_bytes(), "");
    let nested = archive(&[("content.xml", &"<a>".repeat(1 << 20))]);
    says(Kind::OpenDocument, &nested, "");
    let entries = "PK\x01\x02".repeat(5000);
    assert_eq!(text(Kind::Office, entries.as_bytes()), Err(NoText::TooMuch));
    // There is enough of this one long before its end.
    let long = archive(&[("content.xml", &format!("<p>{}</p>", "word ".repeat(1 << 20)))]);
    assert_eq!(text(Kind::OpenDocument, &long).unwrap().len(), 1 << 20);
}

#[test]
fn what_is_looked_at_in_vain_again_and_again_comes_to_an_end() {
    let often = |object: &str| format!("%PDF-1.4\n{}", object.repeat(200_000)).into_bytes();
    // One remark to the end of the file: where a value would be, behind one, behind what may be a
    // reference, and behind what packed objects have in common.
    let index = "9 0 ".repeat(10_000);
    let first = index.len();
    let place = format!("{index}1 %{}", "x".repeat(1 << 20));
    let packed_objects =
        pdf(&[stream(&format!("/Type /ObjStm /N 10000 /First {first}"), place.as_bytes())]);
    for file in [
        often("1 0 obj%"),
        often("1 0 obj << >>%"),
        often("1 0 obj 5 %"),
        often("1 0 obj 5 6 %"),
        packed_objects,
    ] {
        assert_eq!(text(Kind::Pdf, &file), Err(NoText::TooMuch));
    }
    // Of good files every byte is looked at a few times only.
    for file in [
        page("", b"BT /F1 12 Tf (word) Tj ET"),
        pdf(&[object(&format!("[{}]", "1 ".repeat(100_000)))]),
        pdf(&[object(&format!("[{}]", "1 0 R ".repeat(100_000)))]),
    ] {
        let mut budget = Budget::of(file.len());
        let before = budget.looks();
        pdf::read(&file, &mut budget, &mut Sink::default()).unwrap();
        assert!(before - budget.looks() <= 4 * file.len());
    }
}

#[test]
fn a_font_is_read_once_and_costs_what_it_has() {
    let differences = format!("<< /Differences [0 {}] >>", "/a ".repeat(2000));
    let fonts = |count: usize, encoding: &str| {
        let fonts = (0..count).map(|n| format!("/F{n} << /Encoding {encoding} >> "));
        format!(
            "<< /Type /Page /Contents 2 0 R /Resources << /Font << {} >> >> >>",
            fonts.collect::<String>()
        )
    };
    let uses = |count: usize| {
        let uses = (0..2000).map(|n| format!("/F{} 1 Tf (\\001) Tj ", n % count));
        stream("", uses.collect::<String>().as_bytes())
    };
    // One without an object of its own, and many that have their letters in the same place.
    let one = pdf(&[object(&fonts(1, &differences)), uses(1)]);
    says(Kind::Pdf, &one, &"a".repeat(2000));
    let many = pdf(&[object(&fonts(2000, "3 0 R")), uses(2000), object(&differences)]);
    assert_eq!(text(Kind::Pdf, &many), Err(NoText::TooMuch));
}

/// Good files with a few bytes spoilt. Nothing here may panic.
#[test]
fn what_is_spoilt_by_chance_is_read_or_refused() {
    let content = b"BT /F2 12 Tf <00010002> Tj [(is) -300 (clo)] TJ ET";
    let examples = [
        (Kind::Pdf, page("/Filter /FlateDecode", &packed(content))),
        (Kind::Pdf, page("", content)),
        (Kind::Office, word()),
        (Kind::OpenDocument, open_text()),
    ];
    let mut chance: u64 = 5;
    let mut below = |bound: usize| {
        chance =
            chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(chance >> 33).unwrap() % bound
    };
    for _ in 0..2000 {
        for (kind, example) in &examples {
            let mut spoilt = example.clone();
            for _ in 0..=below(4) {
                let at = below(spoilt.len());
                match below(4) {
                    0 => spoilt.truncate(at.max(1)),
                    1 => drop(spoilt.remove(at)),
                    _ => spoilt[at] = u8::try_from(below(256)).unwrap(),
                }
                if spoilt.is_empty() {
                    break;
                }
            }
            if let Ok(text) = text(*kind, &spoilt) {
                assert!(text.len() <= 1 << 20);
            }
        }
    }
}
