use fieldpost_kernel::Clock;
use fieldpost_testkit::{Actor, Reply, TestSite};
use serde_json::{Value, json};

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn new_group(name: &str, people: &[&Actor]) -> Value {
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    json!({
        "name": name, "display_name": format!("The {name}"), "source": "custom",
        "allow_reference": true, "user_ids": ids,
    })
}

/// Makes a group of some people.
pub(crate) async fn make_group(maker: &Actor, name: &str, people: &[&Actor]) -> Value {
    maker.post("/groups", new_group(name, people)).await.expect(201)
}

fn ids(people: &[&Actor]) -> Value {
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    json!({ "user_ids": ids })
}

async fn remove(actor: &Actor, group: &Value, people: &[&Actor]) -> Reply {
    let body = ids(people).to_string().into_bytes();
    let path = format!("/groups/{}/members", id(group));
    actor.send("DELETE".parse().unwrap(), &path, body).await
}

/// A site with its administrator, three members of a team, and its town square.
async fn people() -> (TestSite, Value, String, [Actor; 4]) {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let square = admin.channel(&team, "town-square").await;
    (site, team, square, [admin, alice, bob, carol])
}

fn told(event: &Value, key: &str) -> Value {
    serde_json::from_str(event["data"][key].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_group_is_made_shown_changed_archived_and_restored() {
    let (site, _, _, [_, alice, bob, carol]) = people().await;
    site.settle().await;
    let mut socket = bob.socket().await;
    let made = make_group(&alice, "deck", &[&bob, &carol]).await;
    assert_eq!((&made["name"], &made["display_name"]), (&json!("deck"), &json!("The deck")));
    assert_eq!((&made["source"], &made["remote_id"]), (&json!("custom"), &Value::Null));
    assert_eq!((&made["allow_reference"], &made["member_count"]), (&json!(true), &json!(2)));
    assert_eq!((&made["delete_at"], &made["has_syncables"]), (&json!(0), &json!(false)));
    let received = told(&socket.event("received_group").await, "group");
    assert_eq!(received["id"], made["id"]);
    assert_eq!(received.get("member_count"), None, "not everybody sees everybody in it");
    let placed = told(&socket.event("group_member_add").await, "group_member");
    assert_eq!((&placed["group_id"], &placed["user_id"]), (&made["id"], &json!(bob.id)));

    let path = format!("/groups/{}", id(&made));
    let one = carol.get(&path).await.expect(200);
    assert_eq!(one.get("member_count"), None);
    let counted = carol.get(&format!("{path}?include_member_count=true")).await.expect(200);
    assert_eq!(counted["member_count"], 2);
    let stats = carol.get(&format!("{path}/stats")).await.expect(200);
    assert_eq!(stats, json!({ "group_id": made["id"], "total_member_count": 2 }));

    let patch = json!({ "name": "deck.crew", "description": "who is on deck" });
    let changed = carol.put(&format!("{path}/patch"), patch).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["display_name"]),
        (&json!("deck.crew"), &json!("The deck"))
    );
    assert_eq!(told(&socket.event("received_group").await, "group")["name"], "deck.crew");

    let gone = alice.delete(&path).await.expect(200);
    assert_ne!(gone["delete_at"], 0);
    assert_eq!(
        told(&socket.event("received_group").await, "group")["delete_at"],
        gone["delete_at"]
    );
    alice.delete(&path).await.expect(404);
    alice.put(&format!("{path}/patch"), json!({ "name": "x" })).await.expect(404);
    alice.post(&format!("{path}/members"), ids(&[&alice])).await.expect(404);
    assert_eq!(alice.get("/groups").await.expect(200), json!([]));
    let restored = alice.post(&format!("{path}/restore"), json!({})).await.expect(200);
    assert_eq!(restored["delete_at"], 0);
    alice.post(&format!("{path}/restore"), json!({})).await.expect(404);
    assert_eq!(names(&alice.get("/groups").await.expect(200)), ["deck.crew"]);
}

