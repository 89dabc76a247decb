//! What is typed into the search field, against posts.

use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::{finds, finds_with};

const DAY: i64 = 86_400_000;

/// A site whose clock stood at the beginning of 2026, and somebody with a team.
async fn site() -> (TestSite, Actor, Value, String) {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    (site, admin, team, square)
}

async fn say_all(site: &TestSite, actor: &Actor, channel: &str, messages: &[&str]) {
    for message in messages {
        actor.say(channel, message).await;
    }
    site.indexed().await;
}

#[tokio::test]
async fn an_answer_is_a_list_of_posts_newest_first() {
    let (site, admin, team, square) = site().await;
    let root = admin.say(&square, "supply run").await;
    let reply = json!({ "channel_id": square, "message": "Supply is late", "root_id": root["id"] });
    let reply = admin.post("/posts", reply).await.expect(201);
    site.indexed().await;
    let path = format!("/teams/{}/posts/search", team["id"].as_str().unwrap());
    let asked = json!({ "terms": "supply", "is_or_search": false });
    let answer = admin.post(&path, asked).await;
    assert_eq!(answer.header("cache-control"), "no-cache, no-store, must-revalidate");
    let list = answer.expect(200);
    assert_eq!(list["order"], json!([reply["id"], root["id"]]));
    assert_eq!(list["posts"].as_object().unwrap().len(), 2);
    assert_eq!(list["posts"][reply["id"].as_str().unwrap()]["root_id"], root["id"]);
    assert_eq!(list["matches"], Value::Null);
    assert!(list.as_object().unwrap().contains_key("matches"));
    // Whatever page is asked for, there is one.
    let asked = json!({ "terms": "supply", "is_or_search": false, "page": 1 });
    assert_eq!(finds_with(&admin, Some(&team), asked).await, [""; 0]);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let (site, admin, team, _) = site().await;
    let path = format!("/teams/{}/posts/search", team["id"].as_str().unwrap());
    let refused = admin.post(&path, json!({ "is_or_search": false })).await.refused(400);
    assert_eq!(refused, "api.context.invalid_body_param.app_error");
    let refused = admin.post(&path, json!([1])).await.refused(400);
    assert_eq!(refused, "api.post.search_posts.invalid_body.app_error");
    let endless = json!({ "terms": "x ".repeat(100) });
    assert_eq!(admin.post(&path, endless).await.refused(400), "api.fieldpost.search.too_long");
    site.stranger().post(&path, json!({ "terms": "x" })).await.refused(401);
    for terms in ["*", "…", "ext:pdf"] {
        assert_eq!(finds(&admin, &team, terms).await, [""; 0], "{terms}");
    }
}

#[tokio::test]
async fn words_phrases_exclusions_and_continuations() {
    let (site, admin, team, square) = site().await;
    let messages = ["the red bridge is closed", "the bridge is red", "Red-line, bridged!"];
    say_all(&site, &admin, &square, &messages).await;
    let [first, second, third] = messages;
    for (terms, found) in [
        ("bridge red", vec![second, first]),
        ("RED", vec![third, second, first]),
        ("\"red bridge\"", vec![first]),
        ("red -bridge", vec![third]),
        ("red -\"is red\"", vec![third, first]),
        ("bridg*", vec![third, second, first]),
        ("red-line", vec![third]),
        ("-bridge from:admin", vec![third]),
        ("closed elsewhere", vec![]),
    ] {
        assert_eq!(finds(&admin, &team, terms).await, found, "{terms}");
    }
    let either = json!({ "terms": "closed bridged", "is_or_search": true });
    assert_eq!(finds_with(&admin, Some(&team), either).await, [third, first]);
}

#[tokio::test]
async fn hashtags_are_found_exactly() {
    let (site, admin, team, square) = site().await;
    let messages = ["#Alpha-1 is up", "#alpha is down", "alpha without", "#beta and #alpha"];
    say_all(&site, &admin, &square, &messages).await;
    let [dash, alpha, plain, both] = messages;
    for (terms, found) in [
        ("#ALPHA", vec![both, alpha]),
        ("#alpha-1", vec![dash]),
        ("#alpha #beta", vec![both]),
        ("#alpha -#beta", vec![alpha]),
        ("alpha", vec![both, plain, alpha, dash]),
        // Words and hashtags are two questions.
        ("#alpha-1 without", vec![plain, dash]),
    ] {
        assert_eq!(finds(&admin, &team, terms).await, found, "{terms}");
    }
}

