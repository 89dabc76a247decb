//! Two sites over radio in virtual time: how long a post takes, and what an hour costs.

use std::time::Duration;

use fieldpost_air::profile::{Duplex, Loss};
use fieldpost_air::{Profile, Side};
use fieldpost_link::share::Which;
use fieldpost_simulate::{Place, ThinLine};
use fieldpost_testkit::{Actor, TestSite};

use super::bed::{Wire, content, joined, pair, share, site, state};

const S: Duration = Duration::from_secs(1);

/// Two sites and the radio between them.
struct Air {
    sites: [TestSite; 2],
    writers: [Actor; 2],
    channel: String,
    line: ThinLine,
    now: Duration,
}

impl Air {
    /// Two linked sites that share a channel and hold the same.
    async fn new(profile: Profile, seed: u64) -> Self {
        let (hq, edge) = (site("hq", 2 * seed + 500).await, site("edge", 2 * seed + 501).await);
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let channel = admin.channel(&team, "town-square").await;
        pair(&hq, &edge).await;
        share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
        let mut wire = Wire::new(&hq, &edge).await;
        wire.settle().await.unwrap();
        let edgar = joined(&edge, &team, &channel).await;
        wire.settle().await.unwrap();
        drop(wire);
        let places = [&hq, &edge].map(|site| Place::new(site.running().store.clone()));
        let line = ThinLine::new([&places[0], &places[1]], profile, seed, Duration::ZERO);
        let line = line.await.unwrap().without_states();
        Self { sites: [hq, edge], writers: [admin, edgar], channel, line, now: Duration::ZERO }
    }

    /// Lets time pass until nothing happens any more or a time has come.
    async fn until(&mut self, limit: Duration) {
        self.line.rouse();
        loop {
            self.line.step(self.now).await.unwrap();
            let next = self.line.next_event(self.now).filter(|next| *next <= limit);
            let Some(next) = next else { return };
            self.now = next;
        }
    }

    /// Lets everything be said.
    async fn settle(&mut self) {
        self.until(self.now + 24 * 3600 * S).await;
        let at = [
            content(&self.writers[0], &self.channel).await,
            content(&self.writers[1], &self.channel).await,
        ];
        assert_eq!(at[0], at[1]);
        let [hq, edge] = &self.sites;
        assert_eq!(state(hq, &self.channel).await, state(edge, &self.channel).await);
    }

    fn sent(&self) -> u64 {
        Side::BOTH.iter().map(|side| self.line.traffic(*side).offered.bytes).sum()
    }

    /// How long a post takes to the other side, how many bytes its writer's side sends by then, and how
    /// many go in both directions until nothing more does.
    async fn post(&mut self, side: usize, text: &str) -> (Duration, u64, u64) {
        let (from, sent) = (self.now, self.sent());
        let own = |air: &Self| air.line.traffic(Side::BOTH[side]).offered.bytes;
        let before = own(self);
        let post = self.writers[side].say(&self.channel, text).await;
        let path = format!("/posts/{}", post["id"].as_str().unwrap());
        while self.writers[1 - side].get(&path).await.status != 200 {
            let at = self.now;
            let next = self.line.next_event(at).unwrap_or(at + S).max(at + S / 10);
            self.until(next).await;
            self.now = self.now.max(next);
            assert!(self.now < from + 24 * 3600 * S, "a post never arrived");
        }
        let (took, first) = (self.now - from, own(self) - before);
        self.settle().await;
        (took, first, self.sent() - sent)
    }
}

/// Forty bytes.
const TEXT: &str = "Fuel for two days, water for one. Thanks";

#[tokio::test]
async fn a_post_crosses_a_radio_in_seconds_and_an_hour_of_silence_costs_nothing() {
    let radio = |name, rate, turnaround, delay| Profile {
        duplex: Duplex::Half { turnaround: turnaround * S, longest_turn: 120 * S },
        ..Profile::plain(name, rate, delay * S)
    };
    for (profile, limit) in [
        (radio("9600", 9_600, 4, 1), 10),
        (radio("2400", 2_400, 4, 1), 10),
        (radio("75", 75, 30, 5), 60),
    ] {
        let mut air = Air::new(profile, 1).await;
        air.settle().await;
        let (begin, sent) = (air.now, air.sent());
        air.now = begin + 3600 * S;
        air.until(air.now).await;
        assert_eq!(air.sent(), sent, "something was said in silence");
        for side in [0, 1] {
            air.now += 3600 * S;
            let (took, first, bytes) = air.post(side, TEXT).await;
            let name = &profile.name;
            println!("{name} bit/s, from {side}: {took:?}, {first} bytes, {bytes} in all");
            assert!(took <= limit * S, "{name} bit/s: {took:?}");
            assert!(first <= 100, "{name} bit/s: {first} bytes");
        }
        println!("{} bit/s: a conversation began in {begin:?} and {sent} bytes", profile.name);
    }
}

#[tokio::test]
async fn a_post_in_any_language_takes_less_than_a_hundred_bytes() {
    let profile = Profile { duplex: Duplex::Full, ..Profile::plain("2400", 2_400, S) };
    let mut air = Air::new(profile, 7).await;
    air.settle().await;
    for text in [
        "The bridge at the mill is open again today",
        "Міст біля млина сьогодні знову відкритий.",
        "الجسر عند الطاحونة مفتوح مرة أخرى اليوم يا",
        "製粉所のそばの橋は今日また通れるようになりました",
    ] {
        for side in [0, 1] {
            air.now += 3600 * S;
            let (took, first, all) = air.post(side, text).await;
            let letters = text.chars().count();
            println!("{letters} letters: {took:?}, {first} bytes, {all} in all: {text}");
            assert!(first <= 100, "{first} bytes: {text}");
        }
    }
}

#[tokio::test]
async fn many_posts_share_one_proof() {
    let mut air = Air::new(Profile::plain("2400", 2_400, S), 8).await;
    air.settle().await;
    let (before, batches) = (air.sent(), 10);
    for n in 0..batches {
        let post = air.writers[0].say(&air.channel, &format!("{n}: on the way")).await;
        let until = air.now + 20 * S;
        air.until(until).await;
        air.now = until;
        let path = format!("/posts/{}", post["id"].as_str().unwrap());
        assert_eq!(air.writers[1].get(&path).await.status, 200);
    }
    let written = air.line.batches(Side::Left);
    assert_eq!(written, 0, "no batch went while people wrote");
    air.settle().await;
    assert_eq!(air.line.batches(Side::Left), 1);
    println!("{batches} posts: {} bytes in all", air.sent() - before);
}

#[tokio::test]
async fn two_sites_converge_over_radios_that_lose_and_reorder() {
    for named in ["hf-data-9600", "hf-data-2400", "hf-robust"] {
        let profile = Profile { loss: Loss::of(0.05), ..Profile::named(named).unwrap() };
        let mut air = Air::new(profile, 3).await;
        for n in 0..12 {
            let side = n % 2;
            air.writers[side].say(&air.channel, &format!("{n}: {TEXT}")).await;
            let until = air.now + 40 * S;
            air.until(until).await;
            air.now = until;
        }
        air.settle().await;
        assert!(content(&air.writers[1], &air.channel).await.len() >= 12);
        println!("{named}: the same at both after {:?}, {} bytes", air.now, air.sent());
    }
}
