//! A channel that a site only reads: what it may do there, and what becomes of what it writes all the same.

use fieldpost_kernel::Rows;
use fieldpost_link::share::Which;
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};

use super::audit::{entries, newest};
use super::bed::{Bed, bring, content, enter, joined, pair, share, site};
use super::bundles::{bundle, take};
use super::converge::act;
use super::relay::Net;
use super::returned::{put_back, save};
use crate::api::emoji::make_emoji;

const READ_ONLY: &str = "api.fieldpost.channel.read_only";

const TOWN_SQUARE: &str = "alpha:town-square";

const OFF_TOPIC: &str = "alpha:off-topic";

/// The site that made the channel lets another only read it, or write there again.
async fn let_one(site: &TestSite, other: &str, what: &str) {
    let_in(site, other, (what, TOWN_SQUARE)).await;
}

async fn let_in(site: &TestSite, other: &str, (what, channel): (&str, &str)) {
    let path = format!("/fieldpost/link/{other}/{what}");
    site.local().post(&path, json!({ "channel": channel })).await.expect(200);
}

/// A second channel that both sites share, with the edge's administrator in it.
async fn second(bed: &mut Bed) -> String {
    let other = bed.admin.channel(&bed.team, "off-topic").await;
    share(&bed.hq, "edge", Which::One(OFF_TOPIC.to_owned())).await;
    bed.wire.settle().await.unwrap();
    enter(&bed.edgar, &bed.team, &other).await;
    bed.wire.settle().await.unwrap();
    other
}

/// A site of which the software knows nothing of this, or does not care.
async fn heed_no_more(site: &TestSite) {
    let heedless = |work: &mut fieldpost_kernel::Work<'_>| {
        work.execute("DELETE FROM link_writers", &[]).map(drop)
    };
    site.running().store.write(&[], heedless).await.unwrap();
}

