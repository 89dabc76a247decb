//! What passes a link is what both sides share, and no more.

use fieldpost_kernel::{Dialect, Outcome, Row, Rows, Value as Param};
use fieldpost_link::share::{self, Which};
use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

use super::bed::{Wire, administrator, joined, pair, share, site};

async fn linked() -> (TestSite, TestSite) {
    let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
    pair(&hq, &edge).await;
    (hq, edge)
}

#[tokio::test]
async fn a_channel_that_is_not_shared_stays_at_home() {
    let (hq, edge) = linked().await;
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let (square, other) =
        (admin.channel(&team, "town-square").await, admin.channel(&team, "off-topic").await);
    let outsider = hq.member(&admin, &team, "olga").await;
    outsider.delete(&format!("/channels/{square}/members/{}", outsider.id)).await.refused(400);
    admin.say(&square, "for both").await;
    admin.say(&other, "for us").await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let local = edge.person("local").await;
    local.get(&format!("/channels/{square}")).await.expect(200);
    local.get(&format!("/channels/{other}")).await.expect(404);
}

#[tokio::test]
async fn sharing_all_shares_what_comes_later_and_never_conversations() {
    let (hq, edge) = linked().await;
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let olga = hq.member(&admin, &team, "olga").await;
    share(&hq, "edge", Which::All).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let local = edge.person("local").await;
    let later = json!({
        "team_id": team["id"], "name": "later", "display_name": "Later", "type": "P",
    });
    let later = admin.post("/channels", later).await.expect(201);
    let direct = admin.post("/channels/direct", json!([admin.id, olga.id])).await.expect(201);
    admin.say(direct["id"].as_str().unwrap(), "between us").await;
    wire.settle().await.unwrap();
    local.get(&format!("/channels/{}", later["id"].as_str().unwrap())).await.expect(200);
    local.get(&format!("/channels/{}", direct["id"].as_str().unwrap())).await.expect(404);
}

#[tokio::test]
async fn after_the_sharing_ends_nothing_more_passes() {
    let (hq, edge) = linked().await;
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let local = edge.person("local").await;
    let which = Which::One("alpha:town-square".to_owned());
    let store = &hq.running().store;
    store
        .write(&[], move |work| share::unshare(work, &administrator(), "edge", &which))
        .await
        .unwrap();
    let after = admin.say(&square, "only here").await;
    wire.settle().await.unwrap();
    local.get(&format!("/posts/{}", after["id"].as_str().unwrap())).await.expect(404);
    local.get(&format!("/channels/{square}")).await.expect(200);
}

/// Rows that count how often they are asked.
struct Counted<'a> {
    rows: &'a mut dyn Rows,
    asked: usize,
}

impl Rows for Counted<'_> {
    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Outcome<u64> {
        self.asked += 1;
        self.rows.execute(sql, params)
    }

    fn query(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Outcome<()>,
    ) -> Outcome<()> {
        self.asked += 1;
        self.rows.query(sql, params, each)
    }

    fn dialect(&self) -> Dialect {
        self.rows.dialect()
    }
}

/// The version of what a site shares with another, and how many queries it took.
async fn version(site: &TestSite, other: &TestSite) -> (share::Version, usize) {
    let other = other.running().store.site().id;
    let asked = move |rows: &mut dyn Rows| {
        let mut counted = Counted { rows, asked: 0 };
        let version = share::version(&mut counted, other)?;
        Ok((version, counted.asked))
    };
    site.running().store.read(asked).await.unwrap()
}

#[tokio::test]
async fn a_commit_that_is_not_about_shares_costs_a_link_one_query() {
    let (hq, edge) = linked().await;
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    share(&hq, "edge", Which::All).await;
    let (before, asked) = version(&hq, &edge).await;
    assert_eq!(asked, 1);
    let post = admin.say(&square, "nothing about shares").await;
    admin.delete(&format!("/posts/{}", post["id"].as_str().unwrap())).await.expect(200);
    hq.person("newcomer").await;
    assert_eq!(version(&hq, &edge).await.0, before);
    let channel = json!({ "team_id": team["id"], "name": "new", "display_name": "N", "type": "O" });
    admin.post("/channels", channel).await.expect(201);
    let after = version(&hq, &edge).await.0;
    assert_ne!(after, before);
    let which = Which::One("alpha:new".to_owned());
    let store = &hq.running().store;
    let ended =
        store.write(&[], move |work| share::unshare(work, &administrator(), "edge", &which));
    ended.await.unwrap();
    assert_ne!(version(&hq, &edge).await.0, after);
}

#[tokio::test]
async fn two_teams_of_one_name_stay_two() {
    let (hq, edge) = linked().await;
    let (_, theirs) = hq.administrator_with_team("alpha").await;
    let (local, ours) = edge.administrator_with_team("alpha").await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let found = local.get("/teams/name/alpha").await.expect(200);
    assert_eq!(found["id"], ours["id"]);
    let other = local.get(&format!("/teams/{}", theirs["id"].as_str().unwrap())).await.expect(200);
    assert!(other["name"].as_str().unwrap().starts_with("alpha-"), "{}", other["name"]);
}

