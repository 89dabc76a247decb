//! What was refused: noted with its reason, and counted where it repeats.

use fieldpost_link::Mode;
use fieldpost_peer::Ended;
use fieldpost_replica::{Frame, Offer};
use fieldpost_testkit::TestSite;
use serde_json::json;

use super::audit::{entries, newest};
use super::bed::{Bed, administrator, pair_at, state};
use super::bundles::{bundle, bundles, take};
use super::quic::{self, until};

const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn a_bundle_that_is_refused_leaves_its_reason_and_changes_nothing_else() {
    let bed = Bed::new().await;
    bed.admin.say(&bed.channel, "not for everybody").await;
    let good = bundle(&bed.hq, "edge").await;
    let before = (state(&bed.edge, &bed.channel).await, entries(&bed.edgar).await);
    let mut spoilt = good.clone();
    spoilt[good.len() - 1] ^= 1;
    for (bytes, why) in [
        (&spoilt[..], "altered since"),
        (&good[..good.len() / 2], "a part of it is missing"),
        (b"some other file, of no interest".as_slice(), "begins as something else"),
    ] {
        let failure = take(&bed.edge, bytes).await.unwrap_err();
        let entry = newest(&bed.edgar, "bundle_refused").await;
        assert_eq!(entry["detail"], json!(failure.message));
        assert!(failure.message.contains(why), "{}", failure.message);
        assert_eq!((&entry["by"], &entry["count"]), (&json!("command_line"), &json!(1)));
    }
    let after = entries(&bed.edgar).await;
    assert_eq!(after[3..], before.1);
    assert_eq!(state(&bed.edge, &bed.channel).await, before.0);
    assert_eq!(bundles(&bed.edge).await, []);
    // Of this site itself, for the other.
    take(&bed.hq, &good).await.unwrap_err();
    assert!(
        newest(&bed.admin, "bundle_refused").await["detail"].as_str().unwrap().contains("sealed")
    );
}

#[tokio::test]
async fn what_is_refused_again_within_a_day_is_counted() {
    let bed = Bed::new().await;
    let before = entries(&bed.edgar).await.len();
    let refuse = async || take(&bed.edge, b"some other file, of no interest").await.unwrap_err();
    for hours in 1..=3 {
        refuse().await;
        bed.edge.clock().advance(hours);
    }
    let entry = newest(&bed.edgar, "bundle_refused").await;
    assert_eq!(entry["count"], 3);
    assert!(entry["last_at"].as_i64() > entry["first_at"].as_i64());
    assert_eq!(entries(&bed.edgar).await.len(), before + 1);
    // Somebody else did the same, and on another day it is another.
    let path = "/fieldpost/link/bundle";
    let bytes = b"some other file, of no interest".to_vec();
    bed.edgar.send("POST".parse().unwrap(), path, bytes).await.expect(400);
    assert_eq!(newest(&bed.edgar, "bundle_refused").await["username"], "edgar");
    bed.edge.clock().advance(DAY);
    refuse().await;
    assert_eq!(newest(&bed.edgar, "bundle_refused").await["count"], 1);
    assert_eq!(entries(&bed.edgar).await.len(), before + 3);
}

#[tokio::test]
async fn what_a_peer_may_not_say_is_noted_as_the_sentence_that_ends_the_session() {
    let mut bed = Bed::new().await;
    let hello = Frame::Hello { name: "edge".to_owned(), received: 0, held: [0; 32] };
    for _ in 0..2 {
        let ended = bed.wire.forge(1, &hello).await.unwrap_err();
        assert_eq!(ended, Ended::Offence("a second greeting".to_owned()));
    }
    let entry = newest(&bed.admin, "offence").await;
    assert_eq!((&entry["detail"], &entry["site"]), (&json!("a second greeting"), &json!("edge")));
    assert_eq!((&entry["count"], &entry["by"]), (&json!(2), &json!("other")));
    let body = b"no batch".to_vec();
    let batch = Frame::Batch { number: 1, signature: Vec::new(), body };
    let Ended::Offence(why) = bed.wire.forge(1, &batch).await.unwrap_err() else { panic!() };
    assert_eq!(newest(&bed.admin, "batch_refused").await["detail"], json!(why));
    let refused = Frame::Refused { number: 1, why: "no\0room".to_owned() };
    bed.wire.forge(1, &refused).await.unwrap_err();
    assert_eq!(newest(&bed.admin, "batch_not_taken").await["detail"], "no room");
}

