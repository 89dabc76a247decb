//! Two linked sites that write apart end up with the same, whatever is lost, and whoever is killed.

use std::sync::Arc;

use fieldpost_kernel::FailureKind;
use fieldpost_link::incoming::{self, Arrived, Verdict};
use fieldpost_link::peer;
use fieldpost_link::share::Which;
use fieldpost_replica::{Frame, decode};
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};

use super::bed::{Wire, content, joined, pair, share, site, state};

/// Two linked sites that share one channel, in which both have somebody.
struct Bed {
    hq: TestSite,
    edge: TestSite,
    wire: Wire,
    writers: [Actor; 2],
    channel: String,
}

impl Bed {
    async fn new(seed: u64) -> Self {
        let (hq, edge) = (site("hq", seed + 1000).await, site("edge", seed + 2000).await);
        let (hq_admin, team) = hq.administrator_with_team("alpha").await;
        let channel = hq_admin.channel(&team, "town-square").await;
        for n in 0..5 {
            hq_admin.say(&channel, &format!("before the link {n}")).await;
        }
        pair(&hq, &edge).await;
        share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
        let mut wire = Wire::new(&hq, &edge).await;
        wire.settle().await.unwrap();
        let edge_admin = joined(&edge, &team, &channel).await;
        wire.settle().await.unwrap();
        Self { hq, edge, wire, writers: [hq_admin, edge_admin], channel }
    }

    async fn settle(&mut self) {
        self.wire.settle().await.unwrap();
    }

    async fn assert_equal(&self, why: &str) {
        let (at_hq, at_edge) = (
            content(&self.writers[0], &self.channel).await,
            content(&self.writers[1], &self.channel).await,
        );
        assert_eq!(at_hq, at_edge, "{why}");
        assert!(at_hq.len() > 5, "{why}");
        let states = (state(&self.hq, &self.channel).await, state(&self.edge, &self.channel).await);
        assert_eq!(states.0, states.1, "{why}");
        for site in [&self.hq, &self.edge] {
            assert_eq!(site.running().store.verify().await.unwrap(), [], "{why}");
        }
    }
}

/// Something that a person does in a channel, to what is there.
pub(super) async fn act(who: &Actor, channel: &str, known: &mut Vec<String>, dice: &mut Dice) {
    let id = |post: &Value| post["id"].as_str().unwrap().to_owned();
    if known.is_empty() || dice.below(10) < 5 {
        let mut post =
            json!({ "channel_id": channel, "message": format!("said {}", dice.below(1000)) });
        if !known.is_empty() && dice.one_in(3) {
            post["root_id"] = json!(known[dice.below(known.len())]);
        }
        let reply = who.post("/posts", post).await;
        // The root may be deleted, or a reply itself.
        if reply.status == 201 {
            known.push(id(&reply.json()));
        }
        return;
    }
    let post = known[dice.below(known.len())].clone();
    let path = format!("/posts/{post}");
    let react = json!({ "user_id": who.id, "post_id": post, "emoji_name": "eyes" });
    let link = json!({ "type": "link", "display_name": "b", "link_url": "https://example.org" });
    let reply = match dice.below(7) {
        0 | 1 => who.put(&format!("{path}/patch"), json!({ "message": "edited" })).await,
        2 => who.put(&format!("{path}/patch"), json!({ "is_pinned": dice.one_in(2) })).await,
        3 => who.delete(&path).await,
        4 => who.post("/reactions", react).await,
        5 => who.post(&format!("/channels/{channel}/bookmarks"), link).await,
        _ => who.delete(&format!("/users/me{path}/reactions/eyes")).await,
    };
    assert!(reply.status < 500, "status {}", reply.status);
}

#[tokio::test]
async fn whatever_is_shared_arrives_with_the_people_it_needs() {
    let mut bed = Bed::new(0).await;
    bed.settle().await;
    bed.assert_equal("at rest").await;
    let [hq, edge] = &bed.writers;
    let seen = edge.get(&format!("/users/{}", hq.id)).await.expect(200);
    assert_eq!(seen["username"], "admin:hq");
    let seen = hq.get(&format!("/users/{}", edge.id)).await.expect(200);
    assert_eq!(seen["username"], "edgar:edge");
}

#[tokio::test]
async fn a_link_that_breaks_at_any_time_loses_and_repeats_nothing() {
    for seed in 0..6 {
        let mut dice = Dice::new(seed);
        let mut bed = Bed::new(seed).await;
        let mut known = [Vec::new(), Vec::new()];
        for _ in 0..6 {
            for side in [0, 1] {
                for _ in 0..dice.below(25) {
                    act(&bed.writers[side], &bed.channel, &mut known[side], &mut dice).await;
                }
            }
            let steps = dice.below(20);
            bed.wire.run(steps, &mut dice).await;
            let forgets = [dice.one_in(3), dice.one_in(3)];
            bed.wire.cut([&bed.hq, &bed.edge], forgets).await;
            // What came from the other side is known to this one too.
            let both: Vec<String> = known.concat();
            if dice.one_in(2) {
                bed.settle().await;
                known = [both.clone(), both];
            }
        }
        bed.settle().await;
        bed.assert_equal(&format!("seed {seed}")).await;
    }
}

#[tokio::test]
async fn a_site_that_restarts_goes_on_where_it_was() {
    let mut bed = Bed::new(7).await;
    let mut dice = Dice::new(7);
    for n in 0..40 {
        bed.writers[0].say(&bed.channel, &format!("many {n}")).await;
    }
    bed.wire.run(9, &mut dice).await;
    bed.wire.ends[1].hang_up();
    bed.edge.restart().await;
    bed.writers[1] = bed.writers[1].at(bed.edge.url());
    bed.wire.cut([&bed.hq, &bed.edge], [false, true]).await;
    for n in 0..10 {
        bed.writers[1].say(&bed.channel, &format!("after the restart {n}")).await;
    }
    bed.settle().await;
    bed.assert_equal("after a restart").await;
}

