//! Which files come by themselves, and those that wait until somebody asks for them.

use fieldpost_link::budget::Most;
use fieldpost_link::files::Asked;
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::bed::{administrator, enter};
use super::quic::{Bed, link, share, site, until};
use super::thin;
use crate::api::files::png;

/// Bytes that do not compress.
pub(super) fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect()
}

/// Somebody posts a file; gives its id and its post.
pub(super) async fn post(by: &Actor, channel: &str, name: &str, bytes: Vec<u8>) -> (String, Value) {
    let path = format!("/files?channel_id={channel}&filename={name}");
    let file = by.send("POST".parse().unwrap(), &path, bytes).await.expect(201);
    let file = file["file_infos"][0]["id"].as_str().unwrap().to_owned();
    let post = json!({ "channel_id": channel, "message": name, "file_ids": [file] });
    (file.clone(), by.post("/posts", post).await.expect(201))
}

pub(super) async fn limit(site: &TestSite, other: &str, asked: Asked) {
    site.running().links.set_files(administrator(), other.to_owned(), asked).await.unwrap();
}

fn largest(bytes: u64) -> Asked {
    Asked { largest: Some(Most::Of(bytes)), ..Asked::default() }
}

/// Where a file is, as somebody is told.
pub(super) async fn whereabouts(by: &Actor, file: &str) -> Value {
    let told = by.post("/fieldpost/link/files", json!({ "file_ids": [file] })).await.expect(200);
    told[0].clone()
}

pub(super) async fn fetch(by: &Actor, file: &str, wanted: bool) -> Value {
    let asked = json!({ "file_ids": [file], "wanted": wanted });
    by.post("/fieldpost/link/fetch", asked).await.expect(200)[0].clone()
}

