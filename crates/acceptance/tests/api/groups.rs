use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

fn names<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap()).collect()
}

async fn group(actor: &Actor, others: &[&Actor]) -> String {
    let ids: Vec<_> = others.iter().map(|other| other.id).collect();
    let made = actor.post("/channels/group", json!(ids)).await.expect(201);
    id(&made).to_owned()
}

#[tokio::test]
async fn the_other_people_of_groups_are_told_to_those_who_belong() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let bob = site.member(&admin, &team, "bob").await;
    let carol = site.member(&admin, &team, "carol").await;
    let ours = group(&alice, &[&bob, &carol]).await;
    let theirs = group(&admin, &[&bob, &carol]).await;
    let direct = alice.post("/channels/direct", json!([alice.id, bob.id])).await.expect(201);
    let square = admin.channel(&team, "town-square").await;
    let asked = json!([ours, theirs, direct["id"], square, ours, "y".repeat(26)]);
    let found = alice.post("/users/group_channels", asked).await.expect(200);
    assert_eq!(found.as_object().unwrap().len(), 1);
    assert_eq!(names(&found[&ours], "username"), ["bob", "carol"]);
    assert_eq!(found[&ours][0].get("notify_props"), None, "what is theirs stays theirs");
    assert_eq!(alice.post("/users/group_channels", json!([])).await.expect(200), json!({}));
    site.stranger().post("/users/group_channels", json!([ours])).await.expect(401);
}

#[tokio::test]
async fn the_teams_that_a_group_shares_are_those_of_all_its_active_people() {
    let site = TestSite::start().await;
    let (admin, alpha) = site.administrator_with_team("alpha").await;
    let beta = json!({ "name": "beta", "display_name": "Beta", "type": "O" });
    let beta = admin.post("/teams", beta).await.expect(201);
    let alice = site.member(&admin, &alpha, "alice").await;
    let bob = site.member(&admin, &alpha, "bob").await;
    let mallory = site.person("mallory").await;
    let ours = group(&admin, &[&alice, &bob]).await;
    let path = format!("/channels/{ours}/common_teams");
    assert_eq!(names(&alice.get(&path).await.expect(200), "name"), ["alpha"]);
    let members = format!("/teams/{}/members", id(&beta));
    let member = json!({ "team_id": beta["id"], "user_id": alice.id });
    admin.post(&members, member).await.expect(201);
    assert_eq!(names(&alice.get(&path).await.expect(200), "name"), ["alpha"]);
    // Whoever is deactivated keeps nobody from anything.
    admin.delete(&format!("/users/{}", bob.id)).await.expect(200);
    assert_eq!(names(&alice.get(&path).await.expect(200), "name"), ["alpha", "beta"]);

    mallory.get(&path).await.expect(403);
    let square = admin.channel(&alpha, "town-square").await;
    let refusal = alice.get(&format!("/channels/{square}/common_teams")).await.refused(400);
    assert_eq!(refusal, "app.channel.get_common_teams.incorrect_channel_type");
    alice.get(&format!("/channels/{}/common_teams", "y".repeat(26))).await.expect(404);
}
