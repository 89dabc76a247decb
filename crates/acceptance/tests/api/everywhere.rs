use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

async fn names(admin: &Actor, query: &str) -> Vec<String> {
    let found = admin.get(&format!("/channels?{query}")).await.expect(200);
    let name = |channel: &Value| {
        let text = |key: &str| channel[key].as_str().unwrap().to_owned();
        format!("{}:{}", text("team_name"), text("name"))
    };
    found.as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn administrators_list_the_channels_of_all_teams() {
    let site = TestSite::start().await;
    let (admin, alpha) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &alpha, "bob").await;
    let beta = json!({ "name": "beta", "display_name": "Beta", "type": "I" });
    let beta = bob.post("/teams", beta).await.expect(201);
    for (team, name, kind) in [(&alpha, "bridge", "O"), (&beta, "cabin", "P"), (&beta, "old", "O")]
    {
        let new =
            json!({ "team_id": team["id"], "name": name, "display_name": name, "type": kind });
        let made = bob.post("/channels", new).await.expect(201);
        if name == "old" {
            let path = format!("/channels/{}", made["id"].as_str().unwrap());
            bob.delete(&path).await.expect(200);
        }
    }
    bob.post("/channels/direct", json!([bob.id, admin.id])).await.expect(201);
    let custom = ["alpha:bridge", "beta:cabin"];
    assert_eq!(names(&admin, "exclude_default_channels=true").await, custom);
    assert_eq!(names(&admin, "exclude_default_channels=true&per_page=1&page=1").await, custom[1..]);
    let all = names(&admin, "include_deleted=true&exclude_default_channels=true").await;
    assert_eq!(all, ["alpha:bridge", "beta:cabin", "beta:old"]);
    assert_eq!(names(&admin, "").await.len(), 6);
    let counted = admin.get("/channels?include_total_count=true&per_page=2").await.expect(200);
    assert_eq!(counted["total_count"], 6);
    assert_eq!(counted["channels"].as_array().unwrap().len(), 2);
    bob.get("/channels").await.expect(403);
    site.stranger().get("/channels").await.expect(401);
}

fn places(found: &Value) -> Vec<String> {
    let text = |channel: &Value, key: &str| channel[key].as_str().unwrap().to_owned();
    let place = |c: &Value| format!("{}:{}", text(c, "team_name"), text(c, "name"));
    found.as_array().unwrap().iter().map(place).collect()
}

#[tokio::test]
async fn administrators_search_the_channels_of_all_teams() {
    let site = TestSite::start().await;
    let (admin, alpha) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &alpha, "bob").await;
    let beta = json!({ "name": "beta", "display_name": "Beta", "type": "I" });
    let beta = bob.post("/teams", beta).await.expect(201);
    let mut ids = Vec::new();
    for (team, name, kind) in [
        (&beta, "plan-a", "O"),
        (&alpha, "plan-a", "P"),
        (&beta, "plan-b", "P"),
        (&alpha, "plan-old", "O"),
        (&alpha, "other", "O"),
    ] {
        let new =
            json!({ "team_id": team["id"], "name": name, "display_name": name, "type": kind });
        let made = bob.post("/channels", new).await.expect(201);
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    bob.delete(&format!("/channels/{}", ids[3])).await.expect(200);
    bob.post("/channels/direct", json!([bob.id, admin.id])).await.expect(201);
    let all = ["alpha:plan-a", "beta:plan-a", "beta:plan-b"];
    let found = admin.post("/channels/search", json!({ "term": "PLAN" })).await.expect(200);
    assert_eq!(places(&found), all, "by display name, then by team");
    for (filter, expected) in [
        (json!({ "public": true }), vec!["beta:plan-a"]),
        (json!({ "private": true }), vec!["alpha:plan-a", "beta:plan-b"]),
        (json!({ "public": true, "private": true }), all.to_vec()),
        (json!({ "deleted": true }), vec!["alpha:plan-old"]),
        (json!({ "team_ids": [beta["id"]] }), vec!["beta:plan-a", "beta:plan-b"]),
        (json!({ "group_constrained": true }), vec![]),
        (json!({ "exclude_group_constrained": true, "exclude_remote": true }), all.to_vec()),
        (json!({ "exclude_policy_constrained": true }), all.to_vec()),
        (json!({ "not_associated_to_group": ids[0] }), all.to_vec()),
        (json!({ "term": ids[4], "include_search_by_id": true }), vec!["alpha:other"]),
        (json!({ "term": ids[4] }), vec![]),
        (json!({ "term": "town", "exclude_default_channels": true }), vec![]),
        (json!({ "term": "town" }), vec!["alpha:town-square", "beta:town-square"]),
    ] {
        let mut body = json!({ "term": "plan" });
        body.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
        let found = admin.post("/channels/search", body).await.expect(200);
        assert_eq!(places(&found), expected, "{filter}");
    }
    let with_old = "/channels/search?include_deleted=true&system_console=true";
    let found = admin.post(with_old, json!({ "term": "plan" })).await.expect(200);
    assert_eq!(found.as_array().unwrap().len(), 4);
    for (page, size) in [(json!(1), json!(2)), (json!("1"), json!("2"))] {
        let paged = json!({ "term": "plan", "page": page, "per_page": size });
        let found = admin.post("/channels/search", paged).await.expect(200);
        assert_eq!(found["total_count"], 3);
        assert_eq!(places(&found["channels"]), ["beta:plan-b"]);
    }
    let wrong = json!({ "term": "plan", "page": "one", "per_page": 2 });
    admin.post("/channels/search", wrong).await.expect(400);
    bob.post("/channels/search", json!({ "term": "plan" })).await.expect(403);
    site.stranger().post("/channels/search", json!({ "term": "plan" })).await.expect(401);
}

