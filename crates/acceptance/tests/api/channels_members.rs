use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

use super::watch::watch;

#[tokio::test]
async fn several_people_are_added_at_once_and_the_rest_passed_over() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let stranger = site.person("stranger").await;
    let body =
        json!({ "team_id": team["id"], "name": "plans", "display_name": "Plans", "type": "P" });
    let made = admin.post("/channels", body).await.expect(201);
    let path = format!("/channels/{}/members", made["id"].as_str().unwrap());
    let added = admin.post(&path, json!({ "user_ids": [bob.id, stranger.id] })).await.expect(201);
    assert_eq!(added.as_array().unwrap().len(), 1);
    assert_eq!((&added[0]["user_id"], &added[0]["last_viewed_at"]), (&json!(bob.id), &json!(-1)));
    let refusal = admin.post(&path, json!({ "user_ids": [stranger.id] })).await.refused(404);
    assert_eq!(refusal, "app.team.get_member.missing.app_error");
    let refusal = admin.post(&path, json!({})).await.refused(400);
    assert_eq!(refusal, "api.context.invalid_body_param.app_error");
    let ids = admin.post(&format!("{path}/ids"), json!([bob.id, stranger.id])).await.expect(200);
    assert_eq!(ids.as_array().unwrap().len(), 1);
    admin.post(&format!("{path}/ids"), json!([])).await.expect(400);
    stranger.post(&format!("{path}/ids"), json!([bob.id])).await.expect(403);
}

#[tokio::test]
async fn roles_are_changed_by_flags_and_by_names() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "off-topic").await;
    let path = format!("/channels/{square}/members/{}", bob.id);
    let mut socket = watch(&bob, &team).await;
    let flags = json!({ "scheme_user": true, "scheme_admin": true });
    admin.put(&format!("{path}/schemeRoles"), flags.clone()).await.expect(200);
    let updated = socket.event("channel_member_updated").await;
    let member: Value =
        serde_json::from_str(updated["data"]["channelMember"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&member["roles"], &member["scheme_admin"]),
        (&json!("channel_user channel_admin"), &json!(true))
    );
    admin.put(&format!("{path}/roles"), json!({ "roles": "channel_user" })).await.expect(200);
    let member = admin.get(&path).await.expect(200);
    assert_eq!(member["roles"], "channel_user");
    bob.put(&format!("{path}/schemeRoles"), flags).await.expect(403);
    for (flags, id) in [
        (json!({ "scheme_admin": true }), "unset_user_scheme"),
        (json!({ "scheme_guest": true }), "guest"),
        (json!({ "scheme_guest": true, "scheme_user": true }), "user_and_guest"),
    ] {
        let refusal = admin.put(&format!("{path}/schemeRoles"), flags).await.refused(400);
        assert_eq!(refusal, format!("api.channel.update_channel_member_roles.{id}.app_error"));
    }
    let foreign = json!({ "roles": "channel_user team_admin" });
    let refusal = admin.put(&format!("{path}/roles"), foreign).await.refused(400);
    assert_eq!(refusal, "api.channel.update_channel_member_roles.scheme_role.app_error");
    admin.put(&format!("{path}/roles"), json!({ "roles": "no_such_role" })).await.expect(400);
}

#[tokio::test]
async fn a_promotion_says_nothing_to_the_channel_and_brings_nobody_back() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let other = admin.channel(&team, "off-topic").await;
    let path = format!("/channels/{other}/members/{}", bob.id);
    bob.delete(&path).await.expect(200);
    let flags = json!({ "scheme_user": true, "scheme_admin": true });
    let refusal = admin.put(&format!("{path}/schemeRoles"), flags).await.refused(404);
    assert_eq!(refusal, "app.channel.get_member.missing.app_error");
    admin
        .post(&format!("/channels/{other}/members"), json!({ "user_id": bob.id }))
        .await
        .expect(201);
    assert_eq!(admin.get(&path).await.expect(200)["roles"], "channel_user");
}

#[tokio::test]
async fn muting_is_a_notification_setting() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let path = format!("/channels/{square}/members/{}/notify_props", bob.id);
    let mut socket = watch(&bob, &team).await;
    let muted = json!({ "mark_unread": "mention", "unknown": "x" });
    bob.put(&path, muted.clone()).await.expect(200);
    let updated = socket.event("channel_member_updated").await;
    let member: Value =
        serde_json::from_str(updated["data"]["channelMember"].as_str().unwrap()).unwrap();
    let props = &member["notify_props"];
    assert_eq!((&props["mark_unread"], &props["desktop"]), (&json!("mention"), &json!("default")));
    assert_eq!(props["unknown"], Value::Null);
    admin.say(&square, "noise").await;
    let unread = format!("/users/me/channels/{square}/unread");
    assert_eq!(bob.get(&unread).await.expect(200)["msg_count"], 0);
    bob.put(&path, json!({ "mark_unread": "all" })).await.expect(200);
    assert_eq!(bob.get(&unread).await.expect(200)["msg_count"], 1);
    let carol = site.member(&admin, &team, "carol").await;
    carol.put(&path, muted).await.expect(403);
}

