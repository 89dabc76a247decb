use fieldpost_testkit::TestSite;
use serde_json::json;

#[tokio::test]
async fn terms_are_written_read_accepted_and_refused() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let none = alice.get("/terms_of_service").await.refused(404);
    assert_eq!(none, "app.terms_of_service.get.no_rows.app_error");
    let first = admin.post("/terms_of_service", json!({ "text": "Be kind." })).await.expect(200);
    assert_eq!((&first["text"], &first["user_id"]), (&json!("Be kind."), &json!(admin.id)));
    assert_eq!(alice.get("/terms_of_service").await.expect(200), first);
    let own = "/users/me/terms_of_service";
    let none = alice.get(own).await.refused(404);
    assert_eq!(none, "app.user_terms_of_service.get_by_user.no_rows.app_error");

    let answer = json!({ "termsOfServiceId": first["id"], "accepted": true });
    alice.post(own, answer).await.expect(200);
    let accepted = alice.get(own).await.expect(200);
    assert_eq!(accepted["terms_of_service_id"], first["id"]);
    assert_eq!(accepted["user_id"], json!(alice.id));
    let me = alice.get("/users/me").await.expect(200);
    assert_eq!(me["terms_of_service_id"], first["id"]);
    assert_eq!(me["terms_of_service_create_at"], accepted["create_at"]);
    let path = format!("/users/{}", alice.id);
    assert_eq!(admin.get(&path).await.expect(200)["terms_of_service_id"], first["id"]);
    assert_eq!(admin.get(&format!("{path}/terms_of_service")).await.expect(200), accepted);

    let same = admin.post("/terms_of_service", json!({ "text": "Be kind." })).await.expect(200);
    assert_eq!(same, first, "the same text is the same terms");
    let second = admin.post("/terms_of_service", json!({ "text": "Be fair." })).await.expect(200);
    assert_eq!(alice.get("/terms_of_service").await.expect(200), second);
    // As other clients spell it.
    let answer = json!({ "serviceTermsId": second["id"], "accepted": "false" });
    alice.post(own, answer).await.expect(200);
    alice.get(own).await.expect(404);
    assert_eq!(alice.get("/users/me").await.expect(200).get("terms_of_service_id"), None);
}

#[tokio::test]
async fn each_answers_for_themselves_and_only_administrators_write_terms() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    alice.post("/terms_of_service", json!({ "text": "Mine." })).await.expect(403);
    let empty = admin.post("/terms_of_service", json!({ "text": " " })).await.refused(400);
    assert_eq!(empty, "api.create_terms_of_service.empty_text.app_error");
    let long = json!({ "text": "x".repeat(16_384) });
    admin.post("/terms_of_service", long).await.refused(400);
    let terms = admin.post("/terms_of_service", json!({ "text": "Be kind." })).await.expect(200);

    let of_bob = format!("/users/{}/terms_of_service", bob.id);
    let answer = json!({ "termsOfServiceId": terms["id"], "accepted": true });
    alice.post(&of_bob, answer.clone()).await.expect(200);
    bob.get("/users/me/terms_of_service").await.expect(404);
    alice.get("/users/me/terms_of_service").await.expect(200);
    alice.get(&of_bob).await.expect(403);
    let seen = bob.get(&format!("/users/{}", alice.id)).await.expect(200);
    assert_eq!(seen.get("terms_of_service_id"), None, "that is nobody else's business");

    let unknown = json!({ "termsOfServiceId": alice.id, "accepted": true });
    alice.post("/users/me/terms_of_service", unknown).await.expect(404);
    let perhaps = json!({ "termsOfServiceId": terms["id"], "accepted": "perhaps" });
    alice.post("/users/me/terms_of_service", perhaps).await.expect(400);
    site.stranger().get("/terms_of_service").await.expect(401);
    site.stranger().post("/users/me/terms_of_service", answer).await.expect(401);
}

#[tokio::test]
async fn clients_are_told_whether_to_ask() {
    let config = "/config/client?format=old";
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    admin.post("/terms_of_service", json!({ "text": "Be kind." })).await.expect(200);
    let told = site.stranger().get(config).await.expect(200);
    assert_eq!(told["EnableCustomTermsOfService"], "false");
    assert_eq!(told["CustomTermsOfServiceId"], "");

    let site = TestSite::start_with(|config| {
        config.settings.terms.required = true;
        config.settings.terms.days = 30;
    })
    .await;
    let admin = site.person("admin").await;
    let told = site.stranger().get(config).await.expect(200);
    assert_eq!(told["EnableCustomTermsOfService"], "true");
    assert_eq!(told["CustomTermsOfServiceReAcceptancePeriod"], "30");
    assert_eq!(told["CustomTermsOfServiceId"], "", "nobody wrote any");
    let terms = admin.post("/terms_of_service", json!({ "text": "Be kind." })).await.expect(200);
    assert_eq!(admin.get(config).await.expect(200)["CustomTermsOfServiceId"], terms["id"]);
    let answer = json!({ "termsOfServiceId": terms["id"], "accepted": true });
    admin.post("/users/me/terms_of_service", answer).await.expect(200);
    let signed = json!({ "login_id": "admin", "password": "correct horse battery" });
    let user = admin.post("/users/login", signed).await.expect(200);
    assert_eq!(user["terms_of_service_id"], terms["id"]);
}
