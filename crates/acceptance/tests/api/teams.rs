use fieldpost_testkit::TestSite;
use serde_json::{Value, json};

use super::watch::watch;

fn path(team: &Value, rest: &str) -> String {
    format!("/teams/{}{rest}", team["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_patch_is_told_to_members_without_its_secrets() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mut socket = watch(&bob, &team).await;
    let patch = json!({ "display_name": "Alpha Company", "description": "D", "company_name": "C" });
    let patched = admin.put(&path(&team, "/patch"), patch).await.expect(200);
    assert_eq!(
        (&patched["display_name"], &patched["description"], &patched["company_name"]),
        (&json!("Alpha Company"), &json!("D"), &json!("C"))
    );
    assert_eq!(patched["invite_id"], team["invite_id"]);
    let event = socket.event("update_team").await;
    let told: Value = serde_json::from_str(event["data"]["team"].as_str().unwrap()).unwrap();
    assert_eq!(told["display_name"], "Alpha Company");
    assert_eq!((&told["invite_id"], &told["email"]), (&json!(""), &json!("")));
    assert_eq!(event["broadcast"]["team_id"], team["id"]);
    bob.put(&path(&team, "/patch"), json!({ "description": "mine" })).await.expect(403);
    let long = json!({ "description": "x".repeat(256) });
    let refusal = admin.put(&path(&team, "/patch"), long).await.refused(400);
    assert_eq!(refusal, "model.team.is_valid.description.app_error");
}

#[tokio::test]
async fn a_replacement_names_its_team() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let mut body = team.clone();
    body["display_name"] = json!("New");
    body["name"] = json!("never-changes");
    let changed = admin.put(&path(&team, ""), body).await.expect(200);
    assert_eq!((&changed["display_name"], &changed["name"]), (&json!("New"), &json!("alpha")));
    let refusal = admin.put(&path(&team, ""), json!({ "display_name": "x" })).await.refused(400);
    assert_eq!(refusal, "api.context.invalid_body_param.app_error");
}

#[tokio::test]
async fn a_closed_team_has_a_new_invitation() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let opened = admin.put(&path(&team, "/privacy"), json!({ "privacy": "O" })).await.expect(200);
    assert_eq!((&opened["allow_open_invite"], &opened["type"]), (&json!(true), &json!("O")));
    assert_eq!(opened["invite_id"], team["invite_id"]);
    let closed = admin.put(&path(&team, "/privacy"), json!({ "privacy": "I" })).await.expect(200);
    assert_eq!((&closed["allow_open_invite"], &closed["type"]), (&json!(false), &json!("I")));
    assert_ne!(closed["invite_id"], team["invite_id"]);
    let renewed = admin.post(&path(&team, "/regenerate_invite_id"), json!({})).await.expect(200);
    assert_ne!(renewed["invite_id"], closed["invite_id"]);
    admin.put(&path(&team, "/privacy"), json!({ "privacy": "P" })).await.expect(400);
    let bob = site.member(&admin, &team, "bob").await;
    bob.post(&path(&team, "/regenerate_invite_id"), json!({})).await.expect(403);
    bob.put(&path(&team, "/privacy"), json!({ "privacy": "O" })).await.expect(403);
}

#[tokio::test]
async fn a_team_is_archived_and_brought_back() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mut socket = watch(&bob, &team).await;
    bob.delete(&path(&team, "")).await.expect(403);
    let refusal = admin.delete(&path(&team, "?permanent=true")).await.refused(401);
    assert_eq!(refusal, "api.user.delete_team.not_enabled.app_error");
    admin.delete(&path(&team, "")).await.expect(200);
    socket.event("delete_team").await;
    assert_eq!(bob.get("/users/me/teams").await.expect(200), json!([]));
    let restored = admin.post(&path(&team, "/restore"), json!({})).await.expect(200);
    assert_eq!(restored["delete_at"], 0);
    socket.event("restore_team").await;
    assert_eq!(bob.get("/users/me/teams").await.expect(200).as_array().unwrap().len(), 1);
    admin.post(&path(&team, "/restore"), json!({})).await.expect(400);
}

