use fieldpost_testkit::TestSite;

#[tokio::test]
async fn places_of_the_client_get_its_page_and_the_api_keeps_its_errors() {
    let site = TestSite::start().await;
    let root = site.stranger();
    for place in ["/", "/alpha/channels/town-square", "/admin_console/users"] {
        let page = root.get_page(place).await;
        assert_eq!(page.status, 200, "{place}");
        assert!(page.header("content-type").starts_with("text/html"), "{place}");
        assert!(page.header("content-security-policy").contains("script-src 'self'"));
        assert!(!page.header("content-security-policy").contains("unsafe"));
    }
    root.get("/no/such/operation").await.expect(404);
    assert_eq!(root.get_page("/assets/missing.js").await.status, 404);
}
