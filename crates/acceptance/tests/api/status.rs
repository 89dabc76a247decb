use fieldpost_testkit::TestSite;
use serde_json::json;

#[tokio::test]
async fn whoever_has_a_socket_is_online_and_nobody_else() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    let both = json!([alice.id, bob.id]);
    let asked = bob.post("/users/status/ids", both.clone()).await.expect(200);
    assert_eq!((&asked[0]["status"], &asked[1]["status"]), (&json!("offline"), &json!("offline")));
    site.settle().await;
    let mut socket = alice.socket().await;
    socket.event("hello").await;
    let asked = bob.post("/users/status/ids", both).await.expect(200);
    assert_eq!((&asked[0]["status"], &asked[1]["status"]), (&json!("online"), &json!("offline")));
    assert_eq!(asked[0]["manual"], false);
    // The official client writes null where there is nothing to say.
    let seen = socket.request(1, "get_statuses", json!(null)).await;
    assert_eq!(seen["data"], json!({ alice.id.to_string(): "online" }));
    let named = json!({ "user_ids": [bob.id] });
    let seen = socket.request(2, "get_statuses_by_ids", named).await;
    assert_eq!(seen["data"], json!({ bob.id.to_string(): "offline" }));
    let refused = socket.request(3, "get_statuses_by_ids", json!({ "user_ids": ["x"] })).await;
    assert_eq!(refused["status"], "FAIL");
    bob.post("/users/status/ids", json!([])).await.expect(400);
    bob.post("/users/status/ids", json!(["x"])).await.expect(400);
}

#[tokio::test]
async fn whoever_does_nothing_for_five_minutes_is_away_until_they_do_something() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    site.settle().await;
    let mut socket = alice.socket().await;
    let idle = json!({ "user_is_active": false, "manual": false });
    socket.request(1, "user_update_active_status", idle.clone()).await;
    assert_eq!(alice.get("/users/me/status").await.expect(200)["status"], "online");
    site.clock().advance(5 * 60 * 1000);
    socket.ask(2, "user_update_active_status", idle).await;
    assert_eq!(socket.event("status_change").await["data"]["status"], "away");
    assert_eq!(alice.get("/users/me/status").await.expect(200)["status"], "away");
    let busy = json!({ "user_is_active": true, "manual": false });
    socket.ask(3, "user_update_active_status", busy).await;
    assert_eq!(socket.event("status_change").await["data"]["status"], "online");
}

#[tokio::test]
async fn what_is_set_by_hand_stays_and_only_its_person_is_told() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let (mut own, mut other) = (bob.socket().await, admin.socket().await);
    let away = json!({ "user_id": bob.id, "status": "away" });
    let set = bob.put("/users/me/status", away).await.expect(200);
    assert_eq!((&set["status"], &set["manual"]), (&json!("away"), &json!(true)));
    assert_eq!(own.event("status_change").await["data"]["user_id"], bob.id.to_string());
    admin.say(&square, "x").await;
    let heard = other.events_until("posted").await;
    assert!(!heard.contains(&"status_change".to_owned()), "{heard:?}");
    let active = json!({ "user_is_active": true, "manual": false });
    own.request(1, "user_update_active_status", active).await;
    assert_eq!(bob.get("/users/me/status").await.expect(200)["status"], "away");
}

#[tokio::test]
async fn what_is_set_by_hand_outlives_a_restart() {
    let mut site = TestSite::start().await;
    let bob = site.person("bob").await;
    let away = json!({ "user_id": bob.id, "status": "away" });
    bob.put("/users/me/status", away).await.expect(200);
    site.restart().await;
    let mut again = site.stranger();
    again.sign_in("bob", "correct horse battery").await;
    assert_eq!(again.get("/users/me/status").await.expect(200)["status"], "away");
    let online = json!({ "user_id": bob.id, "status": "online" });
    let set = again.put("/users/me/status", online).await.expect(200);
    assert_eq!((&set["status"], &set["manual"]), (&json!("online"), &json!(false)));
}

#[tokio::test]
async fn do_not_disturb_ends_by_itself() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let end = 1_767_225_600 + 3_630;
    let dnd = json!({ "user_id": alice.id, "status": "dnd", "dnd_end_time": end });
    let set = alice.put("/users/me/status", dnd).await.expect(200);
    assert_eq!((&set["status"], &set["dnd_end_time"]), (&json!("dnd"), &json!(end - 30)));
    site.clock().advance(2 * 60 * 60 * 1000);
    let after = alice.get("/users/me/status").await.expect(200);
    assert_eq!((&after["status"], &after["manual"]), (&json!("offline"), &json!(false)));
}

