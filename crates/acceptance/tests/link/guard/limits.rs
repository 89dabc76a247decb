//! What an export for a guard never does: grow, overwrite, stay half, go unnoticed.

use std::fs;

use fieldpost_guard::{Format, MOST_BYTES, MOST_ENTRIES, Since};
use serde_json::json;

use super::reading::{Folder, complaints, exported};
use super::texts;
use crate::link::bed::Bed;

#[tokio::test]
async fn documents_are_bounded_by_their_bytes() {
    let bed = Bed::new().await;
    let letters = "<\u{1f6a2}\r".repeat(5461);
    for _ in 0..40 {
        bed.admin.say(&bed.channel, &letters).await;
    }
    for format in [Format::Xml, Format::Json] {
        let folder = Folder::new();
        let written = exported(&bed.hq, folder.path(), format, Since::Beginning).await.unwrap();
        assert!(written.documents > 1, "{written:?}");
        for name in folder.names() {
            let length = fs::metadata(folder.path().join(&name)).unwrap().len();
            assert!(length <= MOST_BYTES as u64, "{name} has {length} bytes");
        }
        assert_eq!(texts(&folder.entries(format)), vec![letters.clone(); 40]);
    }
}

#[tokio::test]
async fn documents_are_bounded_by_their_entries() {
    let bed = Bed::new().await;
    let most = MOST_ENTRIES;
    for n in 0..most + 5 {
        bed.admin.say(&bed.channel, &format!("{n}")).await;
    }
    let folder = Folder::new();
    exported(&bed.hq, folder.path(), Format::Json, Since::Beginning).await.unwrap();
    let said: Vec<String> = (0..most + 5).map(|n| n.to_string()).collect();
    assert_eq!(texts(&folder.entries(Format::Json)), said);
    let documents = folder.documents(Format::Json);
    let sizes: Vec<usize> =
        documents.iter().map(|one| one["entries"].as_array().unwrap().len()).collect();
    assert_eq!((sizes.len(), sizes[0]), (2, most));
    assert_eq!(documents[1]["channels"], documents[0]["channels"], "each names what it speaks of");
    assert_eq!(documents[1]["people"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nothing_that_exists_is_overwritten_and_nothing_half_is_left() {
    let bed = Bed::new().await;
    bed.admin.say(&bed.channel, "something").await;
    let folder = Folder::new();
    let taken = folder.path().join("edge-000001-manifest.xml");
    fs::write(&taken, "mine").unwrap();
    let refused =
        exported(&bed.hq, folder.path(), Format::Xml, Since::Beginning).await.unwrap_err();
    assert_eq!(refused.id, "api.fieldpost.guard.exists");
    assert!(refused.message.contains("edge-000001-manifest.xml exists"), "{}", refused.message);
    assert_eq!(fs::read_to_string(&taken).unwrap(), "mine");
    assert_eq!(folder.names().len(), 1);

    fs::remove_file(&taken).unwrap();
    exported(&bed.hq, folder.path(), Format::Xml, Since::Beginning).await.unwrap();
    let before = folder.names();
    let refused =
        exported(&bed.hq, folder.path(), Format::Xml, Since::Beginning).await.unwrap_err();
    assert_eq!(refused.id, "api.fieldpost.guard.exists");
    assert_eq!(folder.names(), before);
}

#[tokio::test]
async fn a_mark_of_another_log_or_link_and_what_is_no_manifest_are_refused() {
    let bed = Bed::new().await;
    bed.admin.say(&bed.channel, "something").await;
    let folder = Folder::new();
    exported(&bed.hq, folder.path(), Format::Json, Since::Beginning).await.unwrap();
    let file = folder.path().join("edge-000001-manifest.json");
    let manifest = fs::read_to_string(&file).unwrap();
    let upto = folder.manifests(Format::Json)[0]["upto"].as_str().unwrap().to_owned();
    let flipped = if upto.ends_with('0') { "1" } else { "0" };
    let other = format!("{}{flipped}", &upto[..upto.len() - 1]);
    let peer = folder.manifests(Format::Json)[0]["peer_id"].as_str().unwrap().to_owned();
    for (text, id) in [
        (manifest.replace(&upto, &other), "api.fieldpost.guard.other_feed"),
        (manifest.replace(&peer, &bed.channel), "api.fieldpost.guard.other_link"),
        (manifest.replace("-manifest\"", "-document\""), "api.fieldpost.guard.no_manifest"),
        ("{".to_owned(), "api.fieldpost.guard.no_manifest"),
        ("<guard_manifest><channels>".to_owned(), "api.fieldpost.guard.no_manifest"),
    ] {
        let elsewhere = Folder::new();
        let forged = elsewhere.path().join("forged");
        fs::write(&forged, text).unwrap();
        let since = Since::Manifest(forged);
        let refused = exported(&bed.hq, elsewhere.path(), Format::Json, since).await.unwrap_err();
        assert_eq!(refused.id, id, "{}", refused.message);
        assert_eq!(elsewhere.names().len(), 1);
    }
}

#[tokio::test]
async fn an_export_goes_on_from_a_manifest_wherever_that_is_and_of_whichever_format() {
    let bed = Bed::new().await;
    bed.admin.say(&bed.channel, "one").await;
    for format in [Format::Xml, Format::Json] {
        let (first, second) = (Folder::new(), Folder::new());
        exported(&bed.hq, first.path(), format, Since::Beginning).await.unwrap();
        bed.admin.say(&bed.channel, "two").await;
        let manifest = first.path().join(format!("edge-000001-manifest.{}", format.name()));
        let since = Since::Manifest(manifest);
        exported(&bed.hq, second.path(), Format::Json, since).await.unwrap();
        assert_eq!(texts(&second.entries(Format::Json)), ["two"]);
        assert_eq!(second.documents(Format::Json)[0]["export"], "2");
    }
}

#[tokio::test]
async fn an_export_stands_in_the_history_of_links() {
    let bed = Bed::new().await;
    bed.admin.say(&bed.channel, "something").await;
    let folder = Folder::new();
    let written = exported(&bed.hq, folder.path(), Format::Xml, Since::Beginning).await.unwrap();
    let history = bed.admin.get("/fieldpost/link/audit?per_page=1").await.expect(200);
    let (entry, entries) = (&history[0], written.entries);
    assert_eq!((&entry["action"], &entry["by"]), (&json!("guard_written"), &json!("command_line")));
    assert_eq!(entry["site"], "edge");
    let detail = format!("{entries} entries in 1 documents, 0 files, {} bytes", written.bytes);
    assert_eq!(entry["detail"], detail);
}

/// A schema that takes everything would let all tests of validity pass.
#[tokio::test]
async fn what_is_spoilt_is_not_valid() {
    let bed = Bed::new().await;
    bed.admin.say(&bed.channel, "something").await;
    for format in [Format::Xml, Format::Json] {
        let folder = Folder::new();
        exported(&bed.hq, folder.path(), format, Since::Beginning).await.unwrap();
        let file = folder.path().join(format!("edge-000001-0001.{}", format.name()));
        let sound = fs::read_to_string(&file).unwrap();
        assert_eq!(complaints(format, &file), "");
        for (from, to) in [
            ("message", "massage"),
            ("post_id", "post"),
            ("T", " "),
            ("fieldpost-guard-document", "fieldpost-guard-other"),
            ("open", "ajar"),
            ("something", &"x".repeat(16_384)),
        ] {
            assert!(sound.contains(from), "{from}");
            fs::write(&file, sound.replace(from, to)).unwrap();
            assert_ne!(complaints(format, &file), "", "{format:?} {from}");
        }
    }
}

#[test]
fn documents_that_are_fixed_byte_by_byte_are_valid() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../guard/src/golden");
    for format in [Format::Xml, Format::Json] {
        for name in ["document", "manifest"] {
            let file = std::path::Path::new(golden).join(format!("{name}.{}", format.name()));
            assert_eq!(complaints(format, &file), "", "{}", file.display());
        }
    }
}