#[tokio::test]
async fn the_newest_arrive_first() {
    let mut bed = Bed::new(8).await;
    let mut last = Value::Null;
    for n in 0..150 {
        last = bed.writers[0]
            .say(&bed.channel, &format!("number {n} of many, none like another"))
            .await;
    }
    // One batch is not enough for all of them; the last one is in it.
    let mut dice = Dice::new(1);
    while bed.writers[1].get(&format!("/posts/{}", last["id"].as_str().unwrap())).await.status
        != 200
    {
        bed.wire.run(1, &mut dice).await;
    }
    let seen = content(&bed.writers[1], &bed.channel).await;
    assert!(seen.len() < 150, "{} arrived before the newest", seen.len());
    bed.settle().await;
    bed.assert_equal("in the end").await;
}

#[tokio::test]
async fn long_posts_make_no_batch_that_is_too_large() {
    let mut bed = Bed::new(9).await;
    let mut dice = Dice::new(9);
    for _ in 0..60 {
        let text: String = (0..16_000).map(|_| char::from(b'a' + dice.below(26) as u8)).collect();
        bed.writers[0].say(&bed.channel, &text).await;
    }
    let mut largest = 0;
    while bed.wire.ends[0].speak().await.unwrap() {
        for from in [0, 1] {
            let before = bed.wire.bytes;
            while bed.wire.step(from).await.unwrap() {}
            largest = largest.max(bed.wire.bytes - before);
        }
    }
    // Three batches are under way at once.
    assert!(largest < 3 * (80 << 10), "{largest}");
    bed.settle().await;
    bed.assert_equal("long posts").await;
}

/// The batch of a new post of the edge's, sent over a link that is new too.
async fn batch_of(bed: &mut Bed, said: &str) -> (Frame, String) {
    bed.wire.cut([&bed.hq, &bed.edge], [false, true]).await;
    let post = bed.writers[1].say(&bed.channel, said).await;
    bed.wire.ends[0].speak().await.unwrap();
    while bed.wire.step(0).await.unwrap() {}
    let batch = bed.wire.ends[1].batch().await.unwrap();
    (batch, post["id"].as_str().unwrap().to_owned())
}

fn number(batch: &Frame) -> u64 {
    let Frame::Batch { number, .. } = batch else { unreachable!() };
    *number
}

#[tokio::test]
async fn a_batch_that_is_kept_late_is_not_taken_for_the_next_of_its_number() {
    let mut bed = Bed::new(40).await;
    // The link breaks while headquarters take over a batch, and is back before they have.
    let (late, first) = batch_of(&mut bed, "kept late").await;
    let last = bed.wire.ends[0].begin_anew(&bed.hq).await;
    // The edge has forgotten what it sent, and says more: another batch of the same number.
    let (other, second) = batch_of(&mut bed, "said since").await;
    assert_eq!(number(&late), number(&other));
    last.hear(late).await.unwrap();
    let answers = bed.wire.ends[0].answers(other).await;
    assert!(matches!(answers[..], [Frame::Holding { .. }]), "{answers:?}");
    bed.wire.cut([&bed.hq, &bed.edge], [false, false]).await;
    bed.settle().await;
    for post in [first, second] {
        bed.writers[0].get(&format!("/posts/{post}")).await.expect(200);
    }
    bed.assert_equal("late").await;
}

#[tokio::test]
async fn a_batch_is_kept_once_whoever_is_late() {
    let mut bed = Bed::new(41).await;
    let (late, _) = batch_of(&mut bed, "judged early").await;
    let Frame::Batch { number, signature, body } = late.clone() else { unreachable!() };
    let store = bed.hq.running().store.clone();
    let (features, edge) = (Arc::clone(store.features()), bed.edge.running().store.site().id);
    let judged = store.read(move |rows| {
        let peer = peer::by_site(rows, edge)?.unwrap();
        let runs = decode(&body).unwrap();
        incoming::judge(rows, &features, &peer, Arrived { runs, signature, ..Arrived::default() })
    });
    let Verdict::Take(taken) = judged.await.unwrap() else { unreachable!() };
    // The next conversation keeps it, before the last one has come to write it.
    bed.wire.ends[0].begin_anew(&bed.hq).await;
    let kept = bed.wire.ends[0].answers(late).await;
    assert!(matches!(kept[..], [Frame::Kept { .. }]), "{kept:?}");
    let finished =
        store.write(&[], move |work| incoming::finish(work, edge, number, &taken.changes, &taken));
    assert_eq!(finished.await.unwrap_err().kind, FailureKind::Conflict);
    bed.wire.cut([&bed.hq, &bed.edge], [false, false]).await;
    bed.settle().await;
    bed.assert_equal("once").await;
}

#[tokio::test]
async fn nobody_is_spoken_for_who_is_brought_into_a_team_at_another_site_or_taken_out_of_it() {
    let mut bed = Bed::new(90).await;
    let person = bed.writers[0].id;
    let channel = bed.writers[1].get(&format!("/channels/{}", bed.channel)).await.expect(200);
    let members = format!("/teams/{}/members", channel["team_id"].as_str().unwrap());
    for who in [bed.writers[1].clone(), bed.edge.local()] {
        let member = json!({ "team_id": channel["team_id"], "user_id": person });
        who.post(&members, member).await.expect(201);
        bed.settle().await;
        who.delete(&format!("{members}/{person}")).await.expect(200);
        bed.settle().await;
    }
    bed.assert_equal("after coming and going").await;
}