#[tokio::test]
async fn a_status_that_is_none_and_that_of_others_cannot_be_set() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let bob = site.person("bob").await;
    for status in ["ooo", "", "busy"] {
        let wrong = json!({ "user_id": bob.id, "status": status });
        bob.put("/users/me/status", wrong).await.expect(400);
    }
    let away = json!({ "user_id": admin.id, "status": "away" });
    bob.put(&format!("/users/{}/status", admin.id), away.clone()).await.expect(403);
    bob.put("/users/me/status", away).await.expect(400);
    let away = json!({ "user_id": bob.id, "status": "away" });
    admin.put(&format!("/users/{}/status", bob.id), away).await.expect(200);
    let unknown = "a".repeat(26);
    let refusal = bob.get(&format!("/users/{unknown}/status")).await.refused(404);
    assert_eq!(refusal, "api.status.user_not_found.app_error");
}

#[tokio::test]
async fn a_custom_status_is_part_of_the_profile() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    site.settle().await;
    let mut socket = bob.socket().await;
    let custom = json!({ "emoji": "coffee", "text": "break", "duration": "" });
    alice.put("/users/me/status/custom", custom).await.expect(200);
    let told = socket.event("user_updated").await;
    let kept = told["data"]["user"]["props"]["customStatus"].as_str().unwrap();
    let kept: serde_json::Value = serde_json::from_str(kept).unwrap();
    assert_eq!((&kept["emoji"], &kept["text"]), (&json!("coffee"), &json!("break")));
    for wrong in [
        json!({ "emoji": "", "text": "" }),
        json!({ "text": "x", "duration": "one_hour", "expires_at": "2001-01-01T00:00:00Z" }),
        json!({ "text": "x", "duration": "a while", "expires_at": "2030-01-01T00:00:00Z" }),
    ] {
        let refusal = alice.put("/users/me/status/custom", wrong).await.refused(400);
        assert_eq!(refusal, "api.custom_status.set_custom_statuses.update.app_error");
    }
    let timed =
        json!({ "text": "x", "duration": "one_hour", "expires_at": "2030-01-01T00:00:00Z" });
    alice.put("/users/me/status/custom", timed.clone()).await.expect(200);
    bob.put(&format!("/users/{}/status/custom", alice.id), timed).await.expect(403);
    alice.delete("/users/me/status/custom").await.expect(200);
    assert_eq!(alice.get("/users/me").await.expect(200)["props"]["customStatus"], "");
}

#[tokio::test]
async fn the_last_few_custom_statuses_are_kept_until_they_are_taken_away() {
    let site = TestSite::start().await;
    site.person("admin").await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    let recent = async || -> Vec<serde_json::Value> {
        let path = "/users/me/preferences/custom_status/name/recent_custom_statuses";
        let kept = alice.get(path).await.expect(200);
        serde_json::from_str(kept["value"].as_str().unwrap()).unwrap()
    };
    for text in ["one", "two", "three", "four", "five", "six", "two"] {
        let custom = json!({ "emoji": "eyes", "text": text, "duration": "" });
        alice.put("/users/me/status/custom", custom).await.expect(200);
    }
    let kept = recent().await;
    let texts: Vec<_> = kept.iter().map(|status| status["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["two", "six", "five", "four", "three"]);
    alice.delete("/users/me/status/custom").await.expect(200);
    assert_eq!(recent().await, kept, "what was cleared can be chosen again");

    let path = format!("/users/{}/status/custom/recent/delete", alice.id);
    let unlike = json!({ "emoji": "eyes", "text": "six", "duration": "one_hour" });
    let refusal = alice.post(&path, unlike).await.refused(400);
    assert_eq!(refusal, "api.custom_status.recent_custom_statuses.delete.app_error");
    bob.post(&path, kept[1].clone()).await.expect(403);
    alice.post(&path, kept[1].clone()).await.expect(200);
    alice.post(&path, kept[1].clone()).await.expect(400);
    let one = kept[4].to_string().into_bytes();
    let older = "/users/me/status/custom/recent";
    alice.send("DELETE".parse().unwrap(), older, one).await.expect(200);
    assert_eq!(recent().await, [kept[0].clone(), kept[2].clone(), kept[3].clone()]);
}
