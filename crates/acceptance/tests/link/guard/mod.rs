//! What is shared over a link, written for a guard: valid, complete, told once, and nothing else.

mod limits;
mod reading;
mod sources;

use fieldpost_guard::{Format, Since};
use fieldpost_link::share::{Which, unshare};
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use self::reading::{Folder, exported, in_both, with_files};
use super::bed::{Bed, administrator, share};
use crate::api::files::{png, upload};

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

async fn reply(who: &Actor, channel: &str, root: &Value, message: &str) -> Value {
    let post = json!({ "channel_id": channel, "root_id": root["id"], "message": message });
    who.post("/posts", post).await.expect(201)
}

async fn edit(who: &Actor, post: &Value, message: &str) {
    let change = json!({ "id": post["id"], "message": message });
    who.put(&format!("/posts/{}", id(post)), change).await.expect(200);
}

async fn delete(who: &Actor, post: &Value) {
    who.delete(&format!("/posts/{}", id(post))).await.expect(200);
}

async fn react(who: &Actor, post: &Value, emoji: &str) {
    let reaction = json!({ "user_id": who.id, "post_id": post["id"], "emoji_name": emoji });
    who.post("/reactions", reaction).await.expect(200);
}

async fn take_back(who: &Actor, post: &Value, emoji: &str) {
    let path = format!("/users/{}/posts/{}/reactions/{emoji}", who.id, id(post));
    who.delete(&path).await.expect(200);
}

/// The entries that say something of a message, as the kinds that they are.
fn kinds_of(entries: &[(String, Value)], post: &Value) -> Vec<String> {
    let about = entries.iter().filter(|(_, said)| said["post_id"] == post["id"]);
    about.map(|(kind, _)| kind.clone()).collect()
}

/// The texts of messages and their edits, in their order, without what the server says.
fn texts(entries: &[(String, Value)]) -> Vec<String> {
    let said = entries.iter().filter(|(_, said)| said["post_type"].is_null());
    said.filter_map(|(_, said)| said["message"].as_str().map(str::to_owned)).collect()
}

/// The entry of a message.
fn post_of<'a>(entries: &'a [(String, Value)], post: &Value) -> &'a Value {
    let found = entries.iter().find(|(kind, said)| kind == "post" && said["post_id"] == post["id"]);
    &found.unwrap().1
}

/// Texts that break what does not heed them, with what is written of each.
fn hostile() -> Vec<(String, String)> {
    let kept = [
        "]]> <![CDATA[ x ]]> <!-- y --> <?z?> &amp; &#0; \"'",
        "one\ntwo\r\nthree\rfour\u{85}five\u{2028}six\ttab",
        "\u{202e}txet \u{200f}\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{2066}x\u{2069}",
        "\u{1f6a2}\u{1f469}\u{200d}\u{1f692} e\u{301} \u{10ffff}\u{fffd}",
        "<guard_document><entries/></guard_document>",
        "{\"kind\": \"post\"}\\u0000\\",
    ];
    let mut texts: Vec<(String, String)> =
        kept.iter().map(|text| ((*text).to_owned(), (*text).to_owned())).collect();
    texts.push((
        "a\u{1}b\u{b}c\u{1b}[31md\u{fffe}e\u{ffff}f".to_owned(),
        "a\u{fffd}b\u{fffd}c\u{fffd}[31md\u{fffd}e\u{fffd}f".to_owned(),
    ));
    texts.push(("\u{1f6a2}".repeat(16_383), "\u{1f6a2}".repeat(16_383)));
    texts.push(("x]]>".repeat(4095), "x]]>".repeat(4095)));
    texts
}

