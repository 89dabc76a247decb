//! What people type to have something done.

mod actions;
mod built_in;
mod custom;
mod manage;
mod receiver;
mod refused;

use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

/// A site with its administrator, and two members of a team.
pub(super) async fn people() -> (TestSite, Value, [Actor; 3]) {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let bob = site.member(&admin, &team, "bob").await;
    (site, team, [admin, alice, bob])
}

pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap()
}

/// Runs a command, and gives what the client is answered.
pub(super) async fn run(actor: &Actor, channel: &str, command: &str) -> Value {
    let sent = json!({ "channel_id": channel, "command": command });
    actor.post("/commands/execute", sent).await.expect(200)
}

/// Runs a command that only its author hears of, and gives what they are told.
pub(super) async fn told(actor: &Actor, channel: &str, command: &str) -> String {
    let answer = run(actor, channel, command).await;
    assert_eq!(answer["response_type"], "ephemeral", "{command}: {answer}");
    text(&answer, "text").to_owned()
}

/// The newest post of a channel.
pub(super) async fn newest(actor: &Actor, channel: &str) -> Value {
    newest_of(actor, channel).await.remove(0)
}

/// The posts of a channel, the newest first.
pub(super) async fn newest_of(actor: &Actor, channel: &str) -> Vec<Value> {
    let list = actor.get(&format!("/channels/{channel}/posts")).await.expect(200);
    let order = list["order"].as_array().unwrap();
    order.iter().map(|id| list["posts"][id.as_str().unwrap()].clone()).collect()
}

/// Makes a channel of the team.
pub(super) async fn channel(actor: &Actor, team: &Value, name: &str, kind: &str) -> String {
    let new = json!({ "team_id": team["id"], "name": name, "display_name": name, "type": kind });
    text(&actor.post("/channels", new).await.expect(201), "id").to_owned()
}