#[tokio::test]
async fn whoever_comes_back_is_notified_as_at_first() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let other = admin.channel(&team, "off-topic").await;
    let own = format!("/channels/{other}/members/me");
    admin
        .put(&format!("{own}/notify_props"), json!({ "mark_unread": "mention" }))
        .await
        .expect(200);
    admin.delete(&own).await.expect(200);
    admin
        .post(&format!("/channels/{other}/members"), json!({ "user_id": admin.id }))
        .await
        .expect(201);
    assert_eq!(admin.get(&own).await.expect(200)["notify_props"]["mark_unread"], "all");
}

#[tokio::test]
async fn what_is_unread_is_between_a_person_and_their_channels() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    admin.say(&square, "one").await;
    admin.say(&square, "two").await;
    let unread = format!("/users/{}/channels/{square}/unread", bob.id);
    assert_eq!(bob.get(&unread).await.expect(200)["msg_count"], 2);
    let carol = site.member(&admin, &team, "carol").await;
    carol.get(&unread).await.expect(403);
    let marked = bob.post("/channels/members/me/mark_read", json!([square])).await.expect(200);
    assert!(marked["last_viewed_at_times"][&square].as_i64().unwrap() > 0);
    assert_eq!(bob.get(&unread).await.expect(200)["msg_count"], 0);
    let others = format!("/channels/members/{}/mark_read", bob.id);
    carol.post(&others, json!([square])).await.expect(403);
    bob.post("/channels/members/me/mark_read", json!([])).await.expect(400);
    let nowhere = "/users/me/channels/ybndrfg8ejkmcpqxot1uwiszyy/unread";
    bob.get(nowhere).await.expect(404);
}

#[tokio::test]
async fn a_team_is_read_at_once_and_so_are_all_conversations() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let place = team["id"].as_str().unwrap();
    let square = admin.channel(&team, "town-square").await;
    let topic = admin.channel(&team, "off-topic").await;
    let pair = json!([admin.id, bob.id]);
    let direct = admin.post("/channels/direct", pair).await.expect(201)["id"].clone();
    let direct = direct.as_str().unwrap();
    let root = bob.say(&square, "who is on watch?").await["id"].clone();
    for channel in [&square, &topic, direct] {
        admin.say(channel, "one").await;
    }
    let answer = json!({ "channel_id": square, "root_id": root, "message": "I am" });
    admin.post("/posts", answer).await.expect(201);
    let threads = format!("/users/me/teams/{place}/threads");
    assert_eq!(bob.get(&threads).await.expect(200)["total_unread_threads"], 1);
    // Nor does it matter what is new where they do not belong any more, or nobody writes.
    for (name, gone) in [("left", "members/{bob}"), ("archived", "")] {
        let new = json!({ "team_id": place, "name": name, "display_name": name, "type": "O" });
        let made = bob.post("/channels", new).await.expect(201)["id"].clone();
        let channel = made.as_str().unwrap();
        let members = format!("/channels/{channel}/members");
        admin.post(&members, json!({ "user_id": admin.id })).await.expect(201);
        admin.say(channel, "one").await;
        let path = format!("/channels/{channel}/{}", gone.replace("{bob}", &bob.id.to_string()));
        bob.delete(path.trim_end_matches('/')).await.expect(200);
    }
    let mut socket = bob.socket().await;

    let read = bob.put(&format!("/users/me/teams/{place}/read"), json!(null)).await.expect(200);
    let times = read["last_viewed_at_times"].as_object().unwrap();
    assert_eq!(times.keys().collect::<std::collections::BTreeSet<_>>(), [&square, &topic].into());
    let seen = socket.event("multiple_channels_viewed").await;
    assert_eq!(seen["data"]["channel_times"], read["last_viewed_at_times"]);
    let unread = async |channel: &str| {
        bob.get(&format!("/users/me/channels/{channel}/unread")).await.expect(200)["msg_count"]
            .clone()
    };
    assert_eq!((unread(&square).await, unread(&topic).await), (json!(0), json!(0)));
    assert_eq!(unread(direct).await, 1);
    assert_eq!(bob.get(&threads).await.expect(200)["total_unread_threads"], 0);

    let read = bob.put("/channels/members/me/direct/read", json!(null)).await.expect(200);
    assert!(read["last_viewed_at_times"][direct].as_i64().unwrap() > 0);
    assert_eq!(unread(direct).await, 0);
    let again = bob.put("/channels/members/me/direct/read", json!(null)).await.expect(200);
    assert_eq!(again["last_viewed_at_times"], json!({}));

    let others = format!("/users/{}/teams/{place}/read", admin.id);
    bob.put(&others, json!(null)).await.expect(403);
    let others = format!("/channels/members/{}/direct/read", admin.id);
    bob.put(&others, json!(null)).await.expect(403);
}

#[tokio::test]
async fn all_memberships_come_line_by_line() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let reply = admin.get("/users/me/channel_members?page=-1").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/x-ndjson"));
    let lines: Vec<Value> = String::from_utf8(reply.bytes.clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|member| member["team_name"] == "alpha"));
    assert_eq!(lines[0]["team_display_name"], team["display_name"]);
    let page = admin.get("/users/me/channel_members?page=0&per_page=1").await.expect(200);
    assert_eq!(page[0], lines[0]);
    assert_eq!(page.as_array().unwrap().len(), 1);
    let loner = site.person("loner").await;
    let refusal = loner.get("/users/me/channel_members?page=-1").await.refused(404);
    assert_eq!(refusal, "app.channel.get_member.missing.app_error");
    loner.get(&format!("/users/{}/channel_members?page=-1", admin.id)).await.expect(403);
}
