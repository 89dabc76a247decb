//! Two sites over bad links in virtual time: whatever is lost, both end up with the same, and soon.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fieldpost_air::profile::Duplex;
use fieldpost_air::{Profile, Side};
use fieldpost_link::Outgoing;
use fieldpost_link::share::Which;
use fieldpost_replica::{BatchWriter, Coding};
use fieldpost_simulate::{Place, StreamLine, coding, room};
use fieldpost_testkit::{Actor, Dice, TestSite};

use super::bed::{Wire, content, joined, pair, share, site, state};

/// Whatever has not happened after so long never will.
const FOR_EVER: Duration = Duration::from_secs(12 * 3600);

/// Two linked sites that share a channel, in which both have somebody.
struct Bed {
    sites: [TestSite; 2],
    writers: [Actor; 2],
    channel: String,
    said: BTreeSet<String>,
}

/// Text that does not compress much.
fn text(letters: usize, dice: &mut Dice) -> String {
    (0..letters).map(|_| char::from(b"abcdefghijklmnop qrstuvwxyz-0123"[dice.below(32)])).collect()
}

impl Bed {
    async fn new(seed: u64) -> Self {
        let (hq, edge) = (site("hq", 2 * seed + 9000).await, site("edge", 2 * seed + 9001).await);
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let channel = admin.channel(&team, "town-square").await;
        pair(&hq, &edge).await;
        share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
        let mut wire = Wire::new(&hq, &edge).await;
        wire.settle().await.unwrap();
        let edgar = joined(&edge, &team, &channel).await;
        wire.settle().await.unwrap();
        Self { sites: [hq, edge], writers: [admin, edgar], channel, said: BTreeSet::new() }
    }

    /// Somebody says something at a side; what was acknowledged is remembered.
    async fn say(&mut self, side: usize, letters: usize, dice: &mut Dice) {
        let post = self.writers[side].say(&self.channel, &text(letters, dice)).await;
        self.said.insert(post["id"].as_str().unwrap().to_owned());
    }

    /// The bytes of what the other side lacks of this one's, encoded once in batches of a size.
    async fn missing(&self, side: usize, room: usize, coding: Coding) -> u64 {
        let store = &self.sites[side].running().store;
        let (own, peer) = (store.site().id, self.sites[1 - side].running().store.site().id);
        let (features, key) = (Arc::clone(store.features()), store.site().signing_key());
        let bytes = store.read(move |rows| {
            let mut outgoing = Outgoing::load(rows, own, peer)?;
            let (mut writer, mut bytes) = (BatchWriter::default(), 0);
            while let Some(parcel) = outgoing.next(rows, &features, &key, room)? {
                bytes += writer.write(&parcel.runs, &parcel.hints, coding).unwrap().len() as u64;
            }
            Ok(bytes)
        });
        bytes.await.unwrap()
    }

    async fn assert_equal(&self, why: &str) {
        let at = [
            content(&self.writers[0], &self.channel).await,
            content(&self.writers[1], &self.channel).await,
        ];
        assert_eq!(at[0], at[1], "{why}");
        let lost: Vec<_> = self.said.iter().filter(|id| !at[0].contains_key(*id)).collect();
        assert!(lost.is_empty(), "{why}: {lost:?}");
        // Nothing is there twice: whatever people said is there, and no more than that.
        let spoken = at[0].values().filter(|post| post["message"].as_str().unwrap().len() > 60);
        assert_eq!(spoken.count(), self.said.len(), "{why}");
        let [hq, edge] = &self.sites;
        assert_eq!(state(hq, &self.channel).await, state(edge, &self.channel).await, "{why}");
        let mut counts = BTreeSet::new();
        for (site, writer) in self.sites.iter().zip(&self.writers) {
            assert_eq!(site.running().store.verify().await.unwrap(), [], "{why}");
            let channel = writer.get(&format!("/channels/{}", self.channel)).await.expect(200);
            counts.insert(channel["total_msg_count"].as_i64().unwrap());
        }
        assert_eq!(counts.len(), 1, "{why}: {counts:?}");
    }
}

/// A post that is written while the link is being used.
struct Later {
    at: Duration,
    side: usize,
}

/// Two sites over a link.
struct Run<'a> {
    bed: &'a mut Bed,
    dice: Dice,
    line: StreamLine,
    now: Duration,
    later: Vec<Later>,
}

