//! A site whose clock is years ahead: people who change what it wrote win over it, and it is told.

use fieldpost_link::share::Which;
use fieldpost_log::{Scope, ScopeKind, Stamp};
use fieldpost_model::Id;
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::bed::{Wire, enter, pair, share, site, state};

const YEAR: i64 = 365 * 24 * 3600 * 1000;

struct Bed {
    hq: TestSite,
    edge: TestSite,
    wire: Wire,
    admin: Actor,
    pat: Actor,
    edgar: Actor,
    team: Value,
    ops: String,
    off_topic: String,
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

impl Bed {
    /// Two sites that share all they have; the clock of the one at the edge is ten years ahead.
    async fn new() -> Self {
        let (hq, edge) = (site("hq", 41).await, site("edge", 42).await);
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let pat = hq.member(&admin, &team, "pat").await;
        let new = json!({ "team_id": team["id"], "name": "ops", "display_name": "O", "type": "O" });
        let ops = id(&admin.post("/channels", new).await.expect(201));
        let member = json!({ "user_id": pat.id });
        admin.post(&format!("/channels/{ops}/members"), member).await.expect(201);
        let off_topic = admin.channel(&team, "off-topic").await;
        pair(&hq, &edge).await;
        share(&hq, "edge", Which::All).await;
        share(&edge, "hq", Which::All).await;
        let mut wire = Wire::new(&hq, &edge).await;
        wire.settle().await.unwrap();
        edge.clock().advance(10 * YEAR);
        let edgar = edge.person("edgar").await;
        enter(&edgar, &team, &ops).await;
        enter(&edgar, &team, &off_topic).await;
        wire.settle().await.unwrap();
        Self { hq, edge, wire, admin, pat, edgar, team, ops, off_topic }
    }

    async fn settle(&mut self) {
        self.wire.settle().await.unwrap();
    }

    /// The same of both sites, as a reader at each sees it.
    async fn both(&self, path: &str) -> Value {
        let at_hq = self.admin.get(path).await.expect(200);
        let at_edge = self.edgar.get(path).await.expect(200);
        for name in ["message", "is_pinned", "header", "delete_at", "description", "scheme_admin"] {
            assert_eq!(at_hq[name], at_edge[name], "{path}: {name}");
        }
        at_hq
    }

    /// How far a site believes that the other's clock is ahead.
    async fn ahead(of: &TestSite) -> i64 {
        let peers = of.running().store.read(|rows| fieldpost_link::peer::all(rows)).await.unwrap();
        peers[0].clock_ahead
    }

