//! The banner of a channel that two sites share: either sets it, and what is none means nothing.

use fieldpost_chat::channel::ChannelBannerSet;
use serde_json::{Value, json};

use super::bed::{Bed, state};

async fn shown(bed: &Bed) -> Value {
    let path = format!("/channels/{}", bed.channel);
    let here = bed.admin.get(&path).await.expect(200)["banner_info"].clone();
    let there = bed.edgar.get(&path).await.expect(200)["banner_info"].clone();
    assert_eq!(here, there);
    assert_eq!(state(&bed.hq, &bed.channel).await, state(&bed.edge, &bed.channel).await);
    here
}

#[tokio::test]
async fn a_banner_crosses_a_link_both_ways() {
    let mut bed = Bed::new().await;
    let path = format!("/channels/{}/patch", bed.channel);
    let whole = json!({ "enabled": true, "text": "Drill", "background_color": "#c8102e" });
    bed.admin.put(&path, json!({ "banner_info": whole })).await.expect(200);
    bed.wire.settle().await.unwrap();
    assert_eq!(shown(&bed).await, whole);

    let over = json!({ "banner_info": { "text": "Over" } });
    bed.edgar.put(&path, over).await.expect(200);
    bed.wire.settle().await.unwrap();
    assert_eq!(shown(&bed).await["text"], "Over");
}

#[tokio::test]
async fn what_is_no_banner_is_void_at_every_site() {
    let mut bed = Bed::new().await;
    let set = |enabled, text: &str, colour: &str| ChannelBannerSet {
        enabled,
        text: text.to_owned(),
        background_color: colour.to_owned(),
    };
    let void = [
        set(true, "", "#fff"),
        set(true, "x", ""),
        set(true, "x", "url(evil)"),
        set(false, &"x".repeat(1025), ""),
        set(true, "a\0b", "#fff"),
    ];
    for body in &void {
        bed.write(body).await.unwrap();
    }
    let path = format!("/channels/{}", bed.channel);
    assert_eq!(bed.admin.get(&path).await.expect(200)["banner_info"], Value::Null);
    bed.write(&set(true, "Drill", "#fff")).await.unwrap();
    assert_eq!(bed.admin.get(&path).await.expect(200)["banner_info"]["text"], "Drill");
}
