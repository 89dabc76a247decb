use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use fieldpost_testkit::{Actor, Reply};
use serde_json::{Value, json};

use crate::process::Server;

const MIB: usize = 1024 * 1024;

/// Takes all of a disk's room but so many bytes.
fn fill(disk: &Path, leave: usize) {
    let path = disk.join("ballast");
    let mut ballast = File::create(&path).unwrap();
    let piece = vec![0; 4096];
    while ballast.write_all(&piece).is_ok() {}
    let length = ballast.metadata().unwrap().len();
    ballast.set_len(length.saturating_sub(leave as u64)).unwrap();
}

fn make_room(disk: &Path) {
    fs::remove_file(disk.join("ballast")).unwrap();
}

/// Every file in a folder, with its length.
fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.push((entry.path(), entry.metadata().unwrap().len()));
            }
        }
    }
    found.sort();
    found
}

async fn upload(actor: &Actor, channel: &str, bytes: &[u8]) -> Reply {
    let path = format!("/files?channel_id={channel}&filename=map.bin");
    actor.send("POST".parse().unwrap(), &path, bytes.to_vec()).await
}

async fn post_until_refused(actor: &Actor, channel: &str) -> (Vec<String>, Reply) {
    let mut said = Vec::new();
    loop {
        let message = format!("{} {}", said.len(), "report ".repeat(2000));
        let body = json!({ "channel_id": channel, "message": message });
        let reply = actor.post("/posts", body).await;
        if reply.status != 201 {
            return (said, reply);
        }
        said.push(reply.json()["id"].as_str().unwrap().to_owned());
    }
}

async fn site(server: &Server) -> (Actor, String) {
    let account = json!({ "username": "a", "email": "a@example.com", "password": "long enough" });
    server.stranger().post("/users", account).await.expect(201);
    let mut actor = server.stranger();
    actor.sign_in("a", "long enough").await;
    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "O" });
    let team: Value = actor.post("/teams", team).await.expect(201);
    let channel = actor.channel(&team, "town-square").await;
    (actor, channel)
}

#[tokio::test]
async fn a_full_disk_refuses_uploads_without_a_trace_and_posts_and_still_serves() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start_on_small_disk(data.path(), 48);
    let disk = server.root().join(data.path().strip_prefix("/").unwrap());
    let (actor, channel) = site(&server).await;
    let kept = vec![7; 2 * MIB];
    let kept_file = upload(&actor, &channel, &kept).await.expect(201);
    let kept_file = kept_file["file_infos"][0]["id"].as_str().unwrap().to_owned();
    let new = json!({ "channel_id": channel, "filename": "big.bin", "file_size": 12 * MIB });
    let resumable = actor.post("/uploads", new).await.expect(201);
    let resumable = format!("/uploads/{}", resumable["id"].as_str().unwrap());
    let big: Vec<u8> = (0..12 * MIB).map(|n| n.to_le_bytes()[1]).collect();
    let go_on = |part: &[u8]| actor.send("POST".parse().unwrap(), &resumable, part.to_vec());
    go_on(&big[..6 * MIB]).await.expect(204);

    fill(&disk, 3 * MIB);
    let before = files(&disk.join("files"));
    let refusal = upload(&actor, &channel, &vec![1; 8 * MIB]).await.refused(503);
    assert_eq!(refusal, "api.fieldpost.disk_full");
    assert_eq!(go_on(&big[6 * MIB..]).await.refused(503), "api.fieldpost.disk_full");
    assert_eq!(files(&disk.join("files")), before);
    assert_eq!(actor.get(&resumable).await.expect(200)["file_offset"], 6 * MIB);

    let (said, refused) = post_until_refused(&actor, &channel).await;
    assert_eq!(refused.refused(503), "api.fieldpost.disk_full");
    let path = format!("/channels/{channel}/posts?per_page=200");
    let there = actor.get(&path).await.expect(200)["order"].to_string();
    let newest = said.iter().rev().take(150);
    assert!(!said.is_empty() && newest.clone().all(|id| there.contains(id)));
    let read = actor.get(&format!("/files/{kept_file}")).await;
    assert!(read.status == 200 && read.bytes == kept, "what was saved is gone");

    make_room(&disk);
    let whole = go_on(&big[6 * MIB..]).await.expect(200);
    let read = actor.get(&format!("/files/{}", whole["id"].as_str().unwrap())).await;
    assert!(read.status == 200 && read.bytes == big, "the upload is not what was sent");
    upload(&actor, &channel, &[1; MIB]).await.expect(201);
    actor.say(&channel, "there is room again").await;
    assert_eq!(server.terminate(), Some(0));
}