#[tokio::test]
async fn what_is_no_group_is_refused() {
    let (site, _, _, [_, alice, bob, _]) = people().await;
    make_group(&alice, "deck", &[]).await;
    let refused = async |name: &str| alice.post("/groups", new_group(name, &[])).await.refused(400);
    assert_eq!(refused("deck").await, "app.custom_group.unique_name");
    assert_eq!(refused("bob").await, "app.group.username_conflict");
    assert_eq!(refused("here").await, "api.ldap_groups.existing_reserved_name_error");
    assert_eq!(refused("").await, "model.group.name.invalid_length.app_error");
    assert_eq!(refused(&"x".repeat(65)).await, "model.group.name.invalid_length.app_error");
    assert_eq!(refused("Deck Crew").await, "model.group.name.invalid_chars.app_error");
    for (key, value) in [
        ("source", json!("ldap")),
        ("allow_reference", json!(false)),
        ("remote_id", json!("cn=deck")),
        ("user_ids", json!(["y".repeat(26)])),
        ("display_name", json!("")),
        ("display_name", json!("x".repeat(129))),
        ("description", json!("x".repeat(1025))),
    ] {
        let mut group = new_group("hold", &[&bob]);
        group[key] = value;
        alice.post("/groups", group).await.expect(400);
    }
    let hold = make_group(&alice, "hold", &[]).await;
    let path = format!("/groups/{}/patch", id(&hold));
    let refusal = async |name: &str| alice.put(&path, json!({ "name": name })).await.refused(400);
    assert_eq!(refusal("deck").await, "api.ldap_groups.existing_group_name_error");
    assert_eq!(refusal("bob").await, "api.ldap_groups.existing_user_name_error");
    let account = json!({ "username": "hold", "email": "h@example.com", "password": "correct horse battery" });
    let refusal = site.stranger().post("/users", account).await.refused(400);
    assert_eq!(refusal, "app.user.save.username_exists.app_error");
    bob.put("/users/me/patch", json!({ "username": "hold" })).await.expect(400);

    let stranger = site.stranger();
    stranger.get("/groups").await.expect(401);
    stranger.post("/groups", new_group("keel", &[])).await.expect(401);
    let none = format!("/groups/{}", "y".repeat(26));
    assert_eq!(alice.get(&none).await.refused(404), "app.group.no_rows");
    alice.get(&format!("{none}/members")).await.expect(404);
    alice.get(&format!("{none}/stats")).await.expect(404);
    alice.delete(&none).await.expect(404);
}

