use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;

use super::*;

async fn fresh() -> (tempfile::TempDir, Blobs) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).await.unwrap();
    (folder, blobs)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

async fn range(blobs: &Blobs, hash: Hash, range: std::ops::Range<u64>) -> Vec<u8> {
    let blob = blobs.get(hash).await.unwrap().unwrap();
    let pieces: Vec<_> = blob.stream(range).try_collect().await.unwrap();
    pieces.concat()
}

#[tokio::test]
async fn what_was_kept_is_read_back_whole_and_in_parts() {
    let (_folder, blobs) = fresh().await;
    let bytes: Vec<u8> = (0..200_000u32).map(|n| n.to_le_bytes()[0] ^ 7).collect();
    let hash = blobs.put(&bytes).await.unwrap();
    assert_eq!(hash, Hash::of(&bytes));
    assert_eq!(blobs.bytes(hash).await.unwrap().unwrap(), bytes);
    assert_eq!(range(&blobs, hash, 0..200_000).await, bytes);
    assert_eq!(range(&blobs, hash, 70_000..140_001).await, bytes[70_000..140_001]);
    assert_eq!(range(&blobs, hash, 199_999..u64::MAX).await, bytes[199_999..]);
    assert_eq!(range(&blobs, hash, 200_000..300_000).await, b"");
}

#[tokio::test]
async fn the_same_content_is_there_once_and_deleted_once() {
    let (folder, blobs) = fresh().await;
    let first = blobs.put(b"same").await.unwrap();
    assert_eq!(blobs.put(b"same").await.unwrap(), first);
    let mut writer = blobs.writer(100).await.unwrap();
    writer.write(b"sa").await.unwrap();
    writer.write(b"me").await.unwrap();
    assert_eq!(writer.finish().await.unwrap().keep().await.unwrap(), first);
    assert_eq!(files(folder.path()).len(), 1);
    blobs.delete(first).await.unwrap();
    blobs.delete(first).await.unwrap();
    assert!(!blobs.has(first).await.unwrap());
    assert!(blobs.get(first).await.unwrap().is_none());
}

#[tokio::test]
async fn too_many_bytes_are_refused_while_they_come_and_leave_nothing() {
    let (folder, blobs) = fresh().await;
    let mut writer = blobs.writer(10).await.unwrap();
    writer.write(&[1; 10]).await.unwrap();
    assert!(matches!(writer.write(&[1]).await, Err(Refused::TooLarge)));
    drop(writer);
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_is_large_is_not_given_in_one_piece() {
    let (_folder, blobs) = fresh().await;
    for (length, given) in [(4 << 20, true), ((4 << 20) + 1, false)] {
        let hash = blobs.put(&vec![7; length]).await.unwrap();
        assert_eq!(blobs.bytes(hash).await.unwrap().is_some(), given, "{length}");
        assert_eq!(blobs.get(hash).await.unwrap().unwrap().length(), length as u64);
    }
}

#[tokio::test]
async fn what_nobody_keeps_leaves_nothing() {
    let (folder, blobs) = fresh().await;
    let mut writer = blobs.writer(10).await.unwrap();
    writer.write(b"staged").await.unwrap();
    let staged = writer.finish().await.unwrap();
    assert_eq!(std::fs::read(staged.path()).unwrap(), b"staged");
    drop(staged);
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_a_crash_left_is_removed_at_the_next_start_and_uploads_go_on() {
    let (folder, blobs) = fresh().await;
    let id = Id::from_bytes([7; 16]);
    let mut partial = blobs.partial(id).await.unwrap().unwrap();
    partial.write(b"half of ").await.unwrap();
    partial.sync().await.unwrap();
    let mut writer = blobs.writer(10).await.unwrap();
    writer.write(b"lost").await.unwrap();
    // A crash runs no destructors.
    std::mem::forget(writer.finish().await.unwrap());
    std::mem::forget(partial);
    let again = Blobs::open(folder.path()).await.unwrap();
    assert_eq!(files(&folder.path().join("incoming")), Vec::<PathBuf>::new());
    assert_eq!(again.partial_length(id).await.unwrap(), 8);
    assert_eq!(again.partials().await.unwrap(), [id]);
    let mut partial = again.partial(id).await.unwrap().unwrap();
    assert_eq!(partial.written(), 8);
    partial.write(b"it").await.unwrap();
    let hash = partial.stage().await.unwrap().keep().await.unwrap();
    assert_eq!(again.bytes(hash).await.unwrap().unwrap(), b"half of it");
    drop(partial);
    again.forget_partial(id).await.unwrap();
    assert_eq!(again.partial_length(id).await.unwrap(), 0);
    assert_eq!(again.bytes(hash).await.unwrap().unwrap(), b"half of it");
}

#[tokio::test]
async fn one_upload_has_one_writer_at_a_time() {
    let (_folder, blobs) = fresh().await;
    let id = Id::from_bytes([1; 16]);
    let mut first = blobs.partial(id).await.unwrap().unwrap();
    assert!(blobs.partial(id).await.unwrap().is_none());
    first.write(b"x").await.unwrap();
    first.restart().await.unwrap();
    first.write(b"yz").await.unwrap();
    first.write(b"refused").await.unwrap();
    first.go_back(2).await.unwrap();
    first.sync().await.unwrap();
    drop(first);
    assert_eq!(blobs.partial(id).await.unwrap().unwrap().written(), 2);
}
