//! Sites of two builds, of which one reads no other format of batches than the first.

use std::collections::BTreeSet;

use fieldpost_replica::Format;
use serde_json::json;

use super::bed::{Bed, bring};
use super::quic;

impl Bed {
    /// A new conversation, between sites that read up to these formats.
    async fn talk_anew(&mut self, reads: [Format; 2]) {
        for (end, reads) in self.wire.ends.iter_mut().zip(reads) {
            end.reads = reads;
        }
        self.wire.cut([&self.hq, &self.edge], [false; 2]).await;
    }

    /// Somebody new at each site comes in and says something, and both agree on it.
    async fn assert_strangers_cross(&mut self, names: [&str; 2]) {
        let sites = [(&self.hq, &self.admin), (&self.edge, &self.edgar)];
        for ((site, admin), name) in sites.into_iter().zip(names) {
            let stranger = site.person(name).await;
            bring(admin, &stranger, (&self.team, &self.channel)).await;
            stranger.say(&self.channel, "I am new here").await;
        }
        self.assert_agreed().await;
    }

    fn heard(&self) -> [Vec<u8>; 2] {
        let of = |formats: &BTreeSet<u8>| formats.iter().copied().collect();
        self.wire.ends.each_ref().map(|end| of(&end.formats))
    }
}

#[tokio::test]
async fn an_old_build_and_a_new_one_understand_each_other() {
    let mut bed = Bed::new().await;
    assert_eq!(bed.heard(), [[4], [4]]);
    let (old, new) = (Format::Three, Format::Four);
    let names = [["ann", "bob"], ["cleo", "dan"], ["eve", "fred"], ["gil", "hana"]];
    let builds = [[new, old], [old, new], [old, old], [new, new]];
    for (reads, names) in builds.into_iter().zip(names) {
        bed.talk_anew(reads).await;
        bed.assert_strangers_cross(names).await;
        let common = reads.into_iter().min().map(Format::number);
        assert_eq!(bed.heard(), [0, 1].map(|_| Vec::from_iter(common)), "{reads:?}");
    }
}

#[tokio::test]
async fn a_site_that_is_asked_late_changes_in_the_middle() {
    let mut bed = Bed::new().await;
    bed.talk_anew([Format::Three; 2]).await;
    bed.assert_strangers_cross(["ann", "bob"]).await;
    assert_eq!(bed.heard(), [[3], [3]]);
    // A number that is not known yet is of a newer build, which reads all that is known.
    bed.wire.ends[0].session().hear_formats(200).unwrap();
    bed.assert_strangers_cross(["cleo", "dan"]).await;
    assert_eq!(bed.heard(), [vec![3], vec![3, 4]]);
    // None of a smaller number was ever sent; it is taken for the first.
    bed.wire.ends[0].session().hear_formats(0).unwrap();
    bed.wire.ends[1].formats.clear();
    bed.assert_strangers_cross(["eve", "fred"]).await;
    assert_eq!(bed.heard(), [[3], [3]]);
}

/// People of a directory that crosses a real connection: so many that a packet more or less does not
/// count.
const PEOPLE: usize = 300;

/// Bytes that each of them may take, with a share of the greeting: 88 were measured in format 4, and
/// 103 in format 3.
const MOST: i64 = 96;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sites_say_what_they_read_over_a_real_connection() {
    let (hq, edge) = (quic::site("hq", 1).await, quic::site("edge", 2).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let channel = admin.channel(&team, "town-square").await;
    quic::link(&hq, &edge).await;
    let edgar = edge.person("edgar").await;
    let sent = async || hq.running().links.status().await.unwrap().peers[0].sent_bytes;
    for n in 0..PEOPLE {
        // Not too many may come in an hour.
        hq.clock().advance(if n % 50 == 0 { 60 * 60 * 1000 } else { 0 });
        let person = hq.person(&format!("person{n}")).await;
        bring(&admin, &person, (&team, &channel)).await;
    }
    let before = sent().await;
    quic::share(&hq, "edge", "alpha:town-square").await;
    let names: Vec<String> = (0..PEOPLE).map(|n| format!("person{n}:hq")).collect();
    let known = async || {
        let found = edgar.post("/users/usernames", json!(names)).await.expect(200);
        found.as_array().unwrap().len()
    };
    quic::until(&edge, || async { known().await == PEOPLE }).await;
    let each = (sent().await - before) / PEOPLE as i64;
    assert!(each < MOST, "{each}");
}
