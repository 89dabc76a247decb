use fieldpost_model::Id;
use fieldpost_testkit::Actor;
use reqwest::Method;
use serde_json::json;

use super::{places, posts};

const INVALID: &str = "api.context.invalid_body_param.app_error";

/// Operations with a body that anybody may call.
const OPEN: [(&str, &str); 4] = [
    ("POST", "/users"),
    ("POST", "/users/login"),
    ("POST", "/users/mfa"),
    ("POST", "/users/password/reset"),
];

/// Operations with a body for those who are signed in.
const MEMBERS: [(&str, &str); 26] = [
    ("POST", "/posts"),
    ("POST", "/posts/ids"),
    ("POST", "/posts/ids/reactions"),
    ("POST", "/reactions"),
    ("POST", "/drafts"),
    ("POST", "/posts/schedule"),
    ("POST", "/users/ids"),
    ("POST", "/users/usernames"),
    ("POST", "/users/search"),
    ("POST", "/users/status/ids"),
    ("POST", "/users/group_channels"),
    ("POST", "/channels"),
    ("POST", "/channels/direct"),
    ("POST", "/channels/group"),
    ("POST", "/channels/group/search"),
    ("POST", "/channels/members/me/view"),
    ("POST", "/teams"),
    ("POST", "/teams/search"),
    ("POST", "/groups"),
    ("POST", "/emoji/search"),
    ("POST", "/emoji/names"),
    ("POST", "/uploads"),
    ("POST", "/commands/execute"),
    ("POST", "/roles/names"),
    ("PUT", "/users/me/preferences"),
    ("PUT", "/users/me/patch"),
];

async fn send(
    actor: &Actor,
    (method, path): (&str, &str),
    body: &[u8],
) -> fieldpost_testkit::Reply {
    actor.send(Method::from_bytes(method.as_bytes()).unwrap(), path, body.to_vec()).await
}

#[tokio::test]
async fn json_that_is_nested_without_end_is_refused_everywhere() {
    let (site, _, [_, bob], square) = places().await;
    let stranger = site.stranger();
    let calls = OPEN.map(|call| (&stranger, call)).into_iter();
    let calls: Vec<_> = calls.chain(MEMBERS.map(|call| (&bob, call))).collect();
    for bomb in ["[".repeat(100_000), "{\"a\":".repeat(50_000), "[{\"\":".repeat(40_000)] {
        for (actor, call) in &calls {
            assert_eq!(send(actor, *call, bomb.as_bytes()).await.refused(400), INVALID, "{call:?}");
        }
    }
    // What is whole, but deeper than anything that is kept, is refused as well.
    let deep = format!("{}1{}", "[".repeat(64), "]".repeat(64));
    let post =
        format!("{{\"channel_id\":\"{square}\",\"message\":\"x\",\"props\":{{\"a\":{deep}}}}}");
    assert_eq!(send(&bob, ("POST", "/posts"), post.as_bytes()).await.refused(400), INVALID);
    let fits = post.replacen("[[[", "", 1).replacen("]]]", "", 1);
    let kept = send(&bob, ("POST", "/posts"), fits.as_bytes()).await.expect(201);
    let again = bob.get(&format!("/posts/{}", super::id(&kept))).await.expect(200);
    assert_eq!(again["props"], kept["props"]);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_everywhere() {
    let (site, _, [_, bob], square) = places().await;
    let before = posts(&bob, &square).await;
    let long = format!("[\"{}\"]", "x".repeat(300_512));
    let stranger = site.stranger();
    let calls = OPEN.map(|call| (&stranger, call)).into_iter();
    for (actor, call) in calls.chain(MEMBERS.map(|call| (&bob, call))) {
        let refused = send(actor, call, long.as_bytes()).await.refused(413);
        assert_eq!(refused, "api.context.request_body_too_large.app_error", "{call:?}");
    }
    assert_eq!(posts(&bob, &square).await, before);
}

#[tokio::test]
async fn numbers_that_are_none_and_keys_that_come_twice_are_refused() {
    let (_site, _, [_, bob], square) = places().await;
    let before = posts(&bob, &square).await;
    for beside in [
        "\"create_at\":99999999999999999999999",
        "\"create_at\":1e400",
        "\"props\":{\"n\":1e999}",
        "\"props\":{\"n\":-1e999}",
        "\"message\":\"twice\"",
        "\"props\":[]",
        "\"file_ids\":{\"0\":1}",
    ] {
        let post = format!("{{\"channel_id\":\"{square}\",\"message\":\"x\",{beside}}}");
        let refused = send(&bob, ("POST", "/posts"), post.as_bytes()).await.refused(400);
        assert_eq!(refused, INVALID, "{beside}");
    }
    assert_eq!(posts(&bob, &square).await, before);
    for size in ["-1", "9223372036854775807", "0"] {
        let begun =
            format!("{{\"channel_id\":\"{square}\",\"filename\":\"x\",\"file_size\":{size}}}");
        let reply = send(&bob, ("POST", "/uploads"), begun.as_bytes()).await;
        assert!(matches!(reply.status, 400 | 413), "{size}: {}", reply.status);
    }
}

#[tokio::test]
async fn lists_of_ids_have_an_end() {
    let (_site, team, [admin, bob], square) = places().await;
    let ids = |count: usize| json!(vec![bob.id.to_string(); count]).to_string().into_bytes();
    let of = |place: &str, id: &str, rest: &str| format!("/{place}/{id}/{rest}");
    let in_team = |rest: &str| of("teams", super::id(&team), rest);
    for path in [
        "/posts/ids".to_owned(),
        "/posts/ids/reactions".to_owned(),
        "/users/ids".to_owned(),
        "/users/status/ids".to_owned(),
        in_team("members/ids"),
        in_team("channels/ids"),
        of("channels", &square, "members/ids"),
    ] {
        admin.send(Method::POST, &path, ids(100_000)).await.expect(413);
        let reply = admin.send(Method::POST, &path, ids(10_000)).await;
        // A person is no channel.
        assert!(matches!(reply.status, 200 | 400 | 404), "{path}: {}", reply.status);
        assert!(
            reply.bytes.len() < 100_000,
            "{path}: one person is given {} bytes",
            reply.bytes.len()
        );
    }
    let ids = (1..=1001_u128).map(|n| Id::from_bytes(n.to_be_bytes()).to_string());
    let many = json!({ "user_ids": ids.collect::<Vec<_>>() });
    admin.post(&of("channels", &square, "members"), many).await.expect(400);
    let many = json!(vec![json!({ "team_id": team["id"], "user_id": bob.id }); 257]);
    admin.post(&in_team("members/batch"), many).await.expect(400);
    bob.post("/channels/group", json!(vec![bob.id.to_string(); 5000])).await.expect(400);
    bob.post("/emoji/names", json!(vec!["smile"; 201])).await.expect(400);
    let names: Vec<_> = (0..101).map(|n| format!("role_{n}")).collect();
    bob.post("/roles/names", json!(names)).await.expect(400);
}
