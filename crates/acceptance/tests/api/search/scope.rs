//! Who finds what: at every moment what they may read, and nothing else.

use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

use super::{finds, finds_with, id, private_channel};

fn everywhere(terms: &str) -> Value {
    json!({ "terms": terms, "is_or_search": false })
}

#[tokio::test]
async fn what_is_said_in_a_channel_is_found_by_its_members_while_they_are() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mallory = site.person("mallory").await;
    let private = private_channel(&admin, &team).await;
    admin.say(id(&private), "the secret word").await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "secret").await, ["the secret word"]);
    for terms in ["secret", "in:ops", "from:admin secret", "-other secret", "secrets"] {
        assert_eq!(finds(&bob, &team, terms).await, [""; 0], "{terms}");
        assert_eq!(finds_with(&mallory, None, everywhere(terms)).await, [""; 0], "{terms}");
    }
    let path = format!("/channels/{}/members", id(&private));
    admin.post(&path, json!({ "user_id": bob.id })).await.expect(201);
    assert_eq!(finds(&bob, &team, "secret").await, ["the secret word"]);
    admin.delete(&format!("{path}/{}", bob.id)).await.expect(200);
    assert_eq!(finds(&bob, &team, "secret").await, [""; 0]);
    // Nobody searches a team that they do not belong to.
    let path = format!("/teams/{}/posts/search", id(&team));
    let refused = mallory.post(&path, everywhere("secret")).await.refused(403);
    assert_eq!(refused, "api.context.permissions.app_error");
}

#[tokio::test]
async fn an_open_channel_is_not_searched_by_those_who_did_not_join() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let open = json!({
        "team_id": team["id"], "name": "news", "display_name": "News", "type": "O",
    });
    let open = admin.post("/channels", open).await.expect(201);
    admin.say(id(&open), "breaking").await;
    site.indexed().await;
    assert_eq!(finds(&bob, &team, "breaking").await, [""; 0]);
    let join = json!({ "user_id": bob.id });
    bob.post(&format!("/channels/{}/members", id(&open)), join).await.expect(201);
    assert_eq!(finds(&bob, &team, "breaking").await, ["breaking"]);
}

#[tokio::test]
async fn a_team_is_searched_with_all_conversations_and_without_other_teams() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let other = json!({ "name": "beta", "display_name": "Beta", "type": "O" });
    let other = admin.post("/teams", other).await.expect(201);
    let direct = admin.post("/channels/direct", json!([bob.id, admin.id])).await.expect(201);
    admin.say(&admin.channel(&team, "town-square").await, "word alpha").await;
    admin.say(&admin.channel(&other, "town-square").await, "word beta").await;
    admin.say(id(&direct), "word direct").await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "word").await, ["word direct", "word alpha"]);
    assert_eq!(finds(&admin, &other, "word").await, ["word direct", "word beta"]);
    let all = finds_with(&admin, None, everywhere("word")).await;
    assert_eq!(all, ["word direct", "word beta", "word alpha"]);
    // Whoever is not of a team is nobody there.
    assert_eq!(finds(&admin, &other, "word from:bob").await, [""; 0]);
    assert_eq!(finds_with(&bob, None, everywhere("word")).await, ["word direct", "word alpha"]);
}

#[tokio::test]
async fn archived_channels_are_searched_when_they_are_asked_for() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let old = json!({ "team_id": team["id"], "name": "old", "display_name": "Old", "type": "O" });
    let old = admin.post("/channels", old).await.expect(201);
    admin.say(id(&old), "history").await;
    admin.delete(&format!("/channels/{}", id(&old))).await.expect(200);
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "history").await, [""; 0]);
    let archived = json!({ "terms": "history", "include_deleted_channels": true });
    assert_eq!(finds_with(&admin, Some(&team), archived).await, ["history"]);
}

#[tokio::test]
async fn what_is_edited_or_deleted_is_found_as_it_is() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "thread about boats").await;
    let reply = json!({ "channel_id": square, "message": "boats reply", "root_id": root["id"] });
    admin.post("/posts", reply).await.expect(201);
    let edited = admin.say(&square, "sails").await;
    site.indexed().await;
    let path = format!("/posts/{}", id(&edited));
    admin.put(&format!("{path}/patch"), json!({ "message": "oars #row" })).await.expect(200);
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "sails").await, [""; 0]);
    assert_eq!(finds(&admin, &team, "oars").await, ["oars #row"]);
    assert_eq!(finds(&admin, &team, "#row").await, ["oars #row"]);
    assert_eq!(finds(&admin, &team, "boats").await.len(), 2);
    let holds = || {
        let contents = site.running().search.index().current().unwrap().contents().unwrap();
        contents.iter().any(|line| line.contains("boats"))
    };
    assert!(holds());
    // What is deleted is not found from that moment on, whether or not the index knows.
    admin.delete(&format!("/posts/{}", id(&root))).await.expect(200);
    assert_eq!(finds(&admin, &team, "boats").await, [""; 0]);
    admin.delete(&path).await.expect(200);
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "oars").await, [""; 0]);
    assert!(!holds());
}

#[tokio::test]
async fn what_the_server_says_is_not_found() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    site.member(&admin, &team, "bob").await;
    site.indexed().await;
    let square = admin.channel(&team, "town-square").await;
    let list = admin.get(&format!("/channels/{square}/posts")).await.expect(200);
    assert_ne!(list["order"], json!([]), "nothing was said that could be found");
    assert_eq!(finds(&admin, &team, "in:town-square").await, [""; 0]);
    assert_eq!(finds(&admin, &team, "joined").await, [""; 0]);
}