#[tokio::test]
async fn administrators_count_people_of_a_kind() {
    let site = TestSite::start_with(|config| config.settings.guest_accounts = true).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let gone = site.person("gone").await;
    let path = format!("/users/{}", gone.id);
    admin.put(&format!("{path}/active"), json!({ "active": false })).await.expect(200);
    admin.post("/bots", json!({ "username": "robot" })).await.expect(201);
    let channel = json!({
        "team_id": team["id"], "name": "deck", "display_name": "Deck", "type": "O",
    });
    let channel = bob.post("/channels", channel).await.expect(201);
    let (team, channel) = (team["id"].as_str().unwrap(), channel["id"].as_str().unwrap());
    for (query, expected) in [
        (String::new(), 2),
        ("include_deleted=true".to_owned(), 3),
        ("include_bots=true".to_owned(), 3),
        ("roles=system_admin".to_owned(), 1),
        (format!("in_team={team}"), 2),
        (format!("in_team={team}&team_roles=team_admin"), 1),
        (format!("in_team={team}&team_roles=team_user,team_guest"), 1),
        (format!("in_channel={channel}"), 1),
        (format!("in_channel={channel}&channel_roles=channel_admin"), 1),
        (format!("in_channel={channel}&channel_roles=channel_user"), 0),
    ] {
        let found = admin.get(&format!("/users/stats/filtered?{query}")).await.expect(200);
        assert_eq!(found, json!({ "total_users_count": expected }), "{query}");
    }
    for wrong in ["roles=emperor", "team_roles=channel_user", "in_team=x"] {
        admin.get(&format!("/users/stats/filtered?{wrong}")).await.expect(400);
    }
    bob.get("/users/stats/filtered").await.expect(403);
    site.stranger().get("/users/stats/filtered").await.expect(401);
}

#[tokio::test]
async fn administrators_end_everybodys_sessions() {
    let site = TestSite::start().await;
    let mut admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let path = "/users/sessions/revoke/all";
    alice.post(path, json!({})).await.expect(403);
    admin.post(path, json!({})).await.expect(200);
    alice.get("/users/me").await.expect(401);
    admin.get("/users/me").await.expect(401);
    admin.sign_in("admin", "correct horse battery").await;
    let noted = admin.get(&format!("/users/{}/audits", alice.id)).await.expect(200);
    assert_eq!(noted[0]["action"], format!("/api/v4{path}"));
}

#[tokio::test]
async fn there_are_no_agents() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    for (path, answer) in [
        ("/agents", json!([])),
        ("/ai/agents", json!({ "agents": [] })),
        ("/llmservices", json!([])),
    ] {
        assert_eq!(alice.get(path).await.expect(200), answer);
        site.stranger().get(path).await.expect(401);
    }
    assert_eq!(alice.get("/agents/status").await.expect(200)["available"], false);
    site.stranger().get("/agents/status").await.expect(401);
}