#[tokio::test]
async fn people_are_put_into_a_group_and_taken_out() {
    let (site, _, _, [admin, alice, bob, carol]) = people().await;
    let deck = make_group(&alice, "deck", &[&bob]).await;
    site.settle().await;
    let mut socket = carol.socket().await;
    let path = format!("/groups/{}/members", id(&deck));
    let placed = alice.post(&path, ids(&[&bob, &carol])).await.expect(200);
    assert_eq!(placed.as_array().unwrap().len(), 2);
    let added = told(&socket.event("group_member_add").await, "group_member");
    assert_eq!((&added["user_id"], &added["delete_at"]), (&json!(carol.id), &json!(0)));
    let shown = bob.get(&path).await.expect(200);
    assert_eq!(shown["total_member_count"], 2);
    let inside = |list: &Value| -> Vec<String> {
        let users = list.as_array().unwrap().iter();
        users.map(|user| user["username"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(inside(&shown["members"]), ["bob", "carol"]);
    assert_eq!(shown["members"][0].get("notify_props"), None, "what is theirs stays theirs");
    let by_group = format!("/users?in_group={}", id(&deck));
    assert_eq!(inside(&alice.get(&by_group).await.expect(200)), ["bob", "carol"]);
    let outside = alice.get(&format!("/users?not_in_group={}", id(&deck))).await.expect(200);
    assert_eq!(inside(&outside), ["admin", "alice"]);
    let search = json!({ "term": "car", "in_group_id": deck["id"] });
    assert_eq!(inside(&alice.post("/users/search", search).await.expect(200)), ["carol"]);
    alice.get(&format!("/users?in_group={}", "y".repeat(26))).await.expect(404);

    let gone = remove(&alice, &deck, &[&carol, &alice]).await.expect(200);
    assert_eq!(gone.as_array().unwrap().len(), 1);
    assert_ne!(gone[0]["delete_at"], 0);
    let removed = told(&socket.event("group_member_deleted").await, "group_member");
    assert_eq!(removed, gone[0]);
    alice.post(&path, ids(&[&carol])).await.expect(200);
    admin.delete(&format!("/users/{}", bob.id)).await.expect(200);
    assert_eq!(inside(&alice.get(&path).await.expect(200)["members"]), ["carol"]);
    alice.post(&path, json!({ "user_ids": ["y".repeat(26)] })).await.expect(400);
    alice.post(&path, json!({})).await.expect(400);
}

#[tokio::test]
async fn groups_are_listed_by_name_person_and_place() {
    let (site, team, square, [admin, alice, bob, carol]) = people().await;
    make_group(&alice, "deck", &[&bob, &carol]).await;
    make_group(&alice, "bridge", &[&bob]).await;
    let old = make_group(&alice, "anchor", &[&carol]).await;
    site.clock().advance(1000);
    let before = site.clock().now();
    site.clock().advance(1000);
    alice.delete(&format!("/groups/{}", id(&old))).await.expect(200);

    let list = async |query: &str| alice.get(&format!("/groups?{query}")).await.expect(200);
    assert_eq!(names(&list("").await), ["bridge", "deck"]);
    assert_eq!(names(&list("q=DEC").await), ["deck"]);
    assert_eq!(names(&list("q=he").await), ["bridge", "deck"], "the name that people see, too");
    assert_eq!(list("q=%25").await, json!([]));
    assert_eq!(names(&list("per_page=1&page=1").await), ["deck"]);
    assert_eq!(names(&list(&format!("filter_has_member={}", carol.id)).await), ["deck"]);
    assert_eq!(names(&list("include_archived=true").await), ["anchor", "bridge", "deck"]);
    assert_eq!(names(&list("filter_archived=true").await), ["anchor"]);
    assert_eq!(names(&list(&format!("since={before}")).await), ["anchor"]);
    assert_eq!(list("only_syncable_sources=true").await, json!([]));
    assert_eq!(list("group_source=ldap").await, json!([]));
    let counted = list("q=deck&include_member_count=true&include_member_ids=true").await;
    assert_eq!(counted[0]["member_count"], 2);
    assert_eq!(counted[0]["member_ids"].as_array().unwrap().len(), 2);
    alice.get("/groups?since=yesterday").await.expect(400);
    let asked = json!(["deck", "anchor", "nobody", "bridge"]);
    assert_eq!(names(&bob.post("/groups/names", asked).await.expect(200)), ["bridge", "deck"]);
    bob.post("/groups/names", json!([])).await.expect(400);

    assert_eq!(names(&bob.get("/users/me/groups").await.expect(200)), ["bridge", "deck"]);
    let of_bob = format!("/users/{}/groups", bob.id);
    alice.get(&of_bob).await.expect(403);
    assert_eq!(names(&admin.get(&of_bob).await.expect(200)), ["bridge", "deck"]);

    let none = json!({ "groups": [], "total_group_count": 0 });
    assert_eq!(alice.get(&format!("/channels/{square}/groups")).await.expect(200), none);
    let of_team = format!("/teams/{}/groups", id(&team));
    assert_eq!(alice.get(&of_team).await.expect(200), none);
    let by_channels = alice.get(&format!("{of_team}_by_channels")).await.expect(200);
    assert_eq!(by_channels, json!({ "groups": {} }));
    let stranger = site.person("dave").await;
    stranger.get(&format!("/channels/{square}/groups")).await.expect(403);
    stranger.get(&of_team).await.expect(403);

    let other =
        json!({ "team_id": team["id"], "name": "galley", "display_name": "galley", "type": "O" });
    let galley = alice.post("/channels", other).await.expect(201);
    let join = json!({ "user_id": bob.id });
    alice.post(&format!("/channels/{}/members", id(&galley)), join).await.expect(201);
    let path = format!("/channels/{}/member_counts_by_group", id(&galley));
    let counts = alice.get(&path).await.expect(200);
    assert_eq!(counts.as_array().unwrap().len(), 2);
    assert_eq!(counts[0]["channel_member_count"], 1);
    assert_eq!(counts[0]["channel_member_timezones_count"], 0);
    let counts = alice.get(&format!("{path}?include_timezones=true")).await.expect(200);
    assert_eq!(counts[0]["channel_member_timezones_count"], 1);
    stranger.get(&path).await.expect(403);
}

async fn mentions(person: &Actor, channel: &str) -> i64 {
    let member = person.get(&format!("/channels/{channel}/members/me")).await.expect(200);
    member["mention_count"].as_i64().unwrap()
}

#[tokio::test]
async fn the_name_of_a_group_mentions_its_people_in_the_channel() {
    let (site, _, square, [admin, alice, bob, carol]) = people().await;
    let dave = site.person("dave").await;
    let deck = make_group(&admin, "deck", &[&alice, &bob, &dave]).await;
    site.settle().await;
    let mut socket = bob.socket().await;
    let before = [mentions(&bob, &square).await, mentions(&carol, &square).await];
    for text in ["@Deck.", "to the `@deck`", "deck", "@decks", "see (@deck)"] {
        alice.say(&square, text).await;
    }
    assert_eq!(mentions(&bob, &square).await, before[0] + 2);
    assert_eq!(mentions(&carol, &square).await, before[1]);
    assert_eq!(mentions(&alice, &square).await, before[0], "nobody mentions themselves");
    let posted = socket.event("posted").await;
    assert_eq!(posted["data"]["mentions"], json!(format!("[\"{}\"]", bob.id)));

    let path = format!("/groups/{}", id(&deck));
    remove(&alice, &deck, &[&bob]).await.expect(200);
    alice.say(&square, "@deck once more").await;
    assert_eq!(mentions(&bob, &square).await, before[0] + 2);
    alice.post(&format!("{path}/members"), ids(&[&bob])).await.expect(200);
    alice.delete(&path).await.expect(200);
    alice.say(&square, "@deck in the archive").await;
    assert_eq!(mentions(&bob, &square).await, before[0] + 2);
    alice.post(&format!("{path}/restore"), json!({})).await.expect(200);
    alice.say(&square, "@deck again").await;
    assert_eq!(mentions(&bob, &square).await, before[0] + 3);
}
