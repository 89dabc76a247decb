//! Urgent posts overtake what waits for the link, and nothing else changes by it.

use fieldpost_peer::Ended;
use fieldpost_replica::Urgent;
use fieldpost_testkit::Actor;
use serde_json::{Value, json};

use super::bed::Bed;

/// Says something that matters so much.
async fn say(who: &Actor, channel: &str, message: &str, level: &str) -> Value {
    let priority = match level {
        "flash" => json!({ "priority": "urgent", "flash": true }),
        _ => json!({ "priority": level }),
    };
    let post = json!({
        "channel_id": channel, "message": message, "metadata": { "priority": priority },
    });
    who.post("/posts", post).await.expect(201)
}

async fn sees(who: &Actor, post: &Value) -> bool {
    who.get(&format!("/posts/{}", post["id"].as_str().unwrap())).await.status == 200
}

impl Bed {
    /// Lets headquarters have batches under way that do not arrive yet.
    async fn keep_busy(&mut self) {
        for n in 0..300 {
            self.admin.say(&self.channel, &format!("routine {n}, of which there is much")).await;
        }
        self.wire.ends[0].speak().await.unwrap();
    }

    /// What would overtake now.
    async fn urgent(&self) -> Option<Urgent> {
        self.wire.ends[0].session().urgent().await.unwrap()
    }

    async fn hear_urgent(&self, urgent: Urgent) -> Result<(), Ended> {
        self.wire.ends[1].session().hear_urgent(urgent).await
    }

    async fn assert_settled(&mut self) {
        self.assert_agreed().await;
        assert!(self.urgent().await.is_none(), "what has arrived need not overtake");
    }
}

#[tokio::test]
async fn an_urgent_post_is_there_before_what_was_sent_before_it() {
    let mut bed = Bed::new().await;
    bed.keep_busy().await;
    let routine = bed.admin.say(&bed.channel, "one more").await;
    let urgent = say(&bed.admin, &bed.channel, "man overboard", "urgent").await;
    bed.hear_urgent(bed.urgent().await.unwrap()).await.unwrap();
    let seen = bed.edgar.get(&format!("/posts/{}", urgent["id"].as_str().unwrap())).await;
    let seen = seen.expect(200);
    assert_eq!(seen["message"], "man overboard");
    assert_eq!(seen["metadata"]["priority"]["priority"], "urgent");
    assert_eq!(seen["create_at"], urgent["create_at"]);
    assert!(!sees(&bed.edgar, &routine).await);
    assert!(bed.urgent().await.is_none(), "it goes once");
    bed.assert_settled().await;
    assert!(sees(&bed.edgar, &routine).await);
}

#[tokio::test]
async fn of_several_the_more_urgent_goes_first_and_then_the_newest() {
    let mut bed = Bed::new().await;
    bed.keep_busy().await;
    let mut said = Vec::new();
    for (message, level) in [
        ("a", "important"),
        ("b", "urgent"),
        ("c", ""),
        ("d", "urgent"),
        ("e", "important"),
        ("f", "flash"),
        ("g", "urgent"),
        ("h", "flash"),
        ("i", ""),
    ] {
        said.push(say(&bed.admin, &bed.channel, message, level).await);
    }
    let mut order = Vec::new();
    while let Some(urgent) = bed.urgent().await {
        let before: Vec<usize> = order.clone();
        bed.hear_urgent(urgent).await.unwrap();
        for (n, post) in said.iter().enumerate() {
            if !before.contains(&n) && sees(&bed.edgar, post).await {
                order.push(n);
            }
        }
    }
    assert_eq!(order, [7, 5, 6, 3, 1, 4, 0]);
    let seen = bed.edgar.get(&format!("/posts/{}", said[7]["id"].as_str().unwrap())).await;
    assert_eq!(seen.expect(200)["metadata"]["priority"]["flash"], true);
    bed.assert_settled().await;
}

#[tokio::test]
async fn a_flash_passes_what_is_urgent_and_waits_already() {
    let mut bed = Bed::new().await;
    bed.keep_busy().await;
    for message in ["a", "b", "c"] {
        say(&bed.admin, &bed.channel, message, "urgent").await;
    }
    let first = bed.urgent().await.unwrap();
    bed.hear_urgent(first).await.unwrap();
    let flash = say(&bed.admin, &bed.channel, "air raid", "flash").await;
    bed.hear_urgent(bed.urgent().await.unwrap()).await.unwrap();
    assert!(sees(&bed.edgar, &flash).await);
    let mut left = 0;
    while bed.urgent().await.is_some() {
        left += 1;
    }
    assert_eq!(left, 2, "each goes once");
    bed.assert_settled().await;
}

#[tokio::test]
async fn what_overtook_may_come_twice_or_late_or_be_lost() {
    let mut bed = Bed::new().await;
    bed.keep_busy().await;
    let lost = say(&bed.admin, &bed.channel, "lost with the connection", "urgent").await;
    let first = bed.urgent().await.unwrap();
    drop(first);
    bed.wire.cut([&bed.hq, &bed.edge], [false, true]).await;
    // The greetings pass, and batches are under way again.
    while bed.wire.step(0).await.unwrap() || bed.wire.step(1).await.unwrap() {}
    bed.wire.ends[0].speak().await.unwrap();
    let again = bed.urgent().await.unwrap();
    bed.hear_urgent(again.clone()).await.unwrap();
    bed.hear_urgent(again.clone()).await.unwrap();
    assert!(sees(&bed.edgar, &lost).await);
    bed.assert_settled().await;
    bed.hear_urgent(again).await.unwrap();
    bed.assert_settled().await;
}

#[tokio::test]
async fn with_nothing_under_way_nothing_has_to_overtake() {
    let mut bed = Bed::new().await;
    say(&bed.admin, &bed.channel, "by itself", "urgent").await;
    assert!(bed.urgent().await.is_none());
    bed.assert_settled().await;
}

#[tokio::test]
async fn what_is_not_proved_or_not_shared_does_not_overtake() {
    let mut bed = Bed::new().await;
    let other = bed.admin.channel(&bed.team, "off-topic").await;
    bed.keep_busy().await;
    let secret = say(&bed.admin, &other, "not shared", "urgent").await;
    assert!(bed.urgent().await.is_none());
    let post = say(&bed.admin, &bed.channel, "shared", "urgent").await;
    let urgent = bed.urgent().await.unwrap();
    let mut forged = urgent.clone();
    forged.signature[9] ^= 1;
    assert!(matches!(bed.hear_urgent(forged).await, Err(Ended::Offence(_))));
    let mut cut = urgent.clone();
    cut.body.truncate(cut.body.len() / 2);
    assert!(matches!(bed.hear_urgent(cut).await, Err(Ended::Offence(_))));
    for post in [&post, &secret] {
        assert!(!sees(&bed.edgar, post).await);
    }
    bed.hear_urgent(urgent).await.unwrap();
    assert!(sees(&bed.edgar, &post).await);
    bed.assert_settled().await;
}
