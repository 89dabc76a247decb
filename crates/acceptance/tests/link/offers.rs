//! What a peer offers where an administrator is asked: seen, accepted and declined.

use fieldpost_link::share::{self, Accept, Which};
use fieldpost_model::Id;
use fieldpost_replica::{Frame, Offer};
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::bed::{Wire, administrator, content, enter, pair, share, site, state};

/// Headquarters offers a channel to an edge that asks its administrator.
struct Bed {
    hq: TestSite,
    edge: TestSite,
    wire: Wire,
    admin: Actor,
    edgar: Actor,
    team: Value,
    channel: String,
}

impl Bed {
    async fn new() -> Self {
        let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let edgar = edge.person("edgar").await;
        let channel = admin.channel(&team, "town-square").await;
        pair(&hq, &edge).await;
        let wire = Wire::with(&hq, &edge, Accept::Ask).await;
        let mut bed = Self { hq, edge, wire, admin, edgar, team, channel };
        bed.offer().await;
        bed
    }

    async fn offer(&mut self) {
        share(&self.hq, "edge", square()).await;
        self.wire.settle().await.unwrap();
    }

    async fn end(&mut self) {
        let store = &self.hq.running().store;
        let ended =
            store.write(&[], |work| share::unshare(work, &administrator(), "edge", &square()));
        ended.await.unwrap();
        self.wire.settle().await.unwrap();
    }

    /// What the edge tells of its link.
    async fn link(&self) -> Value {
        let mut status = self.edgar.get("/fieldpost/link").await.expect(200);
        status["peers"][0].take()
    }

    fn path(&self, channel: &str, said: &str) -> String {
        format!("/fieldpost/link/hq/offers/{channel}/{said}")
    }

    async fn accept(&mut self, channel: &str) {
        self.edgar.post(&self.path(channel, "accept"), json!({})).await.expect(200);
        self.wire.settle().await.unwrap();
    }
}

fn square() -> Which {
    Which::One("alpha:town-square".to_owned())
}

#[tokio::test]
async fn an_offer_is_seen_and_once_it_is_accepted_both_sides_hold_the_same() {
    let mut bed = Bed::new().await;
    let channel = bed.channel.clone();
    bed.admin.say(&channel, "said before").await;
    bed.wire.settle().await.unwrap();
    bed.edgar.get(&format!("/channels/{channel}")).await.expect(404);
    let link = bed.link().await;
    assert_eq!(link["shared"], json!([]));
    let offer = &link["offers"][0];
    assert!(offer["offered_at"].as_i64().unwrap() > 0);
    let expected = json!([{
        "channel": channel, "channel_id": channel, "team": "", "team_id": bed.team["id"],
        "offered_at": offer["offered_at"],
    }]);
    assert_eq!(link["offers"], expected);

    bed.accept(&channel).await;
    let link = bed.link().await;
    assert_eq!(link["offers"], json!([]));
    assert_eq!(link["shared"][0]["channel"], "alpha:town-square");
    enter(&bed.edgar, &bed.team, &channel).await;
    bed.edgar.say(&channel, "said at the edge").await;
    bed.wire.settle().await.unwrap();
    let seen = content(&bed.edgar, &channel).await;
    assert!(seen.values().any(|post| post["message"] == "said before"));
    assert_eq!(content(&bed.admin, &channel).await, seen);
    assert_eq!(state(&bed.hq, &channel).await, state(&bed.edge, &channel).await);
}

