//! Of whom an export for a guard tells: of all sites that write, but for the one for which it is.

use fieldpost_guard::{Asked, Format, Since};
use serde_json::json;

use super::reading::{Folder, exported, run};
use super::{kinds_of, post_of, texts};
use crate::api::files::{png, upload};
use crate::link::bed::Bed;
use crate::link::relay::Net;

#[tokio::test]
async fn what_other_sites_wrote_is_told_and_what_the_peer_wrote_is_not() {
    let mut net = Net::new(&["hq", "edge", "tug"], &[[0, 1], [0, 2]]).await;
    for (person, message) in net.people.iter().zip(["of hq", "of edge", "of tug"]) {
        person.say(&net.channel, message).await;
    }
    net.settle().await;
    let folder = Folder::new();
    exported(&net.sites[0], folder.path(), Format::Xml, Since::Beginning).await.unwrap();
    let entries = folder.entries(Format::Xml);
    assert_eq!(texts(&entries), ["of hq", "of tug"]);
    let (_, theirs) = entries.iter().find(|(_, said)| said["message"] == "of tug").unwrap();
    assert_eq!((&theirs["site"], &theirs["author"]), (&json!("tug"), &json!("edgar:tug")));
    let people = folder.documents(Format::Xml)[0]["people"].as_array().unwrap().clone();
    assert!(people.iter().any(|one| one["username"] == "edgar:tug" && one["site"] == "tug"));
}

#[tokio::test]
async fn a_file_that_comes_after_its_message_is_told_by_itself() {
    let mut net = Net::new(&["hq", "edge", "tug"], &[[0, 1], [0, 2]]).await;
    let (person, channel) = (net.people[2].clone(), net.channel.clone());
    // The newest comes first, some fifty changes at a time: the message before the file, which is older.
    let file = upload(&person, &channel, "chart.png", &png(4, 4)).await;
    for n in 0..120 {
        person.say(&channel, &format!("{n}")).await;
    }
    let post = json!({ "channel_id": channel, "message": "look", "file_ids": [file["id"]] });
    let post = person.post("/posts", post).await.expect(201);
    net.settle().await;
    let folder = Folder::new();
    let written = exported(&net.sites[0], folder.path(), Format::Json, Since::Beginning).await;
    assert_eq!(written.unwrap().left_out, 1, "its bytes are not here");
    let entries = folder.entries(Format::Json);
    assert_eq!(kinds_of(&entries, &post), ["post", "file"]);
    assert_eq!(post_of(&entries, &post)["files"], json!([{ "file_id": file["id"] }]));
    let (_, late) = entries.iter().find(|(kind, _)| kind == "file").unwrap();
    let told = &late["files"][0];
    assert_eq!((&told["file_id"], &told["name"]), (&file["id"], &json!("chart.png")));
    assert_eq!(texts(&entries).len(), 121, "each message is told once, however it came");
}

#[tokio::test]
async fn what_a_site_wrote_where_it_only_reads_is_told_once_it_may_write() {
    let mut bed = Bed::new().await;
    let said = async |bed: &Bed| {
        let folder = Folder::new();
        let asked = Asked {
            with: "hq".to_owned(),
            folder: folder.path().to_owned(),
            format: Format::Json,
            since: Since::Beginning,
            largest_file: None,
        };
        run(&bed.edge, asked).await.unwrap();
        texts(&folder.entries(Format::Json))
    };
    let ask = async |bed: &Bed, what: &str| {
        let path = format!("/fieldpost/link/edge/{what}");
        let channel = json!({ "channel": "alpha:town-square" });
        bed.hq.local().post(&path, channel).await.expect(200);
    };
    ask(&bed, "read_only").await;
    bed.edgar.say(&bed.channel, "before it was known").await;
    bed.wire.settle().await.unwrap();
    assert_eq!(said(&bed).await, Vec::<String>::new());
    ask(&bed, "read_write").await;
    bed.wire.settle().await.unwrap();
    assert_eq!(said(&bed).await, ["before it was known"]);
}

#[tokio::test]
async fn what_came_ahead_of_its_proof_is_told_once_that_has_come() {
    let mut net = Net::new(&["hq", "edge", "tug"], &[[0, 1], [0, 2]]).await;
    net.says(0, "before it").await;
    net.settle().await;
    let (person, channel) = (net.people[2].clone(), net.channel.clone());
    // Batches are under way, and something urgent passes them.
    for n in 0..300 {
        person.say(&channel, &format!("routine {n}, of which there is much")).await;
    }
    net.wire([0, 2]).ends[1].speak().await.unwrap();
    let priority = json!({ "priority": { "priority": "urgent" } });
    let post = json!({ "channel_id": channel, "message": "aground", "metadata": priority });
    person.post("/posts", post).await.expect(201);
    let ends = &net.wire([0, 2]).ends;
    let urgent = ends[1].session().urgent().await.unwrap().unwrap();
    ends[0].session().hear_urgent(urgent).await.unwrap();
    net.says(0, "after it").await;

    let folder = Folder::new();
    let to = async |net: &Net| {
        exported(&net.sites[0], folder.path(), Format::Xml, Since::Last).await.unwrap();
        texts(&folder.entries(Format::Xml))
    };
    assert_eq!(to(&net).await, ["before it"]);
    net.settle().await;
    let told = to(&net).await;
    for (message, times) in [("before it", 1), ("aground", 1), ("after it", 1)] {
        assert_eq!(told.iter().filter(|text| *text == message).count(), times, "{message}");
    }
    assert_eq!(told.len(), 303);
}