#[tokio::test]
async fn whatever_people_write_is_valid_in_both_formats_and_read_back_as_it_was() {
    let bed = Bed::new().await;
    for (text, _) in hostile() {
        bed.admin.say(&bed.channel, &text).await;
    }
    let folders = in_both(&bed.hq).await;
    let written: Vec<String> = hostile().into_iter().map(|(_, written)| written).collect();
    for (folder, format) in folders.iter().zip([Format::Xml, Format::Json]) {
        let entries = folder.entries(format);
        assert_eq!(texts(&entries), written, "{format:?}");
        let replaced: Vec<&str> =
            entries.iter().filter_map(|(_, said)| said["replaced"].as_str()).collect();
        assert_eq!(replaced, ["5"]);
    }
}

#[tokio::test]
async fn both_formats_say_the_same_of_all_that_was_done() {
    let bed = Bed::new().await;
    let (admin, channel) = (&bed.admin, &bed.channel);
    let file = upload(admin, channel, "plan \u{fffe} <&>.png", &png(3, 3)).await;
    let post = json!({
        "channel_id": channel, "message": "with a plan", "file_ids": [file["id"]],
        "metadata": { "priority": { "priority": "urgent" } },
    });
    let post = admin.post("/posts", post).await.expect(201);
    let answer = reply(admin, channel, &post, "an answer").await;
    edit(admin, &post, "with the plan").await;
    edit(admin, &post, "with our plan").await;
    react(admin, &answer, "eyes").await;
    take_back(admin, &answer, "eyes").await;
    admin.post(&format!("/posts/{}/pin", id(&post)), json!({})).await.expect(200);
    admin.post(&format!("/posts/{}/unpin", id(&post)), json!({})).await.expect(200);
    delete(admin, &answer).await;

    let folders = in_both(&bed.hq).await;
    let [xml, json] = [folders[0].entries(Format::Xml), folders[1].entries(Format::Json)];
    assert_eq!(xml, json);
    assert_eq!(folders[0].documents(Format::Xml), folders[1].documents(Format::Json));
    assert_eq!(kinds_of(&xml, &post), ["post", "edit", "edit", "pin", "unpin"]);
    assert_eq!(kinds_of(&xml, &answer), ["post", "reaction", "reaction_removal", "deletion"]);

    let said = post_of(&xml, &post);
    assert_eq!(said["priority"], "urgent");
    assert_eq!(said["author"], "admin:hq");
    assert_eq!((&said["author_id"], &said["channel_id"]), (&json!(admin.id), &json!(channel)));
    assert_eq!((&said["site"], &said["channel"]), (&json!("hq"), &json!("alpha:town-square")));
    assert_eq!(said["time_ms"], post["create_at"].to_string());
    assert_eq!(said["replaced"], "1");
    assert_eq!(said["files"][0]["name"], "plan \u{fffd} <&>.png");
    assert_eq!(said["files"][0]["media_type"], "image/png");
    assert_eq!(post_of(&xml, &answer)["root_id"], post["id"]);
    let revisions = xml.iter().filter_map(|(_, said)| said["revision"].as_str());
    assert_eq!(revisions.collect::<Vec<_>>(), ["1", "2"]);

    let document = &folders[0].documents(Format::Xml)[0];
    let people = document["people"].as_array().unwrap();
    assert!(people.iter().any(|one| one["person_id"] == json!(admin.id) && one["site"] == "hq"));
    assert_eq!(document["channels"][0]["access"], "open");
    assert_files_are_whole(&folders, said["files"][0]["sha256"].as_str().unwrap());
}

/// The files that the manifests list are there with their length, and so is the one of this digest.
fn assert_files_are_whole(folders: &[Folder; 2], digest: &str) {
    for (folder, format) in folders.iter().zip([Format::Xml, Format::Json]) {
        let manifest = &folder.manifests(format)[0];
        let [documents, objects] =
            ["documents", "objects"].map(|list| manifest[list].as_array().unwrap());
        assert_eq!(objects.len(), 1);
        assert_eq!(
            (&objects[0]["sha256"], &objects[0]["media_type"]),
            (&json!(digest), &json!("image/png"))
        );
        let mut names = vec![format!("edge-000001-manifest.{}", format.name())];
        for listed in documents.iter().chain(objects) {
            let name = listed["name"].as_str().unwrap();
            let file = folder.path().join(name);
            let bytes = std::fs::metadata(&file).unwrap().len();
            assert_eq!(listed["bytes"], bytes.to_string());
            let sum = std::process::Command::new("sha256sum").arg(&file).output().unwrap();
            let sum = String::from_utf8(sum.stdout).unwrap();
            assert_eq!(listed["sha256"].as_str(), sum.split(' ').next());
            names.push(name.to_owned());
        }
        names.sort_unstable();
        assert_eq!(folder.names().into_iter().collect::<Vec<_>>(), names);
    }
}

