//! Giving a site out, and taking it over elsewhere.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use fieldpost_blobs::Blobs;
use fieldpost_bulk::Source;
use fieldpost_bulk::export::{Options, Output, Progress, export};
use fieldpost_kernel::Position;
use fieldpost_log::Scope;
use fieldpost_testkit::{Actor, SeededEntropy, TestSite};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{png, upload};
use crate::import::taken_over_from;

async fn site_of(seed: u64) -> TestSite {
    TestSite::start_with(|config| config.entropy = Arc::new(SeededEntropy::new(seed))).await
}

/// A file that a site was given out to.
struct Exported {
    _folder: TempDir,
    file: PathBuf,
    progress: Progress,
}

async fn exported(site: &TestSite, name: &str, options: &Options) -> Exported {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    let blobs = Blobs::open(&site.data().join("files")).await.unwrap();
    let output = Output::create(&file).unwrap();
    let store = &site.running().store;
    let progress = export(store, &blobs, options, output, &mut |_: &Progress| {}).await.unwrap();
    Exported { _folder: folder, file, progress }
}

impl Exported {
    /// The lines of an archive.
    fn lines(&self) -> String {
        let mut zip = zip::ZipArchive::new(std::fs::File::open(&self.file).unwrap()).unwrap();
        let mut text = String::new();
        zip.by_name("import.jsonl").unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// What else an archive holds.
    fn entries(&self) -> Vec<String> {
        let zip = zip::ZipArchive::new(std::fs::File::open(&self.file).unwrap()).unwrap();
        let names = zip.file_names().map(|name| name.unwrap().into_owned());
        names.filter(|name| name != "import.jsonl").collect()
    }

    fn source(&self) -> Source {
        Source::open(&self.file).unwrap()
    }
}

/// A new site that has taken a file over, all of it.
async fn taken_over(file: &Exported, seed: u64) -> TestSite {
    let site = site_of(seed).await;
    let (_, rejected) = taken_over_from(&site, file.source()).await;
    assert_eq!(rejected, []);
    site
}

/// The scopes of a site that others may have.
async fn scopes(site: &TestSite) -> Vec<Scope> {
    let changes = site.running().store.changes_after(Position::default(), i64::MAX).await.unwrap();
    let mut scopes: Vec<Scope> = changes.iter().map(|change| change.name.scope).collect();
    scopes.retain(Scope::is_chained);
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

async fn hashes(site: &TestSite, scopes: &[Scope]) -> BTreeMap<Scope, String> {
    let mut found = BTreeMap::new();
    for scope in scopes {
        let digest = site.running().store.state_hash(*scope).await.unwrap();
        found.insert(*scope, digest.to_string());
    }
    found
}

fn path(post: &Value) -> String {
    format!("/posts/{}", post["id"].as_str().unwrap())
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

async fn reply(who: &Actor, root: &Value, message: &str) -> Value {
    let post = json!({
        "channel_id": root["channel_id"], "root_id": root["id"], "message": message,
    });
    who.post("/posts", post).await.expect(201)
}

async fn react(who: &Actor, post: &Value, emoji: &str) {
    let reaction = json!({ "user_id": who.id, "post_id": post["id"], "emoji_name": emoji });
    who.post("/reactions", reaction).await.expect(200);
}

async fn post_with(who: &Actor, channel: &str, message: &str, files: &[Value]) -> Value {
    let ids: Vec<&str> = files.iter().map(id).collect();
    let post = json!({ "channel_id": channel, "message": message, "file_ids": ids });
    who.post("/posts", post).await.expect(201)
}

/// Posts with threads, reactions, edits, pins, files, and what was deleted or taken back.
async fn talk(admin: &Actor, bob: &Actor, channel: &str) {
    let root = admin.say(channel, "root #alpha \u{1F6A2}\n> quote \"x\"").await;
    let answer = reply(bob, &root, "reply").await;
    reply(admin, &root, "another").await;
    for emoji in ["eyes", "+1"] {
        react(bob, &root, emoji).await;
        react(admin, &answer, emoji).await;
    }
    let urgent = json!({
        "channel_id": channel, "message": "take note",
        "metadata": { "priority": { "priority": "urgent", "requested_ack": true } },
    });
    let urgent = admin.post("/posts", urgent).await.expect(201);
    for who in [admin, bob] {
        let path = format!("/users/me{}/ack", path(&urgent));
        who.post(&path, json!({})).await.expect(200);
    }
    let back = format!("/users/me{}/reactions/eyes", path(&root));
    bob.delete(&back).await.expect(200);
    for patch in [
        json!({ "message": "second" }),
        json!({ "props": { "z": 1, "a": { "c": [1.5, null], "b": "é" } } }),
        json!({ "message": "third", "is_pinned": true }),
    ] {
        bob.put(&format!("{}/patch", path(&answer)), patch).await.expect(200);
    }
    let photo = upload(bob, channel, "photo.png", &png(300, 100)).await;
    let notes = upload(bob, channel, "notes: a/b?.txt", b"notes").await;
    let with = post_with(bob, channel, "", &[photo.clone(), notes]).await;
    let fewer = json!({ "message": "one file only", "file_ids": [photo["id"]] });
    bob.put(&format!("{}/patch", path(&with)), fewer).await.expect(200);
    // What is not given out: what was deleted, and what was never posted.
    let gone = upload(bob, channel, "gone.txt", b"gone").await;
    let gone = post_with(bob, channel, "gone", &[gone]).await;
    react(admin, &gone, "eyes").await;
    reply(admin, &gone, "gone too").await;
    bob.put(&format!("{}/patch", path(&gone)), json!({ "message": "gone, edited" }))
        .await
        .expect(200);
    bob.delete(&path(&gone)).await.expect(200);
    let lost = reply(bob, &root, "a reply that is deleted").await;
    bob.delete(&path(&lost)).await.expect(200);
    upload(bob, channel, "never posted.txt", b"never posted").await;
    let twice = json!({ "channel_id": channel, "message": "the same" });
    for _ in 0..2 {
        bob.post("/posts", twice.clone()).await.expect(201);
    }
}

/// Bookmarks of both kinds, moved, changed by another, and one that was taken away with its file.
async fn keep_at_hand(admin: &Actor, bob: &Actor, channel: &str) {
    let all = format!("/channels/{channel}/bookmarks");
    let link = |name: &str| {
        json!({ "type": "link", "display_name": name, "emoji": ":anchor:",
                "link_url": "https://example.org/plan" })
    };
    let first = admin.post(&all, link("the old name")).await.expect(201);
    admin.post(&all, link("second")).await.expect(201);
    let one = format!("{all}/{}", id(&first));
    let mine = json!({ "display_name": "mine" }).to_string().into_bytes();
    bob.send(reqwest::Method::PATCH, &one, mine).await.expect(200);
    for (name, stays) in [("plan.png", true), ("let go.txt", false)] {
        let path = format!("/files?bookmark=true&channel_id={channel}&filename={name}");
        let bytes = if stays { png(64, 32) } else { b"let go".to_vec() };
        let uploaded = bob.send(reqwest::Method::POST, &path, bytes).await.expect(201);
        let file = uploaded["file_infos"][0]["id"].clone();
        let new = json!({ "type": "file", "display_name": name, "file_id": file });
        let kept = bob.post(&all, new).await.expect(201);
        let one = format!("{all}/{}", id(&kept));
        if stays {
            bob.post(&format!("{one}/sort_order"), json!(0)).await.expect(200);
        } else {
            bob.delete(&one).await.expect(200);
        }
    }
}

/// A site with something of everything that is given out.
async fn lively_site() -> TestSite {
    let site = site_of(100).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let eve = site.member(&admin, &team, "eve").await;
    let square = admin.channel(&team, "town-square").await;
    let header = json!({ "header": "the header", "purpose": "the purpose" });
    admin.put(&format!("/channels/{square}/patch"), header).await.expect(200);
    for (name, kind) in [("ops", "P"), ("old", "O")] {
        let channel =
            json!({ "team_id": team["id"], "name": name, "display_name": name, "type": kind });
        let channel = admin.post("/channels", channel).await.expect(201);
        let members = format!("/channels/{}/members", id(&channel));
        admin.post(&members, json!({ "user_id": bob.id })).await.expect(201);
        talk(&admin, &bob, id(&channel)).await;
        keep_at_hand(&admin, &bob, id(&channel)).await;
        if name == "old" {
            admin.delete(&format!("/channels/{}", id(&channel))).await.expect(200);
        }
    }
    talk(&admin, &bob, &square).await;
    let topic = admin.channel(&team, "off-topic").await;
    eve.say(&topic, "I was here").await;
    eve.delete(&format!("/channels/{topic}/members/{}", eve.id)).await.expect(200);
    let roles = json!({ "roles": "channel_user channel_admin" });
    let seat = format!("/channels/{topic}/members/{}/roles", bob.id);
    admin.put(&seat, roles).await.expect(200);
    let closed = json!([{ "name": "create_post", "roles": { "members": false } }]);
    admin.put(&format!("/channels/{topic}/moderations/patch"), closed).await.expect(200);
    let patch = json!({ "first_name": "Bob", "nickname": "the builder", "locale": "de" });
    bob.put("/users/me/patch", patch).await.expect(200);
    let other = json!({ "name": "beta", "display_name": "Beta", "type": "I" });
    let other = bob.post("/teams", other).await.expect(201);
    bob.say(&bob.channel(&other, "town-square").await, "alone").await;

    let direct = admin.post("/channels/direct", json!([admin.id, bob.id])).await.expect(201);
    talk(&admin, &bob, id(&direct)).await;
    keep_at_hand(&admin, &bob, id(&direct)).await;
    let own = bob.post("/channels/direct", json!([bob.id, bob.id])).await.expect(201);
    bob.say(id(&own), "a note to myself").await;
    for kind in ["P", "O"] {
        let group = bob.post("/channels/group", json!([admin.id, eve.id])).await.expect(201);
        talk(&admin, &bob, id(&group)).await;
        let path = format!("/channels/{}", id(&group));
        let name = format!("was-a-group-{}", kind.to_lowercase());
        let made = json!({ "team_id": team["id"], "name": name, "display_name": name });
        bob.post(&format!("{path}/convert_to_channel"), made).await.expect(200);
        admin.put(&format!("{path}/privacy"), json!({ "privacy": kind })).await.expect(200);
        let banner = json!({ "enabled": kind == "P", "text": name, "background_color": "#fa0" });
        let banner = json!({ "banner_info": banner });
        bob.put(&format!("{path}/patch"), banner).await.expect(200);
    }
    let group = bob.post("/channels/group", json!([admin.id, eve.id])).await.expect(201);
    talk(&admin, &bob, id(&group)).await;
    let new = json!({ "team_id": team["id"], "name": "rolling", "display_name": "R", "type": "O" });
    let moved = admin.post("/channels", new).await.expect(201);
    talk(&admin, &admin, id(&moved)).await;
    let delta = json!({ "name": "delta", "display_name": "Delta", "type": "I" });
    let delta = admin.post("/teams", delta).await.expect(201);
    let path = format!("/channels/{}/move", id(&moved));
    admin.post(&path, json!({ "team_id": delta["id"] })).await.expect(200);
    site
}

#[tokio::test]
async fn what_is_exported_imports_again_to_the_same_state() {
    let site = lively_site().await;
    let first = exported(&site, "first.zip", &Options::default()).await;
    assert_eq!(first.progress.left_out, 0);
    assert!(first.progress.files > 3 && first.progress.posts > 40, "{:?}", first.progress);
    let second = taken_over(&first, 200).await;
    let again = exported(&second, "second.zip", &Options::default()).await;
    let third = taken_over(&again, 300).await;
    let last = exported(&third, "third.zip", &Options::default()).await;
    assert_eq!(first.lines(), again.lines());
    assert_eq!(again.lines(), last.lines());
    assert_eq!((first.entries(), first.progress), (last.entries(), last.progress));

    let scopes = scopes(&site).await;
    let original = hashes(&site, &scopes).await;
    assert!(scopes.len() > 12, "{scopes:?}");
    assert_eq!(original, hashes(&second, &scopes).await);
    assert_eq!(original, hashes(&third, &scopes).await);

    // Taken over once more, nothing happens.
    let (again, rejected) = taken_over_from(&second, first.source()).await;
    assert_eq!((again.places, again.posts, again.files, again.reactions), (0, 0, 0, 0));
    assert_eq!(rejected, []);
    assert_eq!(original, hashes(&second, &scopes).await);
}

#[tokio::test]
async fn versions_of_edited_posts_come_along_and_those_of_deleted_ones_do_not() {
    let site = lively_site().await;
    let copy = taken_over(&exported(&site, "a.zip", &Options::default()).await, 200).await;
    let store = &copy.running().store;
    let standing = "SELECT count(*) FROM post WHERE edit_stamp > 0 AND message = 'third'";
    let edited = store.read(move |rows| count(rows, standing)).await.unwrap();
    assert!(edited > 0);
    let versions = "SELECT count(*) FROM revision";
    let kept = store.read(move |rows| count(rows, versions)).await.unwrap();
    let made = site.running().store.read(move |rows| count(rows, versions)).await.unwrap();
    assert!(kept > 0 && kept < made, "{kept} of {made} versions: those of deleted posts are gone");
}

fn count(rows: &mut dyn fieldpost_kernel::Rows, sql: &str) -> fieldpost_kernel::Outcome<i64> {
    fieldpost_kernel::RowsExt::count(rows, sql, &[])
}

#[tokio::test]
async fn nothing_that_proves_or_grants_is_given_out_nor_what_is_gone() {
    let site = lively_site().await;
    let mut admin = site.stranger();
    admin.sign_in("admin", "correct horse battery").await;
    let team = admin.get("/teams/name/alpha").await.expect(200);
    let invite = team["invite_id"].as_str().unwrap();
    assert!(!invite.is_empty());
    let file = exported(&site, "a.zip", &Options::default()).await;
    let text = file.lines();
    for secret in [invite, &admin.token, "correct horse battery", "argon2", "password"] {
        assert!(!text.contains(secret), "{secret} is in the export");
    }
    for gone in ["gone", "a reply that is deleted", "never posted", "let go", "the old name"] {
        assert!(!text.contains(gone), "{gone} is in the export");
    }
    assert!(file.entries().iter().all(|name| name.starts_with("data/")));
    assert!(!file.entries().iter().any(|name| name.contains("gone") || name.contains("never")));
}

#[tokio::test]
async fn a_team_goes_out_by_itself_without_conversations() {
    let site = lively_site().await;
    let options = Options { teams: vec!["beta".to_owned()], no_attachments: false };
    let file = exported(&site, "a.zip", &options).await;
    let lines: Vec<Value> =
        file.lines().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    assert_eq!(of("team")[0]["team"]["name"], "beta");
    assert_eq!((of("team").len(), of("channel").len(), of("user").len()), (1, 2, 1));
    let bob = &of("user")[0]["user"];
    assert_eq!((&bob["username"], bob["teams"].as_array().unwrap().len()), (&json!("bob"), 1));
    assert!(of("direct_channel").is_empty() && of("direct_post").is_empty());
    assert!(!of("post").is_empty());
    assert!(of("post").iter().all(|line| line["post"]["team"] == "beta"));
    taken_over(&file, 200).await;

    let unknown = Options { teams: vec!["gamma".to_owned()], no_attachments: false };
    let blobs = Blobs::open(&site.data().join("files")).await.unwrap();
    let output = Output::Lines(Box::new(std::io::sink()));
    let store = &site.running().store;
    let refused = export(store, &blobs, &unknown, output, &mut |_: &Progress| {}).await;
    assert!(refused.unwrap_err().message.contains("gamma"));
}

#[tokio::test]
async fn without_an_archive_attachments_are_left_out_and_counted() {
    let site = lively_site().await;
    let none = Options { no_attachments: true, ..Options::default() };
    let chosen = exported(&site, "a.zip", &none).await;
    let lines = exported(&site, "a.jsonl", &Options::default()).await;
    let packed = exported(&site, "a.gz", &Options::default()).await;
    assert_eq!(chosen.entries(), Vec::<String>::new());
    assert_eq!(std::fs::read_to_string(&lines.file).unwrap(), chosen.lines());
    assert!(!chosen.lines().contains("attachments"));
    for file in [&chosen, &lines, &packed] {
        assert!(file.progress.left_out > 0);
        assert_eq!(file.progress.files, 0);
        taken_over(file, 200).await;
    }
}

#[tokio::test]
async fn a_file_that_exists_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jsonl");
    std::fs::write(&file, "mine").unwrap();
    assert!(Output::create(&file).is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert!(Output::create(&folder.path().join("a.tar")).is_err());
}
