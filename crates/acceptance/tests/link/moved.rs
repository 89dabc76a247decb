//! A channel that goes to another team crosses no link, and stops none.

use fieldpost_chat::channel::ChannelMoved;
use fieldpost_kernel::{Rows, Work, params};
use fieldpost_link::share::{self, Which};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::Id;
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::bed::{Wire, administrator, pair, share, site, state};

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

/// Two linked sites, two teams at one of them, and a channel in the first.
struct Linked {
    hq: TestSite,
    edge: TestSite,
    admin: Actor,
    alpha: Value,
    beta: Value,
    plans: String,
}

impl Linked {
    async fn new() -> Self {
        let (hq, edge) = (site("hq", 41).await, site("edge", 42).await);
        let (admin, alpha) = hq.administrator_with_team("alpha").await;
        let beta = json!({ "name": "beta", "display_name": "Beta", "type": "O" });
        let beta = admin.post("/teams", beta).await.expect(201);
        let plans =
            json!({ "team_id": alpha["id"], "name": "plans", "display_name": "P", "type": "O" });
        let plans = id(&admin.post("/channels", plans).await.expect(201)).to_owned();
        admin.say(&plans, "before").await;
        pair(&hq, &edge).await;
        Self { hq, edge, admin, alpha, beta, plans }
    }

    fn path(&self) -> String {
        format!("/channels/{}/move", self.plans)
    }

    fn to(&self, team: &Value) -> Value {
        json!({ "team_id": team["id"], "force": true })
    }

    async fn unshare(&self) {
        let which = Which::One("alpha:plans".to_owned());
        let store = &self.hq.running().store;
        store
            .write(&[], move |work| share::unshare(work, &administrator(), "edge", &which))
            .await
            .unwrap();
    }

    /// Why a channel cannot be shared.
    async fn refused(&self, channel: &str) -> String {
        let which = Which::One(channel.to_owned());
        let store = &self.hq.running().store;
        let shared =
            store.write(&[], move |work| share::share(work, &administrator(), "edge", &which));
        shared.await.unwrap_err().id.into_owned()
    }
}

#[tokio::test]
async fn a_shared_channel_is_not_moved_until_its_share_ends() {
    let linked = Linked::new().await;
    let Linked { hq, edge, admin, beta, plans, .. } = &linked;
    share(hq, "edge", Which::One("alpha:plans".to_owned())).await;
    let mut wire = Wire::new(hq, edge).await;
    wire.settle().await.unwrap();
    let local = edge.person("local").await;
    let why = admin.post(&linked.path(), linked.to(beta)).await.refused(400);
    assert_eq!(why, "api.fieldpost.channel.move.shared");
    // Nor is it at the other site, where it was not made.
    let there = json!({ "name": "there", "display_name": "There", "type": "O" });
    let there = local.post("/teams", there).await.expect(201);
    local.post(&linked.path(), linked.to(&there)).await.refused(400);

    linked.unshare().await;
    wire.settle().await.unwrap();
    admin.post(&linked.path(), linked.to(beta)).await.expect(200);
    let why = local.post(&linked.path(), linked.to(&there)).await.refused(403);
    assert_eq!(why, "api.fieldpost.channel.move.made_elsewhere");
    admin.say(plans, "after").await;
    wire.settle().await.unwrap();
    let posts = local.get(&format!("/channels/{plans}/posts")).await.expect(200).to_string();
    assert!(posts.contains("before") && !posts.contains("after"));
    assert_eq!(linked.refused("beta:plans").await, "api.fieldpost.link.moved");
    assert_eq!(linked.refused(plans).await, "api.fieldpost.link.moved");
}

#[tokio::test]
async fn sharing_all_passes_a_moved_channel_over() {
    let linked = Linked::new().await;
    let Linked { hq, edge, admin, alpha, beta, plans } = &linked;
    admin.post(&linked.path(), linked.to(beta)).await.expect(200);
    share(hq, "edge", Which::All).await;
    let mut wire = Wire::new(hq, edge).await;
    wire.settle().await.unwrap();
    let local = edge.person("local").await;
    local.get(&format!("/channels/{plans}")).await.expect(404);
    // Back in the team where it was made, it is still one that was elsewhere.
    admin.post(&linked.path(), linked.to(alpha)).await.expect(200);
    let square = admin.channel(beta, "town-square").await;
    admin.say(&square, "the rest passes").await;
    wire.settle().await.unwrap();
    local.get(&format!("/channels/{plans}")).await.expect(404);
    assert_eq!(state(hq, &square).await, state(edge, &square).await);
}

#[tokio::test]
async fn a_channel_that_is_shared_in_the_moment_of_its_move_stops_no_link() {
    let linked = Linked::new().await;
    let Linked { hq, edge, admin, beta, plans, .. } = &linked;
    admin.post(&linked.path(), linked.to(beta)).await.expect(200);
    // As if both had been decided at once, by two servers on one database.
    for (here, there) in [(hq, edge), (edge, hq)] {
        let peer = there.running().store.site().id.0;
        let (channel, team): (Id, Id) = (plans.parse().unwrap(), id(beta).parse().unwrap());
        let sql = "INSERT INTO link_share (site, channel, team, mine, theirs) \
                   VALUES (?1, ?2, ?3, 1, 1)";
        let store = &here.running().store;
        let set = move |work: &mut Work<'_>| work.execute(sql, params![&peer, &channel, &team]);
        store.write(&[], set).await.unwrap();
    }
    let square = admin.channel(beta, "town-square").await;
    share(hq, "edge", Which::One("beta:town-square".to_owned())).await;
    admin.say(&square, "goes on").await;
    let mut wire = Wire::new(hq, edge).await;
    wire.settle().await.unwrap();
    let local = edge.person("local").await;
    local.get(&format!("/channels/{plans}")).await.expect(404);
    assert_eq!(state(hq, &square).await, state(edge, &square).await);
}

#[tokio::test]
async fn nobody_moves_a_channel_that_another_site_made() {
    let linked = Linked::new().await;
    let Linked { hq, edge, admin, alpha, beta, plans } = &linked;
    for channel in ["alpha:plans", "beta:town-square"] {
        share(hq, "edge", Which::One(channel.to_owned())).await;
    }
    let mut wire = Wire::new(hq, edge).await;
    wire.settle().await.unwrap();
    // Both teams are shared, so that the other site may speak of them; but not so of this channel.
    let author = edge.person("local").await.id;
    let scope = Scope::new(ScopeKind::Channel, plans.parse().unwrap());
    let moved = ChannelMoved { team: id(beta).parse().unwrap() };
    let store = &edge.running().store;
    store.write(&[], move |work| work.emit(scope, author, &moved).map(drop)).await.unwrap();
    wire.settle().await.unwrap();
    let now = admin.get(&format!("/channels/{plans}")).await.expect(200);
    assert_eq!(now["team_id"], alpha["id"]);
    assert_eq!(state(hq, plans).await, state(edge, plans).await);
    // Nor does it keep what is written there from passing.
    admin.say(plans, "goes on").await;
    wire.settle().await.unwrap();
    assert_eq!(state(hq, plans).await, state(edge, plans).await);
}
