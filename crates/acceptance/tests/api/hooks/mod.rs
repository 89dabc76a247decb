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

/// The posts of a channel, the newest first.
async fn posts(actor: &Actor, channel: &str) -> Vec<Value> {
    let list = actor.get(&format!("/channels/{channel}/posts")).await.expect(200);
    let order = list["order"].as_array().unwrap().clone();
    order.iter().map(|id| list["posts"][id.as_str().unwrap()].clone()).collect()
}
