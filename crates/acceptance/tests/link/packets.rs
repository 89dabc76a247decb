//! Bundles as packets, of which a part is lost.

use fieldpost_kernel::FailureKind;
use fieldpost_peer::{Packing, Repair};
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::json;

use super::bed::{Bed, state};
use super::bundles::{bundle_with, take};

/// Bytes of a packet.
const PACKET: usize = 1200;

async fn packets(from: &TestSite, to: &str) -> Vec<[u8; PACKET]> {
    let packing = Packing { repair: Repair::percent(15), ..Packing::plain(u64::MAX) };
    let bytes = bundle_with(from, to, packing).await;
    assert_eq!(bytes.len() % PACKET, 0);
    bytes.as_chunks().0.to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_of_the_packets_is_enough_and_less_changes_nothing() {
    let bed = Bed::new().await;
    for n in 0..60u64 {
        let code = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bed.admin.say(&bed.channel, &format!("the code of report {n} is {code:016x}")).await;
    }
    let mut packets = packets(&bed.hq, "edge").await;
    Dice::new(1).shuffle(&mut packets);
    let before = state(&bed.edge, &bed.channel).await;
    let failure = take(&bed.edge, packets[0].as_slice()).await.unwrap_err();
    assert_eq!((failure.kind, &*failure.id), (FailureKind::Invalid, "api.fieldpost.link.bundle"));
    assert!(failure.message.contains("too little of it came through: 1 of the "), "{failure}");
    // For the edge alone: whoever wrote them cannot take them in, nor can another bundle's complete.
    let failure = take(&bed.hq, packets.as_flattened()).await.unwrap_err();
    assert!(failure.message.contains("none of its packets was sealed"), "{failure}");
    assert_eq!(state(&bed.edge, &bed.channel).await, before);
    let kept = packets.len() * 4 / 5;
    packets.truncate(kept);
    let taken = take(&bed.edge, packets.as_flattened()).await.unwrap();
    assert!(taken.new_changes >= 60 && !taken.again);
    assert_eq!(state(&bed.edge, &bed.channel).await, state(&bed.hq, &bed.channel).await);
    assert!(take(&bed.edge, packets.as_flattened()).await.unwrap().again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_transmitted_needs_a_link_that_may_transmit() {
    let bed = Bed::new().await;
    let ask = async |person: &Actor, asked| person.post("/fieldpost/link/edge/bundle", asked).await;
    let sent = json!({ "repair": 15, "transmit": true });
    let written = ask(&bed.admin, sent.clone()).await;
    assert_eq!((written.status, written.bytes.len() % PACKET), (200, 0));
    ask(&bed.hq.person("somebody").await, sent.clone()).await.expect(403);
    ask(&bed.admin, json!({ "repair": 501 })).await.expect(400);
    for act in ["pause", "silence"] {
        bed.admin.post(&format!("/fieldpost/link/edge/{act}"), json!({})).await.expect(200);
        let id = ask(&bed.admin, sent.clone()).await.refused(400);
        assert_eq!(id, "api.fieldpost.link.held_back");
        assert_eq!(ask(&bed.admin, json!({ "repair": 15 })).await.status, 200);
    }
    bed.admin.post("/fieldpost/link/edge/resume", json!({})).await.expect(200);
    assert_eq!(ask(&bed.admin, sent).await.status, 200);
}