#[tokio::test]
async fn who_may_list_teams_sees_them() {
    let site = TestSite::start().await;
    let (admin, _) = site.administrator_with_team("alpha").await;
    let open =
        json!({ "name": "bravo", "display_name": "Bravo", "type": "O", "allow_open_invite": true });
    admin.post("/teams", open).await.expect(201);
    let bob = site.person("bob").await;
    let names = |found: &Value| -> Vec<String> {
        found.as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = admin.get("/teams?include_total_count=true").await.expect(200);
    assert_eq!(
        (names(&all["teams"]), &all["total_count"]),
        (vec!["alpha".into(), "bravo".into()], &json!(2))
    );
    assert_eq!(names(&bob.get("/teams").await.expect(200)), ["bravo"]);
    for (term, expected) in [("BRA", 1), ("alpha", 0), ("", 1)] {
        let found = bob.post("/teams/search", json!({ "term": term })).await.expect(200);
        assert_eq!(found.as_array().unwrap().len(), expected, "{term}");
    }
    let paged = json!({ "term": "", "page": 1, "per_page": 1 });
    let found = admin.post("/teams/search", paged.clone()).await.expect(200);
    assert_eq!((found["teams"].as_array().unwrap().len(), &found["total_count"]), (1, &json!(2)));
    bob.post("/teams/search", paged).await.expect(501);
    for (name, exists) in [("alpha", false), ("bravo", true), ("charlie", false)] {
        let found = bob.get(&format!("/teams/name/{name}/exists")).await.expect(200);
        assert_eq!(found, json!({ "exists": exists }), "{name}");
    }
    let mine = admin.get("/teams/name/alpha/exists").await.expect(200);
    assert_eq!(mine, json!({ "exists": true }));
}

#[tokio::test]
async fn an_invitation_link_lets_people_in() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let invite = team["invite_id"].as_str().unwrap();
    let seen = site.stranger().get(&format!("/teams/invite/{invite}")).await.expect(200);
    assert_eq!(
        (&seen["name"], &seen["id"], &seen["email"]),
        (&json!("alpha"), &team["id"], &Value::Null)
    );
    let bob = site.person("bob").await;
    let join = format!("/teams/members/invite?invite_id={invite}");
    let member = bob.post(&join, json!({})).await.expect(201);
    assert_eq!((&member["user_id"], &member["scheme_user"]), (&json!(bob.id), &json!(true)));
    bob.post(&join, json!({})).await.expect(201);
    bob.get(&path(&team, "")).await.expect(200);
    let void = "/teams/members/invite?invite_id=ybndrfg8ejkmcpqxot1uwiszyy";
    let refusal = bob.post(void, json!({})).await.refused(404);
    assert_eq!(refusal, "app.team.get_by_invite_id.finding.app_error");
    let refusal = bob.post("/teams/members/invite", json!({})).await.refused(400);
    assert_eq!(refusal, "api.team.add_user_to_team.missing_parameter.app_error");
    let closed = admin.put(&path(&team, "/privacy"), json!({ "privacy": "I" })).await.expect(200);
    let invite = closed["invite_id"].as_str().unwrap();
    let refusal = site.stranger().get(&format!("/teams/invite/{invite}")).await.refused(403);
    assert_eq!(refusal, "api.team.get_invite_info.not_open_team");
}

#[tokio::test]
async fn a_team_lets_in_only_the_domains_it_names() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    admin.put(&path(&team, "/patch"), json!({ "allowed_domains": "army.mil" })).await.expect(200);
    let bob = site.person("bob").await;
    let member = json!({ "team_id": team["id"], "user_id": bob.id });
    let refusal = admin.post(&path(&team, "/members"), member.clone()).await.refused(400);
    assert_eq!(refusal, "api.team.join_user_to_team.allowed_domains.app_error");
    let domains = json!({ "allowed_domains": "army.mil, @example.com" });
    admin.put(&path(&team, "/patch"), domains).await.expect(200);
    admin.post(&path(&team, "/members"), member).await.expect(201);
}