#[tokio::test]
async fn what_is_known_here_is_offered_and_accepted_by_its_name() {
    let mut bed = Bed::new().await;
    bed.accept(&bed.channel.clone()).await;
    bed.end().await;
    assert_eq!(bed.link().await["offers"], json!([]), "what is no longer shared is not offered");
    let later = json!({
        "team_id": bed.team["id"], "name": "later", "display_name": "Later", "type": "O",
    });
    let later = bed.admin.post("/channels", later).await.expect(201);
    share(&bed.hq, "edge", Which::One("alpha:later".to_owned())).await;
    bed.offer().await;
    let offers = bed.link().await["offers"].take();
    let mut offers: Vec<(&Value, &Value)> =
        offers.as_array().unwrap().iter().map(|one| (&one["channel"], &one["team"])).collect();
    offers.sort_by_key(|(channel, _)| *channel != "alpha:town-square");
    let alpha = &json!("alpha");
    assert_eq!(offers, [(&json!("alpha:town-square"), alpha), (&later["id"], alpha)]);
    let between = bed.admin.say(&bed.channel, "said meanwhile").await;
    bed.accept("alpha:town-square").await;
    let path = format!("/posts/{}", between["id"].as_str().unwrap());
    bed.edgar.get(&path).await.expect(200);
}

#[tokio::test]
async fn what_was_declined_is_not_offered_again_and_an_administrator_can_still_share_it() {
    let mut bed = Bed::new().await;
    let channel = bed.channel.clone();
    bed.edgar.post(&bed.path(&channel, "decline"), json!({})).await.expect(200);
    bed.wire.settle().await.unwrap();
    bed.end().await;
    bed.offer().await;
    let link = bed.link().await;
    assert_eq!((&link["offers"], &link["shared"]), (&json!([]), &json!([])));
    bed.edgar.get(&format!("/channels/{channel}")).await.expect(404);
    bed.edgar.post(&bed.path(&channel, "accept"), json!({})).await.refused(404);

    let share = json!({ "channel": channel });
    bed.edgar.post("/fieldpost/link/hq/share", share.clone()).await.expect(200);
    // It may be ended before it has come, too.
    bed.edgar.post("/fieldpost/link/hq/unshare", share.clone()).await.expect(200);
    assert_eq!(bed.link().await["shared"], json!([]));
    bed.edgar.post("/fieldpost/link/hq/share", share).await.expect(200);
    bed.wire.settle().await.unwrap();
    bed.edgar.get(&format!("/channels/{channel}")).await.expect(200);
}

#[tokio::test]
async fn offers_are_for_administrators() {
    let bed = Bed::new().await;
    let stranger = bed.edge.person("pat").await;
    stranger.get("/fieldpost/link").await.refused(403);
    for said in ["accept", "decline"] {
        let path = bed.path(&bed.channel, said);
        stranger.post(&path, json!({})).await.refused(403);
        let nobody = path.replace("/hq/", "/nobody/");
        bed.edgar.post(&nobody, json!({})).await.refused(404);
        bed.edgar.post(&bed.path("alpha:nothing", said), json!({})).await.refused(404);
    }
    assert_eq!(bed.link().await["offers"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_peer_may_not_offer_is_not_shown_and_not_accepted() {
    let mut bed = Bed::new().await;
    let team = json!({ "name": "bravo", "display_name": "Bravo", "type": "I" });
    let team = bed.edgar.post("/teams", team).await.expect(201);
    let ours = bed.edgar.channel(&team, "town-square").await;
    let invented = Id::from_bytes([42; 16]);
    let team: Id = team["id"].as_str().unwrap().parse().unwrap();
    let guessed = [ours.parse().unwrap(), invented].map(|channel| Offer { channel, team });
    let open = guessed.to_vec();
    bed.wire.forge(0, &Frame::Offers { open, closed: Vec::new(), all: false }).await.unwrap();
    let offers = bed.link().await["offers"].take();
    let offered: Vec<&Value> =
        offers.as_array().unwrap().iter().map(|one| &one["channel_id"]).collect();
    assert_eq!(offered, [&json!(bed.channel)]);
    for guess in [ours, invented.to_string()] {
        bed.edgar.post(&bed.path(&guess, "accept"), json!({})).await.refused(404);
    }
    let share = json!({ "channel": invented.to_string() });
    bed.edgar.post("/fieldpost/link/hq/share", share).await.refused(404);
}
