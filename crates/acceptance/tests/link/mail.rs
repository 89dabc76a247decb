//! Of what comes over a link, each person's own site tells them by mail, and rings once.

use std::sync::Arc;

use fieldpost_link::share::Which;
use fieldpost_testkit::{Mailbox, SeededEntropy, TestSite};

use super::bed::{Wire, joined, pair, share};

async fn site(name: &str, seed: u64, mailbox: &Mailbox) -> TestSite {
    TestSite::start_with(|config| {
        config.site_name = name.to_owned();
        config.settings.site_url = format!("https://{name}.example.org");
        config.entropy = Arc::new(SeededEntropy::new(seed));
        config.mail = mailbox.settings();
    })
    .await
}

async fn sent(site: &TestSite, minutes: i64) {
    site.settle().await;
    site.running().mailer.look().await.unwrap();
    site.clock().advance(minutes * 60_000);
    site.running().mailer.look().await.unwrap();
}

#[tokio::test]
async fn a_week_of_mentions_that_arrives_at_once_is_one_mail_from_home() {
    let boxes = [Mailbox::open().await, Mailbox::open().await];
    let (hq, edge) = (site("hq", 1, &boxes[0]).await, site("edge", 2, &boxes[1]).await);
    pair(&hq, &edge).await;
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let local = joined(&edge, &team, &square).await;
    local.say(&square, "here I am").await;
    wire.settle().await.unwrap();
    for site in [&hq, &edge] {
        sent(site, 60).await;
    }
    let name = local.get("/users/me").await.expect(200)["username"].clone();
    let name = name.as_str().unwrap();
    boxes.iter().for_each(|mailbox| drop(mailbox.take()));

    for n in 0..30 {
        admin.say(&square, &format!("number {n} for @{name}:edge")).await;
        hq.clock().advance(6 * 60 * 60_000);
    }
    // It is a week later at both, and only now do they hear of each other.
    edge.clock().advance(30 * 6 * 60 * 60_000);
    sent(&hq, 60).await;
    for _ in 0..3 {
        wire.settle().await.unwrap();
        sent(&edge, 1).await;
    }
    assert_eq!(boxes[1].take(), [], "more may come");
    sent(&edge, 15).await;
    let mail = boxes[1].take_one();
    assert!(mail.to[0].starts_with(name), "{:?}", mail.to);
    assert!(
        mail.text.contains("number 0 for") && mail.text.contains("and 10 new"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains("https://edge.example.org/alpha/pl/"), "{}", mail.text);
    sent(&hq, 60).await;
    sent(&edge, 60).await;
    assert_eq!((boxes[0].take(), boxes[1].take()), (vec![], vec![]));
}