#[tokio::test]
async fn whoever_is_refused_for_another_reason_each_time_begins_few_entries() {
    let mut bed = Bed::new().await;
    let before = entries(&bed.admin).await.len();
    for n in 0..150 {
        let refused = Frame::Refused { number: 1, why: format!("reason {n}") };
        bed.wire.forge(1, &refused).await.unwrap_err();
    }
    let found = entries(&bed.admin).await;
    assert_eq!(found.len(), before + 101);
    assert_eq!((&found[0]["count"], &found[0]["detail"]), (&json!(50), &json!("")));
    assert_eq!(found[1]["detail"], "reason 99");
    // Of another site, or an hour later, a reason is told again.
    bed.hq.clock().advance(DAY / 24);
    let refused = Frame::Refused { number: 1, why: "later".to_owned() };
    bed.wire.forge(1, &refused).await.unwrap_err();
    assert_eq!(newest(&bed.admin, "batch_not_taken").await["detail"], "later");
}

#[tokio::test]
async fn an_offer_of_what_the_peer_may_not_offer_is_noted() {
    let mut bed = Bed::new().await;
    let off_topic = bed.admin.channel(&bed.team, "off-topic").await;
    let open = [&bed.channel, &off_topic].map(|channel| Offer {
        channel: channel.parse().unwrap(),
        team: bed.team["id"].as_str().unwrap().parse().unwrap(),
    });
    let offers = Frame::Offers { open: open.to_vec(), closed: Vec::new(), all: false };
    bed.wire.forge(1, &offers).await.unwrap();
    let entry = newest(&bed.admin, "offer_refused").await;
    assert_eq!((&entry["channel"], &entry["site"]), (&json!("alpha:off-topic"), &json!("edge")));
    let shared = bed.admin.get("/fieldpost/link").await.expect(200);
    assert_eq!(shared["peers"][0]["shared"].as_array().unwrap().len(), 1);
}

async fn invite(hq: &TestSite) -> String {
    hq.running().links.invite(administrator(), None).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_with_a_used_code_is_noted_with_where_they_came_from() {
    let (hq, edge) = (quic::site("hq", 1).await, quic::site("edge", 2).await);
    let other = quic::site("other", 3).await;
    let admin = hq.person("admin").await;
    let used = invite(&hq).await;
    // Another stays open, so that strangers are heard.
    invite(&hq).await;
    edge.running().links.accept(administrator(), &used).await.unwrap();
    for times in 1..=3 {
        let links = &other.running().links;
        let refused = links.accept(administrator(), &used).await.unwrap_err();
        assert!(refused.message.contains("did not let this one in: That invitation was used"));
        // It is noted once the stranger is gone.
        let counted = async || {
            let found = entries(&admin).await;
            found.iter().any(|e| e["action"] == "stranger_refused" && e["count"] == times)
        };
        until(&hq, counted).await;
    }
    let entry = newest(&admin, "stranger_refused").await;
    assert_eq!((&entry["source"], &entry["count"]), (&json!("127.0.0.1"), &json!(3)));
    assert_eq!(entry["detail"], "That invitation was used, has expired, or never was.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_calls_after_its_link_was_removed_is_noted_by_its_name() {
    let (hq, edge) = (quic::site("hq", 1).await, quic::site("edge", 2).await);
    let admin = hq.person("admin").await;
    edge.running().links.accept(administrator(), &invite(&hq).await).await.unwrap();
    hq.running().links.remove(administrator(), "edge".to_owned()).await.unwrap();
    let found =
        async || entries(&admin).await.into_iter().find(|entry| entry["action"] == "key_refused");
    until(&hq, async || found().await.is_some()).await;
    let entry = found().await.unwrap();
    let key = edge.running().store.site().signing_key().verifying_key().encode();
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((&entry["site"], &entry["source"]), (&json!("edge"), &json!(key)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_key_at_a_peers_address_is_noted() {
    let (hq, edge) = (quic::site("hq", 1).await, quic::site("edge", 2).await);
    let other = quic::site("other", 3).await;
    let edgar = edge.person("edgar").await;
    let address = other.running().links.listening().unwrap().to_string();
    pair_at((&hq, &address), (&edge, "")).await;
    edge.running().links.set_mode(administrator(), "hq".to_owned(), Mode::Active).await.unwrap();
    let found =
        async || entries(&edgar).await.into_iter().find(|entry| entry["action"] == "other_key");
    until(&edge, async || found().await.is_some()).await;
    let entry = found().await.unwrap();
    assert_eq!((&entry["site"], &entry["source"]), (&json!("hq"), &json!(address)));
}
