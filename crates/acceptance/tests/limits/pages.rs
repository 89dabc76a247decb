use super::places;

#[tokio::test]
async fn a_page_far_beyond_the_end_is_empty() {
    let (_site, team, [admin, bob], square) = places().await;
    let team = super::id(&team);
    let most = i64::MAX;
    for path in [
        "/users?".to_owned(),
        format!("/users?in_team={team}&"),
        format!("/users?in_channel={square}&"),
        "/teams?".to_owned(),
        format!("/teams/{team}/channels?"),
        format!("/teams/{team}/channels/deleted?"),
        format!("/teams/{team}/members?"),
        format!("/channels/{square}/members?"),
        "/emoji?".to_owned(),
        "/groups?".to_owned(),
    ] {
        for (page, size) in [(most, most), (most, 200), (1 << 40, 1), (1 << 62, 4)] {
            let reply = bob.get(&format!("{path}page={page}&per_page={size}")).await;
            assert_eq!(reply.expect(200), serde_json::json!([]), "{path} {page} {size}");
        }
        for odd in ["page=-1&per_page=-1", "page=x&per_page=1e9", "page=99999999999999999999"] {
            let reply = admin.get(&format!("{path}{odd}")).await.expect(200);
            assert!(reply.as_array().unwrap().len() <= 200, "{path}{odd}");
        }
    }
    for path in [format!("/channels/{square}/posts?"), format!("/users/{}/posts/flagged?", bob.id)]
    {
        let path = format!("{path}page={most}&per_page={most}");
        assert_eq!(bob.get(&path).await.expect(200)["order"], serde_json::json!([]), "{path}");
    }
}

#[tokio::test]
async fn what_is_searched_for_has_an_end() {
    let (_site, team, [_, bob], square) = places().await;
    bob.say(&square, "hello").await;
    let search = format!("/teams/{}/posts/search", super::id(&team));
    for terms in [
        "*".repeat(16_000),
        "a ".repeat(8_000),
        "\"".repeat(4_000) + " x",
        "-".repeat(4_096),
        "in:".repeat(1_365),
        "(".repeat(4_096),
        "from:@".to_owned() + &"x".repeat(4_000),
        "a* ".repeat(64),
        "\u{202e}".repeat(1_300),
    ] {
        let body = serde_json::json!({ "terms": terms, "is_or_search": true });
        let reply = bob.post(&search, body).await;
        assert!(matches!(reply.status, 200 | 400), "{}: {}", &terms[..6], reply.status);
    }
    for (path, field) in [("/users/search", "term"), ("/channels/group/search", "term")] {
        let body = serde_json::json!({ field: "%_\\".repeat(60_000) });
        let reply = bob.post(path, body).await;
        assert!(matches!(reply.status, 200 | 400), "{path}: {}", reply.status);
    }
    let found = bob.post(&search, serde_json::json!({ "terms": "nothing" })).await.expect(200);
    assert_eq!(found["order"], serde_json::json!([]));
}
