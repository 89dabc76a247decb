use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

async fn channel(owner: &Actor, team: &Value, name: &str, kind: &str) -> String {
    let new = json!({ "team_id": team["id"], "name": name, "display_name": name, "type": kind });
    id(&owner.post("/channels", new).await.expect(201)).to_owned()
}

async fn reply(actor: &Actor, root: &Value, message: &str, file: Option<&Value>) -> Value {
    let files: Vec<_> = file.iter().map(|file| file["id"].clone()).collect();
    let post = json!({
        "channel_id": root["channel_id"], "message": message, "root_id": root["id"],
        "file_ids": files,
    });
    actor.post("/posts", post).await.expect(201)
}

async fn relocate(actor: &Actor, post: &Value, to: &str) -> fieldpost_testkit::Reply {
    actor.post(&format!("/posts/{}/move", id(post)), json!({ "channel_id": to })).await
}

/// A team with an open channel of alice's that bob is in, too.
async fn places() -> (TestSite, Value, [Actor; 3], String, String) {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let deck = channel(&alice, &team, "deck", "O").await;
    alice
        .post(&format!("/channels/{deck}/members"), json!({ "user_id": bob.id }))
        .await
        .expect(201);
    (site, team, [admin, alice, bob], square, deck)
}

#[tokio::test]
async fn a_thread_goes_to_another_channel_whole_and_leaves_a_pointer() {
    let (site, team, [admin, alice, bob], square, deck) = places().await;
    let root = alice.say(&square, "where to?").await;
    let path = format!("/files?channel_id={square}&filename=chart.txt");
    let file = bob.send("POST".parse().unwrap(), &path, b"chart".to_vec()).await.expect(201);
    let answer = reply(&bob, &root, "see the chart", Some(&file["file_infos"][0])).await;
    reply(&alice, &root, "@bob thanks", None).await;
    let react = json!({ "user_id": alice.id, "post_id": answer["id"], "emoji_name": "eyes" });
    alice.post("/reactions", react).await.expect(200);
    site.settle().await;
    let mut socket = bob.socket().await;
    relocate(&admin, &answer, &deck).await.refused(403);
    let join = json!({ "user_id": admin.id });
    admin.post(&format!("/channels/{deck}/members"), join).await.expect(201);
    relocate(&admin, &answer, &deck).await.expect(200);

    bob.get(&format!("/posts/{}", id(&root))).await.expect(404);
    assert_eq!(socket.event("post_deleted").await["event"], "post_deleted");
    let list = bob.get(&format!("/channels/{deck}/posts")).await.expect(200);
    let moved: Vec<&Value> = list["posts"].as_object().unwrap().values().collect();
    let by = |message: &str| *moved.iter().find(|p| p["message"] == message).unwrap();
    let new_root = by("where to?");
    assert_ne!(new_root["id"], root["id"]);
    assert_eq!((&new_root["user_id"], &new_root["root_id"]), (&json!(alice.id), &json!("")));
    let chart = by("see the chart");
    assert_eq!((&chart["user_id"], &chart["root_id"]), (&json!(bob.id), &new_root["id"]));
    assert_eq!(chart["metadata"]["reactions"][0]["user_id"], json!(alice.id));
    let copy = chart["file_ids"][0].as_str().unwrap();
    assert_ne!(copy, file["file_infos"][0]["id"].as_str().unwrap());
    assert_eq!(bob.get(&format!("/files/{copy}")).await.bytes, b"chart");
    assert_eq!(by("@bob thanks")["root_id"], new_root["id"]);
    let note = moved.iter().find(|p| p["type"] == "system_wrangler").unwrap();
    assert_eq!(note["root_id"], new_root["id"]);
    let thread = bob.get(&format!("/posts/{}/thread", id(new_root))).await.expect(200);
    assert_eq!(thread["order"].as_array().unwrap().len(), 4);

    let list = bob.get(&format!("/channels/{square}/posts?per_page=1")).await.expect(200);
    let pointer = &list["posts"][list["order"][0].as_str().unwrap()];
    assert_eq!(
        (&pointer["type"], &pointer["user_id"]),
        (&json!("system_wrangler"), &json!(admin.id))
    );
    assert_eq!(pointer["props"]["NumMessages"], "3");
    let link = pointer["props"]["MovedThreadPermalink"].as_str().unwrap();
    assert_eq!(link, format!("/{}/pl/{}", team["name"].as_str().unwrap(), id(new_root)));
    assert!(site.running().store.verify().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_moved_thread_is_moved_again_and_what_the_server_says_is_not() {
    let (site, _, [admin, _, bob], square, deck) = places().await;
    let join = json!({ "user_id": admin.id });
    admin.post(&format!("/channels/{deck}/members"), join).await.expect(201);
    let list = admin.get(&format!("/channels/{square}/posts")).await.expect(200);
    let said = list["posts"].as_object().unwrap().values();
    let said = said.into_iter().find(|p| p["type"].as_str().unwrap().starts_with("system_"));
    let refused = relocate(&admin, said.unwrap(), &deck).await.refused(400);
    assert_eq!(refused, "api.fieldpost.move_thread.refused");

    let root = bob.say(&square, "to and fro").await;
    relocate(&admin, &root, &deck).await.expect(200);
    let newest = async |channel: &str| {
        let list = bob.get(&format!("/channels/{channel}/posts")).await.expect(200);
        let posts = list["posts"].as_object().unwrap().values();
        posts.into_iter().find(|p| p["message"] == "to and fro").unwrap().clone()
    };
    let moved = newest(&deck).await;
    relocate(&bob, &moved, &square).await.expect(200);
    let back = newest(&square).await;
    let thread = bob.get(&format!("/posts/{}/thread", id(&back))).await.expect(200);
    assert_eq!(thread["order"].as_array().unwrap().len(), 2, "the message and one note");
    assert!(site.running().store.verify().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_thread_stays_where_somebody_may_not_take_it() {
    let (site, team, [admin, alice, bob], square, deck) = places().await;
    let own = bob.say(&square, "mine").await;
    let root = bob.say(&square, "ours").await;
    reply(&alice, &root, "too", None).await;
    relocate(&bob, &root, &deck).await.expect(403);
    relocate(&bob, &own, &deck).await.expect(200);
    bob.get(&format!("/posts/{}", id(&own))).await.expect(404);
    site.stranger()
        .post(&format!("/posts/{}/move", id(&root)), json!({ "channel_id": deck }))
        .await
        .expect(401);
    let hold = channel(&alice, &team, "hold", "P").await;
    let secret = alice.say(&hold, "between us").await;
    relocate(&alice, &secret, &deck).await.expect(400);
    relocate(&bob, &secret, &deck).await.expect(403);
    let other =
        admin.post("/teams", json!({ "name": "beta", "display_name": "beta", "type": "O" }));
    let other = other.await.expect(201);
    let far = admin.channel(&other, "town-square").await;
    let at_home = admin.say(&square, "at home").await;
    relocate(&admin, &at_home, &far).await.expect(400);
    relocate(&admin, &at_home, &square).await.expect(400);
    relocate(&admin, &at_home, &"y".repeat(26)).await.expect(403);
    bob.get(&format!("/posts/{}", id(&root))).await.expect(200);
    let none = json!({ "id": "y".repeat(26) });
    relocate(&admin, &none, &deck).await.expect(404);
    admin.post(&format!("/posts/{}/move", id(&at_home)), json!({})).await.expect(400);
    let path = format!("/posts/{}/move", id(&at_home));
    site.local().post(&path, json!({ "channel_id": deck })).await.expect(400);
    let long = admin.say(&square, "long").await;
    for n in 0..100 {
        reply(&admin, &long, &n.to_string(), None).await;
    }
    let join = json!({ "user_id": admin.id });
    admin.post(&format!("/channels/{deck}/members"), join).await.expect(201);
    relocate(&admin, &long, &deck).await.expect(400);
}
