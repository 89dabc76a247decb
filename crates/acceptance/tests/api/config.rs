use fieldpost_testkit::TestSite;

#[tokio::test]
async fn strangers_are_told_less_than_people() {
    let site = TestSite::start().await;
    let stranger = site.stranger();
    let limited = stranger.get("/config/client?format=old").await.expect(200);
    assert_eq!(limited["NoAccounts"], "true");
    assert_eq!(limited["EnableOpenServer"], "true");
    assert_eq!(limited["DiagnosticId"].as_str().unwrap().len(), 26);
    assert_eq!(limited["MaxPostSize"], serde_json::Value::Null);
    let alice = site.person("alice").await;
    let full = alice.get("/config/client?format=old").await.expect(200);
    assert_eq!(full["NoAccounts"], "false");
    assert_eq!(full["MaxPostSize"], "16383");
    assert_eq!(full["CollapsedThreads"], "default_on");
    for (key, value) in [
        ("EnableUserStatuses", "true"),
        ("EnableCustomUserStatuses", "true"),
        ("EnableUserAccessTokens", "true"),
        ("EnableBotAccountCreation", "true"),
        ("EnableCustomEmoji", "true"),
        ("PluginsEnabled", "false"),
        ("AllowSyncedDrafts", "true"),
        ("PostPriority", "true"),
        ("PostAcknowledgements", "true"),
        ("ScheduledPosts", "true"),
        ("AllowPersistentNotifications", "true"),
        ("SendPushNotifications", "false"),
        ("EnableTimedDND", "true"),
        ("FeatureFlagCallsEnabled", "false"),
    ] {
        assert_eq!(full[key], value, "{key}");
    }
    assert_eq!(full["DiagnosticId"], limited["DiagnosticId"]);
    let full = full.as_object().unwrap();
    assert!(full.values().all(serde_json::Value::is_string));
    for key in limited.as_object().unwrap().keys() {
        assert!(full.contains_key(key), "{key}");
    }
}

#[tokio::test]
async fn a_secret_that_is_no_longer_good_counts_as_none() {
    let site = TestSite::start().await;
    let stranger = site.stranger().with_header("authorization", "Bearer nonsense");
    let limited = stranger.get("/config/client?format=old").await.expect(200);
    assert_eq!(limited["MaxPostSize"], serde_json::Value::Null);
}

#[tokio::test]
async fn only_the_old_format_is_spoken() {
    let site = TestSite::start().await;
    for path in ["/config/client", "/config/client?format=new", "/license/client"] {
        let refusal = site.stranger().get(path).await.refused(400);
        assert_eq!(refusal, "api.context.invalid_url_param.app_error");
    }
    let licence = site.stranger().get("/license/client?format=old").await.expect(200);
    assert_eq!(licence, serde_json::json!({ "IsLicensed": "false" }));
}

#[tokio::test]
async fn nothing_of_a_licence_is_used_up() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let load = alice.get("/license/load_metric").await.expect(200);
    assert_eq!(load, serde_json::json!({ "load": 0 }));
    site.stranger().get("/license/load_metric").await.refused(401);
}

#[tokio::test]
async fn answers_and_sockets_name_the_same_version_of_the_configuration() {
    let site = TestSite::start().await;
    let alice = site.person("alice").await;
    let reply = alice.get("/users/me").await;
    let version = reply.header("x-version-id").to_owned();
    reply.expect(200);
    let parts: Vec<&str> = version.split('.').collect();
    assert_eq!(parts.len(), 8, "{version}");
    assert_eq!((parts[6].len(), parts[7]), (64, "false"));
    let hello = alice.socket().await.event("hello").await;
    assert_eq!(hello["data"]["server_version"], version.as_str());
    let other = TestSite::start_with(|config| config.settings.site_name = "Other".to_owned()).await;
    let reply = other.stranger().get("/system/ping").await;
    assert_ne!(reply.header("x-version-id"), version);
    reply.expect(200);
}
