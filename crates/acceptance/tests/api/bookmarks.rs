use fieldpost_chat::bookmark::{BookmarkAdded, BookmarkDeleted, BookmarkPatched, BookmarksOrdered};
use fieldpost_kernel::{Body, Change, Position};
use fieldpost_log::{ChangeName, Epoch, Scope, ScopeKind, SiteId, Stamp};
use fieldpost_model::Id;
use fieldpost_testkit::{Actor, Dice, Reply, SeededEntropy, TestSite};
use reqwest::Method;
use serde_json::{Value, json};

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

fn link(name: &str) -> Value {
    json!({ "type": "link", "display_name": name, "link_url": "https://example.org/plan" })
}

fn path(channel: &str) -> String {
    format!("/channels/{channel}/bookmarks")
}

async fn make(actor: &Actor, channel: &str, name: &str) -> Value {
    actor.post(&path(channel), link(name)).await.expect(201)
}

async fn patch(actor: &Actor, bookmark: &Value, parts: Value) -> Reply {
    let one = format!("{}/{}", path(bookmark["channel_id"].as_str().unwrap()), id(bookmark));
    actor.send(Method::PATCH, &one, parts.to_string().into_bytes()).await
}

async fn list(actor: &Actor, channel: &str) -> Value {
    actor.get(&path(channel)).await.expect(200)
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|b| b["display_name"].as_str().unwrap()).collect()
}

/// A site with its administrator, two members of a team, and the team's town square.
async fn places() -> (TestSite, Value, [Actor; 3], String) {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    (site, team, [admin, alice, bob], square)
}

