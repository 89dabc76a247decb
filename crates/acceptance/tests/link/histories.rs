//! Whatever people do at two linked sites, and whatever happens to the sites and the link meanwhile,
//! both sites end up with the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use fieldpost_kernel::Position;
use fieldpost_link::share::Which;
use fieldpost_link::status;
use fieldpost_link::{Mode, peer};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::Id;
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::bed::{Wire, administrator, content, joined, pair, share, site};
use super::people::People;

/// An hour, in milliseconds.
const HOUR: i64 = 60 * 60 * 1000;

/// How many histories are tried, unless the environment says more.
const SEEDS: u64 = 24;

/// Whether the sites are on a database server.
fn is_on_postgres() -> bool {
    std::env::var("FIELDPOST_TEST_ENGINE").is_ok_and(|engine| engine == "postgres")
}

/// Two linked sites that share everything.
struct Bed {
    sites: [TestSite; 2],
    wire: Wire,
    people: [People; 2],
    folder: TempDir,
}

impl Bed {
    async fn new(seed: u64) -> Self {
        let (hq, edge) = (site("hq", 2 * seed + 5000).await, site("edge", 2 * seed + 5001).await);
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let channel = admin.channel(&team, "town-square").await;
        let hq_people = People::new((&hq, "hq"), admin, &team, &channel).await;
        pair(&hq, &edge).await;
        share(&hq, "edge", Which::All).await;
        share(&edge, "hq", Which::All).await;
        let mut wire = Wire::new(&hq, &edge).await;
        wire.settle().await.unwrap();
        let edgar = joined(&edge, &team, &channel).await;
        let edge_people = People::new((&edge, "edge"), edgar, &team, &channel).await;
        wire.settle().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { sites: [hq, edge], wire, people: [hq_people, edge_people], folder }
    }

    async fn settle(&mut self) {
        self.wire.settle().await.unwrap();
        let known: BTreeSet<_> = self.people.iter().flat_map(|at| at.known.clone()).collect();
        for channel in self.channels(0).await {
            for people in &mut self.people {
                people.find(&channel).await;
            }
        }
        for people in &mut self.people {
            people.known = known.iter().cloned().collect();
        }
        self.wire.settle().await.unwrap();
    }

    /// People at both sites do some things, apart.
    async fn live(&mut self, dice: &mut Dice) {
        for side in [0, 1] {
            for _ in 0..dice.below(12) {
                self.people[side].act(dice).await;
            }
            let skew = [0, 0, 1000, HOUR, -HOUR][dice.below(5)];
            self.sites[side].clock().advance(skew);
        }
    }

    /// Some frames pass, some of them twice.
    async fn pass(&mut self, dice: &mut Dice) {
        for _ in 0..dice.below(4) {
            let steps = dice.below(8);
            self.wire.run(steps, dice).await;
            let from = dice.below(2);
            self.wire.repeat(from, dice).await.unwrap();
        }
    }

    async fn cut(&mut self, forgets: [bool; 2]) {
        let [hq, edge] = &self.sites;
        self.wire.cut([hq, edge], forgets).await;
    }

    async fn restart(&mut self, side: usize) {
        self.wire.ends[side].hang_up();
        self.sites[side].restart().await;
        self.people[side].moved(&self.sites[side]);
        self.cut([side == 0, side == 1]).await;
    }

    /// The edge is put back to what it was some time ago. What it wrote since had all left it, and comes
    /// back, or had not left it, and is lost; what is shared is the same as then.
    async fn lose_time(&mut self, dice: &mut Dice) {
        if is_on_postgres() {
            // A database server has tools of its own.
            return self.restart(1).await;
        }
        self.settle().await;
        let saved: PathBuf = self.folder.path().join(format!("{}.backup", dice.below(1 << 30)));
        fieldpost_server::backup::save(self.sites[1].data(), &saved).unwrap();
        let (said, known, channels) = {
            let people = &self.people[1];
            (people.said.clone(), people.known.clone(), people.channels.clone())
        };
        if dice.one_in(2) {
            self.live(dice).await;
            self.settle().await;
        } else {
            set_mode(&self.sites[1], Mode::Paused).await;
            self.people.iter_mut().for_each(|at| at.founding = false);
            self.live(dice).await;
            self.pass(dice).await;
            self.people.iter_mut().for_each(|at| at.founding = true);
            let people = &mut self.people[1];
            (people.said, people.known, people.channels) = (said, known, channels);
        }
        self.wire.ends[1].hang_up();
        self.sites[1].restore(&saved).await;
        self.people[1].moved(&self.sites[1]);
        self.live(dice).await;
        let forgets = dice.one_in(2);
        self.cut([forgets, true]).await;
    }

