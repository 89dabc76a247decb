//! What one site wrote reaches all that share it, over others.

use std::sync::Arc;

use fieldpost_link::share::{Accept, Which, unshare};
use fieldpost_peer::Routes;
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};

use super::bed::{Wire, administrator, content, enter, joined, pair, share, site, state};
use super::bundles::{bundle, take};
use super::converge::act;
use super::quic;

/// Rounds of talk after which all sites must have come to an end.
const ROUNDS: usize = 200;

/// Some sites, with wires between some of them.
pub(super) struct Net {
    pub(super) sites: Vec<TestSite>,
    pub(super) routes: Vec<Arc<Routes>>,
    pub(super) wires: Vec<([usize; 2], Wire)>,
    admin: Actor,
    pub(super) team: Value,
    pub(super) channel: String,
    pub(super) people: Vec<Actor>,
}

impl Net {
    /// Sites called a, b, c and so on, of which the first has a channel that is shared over each of the
    /// links in turn, with somebody in it at every site.
    pub(super) async fn new(names: &[&str], links: &[[usize; 2]]) -> Self {
        let mut sites = Vec::new();
        for (name, seed) in names.iter().zip(1..) {
            sites.push(site(name, seed).await);
        }
        let routes = names.iter().map(|_| Arc::default()).collect();
        let (admin, team) = sites[0].administrator_with_team("alpha").await;
        let channel = admin.channel(&team, "town-square").await;
        let people = vec![admin.clone()];
        let mut net = Self { sites, routes, wires: Vec::new(), admin, team, channel, people };
        for link in links {
            net.link(*link).await;
            net.settle().await;
        }
        for place in 1..names.len() {
            let person = joined(&net.sites[place], &net.team, &net.channel).await;
            net.people.push(person);
        }
        net.settle().await;
        net
    }

    /// Links two sites, of which the first shares the channel with the second.
    pub(super) async fn link(&mut self, [one, other]: [usize; 2]) {
        let pair_of = [&self.sites[one], &self.sites[other]];
        pair(pair_of[0], pair_of[1]).await;
        let name = pair_of[1].running().store.site().name.clone();
        share(pair_of[0], &name, Which::One("alpha:town-square".to_owned())).await;
        self.connect([one, other]).await;
    }

    pub(super) async fn connect(&mut self, [one, other]: [usize; 2]) {
        let sites = [&self.sites[one], &self.sites[other]];
        let routes = [&self.routes[one], &self.routes[other]];
        let wire = Wire::among(sites, routes, Accept::Auto).await;
        self.wires.push(([one, other], wire));
    }

    /// The line between two sites is cut.
    pub(super) fn cut(&mut self, link: [usize; 2]) {
        self.wires.retain(|(between, _)| *between != link);
    }

    /// Lets some of what is under way arrive, and cuts and connects some of these links, by chance.
    pub(super) async fn stir(&mut self, links: &[[usize; 2]], dice: &mut Dice) {
        for (_, wire) in &mut self.wires {
            let steps = dice.below(12);
            wire.run(steps, dice).await;
        }
        for link in links {
            let is_there = self.wires.iter().any(|(between, _)| between == link);
            match dice.below(3) {
                0 if is_there => self.cut(*link),
                1 if !is_there => self.connect(*link).await,
                _ => {}
            }
        }
    }

    pub(super) async fn settle(&mut self) {
        for _ in 0..ROUNDS {
            let before: usize = self.wires.iter().map(|(_, wire)| wire.bytes).sum();
            for (_, wire) in &mut self.wires {
                wire.settle().await.unwrap();
            }
            if before == self.wires.iter().map(|(_, wire)| wire.bytes).sum::<usize>() {
                return;
            }
        }
        unreachable!("words without end");
    }

    /// How many batches have crossed a link, in each direction.
    pub(super) fn batches(&self, link: [usize; 2]) -> [usize; 2] {
        self.wires.iter().find(|(between, _)| *between == link).unwrap().1.batches
    }

    /// The line between two sites.
    pub(super) fn wire(&mut self, link: [usize; 2]) -> &mut Wire {
        &mut self.wires.iter_mut().find(|(between, _)| *between == link).unwrap().1
    }

    /// Every site holds the same, and people see the same there.
    pub(super) async fn assert_same(&self) {
        let (digest, seen) =
            (state(&self.sites[0], &self.channel).await, content(&self.admin, &self.channel).await);
        for (site, person) in self.sites.iter().zip(&self.people) {
            let name = &site.running().store.site().name;
            assert_eq!(content(person, &self.channel).await, seen, "at {name}");
            assert_eq!(state(site, &self.channel).await, digest, "at {name}");
        }
    }

