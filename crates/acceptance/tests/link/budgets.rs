//! A link over which no more is sent than it was given.

use std::time::Instant;

use fieldpost_link::budget::{Asked, Most};
use fieldpost_peer::{Carriage, PeerStatus};
use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

use super::bed::administrator;
use super::quic::{Bed, until};
use super::thin;

async fn limit(site: &TestSite, other: &str, rate: Most) {
    let asked = Asked { rate: Some(rate), ..Asked::default() };
    site.running().links.set_budget(administrator(), other.to_owned(), asked).await.unwrap();
}

async fn peer(site: &TestSite) -> PeerStatus {
    site.running().links.status().await.unwrap().peers.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_passes_no_faster_than_the_rate_of_the_link() {
    let bed = Bed::new().await;
    limit(&bed.hq, "edge", Most::Of(400_000)).await;
    let (before, begun) = (peer(&bed.hq).await.sent_bytes, Instant::now());
    let bytes: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let path = format!("/files?channel_id={}&filename=chart.bin", bed.channel);
    let file = bed.admin.send("POST".parse().unwrap(), &path, bytes.clone()).await.expect(201);
    let file = file["file_infos"][0]["id"].as_str().unwrap().to_owned();
    let post = json!({ "channel_id": bed.channel, "message": "the chart", "file_ids": [file] });
    bed.admin.post("/posts", post).await.expect(201);
    let path = format!("/files/{file}");
    until(&bed.edge, || async { bed.edgar.get(&path).await.status == 200 }).await;
    let sent = (peer(&bed.hq).await.sent_bytes - before) as f64;
    let may = begun.elapsed().as_secs_f64() * 50_000.0;
    assert!(sent > 100_000.0 && sent < may + 50_000.0, "{sent} bytes, not {may}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thin_datagrams_go_at_the_rate_of_the_link_if_that_is_less() {
    let bed = thin::Bed::new().await;
    limit(&bed.hq, "edge", Most::Of(32_000)).await;
    assert_eq!(thin::carriage(&bed.hq).await, Some(Carriage::Thin { rate: 32_000 }));
    let said = bed.admin.say(&bed.channel, "slowly").await;
    bed.arrives(&bed.edge, &bed.edgar, &said).await;
    limit(&bed.hq, "edge", Most::Of(1_000_000)).await;
    assert_eq!(thin::carriage(&bed.hq).await, thin::carriage(&bed.edge).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rate_is_set_over_the_api_and_survives_a_restart() {
    let mut bed = Bed::new().await;
    let path = "/fieldpost/link/edge/budget";
    for rate in [0, 999, 2_000_000_000_000_u64] {
        let refused = bed.admin.post(path, json!({ "rate": rate })).await.refused(400);
        assert_eq!(refused, "api.fieldpost.link.rate");
    }
    for rate in [json!(-1), json!("fast"), json!(1.5)] {
        bed.admin.post(path, json!({ "rate": rate })).await.refused(400);
    }
    let both = json!({ "rate": 32_000, "windows": ["00:00-24:00"] });
    bed.admin.post(path, both).await.expect(200);
    // What is not named stays as it is.
    bed.admin.post(path, json!({ "windows": [] })).await.expect(200);
    bed.hq.restart().await;
    bed.admin = bed.admin.at(bed.hq.url());
    let budget =
        async || bed.admin.get("/fieldpost/link").await.expect(200)["peers"][0]["budget"].clone();
    assert_eq!(
        (budget().await["rate"].clone(), budget().await["windows"].clone()),
        (json!(32_000), json!([]))
    );
    bed.admin.post(path, json!({ "rate": null })).await.expect(200);
    assert_eq!(budget().await["rate"], Value::Null);
    let entries = bed.admin.get("/fieldpost/link/audit").await.expect(200);
    let entries = entries.as_array().unwrap().iter();
    let noted = entries.filter(|entry| entry["action"] == "budget_set");
    let noted: Vec<&Value> = noted.map(|entry| &entry["detail"]).collect();
    assert_eq!(noted, ["no rate", "no windows", "windows 00:00-24:00; rate 32000 bit/s"]);
    // Rows made again from the log are the same.
    let all = json!({ "rate": 64_000, "windows": ["22:00-04:00"], "bytes_per_day": 500_000 });
    bed.admin.post(path, all).await.expect(200);
    let (again, _folder) = bed.hq.rebuilt().await;
    let again = again.read(|rows| fieldpost_link::peer::all(rows)).await.unwrap().remove(0);
    let live = peer(&bed.hq).await.peer;
    assert_eq!((again.rate, &again.windows), (Some(64_000), &live.windows));
    assert_eq!((again.rate, again.daily), (live.rate, Some(500_000)));
}

/// A file of more bytes than the site may send in a day was sent.
async fn use_up(bed: &Bed) {
    let asked = Asked { daily: Some(Most::Of(100_000)), ..Asked::default() };
    bed.hq.running().links.set_budget(administrator(), "edge".to_owned(), asked).await.unwrap();
    let bytes: Vec<u8> = (0..150_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let path = format!("/files?channel_id={}&filename=chart.bin", bed.channel);
    let file = bed.admin.send("POST".parse().unwrap(), &path, bytes).await.expect(201);
    let post = json!({
        "channel_id": bed.channel, "message": "the chart", "file_ids": [file["file_infos"][0]["id"]],
    });
    bed.admin.post("/posts", post).await.expect(201);
    // A rest of some thousand bytes is not worth noting by itself; more would count for the next day.
    until(&bed.hq, || async {
        let status = peer(&bed.hq).await;
        status.spent_today >= 100_000 && status.peer.spent > 95_000
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_the_bytes_of_a_day_are_used_up_only_urgent_posts_pass() {
    let mut bed = Bed::new().await;
    use_up(&bed).await;
    let waits = bed.admin.say(&bed.channel, "for tomorrow").await;
    let urgent = json!({
        "channel_id": bed.channel, "message": "for today",
        "metadata": { "priority": { "priority": "urgent" } },
    });
    let urgent = bed.admin.post("/posts", urgent).await.expect(201);
    bed.arrives(&bed.edge, &bed.edgar, &urgent).await;
    // What comes from there is taken.
    let back = bed.edgar.say(&bed.channel, "still heard").await;
    bed.arrives(&bed.hq, &bed.admin, &back).await;
    bed.edgar.get(&format!("/posts/{}", waits["id"].as_str().unwrap())).await.expect(404);
    let status = peer(&bed.hq).await;
    assert!(status.spent_today >= 100_000 && status.backlog.changes > 0, "{status:?}");
    bed.hq.restart().await;
    bed.admin = bed.admin.at(bed.hq.url());
    let budget = bed.admin.get("/fieldpost/link").await.expect(200)["peers"][0]["budget"].clone();
    assert_eq!(budget["bytes_per_day"], 100_000);
    assert!(budget["used_today"].as_u64() >= Some(status.spent_today), "it is kept");
    bed.hq.clock().advance(24 * 3_600_000);
    assert!(peer(&bed.hq).await.spent_today < 100_000, "the next day is another");
    let path = "/fieldpost/link/edge/budget";
    for bytes in [0, 99_999] {
        let refused = bed.admin.post(path, json!({ "bytes_per_day": bytes })).await.refused(400);
        assert_eq!(refused, "api.fieldpost.link.bytes_per_day");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_for_another_day_goes_by_itself_when_that_begins() {
    let bed = Bed::new().await;
    use_up(&bed).await;
    let waits = bed.admin.say(&bed.channel, "for tomorrow").await;
    let back = bed.edgar.say(&bed.channel, "still heard").await;
    bed.arrives(&bed.hq, &bed.admin, &back).await;
    bed.edgar.get(&format!("/posts/{}", waits["id"].as_str().unwrap())).await.expect(404);
    for site in [&bed.hq, &bed.edge] {
        site.clock().advance(24 * 3_600_000);
    }
    bed.arrives(&bed.edge, &bed.edgar, &waits).await;
}
