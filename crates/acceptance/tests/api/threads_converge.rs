//! What people say of threads, and what replies make of it, means the same at every site.

use fieldpost_chat::thread::{ThreadFollowed, ThreadViewed};
use fieldpost_kernel::{RowsExt, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Id, Millis};
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};

use super::channels_converge::{another_site, exchange, give, written_at};
use super::threads_followed::{id, reply, thread, threads};

/// What a site knows of a person's threads, without what follows from when replies came.
async fn known(site: &TestSite, person: Id) -> Vec<String> {
    let read = move |rows: &mut dyn fieldpost_kernel::Rows| {
        rows.all(
            "SELECT t.following, t.met, t.choice, t.named_stamp, t.last_viewed_at, t.last_reply_at \
             FROM thread_member t JOIN account ON account.key = t.account_key \
             JOIN post ON post.key = t.root_key WHERE account.id = ?1 ORDER BY post.id",
            params![&person],
            |row| format!("{:?}", [0, 1, 2, 3, 4, 5].map(|column| row.int(column))),
        )
    };
    site.running().store.read(read).await.unwrap()
}

async fn exchange_all(one: &TestSite, other: &TestSite, dice: &mut Dice) {
    let private = Some(ScopeKind::Private);
    let (of_one, of_other) =
        (written_at(one, true, private).await, written_at(other, true, private).await);
    // Neither waits for what it speaks of.
    give(of_one, other, dice).await;
    exchange(one, other, dice).await;
    give(of_other, one, dice).await;
}

/// Something that somebody does to a thread at home.
async fn meddle(who: &Actor, team: &Value, root: &Value, last: &mut Value, dice: &mut Dice) {
    let path = thread(team, root);
    let at: Millis = last["create_at"].as_i64().unwrap();
    let done = match dice.below(6) {
        0 => who.put(&format!("{path}/following"), json!({})).await.status,
        1 => who.delete(&format!("{path}/following")).await.status,
        2 => who.put(&format!("{path}/read/{at}"), json!({})).await.status,
        3 => who.post(&format!("{path}/set_unread/{}", id(last)), json!({})).await.status,
        4 => who.put(&format!("{}/read", threads(team)), json!({})).await.status,
        _ => {
            *last = reply(who, root, "@bob and @admin").await;
            200
        }
    };
    // A thread that is not followed by now is none to read.
    assert!(done == 200 || done == 404, "status {done}");
}

/// The same, as the person's own site elsewhere would write it.
async fn meddle_elsewhere(site: &TestSite, person: Id, root: &Value, dice: &mut Dice) {
    let thread: Id = id(root).parse().unwrap();
    let until = root["create_at"].as_i64().unwrap() + i64::try_from(dice.below(1000)).unwrap();
    let scope = Scope::new(ScopeKind::Private, person);
    let (follow, following) = (dice.one_in(2), dice.one_in(2));
    let write = move |work: &mut fieldpost_kernel::Work<'_>| {
        if follow {
            let body = ThreadFollowed { thread, following, viewed_at: until };
            work.emit(scope, person, &body)
        } else {
            let body = ThreadViewed { thread, until, unread_before: (0, 0) };
            work.emit(scope, person, &body)
        }
    };
    site.running().store.write(&[], write).await.unwrap();
}

#[tokio::test]
async fn what_is_said_of_a_thread_at_two_sites_converges() {
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let bob = hq.member(&admin, &team, "bob").await;
        let square = admin.channel(&team, "town-square").await;
        let root = admin.say(&square, "root").await;
        let mut last = root.clone();
        exchange(&hq, &edge, &mut dice).await;
        let turns = 10;
        for turn in 0..turns {
            for who in [&admin, &bob] {
                meddle(who, &team, &root, &mut last, &mut dice).await;
                meddle_elsewhere(&edge, who.id, &root, &mut dice).await;
            }
            if turn % 3 == 0 {
                exchange_all(&hq, &edge, &mut dice).await;
            }
        }
        exchange_all(&hq, &edge, &mut dice).await;
        for person in [admin.id, bob.id] {
            let (at_hq, at_edge) = (known(&hq, person).await, known(&edge, person).await);
            assert_eq!(at_hq, at_edge, "seed {seed}");
            assert_eq!(at_hq.len(), 1);
        }
    }
}

#[tokio::test]
async fn a_reply_from_another_site_is_unread_however_late_it_comes() {
    let (hq, edge) = (another_site(100).await, another_site(200).await);
    let mut dice = Dice::new(1);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let bob = hq.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await;
    exchange(&hq, &edge, &mut dice).await;
    let eve = edge.person("eve").await;
    let member = json!({ "team_id": team["id"], "user_id": eve.id });
    eve.post(&format!("/teams/{}/members", id(&team)), member).await.expect(201);
    let late = reply(&eve, &root, "written long ago").await;
    hq.clock().advance(3 * 60 * 60 * 1000);
    reply(&bob, &root, "written since").await;
    admin.put(&format!("{}/read", threads(&team)), json!({})).await.expect(200);
    exchange(&hq, &edge, &mut dice).await;

    let found = admin.get(&thread(&team, &root)).await.expect(200);
    assert!(found["last_viewed_at"].as_i64() > late["create_at"].as_i64());
    assert_eq!((&found["reply_count"], &found["unread_replies"]), (&json!(2), &json!(1)));
    let list = admin.get(&threads(&team)).await.expect(200);
    assert_eq!((&list["total"], &list["total_unread_threads"]), (&json!(1), &json!(1)));
    // The one who wrote it follows at home, and has bob's reply to read.
    let hers = eve.get(&thread(&team, &root)).await.expect(200);
    assert_eq!((&hers["reply_count"], &hers["unread_replies"]), (&json!(2), &json!(1)));
}