    /// The channels that pass the link, as a side sees it.
    async fn shared(&self, side: usize) -> BTreeMap<Id, ([u8; 32], bool)> {
        let other = self.sites[1 - side].running().store.site().id;
        let store = &self.sites[side].running().store;
        let shared = store.read(move |rows| status::shared(rows, other)).await.unwrap();
        shared.into_iter().map(|one| (one.channel, (one.state, one.mutual))).collect()
    }

    async fn channels(&self, side: usize) -> Vec<String> {
        self.shared(side).await.into_keys().map(|id| id.to_string()).collect()
    }

    async fn assert_equal(&self, why: &str) {
        let (at_hq, at_edge) = (self.shared(0).await, self.shared(1).await);
        assert_eq!(at_hq, at_edge, "{why}");
        assert!(at_hq.values().all(|(_, mutual)| *mutual), "{why}");
        let scopes = common(&self.sites[0], &self.sites[1]).await;
        let (hq, edge) =
            (hashes(&self.sites[0], &scopes).await, hashes(&self.sites[1], &scopes).await);
        assert_eq!(hq, edge, "{why}");
        let readers = [&self.people[0].actors[0], &self.people[1].actors[0]];
        let mut present = BTreeSet::new();
        for channel in self.channels(0).await {
            let [hq, edge] = [seen(readers[0], &channel).await, seen(readers[1], &channel).await];
            assert_eq!(hq, edge, "{why}: {channel}");
            present.extend(content(readers[0], &channel).await.into_keys());
        }
        let gone = self.deleted().await;
        for post in self.people.iter().flat_map(|at| at.said.keys()) {
            assert!(present.contains(post) || gone.contains(post), "{why}: {post} is lost");
        }
        self.assert_people(why).await;
        for site in &self.sites {
            assert_eq!(site.running().store.verify().await.unwrap(), [], "{why}");
        }
    }

    /// Posts that somebody deleted, or whose thread is deleted.
    async fn deleted(&self) -> BTreeSet<String> {
        let mut gone = BTreeSet::new();
        for at in &self.people {
            for (post, channel) in &at.known {
                let path = format!("/channels/{channel}/posts?since=1");
                if !at.said.contains_key(post) || gone.contains(post) {
                    gone.insert(post.clone());
                    continue;
                }
                let list = at.actors[0].get(&path).await.expect(200);
                for (id, post) in list["posts"].as_object().unwrap() {
                    if post["delete_at"].as_i64().unwrap() > 0 {
                        gone.insert(id.clone());
                    }
                }
            }
        }
        gone
    }

    /// Everybody is known by the same properties at both sites, and by their name with that of
    /// their site elsewhere.
    async fn assert_people(&self, why: &str) {
        let names = ["hq", "edge"];
        for side in [0, 1] {
            for person in &self.people[side].actors {
                let path = format!("/users/{}", person.id);
                let home = self.people[side].actors[0].get(&path).await.expect(200);
                let away = self.people[1 - side].actors[0].get(&path).await.expect(200);
                // Of two who were given back with one name, one has a part of their id behind it.
                let name = home["username"].as_str().unwrap();
                let there = match name.split_once(':') {
                    Some((name, apart)) => format!("{name}:{}-{apart}", names[side]),
                    None => format!("{name}:{}", names[side]),
                };
                assert_eq!(away["username"], there, "{why}");
                for field in ["nickname", "position", "first_name", "last_name"] {
                    assert_eq!(home[field], away[field], "{why}: {field} of {there}");
                }
            }
        }
    }
}

/// What a client sees of a channel: its properties, its members, its posts.
async fn seen(reader: &Actor, id: &str) -> Value {
    let path = format!("/channels/{id}");
    let channel = reader.get(&path).await.expect(200);
    let members = reader.get(&format!("{path}/members?per_page=200")).await.expect(200);
    let members: BTreeSet<&str> =
        members.as_array().unwrap().iter().map(|m| m["user_id"].as_str().unwrap()).collect();
    json!({
        "type": channel["type"], "display_name": channel["display_name"],
        "header": channel["header"], "purpose": channel["purpose"],
        "team_id": channel["team_id"], "creator_id": channel["creator_id"],
        "members": members, "posts": content(reader, id).await,
    })
}

