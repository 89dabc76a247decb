use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

async fn channel(actor: &Actor, team: &Value, name: &str, display_name: &str, kind: &str) -> Value {
    let body =
        json!({ "team_id": team["id"], "name": name, "display_name": display_name, "type": kind });
    actor.post("/channels", body).await.expect(201)
}

fn names(found: &Value) -> Vec<&str> {
    found.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect()
}

fn below(team: &Value, rest: &str) -> String {
    format!("/teams/{}/channels{rest}", team["id"].as_str().unwrap())
}

#[tokio::test]
async fn suggestions_look_at_names_and_never_at_others_private_channels() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    channel(&admin, &team, "radio-one", "Alpha Funk", "O").await;
    channel(&admin, &team, "funk-two", "Other", "O").await;
    channel(&admin, &team, "funk-secret", "Secret", "P").await;
    let found = bob.get(&below(&team, "/autocomplete?name=funk")).await.expect(200);
    assert_eq!(names(&found), ["radio-one", "funk-two"]);
    let found = admin.get(&below(&team, "/autocomplete?name=FUNK")).await.expect(200);
    assert_eq!(names(&found), ["radio-one", "funk-two", "funk-secret"]);
    let all = bob.get(&below(&team, "/autocomplete?name=")).await.expect(200);
    assert_eq!(names(&all), ["radio-one", "off-topic", "funk-two", "town-square"]);
    let mallory = site.person("mallory").await;
    mallory.get(&below(&team, "/autocomplete?name=")).await.expect(403);
}

#[tokio::test]
async fn letters_of_every_language_match_whatever_their_case() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    channel(&admin, &team, "staff", "Штаб Управління", "O").await;
    for term in ["штаб", "УПРАВЛ", "упр шта"] {
        let found = admin.post(&below(&team, "/search"), json!({ "term": term })).await.expect(200);
        assert_eq!(names(&found), ["staff"], "{term}");
    }
    let nothing = admin.post(&below(&team, "/search"), json!({ "term": "100%" })).await;
    assert_eq!(names(&nothing.expect(200)), [""; 0]);
}

#[tokio::test]
async fn a_search_finds_open_channels_archived_ones_too() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let old = channel(&admin, &team, "old-plans", "Old plans", "O").await;
    channel(&admin, &team, "new-plans", "New plans", "O").await;
    channel(&admin, &team, "secret-plans", "Secret plans", "P").await;
    admin.delete(&format!("/channels/{}", old["id"].as_str().unwrap())).await.expect(200);
    let term = json!({ "term": "plans" });
    let found = admin.post(&below(&team, "/search"), term.clone()).await.expect(200);
    assert_eq!(names(&found), ["new-plans", "old-plans"]);
    let found = admin.post(&below(&team, "/search_archived"), term.clone()).await.expect(200);
    assert_eq!(names(&found), ["old-plans"]);
    let everywhere = "/channels/search?system_console=false";
    let found = admin.post(everywhere, term.clone()).await.expect(200);
    assert_eq!(names(&found), ["new-plans", "old-plans", "secret-plans"]);
    assert_eq!(found[0]["team_name"], "alpha");
    let mallory = site.person("mallory").await;
    mallory.post(&below(&team, "/search"), term.clone()).await.expect(403);
    assert_eq!(names(&mallory.post(everywhere, term).await.expect(200)), [""; 0]);
}

