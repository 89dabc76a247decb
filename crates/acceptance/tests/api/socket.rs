use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

#[tokio::test]
async fn a_socket_is_greeted_and_told_of_posts_in_order() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let mut socket = bob.socket().await;
    let hello = socket.next().await.unwrap();
    assert_eq!(hello["event"], "hello");
    assert_eq!(hello["seq"], 0);
    assert_eq!(hello["data"]["connection_id"].as_str().unwrap().len(), 26);
    for message in ["one", "two", "three"] {
        admin.say(&square, message).await;
    }
    for (seq, message) in [(1, "one"), (2, "two"), (3, "three")] {
        let posted = socket.event("posted").await;
        assert_eq!(posted["seq"], seq);
        assert_eq!(posted["broadcast"]["channel_id"], square.as_str());
        assert_eq!(posted["data"]["sender_name"], "@admin");
        let post: Value = serde_json::from_str(posted["data"]["post"].as_str().unwrap()).unwrap();
        assert_eq!(post["message"], message);
    }
}

#[tokio::test]
async fn the_pending_id_comes_back_in_the_event() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let mut socket = admin.socket().await;
    socket.event("hello").await;
    let post = json!({ "channel_id": square, "message": "x", "pending_post_id": "p:1" });
    admin.post("/posts", post).await.expect(201);
    let posted = socket.event("posted").await;
    let post: Value = serde_json::from_str(posted["data"]["post"].as_str().unwrap()).unwrap();
    assert_eq!(post["pending_post_id"], "p:1");
}

#[tokio::test]
async fn whoever_reconnects_gets_exactly_what_they_missed() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let mut socket = bob.socket().await;
    let hello = socket.next().await.unwrap();
    let connection = hello["data"]["connection_id"].as_str().unwrap();
    admin.say(&square, "seen").await;
    assert_eq!(socket.event("posted").await["seq"], 1);
    drop(socket);
    admin.say(&square, "missed").await;
    let query = format!("?connection_id={connection}&sequence_number=2");
    let mut again = bob.socket_with(&query).await;
    let posted = again.next().await.unwrap();
    assert_eq!((posted["event"].as_str(), posted["seq"].as_i64()), (Some("posted"), Some(2)));
    assert!(posted["data"]["post"].as_str().unwrap().contains("missed"));
}

#[tokio::test]
async fn a_socket_says_who_it_is_in_band() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let mut socket = alice.without_headers().socket().await;
    let early = socket.request(1, "ping", json!({})).await;
    assert_eq!(
        (early["status"].as_str(), early["error"]["status_code"].as_i64()),
        (Some("FAIL"), Some(401))
    );
    socket.ask(2, "authentication_challenge", json!({ "token": alice.token })).await;
    assert_eq!(socket.event("hello").await["seq"], 0);
    let reply = socket.next().await.unwrap();
    assert_eq!((reply["status"].as_str(), reply["seq_reply"].as_i64()), (Some("OK"), Some(2)));
    let pong = socket.request(3, "ping", json!({})).await;
    assert_eq!(pong["data"]["text"], "pong");
}

#[tokio::test]
async fn a_wrong_secret_closes_the_socket() {
    let site = TestSite::start().await;
    let mut socket = site.stranger().socket().await;
    socket.ask(1, "authentication_challenge", json!({ "token": "wrong" })).await;
    assert_eq!(socket.next().await, None);
}

#[tokio::test]
async fn typing_is_seen_by_the_others_only() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let (mut own, mut other) = (admin.socket().await, bob.socket().await);
    other.event("hello").await;
    let typing = json!({ "channel_id": square, "parent_id": "" });
    let reply = own.request(1, "user_typing", typing).await;
    assert_eq!(reply["status"], "OK");
    let seen = other.event("typing").await;
    assert_eq!(seen["data"]["user_id"], admin.id.to_string());
    admin.say(&square, "done").await;
    let heard = own.events_until("posted").await;
    assert!(!heard.contains(&"typing".to_owned()), "{heard:?}");
}

#[tokio::test]
async fn whoever_leaves_a_channel_hears_it_no_more() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let other = admin.channel(&team, "off-topic").await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let mut socket = bob.socket().await;
    socket.event("hello").await;
    bob.delete(&format!("/channels/{other}/members/{}", bob.id)).await.expect(200);
    socket.event("user_removed").await;
    admin.say(&other, "secret").await;
    admin.say(&square, "public").await;
    let posted = socket.event("posted").await;
    assert!(posted["data"]["post"].as_str().unwrap().contains("public"));
}

#[tokio::test]
async fn a_page_of_another_site_cannot_open_a_socket() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let page = alice
        .with_header("origin", "https://evil.example")
        .with_header("connection", "upgrade")
        .with_header("upgrade", "websocket")
        .with_header("sec-websocket-version", "13")
        .with_header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let refusal = page.get("/websocket").await.refused(400);
    assert_eq!(refusal, "api.web_socket.connect.check_origin.app_error");
}
