//! Where a message is: which of the sites that share its channel have it.

use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::bed::{Bed, pair, share, site};
use super::bundles::{bundle, take};
use fieldpost_link::share::Which;

const PATH: &str = "/fieldpost/link/whereabouts";

fn id(post: &Value) -> &str {
    post["id"].as_str().unwrap()
}

/// Of which of some posts it is told where they are, and at which sites those are.
async fn told(reader: &Actor, channel: &str, posts: &[&Value]) -> Vec<(usize, Vec<Value>)> {
    let ids: Vec<&str> = posts.iter().map(|post| id(post)).collect();
    let asked = json!({ "channel_id": channel, "post_ids": ids });
    let answer = reader.post(PATH, asked).await.expect(200);
    let mut told: Vec<(usize, Vec<Value>)> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let which = ids.iter().position(|id| one["post_id"] == **id).unwrap();
            (which, one["sites"].as_array().unwrap().clone())
        })
        .collect();
    told.sort_by_key(|one| one.0);
    told
}

fn at(site: &str, there: bool) -> Value {
    json!({ "site": site, "there": there })
}

#[tokio::test]
async fn a_message_is_at_another_site_once_that_has_said_so() {
    let mut bed = Bed::new().await;
    let here = bed.admin.say(&bed.channel, "from headquarters").await;
    let there = bed.edgar.say(&bed.channel, "from the edge").await;
    assert_eq!(
        told(&bed.admin, &bed.channel, &[&here]).await,
        [(0, vec![at("edge", false)])],
        "it was not sent"
    );
    // It arrives, and the word that it did is lost.
    bed.wire.ends[0].speak().await.unwrap();
    while bed.wire.step(0).await.unwrap() {}
    assert_eq!(told(&bed.admin, &bed.channel, &[&here]).await, [(0, vec![at("edge", false)])]);
    bed.wire.cut([&bed.hq, &bed.edge], [false, true]).await;
    bed.wire.settle().await.unwrap();
    let posts = [&here, &there];
    assert_eq!(told(&bed.admin, &bed.channel, &posts).await, [(0, vec![at("edge", true)])]);
    assert_eq!(told(&bed.edgar, &bed.channel, &posts).await, [(1, vec![at("hq", true)])]);
    let later = bed.admin.say(&bed.channel, "one more").await;
    let posts = [&later, &here];
    assert_eq!(
        told(&bed.admin, &bed.channel, &posts).await,
        [(0, vec![at("edge", false)]), (1, vec![at("edge", true)])]
    );
}

#[tokio::test]
async fn a_bundle_confirms_what_it_was_told_of() {
    let bed = Bed::new().await;
    let here = bed.admin.say(&bed.channel, "by hand").await;
    take(&bed.edge, &bundle(&bed.hq, "edge").await).await.unwrap();
    assert_eq!(told(&bed.admin, &bed.channel, &[&here]).await, [(0, vec![at("edge", false)])]);
    take(&bed.hq, &bundle(&bed.edge, "hq").await).await.unwrap();
    assert_eq!(told(&bed.admin, &bed.channel, &[&here]).await, [(0, vec![at("edge", true)])]);
}

/// Links another site with headquarters, with which all is shared.
async fn camp(hq: &TestSite) -> TestSite {
    let camp = site("camp", 3).await;
    pair(hq, &camp).await;
    share(hq, "camp", Which::All).await;
    share(&camp, "hq", Which::All).await;
    camp
}

#[tokio::test]
async fn it_is_told_of_each_site_that_shares_the_channel_and_to_those_who_read_it() {
    let bed = Bed::new().await;
    let _camp = camp(&bed.hq).await;
    let here = bed.admin.say(&bed.channel, "for everybody").await;
    let off_topic = bed.admin.channel(&bed.team, "off-topic").await;
    let other = bed.admin.say(&off_topic, "elsewhere").await;
    // The camp's consent has not come: only what passes is told of.
    assert_eq!(told(&bed.admin, &bed.channel, &[&here]).await, [(0, vec![at("edge", false)])]);
    assert_eq!(told(&bed.admin, &off_topic, &[&other]).await, [], "nobody shares it");
    assert_eq!(told(&bed.admin, &bed.channel, &[&other]).await, [], "it is not in that channel");
    let stranger = bed.hq.person("stranger").await;
    let asked = json!({ "channel_id": bed.channel, "post_ids": [id(&here)] });
    stranger.post(PATH, asked).await.refused(403);
    let many = json!({ "channel_id": bed.channel, "post_ids": vec![id(&here); 201] });
    bed.admin.post(PATH, many).await.refused(400);
}