    pub(super) async fn says(&self, place: usize, message: &str) -> Value {
        self.people[place].say(&self.channel, message).await
    }
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

#[tokio::test]
async fn what_is_written_at_one_end_of_a_chain_is_read_and_answered_at_the_other() {
    let mut net = Net::new(&["a", "b", "c", "d"], &[[0, 1], [1, 2], [2, 3]]).await;
    net.assert_same().await;
    let post = net.says(0, "from one end").await;
    net.settle().await;
    let seen = net.people[3].get(&format!("/posts/{}", id(&post))).await.expect(200);
    assert_eq!(seen["message"], "from one end");
    let author = net.people[3].get(&format!("/users/{}", net.admin.id)).await.expect(200);
    assert_eq!(author["username"], "admin:a");
    let home = format!("/sharedchannels/remote_info/{}", author["remote_id"].as_str().unwrap());
    assert_eq!(net.people[3].get(&home).await.expect(200)["name"], "a");

    let answer = json!({
        "channel_id": net.channel, "root_id": id(&post), "message": "from the other end",
    });
    net.people[3].post("/posts", answer).await.expect(201);
    let reaction = json!({
        "user_id": net.people[3].id, "post_id": id(&post), "emoji_name": "anchor",
    });
    net.people[3].post("/reactions", reaction).await.expect(200);
    let path = format!("/posts/{}/patch", id(&post));
    net.admin.put(&path, json!({ "message": "from one end, corrected" })).await.expect(200);
    net.settle().await;
    let thread = net.admin.get(&format!("/posts/{}/thread", id(&post))).await.expect(200);
    assert_eq!(thread["order"].as_array().unwrap().len(), 2);
    net.assert_same().await;
}

#[tokio::test]
async fn each_log_crosses_each_link_once() {
    let mut net = Net::new(&["a", "b", "c"], &[[0, 1], [1, 2]]).await;
    let before = [net.batches([0, 1]), net.batches([1, 2])];
    net.says(0, "once").await;
    net.settle().await;
    assert_eq!(net.batches([0, 1]), [before[0][0] + 1, before[0][1]]);
    assert_eq!(net.batches([1, 2]), [before[1][0] + 1, before[1][1]]);
    // Nor does a new conversation say again what the last one did.
    for link in [[0, 1], [1, 2]] {
        net.cut(link);
        net.connect(link).await;
    }
    net.settle().await;
    assert_eq!((net.batches([0, 1]), net.batches([1, 2])), ([0, 0], [0, 0]));
}

#[tokio::test]
async fn in_a_ring_each_site_hears_the_others_from_themselves_and_over_the_third_when_cut() {
    let mut net = Net::new(&["a", "b", "c"], &[[0, 1], [1, 2], [0, 2]]).await;
    net.assert_same().await;
    let before = net.batches([1, 2]);
    net.says(0, "straight to both").await;
    net.settle().await;
    net.assert_same().await;
    assert_eq!(net.batches([1, 2]), before);

    net.cut([0, 2]);
    net.says(0, "the long way").await;
    net.says(2, "and back").await;
    net.settle().await;
    net.assert_same().await;

    net.connect([0, 2]).await;
    net.settle().await;
    let before = net.batches([1, 2]);
    net.says(0, "straight again").await;
    net.settle().await;
    net.assert_same().await;
    assert_eq!(net.batches([1, 2]), before);
}

#[tokio::test]
async fn what_one_site_shares_all_of_goes_on_as_far_as_it_is_shared() {
    let mut net = Net::new(&["all", "hub", "one"], &[[0, 1], [1, 2]]).await;
    for (site, with) in [(0, "hub"), (1, "all")] {
        share(&net.sites[site], with, Which::All).await;
    }
    let away = net.admin.channel(&net.team, "off-topic").await;
    net.settle().await;
    net.admin.say(&away, "not for everybody").await;
    let newcomer = net.sites[0].member(&net.admin, &net.team, "newcomer").await;
    newcomer.say(&net.channel, "for everybody").await;
    net.settle().await;
    net.assert_same().await;
    net.people[1].get(&format!("/channels/{away}")).await.expect(200);
    net.people[2].get(&format!("/channels/{away}")).await.expect(404);
    // Who is in the team is known where all is shared.
    let path = format!("/teams/{}/members/{}", id(&net.team), newcomer.id);
    net.people[1].get(&path).await.expect(200);
    net.people[2].get(&path).await.expect(404);
}

#[tokio::test]
async fn what_is_shared_no_longer_is_passed_on_no_longer() {
    let mut net = Net::new(&["a", "hub", "c"], &[[0, 1], [1, 2]]).await;
    let before = net.says(0, "before").await;
    net.settle().await;
    let hub = &net.sites[1].running().store;
    let which = Which::One("alpha:town-square".to_owned());
    let ended = hub.write(&[], move |work| unshare(work, &administrator(), "c", &which).map(drop));
    ended.await.unwrap();
    let after = net.says(0, "after").await;
    net.settle().await;
    net.people[2].get(&format!("/posts/{}", id(&before))).await.expect(200);
    net.people[2].get(&format!("/posts/{}", id(&after))).await.expect(404);
}

#[tokio::test]
async fn in_a_ring_of_four_what_comes_twice_changes_nothing() {
    let links = [[0, 1], [1, 2], [2, 3], [0, 3]];
    let mut net = Net::new(&["a", "b", "c", "d"], &links).await;
    for n in 0..5 {
        net.says(0, &format!("to the far side, {n}")).await;
        net.says(2, &format!("and back, {n}")).await;
    }
    net.settle().await;
    net.assert_same().await;
    let before: Vec<_> = links.map(|link| net.batches(link)).into();
    net.settle().await;
    assert_eq!(links.map(|link| net.batches(link)).to_vec(), before);
}

#[tokio::test]
async fn a_site_that_comes_late_gets_what_all_have_written() {
    let mut net = Net::new(&["hub", "one", "two"], &[[0, 1], [0, 2]]).await;
    for n in 0..120 {
        net.says(1, &format!("one, {n}")).await;
        net.says(2, &format!("two, {n}")).await;
    }
    net.settle().await;
    net.assert_same().await;
    let late = site("late", 9).await;
    net.sites.push(late);
    net.routes.push(Arc::default());
    net.link([0, 3]).await;
    net.settle().await;
    net.people.push(joined(&net.sites[3], &net.team, &net.channel).await);
    net.settle().await;
    net.assert_same().await;
    for site in &net.sites {
        assert_eq!(site.running().store.verify().await.unwrap(), Vec::new());
    }
}

#[tokio::test]
async fn whatever_lines_there_are_meanwhile_all_sites_end_up_with_the_same() {
    const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
    // A tree, and two links more.
    const LINKS: [[usize; 2]; 6] = [[0, 1], [0, 2], [2, 3], [2, 4], [1, 3], [0, 4]];
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        let mut net = Net::new(&NAMES, &LINKS).await;
        let mut known = vec![Vec::new(); NAMES.len()];
        for _ in 0..6 {
            for (who, known) in net.people.iter().zip(&mut known) {
                for _ in 0..dice.below(8) {
                    act(who, &net.channel, known, &mut dice).await;
                }
            }
            net.stir(&LINKS, &mut dice).await;
            if dice.one_in(3) {
                net.settle().await;
                let all: Vec<String> = known.concat();
                known.iter_mut().for_each(|at| at.clone_from(&all));
            }
        }
        for link in LINKS {
            if !net.wires.iter().any(|(between, _)| *between == link) {
                net.connect(link).await;
            }
        }
        net.settle().await;
        net.assert_same().await;
        for site in &net.sites {
            assert_eq!(site.running().store.verify().await.unwrap(), [], "seed {seed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_ships_hear_each_other_over_headquarters_by_real_connections() {
    let hq = quic::site("hq", 1).await;
    let (ship, tug) = (quic::site("ship", 2).await, quic::site("tug", 3).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let channel = admin.channel(&team, "town-square").await;
    let mut crew = Vec::new();
    for (site, name) in [(&ship, "ship"), (&tug, "tug")] {
        quic::link(&hq, site).await;
        quic::share(&hq, name, "alpha:town-square").await;
        let sailor = site.person("sailor").await;
        let path = format!("/channels/{channel}");
        quic::until(site, || async { sailor.get(&path).await.status == 200 }).await;
        enter(&sailor, &team, &channel).await;
        crew.push(sailor);
    }
    let [sailor, skipper] = &crew[..] else { unreachable!() };
    for (from, to, at) in [(sailor, skipper, &tug), (skipper, sailor, &ship)] {
        let post = from.say(&channel, "from one ship to the other").await;
        let path = format!("/posts/{}", id(&post));
        quic::until(at, || async { to.get(&path).await.status == 200 }).await;
    }
    quic::until(&hq, || async {
        let seen = content(&admin, &channel).await;
        seen == content(sailor, &channel).await && seen == content(skipper, &channel).await
    })
    .await;
    let status = ship.running().links.status().await.unwrap();
    let [beyond] = &status.peers[0].beyond[..] else { unreachable!() };
    assert_eq!((beyond.name.as_str(), beyond.is_wanted), ("tug", true));
    let told = ship.local().get("/fieldpost/link").await.expect(200);
    let beyond = &told["peers"][0]["beyond"][0];
    assert_eq!((&beyond["site"], &beyond["used"]), (&json!("tug"), &json!(true)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_holds_what_others_wrote_and_says_what_is_held_of_them() {
    let mut net = Net::new(&["a", "hub", "c"], &[[0, 1], [1, 2]]).await;
    net.cut([1, 2]);
    net.says(0, "by stick").await;
    net.settle().await;
    let stick = bundle(&net.sites[1], "c").await;
    let taken = take(&net.sites[2], &stick).await.unwrap();
    assert!(taken.new_changes > 0);
    let again = take(&net.sites[2], &stick).await.unwrap();
    assert_eq!(again.new_changes, 0);
    net.assert_same().await;
    // Back comes what is held, so that the next bundle need not have it again.
    let receipt = bundle(&net.sites[2], "hub").await;
    take(&net.sites[1], &receipt).await.unwrap();
    let next = bundle(&net.sites[1], "c").await;
    assert_eq!(take(&net.sites[2], &next).await.unwrap().changes, 0);
    net.says(0, "by stick, and by a line").await;
    net.settle().await;
    net.connect([1, 2]).await;
    net.settle().await;
    net.assert_same().await;
}
