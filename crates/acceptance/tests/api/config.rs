use fieldpost_testkit::{Actor, TestSite};

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
    assert_eq!(licence["IsLicensed"], "true");
    assert!(licence.as_object().unwrap().values().all(serde_json::Value::is_string));
}

#[tokio::test]
async fn those_who_look_after_the_server_are_told_more_of_what_is_allowed() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let told = async |who: &Actor| who.get("/license/client?format=old").await.expect(200);
    let (everybody, more) = (told(&alice).await, told(&admin).await);
    assert_eq!(everybody, told(&site.stranger()).await);
    assert_eq!(everybody["ExpiresAt"], serde_json::Value::Null);
    assert_eq!(more["ExpiresAt"], "253402300799000");
    for (key, value) in everybody.as_object().unwrap() {
        assert_eq!(more[key], *value);
    }
}

#[tokio::test]
async fn the_line_of_the_settings_is_what_clients_are_told() {
    let quiet = TestSite::start().await;
    let config = quiet.person("alice").await.get("/config/client?format=old").await.expect(200);
    assert_eq!((&config["EnableBanner"], &config["BannerText"]), (&"false".into(), &"".into()));
    let site = TestSite::start_with(|config| {
        config.settings.banner.text = "EXERCISE".to_owned();
        config.settings.banner.color = "#c8102e".to_owned();
    })
    .await;
    let config = site.person("alice").await.get("/config/client?format=old").await.expect(200);
    assert_eq!(config["EnableBanner"], "true");
    assert_eq!(
        (&config["BannerText"], &config["BannerColor"]),
        (&"EXERCISE".into(), &"#c8102e".into())
    );
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
    assert_eq!((parts[6].len(), parts[7]), (64, "true"));
    let hello = alice.socket().await.event("hello").await;
    assert_eq!(hello["data"]["server_version"], version.as_str());
    let other = TestSite::start_with(|config| config.settings.site_name = "Other".to_owned()).await;
    let reply = other.stranger().get("/system/ping").await;
    assert_ne!(reply.header("x-version-id"), version);
    reply.expect(200);
}
