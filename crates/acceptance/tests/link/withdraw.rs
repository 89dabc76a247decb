//! Taking back a message that waits for a link: nothing of it ever crosses.

use std::sync::Arc;

use fieldpost_kernel::RowsExt;
use fieldpost_link::let_out;
use fieldpost_testkit::{Actor, Reply, TestSite};
use serde_json::{Value, json};

use super::bed::{Bed, content, pair, share, state};
use super::bundles::{bundle, take};
use crate::api::files::{png, upload};
use fieldpost_link::share::Which;

const PATH: &str = "/fieldpost/link/withdraw";

const SENT: &str = "api.fieldpost.link.sent_already";

fn id(post: &Value) -> &str {
    post["id"].as_str().unwrap()
}

async fn withdraw(who: &Actor, post: &Value) -> Reply {
    who.post(PATH, json!({ "post_id": post["id"] })).await
}

async fn reply(who: &Actor, channel: &str, root: &Value, message: &str) -> Value {
    let post = json!({ "channel_id": channel, "root_id": root["id"], "message": message });
    who.post("/posts", post).await.expect(201)
}

async fn react(who: &Actor, post: &Value) {
    let reaction = json!({ "user_id": who.id, "post_id": post["id"], "emoji_name": "wave" });
    who.post("/reactions", reaction).await.expect(200);
}

/// The contents of all changes of a channel that are at a site, whoever wrote them.
async fn contents(site: &TestSite, channel: &str) -> Vec<Vec<u8>> {
    let channel: fieldpost_model::Id = channel.parse().unwrap();
    let store = &site.running().store;
    let read = store.read(move |rows| {
        rows.all(
            "SELECT change.payload FROM change JOIN log ON log.key = change.log_key \
             JOIN scope ON scope.key = log.scope_key WHERE scope.kind = 1 AND scope.id = ?1",
            &[(&channel).into()],
            |row| row.blob(0).to_vec(),
        )
    });
    read.await.unwrap()
}

async fn knows(site: &TestSite, channel: &str, words: &str) -> bool {
    let contents = contents(site, channel).await;
    contents.iter().any(|one| one.windows(words.len()).any(|part| part == words.as_bytes()))
}

#[tokio::test]
async fn what_is_withdrawn_never_crosses_and_what_stands_around_it_does() {
    let mut bed = Bed::new().await;
    bed.admin.say(&bed.channel, "before").await;
    let secret = bed.admin.say(&bed.channel, "attack at dawn").await;
    let change = json!({ "id": secret["id"], "message": "attack at dusk" });
    bed.admin.put(&format!("/posts/{}", id(&secret)), change).await.expect(200);
    react(&bed.admin, &secret).await;
    let answer = reply(&bed.admin, &bed.channel, &secret, "roger that").await;
    bed.admin.say(&bed.channel, "after").await;
    react(&bed.admin, &answer).await;
    withdraw(&bed.admin, &secret).await.expect(200);
    for post in [&secret, &answer] {
        assert_eq!(bed.admin.get(&format!("/posts/{}", id(post))).await.status, 404);
    }
    bed.assert_agreed().await;
    for words in ["before", "after"] {
        assert!(knows(&bed.edge, &bed.channel, words).await, "{words}");
    }
    for words in ["attack at d", "roger that", "wave"] {
        assert!(knows(&bed.hq, &bed.channel, words).await, "{words}");
        assert!(!knows(&bed.edge, &bed.channel, words).await, "{words}");
    }
    let here = contents(&bed.hq, &bed.channel).await.len();
    let there = contents(&bed.edge, &bed.channel).await.len();
    assert_eq!(here - there, 6, "two posts, an edit, two reactions and the deletion");
    let status = bed.hq.running().links.status().await.unwrap();
    assert_eq!(status.peers[0].backlog.changes, 0, "nothing of it waits any more");
}

#[tokio::test]
async fn it_stays_withheld_when_the_site_is_restarted_and_from_whoever_is_linked_later() {
    let mut bed = Bed::new().await;
    let secret = bed.admin.say(&bed.channel, "attack at dawn").await;
    for n in 0..5 {
        bed.admin.say(&bed.channel, &format!("message {n}")).await;
    }
    withdraw(&bed.admin, &secret).await.expect(200);
    bed.wire.ends[0].hang_up();
    bed.hq.restart().await;
    bed.admin = bed.admin.at(bed.hq.url());
    bed.wire.cut([&bed.hq, &bed.edge], [true, false]).await;
    bed.admin.say(&bed.channel, "in another life").await;
    bed.assert_agreed().await;
    let camp = super::bed::site("camp", 3).await;
    pair(&bed.hq, &camp).await;
    share(&bed.hq, "camp", Which::One("alpha:town-square".to_owned())).await;
    let mut wire = super::bed::Wire::new(&bed.hq, &camp).await;
    wire.settle().await.unwrap();
    for site in [&bed.edge, &camp] {
        assert!(knows(site, &bed.channel, "in another life").await);
        assert!(!knows(site, &bed.channel, "attack").await);
    }
    assert_eq!(camp.running().store.verify().await.unwrap(), []);
    assert_eq!(camp.running().store.waiting(10).await.unwrap(), []);
}