/// What entries say, without what things are called by now.
fn ids(entries: &[(String, Value)]) -> Vec<&str> {
    entries.iter().map(|(_, said)| said["entry_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn exports_that_go_on_from_each_other_tell_everything_once() {
    let mut bed = Bed::new().await;
    let folder = Folder::new();
    let go_on =
        async |bed: &Bed| exported(&bed.hq, folder.path(), Format::Xml, Since::Last).await.unwrap();
    let first = bed.admin.say(&bed.channel, "first").await;
    let second = bed.admin.say(&bed.channel, "second").await;
    let written = go_on(&bed).await;
    assert_eq!(written.manifest, "edge-000001-manifest.xml");
    edit(&bed.admin, &first, "first, put right").await;
    delete(&bed.admin, &second).await;
    assert_eq!(go_on(&bed).await.entries, 2);
    assert_eq!(go_on(&bed).await.manifest, "", "there was nothing to tell");
    // What the peer writes it knows, and what is done here to that it may hear.
    let theirs = bed.edgar.say(&bed.channel, "theirs").await;
    bed.wire.settle().await.unwrap();
    react(&bed.admin, &theirs, "eyes").await;
    let third = bed.admin.say(&bed.channel, "third").await;
    edit(&bed.admin, &third, "third, put right").await;
    assert_eq!(go_on(&bed).await.manifest, "edge-000003-manifest.xml");

    let parts = folder.entries(Format::Xml);
    let whole = Folder::new();
    exported(&bed.hq, whole.path(), Format::Xml, Since::Beginning).await.unwrap();
    let whole = whole.entries(Format::Xml);
    assert_eq!(ids(&parts), ids(&whole));
    assert_eq!(texts(&whole), ["first", "second", "first, put right", "third", "third, put right"]);
    assert_eq!(kinds_of(&whole, &theirs), ["reaction"]);
    let marks = folder.manifests(Format::Xml);
    for pair in marks.windows(2) {
        assert_eq!(pair[0]["upto"], pair[1]["from"]);
    }
    assert!(marks.iter().all(|manifest| manifest["complete"] == "true"));
}

#[tokio::test]
async fn what_is_not_shared_with_the_peer_is_in_no_document() {
    let bed = Bed::new().await;
    let other = bed.admin.channel(&bed.team, "off-topic").await;
    let friend = bed.hq.person("friend").await;
    let direct = bed.admin.post("/channels/direct", json!([bed.admin.id, friend.id])).await;
    let direct = direct.expect(201);
    bed.admin.say(&other, "kept in the channel").await;
    bed.admin.say(id(&direct), "kept between two").await;
    let said = bed.admin.say(&bed.channel, "meant for edge").await;
    edit(&bed.admin, &said, "meant for edge, too").await;
    for (folder, format) in in_both(&bed.hq).await.iter().zip([Format::Xml, Format::Json]) {
        assert_eq!(texts(&folder.entries(format)), ["meant for edge", "meant for edge, too"]);
        for name in folder.names() {
            let text = std::fs::read_to_string(folder.path().join(&name)).unwrap();
            for hidden in ["kept", "off-topic", "friend", other.as_str(), id(&direct)] {
                assert!(!text.contains(hidden), "{name} has {hidden}");
            }
        }
    }
}

/// Shares a channel no longer.
async fn end(site: &TestSite, channel: &str) {
    let channel = Which::One(channel.to_owned());
    let ended = site
        .running()
        .store
        .write(&[], move |work| unshare(work, &administrator(), "edge", &channel).map(drop));
    ended.await.unwrap();
}

#[tokio::test]
async fn a_channel_that_is_shared_later_is_told_whole_and_one_that_was_not_for_a_while_goes_on() {
    let mut bed = Bed::new().await;
    let folder = Folder::new();
    let told = async |bed: &Bed| {
        let before = folder.entries(Format::Json).len();
        exported(&bed.hq, folder.path(), Format::Json, Since::Last).await.unwrap();
        texts(&folder.entries(Format::Json)[before..])
    };
    let other = bed.admin.channel(&bed.team, "off-topic").await;
    bed.admin.say(&other, "one").await;
    bed.admin.say(&bed.channel, "here").await;
    assert_eq!(told(&bed).await, ["here"]);
    share(&bed.hq, "edge", Which::One("alpha:off-topic".to_owned())).await;
    bed.wire.settle().await.unwrap();
    bed.admin.say(&bed.channel, "here again").await;
    assert_eq!(told(&bed).await, ["one", "here again"]);
    end(&bed.hq, "alpha:off-topic").await;
    bed.wire.settle().await.unwrap();
    bed.admin.say(&other, "two").await;
    bed.admin.say(&bed.channel, "here still").await;
    assert_eq!(told(&bed).await, ["here still"]);
    for site in [&bed.edge, &bed.hq] {
        let with = if std::ptr::eq(site, &bed.hq) { "edge" } else { "hq" };
        share(site, with, Which::One(other.clone())).await;
    }
    bed.wire.settle().await.unwrap();
    assert_eq!(told(&bed).await, ["two"]);
}

#[tokio::test]
async fn what_was_withdrawn_is_not_told_and_what_was_told_cannot_be_withdrawn() {
    let bed = Bed::new().await;
    let withdraw = async |post: &Value| {
        bed.admin.post("/fieldpost/link/withdraw", json!({ "post_id": post["id"] })).await
    };
    let secret = bed.admin.say(&bed.channel, "attack at dawn").await;
    let said = bed.admin.say(&bed.channel, "good morning").await;
    withdraw(&secret).await.expect(200);
    let folder = Folder::new();
    exported(&bed.hq, folder.path(), Format::Json, Since::Beginning).await.unwrap();
    let entries = folder.entries(Format::Json);
    assert_eq!(texts(&entries), ["good morning"]);
    assert_eq!(kinds_of(&entries, &secret), Vec::<String>::new());
    assert_eq!(withdraw(&said).await.refused(409), "api.fieldpost.link.sent_already");
}

#[tokio::test]
async fn files_go_along_if_they_are_asked_for_and_not_too_large() {
    let bed = Bed::new().await;
    let bytes = png(9, 9);
    let length = bytes.len() as u64;
    let file = upload(&bed.admin, &bed.channel, "chart.png", &bytes).await;
    let post = json!({
        "channel_id": bed.channel, "message": "look", "file_ids": [file["id"]],
    });
    let post = bed.admin.post("/posts", post).await.expect(201);
    for (largest, objects, left_out) in
        [(None, 0, 0), (Some(length - 1), 0, 1), (Some(length), 1, 0)]
    {
        let folder = Folder::new();
        let asked = (Since::Beginning, largest);
        let written = with_files(&bed.hq, folder.path(), Format::Xml, asked).await.unwrap();
        assert_eq!((written.objects, written.left_out), (objects, left_out));
        let entries = folder.entries(Format::Xml);
        let listed = &post_of(&entries, &post)["files"][0];
        assert_eq!(
            (&listed["name"], &listed["bytes"]),
            (&json!("chart.png"), &json!(length.to_string()))
        );
        assert_eq!(listed["sha256"].is_string(), objects == 1);
    }
}