    async fn assert_equal(&self) {
        for channel in [&self.ops, &self.off_topic] {
            assert_eq!(state(&self.hq, channel).await, state(&self.edge, channel).await);
        }
        let team: Id = id(&self.team).parse().unwrap();
        for kind in [ScopeKind::Team, ScopeKind::TeamMembers] {
            let scope = Scope::new(kind, team);
            let at_hq = self.hq.running().store.state_hash(scope).await.unwrap();
            assert_eq!(
                at_hq,
                self.edge.running().store.state_hash(scope).await.unwrap(),
                "{kind:?}"
            );
        }
    }
}

#[tokio::test]
async fn whoever_edits_what_a_wrong_clock_wrote_wins_over_it_at_both_sites() {
    let mut bed = Bed::new().await;
    let post = id(&bed.admin.say(&bed.ops, "first").await);
    let gone = id(&bed.admin.say(&bed.ops, "to be deleted").await);
    bed.settle().await;
    let path = format!("/posts/{post}");
    let edit = |message: &str| json!({ "message": message });
    let reaction = json!({ "user_id": bed.edgar.id, "post_id": post, "emoji_name": "eyes" });
    let (edgar, admin) = (bed.edgar.clone(), bed.admin.clone());
    let patch = format!("{path}/patch");
    edgar.put(&patch, edit("from the future")).await.expect(200);
    edgar.put(&format!("/posts/{gone}/patch"), edit("from the future")).await.expect(200);
    edgar.post(&format!("{path}/pin"), json!({})).await.expect(200);
    edgar.post("/reactions", reaction).await.expect(200);
    bed.settle().await;
    let seen = bed.both(&path).await;
    assert_eq!((&seen["message"], &seen["is_pinned"]), (&json!("from the future"), &json!(true)));

    admin.put(&patch, edit("now")).await.expect(200);
    admin.delete(&format!("/posts/{gone}")).await.expect(200);
    admin.post(&format!("{path}/unpin"), json!({})).await.expect(200);
    let theirs = format!("/users/{}/posts/{post}/reactions/eyes", edgar.id);
    admin.delete(&theirs).await.expect(200);
    bed.settle().await;
    let seen = bed.both(&path).await;
    assert_eq!((&seen["message"], &seen["is_pinned"]), (&json!("now"), &json!(false)));
    for reader in [&admin, &edgar] {
        let reactions = reader.get(&format!("{path}/reactions")).await.expect(200);
        assert!(reactions.as_array().is_none_or(Vec::is_empty), "{reactions}");
        reader.get(&format!("/posts/{gone}")).await.expect(404);
    }
    bed.assert_equal().await;

    // And once more, each way.
    edgar.put(&patch, edit("from the future again")).await.expect(200);
    bed.settle().await;
    admin.put(&patch, edit("now again")).await.expect(200);
    admin.put(&patch, edit("and again")).await.expect(200);
    bed.settle().await;
    assert_eq!(bed.both(&path).await["message"], "and again");
    bed.assert_equal().await;
}

#[tokio::test]
async fn whoever_changes_places_after_a_wrong_clock_did_wins_over_it_at_both_sites() {
    let mut bed = Bed::new().await;
    let (edgar, admin) = (bed.edgar.clone(), bed.admin.clone());
    let channel = format!("/channels/{}", bed.ops);
    let other = format!("/channels/{}", bed.off_topic);
    let team = format!("/teams/{}", id(&bed.team));
    let pat = bed.pat.id;
    edgar.put(&format!("{channel}/patch"), json!({ "header": "future" })).await.expect(200);
    edgar.put(&format!("{team}/patch"), json!({ "description": "future" })).await.expect(200);
    edgar.delete(&format!("{channel}/members/{pat}")).await.expect(200);
    edgar.delete(&other).await.expect(200);
    bed.settle().await;
    assert_eq!(bed.both(&channel).await["header"], "future");
    assert_eq!(bed.both(&team).await["description"], "future");
    assert_ne!(bed.both(&other).await["delete_at"], 0);
    admin.get(&format!("{channel}/members/{pat}")).await.expect(404);

    admin.put(&format!("{channel}/patch"), json!({ "header": "now" })).await.expect(200);
    admin.put(&format!("{team}/patch"), json!({ "description": "now" })).await.expect(200);
    admin.post(&format!("{channel}/members"), json!({ "user_id": pat })).await.expect(201);
    admin.post(&format!("{other}/restore"), json!({})).await.expect(200);
    let roles = json!({ "scheme_user": true, "scheme_admin": true });
    let place = format!("{channel}/members/{pat}");
    admin.put(&format!("{place}/schemeRoles"), roles).await.expect(200);
    bed.settle().await;
    assert_eq!(bed.both(&channel).await["header"], "now");
    assert_eq!(bed.both(&team).await["description"], "now");
    assert_eq!(bed.both(&other).await["delete_at"], 0);
    assert_eq!(bed.both(&place).await["scheme_admin"], true);
    bed.assert_equal().await;

    edgar.delete(&format!("{team}/members/{pat}")).await.expect(200);
    bed.settle().await;
    let member = json!({ "team_id": id(&bed.team), "user_id": pat });
    admin.post(&format!("{team}/members"), member).await.expect(201);
    bed.settle().await;
    assert_eq!(bed.both(&format!("{team}/members/{pat}")).await["delete_at"], 0);
    bed.assert_equal().await;
}

#[tokio::test]
async fn a_wrong_clock_is_told_and_spoils_no_other() {
    let mut bed = Bed::new().await;
    bed.edgar.say(&bed.ops, "ten years on").await;
    bed.settle().await;
    let ahead = Bed::ahead(&bed.hq).await;
    assert!((9 * YEAR..11 * YEAR).contains(&ahead), "{ahead}");
    assert_eq!(Bed::ahead(&bed.edge).await, 0);

    // What is written in answer runs ahead, and nothing else: not even after a start.
    let post = bed.edgar.say(&bed.ops, "to be edited").await;
    let patch = format!("/posts/{}/patch", id(&post));
    bed.edgar.put(&patch, json!({ "message": "edited there" })).await.expect(200);
    bed.settle().await;
    let edited = bed.admin.put(&patch, json!({ "message": "edited here" })).await.expect(200);
    assert_eq!(edited["message"], "edited here");
    for end in &mut bed.wire.ends {
        end.hang_up();
    }
    bed.hq.restart().await;
    let admin = bed.admin.at(bed.hq.url());
    let said = admin.say(&bed.ops, "after a start").await;
    let newest = Stamp::new(1_767_225_600_000, 0).ms() as i64 + YEAR;
    assert!(said["create_at"].as_i64().unwrap() < newest, "{said}");
}

#[tokio::test]
async fn a_peer_whose_clock_was_put_right_is_told_of_no_more() {
    let mut bed = Bed::new().await;
    let scope = Scope::new(ScopeKind::Channel, bed.ops.parse().unwrap());
    bed.edgar.say(&bed.ops, "ten years on").await;
    bed.settle().await;
    assert!(Bed::ahead(&bed.hq).await > 0);
    // Ten years later that was the time.
    bed.hq.clock().advance(10 * YEAR);
    bed.edgar.say(&bed.ops, "as late as it is").await;
    bed.settle().await;
    assert_eq!(Bed::ahead(&bed.hq).await, 0);
    assert_eq!(
        bed.hq.running().store.state_hash(scope).await.unwrap(),
        bed.edge.running().store.state_hash(scope).await.unwrap()
    );
}
