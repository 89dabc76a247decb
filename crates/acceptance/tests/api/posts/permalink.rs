//! Posts that link to posts: what is shown of those, and to whom.

use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

const URL: &str = "https://chat.example.org";

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

fn link(post: &Value) -> String {
    format!("{URL}/alpha/pl/{}", id(post))
}

/// A site where bob and the administrator share a private channel, and carol does not.
struct Deck {
    site: TestSite,
    admin: Actor,
    bob: Actor,
    carol: Actor,
    square: String,
    deck: String,
}

impl Deck {
    async fn new() -> Self {
        let site =
            TestSite::start_with(|config| config.settings.site_url = format!("{URL}/")).await;
        let (admin, team) = site.administrator_with_team("alpha").await;
        let bob = site.member(&admin, &team, "bob").await;
        let carol = site.member(&admin, &team, "carol").await;
        let square = admin.channel(&team, "town-square").await;
        let deck =
            json!({ "team_id": team["id"], "name": "deck", "display_name": "Deck", "type": "P" });
        let deck = id(&admin.post("/channels", deck).await.expect(201)).to_owned();
        let members = format!("/channels/{deck}/members");
        admin.post(&members, json!({ "user_id": bob.id })).await.expect(201);
        site.settle().await;
        Self { site, admin, bob, carol, square, deck }
    }

    /// A post as somebody reads it in the common channel, by every way there is to it.
    async fn seen_by(&self, who: &Actor, post: &Value) -> Value {
        let id = id(post);
        let one = who.get(&format!("/posts/{id}")).await.expect(200);
        let many = who.post("/posts/ids", json!([id])).await.expect(200);
        assert_eq!(one["metadata"], many[0]["metadata"]);
        for path in [
            format!("/channels/{}/posts", self.square),
            format!("/posts/{id}/thread"),
            format!("/users/me/channels/{}/posts/unread", self.square),
        ] {
            let list = who.get(&path).await.expect(200);
            assert_eq!(list["posts"][id]["metadata"], one["metadata"], "{path}");
            assert_eq!(list["posts"][id]["props"], one["props"], "{path}");
        }
        one
    }
}

#[tokio::test]
async fn a_linked_post_is_shown_to_those_who_may_read_it() {
    let deck = Deck::new().await;
    let secret = deck.admin.say(&deck.deck, "the secret plan").await;
    let post = deck.admin.say(&deck.square, &format!("see {}", link(&secret))).await;
    assert_eq!(post["props"]["previewed_post"], secret["id"]);
    let seen = deck.seen_by(&deck.bob, &post).await;
    let embeds = seen["metadata"]["embeds"].as_array().unwrap();
    assert_eq!((embeds.len(), &embeds[0]["type"]), (1, &json!("permalink")));
    assert_eq!(embeds[0].get("url"), None);
    let data = &embeds[0]["data"];
    assert_eq!(data["post_id"], secret["id"]);
    assert_eq!(data["post"]["message"], "the secret plan");
    let place = json!([data["team_name"], data["channel_display_name"], data["channel_type"]]);
    assert_eq!(place, json!(["alpha", "Deck", "P"]));
    assert_eq!(data["channel_id"], json!(deck.deck));
    assert_eq!(seen["props"]["previewed_post"], secret["id"]);

    let seen = deck.seen_by(&deck.carol, &post).await;
    assert!(!seen.to_string().contains("secret"), "{seen}");
    assert_eq!(seen["metadata"].get("embeds"), None);
    assert_eq!(seen["props"].get("previewed_post"), None);

    // It is shown as it is, for as long as it may be read.
    let patch = json!({ "message": "another plan" });
    deck.admin.put(&format!("/posts/{}/patch", id(&secret)), patch).await.expect(200);
    let seen = deck.seen_by(&deck.bob, &post).await;
    assert_eq!(seen["metadata"]["embeds"][0]["data"]["post"]["message"], "another plan");
    let place = format!("/channels/{}/members/{}", deck.deck, deck.bob.id);
    deck.admin.delete(&place).await.expect(200);
    let seen = deck.seen_by(&deck.bob, &post).await;
    assert_eq!(seen["metadata"].get("embeds"), None);
    deck.admin.delete(&format!("/posts/{}", id(&secret))).await.expect(200);
    let seen = deck.seen_by(&deck.admin, &post).await;
    assert_eq!(seen["metadata"].get("embeds"), None);
}

#[tokio::test]
async fn only_links_to_posts_of_this_site_are_previews_and_only_once_deep() {
    let deck = Deck::new().await;
    let first = deck.admin.say(&deck.square, "first").await;
    let second = deck.admin.say(&deck.square, &format!("see {}", link(&first))).await;
    let third = deck.admin.say(&deck.square, &format!("see {}", link(&second))).await;
    let seen = deck.seen_by(&deck.bob, &third).await;
    let shown = &seen["metadata"]["embeds"][0]["data"]["post"];
    assert_eq!(shown["id"], second["id"]);
    assert_eq!(shown["metadata"].get("embeds"), None, "{shown}");

    let elsewhere = link(&first).replace("chat.example.org", "chat.example.com");
    let post = deck.admin.say(&deck.square, &elsewhere).await;
    let seen = deck.seen_by(&deck.bob, &post).await;
    assert_eq!(seen["metadata"]["embeds"][0], json!({ "type": "link", "url": elsewhere }));
    // Nobody says by themselves what is previewed.
    let claimed = json!({
        "channel_id": deck.square, "message": "x", "props": { "previewed_post": first["id"] },
    });
    let claimed = deck.bob.post("/posts", claimed).await.expect(201);
    assert_eq!(claimed["props"].get("previewed_post"), None);
}

#[tokio::test]
async fn events_carry_previews_to_those_alone_who_may_read_them() {
    let deck = Deck::new().await;
    let secret = deck.admin.say(&deck.deck, "the secret plan").await;
    deck.site.settle().await;
    let mut bob = deck.bob.socket().await;
    let mut carol = deck.carol.socket().await;
    let text = format!("@bob @carol see {}", link(&secret));
    let post = deck.admin.say(&deck.square, &text).await;
    let path = format!("/posts/{}/patch", id(&post));
    let patch = json!({ "message": format!("again: {}", link(&secret)) });
    deck.admin.put(&path, patch).await.expect(200);
    for name in ["posted", "post_edited"] {
        let told = bob.event(name).await;
        let said: Value = serde_json::from_str(told["data"]["post"].as_str().unwrap()).unwrap();
        let data = &said["metadata"]["embeds"][0]["data"];
        assert_eq!(data["post"]["message"], "the secret plan", "{name}");
        assert_eq!(said["props"]["previewed_post"], secret["id"]);
        let other = carol.event(name).await;
        let said: Value = serde_json::from_str(other["data"]["post"].as_str().unwrap()).unwrap();
        assert_eq!(said["id"], post["id"]);
        assert!(!other.to_string().contains("secret"), "{name}: {other}");
        assert_eq!(said["metadata"].get("embeds"), None);
        if name == "posted" {
            for (who, told) in [(&deck.bob, &told), (&deck.carol, &other)] {
                assert_eq!(told["data"]["mentions"], json!(format!("[\"{}\"]", who.id)));
            }
        }
    }

    let near = deck.admin.say(&deck.square, "in the open").await;
    deck.site.settle().await;
    carol.event("posted").await;
    deck.admin.say(&deck.square, &link(&near)).await;
    let told = carol.event("posted").await;
    let said: Value = serde_json::from_str(told["data"]["post"].as_str().unwrap()).unwrap();
    assert_eq!(said["metadata"]["embeds"][0]["data"]["post"]["message"], "in the open");
}
