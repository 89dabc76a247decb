//! What administrators did to links is noted, and read by them.

use fieldpost_kernel::{Rows, RowsExt, params};
use fieldpost_link::audit::{self, MOST};
use fieldpost_link::share::{Accept, Which};
use fieldpost_link::{Mode, peer};
use fieldpost_model::Id;
use fieldpost_testkit::Actor;
use serde_json::{Value, json};

use super::bed::{Bed, Wire, administrator, pair, share, site};
use super::bundles::{bundle, take};

/// What a site tells of its links' past, the newest first.
pub(super) async fn entries(reader: &Actor) -> Vec<Value> {
    let found = reader.get("/fieldpost/link/audit?per_page=200").await.expect(200);
    found.as_array().unwrap().clone()
}

/// The actions among these, the oldest first, each with who did it and the site that it concerns.
fn told(entries: &[Value]) -> Vec<String> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    let said = entries.iter().rev().map(|entry| {
        let words = ["action", "by", "username", "site"].map(|key| text(entry, key));
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    });
    said.collect()
}

/// The newest entry of an action.
pub(super) async fn newest(reader: &Actor, action: &str) -> Value {
    entries(reader).await.into_iter().find(|entry| entry["action"] == action).unwrap()
}

#[tokio::test]
async fn each_act_leaves_an_entry_with_who_did_it() {
    let bed = Bed::new().await;
    let act = async |path: &str, body: Value| {
        bed.admin.post(&format!("/fieldpost/link/edge/{path}"), body).await.expect(200)
    };
    for mode in ["pause", "silence", "resume", "resume"] {
        act(mode, json!({})).await;
    }
    act("unshare", json!({ "channel": "alpha:town-square" })).await;
    act("share", json!({ "channel": "alpha:off-topic" })).await;
    act("share", json!({ "all": true })).await;
    act("unshare", json!({ "all": true })).await;
    assert_eq!(bed.admin.post("/fieldpost/link/edge/bundle", json!({})).await.status, 200);
    bed.hq.local().delete("/fieldpost/link/edge").await.expect(200);
    let id = bed.edge_id();
    let id = Id::from_bytes(id.0).to_string();
    bed.admin.post(&format!("/fieldpost/link/{id}/forget"), json!({})).await.expect(200);
    let found = entries(&bed.admin).await;
    assert_eq!(
        told(&found),
        [
            "invited command_line",
            "joined other edge",
            "shared command_line edge",
            "paused account admin edge",
            "silenced account admin edge",
            "resumed account admin edge",
            "unshared account admin edge",
            "shared account admin edge",
            "shared_all account admin edge",
            "unshared_all account admin edge",
            "bundle_written account admin edge",
            "removed command_line edge",
            "forgotten account admin edge",
        ]
    );
    let shared = &found[5];
    assert_eq!(shared["channel"], "alpha:off-topic");
    assert_eq!(shared["channel_id"], bed.admin.channel(&bed.team, "off-topic").await);
    assert_eq!((&shared["user_id"], &shared["site_id"]), (&json!(bed.admin.id), &json!(id)));
    assert_eq!((&shared["count"], &shared["first_at"]), (&json!(1), &shared["last_at"]));
    assert!(shared["first_at"].as_i64() >= found[6]["first_at"].as_i64());
    assert_eq!(found[12]["detail"], "hq.example:8066");
    // Rows made again from the log are the same.
    let (again, _folder) = bed.hq.rebuilt().await;
    let all = async |store: &fieldpost_store::Store| {
        store.read(|rows| audit::list(rows, &administrator(), None, (0, 200))).await.unwrap()
    };
    let live = all(&bed.hq.running().store).await;
    assert_eq!((live.len(), all(&again).await), (13, live));
}

#[tokio::test]
async fn the_other_side_notes_that_it_accepted_what_is_offered_and_what_it_took_in() {
    let bed = Bed::new().await;
    take(&bed.edge, &bundle(&bed.hq, "edge").await).await.unwrap();
    assert_eq!(
        told(&entries(&bed.edgar).await),
        ["accepted command_line hq", "offer_taken this_site hq", "bundle_taken command_line hq"]
    );
    let taken = newest(&bed.edgar, "offer_taken").await;
    assert_eq!(taken["channel_id"], json!(bed.channel));
    // Its name had not come by then.
    assert_eq!(taken["channel"], "alpha:town-square");
}