#[tokio::test]
async fn several_people_are_added_at_once() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.person("bob").await;
    let nobody = "ybndrfg8ejkmcpqxot1uwiszyy";
    let of = |person: &Value| json!({ "team_id": team["id"], "user_id": person });
    let both = json!([of(&json!(bob.id)), of(&json!(nobody))]);
    admin.post(&path(&team, "/members/batch"), both.clone()).await.expect(404);
    let among = path(&team, "/members/ids");
    assert_eq!(admin.post(&among, json!([bob.id])).await.expect(200), json!([]));
    let added = admin.post(&path(&team, "/members/batch?graceful=true"), both).await.expect(201);
    assert_eq!(
        (&added[0]["member"]["user_id"], &added[0]["error"]),
        (&json!(bob.id), &Value::Null)
    );
    assert_eq!(
        (&added[1]["member"], &added[1]["error"]["status_code"]),
        (&Value::Null, &json!(404))
    );
    assert_eq!(admin.post(&among, json!([bob.id])).await.expect(200).as_array().unwrap().len(), 1);
    let stats = bob.get(&path(&team, "/stats")).await.expect(200);
    assert_eq!(
        (&stats["total_member_count"], &stats["active_member_count"]),
        (&json!(2), &json!(2))
    );
    let mallory = site.person("mallory").await;
    mallory.get(&path(&team, "/stats")).await.expect(403);
    mallory.post(&among, json!([bob.id])).await.expect(403);
    let own = json!([of(&json!(mallory.id))]);
    mallory.post(&path(&team, "/members/batch"), own).await.expect(403);
}

#[tokio::test]
async fn members_become_administrators_and_are_told() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let own = path(&team, &format!("/members/{}", bob.id));
    let mut socket = watch(&bob, &team).await;
    let flags = json!({ "scheme_user": true, "scheme_admin": true });
    bob.put(&format!("{own}/schemeRoles"), flags.clone()).await.expect(403);
    admin.put(&format!("{own}/schemeRoles"), flags).await.expect(200);
    let event = socket.event("memberrole_updated").await;
    let member: Value = serde_json::from_str(event["data"]["member"].as_str().unwrap()).unwrap();
    assert_eq!(member["roles"], "team_user team_admin");
    bob.put(&path(&team, "/patch"), json!({ "description": "mine" })).await.expect(200);
    admin.put(&format!("{own}/roles"), json!({ "roles": "team_user" })).await.expect(200);
    bob.put(&path(&team, "/patch"), json!({ "description": "no more" })).await.expect(403);
    let refusal = admin.put(&format!("{own}/roles"), json!({ "roles": "team_admin" })).await;
    assert_eq!(
        refusal.refused(400),
        "api.team.update_team_member_roles.unset_user_scheme.app_error"
    );
}

#[tokio::test]
async fn what_is_unread_in_each_team() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    admin.say(&square, "one").await;
    let direct = admin.post("/channels/direct", json!([admin.id, bob.id])).await.expect(201);
    admin.say(direct["id"].as_str().unwrap(), "hello").await;
    let unread = bob.get("/users/me/teams/unread").await.expect(200);
    let unread = unread.as_array().unwrap();
    assert_eq!(unread.len(), 2);
    let of_team = unread.iter().find(|u| u["team_id"] == team["id"]).unwrap();
    assert_eq!((&of_team["msg_count"], &of_team["msg_count_root"]), (&json!(1), &json!(1)));
    let single = format!("/users/me{}", path(&team, "/unread"));
    assert_eq!(&bob.get(&single).await.expect(200), of_team);
    let others = format!("/users/{}/teams/unread", admin.id);
    bob.get(&others).await.expect(403);
    let mallory = site.person("mallory").await;
    mallory.get(&single).await.expect(403);
    assert_eq!(mallory.get("/users/me/teams/unread").await.expect(200), json!([]));
}