#[tokio::test]
async fn whose_and_where() {
    let (site, admin, team, square) = site().await;
    let bob = site.member(&admin, &team, "bob").await;
    let eve = site.member(&admin, &team, "eve").await;
    let other = admin.channel(&team, "off-topic").await;
    let direct = bob.post("/channels/direct", json!([bob.id, admin.id])).await.expect(201);
    let group = bob.post("/channels/group", json!([admin.id, eve.id])).await.expect(201);
    bob.say(&square, "word bob square").await;
    bob.say(&other, "word bob other").await;
    admin.say(&square, "word admin square").await;
    bob.say(direct["id"].as_str().unwrap(), "word direct").await;
    bob.say(group["id"].as_str().unwrap(), "word group").await;
    site.indexed().await;
    for (terms, count, each) in [
        ("word", 5, "word"),
        ("word from:bob", 4, "word"),
        ("word from:@Bob in:town-square", 1, "bob square"),
        ("from:bob in:~off-topic", 1, "bob other"),
        ("word -from:bob", 1, "admin"),
        ("word in:town-square in:off-topic", 3, "word"),
        ("word -in:town-square from:bob", 3, "word"),
        ("word in:@bob", 1, "direct"),
        ("in:@bob,eve", 1, "group"),
        ("channel:off-topic", 1, "other"),
        ("word from:nobody", 0, ""),
        ("word in:nowhere", 0, ""),
        ("word in:@nobody", 0, ""),
        ("word -from:nobody", 5, "word"),
    ] {
        let found = finds(&admin, &team, terms).await;
        assert_eq!(found.len(), count, "{terms}: {found:?}");
        assert!(found.iter().all(|message| message.contains(each)), "{terms}: {found:?}");
    }
}

#[tokio::test]
async fn days_are_those_of_the_reader() {
    let (site, admin, team, square) = site().await;
    for day in ["first", "second", "third"] {
        admin.say(&square, &format!("{day} report")).await;
        site.clock().advance(DAY);
    }
    site.indexed().await;
    let [first, second, third] = ["first report", "second report", "third report"];
    for (terms, found) in [
        ("report on:2026-01-02", vec![second]),
        ("report after:2026-1-1", vec![third, second]),
        ("report before:2026-01-02", vec![first]),
        ("report after:2026-01-01 before:2026-01-03", vec![second]),
        ("report -on:2026-01-02", vec![third, first]),
        ("report -after:2026-01-01", vec![first]),
        ("on:2026-01-03", vec![third]),
        ("report on:2026-02-30", vec![third, second, first]),
    ] {
        assert_eq!(finds(&admin, &team, terms).await, found, "{terms}");
    }
    // Five hours behind it is still the day before.
    let behind = json!({ "terms": "report on:2026-01-01", "time_zone_offset": -18_000 });
    assert_eq!(finds_with(&admin, Some(&team), behind).await, [second]);
}

#[tokio::test]
async fn words_of_every_script() {
    let (site, admin, team, square) = site().await;
    let messages = [
        "Café déjà-vu in Straße 5",
        "Зустріч о п’ятій біля їдальні",
        "الاجتماع في المدرسة غداً",
        "明日は東京都庁で会議です",
        "내일 서울에서 회의",
        "ВСЕ ГОТОВО #готово",
    ];
    say_all(&site, &admin, &square, &messages).await;
    for (terms, n) in [
        ("cafe", 0),
        ("DEJA", 0),
        ("strasse", 0),
        ("п'ятій", 1),
        ("ЇДАЛЬНІ", 1),
        ("їдаль*", 1),
        ("المدرسه", 2),
        ("غدا", 2),
        ("東京", 3),
        ("会議", 3),
        ("庁", 3),
        ("서울", 4),
        ("готово", 5),
        ("#готово", 5),
    ] {
        assert_eq!(finds(&admin, &team, terms).await, [messages[n]], "{terms}");
    }
    for terms in ["東庁", "\"vu deja\"", "ідальня"] {
        assert_eq!(finds(&admin, &team, terms).await, [""; 0], "{terms}");
    }
}

#[tokio::test]
async fn a_slip_of_the_finger_finds_what_was_meant_where_nothing_else_is() {
    let (site, admin, team, square) = site().await;
    say_all(&site, &admin, &square, &["the generators are running", "Київ чекає"]).await;
    for terms in ["generator", "genertors", "gneerators", "generatirs running"] {
        assert_eq!(finds(&admin, &team, terms).await, ["the generators are running"], "{terms}");
    }
    assert_eq!(finds(&admin, &team, "чекеє").await, ["Київ чекає"]);
    admin.say(&square, "one generator").await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "generator").await, ["one generator"]);
    assert_eq!(finds(&admin, &team, "\"genertors\"").await, ["the generators are running"]);
    assert_eq!(finds(&admin, &team, "elevators").await, [""; 0]);
}

#[tokio::test]
async fn a_hundred_are_found_at_most_and_they_are_the_newest() {
    let (site, admin, team, square) = site().await;
    for n in 0..105 {
        admin.say(&square, &format!("common {n}")).await;
    }
    site.indexed().await;
    let found = finds(&admin, &team, "common").await;
    let newest: Vec<String> = (5..105).rev().map(|n| format!("common {n}")).collect();
    assert_eq!(found, newest);
}