#[tokio::test]
async fn what_was_written_in_another_life_of_the_site_is_withdrawn_too() {
    let mut bed = Bed::new().await;
    let secret = bed.admin.say(&bed.channel, "attack at dawn").await;
    bed.wire.ends[0].hang_up();
    bed.hq.restart().await;
    bed.admin = bed.admin.at(bed.hq.url());
    bed.wire.cut([&bed.hq, &bed.edge], [true, false]).await;
    react(&bed.admin, &secret).await;
    withdraw(&bed.admin, &secret).await.expect(200);
    bed.admin.say(&bed.channel, "carry on").await;
    bed.assert_agreed().await;
    assert!(knows(&bed.edge, &bed.channel, "carry on").await);
    assert!(!knows(&bed.edge, &bed.channel, "attack").await);
    assert!(!knows(&bed.edge, &bed.channel, "wave").await);
}

#[tokio::test]
async fn what_is_on_its_way_counts_as_sent_also_if_it_is_lost() {
    let mut bed = Bed::new().await;
    let said = bed.admin.say(&bed.channel, "on the wire").await;
    bed.wire.ends[0].speak().await.unwrap();
    assert_eq!(withdraw(&bed.admin, &said).await.refused(409), SENT);
    bed.admin.get(&format!("/posts/{}", id(&said))).await.expect(200);
    bed.wire.ends[0].hang_up();
    bed.hq.restart().await;
    bed.admin = bed.admin.at(bed.hq.url());
    assert_eq!(withdraw(&bed.admin, &said).await.refused(409), SENT);
    bed.wire.cut([&bed.hq, &bed.edge], [true, false]).await;
    bed.assert_agreed().await;
    assert_eq!(withdraw(&bed.admin, &said).await.refused(409), SENT);
    assert!(knows(&bed.edge, &bed.channel, "on the wire").await);
}

#[tokio::test]
async fn a_message_of_which_a_reply_was_sent_is_not_withdrawn() {
    let mut bed = Bed::new().await;
    let said = bed.admin.say(&bed.channel, "the beginning").await;
    // More than goes into one batch lies between the two, and the newest goes first.
    for n in 0..150 {
        bed.admin.say(&bed.channel, &format!("routine {n}, of which there is much")).await;
    }
    reply(&bed.admin, &bed.channel, &said, "the end").await;
    bed.wire.ends[0].batch().await.unwrap();
    assert_eq!(withdraw(&bed.admin, &said).await.refused(409), SENT);
    bed.wire.cut([&bed.hq, &bed.edge], [false, false]).await;
    bed.assert_agreed().await;
}

#[tokio::test]
async fn what_was_written_into_a_bundle_counts_as_sent() {
    let bed = Bed::new().await;
    let said = bed.admin.say(&bed.channel, "by hand").await;
    let stick = bundle(&bed.hq, "edge").await;
    assert_eq!(withdraw(&bed.admin, &said).await.refused(409), SENT);
    take(&bed.edge, &stick).await.unwrap();
    let secret = bed.admin.say(&bed.channel, "attack at dawn").await;
    withdraw(&bed.admin, &secret).await.expect(200);
    bed.admin.say(&bed.channel, "afterwards").await;
    take(&bed.edge, &bundle(&bed.hq, "edge").await).await.unwrap();
    assert!(knows(&bed.edge, &bed.channel, "afterwards").await);
    assert!(!knows(&bed.edge, &bed.channel, "attack").await);
    assert_eq!(state(&bed.edge, &bed.channel).await, state(&bed.hq, &bed.channel).await);
}

#[tokio::test]
async fn an_urgent_message_that_was_withdrawn_does_not_overtake() {
    let mut bed = Bed::new().await;
    for n in 0..300 {
        bed.admin.say(&bed.channel, &format!("routine {n}, of which there is much")).await;
    }
    bed.wire.ends[0].speak().await.unwrap();
    let urgent = json!({
        "channel_id": bed.channel, "message": "attack at dawn",
        "metadata": { "priority": { "priority": "urgent" } },
    });
    let first = bed.admin.post("/posts", urgent.clone()).await.expect(201);
    withdraw(&bed.admin, &first).await.expect(200);
    assert!(bed.wire.ends[0].session().urgent().await.unwrap().is_none());
    let second = bed.admin.post("/posts", urgent).await.expect(201);
    assert!(bed.wire.ends[0].session().urgent().await.unwrap().is_some());
    assert_eq!(withdraw(&bed.admin, &second).await.refused(409), SENT);
    bed.assert_agreed().await;
}

