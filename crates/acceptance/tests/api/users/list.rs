use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

use super::names;

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

#[tokio::test]
async fn people_are_listed_by_username_in_pages() {
    let site = TestSite::start().await;
    let (admin, _) = site.administrator_with_team("alpha").await;
    site.person("carol").await;
    site.person("bob").await;
    let all = admin.get("/users").await.expect(200);
    assert_eq!(names(&all), ["admin", "bob", "carol"]);
    let second = admin.get("/users?page=1&per_page=2").await.expect(200);
    assert_eq!(names(&second), ["carol"]);
}

#[tokio::test]
async fn people_are_listed_by_the_places_they_belong_to() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    site.person("carol").await;
    let (team_id, other) = (id(&team), admin.channel(&team, "off-topic").await);
    bob.delete(&format!("/channels/{other}/members/{}", bob.id)).await.expect(200);
    for (query, expected) in [
        (format!("in_team={team_id}"), vec!["admin", "bob"]),
        (format!("in_team={team_id}&sort=create_at"), vec!["bob", "admin"]),
        (format!("not_in_team={team_id}"), vec!["carol"]),
        (format!("in_channel={other}"), vec!["admin"]),
        (format!("in_team={team_id}&not_in_channel={other}"), vec!["bob"]),
        ("without_team=true".to_owned(), vec!["carol"]),
        ("role=system_admin".to_owned(), vec!["admin"]),
        ("inactive=true".to_owned(), vec![]),
        ("active=true".to_owned(), vec!["admin", "bob", "carol"]),
    ] {
        let found = admin.get(&format!("/users?{query}")).await.expect(200);
        assert_eq!(names(&found), expected, "{query}");
    }
    for query in ["active=true&inactive=true", "sort=status", "role=nobody", "in_team=x"] {
        admin.get(&format!("/users?{query}")).await.expect(400);
    }
}

#[tokio::test]
async fn lists_of_places_one_does_not_belong_to_are_refused() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let carol = site.person("carol").await;
    let square = admin.channel(&team, "town-square").await;
    let team_id = id(&team);
    for query in [
        format!("in_team={team_id}"),
        format!("not_in_team={team_id}"),
        format!("in_channel={square}"),
        format!("in_team={team_id}&not_in_channel={square}"),
        "without_team=true".to_owned(),
    ] {
        let refusal = carol.get(&format!("/users?{query}")).await.refused(403);
        assert_eq!(refusal, "api.context.permissions.app_error", "{query}");
    }
    site.stranger().get("/users").await.expect(401);
}

#[tokio::test]
async fn a_list_that_has_not_changed_is_not_sent_again() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.person("bob").await;
    for path in [format!("/users?in_team={}", id(&team)), format!("/users/{}", bob.id)] {
        let first = admin.get(&path).await;
        let etag = first.header("etag").to_owned();
        first.expect(200);
        let again = admin.with_header("if-none-match", &etag).get(&path).await;
        again.expect(304);
        admin.with_header("if-none-match", "other").get(&path).await.expect(200);
    }
}

#[tokio::test]
async fn a_search_finds_every_word_anywhere_in_a_name() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let people = [("bob", "Robert", "Weaver"), ("bobby", "Rob_in", "Fisher")];
    for (username, first, last) in people {
        let account = json!({
            "username": username, "email": format!("{username}@example.com"),
            "password": "long enough", "first_name": first, "last_name": last,
        });
        admin.post("/users", account).await.expect(201);
    }
    for (term, expected) in [
        ("BOB", vec!["bob", "bobby"]),
        ("@rob weav", vec!["bob"]),
        ("b_in", vec!["bobby"]),
        ("bobby@example", vec!["bobby"]),
        ("%", vec![]),
    ] {
        let found = admin.post("/users/search", json!({ "term": term })).await.expect(200);
        assert_eq!(names(&found), expected, "{term}");
    }
    let nobody = json!({ "term": "bob", "team_id": team["id"] });
    assert_eq!(names(&admin.post("/users/search", nobody).await.expect(200)), [""; 0]);
    admin.post("/users/search", json!({ "term": "" })).await.expect(400);
    admin.post("/users/search", json!({ "term": "x", "limit": 1001 })).await.expect(400);
    let unplaced = json!({ "term": "x", "not_in_channel_id": team["id"] });
    admin.post("/users/search", unplaced).await.expect(400);
}

#[tokio::test]
async fn a_name_is_completed_from_inside_the_channel_and_from_outside() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let other = admin.channel(&team, "off-topic").await;
    bob.delete(&format!("/channels/{other}/members/{}", bob.id)).await.expect(200);
    let path = format!("/users/autocomplete?in_team={}&in_channel={other}&name=", id(&team));
    let all = admin.get(&path).await.expect(200);
    assert_eq!((names(&all["users"]), names(&all["out_of_channel"])), (vec!["admin"], vec!["bob"]));
    let some = admin.get(&format!("/users/autocomplete?in_team={}&name=bo", id(&team))).await;
    let some = some.expect(200);
    assert_eq!(names(&some["users"]), ["bob"]);
    assert!(some.get("out_of_channel").is_none());
    // Addresses are nobody's name.
    let none = admin.get("/users/autocomplete?name=example.com").await.expect(200);
    assert_eq!(names(&none["users"]), [""; 0]);
    site.person("carol").await.get(&path).await.expect(403);
}

#[tokio::test]
async fn those_who_share_a_channel_know_each_other() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.person("carol").await;
    assert_eq!(admin.get("/users/known").await.expect(200), json!([bob.id]));
    assert_eq!(carol.get("/users/known").await.expect(200), json!([]));
    let stats = carol.get("/users/stats").await.expect(200);
    assert_eq!(stats, json!({ "total_users_count": 3 }));
}

#[tokio::test]
async fn an_address_leads_to_its_owner() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    let found = bob.get("/users/email/Alice@example.com").await.expect(200);
    assert_eq!(found["id"], alice.id.to_string());
    bob.get("/users/email/nobody@example.com").await.expect(404);
}

#[tokio::test]
async fn only_what_changed_since_is_given_when_asked_so() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let first = alice.get("/users/me").await.expect(200);
    let bob = site.person("bob").await;
    let since = first["update_at"].as_i64().unwrap();
    let path = format!("/users/ids?since={since}");
    let newer = alice.post(&path, json!([alice.id, bob.id])).await.expect(200);
    assert_eq!(names(&newer), ["bob"]);
    alice.post("/users/ids?since=x", json!([bob.id])).await.expect(400);
}