/// Waits until a file is at a site, and gives its bytes.
pub(super) async fn comes(site: &TestSite, by: &Actor, file: &str) -> Vec<u8> {
    let path = format!("/files/{file}");
    until(site, || async { by.get(&path).await.status == 200 }).await;
    by.get(&path).await.bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_too_large_waits_until_somebody_asks_for_it() {
    let bed = Bed::new().await;
    limit(&bed.edge, "hq", largest(1000)).await;
    let bytes = noise(5000);
    let (large, _) = post(&bed.admin, &bed.channel, "large.bin", bytes.clone()).await;
    let (small, said) = post(&bed.admin, &bed.channel, "small.bin", noise(1000)).await;
    bed.arrives(&bed.edge, &bed.edgar, &said).await;
    comes(&bed.edge, &bed.edgar, &small).await;
    assert_eq!(
        whereabouts(&bed.edgar, &large).await,
        json!({
            "file_id": large, "state": "waits", "why": "size", "asked": false, "site": "hq",
            "received": 0, "size": 5000, "preview": "", "preview_asked": false,
        })
    );
    assert_eq!(whereabouts(&bed.edgar, &small).await["state"], "here");
    assert_eq!(bed.edgar.get(&format!("/files/{large}")).await.status, 404);
    let waiting = bed.edge.running().links.status().await.unwrap().peers[0].files_waiting;
    assert_eq!(waiting, (1, 5000));

    let asked = fetch(&bed.edgar, &large, true).await;
    assert_eq!((&asked["asked"], &asked["why"]), (&json!(true), &json!("")));
    assert_eq!(comes(&bed.edge, &bed.edgar, &large).await, bytes);
    until(&bed.edge, || async { whereabouts(&bed.edgar, &large).await["state"] == "here" }).await;
    let waiting = bed.edge.running().links.status().await.unwrap().peers[0].files_waiting;
    assert_eq!(waiting, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_comes_once_the_policy_lets_it() {
    let bed = Bed::new().await;
    let none = Asked { types: Some(vec!["image/*".to_owned()]), ..Asked::default() };
    limit(&bed.edge, "hq", none).await;
    let bytes = noise(300);
    let (file, said) = post(&bed.admin, &bed.channel, "notes.txt", bytes.clone()).await;
    bed.arrives(&bed.edge, &bed.edgar, &said).await;
    let told = whereabouts(&bed.edgar, &file).await;
    assert_eq!((&told["state"], &told["why"]), (&json!("waits"), &json!("type")));
    let any = Asked { types: Some(Vec::new()), ..Asked::default() };
    limit(&bed.edge, "hq", any).await;
    assert_eq!(comes(&bed.edge, &bed.edgar, &file).await, bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_taken_back() {
    let bed = Bed::new().await;
    limit(&bed.edge, "hq", largest(0)).await;
    let (file, said) = post(&bed.admin, &bed.channel, "plan.bin", noise(700)).await;
    bed.arrives(&bed.edge, &bed.edgar, &said).await;
    // Nothing passes meanwhile, so that what was asked for is still to come.
    let pause = |mode| bed.hq.running().links.set_mode(administrator(), "edge".to_owned(), mode);
    pause(fieldpost_link::Mode::Paused).await.unwrap();
    assert_eq!(fetch(&bed.edgar, &file, true).await["state"], "comes");
    let taken_back = fetch(&bed.edgar, &file, false).await;
    assert_eq!((&taken_back["state"], &taken_back["asked"]), (&json!("waits"), &json!(false)));
    pause(fieldpost_link::Mode::Active).await.unwrap();
    // What comes by itself comes, so the link passes files; and this one does not.
    limit(&bed.edge, "hq", largest(600)).await;
    let (other, _) = post(&bed.admin, &bed.channel, "other.bin", noise(600)).await;
    comes(&bed.edge, &bed.edgar, &other).await;
    assert_eq!(bed.edgar.get(&format!("/files/{file}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_waits_for_a_better_line_than_thin_datagrams() {
    let bed = thin::Bed::new().await;
    let bytes = noise(21_000);
    let (file, said) = post(&bed.admin, &bed.channel, "map.bin", bytes.clone()).await;
    bed.arrives(&bed.edge, &bed.edgar, &said).await;
    let told = whereabouts(&bed.edgar, &file).await;
    assert_eq!((&told["state"], &told["why"]), (&json!("waits"), &json!("thin")));
    fetch(&bed.edgar, &file, true).await;
    assert_eq!(comes(&bed.edge, &bed.edgar, &file).await, bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_preview_of_an_image_is_fetched_without_the_image() {
    let bed = thin::Bed::new().await;
    limit(&bed.edge, "hq", largest(100)).await;
    let (image, said) = post(&bed.admin, &bed.channel, "wide.png", png(2000, 8)).await;
    bed.arrives(&bed.edge, &bed.edgar, &said).await;
    // The thumbnail comes by itself.
    let path = format!("/files/{image}/thumbnail");
    until(&bed.edge, || async { bed.edgar.get(&path).await.status == 200 }).await;
    let told = whereabouts(&bed.edgar, &image).await;
    assert_eq!((&told["state"], &told["preview"]), (&json!("waits"), &json!("waits")));
    let asked = json!({ "file_ids": [image], "preview": true });
    bed.edgar.post("/fieldpost/link/fetch", asked).await.expect(200);
    let path = format!("/files/{image}/preview");
    until(&bed.edge, || async { bed.edgar.get(&path).await.status == 200 }).await;
    let told = whereabouts(&bed.edgar, &image).await;
    assert_eq!((&told["state"], &told["preview"]), (&json!("waits"), &json!("here")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_brought_over_a_hub_that_does_not_take_it_for_itself() {
    let (hq, hub, edge) = (site("hq", 1).await, site("hub", 2).await, site("edge", 3).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let channel = admin.channel(&team, "town-square").await;
    link(&hq, &hub).await;
    link(&hub, &edge).await;
    limit(&hub, "hq", largest(1000)).await;
    limit(&edge, "hub", largest(1000)).await;
    share(&hq, "hub", "alpha:town-square").await;
    let path = format!("/channels/{channel}");
    let root = hub.person("hubert").await;
    until(&hub, || async { root.get(&path).await.status == 200 }).await;
    share(&hub, "edge", "alpha:town-square").await;
    let edgar = edge.person("edgar").await;
    until(&edge, || async { edgar.get(&path).await.status == 200 }).await;
    enter(&edgar, &team, &channel).await;
    let bytes = noise(9000);
    let (file, said) = post(&admin, &channel, "plan.bin", bytes.clone()).await;
    let path = format!("/posts/{}", said["id"].as_str().unwrap());
    until(&edge, || async { edgar.get(&path).await.status == 200 }).await;
    assert_eq!(whereabouts(&edgar, &file).await["site"], "hub");
    assert_eq!(whereabouts(&root, &file).await["state"], "waits");
    fetch(&edgar, &file, true).await;
    // Whoever could not be given it asks again after a pause, by the clock of its site.
    let path = format!("/files/{file}");
    until(&edge, || async {
        edge.clock().advance(1000);
        edgar.get(&path).await.status == 200
    })
    .await;
    assert_eq!(edgar.get(&path).await.bytes, bytes);
    assert_eq!(whereabouts(&root, &file).await["state"], "here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_set_over_the_api_and_audited_and_survives_a_restart() {
    let mut bed = Bed::new().await;
    let path = "/fieldpost/link/edge/files";
    for types in [json!(["png"]), json!(["image/"]), json!(["*/*"]), json!([""])] {
        let refused = bed.admin.post(path, json!({ "types": types })).await.refused(400);
        assert_eq!(refused, "api.fieldpost.link.files_types");
    }
    for bad in [json!(-1), json!("much"), json!(1.5)] {
        bed.admin.post(path, json!({ "largest": bad })).await.refused(400);
    }
    let policy = json!({ "largest": 5_000_000, "types": [" Image/* ", "text/plain", "image/*"] });
    bed.admin.post(path, policy).await.expect(200);
    bed.admin.post(path, json!({ "largest_thin": null })).await.expect(200);
    let set = json!({
        "largest": 5_000_000, "largest_thin": null, "types": ["image/*", "text/plain"],
        "gives_largest": null, "gives_types": [], "waiting": 0, "waiting_bytes": 0,
    });
    let peer = async |by: &Actor| by.get("/fieldpost/link").await.expect(200)["peers"][0].clone();
    assert_eq!(peer(&bed.admin).await["files"], set);
    let audit = bed.admin.get("/fieldpost/link/audit").await.expect(200);
    let entries = audit.as_array().unwrap();
    let said: Vec<_> = entries.iter().filter(|entry| entry["action"] == "files_set").collect();
    assert_eq!(said.len(), 2, "{audit}");
    assert_eq!(
        said[0]["detail"],
        "files up to 5000000 bytes, over thin datagrams of any size, image/*, text/plain"
    );
    let live = bed.hq.running().links.status().await.unwrap().peers.remove(0).peer.files;
    let (again, _folder) = bed.hq.rebuilt().await;
    let again = again.read(|rows| fieldpost_link::peer::all(rows)).await.unwrap().remove(0);
    assert_eq!(again.files, live, "rows made again from the log are the same");
    bed.hq.restart().await;
    assert_eq!(bed.hq.running().links.status().await.unwrap().peers[0].peer.files, live);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_of_files_that_somebody_may_not_read() {
    let bed = Bed::new().await;
    let (file, said) = post(&bed.admin, &bed.channel, "plan.bin", noise(700)).await;
    bed.arrives(&bed.edge, &bed.edgar, &said).await;
    comes(&bed.edge, &bed.edgar, &file).await;
    let stranger = bed.edge.person("stranger").await;
    for path in ["/fieldpost/link/files", "/fieldpost/link/fetch"] {
        let asked = json!({ "file_ids": [file, "yyyyyyyyyyyyyyyyyyyyyyyyyy"] });
        let told = stranger.post(path, asked).await.expect(200);
        assert_eq!(told, json!([]));
        let many = vec![file.clone(); 201];
        bed.edgar.post(path, json!({ "file_ids": many })).await.refused(400);
    }
}
