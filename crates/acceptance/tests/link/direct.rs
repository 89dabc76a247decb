//! People of two linked sites write to each other directly.

use std::collections::BTreeSet;

use fieldpost_kernel::Position;
use fieldpost_link::peer;
use fieldpost_link::share::Which;
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::bed::{Bed, Wire, administrator, content, enter, pair, set_direct as set, share, site};
use super::bundles::{bundle, take};

impl Bed {
    /// Two sites that allow direct messages.
    pub(super) async fn with_direct() -> Self {
        let mut bed = Self::new().await;
        set(&bed.hq, "edge", true).await;
        set(&bed.edge, "hq", true).await;
        bed.wire.settle().await.unwrap();
        bed
    }

    /// The direct conversation of the two, as somebody opens it.
    pub(super) async fn open(&self, who: &Actor) -> String {
        let pair = json!([self.admin.id, self.edgar.id]);
        let channel = who.post("/channels/direct", pair).await.expect(201);
        channel["id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn assert_same(&self, conversation: &str) {
        assert_same([&self.hq, &self.edge], [&self.admin, &self.edgar], conversation).await;
    }
}

/// The digest of a conversation's state at a site.
pub(super) async fn state(site: &TestSite, conversation: &str) -> String {
    let scope = Scope::new(ScopeKind::Conversation, conversation.parse().unwrap());
    site.running().store.state_hash(scope).await.unwrap().to_string()
}

/// Looks that a conversation is the same at two sites, for people of each.
pub(super) async fn assert_same(sites: [&TestSite; 2], readers: [&Actor; 2], conversation: &str) {
    let there = content(readers[1], conversation).await;
    assert_eq!(content(readers[0], conversation).await, there);
    let path = format!("/channels/{conversation}");
    let channels =
        [readers[0].get(&path).await.expect(200), readers[1].get(&path).await.expect(200)];
    for field in ["id", "name", "type", "create_at", "creator_id", "shared"] {
        assert_eq!(channels[0][field], channels[1][field], "{field}");
    }
    assert_eq!(channels[0]["shared"], true);
    assert_eq!(state(sites[0], conversation).await, state(sites[1], conversation).await);
    for site in sites {
        assert_eq!(site.running().store.verify().await.unwrap(), []);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn messages(who: &Actor, conversation: &str) -> BTreeSet<String> {
    let seen = content(who, conversation).await;
    seen.values().map(|post| text(&post["message"])).collect()
}

#[tokio::test]
async fn nobody_writes_to_another_site_before_both_allow_it() {
    let mut bed = Bed::new().await;
    let pair = json!([bed.admin.id, bed.edgar.id]);
    for (site, with) in [(None, ""), (Some(&bed.hq), "edge")] {
        if let Some(site) = site {
            set(site, with, true).await;
        }
        bed.wire.settle().await.unwrap();
        for who in [&bed.admin, &bed.edgar] {
            let refused = who.post("/channels/direct", pair.clone()).await.refused(403);
            assert_eq!(refused, "api.fieldpost.direct.not_allowed");
        }
    }
    set(&bed.edge, "hq", true).await;
    // Headquarters has not heard of it yet, and nothing may depend on that it will.
    let refused = bed.admin.post("/channels/direct", pair).await.refused(403);
    assert_eq!(refused, "api.fieldpost.direct.not_allowed");
    bed.wire.settle().await.unwrap();
    let conversation = bed.open(&bed.admin).await;
    bed.admin.say(&conversation, "now we can").await;
    bed.wire.settle().await.unwrap();
    bed.assert_same(&conversation).await;
}

#[tokio::test]
async fn what_is_said_in_a_conversation_is_the_same_at_both_sites() {
    let mut bed = Bed::with_direct().await;
    let mut socket = bed.edgar.socket().await;
    let conversation = bed.open(&bed.admin).await;
    let root = bed.admin.say(&conversation, "are you there?").await;
    let gone = bed.admin.say(&conversation, "never mind").await;
    bed.wire.settle().await.unwrap();
    let posted = socket.event("posted").await;
    assert_eq!(posted["data"]["channel_type"], "D");
    let mentioned: Vec<String> =
        serde_json::from_str(posted["data"]["mentions"].as_str().unwrap()).unwrap();
    assert_eq!(mentioned, [bed.edgar.id.to_string()]);
    let path = format!("/users/me/channels/{conversation}/unread");
    let unread = bed.edgar.get(&path).await.expect(200);
    assert_eq!((&unread["msg_count"], &unread["mention_count"]), (&json!(2), &json!(2)));

    let id = text(&root["id"]);
    let reply = json!({ "channel_id": conversation, "message": "I am", "root_id": id });
    bed.edgar.post("/posts", reply).await.expect(201);
    let react = json!({ "user_id": bed.edgar.id, "post_id": id, "emoji_name": "eyes" });
    bed.edgar.post("/reactions", react).await.expect(200);
    let patch = json!({ "message": "are you there, edgar?" });
    bed.admin.put(&format!("/posts/{id}/patch"), patch).await.expect(200);
    bed.admin.delete(&format!("/posts/{}", text(&gone["id"]))).await.expect(200);
    bed.wire.settle().await.unwrap();
    bed.assert_same(&conversation).await;
    let seen = content(&bed.edgar, &conversation).await;
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[&id]["message"], "are you there, edgar?");
    assert_eq!(
        (&seen[&id]["reply_count"], seen[&id]["reactions"][0].is_null()),
        (&json!(1), false)
    );
    let view = json!({ "channel_id": conversation });
    bed.edgar.post("/channels/members/me/view", view).await.expect(200);
    let unread = bed.edgar.get(&path).await.expect(200);
    assert_eq!((&unread["msg_count"], &unread["mention_count"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn two_who_open_it_apart_have_one_conversation() {
    let mut bed = Bed::with_direct().await;
    let at_hq = bed.open(&bed.admin).await;
    let at_edge = bed.open(&bed.edgar).await;
    assert_eq!(at_hq, at_edge);
    bed.admin.say(&at_hq, "from headquarters").await;
    bed.edgar.say(&at_edge, "from the edge").await;
    bed.wire.settle().await.unwrap();
    bed.assert_same(&at_hq).await;
    let said = ["from headquarters", "from the edge"].map(str::to_owned);
    assert_eq!(messages(&bed.admin, &at_hq).await, said.into());
    // They go on after a cut in which one side forgets what it knew of the other.
    bed.edgar.say(&at_edge, "still here").await;
    bed.wire.cut([&bed.hq, &bed.edge], [true, true]).await;
    bed.wire.settle().await.unwrap();
    bed.assert_same(&at_hq).await;
}

#[tokio::test]
async fn a_group_of_two_sites_is_one_and_of_three_is_none() {
    let mut bed = Bed::with_direct().await;
    let olga = bed.hq.member(&bed.admin, &bed.team, "olga").await;
    let ship = site("ship", 3).await;
    pair(&bed.hq, &ship).await;
    share(&bed.hq, "ship", Which::One("alpha:town-square".to_owned())).await;
    let mut other = Wire::new(&bed.hq, &ship).await;
    other.settle().await.unwrap();
    let sailor = ship.person("sailor").await;
    enter(&sailor, &bed.team, &bed.channel).await;
    set(&bed.hq, "ship", true).await;
    set(&ship, "hq", true).await;
    other.settle().await.unwrap();
    bed.wire.settle().await.unwrap();

    let people = json!([bed.admin.id, bed.edgar.id, sailor.id]);
    let refused = bed.admin.post("/channels/group", people).await.refused(400);
    assert_eq!(refused, "api.fieldpost.direct.sites");
    let refused = bed.admin.post("/channels/direct", json!([bed.edgar.id, sailor.id])).await;
    assert_eq!(refused.refused(400), "api.fieldpost.direct.sites");

    let people = json!([bed.admin.id, olga.id, bed.edgar.id]);
    let groups = [
        bed.admin.post("/channels/group", people.clone()).await.expect(201),
        bed.edgar.post("/channels/group", people).await.expect(201),
    ];
    assert_eq!(groups[0]["id"], groups[1]["id"]);
    let group = text(&groups[0]["id"]);
    olga.say(&group, "all three of us").await;
    bed.edgar.say(&group, "of two sites").await;
    let direct = bed.open(&bed.admin).await;
    bed.admin.say(&direct, "between us").await;
    bed.wire.settle().await.unwrap();
    other.settle().await.unwrap();
    bed.assert_same(&group).await;
    assert_eq!(messages(&olga, &group).await.len(), 2);
    let made = json!({ "team_id": bed.team["id"], "name": "ours", "display_name": "Ours" });
    let refused = bed.admin.post(&format!("/channels/{group}/convert_to_channel"), made).await;
    assert_eq!(refused.refused(400), "api.fieldpost.direct.not_convertible");

    // The third site holds nothing of either, in whatever form.
    let all = ship.running().store.changes_after(Position::default(), 1_000_000).await.unwrap();
    assert!(all.len() > 10);
    assert!(all.iter().all(|change| change.name.scope.kind != ScopeKind::Conversation));
    for conversation in [&group, &direct] {
        sailor.get(&format!("/channels/{conversation}")).await.expect(404);
    }
    // What passes to the third site is between it and headquarters.
    let pair = json!([bed.admin.id, sailor.id]);
    let theirs = text(&bed.admin.post("/channels/direct", pair).await.expect(201)["id"]);
    bed.admin.say(&theirs, "and with you").await;
    other.settle().await.unwrap();
    bed.wire.settle().await.unwrap();
    assert_eq!(messages(&sailor, &theirs).await, ["and with you".to_owned()].into());
    bed.edgar.get(&format!("/channels/{theirs}")).await.expect(404);
}

#[tokio::test]
async fn what_was_said_stays_readable_when_it_is_ended_and_nothing_more_passes() {
    let mut bed = Bed::with_direct().await;
    let conversation = bed.open(&bed.admin).await;
    let said = bed.admin.say(&conversation, "before").await;
    bed.wire.settle().await.unwrap();
    bed.edgar.say(&conversation, "answered").await;
    bed.wire.settle().await.unwrap();
    // One is on its way when the other side ends it.
    let late = bed.edgar.say(&conversation, "on its way").await;
    assert!(bed.wire.ends[1].speak().await.unwrap());
    set(&bed.hq, "edge", false).await;
    bed.wire.settle().await.unwrap();
    bed.admin.get(&format!("/posts/{}", text(&late["id"]))).await.expect(404);
    let post = json!({ "channel_id": conversation, "message": "after" });
    let id = text(&said["id"]);
    for who in [&bed.admin, &bed.edgar] {
        assert!(messages(who, &conversation).await.contains("answered"));
        let react = json!({ "user_id": who.id, "post_id": id, "emoji_name": "eyes" });
        let patch = json!({ "message": "after" });
        for refused in [
            who.post("/posts", post.clone()).await,
            who.post("/reactions", react).await,
            bed.admin.put(&format!("/posts/{id}/patch"), patch).await,
            bed.admin.delete(&format!("/posts/{id}")).await,
        ] {
            assert_eq!(refused.refused(403), "api.fieldpost.direct.not_allowed");
        }
        let shown = who.get(&format!("/channels/{conversation}")).await.expect(200);
        assert_eq!(shown["shared"], Value::Null);
    }
    set(&bed.hq, "edge", true).await;
    bed.wire.settle().await.unwrap();
    bed.admin.get(&format!("/posts/{}", text(&late["id"]))).await.expect(200);
    bed.admin.say(&conversation, "again").await;
    bed.wire.settle().await.unwrap();
    bed.assert_same(&conversation).await;
}

#[tokio::test]
async fn who_was_deactivated_and_a_link_that_is_gone_are_said_to_be() {
    let mut bed = Bed::with_direct().await;
    let local = bed.edge.member(&bed.edgar, &bed.team, "local").await;
    local.say(&bed.channel, "here").await;
    bed.wire.settle().await.unwrap();
    let conversation = bed.open(&bed.admin).await;
    let pair = json!([bed.admin.id, local.id]);
    let other = text(&bed.admin.post("/channels/direct", pair).await.expect(201)["id"]);
    bed.edgar.delete(&format!("/users/{}", local.id)).await.expect(200);
    bed.wire.settle().await.unwrap();
    let say = |channel: &str| json!({ "channel_id": channel, "message": "hello?" });
    let refused = bed.admin.post("/posts", say(&other)).await.refused(400);
    assert_eq!(refused, "api.fieldpost.direct.deactivated");
    bed.admin.post("/posts", say(&conversation)).await.expect(201);

    let store = &bed.hq.running().store;
    let removed = store.write(&[], |work| peer::remove(work, &administrator(), "edge").map(drop));
    removed.await.unwrap();
    let refused = bed.admin.post("/posts", say(&conversation)).await.refused(403);
    assert_eq!(refused, "api.fieldpost.direct.not_linked");
    assert!(messages(&bed.admin, &conversation).await.contains("hello?"));
}

#[tokio::test]
async fn a_site_that_was_put_back_is_told_again_who_takes_part() {
    let mut bed = Bed::with_direct().await;
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("before");
    let on_postgres =
        std::env::var("FIELDPOST_TEST_ENGINE").is_ok_and(|engine| engine == "postgres");
    if !on_postgres {
        fieldpost_server::backup::save(bed.edge.data(), &saved).unwrap();
    }
    let conversation = bed.open(&bed.edgar).await;
    bed.edgar.say(&conversation, "lost").await;
    bed.wire.settle().await.unwrap();
    bed.admin.say(&conversation, "kept").await;
    bed.wire.settle().await.unwrap();
    bed.wire.ends[1].hang_up();
    if on_postgres {
        // A database server has backups of its own; so it only starts again.
        bed.edge.restart().await;
    } else {
        bed.edge.restore(&saved).await;
    }
    let edgar = bed.edgar.at(bed.edge.url());
    bed.wire.cut([&bed.hq, &bed.edge], [false, true]).await;
    bed.wire.settle().await.unwrap();
    assert!(messages(&edgar, &conversation).await.contains("kept"));
    edgar.say(&conversation, "and on").await;
    bed.wire.settle().await.unwrap();
    assert!(messages(&bed.admin, &conversation).await.contains("and on"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conversations_and_their_files_go_by_bundle() {
    let bed = Bed::with_direct().await;
    let conversation = bed.open(&bed.admin).await;
    let path = format!("/files?channel_id={conversation}&filename=chart.txt");
    let file = bed.admin.send("POST".parse().unwrap(), &path, b"a chart".to_vec()).await;
    let file = text(&file.expect(201)["file_infos"][0]["id"]);
    let post = json!({ "channel_id": conversation, "message": "the chart", "file_ids": [file] });
    bed.admin.post("/posts", post).await.expect(201);
    let stick = bundle(&bed.hq, "edge").await;
    assert_eq!(take(&bed.edge, &stick).await.unwrap().files, 1);
    assert_eq!(bed.edgar.get(&format!("/files/{file}")).await.bytes, b"a chart");
    bed.edgar.say(&conversation, "thanks").await;
    let back = bundle(&bed.edge, "hq").await;
    // What was put on the stick before it was ended is left out, and the rest is taken.
    set(&bed.hq, "edge", false).await;
    bed.edgar.say(&bed.channel, "in the channel").await;
    take(&bed.hq, &back).await.unwrap();
    assert!(!messages(&bed.admin, &conversation).await.contains("thanks"));
    set(&bed.hq, "edge", true).await;
    take(&bed.hq, &bundle(&bed.edge, "hq").await).await.unwrap();
    bed.assert_same(&conversation).await;
    assert!(messages(&bed.admin, &bed.channel).await.contains("in the channel"));
}

#[tokio::test]
async fn who_takes_part_in_a_long_conversation_comes_before_what_is_newest() {
    let mut bed = Bed::with_direct().await;
    let conversation = bed.open(&bed.admin).await;
    for n in 0..300 {
        bed.admin.say(&conversation, &format!("report {n} of this long night")).await;
    }
    bed.wire.settle().await.unwrap();
    bed.assert_same(&conversation).await;
    assert_eq!(messages(&bed.edgar, &conversation).await.len(), 300);
}
