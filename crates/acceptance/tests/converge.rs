//! Two sites that write apart and exchange what they wrote, in any order, mean the same by it.

use std::collections::BTreeMap;

use fieldpost_kernel::{Change, Position};
use fieldpost_log::Scope;
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};

/// What a site has that others may have.
async fn shareable(site: &TestSite) -> Vec<Change> {
    let store = &site.running().store;
    site.settle().await;
    let all = store.changes_after(Position::default(), 1_000_000).await.unwrap();
    all.into_iter().filter(|change| change.name.scope.is_chained()).collect()
}

/// Gives a site what another one has, shuffled, some of it twice.
async fn exchange(from: &TestSite, into: &TestSite, dice: &mut Dice) {
    let mut changes = shareable(from).await;
    dice.shuffle(&mut changes);
    let again: Vec<Change> = changes.iter().take(10).cloned().collect();
    for change in changes.into_iter().chain(again) {
        into.running().store.write(&[], move |work| work.receive(&change)).await.unwrap();
    }
}

/// The state hash of each scope that either of two sites has.
async fn hashes(site: &TestSite, scopes: &[Scope]) -> BTreeMap<Scope, String> {
    let mut found = BTreeMap::new();
    for scope in scopes {
        let digest = site.running().store.state_hash(*scope).await.unwrap();
        found.insert(*scope, digest.to_string());
    }
    found
}

/// What a client sees of a channel: every post without what is each site's own business.
async fn content(reader: &Actor, channel: &str) -> BTreeMap<String, Value> {
    let path = format!("/channels/{channel}/posts?per_page=200");
    let list = reader.get(&path).await.expect(200);
    let mut posts = BTreeMap::new();
    for (id, post) in list["posts"].as_object().unwrap() {
        let seen = json!({
            "message": post["message"], "user_id": post["user_id"], "root_id": post["root_id"],
            "create_at": post["create_at"], "reply_count": post["reply_count"],
            "is_pinned": post["is_pinned"], "edit_at": post["edit_at"],
        });
        posts.insert(id.clone(), seen);
    }
    posts
}

async fn another_site(seed: u64) -> TestSite {
    TestSite::start_with(|config| {
        config.entropy = std::sync::Arc::new(fieldpost_testkit::SeededEntropy::new(seed));
    })
    .await
}

/// An administrator of a site who was brought into a team that came from elsewhere.
async fn joined(site: &TestSite, team: &Value) -> Actor {
    let admin = site.person("edge").await;
    let path = format!("/teams/{}/members", team["id"].as_str().unwrap());
    let member = json!({ "team_id": team["id"], "user_id": admin.id });
    admin.post(&path, member).await.expect(201);
    admin
}

#[tokio::test]
async fn two_sites_that_wrote_apart_converge() {
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (hq_admin, team) = hq.administrator_with_team("alpha").await;
        let square = hq_admin.channel(&team, "town-square").await;
        exchange(&hq, &edge, &mut dice).await;
        let edge_admin = joined(&edge, &team).await;

        for turn in 0..12 {
            for (who, name) in [(&hq_admin, "hq"), (&edge_admin, "edge")] {
                let post = who.say(&square, &format!("{name} says {turn}")).await;
                if dice.one_in(3) {
                    let reply = json!({
                        "channel_id": square, "message": "reply", "root_id": post["id"],
                    });
                    who.post("/posts", reply).await.expect(201);
                }
            }
            if dice.one_in(4) {
                exchange(&hq, &edge, &mut dice).await;
            }
            if dice.one_in(4) {
                exchange(&edge, &hq, &mut dice).await;
            }
        }
        exchange(&hq, &edge, &mut dice).await;
        exchange(&edge, &hq, &mut dice).await;

        let mut scopes: Vec<Scope> =
            shareable(&hq).await.iter().map(|change| change.name.scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        assert_eq!(hashes(&hq, &scopes).await, hashes(&edge, &scopes).await, "seed {seed}");
        let (at_hq, at_edge) =
            (content(&hq_admin, &square).await, content(&edge_admin, &square).await);
        assert_eq!(at_hq, at_edge, "seed {seed}");
        assert!(at_hq.len() >= 24);
    }
}

#[tokio::test]
async fn people_of_another_site_are_seen_to_be_from_elsewhere() {
    let (hq, edge) = (another_site(100).await, another_site(200).await);
    let (admin, _) = hq.administrator_with_team("alpha").await;
    let local = edge.person("admin").await;
    exchange(&hq, &edge, &mut Dice::new(1)).await;
    let remote = local.get(&format!("/users/{}", admin.id)).await.expect(200);
    assert!(remote["username"].as_str().unwrap().starts_with("admin:"));
    assert_ne!(remote["remote_id"].as_str().unwrap_or_default(), "");
    assert_eq!(local.get("/users/me").await.expect(200)["username"], "admin");
    // Whoever they are, their password is known at home only.
    let login = json!({ "login_id": remote["username"], "password": "correct horse battery" });
    edge.stranger().post("/users/login", login).await.expect(401);
}

#[tokio::test]
async fn a_post_that_arrives_late_is_unread_although_it_is_old() {
    let (hq, edge) = (another_site(100).await, another_site(200).await);
    let (hq_admin, team) = hq.administrator_with_team("alpha").await;
    let square = hq_admin.channel(&team, "town-square").await;
    let mut dice = Dice::new(1);
    exchange(&hq, &edge, &mut dice).await;
    let edge_admin = joined(&edge, &team).await;
    let late = edge_admin.say(&square, "written long ago").await;
    hq.clock().advance(3 * 60 * 60 * 1000);
    hq_admin.say(&square, "written since").await;
    let before = hq_admin.get(&format!("/channels/{square}")).await.expect(200);
    hq.settle().await;
    let mut socket = hq_admin.socket().await;
    socket.event("hello").await;
    exchange(&edge, &hq, &mut dice).await;

    // Notices of who joined arrive too, in any order.
    let says = |posted: &Value| posted["data"]["post"].as_str().unwrap().contains("long ago");
    while !says(&socket.event("posted").await) {}
    let list = hq_admin.get(&format!("/channels/{square}/posts")).await.expect(200);
    let id = late["id"].as_str().unwrap();
    let arrived = &list["posts"][id];
    assert_eq!(arrived["create_at"], late["create_at"]);
    assert!(arrived["update_at"].as_i64() > before["last_post_at"].as_i64());
    // It stands where it belongs in time, before what was written since.
    let order = list["order"].as_array().unwrap();
    let place = |id: &str| order.iter().position(|o| o == id).unwrap();
    assert_eq!(order[0].as_str().map(|newest| place(newest) < place(id)), Some(true));
    let path = format!("/channels/{square}/members/me");
    let member = hq_admin.get(&path).await.expect(200);
    let channel = hq_admin.get(&format!("/channels/{square}")).await.expect(200);
    let unread =
        channel["total_msg_count"].as_i64().unwrap() - member["msg_count"].as_i64().unwrap();
    assert_eq!(unread, 1);
}
