//! A peer that says too much costs little, and is hung up on.

use std::sync::Arc;

use fieldpost_kernel::{Position, Rows, RowsExt, params};
use fieldpost_link::incoming;
use fieldpost_log::{Epoch, Scope, ScopeKind};
use fieldpost_model::Id;
use fieldpost_peer::Ended;
use fieldpost_replica::{Frame, HeldLog, Offer};

use super::bed::Bed;

/// Any number that nobody has reason to reach.
const ENDLESS: usize = 50_000;

/// An hour, in milliseconds.
const HOUR: i64 = 60 * 60 * 1000;

impl Bed {
    /// The channel that is shared.
    fn square(&self) -> Offer {
        let team = self.team["id"].as_str().unwrap().parse().unwrap();
        Offer { channel: self.channel.parse().unwrap(), team }
    }

    /// Offers of the shared channel and of so many that nobody knows, from a number on.
    fn offers(&self, from: u64, count: u64) -> Vec<Offer> {
        let team = self.square().team;
        let unknown = (from..from + count).map(|n| {
            let mut id = [7; 16];
            id[..8].copy_from_slice(&n.to_be_bytes());
            Offer { channel: Id::from_bytes(id), team }
        });
        unknown.chain([self.square()]).collect()
    }

    /// How many channels are known of the link.
    async fn known(&self) -> i64 {
        let edge = self.edge_id();
        let sql = "SELECT count(*) FROM link_share WHERE site = ?1";
        let store = &self.hq.running().store;
        store.read(move |rows| rows.count(sql, params![&edge.0])).await.unwrap()
    }

    /// What the peer told of the state of the shared channel.
    async fn state_told(&self) -> [u8; 32] {
        let channel = self.square().channel;
        let sql = "SELECT state FROM link_share WHERE channel = ?1";
        let told = self.hq.running().store.read(move |rows| {
            rows.first(sql, params![&channel], |row| row.blob(0).try_into().ok())
        });
        told.await.unwrap().flatten().unwrap()
    }

    /// How many changes there are at the site.
    async fn changes(&self) -> usize {
        self.hq.settle().await;
        let store = &self.hq.running().store;
        store.changes_after(Position::default(), 1_000_000).await.unwrap().len()
    }

    /// The peer says the same until it is hung up on; gives how often it was heard, and why.
    async fn say_endlessly(&mut self, frame: &Frame) -> (usize, String) {
        for times in 0..ENDLESS {
            match self.wire.forge(1, frame).await {
                Err(Ended::Offence(why)) => return (times, why),
                heard => heard.unwrap(),
            }
        }
        (ENDLESS, String::new())
    }

    async fn cut(&mut self) {
        self.wire.cut([&self.hq, &self.edge], [false, false]).await;
    }

    /// The link works as ever.
    async fn assert_works(&mut self) {
        let said = self.admin.say(&self.channel, "heard").await;
        self.cut().await;
        self.wire.settle().await.unwrap();
        self.edgar.get(&format!("/posts/{}", said["id"].as_str().unwrap())).await.expect(200);
    }
}

fn offers(open: Vec<Offer>) -> Frame {
    Frame::Offers { open, closed: Vec::new(), all: false }
}

#[tokio::test]
async fn offers_are_taken_in_slices() {
    let mut bed = Bed::new().await;
    let mut committed = bed.hq.running().store.committed();
    let before = *committed.borrow_and_update();
    bed.wire.forge(1, &offers(bed.offers(0, 1000))).await.unwrap();
    let commits = *committed.borrow_and_update() - before;
    assert!(commits >= 1000 / 64, "{commits}");
    assert_eq!(bed.known().await, 1001);
}

#[tokio::test]
async fn no_more_channels_are_kept_than_two_sites_may_share() {
    let mut bed = Bed::new().await;
    bed.wire.forge(1, &offers(bed.offers(0, 50))).await.unwrap();
    let ended = bed.wire.forge(1, &offers(bed.offers(50, 19_980))).await;
    assert!(matches!(ended, Err(Ended::Offence(_))), "{ended:?}");
    assert_eq!(bed.known().await, 51);
    bed.assert_works().await;
}

#[tokio::test]
async fn whoever_repeats_their_offers_writes_nothing_and_is_hung_up_on() {
    let mut bed = Bed::new().await;
    let frame = offers(bed.offers(0, 10));
    bed.wire.forge(1, &frame).await.unwrap();
    let before = bed.changes().await;
    let (times, why) = bed.say_endlessly(&frame).await;
    assert!(times > 1000 && times < 10_000, "{times}");
    assert!(why.contains("in an hour"), "{why}");
    // But that it was.
    assert_eq!(bed.changes().await, before + 1);
}

#[tokio::test]
async fn what_a_peer_may_say_in_an_hour_has_an_end() {
    let mut bed = Bed::new().await;
    let frame = offers(vec![bed.square()]);
    for _ in 0..7_950 {
        bed.wire.forge(1, &frame).await.unwrap();
    }
    // To call again does not help.
    bed.cut().await;
    let more = offers(bed.offers(0, 1000));
    let ended = bed.wire.forge(1, &more).await;
    assert!(matches!(ended, Err(Ended::Offence(_))), "{ended:?}");
    assert_eq!(bed.known().await, 1);
    bed.hq.clock().advance(HOUR);
    bed.cut().await;
    bed.wire.forge(1, &more).await.unwrap();
    assert_eq!(bed.known().await, 1001);
}