async fn set_mode(site: &TestSite, mode: Mode) {
    let set = move |work: &mut fieldpost_kernel::Work<'_>| {
        peer::set_mode(work, &administrator(), "hq", mode).map(drop)
    };
    site.running().store.write(&[], set).await.unwrap();
}

/// The scopes that pass the link and that both sites have.
async fn common(one: &TestSite, other: &TestSite) -> Vec<Scope> {
    let mut found: Vec<BTreeSet<Scope>> = Vec::new();
    for site in [one, other] {
        site.settle().await;
        let all = site.running().store.changes_after(Position::default(), 1_000_000).await;
        let scopes = all.unwrap().into_iter().map(|change| change.name.scope);
        found.push(scopes.filter(|scope| scope.is_chained()).collect());
    }
    let passes = |scope: &&Scope| {
        !matches!(scope.kind, ScopeKind::Conversation | ScopeKind::Private | ScopeKind::Site)
    };
    found[0].intersection(&found[1]).filter(passes).copied().collect()
}

async fn hashes(site: &TestSite, scopes: &[Scope]) -> BTreeMap<Scope, String> {
    let mut found = BTreeMap::new();
    for scope in scopes {
        let digest = site.running().store.state_hash(*scope).await.unwrap();
        found.insert(*scope, digest.to_string());
    }
    found
}

async fn history(seed: u64) {
    let mut dice = Dice::new(seed);
    let mut bed = Bed::new(seed).await;
    for _ in 0..3 + dice.below(4) {
        bed.live(&mut dice).await;
        bed.pass(&mut dice).await;
        match dice.below(8) {
            0..=2 => bed.cut([dice.one_in(3), dice.one_in(3)]).await,
            3 => bed.restart(dice.below(2)).await,
            4 => bed.lose_time(&mut dice).await,
            _ => bed.settle().await,
        }
    }
    bed.settle().await;
    bed.assert_equal(&format!("seed {seed}")).await;
}

/// `FIELDPOST_HISTORIES` tries so many histories; `FIELDPOST_HISTORY` is the first one's seed.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let first = number("FIELDPOST_HISTORY").unwrap_or(0);
    first..first + number("FIELDPOST_HISTORIES").unwrap_or(SEEDS)
}

/// Tries every second history, so that two can be tried at the same time.
async fn every_second(first: usize) {
    for seed in seeds().skip(first).step_by(2) {
        history(seed).await;
    }
}

#[tokio::test]
async fn whatever_happens_at_two_linked_sites_they_end_up_with_the_same() {
    every_second(0).await;
}

#[tokio::test]
async fn whatever_else_happens_they_end_up_with_the_same() {
    every_second(1).await;
}

/// Puts the edge back from a backup that is older than a channel, which one of the sites made.
async fn restored_to_before_a_channel(maker: usize) -> (Bed, String) {
    let mut bed = Bed::new(77).await;
    let saved = bed.folder.path().join("before the channel");
    if !is_on_postgres() {
        fieldpost_server::backup::save(bed.sites[1].data(), &saved).unwrap();
    }
    let team = bed.people[0].actors[0].get("/teams/name/alpha").await.expect(200);
    let new = json!({ "team_id": team["id"], "name": "later", "display_name": "L", "type": "O" });
    let new = bed.people[maker].actors[0].post("/channels", new).await.expect(201);
    bed.wire.settle().await.unwrap();
    bed.wire.ends[1].hang_up();
    if is_on_postgres() {
        // A database server has backups of its own; so it only starts again.
        bed.sites[1].restart().await;
    } else {
        bed.sites[1].restore(&saved).await;
    }
    bed.people[1].moved(&bed.sites[1]);
    bed.cut([false, true]).await;
    bed.wire.settle().await.unwrap();
    (bed, new["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_site_that_was_put_back_has_what_the_other_shares_since() {
    let (bed, channel) = restored_to_before_a_channel(0).await;
    bed.people[1].actors[0].get(&format!("/channels/{channel}")).await.expect(200);
}

#[tokio::test]
async fn a_site_that_forgot_a_channel_of_its_own_does_not_end_its_sharing() {
    let (mut bed, channel) = restored_to_before_a_channel(1).await;
    // Both are at rest, and what is said there goes on.
    bed.people[0].actors[0].get(&format!("/channels/{channel}")).await.expect(200);
    bed.wire.settle().await.unwrap();
}
