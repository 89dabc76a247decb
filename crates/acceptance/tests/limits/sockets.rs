use serde_json::{Value, json};

use super::places;

#[tokio::test]
async fn a_frame_that_is_too_long_closes_the_socket() {
    let (site, _, [_, bob], square) = places().await;
    site.settle().await;
    let mut socket = bob.socket().await;
    socket.event("hello").await;
    let pong = socket.request(1, "ping", json!({ "x": "y".repeat(8_000) })).await;
    assert_eq!(pong["data"]["text"], "pong");
    socket.ask(2, "ping", json!({ "x": "y".repeat(8_200) })).await;
    assert_eq!(socket.next().await, None);
    let mut again = bob.socket().await;
    again.event("hello").await;
    bob.say(&square, "still here").await;
    again.event("posted").await;
}

#[tokio::test]
async fn what_is_no_request_is_passed_over() {
    let (site, _, [_, bob], _) = places().await;
    site.settle().await;
    let mut socket = bob.socket().await;
    let nested = |depth: usize| -> Value { (0..depth).fold(json!(1), |inner, _| json!([inner])) };
    for data in [json!({}), json!({ "channel_id": nested(100) }), json!({ "user_ids": nested(90) })]
    {
        socket.ask(1, "get_statuses_by_ids", data).await;
    }
    let many = json!({ "user_ids": vec!["x"; 301] });
    let refused = socket.request(2, "get_statuses_by_ids", many).await;
    assert_eq!(refused["status"], "FAIL");
    let unknown = socket.request(3, &"z".repeat(4_000), json!({})).await;
    assert_eq!(unknown["error"]["id"], "api.web_socket_router.bad_action.app_error");
    let pong = socket.request(4, "ping", json!({})).await;
    assert_eq!(pong["data"]["text"], "pong");
}

#[tokio::test]
async fn whoever_types_without_end_is_heard_now_and_then() {
    let (site, _, [admin, bob], square) = places().await;
    site.settle().await;
    let (mut own, mut other) = (bob.socket().await, admin.socket().await);
    other.event("hello").await;
    let typing = json!({ "channel_id": square, "parent_id": "" });
    for seq in 1..=60 {
        let reply = own.request(seq, "user_typing", typing.clone()).await;
        assert_eq!(reply["status"], "OK");
    }
    site.clock().advance(1_000);
    own.request(61, "user_typing", typing).await;
    bob.say(&square, "done").await;
    let heard = other.events_until("posted").await;
    let typed = heard.iter().filter(|name| *name == "typing").count();
    assert_eq!(typed, 2, "{heard:?}");
}

#[tokio::test]
async fn a_person_has_so_many_sockets() {
    let (site, _, [_, bob], _) = places().await;
    site.settle().await;
    let mut first = bob.socket().await;
    first.event("hello").await;
    let mut sockets = Vec::new();
    for _ in 0..100 {
        sockets.push(bob.socket().await);
    }
    assert_eq!(first.next().await, None, "the oldest goes");
    assert_eq!(site.running().sockets.open(), 100);
    let pong = sockets.last_mut().unwrap().request(1, "ping", json!({})).await;
    assert_eq!(pong["data"]["text"], "pong");
}
