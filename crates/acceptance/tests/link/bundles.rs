//! Bundles: what a link would carry, carried by people.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use fieldpost_kernel::{FailureKind, Outcome};
use fieldpost_link::bundles::Bundle;
use fieldpost_link::share::Which;
use fieldpost_peer::{Imported, Packing};
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};

use super::bed::{Bed, administrator, content, enter, pair, share, site, state};

/// A bundle on its way to a test.
#[derive(Clone, Default)]
pub(super) struct Stick(Arc<Mutex<Vec<u8>>>);

impl Stick {
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Stick {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const EVERYTHING: Packing = Packing::plain(u64::MAX);

/// A bundle of a site for another, as a file.
pub(super) async fn bundle_with(from: &TestSite, to: &str, packing: Packing) -> Vec<u8> {
    let stick = Stick::default();
    let out = Box::new(stick.clone());
    let links = &from.running().links;
    links.export_bundle(administrator(), to.to_owned(), packing, out).await.unwrap();
    stick.bytes()
}

pub(super) async fn bundle(from: &TestSite, to: &str) -> Vec<u8> {
    bundle_with(from, to, EVERYTHING).await
}

pub(super) async fn take(at: &TestSite, bundle: &[u8]) -> Outcome<Imported> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bundle).unwrap();
    at.running().links.import_bundle(administrator(), file.path()).await
}

pub(super) async fn bundles(at: &TestSite) -> Vec<Bundle> {
    at.running().links.status().await.unwrap().peers.remove(0).bundles
}