#[tokio::test]
async fn what_was_ended_can_be_shared_again() {
    let (hq, edge) = linked().await;
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    share(&hq, "edge", Which::All).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let store = &hq.running().store;
    store
        .write(&[], |work| share::unshare(work, &administrator(), "edge", &Which::All))
        .await
        .unwrap();
    wire.settle().await.unwrap();
    let between = admin.say(&square, "said meanwhile").await;
    share(&hq, "edge", Which::All).await;
    wire.settle().await.unwrap();
    let local = edge.person("local").await;
    local.get(&format!("/posts/{}", between["id"].as_str().unwrap())).await.expect(200);
}

#[tokio::test]
async fn what_was_sent_before_the_end_was_heard_is_no_offence() {
    let (hq, edge) = linked().await;
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let edgar = joined(&edge, &team, &square).await;
    wire.settle().await.unwrap();
    let late = edgar.say(&square, "on its way").await;
    assert!(wire.ends[1].speak().await.unwrap());
    let which = Which::One("alpha:town-square".to_owned());
    let store = &hq.running().store;
    store
        .write(&[], move |work| share::unshare(work, &administrator(), "edge", &which))
        .await
        .unwrap();
    wire.settle().await.unwrap();
    let path = format!("/posts/{}", late["id"].as_str().unwrap());
    admin.get(&path).await.expect(404);
    // It comes once the channel is shared again.
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    wire.settle().await.unwrap();
    admin.get(&path).await.expect(200);
}

#[tokio::test]
async fn what_an_administrator_ended_a_peer_does_not_open_again() {
    let (hq, edge) = linked().await;
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let edgar = joined(&edge, &team, &square).await;
    // A channel of the peer's own making: its offer is accepted without a question.
    let theirs = json!({
        "team_id": team["id"], "name": "theirs", "display_name": "Theirs", "type": "O",
    });
    edgar.post("/channels", theirs).await.expect(201);
    let which = || Which::One("alpha:theirs".to_owned());
    share(&edge, "hq", which()).await;
    wire.settle().await.unwrap();
    let unshare = async |site: &TestSite, with: &'static str| {
        let store = &site.running().store;
        let ended = store.write(&[], move |work| {
            share::unshare(work, &administrator(), with, &Which::One("alpha:theirs".to_owned()))
        });
        ended.await.unwrap();
    };
    let peer = edge.running().store.site().id;
    let mine = async || {
        let store = &hq.running().store;
        store.read(move |rows| share::mine(rows, peer)).await.unwrap().len()
    };
    assert_eq!(mine().await, 2);
    unshare(&hq, "edge").await;
    wire.settle().await.unwrap();
    unshare(&edge, "hq").await;
    wire.settle().await.unwrap();
    share(&edge, "hq", which()).await;
    wire.settle().await.unwrap();
    assert_eq!(mine().await, 1);
}

#[tokio::test]
async fn clients_are_told_when_a_channel_begins_and_ends_to_be_shared() {
    let (hq, edge) = linked().await;
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let path = format!("/channels/{square}");
    let mut socket = admin.socket().await;
    assert_eq!(admin.get(&path).await.expect(200)["shared"], Value::Null);

    let square_only = || Which::One("alpha:town-square".to_owned());
    share(&hq, "edge", square_only()).await;
    // They may be told of it more than once.
    let told = async |socket: &mut fieldpost_testkit::TestSocket, is_shared: Value| {
        loop {
            let event = socket.event("channel_updated").await;
            let channel = event["data"]["channel"].as_str().unwrap();
            let channel: Value = serde_json::from_str(channel).unwrap();
            assert_eq!(channel["id"], square);
            if channel["shared"] == is_shared {
                break;
            }
        }
    };
    told(&mut socket, true.into()).await;
    assert_eq!(admin.get(&path).await.expect(200)["shared"], true);
    let list = format!("/users/me/teams/{}/channels", team["id"].as_str().unwrap());
    let list = admin.get(&list).await.expect(200);
    let is_shared = |channel: &&Value| channel["shared"] == true;
    let shared: Vec<&Value> = list.as_array().unwrap().iter().filter(is_shared).collect();
    assert_eq!((shared.len(), &shared[0]["id"]), (1, &Value::from(square.as_str())));

    // At the other site it is from the moment at which it is known there.
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let edgar = joined(&edge, &team, &square).await;
    wire.settle().await.unwrap();
    assert_eq!(edgar.get(&path).await.expect(200)["shared"], true);
    let mut at_edge = edgar.socket().await;

    let store = &hq.running().store;
    let which = square_only();
    let ended = store
        .write(&[], move |work| share::unshare(work, &administrator(), "edge", &which).map(drop));
    ended.await.unwrap();
    told(&mut socket, Value::Null).await;
    wire.settle().await.unwrap();
    told(&mut at_edge, Value::Null).await;
    assert_eq!(edgar.get(&path).await.expect(200)["shared"], Value::Null);

    share(&hq, "edge", square_only()).await;
    told(&mut socket, true.into()).await;
    let removed = store
        .write(&[], |work| fieldpost_link::peer::remove(work, &administrator(), "edge").map(drop));
    removed.await.unwrap();
    told(&mut socket, Value::Null).await;
}
