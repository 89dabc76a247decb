use fieldpost_server::backup;
use fieldpost_testkit::TestSite;
use serde_json::json;

/// Only the embedded engine's site is saved to a file: a database server has tools of its own.
async fn embedded() -> TestSite {
    TestSite::start_with(|config| config.database = None).await
}

#[tokio::test]
async fn a_site_saved_while_it_serves_serves_again_elsewhere() {
    let site = embedded().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let kept = admin.say(&square, "kept").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.backup");
    backup::save(site.data(), &file).unwrap();
    let lost = admin.say(&square, "after the backup").await;

    let restored = folder.path().join("restored");
    let saved = backup::restore(&file, &restored).unwrap();
    assert!(saved.changes > 0);
    let again = TestSite::start_with(|config| {
        config.data = restored;
        config.database = None;
    })
    .await;
    let mut person = again.stranger();
    person.sign_in("admin", "correct horse battery").await;
    let path = |post: &serde_json::Value| format!("/posts/{}", post["id"].as_str().unwrap());
    assert_eq!(person.get(&path(&kept)).await.expect(200)["message"], "kept");
    person.get(&path(&lost)).await.expect(404);
    // The copy numbers its own writes in a new epoch, so none can be taken for a lost one.
    assert_ne!(again.running().store.site().epoch, site.running().store.site().epoch);
    assert_eq!(again.running().store.site().id, site.running().store.site().id);
    let next = person.say(&square, "a new post").await;
    assert_ne!(next["id"], lost["id"]);
}

#[tokio::test]
async fn nothing_is_overwritten_and_damage_is_found() {
    let site = embedded().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    for n in 0..50 {
        let post = json!({ "channel_id": square, "message": format!("message {n} of many") });
        admin.post("/posts", post).await.expect(201);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.backup");
    backup::save(site.data(), &file).unwrap();
    let again = backup::save(site.data(), &file).unwrap_err();
    assert!(again.message.contains("exists"), "{}", again.message);
    let occupied = backup::restore(&file, site.data()).unwrap_err();
    assert!(occupied.message.contains("not empty"), "{}", occupied.message);

    let mut bytes = std::fs::read(&file).unwrap();
    bytes.truncate(bytes.len() - 100);
    let cut = folder.path().join("cut.backup");
    std::fs::write(&cut, bytes).unwrap();
    let into = folder.path().join("into");
    backup::restore(&cut, &into).unwrap_err();
    assert!(!into.exists());
}