impl<'a> Run<'a> {
    /// Sites of which each is killed once in three times that the connection is lost.
    async fn new(bed: &'a mut Bed, profile: Profile, seed: u64, start: Duration) -> Self {
        let [hq, edge] = bed.sites.each_ref().map(|site| Place::new(site.running().store.clone()));
        let line = StreamLine::new([&hq, &edge], profile, seed, start).await.unwrap();
        let line = line.killed_one_in(3);
        Self { bed, dice: Dice::new(seed), line, now: start, later: Vec::new() }
    }

    async fn write(&mut self) {
        while self.later.last().is_some_and(|later| later.at <= self.now) {
            if let Some(later) = self.later.pop() {
                self.bed.say(later.side, 80, &mut self.dice).await;
                self.line.rouse();
            }
        }
    }

    /// Goes on until neither side has anything to say.
    async fn settle(&mut self) {
        let last = self.now + FOR_EVER;
        loop {
            self.write().await;
            self.line.step(self.now).await.unwrap();
            if self.later.is_empty() && self.line.is_at_rest() {
                return;
            }
            let later = self.later.last().map(|later| later.at).filter(|at| *at > self.now);
            let next = self.line.next_event(self.now).into_iter().chain(later).min();
            self.now = next.unwrap();
            assert!(self.now < last, "it never ends");
        }
    }
}

/// How long the changes of both sides are on the air, once.
async fn ideal(bed: &Bed, profile: &Profile) -> Duration {
    let (room, coding) = (room(profile), coding(profile));
    let [hq, edge] = [bed.missing(0, room, coding).await, bed.missing(1, room, coding).await];
    let bytes = if profile.duplex == Duplex::Full { hq.max(edge) } else { hq + edge };
    profile.air_time(usize::try_from(bytes).unwrap())
}

/// Both sides write, apart; then the link is there, until shortly before it goes away again.
async fn converge(name: &str, (posts, letters): (usize, usize), most: f64) {
    let profile = Profile::named(name).unwrap();
    for seed in 0..2 {
        let mut dice = Dice::new(seed);
        let mut bed = Bed::new(seed).await;
        for n in 0..posts {
            bed.say(n % 2, letters, &mut dice).await;
        }
        let ideal = ideal(&bed, &profile).await;
        let before = ideal.mul_f64(0.2 + 0.1 * dice.below(6) as f64);
        let outages = profile.outages.unwrap();
        let start = outages.every - outages.lasts - before;
        let mut run = Run::new(&mut bed, profile, seed, start).await;
        for n in (0..6u32).rev() {
            run.later.push(Later { at: start + ideal * n / 6, side: (n % 2) as usize });
        }
        run.settle().await;
        let (spent, (away, outages)) = (run.line.converged() - start, run.line.away());
        let patience = run.line.patience();
        let sent = Side::BOTH.map(|side| run.line.traffic(side).aired.bytes);
        let times = spent.saturating_sub(away).as_secs_f64() / ideal.as_secs_f64();
        println!(
            "{name} {seed}: {spent:.1?}, {away:.1?} of them away ({outages} outages), once on the \
             air {ideal:.1?}: {times:.2} times as long; {sent:?} bytes"
        );
        bed.assert_equal(&format!("{name} {seed}")).await;
        assert!(outages > 0, "{name} {seed} knew no outage");
        // After each outage what was lost in it is noticed once.
        let noticed = away + patience * (outages + 1);
        assert!(spent < noticed + ideal.mul_f64(most), "{name} {seed}: {spent:?}");
    }
}

#[tokio::test]
async fn over_a_radio_where_one_speaks_at_a_time() {
    converge("hf-data-9600", (80, 600), 6.0).await;
}

#[tokio::test]
async fn over_a_thin_satellite() {
    converge("geo-64k", (160, 1200), 3.0).await;
}

#[tokio::test]
async fn over_a_telephone_by_satellite_that_drops_its_calls() {
    converge("iridium", (80, 300), 3.0).await;
}

#[tokio::test]
async fn over_a_mesh_that_splits() {
    converge("uhf-manet-64k", (160, 1200), 3.0).await;
}

#[tokio::test]
async fn over_satellites_in_low_orbit_with_holes() {
    converge("leo-broadband", (120, 16_000), 3.0).await;
}
