use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

const REFUSED: &str = "api.context.permissions.app_error";

/// A channel with its maker, who administers it, and two members.
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
        let site = TestSite::start_with(|config| config.settings.guest_accounts = true).await;
        let (admin, team) = site.administrator_with_team("alpha").await;
        let owner = site.member(&admin, &team, "owner").await;
        let member = site.member(&admin, &team, "member").await;
        let new = json!({
            "team_id": team["id"], "name": "deck", "display_name": "Deck", "type": "O",
        });
        let channel = owner.post("/channels", new).await.expect(201);
        let channel = channel["id"].as_str().unwrap().to_owned();
        let path = format!("/channels/{channel}/members");
        owner.post(&path, json!({ "user_id": member.id })).await.expect(201);
        Self { site, team, admin, owner, member, channel }
    }

    fn path(&self, rest: &str) -> String {
        format!("/channels/{}{rest}", self.channel)
    }

    async fn set(&self, switch: &str, roles: Value) -> Value {
        let patch = json!([{ "name": switch, "roles": roles }]);
        self.admin.put(&self.path("/moderations/patch"), patch).await.expect(200)
    }

    fn post(&self, message: &str) -> Value {
        json!({ "channel_id": self.channel, "message": message })
    }
}

#[tokio::test]
async fn every_switch_is_listed_in_its_order() {
    let deck = Deck::new().await;
    let both = json!({ "value": true, "enabled": true });
    let expected = json!([
        { "name": "create_post", "roles": { "members": both, "guests": both } },
        { "name": "create_reactions", "roles": { "members": both, "guests": both } },
        { "name": "manage_members", "roles": { "members": both, "guests": null } },
        { "name": "use_channel_mentions", "roles": { "members": both, "guests": both } },
        { "name": "manage_bookmarks", "roles": { "members": both, "guests": null } },
    ]);
    let path = deck.path("/moderations");
    assert_eq!(deck.admin.get(&path).await.expect(200), expected);
    let set = deck.set("create_post", json!({ "guests": false })).await;
    assert_eq!(set[0]["roles"]["guests"], json!({ "value": false, "enabled": true }));
    assert_eq!(set[0]["roles"]["members"], both, "what is not said stays");
    assert_eq!(deck.admin.get(&path).await.expect(200), set);
    assert_eq!(deck.set("create_post", json!({ "guests": true })).await, expected);
}

#[tokio::test]
async fn in_a_channel_for_reading_only_its_administrators_write() {
    let deck = Deck::new().await;
    let before = deck.member.post("/posts", deck.post("before")).await.expect(201);
    deck.set("create_post", json!({ "members": false })).await;
    assert_eq!(deck.member.post("/posts", deck.post("after")).await.refused(403), REFUSED);
    let path = format!("/posts/{}/patch", before["id"].as_str().unwrap());
    deck.member.put(&path, json!({ "message": "edited" })).await.expect(403);
    deck.owner.post("/posts", deck.post("from the owner")).await.expect(201);
    deck.admin.post("/posts", deck.post("from the administrator")).await.expect(201);
    let read = deck.member.get(&deck.path("/posts")).await.expect(200);
    assert!(read["order"].as_array().unwrap().len() > 2, "it can still be read");
    let square = deck.member.channel(&deck.team, "town-square").await;
    deck.member.say(&square, "elsewhere").await;
    deck.set("create_post", json!({ "members": true })).await;
    deck.member.post("/posts", deck.post("again")).await.expect(201);
}

#[tokio::test]
async fn each_switch_takes_what_its_name_says() {
    let deck = Deck::new().await;
    let post = deck.owner.post("/posts", deck.post("hello")).await.expect(201);
    let react = json!({
        "user_id": deck.member.id, "post_id": post["id"], "emoji_name": "eyes",
    });
    deck.member.post("/reactions", react.clone()).await.expect(200);
    deck.set("create_reactions", json!({ "members": false })).await;
    assert_eq!(deck.member.post("/reactions", react).await.refused(403), REFUSED);
    let path = format!("/users/me/posts/{}/reactions/eyes", post["id"].as_str().unwrap());
    deck.member.delete(&path).await.expect(403);

    deck.set("manage_members", json!({ "members": false })).await;
    let other = deck.site.member(&deck.admin, &deck.team, "other").await;
    let add = json!({ "user_id": other.id });
    deck.member.post(&deck.path("/members"), add.clone()).await.expect(403);
    deck.owner.post(&deck.path("/members"), add).await.expect(201);

    deck.set("manage_bookmarks", json!({ "members": false })).await;
    let link = json!({ "type": "link", "display_name": "x", "link_url": "https://example.org" });
    deck.member.post(&deck.path("/bookmarks"), link.clone()).await.expect(403);
    deck.owner.post(&deck.path("/bookmarks"), link).await.expect(201);

    let counted = deck.path("/unread").replace("/channels", "/users/me/channels");
    deck.set("use_channel_mentions", json!({ "members": false })).await;
    deck.member.post("/posts", deck.post("@channel quiet")).await.expect(201);
    assert_eq!(deck.owner.get(&counted).await.expect(200)["mention_count"], 0);
    deck.set("use_channel_mentions", json!({ "members": true })).await;
    deck.member.post("/posts", deck.post("@channel loud")).await.expect(201);
    assert_eq!(deck.owner.get(&counted).await.expect(200)["mention_count"], 1);
}