/// What was told of an event, from the JSON inside it.
fn told(event: &Value, key: &str) -> Value {
    serde_json::from_str(event["data"][key].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_bookmark_is_made_changed_and_taken_away() {
    let (site, _, [_, alice, bob], square) = places().await;
    site.settle().await;
    let mut socket = bob.socket().await;
    let new = json!({
        "type": "link", "display_name": "Plan", "link_url": "https://example.org/plan",
        "image_url": "http://example.org/plan.png", "emoji": ":anchor:",
    });
    let made = alice.post(&path(&square), new).await.expect(201);
    assert_eq!((&made["owner_id"], &made["channel_id"]), (&json!(alice.id), &json!(square)));
    assert_eq!((&made["emoji"], &made["sort_order"]), (&json!("anchor"), &json!(0)));
    assert_eq!((&made["type"], &made["file_id"]), (&json!("link"), &json!("")));
    let event = socket.event("channel_bookmark_created").await;
    assert_eq!(event["broadcast"]["channel_id"], square.as_str());
    assert_eq!(told(&event, "bookmark"), made);
    assert_eq!(list(&bob, &square).await, json!([made]));

    let since = made["update_at"].as_i64().unwrap() + 1;
    let changed = patch(&alice, &made, json!({ "display_name": "Plan B", "emoji": "" })).await;
    let changed = changed.expect(200);
    assert_eq!(changed.get("deleted"), None);
    assert_eq!(changed["updated"]["display_name"], "Plan B");
    assert_eq!(changed["updated"].get("emoji"), None);
    assert_eq!(changed["updated"]["link_url"], made["link_url"]);
    let event = socket.event("channel_bookmark_updated").await;
    assert_eq!(told(&event, "bookmarks"), changed);
    let newer = bob.get(&format!("{}?bookmarks_since={since}", path(&square))).await.expect(200);
    assert_eq!(names(&newer), ["Plan B"]);

    let one = format!("{}/{}", path(&square), id(&made));
    let gone = bob.delete(&one).await.expect(200);
    assert!(gone["delete_at"].as_i64().unwrap() > 0);
    let event = socket.event("channel_bookmark_deleted").await;
    assert_eq!(told(&event, "bookmark"), gone);
    assert_eq!(list(&bob, &square).await, json!([]));
    let newer = bob.get(&format!("{}?bookmarks_since={since}", path(&square))).await.expect(200);
    assert_eq!(newer, json!([gone]));
    assert_eq!(bob.delete(&one).await.refused(404), "app.channel.bookmark.get.app_error");
    patch(&alice, &made, json!({ "display_name": "x" })).await.expect(404);
}

#[tokio::test]
async fn changing_somebody_elses_bookmark_makes_it_ones_own() {
    let (site, _, [_, alice, bob], square) = places().await;
    let first = make(&alice, &square, "one").await;
    make(&alice, &square, "two").await;
    site.settle().await;
    let mut socket = alice.socket().await;
    let changed = patch(&bob, &first, json!({ "display_name": "mine" })).await.expect(200);
    let (updated, deleted) = (&changed["updated"], &changed["deleted"]);
    assert_eq!((id(deleted), &updated["owner_id"]), (id(&first), &json!(bob.id)));
    assert_eq!(updated["original_id"], first["id"]);
    assert!(deleted["delete_at"].as_i64().unwrap() > 0);
    let event = socket.event("channel_bookmark_updated").await;
    assert_eq!(told(&event, "bookmarks"), changed);
    assert_eq!(names(&list(&alice, &square).await), ["mine", "two"], "it keeps its place");
}

#[tokio::test]
async fn bookmarks_are_moved() {
    let (site, _, [_, alice, bob], square) = places().await;
    let mut made = Vec::new();
    for name in ["a", "b", "c"] {
        made.push(make(&alice, &square, name).await);
    }
    site.settle().await;
    let mut socket = alice.socket().await;
    let place = format!("{}/{}/sort_order", path(&square), id(&made[2]));
    let sorted = bob.post(&place, json!(0)).await.expect(200);
    assert_eq!(names(&sorted), ["c", "a", "b"]);
    let orders: Vec<_> = sorted.as_array().unwrap().iter().map(|b| &b["sort_order"]).collect();
    assert_eq!(orders, [0, 1, 2]);
    let event = socket.event("channel_bookmark_sorted").await;
    assert_eq!(told(&event, "bookmarks"), sorted);
    assert_eq!(list(&alice, &square).await, sorted);
    for wrong in [json!(-1), json!(3), json!("1"), json!(null)] {
        bob.post(&place, wrong).await.expect(400);
    }
    make(&bob, &square, "d").await;
    assert_eq!(names(&list(&alice, &square).await), ["c", "a", "b", "d"]);
}

#[tokio::test]
async fn what_is_no_bookmark_is_refused() {
    let (_site, _, [_, alice, _], square) = places().await;
    let refused = async |change: Value| {
        let mut new = link("Plan");
        for (key, value) in change.as_object().unwrap() {
            new[key] = value.clone();
        }
        let id = alice.post(&path(&square), new).await.refused(400);
        id.replace("model.channel_bookmark.is_valid.", "").replace(".app_error", "")
    };
    let long = format!("https://{}", "x".repeat(1024));
    assert_eq!(refused(json!({ "display_name": "" })).await, "display_name");
    assert_eq!(refused(json!({ "display_name": "ж".repeat(65) })).await, "display_name");
    for wrong in ["", "javascript:alert(1)", "https://", "https://a b", long.as_str()] {
        let id = refused(json!({ "link_url": wrong })).await;
        assert_eq!(id, "link_url.missing_or_invalid", "{wrong:.40}");
    }
    assert_eq!(refused(json!({ "image_url": "data:image/png;base64," })).await, "image_url");
    assert_eq!(refused(json!({ "type": "folder" })).await, "type");
    assert_eq!(refused(json!({ "type": "file" })).await, "file_id.missing_or_invalid");
    let file = "ybndrfg8ejkmcpqxot1uwiszyy";
    assert_eq!(refused(json!({ "file_id": file })).await, "link_file");
    assert_eq!(refused(json!({ "type": "file", "file_id": file })).await, "link_file");
    let no_file = json!({ "type": "file", "file_id": file, "link_url": "" });
    assert_eq!(refused(no_file).await, "file_id.missing_or_invalid");
    refused(json!({ "emoji": "not one" })).await;
    assert_eq!(list(&alice, &square).await, json!([]));
    let made = make(&alice, &square, "Plan").await;
    let id = patch(&alice, &made, json!({ "link_url": "ftp://x" })).await.refused(400);
    assert_eq!(id, "model.channel_bookmark.is_valid.link_url.missing_or_invalid.app_error");
}

#[tokio::test]
async fn a_channel_has_so_many_bookmarks_and_no_more() {
    let (_site, _, [_, alice, _], square) = places().await;
    let mut last = Value::Null;
    for n in 0..50 {
        last = make(&alice, &square, &n.to_string()).await;
    }
    let id = alice.post(&path(&square), link("more")).await.refused(400);
    assert_eq!(id, "app.channel.bookmark.save.app_error");
    let one = format!("{}/{}", path(&square), last["id"].as_str().unwrap());
    alice.delete(&one).await.expect(200);
    make(&alice, &square, "again").await;
}

#[tokio::test]
async fn a_file_is_a_bookmark_until_it_is_taken_away() {
    let (_site, _, [_, alice, bob], square) = places().await;
    let upload = async |bookmark: bool| {
        let path = format!("/files?channel_id={square}&filename=plan.txt&bookmark={bookmark}");
        let sent = alice.send(Method::POST, &path, b"attack at dawn".to_vec()).await.expect(201);
        sent["file_infos"][0]["id"].as_str().unwrap().to_owned()
    };
    let new = |file: &str| json!({ "type": "file", "display_name": "Plan", "file_id": file });
    let refused = "model.channel_bookmark.is_valid.file_id.missing_or_invalid.app_error";
    let plain = upload(false).await;
    assert_eq!(alice.post(&path(&square), new(&plain)).await.refused(400), refused);
    let file = upload(true).await;
    let made = alice.post(&path(&square), new(&file)).await.expect(201);
    assert_eq!((&made["type"], &made["file_id"]), (&json!("file"), &json!(file)));
    assert_eq!(made["file"]["name"], "plan.txt");
    assert_eq!(list(&bob, &square).await, json!([made]));
    assert_eq!(bob.get(&format!("/files/{file}")).await.bytes, b"attack at dawn");
    assert_eq!(bob.post(&path(&square), new(&file)).await.refused(400), refused, "it is one");

    let changed = patch(&bob, &made, json!({ "display_name": "Plan B" })).await.expect(200);
    assert_eq!(changed["updated"]["file"]["id"], json!(file));
    assert_eq!(bob.get(&format!("/files/{file}")).await.bytes, b"attack at dawn");
    let one = format!("{}/{}", path(&square), id(&changed["updated"]));
    bob.delete(&one).await.expect(200);
    bob.get(&format!("/files/{file}")).await.expect(404);
    alice.get(&format!("/files/{file}/info")).await.expect(404);
}

#[tokio::test]
async fn who_does_not_belong_neither_reads_nor_writes_bookmarks() {
    let (site, team, [admin, alice, bob], square) = places().await;
    let made = make(&alice, &square, "Plan").await;
    let mallory = site.person("mallory").await;
    let one = format!("{}/{}", path(&square), id(&made));
    for refused in [
        mallory.get(&path(&square)).await,
        mallory.post(&path(&square), link("x")).await,
        patch(&mallory, &made, json!({ "display_name": "x" })).await,
        mallory.delete(&one).await,
        mallory.post(&format!("{one}/sort_order"), json!(0)).await,
    ] {
        assert_eq!(refused.refused(403), "api.context.permissions.app_error");
    }
    site.stranger().get(&path(&square)).await.expect(401);

    // Between two people every member may, and nobody else; not even who administers the site.
    let direct = alice.post("/channels/direct", json!([alice.id, bob.id])).await.expect(201);
    let between = make(&bob, id(&direct), "ours").await;
    let refusal = admin.post(&path(id(&direct)), link("x")).await.refused(403);
    let expected = "api.channel.bookmark.create_channel_bookmark.direct_or_group_channels.\
                    forbidden.app_error";
    assert_eq!(refusal, expected);
    mallory.get(&path(id(&direct))).await.expect(403);

    // A bookmark is changed through its own channel only.
    let elsewhere = format!("{}/{}", path(&square), id(&between));
    alice.delete(&elsewhere).await.expect(404);
    let none = "y".repeat(26);
    alice.get(&path(&none)).await.expect(404);
    alice.post(&path(&none), link("x")).await.expect(404);

    let private = json!({
        "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "P",
    });
    let private = alice.post("/channels", private).await.expect(201);
    let kept = make(&alice, id(&private), "kept").await;
    alice.delete(&format!("/channels/{}", id(&private))).await.expect(200);
    assert_eq!(names(&list(&alice, id(&private)).await), ["kept"]);
    let refusal = alice.post(&path(id(&private)), link("x")).await.refused(403);
    let expected =
        "api.channel.bookmark.create_channel_bookmark.deleted_channel.forbidden.app_error";
    assert_eq!(refusal, expected);
    patch(&alice, &kept, json!({ "display_name": "x" })).await.expect(403);
}

async fn another_site(seed: u64) -> TestSite {
    TestSite::start_with(|config| {
        config.entropy = std::sync::Arc::new(SeededEntropy::new(seed));
    })
    .await
}

/// What a site has that others may have.
async fn shareable(site: &TestSite) -> Vec<Change> {
    site.settle().await;
    let store = &site.running().store;
    let all = store.changes_after(Position::default(), 1_000_000).await.unwrap();
    all.into_iter().filter(|change| change.name.scope.is_chained()).collect()
}

/// Gives a site what another one has, shuffled, all of it twice.
async fn exchange(from: &TestSite, into: &TestSite, dice: &mut Dice) {
    let mut changes = shareable(from).await;
    changes.extend(changes.clone());
    dice.shuffle(&mut changes);
    for change in changes {
        into.running().store.write(&[], move |work| work.receive(&change)).await.unwrap();
    }
}

/// What somebody does to the bookmarks of a channel as they see them.
async fn meddle(who: &Actor, channel: &str, dice: &mut Dice) {
    let seen = list(who, channel).await;
    let seen = seen.as_array().unwrap();
    let name = format!("b {}", dice.below(1000));
    if seen.len() < 3 || dice.one_in(4) {
        make(who, channel, &name).await;
        return;
    }
    let one = &seen[dice.below(seen.len())];
    let of_it = format!("{}/{}", path(channel), id(one));
    let reply = match dice.below(4) {
        0 => who.delete(&of_it).await,
        1 => patch(who, one, json!({ "display_name": name })).await,
        2 => patch(who, one, json!({ "emoji": "eyes", "link_url": "http://x.org" })).await,
        _ => {
            let place = dice.below(seen.len());
            who.post(&format!("{of_it}/sort_order"), json!(place)).await
        }
    };
    reply.expect(200);
}

/// The bookmarks of a channel as clients are shown them, without when they changed here.
async fn shown(who: &Actor, channel: &str) -> Vec<Value> {
    let mut found = list(who, channel).await.as_array().unwrap().clone();
    for bookmark in &mut found {
        bookmark["update_at"] = Value::Null;
    }
    found
}

#[tokio::test]
async fn bookmarks_written_and_moved_apart_converge() {
    for seed in 0..6 {
        let mut dice = Dice::new(seed);
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (hq_admin, team) = hq.administrator_with_team("alpha").await;
        let square = hq_admin.channel(&team, "town-square").await;
        exchange(&hq, &edge, &mut dice).await;
        let edge_admin = edge.person("edge").await;
        let members = format!("/teams/{}/members", id(&team));
        let member = json!({ "team_id": team["id"], "user_id": edge_admin.id });
        edge_admin.post(&members, member).await.expect(201);
        for _ in 0..12 {
            meddle(&hq_admin, &square, &mut dice).await;
            meddle(&edge_admin, &square, &mut dice).await;
            if dice.one_in(4) {
                exchange(&hq, &edge, &mut dice).await;
            }
            if dice.one_in(4) {
                exchange(&edge, &hq, &mut dice).await;
            }
        }
        exchange(&hq, &edge, &mut dice).await;
        exchange(&edge, &hq, &mut dice).await;
        exchange(&hq, &edge, &mut dice).await;
        let here = shown(&hq_admin, &square).await;
        assert_eq!(here, shown(&edge_admin, &square).await, "seed {seed}");
        assert!(!here.is_empty());
        let scope = Scope::new(ScopeKind::Channel, square.parse().unwrap());
        let (one, other) = (&hq.running().store, &edge.running().store);
        let (one, other) = (one.state_hash(scope).await, other.state_hash(scope).await);
        assert_eq!(one.unwrap(), other.unwrap(), "seed {seed}");
    }
}

/// Something that another site says in a channel, later than all that was said so far.
async fn say<B: Body>(site: &TestSite, channel: &str, (author, number): (Id, u64), body: &B) {
    let newest = shareable(site).await.last().map_or(0, |change| change.stamp.0);
    let change = Change {
        position: Position::default(),
        name: ChangeName {
            site: SiteId([9; 16]),
            epoch: Epoch(1),
            scope: Scope::new(ScopeKind::Channel, channel.parse().unwrap()),
            sequence: number,
        },
        stamp: Stamp(newest + 1),
        author,
        kind: B::KIND,
        payload: postcard::to_stdvec(body).unwrap(),
    };
    let store = &site.running().store;
    store.write(&[], move |work| work.receive(&change)).await.unwrap();
}

#[tokio::test]
async fn what_a_peer_says_in_one_channel_reaches_no_bookmark_of_another() {
    let (site, team, [_, alice, _], square) = places().await;
    let private = json!({
        "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "P",
    });
    let private = alice.post("/channels", private).await.expect(201);
    for name in ["one", "two"] {
        make(&alice, id(&private), name).await;
    }
    let before = list(&alice, id(&private)).await;
    let ids: Vec<Id> =
        before.as_array().unwrap().iter().map(|one| id(one).parse().unwrap()).collect();
    let (one, two) = (ids[0], ids[1]);
    let added = BookmarkAdded {
        file: Id::NONE,
        display_name: "theirs".to_owned(),
        link_url: "https://example.org".to_owned(),
        image_url: String::new(),
        emoji: String::new(),
        place: 0,
        original: Id::NONE,
        replaces: one,
    };
    let too_long = BookmarkAdded { display_name: "x".repeat(65), ..added.clone() };
    let beyond = BookmarkAdded { place: i64::MAX, ..added.clone() };
    let patched = BookmarkPatched {
        bookmark: one,
        display_name: Some("taken".to_owned()),
        ..BookmarkPatched::default()
    };
    say(&site, &square, (alice.id, 0), &added).await;
    say(&site, &square, (alice.id, 1), &too_long).await;
    say(&site, &square, (alice.id, 2), &beyond).await;
    say(&site, &square, (alice.id, 3), &patched).await;
    say(&site, &square, (alice.id, 4), &BookmarkDeleted { bookmark: one }).await;
    say(&site, &square, (alice.id, 5), &BookmarksOrdered { order: vec![two, one] }).await;
    assert_eq!(list(&alice, id(&private)).await, before);
    assert_eq!(names(&list(&alice, &square).await), ["theirs"]);
}
