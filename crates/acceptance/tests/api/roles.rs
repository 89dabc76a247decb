use fieldpost_testkit::TestSite;
use serde_json::json;

#[tokio::test]
async fn roles_are_found_by_name_and_by_id() {
    let site = TestSite::start().await;
    site.person("admin").await;
    let alice = site.person("alice").await;
    let names = json!(["team_user", "system_user", "no_such_role", "team_user"]);
    let found = alice.post("/roles/names", names).await.expect(200);
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), 2);
    let team_user = found.iter().find(|role| role["name"] == "team_user").unwrap();
    let permissions = team_user["permissions"].as_array().unwrap();
    assert!(permissions.contains(&json!("create_public_channel")));
    assert_eq!(
        (&team_user["scheme_managed"], &team_user["built_in"]),
        (&json!(true), &json!(true))
    );
    let id = team_user["id"].as_str().unwrap();
    let by_id = alice.get(&format!("/roles/{id}")).await.expect(200);
    let by_name = alice.get("/roles/name/team_user").await.expect(200);
    assert_eq!((&by_id, &by_name), (team_user, team_user));
}

#[tokio::test]
async fn wrong_names_of_roles_are_refused() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let bad = alice.post("/roles/names", json!(["Bad Name"])).await.refused(400);
    assert_eq!(bad, "api.context.invalid_body_param.app_error");
    let none = alice.post("/roles/names", json!([])).await.refused(400);
    assert_eq!(none, "api.context.invalid_body_param.app_error");
    let many: Vec<String> = (0..101).map(|n| format!("role_{n}")).collect();
    let many = alice.post("/roles/names", json!(many)).await.refused(400);
    assert_eq!(many, "api.roles.get_multiple_by_name_too_many.request_error");
    alice.get("/roles/name/no_such_role").await.expect(404);
    alice.get("/roles/ybndrfg8ejkmcpqxot1uwiszyy").await.expect(404);
    site.stranger().post("/roles/names", json!(["team_user"])).await.expect(401);
}

#[tokio::test]
async fn only_administrators_list_all_roles() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    assert_eq!(admin.get("/roles").await.expect(200).as_array().unwrap().len(), 25);
    alice.get("/roles").await.expect(403);
}