#[tokio::test]
async fn guests_and_members_are_restricted_apart() {
    let deck = Deck::new().await;
    let mut gus = deck.site.member(&deck.admin, &deck.team, "gus").await;
    deck.owner.post(&deck.path("/members"), json!({ "user_id": gus.id })).await.expect(201);
    deck.admin.post(&format!("/users/{}/demote", gus.id), json!({})).await.expect(200);
    gus.sign_in("gus", "correct horse battery").await;
    gus.post("/posts", deck.post("a guest may")).await.expect(201);
    deck.set("create_post", json!({ "guests": false })).await;
    gus.post("/posts", deck.post("no more")).await.expect(403);
    deck.member.post("/posts", deck.post("a member may")).await.expect(201);
    deck.set("create_post", json!({ "guests": true, "members": false })).await;
    gus.post("/posts", deck.post("again")).await.expect(201);
    deck.member.post("/posts", deck.post("no more")).await.expect(403);
}

#[tokio::test]
async fn clients_learn_it_from_events_and_roles() {
    let deck = Deck::new().await;
    deck.site.settle().await;
    let mut socket = deck.member.socket().await;
    deck.set("create_post", json!({ "members": false })).await;
    let scheme = socket.event("channel_scheme_updated").await;
    assert_eq!(scheme["broadcast"]["channel_id"], json!(deck.channel));
    let updated = socket.event("channel_member_updated").await;
    let told: Value =
        serde_json::from_str(updated["data"]["channelMember"].as_str().unwrap()).unwrap();
    assert_eq!(told["user_id"], json!(deck.member.id));
    let member = deck.member.get(&deck.path("/members/me")).await.expect(200);
    assert_eq!(told["roles"], member["roles"]);
    let role = member["roles"].as_str().unwrap();
    let found = deck.member.post("/roles/names", json!([role])).await.expect(200);
    let granted = found[0]["permissions"].as_array().unwrap();
    assert!(!granted.contains(&json!("create_post")), "{role}");
    assert!(granted.contains(&json!("add_reaction")), "{role}");
    let by_id = format!("/roles/{}", found[0]["id"].as_str().unwrap());
    assert_eq!(deck.member.get(&by_id).await.expect(200), found[0]);

    // What a client was told it can give back.
    let seat = deck.path(&format!("/members/{}/roles", deck.member.id));
    let roles = json!({ "roles": format!("{role} channel_admin") });
    deck.owner.put(&seat, roles).await.expect(200);
    deck.member.post("/posts", deck.post("as an administrator")).await.expect(201);
    let member = deck.member.get(&deck.path("/members/me")).await.expect(200);
    assert_eq!(member["explicit_roles"], "");
    assert_eq!(member["roles"], format!("{role} channel_admin"));
}

#[tokio::test]
async fn only_those_who_manage_channels_moderate_them() {
    let deck = Deck::new().await;
    let (list, patch) = (deck.path("/moderations"), deck.path("/moderations/patch"));
    let change = json!([{ "name": "create_post", "roles": { "members": false } }]);
    for who in [&deck.owner, &deck.member] {
        who.get(&list).await.expect(403);
        who.put(&patch, change.clone()).await.expect(403);
    }
    deck.site.stranger().get(&list).await.expect(401);
    deck.site.stranger().put(&patch, change.clone()).await.expect(401);
    let unknown = json!([{ "name": "breathe", "roles": { "members": false } }]);
    deck.admin.put(&patch, unknown).await.expect(400);
    let nobody = format!("/channels/{}/moderations", deck.member.id);
    deck.admin.get(&nobody).await.expect(404);
    let pair = json!([deck.admin.id, deck.owner.id]);
    let direct = deck.admin.post("/channels/direct", pair).await.expect(201);
    let path = format!("/channels/{}/moderations", direct["id"].as_str().unwrap());
    deck.admin.get(&path).await.expect(400);
    deck.admin.put(&format!("{path}/patch"), change).await.expect(400);
}
