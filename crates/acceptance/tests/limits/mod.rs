//! Bombs: what a stranger or a member may throw at a site. Each is refused with a clear error before
//! it costs much, nothing of it stays, and the site goes on answering.

mod bodies;
mod floods;
mod forms;
mod pages;
mod proofs;
mod sockets;
mod texts;
mod uploads;
mod wire;

use fieldpost_testkit::{Actor, TestSite};
use serde_json::Value;

/// A site with its administrator, a member of a team, and the team's town square.
async fn places() -> (TestSite, Value, [Actor; 2], String) {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    (site, team, [admin, bob], square)
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

/// How many posts a channel shows.
async fn posts(actor: &Actor, channel: &str) -> usize {
    let list = actor.get(&format!("/channels/{channel}/posts?per_page=200")).await.expect(200);
    list["order"].as_array().unwrap().len()
}
