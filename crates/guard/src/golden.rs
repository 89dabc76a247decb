//! Documents and manifests, byte by byte: guards are set up for them. If one of these fails, the code is
//! wrong, not the text.

use fieldpost_kernel::Position;
use fieldpost_log::Stamp;
use fieldpost_model::Id;

use crate::document::Document;
use crate::entry::{Entry, Said};
use crate::file::{File, Known};
use crate::format::Format;
use crate::head::Head;
use crate::manifest::{self, Contents, Found, Listed, Reached};
use crate::mark::Mark;
use crate::names::{Person, Place};

fn id(byte: u8) -> Id {
    Id::from_bytes([byte; 16])
}

fn head() -> Head {
    Head {
        site: (id(1), "hq".to_owned()),
        peer: (id(2), "edge".to_owned()),
        export: 2,
        from: mark(3, "0.3.01020304"),
    }
}

fn mark(number: i64, text: &str) -> Mark {
    let mark = Mark::parse(text).unwrap();
    assert_eq!(mark.position, Position { transaction: 0, number });
    mark
}

/// Somebody's entry, told at a time that grows with its number.
fn entry(number: u8, said: Said) -> Entry {
    let stamp = Stamp((1_772_366_400_000 + u64::from(number)) << 16);
    Entry {
        id: id(number),
        at: 1_772_366_400_000 + i64::from(number),
        version: (stamp, id(1)),
        site: "hq".to_owned(),
        channel: Some(Place::example(id(7), "ops:bridge", "Bridge & Deck", Some("RESTRICTED"))),
        channel_id: id(7),
        author_id: id(8),
        author: Some(Person::example(id(8), "ada:hq", "Ada", (id(1), "hq"))),
        post: id(9),
        said,
    }
}

fn document() -> Document {
    let mut known = Known::new(("chart.pdf", "application/pdf"), 48_213, [0; 32]);
    known.sha256 = Some("5e".repeat(32));
    let file = |number: u8, known: Option<Known>| File { id: id(number), known };
    let said = [
        Said::Post {
            root: id(6),
            kind: String::new(),
            priority: "urgent".to_owned(),
            message: "Wind < 20 kn\u{7} ]]>\r\n\u{1f6a2}".to_owned(),
            files: vec![file(10, Some(known)), file(11, None)],
        },
        Said::Edit { revision: 1, message: "Wind 20 kn".to_owned(), files: Vec::new() },
        Said::Reaction("eyes".to_owned()),
        Said::ReactionRemoval("eyes".to_owned()),
        Said::Pin,
        Said::Unpin,
        Said::File(file(11, Some(Known::new(("a.txt", "text/plain"), 3, [0; 32])))),
        Said::Deletion,
    ];
    let mut document = Document::default();
    for (number, said) in (20..).zip(said) {
        let mut entry = entry(number, said);
        if number == 27 {
            // By the site itself.
            (entry.author_id, entry.author) = (Id::NONE, None);
        }
        assert_eq!(document.add(Format::Xml, entry).unwrap(), None);
    }
    document
}

#[test]
fn a_document() {
    for (format, golden) in [
        (Format::Xml, include_str!("golden/document.xml")),
        (Format::Json, include_str!("golden/document.json")),
    ] {
        let written = format.write("guard_document", &document().node(&head(), 1)).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), golden);
    }
}

#[test]
fn a_manifest_which_is_read_as_it_is_written() {
    let listed =
        |name: &str| Listed { name: name.to_owned(), bytes: 4711, sha256: "ab".repeat(32) };
    let contents = Contents {
        documents: vec![(listed("edge-000002-0001.xml"), 8)],
        objects: vec![(listed("edge-000002-file-0001.pdf"), "application/pdf".to_owned())],
    };
    let upto = mark(518, "0.518.1a2b3c4d");
    let channels = [(id(7), upto), (id(5), mark(3, "0.3.01020304"))].into_iter().collect();
    let reached = Reached { export: 2, upto, channels };
    for (format, golden) in [
        (Format::Xml, include_str!("golden/manifest.xml")),
        (Format::Json, include_str!("golden/manifest.json")),
    ] {
        let node = manifest::node(&head(), &reached, false, &contents);
        let written = format.write("guard_manifest", &node).unwrap();
        assert_eq!(std::str::from_utf8(&written).unwrap(), golden);
        let found = manifest::read(&written).unwrap();
        assert_eq!(found, Found { site: id(1), peer: id(2), reached: reached.clone() });
    }
}
