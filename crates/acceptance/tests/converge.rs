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
async fn people_who_swapped_their_names_are_called_as_at_home_in_whatever_order_that_comes() {
    for seed in 0..6 {
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let local = edge.person("edgar").await;
        let mut people = Vec::new();
        for name in ["anna", "bert", "carl"] {
            people.push(hq.member(&admin, &team, name).await.id);
        }
        let mut dice = Dice::new(seed);
        let known_before = dice.one_in(2);
        if known_before {
            exchange(&hq, &edge, &mut dice).await;
        }
        // Each takes the name of the next, and the last one that of the first.
        let names = [(0, "aside"), (2, "anna"), (1, "carl"), (0, "bert")];
        for (person, name) in names {
            let path = format!("/users/{}/patch", people[person]);
            admin.put(&path, json!({ "username": name })).await.expect(200);
        }
        exchange(&hq, &edge, &mut dice).await;
        for person in people {
            let at_home = admin.get(&format!("/users/{person}")).await.expect(200);
            let here = local.get(&format!("/users/{person}")).await.expect(200);
            let here = here["username"].as_str().unwrap();
            let (name, site) = here.split_once(':').unwrap();
            assert_eq!(at_home["username"], name, "seed {seed}");
            assert_eq!(site.len(), 6, "seed {seed}: {here}");
        }
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

/// What a person does to a post that others may be changing at the same time.
async fn meddle(who: &Actor, post: &str, dice: &mut Dice) {
    let path = format!("/posts/{post}");
    let reaction = format!("/users/me{path}/reactions/eyes");
    let react = json!({ "user_id": who.id, "post_id": post, "emoji_name": "eyes" });
    // Whether it is there by now depends on what has arrived: nothing is expected.
    let reply = if dice.one_in(2) {
        let text = json!({ "message": format!("{} was here", who.id) });
        who.put(&format!("{path}/patch"), text).await
    } else if dice.one_in(3) {
        who.put(&format!("{path}/patch"), json!({ "is_pinned": dice.one_in(2) })).await
    } else if dice.one_in(3) {
        who.delete(&path).await
    } else if dice.one_in(2) {
        who.post("/reactions", react).await
    } else {
        who.delete(&reaction).await
    };
    assert!(reply.status < 500, "status {}", reply.status);
}

#[tokio::test]
async fn edits_pins_deletions_and_reactions_written_apart_converge() {
    for seed in 10..14 {
        let mut dice = Dice::new(seed);
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (hq_admin, team) = hq.administrator_with_team("alpha").await;
        let square = hq_admin.channel(&team, "town-square").await;
        let mut posts = Vec::new();
        for n in 0..4 {
            let post = hq_admin.say(&square, &format!("post {n}")).await;
            posts.push(post["id"].as_str().unwrap().to_owned());
            let reply = json!({ "channel_id": square, "message": "reply", "root_id": post["id"] });
            let reply = hq_admin.post("/posts", reply).await.expect(201);
            posts.push(reply["id"].as_str().unwrap().to_owned());
        }
        exchange(&hq, &edge, &mut dice).await;
        let edge_admin = joined(&edge, &team).await;
        for _ in 0..3 {
            for post in &posts {
                meddle(&hq_admin, post, &mut dice).await;
                meddle(&edge_admin, post, &mut dice).await;
            }
            // A reply to what the other side may be deleting.
            let reply = json!({ "channel_id": square, "message": "late", "root_id": posts[0] });
            assert!(edge_admin.post("/posts", reply).await.status < 500);
            if dice.one_in(2) {
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
    }
}

#[tokio::test]
async fn an_edit_and_a_deletion_wait_for_their_post() {
    let (hq, edge) = (another_site(100).await, another_site(200).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let (edited, gone) = (admin.say(&square, "first").await, admin.say(&square, "gone").await);
    let path = |post: &Value| format!("/posts/{}", post["id"].as_str().unwrap());
    for text in ["second", "third"] {
        let patch = json!({ "message": text });
        admin.put(&format!("{}/patch", path(&edited)), patch).await.expect(200);
    }
    admin.delete(&path(&gone)).await.expect(200);
    // The newest change comes first: everything waits for what it speaks of.
    let mut changes = shareable(&hq).await;
    changes.reverse();
    for change in changes {
        edge.running().store.write(&[], move |work| work.receive(&change)).await.unwrap();
    }
    let reader = joined(&edge, &team).await;
    assert_eq!(reader.get(&path(&edited)).await.expect(200)["message"], "third");
    reader.get(&path(&gone)).await.expect(404);
    let history = format!("/channels/{square}/posts?since=1");
    let list = reader.get(&history).await.expect(200);
    let versions = list["posts"].as_object().unwrap().values();
    assert_eq!(versions.filter(|post| post["original_id"] == edited["id"]).count(), 2);
}

#[tokio::test]
async fn whatever_is_replicated_of_a_post_is_in_the_state_hash() {
    let site = another_site(100).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let post = admin.say(&square, "first").await;
    let scopes: Vec<Scope> =
        shareable(&site).await.iter().map(|change| change.name.scope).collect();
    let mut known = vec![hashes(&site, &scopes).await];
    let mut before = known[0].clone();
    let path = format!("/posts/{}", post["id"].as_str().unwrap());
    let react = json!({ "user_id": admin.id, "post_id": post["id"], "emoji_name": "eyes" });
    let unreact = format!("/users/me{path}/reactions/eyes");
    let patch = format!("{path}/patch");
    for step in 0..7 {
        let reply = match step {
            0 => admin.put(&patch, json!({ "message": "second" })).await,
            1 => admin.put(&patch, json!({ "props": { "colour": "red" } })).await,
            2 => admin.put(&patch, json!({ "message": "first", "props": {} })).await,
            3 => admin.post(&format!("{path}/pin"), json!({})).await,
            4 => admin.post("/reactions", react.clone()).await,
            5 => admin.delete(&unreact).await,
            _ => admin.delete(&path).await,
        };
        reply.expect(200);
        let now = hashes(&site, &scopes).await;
        if step == 5 {
            // What was taken back is as if it had never been.
            assert_eq!(now, before);
            continue;
        }
        assert!(!known.contains(&now), "step {step} is not in the hash");
        before = known[known.len() - 1].clone();
        known.push(now);
    }
}

#[tokio::test]
async fn history_opens_at_a_post_that_arrived_late() {
    let (hq, edge) = (another_site(100).await, another_site(200).await);
    let (hq_admin, team) = hq.administrator_with_team("alpha").await;
    let square = hq_admin.channel(&team, "town-square").await;
    let mut dice = Dice::new(1);
    exchange(&hq, &edge, &mut dice).await;
    let edge_admin = joined(&edge, &team).await;
    exchange(&edge, &hq, &mut dice).await;
    let late = edge_admin.say(&square, "written long ago").await;
    hq.clock().advance(3 * 60 * 60 * 1000);
    hq_admin.say(&square, "written since").await;
    let path = format!("/users/me/channels/{square}/posts/unread?limit_before=0&limit_after=1");
    exchange(&edge, &hq, &mut dice).await;
    let list = hq_admin.get(&path).await.expect(200);
    assert_eq!(list["order"], json!([late["id"]]));
}

#[tokio::test]
async fn files_hang_on_their_posts_in_whatever_order_both_arrive() {
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (hq_admin, team) = hq.administrator_with_team("alpha").await;
        let square = hq_admin.channel(&team, "town-square").await;
        let other = hq_admin.channel(&team, "off-topic").await;
        let mut posts = Vec::new();
        for channel in [&square, &other] {
            let path = format!("/files?channel_id={square}&filename=x.txt");
            let file = hq_admin.send("POST".parse().unwrap(), &path, b"x".to_vec()).await;
            let file = file.expect(201)["file_infos"][0]["id"].clone();
            let post = json!({ "channel_id": channel, "message": "", "file_ids": [file] });
            posts.push(hq_admin.post("/posts", post).await.expect(201));
        }
        let taken = json!({ "file_ids": [], "message": "none" });
        let path = format!("/posts/{}/patch", posts[1]["id"].as_str().unwrap());
        hq_admin.put(&path, taken).await.expect(200);
        exchange(&hq, &edge, &mut dice).await;
        let edge_admin = joined(&edge, &team).await;
        let path = |post: &Value| format!("/posts/{}", post["id"].as_str().unwrap());
        let seen = edge_admin.get(&path(&posts[0])).await.expect(200);
        let files = &seen["metadata"]["files"];
        assert_eq!(files[0]["name"], "x.txt", "seed {seed}");
        assert_eq!(files[0]["post_id"], posts[0]["id"]);
        // The bytes have not come with it.
        let content = format!("/files/{}", files[0]["id"].as_str().unwrap());
        edge_admin.get(&content).await.expect(404);
        let seen = edge_admin.get(&path(&posts[1])).await.expect(200);
        assert_eq!(seen["metadata"].get("files"), None, "seed {seed}");
        exchange(&edge, &hq, &mut dice).await;
        let mut scopes: Vec<Scope> =
            shareable(&hq).await.iter().map(|change| change.name.scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes.retain(|scope| [&square, &other].iter().any(|id| **id == scope.id.to_string()));
        assert_eq!(hashes(&hq, &scopes).await, hashes(&edge, &scopes).await, "seed {seed}");
    }
}

#[tokio::test]
async fn priorities_and_acknowledgements_written_apart_converge() {
    for seed in 20..24 {
        let mut dice = Dice::new(seed);
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (hq_admin, team) = hq.administrator_with_team("alpha").await;
        let square = hq_admin.channel(&team, "town-square").await;
        let mut posts = Vec::new();
        for level in ["", "important", "urgent", "urgent"] {
            let priority = json!({ "priority": level, "requested_ack": true });
            let post = json!({
                "channel_id": square, "message": level, "metadata": { "priority": priority },
            });
            let post = hq_admin.post("/posts", post).await.expect(201);
            posts.push(post["id"].as_str().unwrap().to_owned());
        }
        exchange(&hq, &edge, &mut dice).await;
        let edge_admin = joined(&edge, &team).await;
        let acknowledge = |post: &str| format!("/users/me/posts/{post}/ack");
        for _ in 0..8 {
            for who in [&hq_admin, &edge_admin] {
                let path = acknowledge(&posts[dice.below(posts.len())]);
                who.post(&path, json!({})).await.expect(200);
                if dice.one_in(2) {
                    who.delete(&path).await.expect(200);
                }
            }
            if dice.one_in(3) {
                exchange(&edge, &hq, &mut dice).await;
            }
        }
        // Of a post that is gone nothing stands, whatever is still said of it.
        hq_admin.delete(&format!("/posts/{}", posts[3])).await.expect(200);
        edge_admin.post(&acknowledge(&posts[3]), json!({})).await.expect(200);
        edge_admin.post(&acknowledge(&posts[1]), json!({})).await.expect(200);
        exchange(&hq, &edge, &mut dice).await;
        exchange(&edge, &hq, &mut dice).await;
        let mut scopes: Vec<Scope> =
            shareable(&hq).await.iter().map(|change| change.name.scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        assert_eq!(hashes(&hq, &scopes).await, hashes(&edge, &scopes).await, "seed {seed}");
        for post in &posts[..3] {
            let path = format!("/posts/{post}");
            let at_hq = hq_admin.get(&path).await.expect(200)["metadata"].clone();
            let at_edge = edge_admin.get(&path).await.expect(200)["metadata"].clone();
            assert_eq!(at_hq, at_edge, "seed {seed}");
            assert_eq!(at_hq["priority"]["requested_ack"], true, "seed {seed}");
        }
        let path = format!("/posts/{}", posts[1]);
        let read = hq_admin.get(&path).await.expect(200);
        let acknowledged = read["metadata"]["acknowledgements"].as_array().unwrap();
        let by_edge = |one: &&Value| one["user_id"] == edge_admin.id.to_string();
        assert_eq!(acknowledged.iter().filter(by_edge).count(), 1, "seed {seed}");
    }
}
