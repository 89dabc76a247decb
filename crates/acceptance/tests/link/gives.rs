//! Which files a site gives another, whoever asks for them there and by whatever way.

use fieldpost_link::budget::Most;
use fieldpost_link::files::Asked;
use serde_json::{Value, json};

use super::bed;
use super::bundles::{bundle, take};
use super::policy::{comes, fetch, limit, noise, post, whereabouts};
use super::quic::{Bed, until};
use crate::api::files::png;

/// An hour and a second, after which what was not given is asked for again.
const HOUR: i64 = 3_601_000;

fn gives(largest: Option<u64>, types: &[&str]) -> Asked {
    let gives_largest = Some(largest.map_or(Most::Any, Most::Of));
    let gives_types = Some(types.iter().map(|one| (*one).to_owned()).collect());
    Asked { gives_largest, gives_types, ..Asked::default() }
}

async fn is_held(bed: &Bed, file: &str) {
    until(&bed.edge, || async { whereabouts(&bed.edgar, file).await["why"] == "held" }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_a_type_that_is_not_given_stays_and_comes_once_it_is() {
    let bed = Bed::new().await;
    limit(&bed.hq, "edge", gives(None, &["image/*"])).await;
    let bytes = noise(300);
    let (notes, said) = post(&bed.admin, &bed.channel, "notes.txt", bytes.clone()).await;
    bed.arrives(&bed.edge, &bed.edgar, &said).await;
    is_held(&bed, &notes).await;
    let told = whereabouts(&bed.edgar, &notes).await;
    assert_eq!((&told["state"], &told["site"]), (&json!("waits"), &json!("hq")));
    // Whoever asks for it is told the same, once headquarters was asked.
    fetch(&bed.edgar, &notes, true).await;
    is_held(&bed, &notes).await;
    assert_eq!(bed.edgar.get(&format!("/files/{notes}")).await.status, 404);
    // What is given passes meanwhile.
    let (image, _) = post(&bed.admin, &bed.channel, "chart.png", png(40, 30)).await;
    assert_eq!(comes(&bed.edge, &bed.edgar, &image).await, png(40, 30));

    limit(&bed.hq, "edge", gives(None, &[])).await;
    bed.edge.clock().advance(HOUR);
    // Whatever comes is a reason to look what may be fetched.
    bed.admin.say(&bed.channel, "now it is given").await;
    assert_eq!(comes(&bed.edge, &bed.edgar, &notes).await, bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_image_that_is_too_large_what_it_looks_like_is_given() {
    let bed = Bed::new().await;
    limit(&bed.hq, "edge", gives(Some(100), &[])).await;
    let (image, said) = post(&bed.admin, &bed.channel, "wide.png", png(2000, 8)).await;
    bed.arrives(&bed.edge, &bed.edgar, &said).await;
    for part in ["thumbnail", "preview"] {
        let path = format!("/files/{image}/{part}");
        until(&bed.edge, || async { bed.edgar.get(&path).await.status == 200 }).await;
    }
    is_held(&bed, &image).await;
    assert_eq!(bed.edgar.get(&format!("/files/{image}")).await.status, 404);
    // If its type is not given, neither is what it looks like.
    limit(&bed.hq, "edge", gives(None, &["text/plain"])).await;
    let (other, said) = post(&bed.admin, &bed.channel, "other.png", png(90, 700)).await;
    bed.arrives(&bed.edge, &bed.edgar, &said).await;
    is_held(&bed, &other).await;
    for part in ["", "/thumbnail", "/preview"] {
        let status = bed.edgar.get(&format!("/files/{other}{part}")).await.status;
        assert_ne!(status, 200, "{part}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_has_no_file_that_is_not_given() {
    let bed = bed::Bed::new().await;
    limit(&bed.hq, "edge", gives(Some(1000), &[])).await;
    let (large, _) = post(&bed.admin, &bed.channel, "large.bin", noise(5000)).await;
    let (small, said) = post(&bed.admin, &bed.channel, "small.bin", noise(900)).await;
    let taken = take(&bed.edge, &bundle(&bed.hq, "edge").await).await.unwrap();
    assert_eq!(taken.files, 1);
    let path = format!("/posts/{}", said["id"].as_str().unwrap());
    assert_eq!(bed.edgar.get(&path).await.status, 200);
    assert_eq!(bed.edgar.get(&format!("/files/{small}")).await.status, 200);
    assert_eq!(bed.edgar.get(&format!("/files/{large}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_is_set_over_the_api_and_audited_and_survives_a_restart() {
    let mut bed = Bed::new().await;
    let path = "/fieldpost/link/edge/files";
    let refused = bed.admin.post(path, json!({ "gives_types": ["png"] })).await.refused(400);
    assert_eq!(refused, "api.fieldpost.link.files_types");
    bed.admin.post(path, json!({ "gives_largest": -1 })).await.refused(400);
    let rule = json!({ "gives_largest": 5_000, "gives_types": ["Image/*", "text/plain"] });
    bed.admin.post(path, rule).await.expect(200);
    // What is not named stays.
    bed.admin.post(path, json!({ "largest": 700 })).await.expect(200);
    let status = bed.admin.get("/fieldpost/link").await.expect(200);
    let files = &status["peers"][0]["files"];
    assert_eq!(files["gives_largest"], 5_000);
    assert_eq!(files["gives_types"], json!(["image/*", "text/plain"]));
    let audit = bed.admin.get("/fieldpost/link/audit").await.expect(200);
    let said: Vec<&Value> =
        audit.as_array().unwrap().iter().filter(|entry| entry["action"] == "gives_set").collect();
    assert_eq!(said.len(), 1, "{audit}");
    assert_eq!(said[0]["detail"], "up to 5000 bytes, image/*, text/plain");
    let live = bed.hq.running().links.status().await.unwrap().peers.remove(0).peer.gives;
    let (again, _folder) = bed.hq.rebuilt().await;
    let again = again.read(|rows| fieldpost_link::peer::all(rows)).await.unwrap().remove(0);
    assert_eq!(again.gives, live, "rows made again from the log are the same");
    bed.hq.restart().await;
    assert_eq!(bed.hq.running().links.status().await.unwrap().peers[0].peer.gives, live);
}
