//! Who there is at the other site is known once people can write to each other.

use fieldpost_replica::{Coding, Frame};
use fieldpost_testkit::{Actor, Dice};
use serde_json::json;

use super::bed::{Bed, Wire, pair, set_direct, site};
use super::direct::assert_same;

/// Whoever somebody finds by a word.
async fn found(who: &Actor, word: &str) -> Vec<String> {
    let found = who.get(&format!("/users/autocomplete?name={word}")).await.expect(200);
    let users = found["users"].as_array().unwrap().iter();
    users.map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn somebody_with_whom_nothing_is_shared_is_found_and_written_to() {
    let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
    let (admin, _) = hq.administrator_with_team("alpha").await;
    let (edgar, _) = edge.administrator_with_team("bravo").await;
    let stays = hq.person("olga").await;
    let leaves = hq.person("oleg").await;
    admin.delete(&format!("/users/{}", leaves.id)).await.expect(200);
    pair(&hq, &edge).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    assert_eq!(found(&edgar, "ol").await, [""; 0]);
    set_direct(&hq, "edge", true).await;
    wire.settle().await.unwrap();
    assert_eq!(found(&edgar, "ol").await, [""; 0]);
    set_direct(&edge, "hq", true).await;
    wire.settle().await.unwrap();
    assert_eq!(found(&edgar, "ol").await, ["olga:hq"]);
    // Who comes later is found, too, and under the name that they have by then.
    let later = hq.person("olaf").await;
    let named = json!({ "nickname": "Olaf of the engine room" });
    stays.put(&format!("/users/{}/patch", stays.id), named).await.expect(200);
    wire.settle().await.unwrap();
    let mut names = found(&edgar, "ol").await;
    names.sort_unstable();
    assert_eq!(names, ["olaf:hq", "olga:hq"]);
    assert_eq!(found(&edgar, "engine").await, ["olga:hq"]);

    let opened = edgar.post("/channels/direct", json!([edgar.id, later.id])).await.expect(201);
    let conversation = opened["id"].as_str().unwrap();
    edgar.say(conversation, "welcome").await;
    wire.settle().await.unwrap();
    later.say(conversation, "thank you").await;
    wire.settle().await.unwrap();
    assert_same([&hq, &edge], [&later, &edgar], conversation).await;
    assert_eq!(wire.ends[0].batches().await, 0, "there is nothing more to be said");
}

#[tokio::test]
async fn after_it_ended_nobody_else_is_introduced() {
    let mut bed = Bed::with_direct().await;
    set_direct(&bed.edge, "hq", false).await;
    bed.wire.settle().await.unwrap();
    bed.hq.person("olga").await;
    bed.wire.settle().await.unwrap();
    bed.wire.cut([&bed.hq, &bed.edge], [true, true]).await;
    bed.wire.settle().await.unwrap();
    assert_eq!(found(&bed.edgar, "olga").await, [""; 0]);
}

#[tokio::test]
async fn many_people_take_few_bytes() {
    let bed = Bed::with_direct().await;
    let mut dice = Dice::new(3);
    let first = ["Anna", "Bert", "Carla", "Dirk", "Elena", "Farid", "Greta", "Hugo", "Ida", "Jan"];
    let last = ["Meyer", "Okafor", "Nilsson", "Rossi", "Kovacs", "Silva", "Haddad", "Novak"];
    let people = 300;
    for n in 0..people {
        let (first, last) = (first[dice.below(first.len())], last[dice.below(last.len())]);
        let username = format!("{}.{}{n}", first.to_lowercase(), last.to_lowercase());
        let new = json!({
            "username": username, "email": format!("{username}@example.org"),
            "password": "correct horse battery", "first_name": first, "last_name": last,
        });
        bed.admin.post("/users", new).await.expect(201);
    }
    let mut bytes = 0;
    while let Some(frame) = bed.wire.ends[0].session().next(64 << 10, Coding::Terse).await.unwrap()
    {
        assert!(matches!(frame, Frame::Batch { .. }));
        bytes += frame.encode().len();
    }
    // Of it 52 are the person's id and the salts of their log, which nothing makes shorter.
    let each = bytes / people;
    assert!((52..85).contains(&each), "{bytes} bytes for {people} people: {each} for each");
}