#[tokio::test]
async fn an_answer_to_an_offer_leaves_an_entry() {
    let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let edgar = edge.person("edgar").await;
    pair(&hq, &edge).await;
    let mut wire = Wire::with(&hq, &edge, Accept::Ask).await;
    for (name, answer) in [("medical", "accept"), ("supply", "decline")] {
        let new = json!({ "team_id": team["id"], "name": name, "display_name": name, "type": "O" });
        let channel = admin.post("/channels", new).await.expect(201);
        let channel = channel["id"].as_str().unwrap();
        share(&hq, "edge", Which::One(format!("alpha:{name}"))).await;
        wire.settle().await.unwrap();
        let path = format!("/fieldpost/link/hq/offers/{channel}/{answer}");
        edgar.post(&path, json!({})).await.expect(200);
        // There is nothing to answer any more.
        edgar.post(&path, json!({})).await.expect(404);
        wire.settle().await.unwrap();
    }
    assert_eq!(
        told(&entries(&edgar).await)[1..],
        ["offer_accepted account edgar hq", "offer_declined account edgar hq"]
    );
}

#[tokio::test]
async fn entries_are_paged_and_those_of_one_site_are_found_by_its_name_or_its_id() {
    let bed = Bed::new().await;
    let path = "/fieldpost/link/audit";
    let all = entries(&bed.admin).await;
    assert_eq!(all.len(), 3);
    for (page, entry) in all.iter().enumerate() {
        let one = bed.admin.get(&format!("{path}?page={page}&per_page=1")).await.expect(200);
        assert_eq!(one, json!([entry]));
    }
    let id = all[0]["site_id"].as_str().unwrap();
    for site in ["edge", id] {
        let found = bed.admin.get(&format!("{path}?site={site}")).await.expect(200);
        assert_eq!(found, json!(all[..2]));
    }
    assert_eq!(bed.admin.get(&format!("{path}?site=nobody")).await.expect(200), json!([]));
    bed.hq.person("somebody").await.get(path).await.expect(403);
    bed.hq.stranger().get(path).await.expect(401);
}

#[tokio::test]
async fn the_newest_acts_are_kept_and_no_refusal_drives_them_out() {
    let bed = Bed::new().await;
    take(&bed.hq, b"no bundle").await.unwrap_err();
    // As many as there may be, in short transactions.
    for some in (0..MOST).collect::<Vec<_>>().chunks(500) {
        let some = some.to_vec();
        let filled = bed.hq.running().store.write(&[], move |work| {
            some.iter().try_for_each(|n| {
                let sql = "INSERT INTO link_audit (id, action, folded, author, local, site, name, \
                           channel, channel_name, source, detail, first_at, last_at) \
                           VALUES (?1, 'paused', 0, ?2, 1, ?2, '', ?2, '', '', '', ?3, ?3)";
                let id = n.to_be_bytes().to_vec();
                work.execute(sql, params![&id, &Id::NONE, *n]).map(drop)
            })
        });
        filled.await.unwrap();
    }
    let silenced =
        bed.hq.running().store.write(&[], |work| {
            peer::set_mode(work, &administrator(), "edge", Mode::Silent).map(drop)
        });
    silenced.await.unwrap();
    let counted = async |of: &'static str| {
        let sql = format!("SELECT count(*) FROM link_audit WHERE {of}");
        bed.hq.running().store.read(move |rows| rows.count(&sql, &[])).await.unwrap()
    };
    assert_eq!(counted("action IN ('paused')").await, MOST - 1);
    assert_eq!(counted("action IN ('silenced')").await, 1);
    assert_eq!(counted("action IN ('invited', 'joined', 'shared')").await, 0);
    assert_eq!(counted("action = 'bundle_refused'").await, 1);
}
