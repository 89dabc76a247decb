use fieldpost_testkit::TestSite;

#[test]
fn every_served_operation_is_a_known_one() {
    assert_eq!(fieldpost_http::routes().unknown(), []);
}

#[tokio::test]
async fn what_is_not_built_says_so_and_what_does_not_exist_is_not_found() {
    let site = TestSite::start().await;
    let stranger = site.stranger();
    assert_eq!(stranger.get("/ldap/groups").await.refused(501), "api.fieldpost.not_built");
    assert_eq!(stranger.get("/nonsense").await.refused(404), "api.context.404.app_error");
}

#[tokio::test]
async fn an_endless_address_is_refused() {
    let site = TestSite::start().await;
    let path = format!("/users?{}", "x".repeat(2048));
    let id = site.stranger().get(&path).await.expect(414)["id"].clone();
    assert_eq!(id, "basic_security_check.url.too_long_error");
}