#[tokio::test]
async fn states_that_were_said_before_are_not_written_again() {
    let mut bed = Bed::new().await;
    let channel = bed.square().channel;
    let channels = vec![(channel, [5; 32])];
    bed.wire.forge(1, &Frame::States { channels: channels.clone() }).await.unwrap();
    assert_eq!(bed.state_told().await, [5; 32]);
    // Whatever is there now would be written over.
    let sql = "UPDATE link_share SET state = ?1 WHERE channel = ?2";
    let store = &bed.hq.running().store;
    let mark = [6; 32];
    store.write(&[], move |work| work.execute(sql, params![&mark, &channel])).await.unwrap();
    let (times, why) = bed.say_endlessly(&Frame::States { channels }).await;
    assert!(times > 1000, "{times}");
    assert!(why.contains("in an hour"), "{why}");
    assert_eq!(bed.state_told().await, mark);
}

#[tokio::test]
async fn the_same_question_is_answered_a_few_times() {
    let mut bed = Bed::new().await;
    let (times, why) = bed.say_endlessly(&Frame::Recount).await;
    assert!((1..10).contains(&times), "{times}");
    assert!(why.contains("question"), "{why}");
    bed.assert_works().await;
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_an_offence() {
    let mut bed = Bed::new().await;
    let scope = Scope::new(ScopeKind::Channel, bed.square().channel);
    let logs = vec![HeldLog { scope, epoch: Epoch(1), ranges: vec![(0, 1)] }];
    bed.cut().await;
    let (times, why) = bed.say_endlessly(&Frame::Holding { received: 1, logs, more: false }).await;
    assert_eq!(times, 0);
    assert!(why.contains("nobody asked"), "{why}");
    bed.assert_works().await;
}

#[tokio::test]
async fn a_second_greeting_is_an_offence() {
    let mut bed = Bed::new().await;
    let hello = Frame::Hello { name: "edge".to_owned(), received: 0, held: [0; 32] };
    let (times, why) = bed.say_endlessly(&hello).await;
    assert_eq!(times, 0);
    assert!(why.contains("greeting"), "{why}");
    bed.assert_works().await;
}

#[tokio::test]
async fn what_is_held_may_be_told_in_parts() {
    let mut bed = Bed::new().await;
    for n in 0..3 {
        bed.admin.say(&bed.channel, &format!("said {n}")).await;
    }
    bed.wire.settle().await.unwrap();
    let own = bed.hq.running().store.site().id;
    let held = bed.edge.running().store.read(move |rows| incoming::holding(rows, own));
    let (received, logs) = held.await.unwrap().unwrap();
    assert!(logs.len() > 1);
    let square = Scope::new(ScopeKind::Channel, bed.square().channel);
    // Of the shared channel, what is held is told in two parts, of which one lacks the rest.
    let mut parts = Vec::new();
    for log in logs {
        match log.ranges[..] {
            [(0, end)] if log.scope == square => {
                parts.push(HeldLog { ranges: vec![(0, 2)], ..log.clone() });
                parts.push(HeldLog { ranges: vec![(2, end)], ..log });
            }
            _ => parts.push(log),
        }
    }
    let last = parts.len() - 1;
    bed.admin.say(&bed.channel, "of which nobody knows").await;
    bed.wire.ends[0].speak().await.unwrap();
    for (n, log) in parts.into_iter().enumerate() {
        let told = Frame::Holding { received, logs: vec![log], more: n < last };
        bed.wire.forge(1, &told).await.unwrap();
        if n < last {
            // Nothing is sent before it is known what lacks.
            assert_eq!(bed.wire.ends[0].batches().await, 0, "{n}");
        }
    }
    let backlog = {
        let outgoing = Arc::clone(&bed.wire.ends[0].outgoing);
        let features = Arc::clone(bed.hq.running().store.features());
        let backlog = move |rows: &mut dyn Rows| outgoing.lock().unwrap().backlog(rows, &features);
        bed.hq.running().store.read(backlog).await.unwrap()
    };
    assert_eq!(backlog.changes, 1);
    bed.assert_works().await;
}

#[tokio::test]
async fn what_is_held_is_not_told_without_end() {
    let mut bed = Bed::new().await;
    bed.admin.say(&bed.channel, "something to answer").await;
    bed.wire.ends[0].speak().await.unwrap();
    let log = HeldLog {
        scope: Scope::new(ScopeKind::Channel, bed.square().channel),
        epoch: Epoch(1),
        ranges: (0..200_000).map(|n| (2 * n, 2 * n + 1)).collect(),
    };
    let told = Frame::Holding { received: 1, logs: vec![log], more: true };
    // Each part takes more than three megabytes of memory.
    let mut times = 0;
    let ended = loop {
        match bed.wire.forge(1, &told).await {
            Ok(()) => times += 1,
            Err(ended) => break ended,
        }
        assert!(times < 50);
    };
    assert!(matches!(&ended, Ended::Offence(why) if why.contains("more than")), "{ended:?}");
    bed.assert_works().await;
}
