use fieldpost_testkit::TestSite;
use serde_json::json;

#[tokio::test]
async fn how_many_people_there_are_is_for_administrators() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let known = admin.get("/limits/server").await.expect(200);
    assert_eq!((&known["activeUserCount"], &known["maxUsersLimit"]), (&json!(2), &json!(0)));
    assert_eq!(alice.get("/limits/server").await.expect(200)["activeUserCount"], 0);
}

#[tokio::test]
async fn how_the_server_is_is_said_to_whoever_asks() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let asked = "/system/ping?get_server_status=true&use_rest_semantics=true";
    let said = site.stranger().get(asked).await.expect(200);
    assert_eq!((&said["database_status"], &said["filestore_status"]), (&json!("OK"), &json!("OK")));
    assert_eq!(said.get("root_status"), None);
    assert!(admin.get(asked).await.expect(200)["root_status"].is_boolean());
    let said = admin.get("/system/ping").await.expect(200);
    assert_eq!((&said["status"], said.get("database_status")), (&json!("OK"), None));
}

#[tokio::test]
async fn what_clients_ask_for_while_they_start() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.person("alice").await;
    let zones = alice.get("/system/timezones").await.expect(200);
    let zones = zones.as_array().unwrap();
    assert!(zones.contains(&json!("Europe/Kyiv")) && zones.len() > 400);
    let notices = format!("/system/notices/{}?client=web", team["id"].as_str().unwrap());
    assert_eq!(alice.get(&notices).await.expect(200), json!([]));
    let tour = admin.get("/system/onboarding/complete").await.expect(200);
    assert_eq!(tour, json!({ "name": "FirstAdminSetupComplete", "value": "true" }));
    alice.get("/system/onboarding/complete").await.expect(403);
}

#[tokio::test]
async fn clients_report_errors_and_strangers_only_to_developers() {
    let site = TestSite::start_with(|config| config.settings.developer = false).await;
    let alice = site.person("alice").await;
    let report = json!({ "level": "ERROR", "message": "ж".repeat(300) });
    let noted = alice.post("/logs", report.clone()).await.expect(200);
    assert_eq!(noted["message"].as_str().unwrap().len(), 398);
    let refusal = site.stranger().post("/logs", report.clone()).await.refused(403);
    assert_eq!(refusal, "api.context.permissions.app_error");
    let developer = TestSite::start().await;
    developer.stranger().post("/logs", report).await.expect(200);
}

#[tokio::test]
async fn what_no_site_has_is_answered_so() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let stranger = site.stranger();
    let image = stranger.get("/brand/image").await;
    assert_eq!((image.status, image.bytes.len()), (404, 0));
    let sign_in = stranger.post("/users/login/type", json!({ "login_id": "alice" })).await;
    assert_eq!((sign_in.status, sign_in.bytes.len()), (404, 0));
    assert_eq!(stranger.get("/plugins/webapp").await.expect(200), json!([]));
    stranger.get("/custom_profile_attributes/fields").await.expect(401);
    assert_eq!(alice.get("/custom_profile_attributes/fields").await.expect(200), json!([]));

    alice.put("/system/notices/view", json!([])).await.expect(200);
    let refusal = alice.put("/system/notices/view", json!(["news"])).await.refused(400);
    assert_eq!(refusal, "api.system.update_viewed_notices.failed");
    stranger.put("/system/notices/view", json!([])).await.expect(401);

    let tour = "/system/onboarding/complete";
    alice.post(tour, json!({})).await.expect(403);
    admin.post(tour, json!({ "organization": "Acme", "install_plugins": [] })).await.expect(200);
    assert_eq!(admin.get(tour).await.expect(200)["value"], "true");
    let with_plugins = json!({ "install_plugins": ["calls"] });
    assert_eq!(admin.post(tour, with_plugins).await.refused(501), "app.plugin.disabled.app_error");
}
