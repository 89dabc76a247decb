use reqwest::Method;
use serde_json::json;

use super::{id, places, posts};

const NUL: &str = "be\0fore";

/// One of the engines cannot keep such a text, so that both refuse it.
#[tokio::test]
async fn no_text_with_a_nul_is_taken() {
    let (site, team, [admin, bob], square) = places().await;
    let said = bob.say(&square, "fine").await;
    let before = posts(&bob, &square).await;
    let (team, said) = (id(&team).to_owned(), id(&said).to_owned());
    let channel = |display_name: &str, header: &str| {
        json!({
            "team_id": team, "name": "plans", "display_name": display_name, "header": header,
            "type": "O",
        })
    };
    let setting = json!([{ "user_id": bob.id, "category": "x", "name": "y", "value": NUL }]);
    for (method, path, body) in [
        ("POST", "/posts", json!({ "channel_id": square, "message": NUL })),
        ("POST", "/posts", json!({ "channel_id": square, "message": "x", "type": "custom_\0" })),
        ("PUT", &format!("/posts/{said}/patch"), json!({ "message": NUL })),
        ("POST", "/drafts", json!({ "channel_id": square, "message": NUL })),
        ("POST", "/channels", channel(NUL, "")),
        ("POST", "/channels", channel("Plans", NUL)),
        ("PUT", &format!("/channels/{square}/patch"), json!({ "header": NUL })),
        ("POST", "/teams", json!({ "name": "beta", "display_name": NUL, "type": "O" })),
        ("PUT", "/users/me/patch", json!({ "nickname": NUL })),
        ("PUT", "/users/me/patch", json!({ "props": { "customStatus": NUL } })),
        ("PUT", "/users/me/preferences", setting),
        ("POST", "/reactions", json!({ "user_id": bob.id, "post_id": said, "emoji_name": NUL })),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        bob.send(method, path, body.to_string().into_bytes()).await.expect(400);
    }
    let named = json!({ "username": NUL, "email": "x@example.org", "password": "long enough" });
    site.stranger().post("/users", named).await.expect(400);
    assert_eq!(posts(&bob, &square).await, before);
    assert_eq!(bob.get(&format!("/posts/{said}")).await.expect(200)["message"], "fine");
    assert_eq!(admin.get(&format!("/channels/{square}")).await.expect(200)["header"], "");
}

#[tokio::test]
async fn what_is_looked_for_with_a_nul_is_not_found() {
    let (site, team, [_, bob], _) = places().await;
    let team = id(&team).to_owned();
    for (path, body) in [
        (format!("/teams/{team}/posts/search"), json!({ "terms": NUL, "is_or_search": false })),
        (format!("/teams/{team}/channels/search"), json!({ "term": NUL })),
        ("/users/search".to_owned(), json!({ "term": NUL })),
        ("/users/usernames".to_owned(), json!([NUL])),
    ] {
        let status = bob.post(&path, body).await.status;
        assert!(matches!(status, 200 | 400), "{path}: {status}");
    }
    for path in ["/users/username/a%00b", "/users/email/a%00b", "/teams/name/a%00b"] {
        let status = bob.get(path).await.status;
        assert!(matches!(status, 400 | 403 | 404), "{path}: {status}");
    }
    let login = json!({ "login_id": NUL, "password": NUL });
    let status = site.stranger().post("/users/login", login).await.status;
    assert!(matches!(status, 400 | 401), "{status}");
}
