//! The banner of a channel: who sets it, what it may be, who is told.

use fieldpost_log::Scope;
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};

use super::channels_converge::{another_site, exchange, hashes, written_at};

const COLOUR: &str = "#c8102e";

fn error(what: &str) -> String {
    format!("model.channel.is_valid.banner_info.{what}.app_error")
}

/// A channel with its maker, who administers it, and a member.
struct Deck {
    site: TestSite,
    team: Value,
    admin: Actor,
    owner: Actor,
    member: Actor,
    channel: String,
}

impl Deck {
    async fn new() -> Self {
        let site = TestSite::start().await;
        let (admin, team) = site.administrator_with_team("alpha").await;
        let owner = site.member(&admin, &team, "owner").await;
        let member = site.member(&admin, &team, "member").await;
        let channel = made(&owner, &team, "P").await;
        let path = format!("/channels/{channel}/members");
        owner.post(&path, json!({ "user_id": member.id })).await.expect(201);
        Self { site, team, admin, owner, member, channel }
    }

    fn patch(&self) -> String {
        patch(&self.channel)
    }

    async fn sets(&self, banner: Value) -> Value {
        set(&self.owner, &self.channel, banner).await
    }

    async fn refused(&self, banner: Value) -> String {
        let body = json!({ "banner_info": banner });
        self.owner.put(&self.patch(), body).await.refused(400)
    }

    async fn shown(&self) -> Value {
        shown(&self.member, &self.channel).await
    }
}

async fn made(who: &Actor, team: &Value, kind: &str) -> String {
    let new = json!({
        "team_id": team["id"], "name": "deck", "display_name": "Deck", "type": kind,
    });
    who.post("/channels", new).await.expect(201)["id"].as_str().unwrap().to_owned()
}

fn patch(channel: &str) -> String {
    format!("/channels/{channel}/patch")
}

async fn set(who: &Actor, channel: &str, banner: Value) -> Value {
    let body = json!({ "banner_info": banner });
    who.put(&patch(channel), body).await.expect(200)["banner_info"].clone()
}

async fn shown(who: &Actor, channel: &str) -> Value {
    who.get(&format!("/channels/{channel}")).await.expect(200)["banner_info"].clone()
}

fn banner(enabled: bool, text: &str, colour: &str) -> Value {
    json!({ "enabled": enabled, "text": text, "background_color": colour })
}

#[tokio::test]
async fn a_banner_is_set_key_by_key_and_whoever_shows_the_channel_shows_it() {
    let deck = Deck::new().await;
    assert_eq!(deck.shown().await, Value::Null);
    assert_eq!(deck.sets(json!({})).await, Value::Null, "nothing was said");

    assert_eq!(deck.sets(json!({ "text": "**Drill**" })).await, banner(false, "**Drill**", ""));
    let on = json!({ "enabled": true, "background_color": COLOUR });
    let whole = banner(true, "**Drill**", COLOUR);
    assert_eq!(deck.sets(on).await, whole);
    assert_eq!(deck.shown().await, whole);
    let team = deck.team["id"].as_str().unwrap();
    for path in [
        format!("/users/me/teams/{team}/channels"),
        format!("/teams/{team}/channels/name/deck"),
        "/users/me/channels".to_owned(),
    ] {
        let found = deck.member.get(&path).await.expect(200);
        let all = found.as_array().cloned().unwrap_or_else(|| vec![found.clone()]);
        let deck = all.iter().find(|one| one["id"] == json!(deck.channel)).unwrap();
        assert_eq!(deck["banner_info"], whole, "{path}");
    }
    let terms = json!({ "term": "deck" });
    let found = deck.admin.post("/channels/search", terms).await.expect(200);
    assert_eq!(found[0]["banner_info"], whole);
    assert_eq!(found[0]["team_name"], "alpha");

    let off = banner(false, "**Drill**", COLOUR);
    assert_eq!(deck.sets(json!({ "enabled": false })).await, off);
    // What changes the rest leaves it, and so does a client that knows nothing of it.
    let body = json!({ "header": "of wood" });
    let patched = deck.owner.put(&deck.patch(), body).await.expect(200);
    assert_eq!(patched["banner_info"], off);
    let path = format!("/channels/{}", deck.channel);
    let whole = json!({ "id": deck.channel, "display_name": "D", "banner_info": null });
    assert_eq!(deck.owner.put(&path, whole).await.expect(200)["banner_info"], off);
    let body = json!({ "header": "of steel", "banner_info": { "text": "Over" } });
    let patched = deck.owner.put(&deck.patch(), body).await.expect(200);
    assert_eq!(
        json!([patched["header"], patched["banner_info"]["text"]]),
        json!(["of steel", "Over"])
    );
}

#[tokio::test]
async fn members_are_told_of_a_banner_that_is_another_now() {
    let deck = Deck::new().await;
    deck.site.settle().await;
    let mut socket = deck.member.socket().await;
    let whole = banner(true, "Drill", COLOUR);
    // Said again, it is not told again: the next event is of the next change. Each shows the channel as
    // it is when it is told, so it is told before the next.
    for said in [whole.clone(), whole.clone(), json!({ "text": "Over" })] {
        deck.sets(said).await;
        deck.site.settle().await;
    }
    for expected in [whole, banner(true, "Over", COLOUR)] {
        let told = socket.event("channel_updated").await;
        let told: Value = serde_json::from_str(told["data"]["channel"].as_str().unwrap()).unwrap();
        assert_eq!(told["banner_info"], expected);
    }
}

