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
