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