#[tokio::test]
async fn its_administrators_set_a_banner_and_nobody_else() {
    let deck = Deck::new().await;
    let whole = json!({ "banner_info": banner(true, "Drill", COLOUR) });
    let stranger = deck.site.member(&deck.admin, &deck.team, "stranger").await;
    for who in [&deck.member, &stranger] {
        let why = who.put(&deck.patch(), whole.clone()).await.refused(403);
        assert_eq!(why, "api.context.permissions.app_error");
    }
    // A member may change the header, but not together with a banner.
    let both = json!({ "header": "mine", "banner_info": { "text": "mine" } });
    deck.member.put(&deck.patch(), both).await.expect(403);
    deck.member.put(&deck.patch(), json!({ "header": "mine" })).await.expect(200);
    assert_eq!(deck.shown().await, Value::Null);
    for who in [&deck.owner, &deck.admin] {
        who.put(&deck.patch(), whole.clone()).await.expect(200);
    }
}

#[tokio::test]
async fn what_is_no_banner_is_refused() {
    let deck = Deck::new().await;
    let path = deck.patch();
    let why = deck.owner.put(&path, json!({ "banner_info": null })).await.refused(400);
    assert_eq!(why, "api.channel.patch_update_channel.no_changes.app_error");
    let long = "ä".repeat(512);
    for (refused, what) in [
        (banner(true, " ", COLOUR), "text.empty"),
        (json!({ "enabled": true }), "text.empty"),
        (banner(true, &format!("{long}x"), COLOUR), "text.invalid_length"),
        (banner(false, &format!("{long}x"), ""), "text.invalid_length"),
        (banner(true, "x", ""), "background_color.empty"),
        (banner(true, "x", "red"), "background_color.invalid"),
        (banner(true, "x", "#ff00f"), "background_color.invalid"),
        (banner(false, "x", "#ggg"), "background_color.invalid"),
    ] {
        assert_eq!(deck.refused(refused.clone()).await, error(what), "{refused}");
    }
    assert_eq!(deck.shown().await, Value::Null);
    deck.sets(banner(true, &long, "#Fa0")).await;
    // One that is shown cannot lose what it is made of.
    assert_eq!(deck.refused(json!({ "text": "" })).await, error("text.empty"));
    deck.sets(json!({ "enabled": false, "text": "" })).await;
}

#[tokio::test]
async fn conversations_have_none_and_what_became_a_channel_of_them_has() {
    let deck = Deck::new().await;
    let third = deck.site.member(&deck.admin, &deck.team, "third").await;
    let people = json!([deck.member.id, third.id]);
    let group = deck.owner.post("/channels/group", people).await.expect(201);
    let group = group["id"].as_str().unwrap().to_owned();
    let whole = json!({ "banner_info": banner(true, "Drill", COLOUR) });
    let why = deck.owner.put(&patch(&group), whole.clone()).await.refused(400);
    assert_eq!(why, error("channel_type"));
    let stranger = deck.site.member(&deck.admin, &deck.team, "stranger").await;
    stranger.put(&patch(&group), whole).await.expect(403);

    let wanted = json!({ "team_id": deck.team["id"], "name": "ours", "display_name": "Ours" });
    let path = format!("/channels/{group}/convert_to_channel");
    deck.owner.post(&path, wanted).await.expect(200);
    assert_eq!(shown(&third, &group).await, Value::Null);
    let whole = set(&deck.owner, &group, banner(true, "Drill", COLOUR)).await;
    assert_eq!(shown(&third, &group).await, whole);
}

#[tokio::test]
async fn an_archived_channel_keeps_its_banner_as_it_is() {
    let deck = Deck::new().await;
    let whole = deck.sets(banner(true, "Drill", COLOUR)).await;
    let path = format!("/channels/{}", deck.channel);
    deck.owner.delete(&path).await.expect(200);
    assert_eq!(deck.refused(json!({ "text": "Over" })).await, "app.channel.update.bad_id");
    assert_eq!(shown(&deck.admin, &deck.channel).await, whole);
    deck.admin.post(&format!("{path}/restore"), json!({})).await.expect(200);
    assert_eq!(deck.shown().await, whole);
}

#[tokio::test]
async fn two_sites_that_set_different_banners_show_one_of_them_whole() {
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let at_edge = edge.person("edge").await;
        let channel = made(&admin, &team, "O").await;
        // The edge learns of the channel and of its banners together, in whatever order.
        set(&admin, &channel, banner(true, "first", "#111")).await;
        set(&admin, &channel, banner(true, "second", "#222")).await;
        exchange(&hq, &edge, &mut dice).await;
        assert_eq!(shown(&at_edge, &channel).await, banner(true, "second", "#222"));

        set(&admin, &channel, json!({ "text": "of hq" })).await;
        set(&at_edge, &channel, json!({ "background_color": "#333" })).await;
        exchange(&hq, &edge, &mut dice).await;
        let (here, there) = (shown(&admin, &channel).await, shown(&at_edge, &channel).await);
        assert_eq!(here, there, "seed {seed}");
        let whole = [banner(true, "of hq", "#222"), banner(true, "second", "#333")];
        assert!(whole.contains(&here), "seed {seed}: {here}");

        let last = set(&at_edge, &channel, json!({ "enabled": false })).await;
        exchange(&hq, &edge, &mut dice).await;
        assert_eq!(shown(&admin, &channel).await, last);
        let written = written_at(&hq, false, None).await;
        let scopes: Vec<Scope> = written.iter().map(|change| change.name.scope).collect();
        assert_eq!(hashes(&hq, &scopes).await, hashes(&edge, &scopes).await, "seed {seed}");
    }
}