async fn backlog(at: &TestSite) -> u64 {
    at.running().links.status().await.unwrap().peers[0].backlog.changes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sites_that_never_hear_each_other_hold_one_conversation() {
    let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let channel = admin.channel(&team, "town-square").await;
    admin.say(&channel, "from headquarters").await;
    pair(&hq, &edge).await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    // The offer, that it is taken, and then what is said.
    take(&edge, &bundle(&hq, "edge").await).await.unwrap();
    take(&hq, &bundle(&edge, "hq").await).await.unwrap();
    let taken = take(&edge, &bundle(&hq, "edge").await).await.unwrap();
    assert_eq!(taken.peer.name, "hq");
    assert!(taken.changes > 0 && taken.new_changes == taken.changes && !taken.again);
    let edgar = edge.person("edgar").await;
    enter(&edgar, &team, &channel).await;
    edgar.say(&channel, "from the edge").await;
    take(&hq, &bundle(&edge, "hq").await).await.unwrap();
    assert_eq!(content(&admin, &channel).await, content(&edgar, &channel).await);
    assert_eq!(state(&hq, &channel).await, state(&edge, &channel).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_comes_back_and_what_has_arrived_is_not_carried_again() {
    let bed = Bed::new().await;
    for n in 0..200u64 {
        let code = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bed.admin.say(&bed.channel, &format!("the code of report {n} is {code:016x}")).await;
    }
    let waiting = backlog(&bed.hq).await;
    let first = bundle(&bed.hq, "edge").await;
    // Until something comes back, everything goes once more.
    assert_eq!(backlog(&bed.hq).await, waiting);
    let again = bundle(&bed.hq, "edge").await;
    assert!(again.len().abs_diff(first.len()) < 100, "{} {}", first.len(), again.len());
    assert!(bundles(&bed.hq).await.iter().all(|bundle| bundle.is_ours && bundle.taken_at == 0));
    let taken = take(&bed.edge, &first).await.unwrap();
    assert_eq!(taken.new_changes, waiting);
    bed.assert_agreed_on(&bed.channel).await;
    take(&bed.hq, &bundle(&bed.edge, "hq").await).await.unwrap();
    assert_eq!(backlog(&bed.hq).await, 0);
    let ours: Vec<Bundle> =
        bundles(&bed.hq).await.into_iter().filter(|bundle| bundle.is_ours).collect();
    let [newer, older] = ours[..] else { panic!("{ours:?}") };
    assert_eq!((newer.taken_at, older.bytes), (0, first.len() as u64));
    assert!(older.taken_at > 0 && older.changes == waiting);
    let little = bundle(&bed.hq, "edge").await;
    assert!(little.len() < 600 && first.len() > 3 * little.len(), "{}", little.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_wire_and_by_stick_in_any_order_and_each_three_times() {
    for seed in 0..4 {
        let mut bed = Bed::new().await;
        let mut dice = Dice::new(seed);
        let mut carried: [Vec<Vec<u8>>; 2] = Default::default();
        for round in 0..12 {
            for n in 0..=dice.below(40) {
                bed.admin.say(&bed.channel, &format!("hq {round} {n}")).await;
                if dice.one_in(2) {
                    bed.edgar.say(&bed.channel, &format!("edge {round} {n}")).await;
                }
            }
            match dice.below(4) {
                0 => carried[0].push(bundle(&bed.hq, "edge").await),
                1 => carried[1].push(bundle(&bed.edge, "hq").await),
                // A part of what would pass: the line is bad.
                2 => bed.wire.run(1 + dice.below(8), &mut dice).await,
                _ => {
                    let way = dice.below(2);
                    let to = if way == 0 { &bed.edge } else { &bed.hq };
                    if !carried[way].is_empty() {
                        let at = dice.below(carried[way].len());
                        take(to, &carried[way][at]).await.unwrap();
                    }
                }
            }
        }
        carried[0].push(bundle(&bed.hq, "edge").await);
        carried[1].push(bundle(&bed.edge, "hq").await);
        for _ in 0..3 {
            for (way, to) in [&bed.edge, &bed.hq].into_iter().enumerate() {
                for stick in carried[way].iter().rev() {
                    take(to, stick).await.unwrap();
                }
            }
        }
        bed.assert_agreed_on(&bed.channel).await;
        let again = take(&bed.edge, &carried[0][0]).await.unwrap();
        assert!(again.again && again.new_changes == 0);
        bed.wire.cut([&bed.hq, &bed.edge], [false, false]).await;
        bed.wire.settle().await.unwrap();
        bed.assert_agreed_on(&bed.channel).await;
        assert_eq!((backlog(&bed.hq).await, backlog(&bed.edge).await), (0, 0));
    }
}

async fn attach(who: &Actor, channel: &str, name: &str, bytes: &[u8]) -> String {
    let path = format!("/files?channel_id={channel}&filename={name}");
    let file = who.send("POST".parse().unwrap(), &path, bytes.to_vec()).await.expect(201);
    let id = file["file_infos"][0]["id"].as_str().unwrap().to_owned();
    let post = json!({ "channel_id": channel, "message": name, "file_ids": [id] });
    who.post("/posts", post).await.expect(201);
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_along_unless_they_are_larger_than_is_wished() {
    let bed = Bed::new().await;
    let large: Vec<u8> = (0..900_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let chart = attach(&bed.admin, &bed.channel, "chart.bin", &large).await;
    let note = attach(&bed.admin, &bed.channel, "note.txt", b"small").await;
    let file = async |id: &str| bed.edgar.get(&format!("/files/{id}")).await;
    let light = bundle_with(&bed.hq, "edge", Packing::plain(1000)).await;
    assert!(light.len() < 10_000);
    assert_eq!(take(&bed.edge, &light).await.unwrap().files, 1);
    assert_eq!(file(&note).await.bytes, b"small");
    assert_ne!(file(&chart).await.status, 200);
    let whole = bundle(&bed.hq, "edge").await;
    let taken = take(&bed.edge, &whole).await.unwrap();
    assert_eq!((taken.files, taken.new_changes), (1, 0));
    assert_eq!(file(&chart).await.bytes, large);
    let none = bundle_with(&bed.hq, "edge", Packing::plain(0)).await;
    assert!(none.len() < light.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_spoilt_or_for_others_or_of_strangers_is_refused_and_changes_nothing() {
    let bed = Bed::new().await;
    bed.admin.say(&bed.channel, "for the edge alone").await;
    let good = bundle(&bed.hq, "edge").await;
    let before = state(&bed.edge, &bed.channel).await;
    let refused = async |at: &TestSite, bytes: &[u8]| {
        let failure = take(at, bytes).await.unwrap_err();
        assert_eq!(
            (failure.kind, &*failure.id),
            (FailureKind::Invalid, "api.fieldpost.link.bundle")
        );
        failure.message.into_owned()
    };
    let mut spoilt = good.clone();
    let last = spoilt.len() - 1;
    spoilt[last] ^= 1;
    assert!(refused(&bed.edge, &spoilt).await.contains("altered since"));
    let short = refused(&bed.edge, &good[..good.len() / 2]).await;
    assert!(short.contains("a part of it is missing"), "{short}");
    let other = refused(&bed.edge, b"some other file, of no interest").await;
    assert!(other.contains("not a bundle"), "{other}");
    refused(&bed.edge, b"").await;
    // Back to where it was written, and at a site that is not linked.
    refused(&bed.hq, &good).await;
    let stranger = site("stranger", 9).await;
    refused(&stranger, &good).await;
    assert_eq!(state(&bed.edge, &bed.channel).await, before);
    assert_eq!(bundles(&bed.edge).await, []);
    take(&bed.edge, &good).await.unwrap();
    bed.assert_agreed_on(&bed.channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shared_no_longer_is_left_out_of_an_old_bundle() {
    let bed = Bed::new().await;
    bed.admin.say(&bed.channel, "before the end").await;
    let old = bundle(&bed.hq, "edge").await;
    let links = &bed.edge.running().links;
    let which = Which::One(bed.channel.clone());
    links.share(administrator(), "hq".to_owned(), which, false).await.unwrap();
    let before = state(&bed.edge, &bed.channel).await;
    let taken = take(&bed.edge, &old).await.unwrap();
    assert_eq!(taken.new_changes, 0);
    assert_eq!(state(&bed.edge, &bed.channel).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_carries_them_over_the_api() {
    let bed = Bed::new().await;
    bed.admin.say(&bed.channel, "over the API").await;
    let refused = bed.edgar.post("/fieldpost/link/nobody/bundle", json!({})).await;
    assert_eq!(refused.status, 404, "{:?}", refused.json());
    let person = bed.hq.person("somebody").await;
    person.post("/fieldpost/link/edge/bundle", json!({})).await.expect(403);
    person.post("/fieldpost/link/bundle", json!({})).await.expect(403);
    let written = bed.admin.post("/fieldpost/link/edge/bundle", json!({})).await;
    assert_eq!(written.status, 200);
    let path = "/fieldpost/link/bundle";
    let taken = bed.edgar.send("POST".parse().unwrap(), path, written.bytes).await.expect(200);
    assert_eq!((&taken["site"], &taken["again"]), (&json!("hq"), &json!(false)));
    assert!(taken["new_changes"].as_u64() > Some(0));
    bed.assert_agreed_on(&bed.channel).await;
    let status: Value = bed.admin.get("/fieldpost/link").await.expect(200);
    let sent = &status["peers"][0]["bundles"][0];
    assert_eq!((&sent["direction"], &sent["taken_at"]), (&json!("sent"), &json!(0)));
    let spoilt = bed.edgar.send("POST".parse().unwrap(), path, b"nonsense".to_vec()).await;
    assert_eq!(spoilt.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_left_out_because_sharing_had_ended_comes_once_it_is_shared_again() {
    let mut bed = Bed::new().await;
    bed.admin.say(&bed.channel, "written meanwhile").await;
    let stick = bundle(&bed.hq, "edge").await;
    let which = || Which::One("alpha:town-square".to_owned());
    let store = bed.edge.running().store.clone();
    let ended = store.write(&[], move |work| {
        fieldpost_link::share::unshare(work, &administrator(), "hq", &which()).map(drop)
    });
    ended.await.unwrap();
    take(&bed.edge, &stick).await.unwrap();
    assert_eq!(bed.edge.running().store.verify().await.unwrap(), []);
    share(&bed.edge, "hq", which()).await;
    bed.wire.cut([&bed.hq, &bed.edge], [true, true]).await;
    bed.wire.settle().await.unwrap();
    bed.assert_agreed_on(&bed.channel).await;
}