#[tokio::test]
async fn lists_of_archived_and_private_channels() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let open = channel(&admin, &team, "open", "Open", "O").await;
    let own = channel(&bob, &team, "bobs", "Bobs", "P").await;
    let foreign = channel(&admin, &team, "admins", "Admins", "P").await;
    channel(&admin, &team, "live", "Live", "P").await;
    for made in [&open, &foreign] {
        admin.delete(&format!("/channels/{}", made["id"].as_str().unwrap())).await.expect(200);
    }
    bob.delete(&format!("/channels/{}", own["id"].as_str().unwrap())).await.expect(200);
    let found = bob.get(&below(&team, "/deleted")).await.expect(200);
    assert_eq!(names(&found), ["bobs", "open"]);
    let found = admin.get(&below(&team, "/deleted")).await.expect(200);
    assert_eq!(names(&found), ["admins", "bobs", "open"]);
    assert_eq!(names(&admin.get(&below(&team, "/private")).await.expect(200)), ["live"]);
    bob.get(&below(&team, "/private")).await.expect(403);
}

#[tokio::test]
async fn open_channels_by_their_ids() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let secret = channel(&admin, &team, "secret", "Secret", "P").await;
    let square = admin.channel(&team, "town-square").await;
    let ids = json!([square, secret["id"]]);
    assert_eq!(names(&admin.post(&below(&team, "/ids"), ids).await.expect(200)), ["town-square"]);
    let refusal = admin.post(&below(&team, "/ids"), json!([secret["id"]])).await.refused(404);
    assert_eq!(refusal, "app.channel.get_channels.not_found.app_error");
    admin.post(&below(&team, "/ids"), json!([])).await.expect(400);
}

#[tokio::test]
async fn somebodys_channels_in_all_teams() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let direct = admin.post("/channels/direct", json!([admin.id, bob.id])).await.expect(201);
    let old = channel(&admin, &team, "old", "Old", "O").await;
    admin.delete(&format!("/channels/{}", old["id"].as_str().unwrap())).await.expect(200);
    let all = admin.get("/users/me/channels").await.expect(200);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 3);
    assert!(all.iter().any(|channel| channel["id"] == direct["id"]));
    let with_old = admin.get("/users/me/channels?include_deleted=true").await.expect(200);
    assert_eq!(with_old.as_array().unwrap().len(), 4);
    let since = i64::MAX - 1;
    let later = format!("/users/me/channels?include_deleted=true&last_delete_at={since}");
    assert_eq!(admin.get(&later).await.expect(200).as_array().unwrap().len(), 3);
    bob.get(&format!("/users/{}/channels", admin.id)).await.expect(403);
    let loner = site.person("loner").await;
    let refusal = loner.get("/users/me/channels").await.refused(404);
    assert_eq!(refusal, "app.channel.get_channels.not_found.app_error");
}

#[tokio::test]
async fn a_list_that_has_not_changed_is_not_sent_again() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let path = format!("/users/me{}", below(&team, ""));
    let reply = admin.get(&path).await;
    let etag = reply.header("etag").to_owned();
    assert!(etag.starts_with("10."), "{etag}");
    reply.expect(200);
    let knowing = admin.with_header("if-none-match", &etag);
    assert_eq!(knowing.get(&path).await.expect(304), Value::Null);
    let square = admin.channel(&team, "town-square").await;
    admin.say(&square, "news").await;
    knowing.get(&path).await.expect(200);
}

#[tokio::test]
async fn group_conversations_are_found_by_their_members() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let group = admin.post("/channels/group", json!([bob.id, carol.id])).await.expect(201);
    for (term, count) in [("bob", 1), ("CAR bo", 1), ("bob zed", 0), ("", 0)] {
        let found = admin.post("/channels/group/search", json!({ "term": term })).await.expect(200);
        assert_eq!(found.as_array().unwrap().len(), count, "{term}");
        assert!(found.as_array().unwrap().iter().all(|c| c["id"] == group["id"]));
    }
    let path = below(&team, "/search_autocomplete?name=bob");
    admin.post("/channels/direct", json!([admin.id, bob.id])).await.expect(201);
    let found = admin.get(&path).await.expect(200);
    let shown: Vec<&str> =
        found.as_array().unwrap().iter().map(|c| c["display_name"].as_str().unwrap()).collect();
    assert_eq!(shown, ["admin, bob, carol", "bob"]);
}
