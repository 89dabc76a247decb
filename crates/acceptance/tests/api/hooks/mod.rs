mod incoming;
mod outgoing;
mod receiver;

use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

/// A site with its administrator, a member of a team, and the team's town square. What programs
/// want to tell this machine they may.
async fn places() -> (TestSite, Value, [Actor; 2], String) {
    let site = TestSite::start_with(|config| {
        config.outbound.enabled = true;
        config.outbound.allowed_internal = vec!["127.0.0.1".to_owned()];
    })
    .await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let square = admin.channel(&team, "town-square").await;
    (site, team, [admin, alice], square)
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

/// Makes an incoming webhook that may post anywhere.
async fn incoming(admin: &Actor, channel: &str) -> Value {
    let new = json!({ "channel_id": channel, "display_name": "Builds", "description": "CI" });
    admin.post("/hooks/incoming", new).await.expect(201)
}

/// A member of the team who administers it.
async fn team_admin(site: &TestSite, admin: &Actor, team: &Value, name: &str) -> Actor {
    let person = site.member(admin, team, name).await;
    let path = format!("/teams/{}/members/{}/schemeRoles", id(team), person.id);
    admin.put(&path, json!({ "scheme_admin": true, "scheme_user": true })).await.expect(200);
    person
}

/// Makes a channel of the team.
async fn channel(actor: &Actor, team: &Value, name: &str, kind: &str) -> String {
    let new = json!({ "team_id": team["id"], "name": name, "display_name": name, "type": kind });
    id(&actor.post("/channels", new).await.expect(201)).to_owned()
}

/// The posts of a channel, the newest first.
async fn posts(actor: &Actor, channel: &str) -> Vec<Value> {
    let list = actor.get(&format!("/channels/{channel}/posts")).await.expect(200);
    let order = list["order"].as_array().unwrap().clone();
    order.iter().map(|id| list["posts"][id.as_str().unwrap()].clone()).collect()
}