#[tokio::test]
async fn its_files_stay_here_too_unless_they_went_before_it() {
    let mut bed = Bed::new().await;
    let attach = |file: &Value| json!({ "channel_id": bed.channel, "message": "see", "file_ids": [file["id"]] });
    let file = upload(&bed.admin, &bed.channel, "position.png", &png(20, 10)).await;
    let post = bed.admin.post("/posts", attach(&file)).await.expect(201);
    let sent = upload(&bed.admin, &bed.channel, "weather.png", &png(30, 10)).await;
    withdraw(&bed.admin, &post).await.expect(200);
    bed.wire.settle().await.unwrap();
    assert!(!knows(&bed.edge, &bed.channel, "position.png").await);
    assert!(knows(&bed.edge, &bed.channel, "weather.png").await);
    let post = bed.admin.post("/posts", attach(&sent)).await.expect(201);
    assert_eq!(withdraw(&bed.admin, &post).await.refused(409), SENT);
    bed.assert_agreed().await;
}

#[tokio::test]
async fn it_takes_whoever_may_delete_the_message_and_a_link_that_it_waits_for() {
    let mut bed = Bed::new().await;
    let member = bed.hq.member(&bed.admin, &bed.team, "maria").await;
    bed.wire.settle().await.unwrap();
    let said = bed.admin.say(&bed.channel, "not hers").await;
    assert_eq!(withdraw(&member, &said).await.status, 403);
    let hers = member.say(&bed.channel, "hers").await;
    withdraw(&bed.admin, &hers).await.expect(200);
    let own = member.say(&bed.channel, "her own").await;
    withdraw(&member, &own).await.expect(200);
    assert_eq!(withdraw(&member, &own).await.status, 404);
    let off_topic = bed.admin.channel(&bed.team, "off-topic").await;
    let alone = bed.admin.say(&off_topic, "for nobody else").await;
    assert_eq!(withdraw(&bed.admin, &alone).await.refused(400), "api.fieldpost.link.not_queued");
    let theirs = bed.edgar.say(&bed.channel, "from the edge").await;
    bed.wire.settle().await.unwrap();
    assert_eq!(withdraw(&bed.admin, &theirs).await.refused(409), SENT);
    bed.assert_agreed().await;
}

#[tokio::test]
async fn what_is_withdrawn_while_a_batch_is_made_up_does_not_go_with_it() {
    let mut bed = Bed::new().await;
    bed.admin.say(&bed.channel, "before").await;
    let secret = bed.admin.say(&bed.channel, "attack at dawn").await;
    let store = bed.hq.running().store.clone();
    let (outgoing, features) = (Arc::clone(&bed.wire.ends[0].outgoing), store.features().clone());
    let key = store.site().signing_key();
    let parcel = store.read(move |rows| outgoing.lock().unwrap().next(rows, &features, &key, 600));
    let parcel = parcel.await.unwrap().unwrap();
    withdraw(&bed.admin, &secret).await.expect(200);
    let passing = parcel.passing.clone();
    assert!(!store.write(&[], move |work| let_out(work, &passing)).await.unwrap());
    bed.wire.ends[0].outgoing.lock().unwrap().take_back(&parcel);
    drop(store);
    bed.admin.say(&bed.channel, "after").await;
    bed.assert_agreed().await;
    assert!(knows(&bed.edge, &bed.channel, "before").await);
    assert!(knows(&bed.edge, &bed.channel, "after").await);
    assert!(!knows(&bed.edge, &bed.channel, "attack").await);
}

#[tokio::test]
async fn what_was_first_in_another_channel_is_not_withdrawn_from_this_one() {
    let bed = Bed::new().await;
    let away = bed.admin.channel(&bed.team, "off-topic").await;
    let moved = bed.admin.say(&bed.channel, "to be moved").await;
    let path = format!("/posts/{}/move", id(&moved));
    bed.admin.post(&path, json!({ "channel_id": away })).await.expect(200);
    let here = content(&bed.admin, &away).await;
    let copy = here.iter().find(|(_, post)| post["message"] == "to be moved").unwrap().0;
    let refused = withdraw(&bed.admin, &json!({ "id": copy })).await.refused(409);
    assert_eq!(refused, "api.fieldpost.link.moved_message");
    bed.admin.get(&format!("/posts/{copy}")).await.expect(200);

    let file = upload(&bed.admin, &away, "chart.png", &png(8, 8)).await;
    let shown = json!({
        "channel_id": bed.channel, "message": "see there", "file_ids": [file["id"]],
    });
    let shown = bed.admin.post("/posts", shown).await.expect(201);
    assert_eq!(withdraw(&bed.admin, &shown).await.refused(409), SENT);
}