async fn has(reader: &Actor, channel: &str, message: &str) -> bool {
    content(reader, channel).await.values().any(|post| post["message"] == message)
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_site_that_only_reads_reads_everything_and_writes_nothing() {
    let mut bed = Bed::new().await;
    let own = bed.edgar.say(&bed.channel, "while we wrote").await;
    bed.wire.settle().await.unwrap();
    let_one(&bed.hq, "edge", "read_only").await;
    let order = bed.admin.say(&bed.channel, "an order").await;
    bed.wire.settle().await.unwrap();
    assert!(has(&bed.edgar, &bed.channel, "an order").await);
    bed.assert_agreed_on(&bed.channel).await;

    let channel = bed.edgar.get(&format!("/channels/{}", bed.channel)).await.expect(200);
    assert_eq!(channel["read_only"], true);
    let post = json!({ "channel_id": bed.channel, "message": "no" });
    assert_eq!(bed.edgar.post("/posts", post).await.refused(403), READ_ONLY);
    let reaction =
        json!({ "user_id": bed.edgar.id, "post_id": id(&order), "emoji_name": "anchor" });
    assert_eq!(bed.edgar.post("/reactions", reaction).await.refused(403), READ_ONLY);
    let path = format!("/posts/{}/patch", id(&own));
    let edited = bed.edgar.put(&path, json!({ "message": "no" })).await;
    assert_eq!(edited.refused(403), READ_ONLY);
    let deleted = bed.edgar.delete(&format!("/posts/{}", id(&own))).await;
    assert_eq!(deleted.refused(403), READ_ONLY);
    let pinned = bed.edgar.post(&format!("/posts/{}/pin", id(&order)), json!({})).await;
    assert_eq!(pinned.refused(403), READ_ONLY);
    let path = format!("/channels/{}/patch", bed.channel);
    let header = bed.edgar.put(&path, json!({ "header": "no" })).await;
    assert_eq!(header.refused(403), READ_ONLY);

    bed.admin.say(&bed.channel, "another order").await;
    bed.wire.settle().await.unwrap();
    bed.assert_agreed_on(&bed.channel).await;
    let acts = entries(&bed.admin).await;
    assert!(!acts.iter().any(|act| act["action"] == "write_refused"), "{acts:?}");
}

#[tokio::test]
async fn who_only_reads_takes_note_all_the_same() {
    let mut bed = Bed::new().await;
    let_one(&bed.hq, "edge", "read_only").await;
    let order = json!({
        "channel_id": bed.channel, "message": "an order",
        "metadata": { "priority": { "priority": "urgent", "requested_ack": true } },
    });
    let order = bed.admin.post("/posts", order).await.expect(201);
    bed.wire.settle().await.unwrap();
    let noted = format!("/users/{}/posts/{}/ack", bed.edgar.id, id(&order));
    bed.edgar.post(&noted, json!({})).await.expect(200);
    bed.wire.settle().await.unwrap();
    let who = async |at: &Actor| {
        let post = at.get(&format!("/posts/{}", id(&order))).await.expect(200);
        let all = post["metadata"]["acknowledgements"].as_array().cloned().unwrap_or_default();
        all.iter().map(|one| one["user_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(who(&bed.admin).await, [bed.edgar.id.to_string()]);
    bed.edgar.delete(&noted).await.expect(200);
    bed.wire.settle().await.unwrap();
    assert!(who(&bed.admin).await.is_empty());
    bed.assert_agreed_on(&bed.channel).await;
}

#[tokio::test]
async fn who_came_is_taken_after_what_was_sent_again_in_vain() {
    let mut bed = Bed::new().await;
    bed.hq.local().post("/fieldpost/link/edge/pause", json!({})).await.expect(200);
    let_one(&bed.hq, "edge", "read_only").await;
    // Headquarters hears it, and does not say why it is not taken.
    for round in 0..4 {
        bed.edgar.say(&bed.channel, &format!("too late {round}")).await;
        bed.wire.settle().await.unwrap();
    }
    assert!(!has(&bed.admin, &bed.channel, "too late 0").await);
    bed.hq.local().post("/fieldpost/link/edge/resume", json!({})).await.expect(200);
    bed.wire.settle().await.unwrap();
    let post = json!({ "channel_id": bed.channel, "message": "no" });
    assert_eq!(bed.edgar.post("/posts", post).await.refused(403), READ_ONLY);

    let bob = bed.edge.person("bob").await;
    bring(&bed.edgar, &bob, (&bed.team, &bed.channel)).await;
    let members = format!("/channels/{}/members", bed.channel);
    bed.wire.settle().await.unwrap();
    bed.admin.get(&format!("{members}/{}", bob.id)).await.expect(200);

    let_one(&bed.hq, "edge", "read_write").await;
    bed.wire.settle().await.unwrap();
    assert!(has(&bed.admin, &bed.channel, "too late 3").await);
    bed.assert_agreed_on(&bed.channel).await;
}

#[tokio::test]
async fn what_came_ahead_of_its_proof_before_its_site_only_read_counts() {
    let mut bed = Bed::new().await;
    // Batches are under way, and arrive later.
    for n in 0..300 {
        bed.edgar.say(&bed.channel, &format!("routine {n}, of which there is much")).await;
    }
    bed.wire.ends[1].speak().await.unwrap();
    bed.edgar.say(&bed.channel, "before it").await;
    let priority = json!({ "priority": { "priority": "urgent" } });
    let post = json!({ "channel_id": bed.channel, "message": "aground", "metadata": priority });
    bed.edgar.post("/posts", post).await.expect(201);
    let urgent = bed.wire.ends[1].session().urgent().await.unwrap().unwrap();
    bed.wire.ends[0].session().hear_urgent(urgent).await.unwrap();
    assert!(has(&bed.admin, &bed.channel, "aground").await);
    let_one(&bed.hq, "edge", "read_only").await;
    bed.edgar.say(&bed.channel, "after it").await;
    bed.wire.settle().await.unwrap();
    assert!(has(&bed.admin, &bed.channel, "before it").await);
    assert!(!has(&bed.admin, &bed.channel, "after it").await);
    let reads = json!({ "channel_id": bed.channel, "message": "no" });
    assert_eq!(bed.edgar.post("/posts", reads).await.refused(403), READ_ONLY);
}

#[tokio::test]
async fn people_of_a_site_that_only_reads_come_and_go_without_a_word() {
    let mut bed = Bed::new().await;
    bed.channel = second(&mut bed).await;
    let_in(&bed.hq, "edge", ("read_only", OFF_TOPIC)).await;
    bed.wire.settle().await.unwrap();
    let before = content(&bed.edgar, &bed.channel).await;
    let bob = bed.edge.person("bob").await;
    bring(&bed.edgar, &bob, (&bed.team, &bed.channel)).await;
    let members = format!("/channels/{}/members", bed.channel);
    bed.wire.settle().await.unwrap();
    bed.assert_agreed_on(&bed.channel).await;
    assert_eq!(content(&bed.edgar, &bed.channel).await, before, "nothing was said of it");
    let known = bed.admin.get(&format!("{members}/{}", bob.id)).await;
    known.expect(200);

    // Whom another site brought in stays.
    let others = bed.edge.local().delete(&format!("{members}/{}", bed.admin.id)).await;
    assert_eq!(others.refused(403), READ_ONLY);
    bed.edge.local().delete(&format!("{members}/{}", bob.id)).await.expect(200);
    bed.wire.settle().await.unwrap();
    bed.assert_agreed_on(&bed.channel).await;
    bed.admin.get(&format!("{members}/{}", bob.id)).await.expect(404);
}

#[tokio::test]
async fn what_was_written_before_it_was_known_waits_and_goes_once_its_site_may_write() {
    let mut bed = Bed::new().await;
    let other = second(&mut bed).await;
    bed.edgar.say(&bed.channel, "too late").await;
    bed.edgar.say(&other, "elsewhere").await;
    let_one(&bed.hq, "edge", "read_only").await;
    bed.wire.settle().await.unwrap();
    assert!(
        has(&bed.admin, &other, "elsewhere").await,
        "another channel has nothing to do with it"
    );
    assert!(!has(&bed.admin, &bed.channel, "too late").await);
    bed.admin.say(&bed.channel, "an order").await;
    bed.wire.cut([&bed.hq, &bed.edge], [true, true]).await;
    bed.wire.settle().await.unwrap();
    assert!(has(&bed.edgar, &bed.channel, "an order").await);
    assert!(!has(&bed.admin, &bed.channel, "too late").await);
    let status = bed.edge.local().get("/fieldpost/link").await.expect(200);
    assert_eq!(status["peers"][0]["backlog"]["changes"], 0, "it waits for no link");
    let shared = status["peers"][0]["shared"].as_array().unwrap().clone();
    let read: Vec<&Value> = shared.iter().filter(|one| one["reads"] == true).collect();
    assert_eq!(read.len(), 1, "{shared:?}");

    let_one(&bed.hq, "edge", "read_write").await;
    bed.wire.settle().await.unwrap();
    assert!(has(&bed.admin, &bed.channel, "too late").await);
    bed.edgar.say(&bed.channel, "and more").await;
    bed.wire.settle().await.unwrap();
    assert!(has(&bed.admin, &bed.channel, "and more").await);
    bed.assert_agreed_on(&bed.channel).await;
    let acts: Vec<Value> = entries(&bed.admin).await;
    let told = ["let_read", "let_write"].map(|action| {
        let act = acts.iter().find(|act| act["action"] == action).unwrap();
        (act["by"].clone(), act["site"].clone(), act["channel"].clone())
    });
    let expected = (json!("command_line"), json!("edge"), json!(TOWN_SQUARE));
    assert_eq!(told, [expected.clone(), expected]);
}

#[tokio::test]
async fn what_a_site_writes_all_the_same_is_not_taken_and_the_link_goes_on() {
    let mut bed = Bed::new().await;
    let closed = second(&mut bed).await;
    let other = std::mem::replace(&mut bed.channel, closed);
    let_in(&bed.hq, "edge", ("read_only", OFF_TOPIC)).await;
    bed.wire.settle().await.unwrap();
    let before = content(&bed.admin, &bed.channel).await;
    heed_no_more(&bed.edge).await;
    for round in 0..3 {
        bed.edgar.say(&bed.channel, &format!("forged {round}")).await;
        bed.edgar.say(&other, &format!("honest {round}")).await;
        bed.wire.settle().await.unwrap();
        assert!(has(&bed.admin, &other, &format!("honest {round}")).await);
        assert_eq!(content(&bed.admin, &bed.channel).await, before);
        bed.wire.cut([&bed.hq, &bed.edge], [false, round == 1]).await;
        bed.wire.settle().await.unwrap();
    }
    // Somebody of this site is put out by that one, who has no say in it.
    let members = format!("/channels/{}/members/{}", bed.channel, bed.admin.id);
    bed.edge.local().delete(&members).await.expect(200);
    bed.wire.settle().await.unwrap();
    bed.admin.get(&members).await.expect(200);
    let refused = newest(&bed.admin, "write_refused").await;
    assert_eq!(refused["channel"], OFF_TOPIC);
    assert_eq!(refused["site"], "edge");
    assert_eq!(refused["by"], "other");
    assert_eq!(refused["detail"], "something in a channel that this site only reads");
    bed.admin.say(&bed.channel, "an order").await;
    bed.wire.settle().await.unwrap();
    assert!(has(&bed.edgar, &bed.channel, "an order").await, "it reads on");
}

#[tokio::test]
async fn over_a_bundle_the_same_is_not_taken() {
    let mut bed = Bed::new().await;
    let_one(&bed.hq, "edge", "read_only").await;
    bed.wire.settle().await.unwrap();
    let before = content(&bed.admin, &bed.channel).await;
    heed_no_more(&bed.edge).await;
    bed.edgar.say(&bed.channel, "forged").await;
    let carried = bundle(&bed.edge, "hq").await;
    take(&bed.hq, &carried).await.unwrap();
    assert_eq!(content(&bed.admin, &bed.channel).await, before);
    assert_eq!(newest(&bed.admin, "write_refused").await["site"], "edge");
}

#[tokio::test]
async fn sites_behind_one_that_only_reads_read_with_it() {
    let mut net = Net::new(&["a", "b", "c"], &[[0, 1], [1, 2]]).await;
    net.says(2, "while we wrote").await;
    net.settle().await;
    let_one(&net.sites[0], "b", "read_only").await;
    net.says(0, "an order").await;
    net.settle().await;
    net.assert_same().await;
    for place in [1, 2] {
        let post = json!({ "channel_id": net.channel, "message": "no" });
        assert_eq!(net.people[place].post("/posts", post).await.refused(403), READ_ONLY);
    }
    // Who comes at the far end is known at the near one.
    let bob = net.sites[2].person("bob").await;
    bring(&net.people[2], &bob, (&net.team, &net.channel)).await;
    let members = format!("/channels/{}/members", net.channel);
    net.settle().await;
    net.people[0].get(&format!("{members}/{}", bob.id)).await.expect(200);
    net.assert_same().await;

    // The one behind is let write by itself, through the one that only reads.
    let_one(&net.sites[0], "c", "read_write").await;
    net.settle().await;
    net.says(2, "here again").await;
    net.settle().await;
    assert!(has(&net.people[0], &net.channel, "here again").await);
    let post = json!({ "channel_id": net.channel, "message": "no" });
    assert_eq!(net.people[1].post("/posts", post).await.refused(403), READ_ONLY);
    net.assert_same().await;
}

#[tokio::test]
async fn what_a_site_behind_another_writes_all_the_same_is_taken_from_nobody() {
    let mut net = Net::new(&["a", "b", "c"], &[[0, 1], [1, 2]]).await;
    let_one(&net.sites[0], "c", "read_only").await;
    net.settle().await;
    for place in [1, 2] {
        heed_no_more(&net.sites[place]).await;
    }
    net.says(2, "forged").await;
    net.says(1, "honest").await;
    net.settle().await;
    assert!(has(&net.people[1], &net.channel, "forged").await);
    assert!(!has(&net.people[0], &net.channel, "forged").await);
    assert!(has(&net.people[0], &net.channel, "honest").await, "the one between is not to blame");
}

#[tokio::test]
async fn whoever_comes_later_gets_what_was_written_before_and_reads_only() {
    let mut net = Net::new(&["a", "b", "c"], &[[0, 1], [0, 2]]).await;
    net.cut([0, 2]);
    net.says(1, "while we wrote").await;
    net.settle().await;
    let_one(&net.sites[0], "b", "read_only").await;
    net.settle().await;
    net.connect([0, 2]).await;
    net.settle().await;
    assert!(has(&net.people[2], &net.channel, "while we wrote").await);
    net.says(2, "c still writes").await;
    net.settle().await;
    net.assert_same().await;

    let later = site("later", 9).await;
    pair(&net.sites[0], &later).await;
    share(&net.sites[0], "later", Which::One(TOWN_SQUARE.to_owned())).await;
    net.sites.push(later);
    net.routes.push(std::sync::Arc::default());
    net.connect([0, 3]).await;
    net.settle().await;
    let lena = joined(&net.sites[3], &net.team, &net.channel).await;
    net.people.push(lena);
    net.settle().await;
    net.assert_same().await;
    let post = json!({ "channel_id": net.channel, "message": "no" });
    assert_eq!(net.people[3].post("/posts", post).await.refused(403), READ_ONLY);
}

#[tokio::test]
async fn only_the_site_that_made_a_channel_says_who_writes_there() {
    let mut bed = Bed::new().await;
    let path = "/fieldpost/link/hq/read_only";
    let asked = bed.edge.local().post(path, json!({ "channel": TOWN_SQUARE })).await;
    assert_eq!(asked.refused(400), "api.fieldpost.link.not_maker");
    let path = "/fieldpost/link/nobody/read_only";
    let nobody = bed.hq.local().post(path, json!({ "channel": TOWN_SQUARE })).await;
    assert_eq!(nobody.refused(404), "api.fieldpost.link.no_peer");
    bed.wire.settle().await.unwrap();
    bed.assert_agreed_on(&bed.channel).await;
    let acts = entries(&bed.admin).await;
    assert!(!acts.iter().any(|act| act["action"] == "let_read"));
    // What is as it was asked for is not done, and not noted.
    let_one(&bed.hq, "edge", "read_write").await;
    assert!(!entries(&bed.admin).await.iter().any(|act| act["action"] == "let_write"));
}

#[tokio::test]
async fn however_often_it_changes_who_writes_all_end_with_the_same_once_all_do() {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    const LINKS: [[usize; 2]; 4] = [[0, 1], [1, 2], [2, 3], [0, 2]];
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        let mut net = Net::new(&NAMES, &LINKS).await;
        let mut known = vec![Vec::new(); NAMES.len()];
        for _ in 0..8 {
            for (who, known) in net.people.iter().zip(&mut known) {
                for _ in 0..dice.below(6) {
                    act(who, &net.channel, known, &mut dice).await;
                }
            }
            let whom = NAMES[1 + dice.below(3)];
            let what = if dice.one_in(2) { "read_only" } else { "read_write" };
            let_one(&net.sites[0], whom, what).await;
            net.stir(&LINKS, &mut dice).await;
            if dice.one_in(3) {
                net.settle().await;
                let all: Vec<String> = known.concat();
                known.iter_mut().for_each(|at| at.clone_from(&all));
            }
        }
        for name in &NAMES[1..] {
            let_one(&net.sites[0], name, "read_write").await;
        }
        for link in LINKS {
            net.cut(link);
        }
        for link in LINKS {
            net.connect(link).await;
        }
        net.settle().await;
        net.assert_same().await;
        for site in &net.sites {
            assert_eq!(site.running().store.verify().await.unwrap(), [], "seed {seed}");
        }
    }
}

#[tokio::test]
async fn however_much_a_site_writes_all_the_same_both_come_to_an_end() {
    let mut bed = Bed::new().await;
    let other = second(&mut bed).await;
    let_one(&bed.hq, "edge", "read_only").await;
    bed.wire.settle().await.unwrap();
    let before = content(&bed.admin, &bed.channel).await;
    heed_no_more(&bed.edge).await;
    let mut dice = Dice::new(9);
    for _ in 0..2 {
        // More than one batch has room for, so that each rests on the one before.
        for _ in 0..200 {
            let text: String = (0..40).map(|_| char::from(b'a' + dice.below(26) as u8)).collect();
            bed.edgar.say(&bed.channel, &text).await;
        }
        bed.edgar.say(&other, "elsewhere").await;
        bed.wire.settle().await.unwrap();
        assert_eq!(content(&bed.admin, &bed.channel).await, before);
        assert!(has(&bed.admin, &other, "elsewhere").await);
    }
}

#[tokio::test]
async fn what_was_on_its_way_over_another_site_sets_nobody_aside() {
    let mut net = Net::new(&["a", "b", "c"], &[[0, 1], [1, 2]]).await;
    net.says(2, "on its way").await;
    net.wire([1, 2]).settle().await.unwrap();
    let_one(&net.sites[0], "c", "read_only").await;
    // The one between says it before it hears who writes.
    let wire = net.wire([0, 1]);
    wire.ends[1].speak().await.unwrap();
    while wire.step(1).await.unwrap() {}
    net.settle().await;
    assert!(!has(&net.people[0], &net.channel, "on its way").await);

    // Who comes there is known here in the same conversation.
    let bob = net.sites[2].person("bob").await;
    bring(&net.people[2], &bob, (&net.team, &net.channel)).await;
    let members = format!("/channels/{}/members", net.channel);
    net.settle().await;
    net.people[0].get(&format!("{members}/{}", bob.id)).await.expect(200);

    let_one(&net.sites[0], "c", "read_write").await;
    net.settle().await;
    assert!(has(&net.people[0], &net.channel, "on its way").await);
    net.assert_same().await;
}

#[tokio::test]
async fn a_site_that_only_reads_and_was_put_back_still_says_who_of_its_people_came() {
    let mut net = Net::new(&["a", "b", "c"], &[[0, 1], [1, 2]]).await;
    let_one(&net.sites[0], "b", "read_only").await;
    let_one(&net.sites[0], "c", "read_only").await;
    net.settle().await;
    net.cut([1, 2]);
    let saved = save(&net.sites[1]);
    let bob = net.sites[1].person("bob").await;
    bring(&net.people[1], &bob, (&net.team, &net.channel)).await;
    let members = format!("/channels/{}/members", net.channel);
    net.settle().await;
    net.wires.clear();
    put_back(&mut net.sites[1], &saved).await;
    net.people[1] = net.people[1].at(net.sites[1].url());
    net.connect([0, 1]).await;
    net.settle().await;
    net.connect([1, 2]).await;
    net.settle().await;
    net.people[2].get(&format!("{members}/{}", bob.id)).await.expect(200);
    net.assert_same().await;
}

#[tokio::test]
async fn what_else_an_administrator_does_is_not_hindered_by_a_channel_that_is_only_read() {
    let mut bed = Bed::new().await;
    let emoji = make_emoji(&bed.edgar, "spark").await;
    let post = bed.edgar.say(&bed.channel, "while we wrote").await;
    let reaction = json!({ "user_id": bed.edgar.id, "post_id": id(&post), "emoji_name": "spark" });
    bed.edgar.post("/reactions", reaction).await.expect(200);
    bed.wire.settle().await.unwrap();
    let_one(&bed.hq, "edge", "read_only").await;
    bed.wire.settle().await.unwrap();
    bed.edgar.delete(&format!("/emoji/{}", id(&emoji))).await.expect(200);
    // Somebody of another site comes into the team and leaves it, and stays in the channel.
    let team = format!("/teams/{}/members", id(&bed.team));
    let place = json!({ "team_id": bed.team["id"], "user_id": bed.admin.id });
    bed.edge.local().post(&team, place).await.expect(201);
    bed.edge.local().delete(&format!("{team}/{}", bed.admin.id)).await.expect(200);
    bed.wire.settle().await.unwrap();
    let member = format!("/channels/{}/members/{}", bed.channel, bed.admin.id);
    bed.edge.local().get(&member).await.expect(200);
    bed.assert_agreed_on(&bed.channel).await;
}
