//! The index itself: made anew it is the one that grew, and it finds its way back to the history.

use fieldpost_kernel::Position;
use fieldpost_server::backup;
use fieldpost_testkit::{Actor, Dice, SeededEntropy, TestSite};
use serde_json::{Value, json};

use super::{bookmark, change_file, finds, id, upload_to_keep};
use crate::api::upload;

fn contents(site: &TestSite) -> Vec<String> {
    site.running().search.index().current().unwrap().contents().unwrap()
}

/// Somebody with a team in which a little of everything happened.
async fn history(site: &TestSite) -> (Actor, Value) {
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root #tag").await;
    for n in 0..20 {
        let reply = format!("reply {n} in many words");
        let reply = json!({ "channel_id": square, "message": reply, "root_id": root["id"] });
        bob.post("/posts", reply).await.expect(201);
    }
    let edited = bob.say(&square, "first").await;
    let path = format!("/posts/{}", id(&edited));
    for text in ["second", "東京 third"] {
        bob.put(&format!("{path}/patch"), json!({ "message": text })).await.expect(200);
    }
    let gone = bob.say(&square, "gone").await;
    site.indexed().await;
    bob.delete(&format!("/posts/{}", id(&gone))).await.expect(200);
    let file = upload(&bob, &square, "map.pdf", b"map").await;
    upload(&bob, &square, "nowhere.pdf", b"never").await;
    let post = json!({ "channel_id": square, "message": "a map", "file_ids": [file["id"]] });
    bob.post("/posts", post).await.expect(201);
    let mut kept = Vec::new();
    for name in ["kept.txt", "dropped.txt", "changed.txt", "spare.txt"] {
        kept.push(upload_to_keep(&bob, &square, name, name.as_bytes()).await);
    }
    bookmark(&bob, &square, &kept[0]).await;
    let dropped = bookmark(&bob, &square, &kept[1]).await;
    let changed = bookmark(&bob, &square, &kept[2]).await;
    site.indexed().await;
    bob.delete(&dropped).await.expect(200);
    change_file(&bob, &changed, &kept[3]).await;
    (admin, team)
}

#[tokio::test]
async fn an_index_made_anew_is_the_one_that_grew() {
    let site = TestSite::start().await;
    let (admin, team) = history(&site).await;
    site.indexed().await;
    let grown = contents(&site);
    assert!(grown.len() > 100, "there is too little in it to prove anything");
    let has = |word: &str| grown.iter().any(|line| line.contains(word));
    assert_eq!(["kept", "dropped", "changed", "spare"].map(has), [true, false, false, true]);
    let rebuild = site.local().post("/fieldpost/search/rebuild", json!({})).await;
    rebuild.expect(200);
    assert_eq!(contents(&site), grown);
    assert_eq!(finds(&admin, &team, "third").await, ["東京 third"]);
    // It goes on from there.
    admin.say(&admin.channel(&team, "town-square").await, "after").await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "after").await, ["after"]);
    let refused = admin.post("/fieldpost/search/rebuild", json!({})).await;
    assert!(refused.status >= 400, "whoever is far away has the index made anew");
}

#[tokio::test]
async fn people_search_while_the_index_is_made_anew() {
    let site = TestSite::start().await;
    let (admin, team) = history(&site).await;
    let square = admin.channel(&team, "town-square").await;
    site.indexed().await;
    let search = site.running().search.clone();
    let rebuilding = tokio::spawn(async move { search.rebuild().await });
    let mut said = Vec::new();
    while !rebuilding.is_finished() {
        said.push(format!("meanwhile {}", said.len()));
        admin.say(&square, &said[said.len() - 1]).await;
        assert_eq!(finds(&admin, &team, "third").await, ["東京 third"]);
    }
    rebuilding.await.unwrap().unwrap();
    site.indexed().await;
    said.reverse();
    said.truncate(100);
    assert_eq!(finds(&admin, &team, "meanwhile").await, said);
}

#[tokio::test]
async fn an_index_is_taken_up_after_a_restart_and_made_anew_where_it_is_gone() {
    let mut site = TestSite::start().await;
    let (_, team) = history(&site).await;
    site.indexed().await;
    let grown = contents(&site);
    site.restart().await;
    let mut admin = site.stranger();
    admin.sign_in("admin", "correct horse battery").await;
    admin.say(&admin.channel(&team, "town-square").await, "after").await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "after").await, ["after"]);
    assert!(contents(&site).len() > grown.len());
    std::fs::remove_dir_all(site.data().join("search")).unwrap();
    site.restart().await;
    let mut admin = site.stranger();
    admin.sign_in("admin", "correct horse battery").await;
    site.indexed().await;
    assert_eq!(finds(&admin, &team, "third").await, ["東京 third"]);
}

#[tokio::test]
async fn an_index_of_another_history_is_made_anew() {
    let mut site = TestSite::start_with(|config| config.database = None).await;
    let (admin, team) = history(&site).await;
    let square = admin.channel(&team, "town-square").await;
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("saved");
    backup::save(site.data(), &saved).unwrap();
    admin.say(&square, "lost with the disk").await;
    site.indexed().await;
    // The database is put back, and the index that knows more stays where it is.
    let kept = folder.path().join("search");
    copy(&site.data().join("search"), &kept);
    site.restore(&saved).await;
    site.indexed().await;
    let mut admin = site.stranger();
    admin.sign_in("admin", "correct horse battery").await;
    admin.say(&square, "written instead").await;
    site.indexed().await;
    let expected = contents(&site);
    site.restart_with(|data| {
        std::fs::remove_dir_all(data.join("search")).unwrap();
        copy(&kept, &data.join("search"));
    })
    .await;
    site.indexed().await;
    assert_eq!(contents(&site), expected);
}

fn copy(from: &std::path::Path, into: &std::path::Path) {
    std::fs::create_dir_all(into).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        std::fs::copy(entry.path(), into.join(entry.file_name())).unwrap();
    }
}

/// What comes from elsewhere comes in any order: a reply before what it replies to, a post before
/// its author.
#[tokio::test]
async fn what_arrives_out_of_order_is_found() {
    let site = TestSite::start().await;
    history(&site).await;
    let other = TestSite::start_with(|config| {
        config.entropy = std::sync::Arc::new(SeededEntropy::new(2));
    })
    .await;
    site.indexed().await;
    let all = site.running().store.changes_after(Position::default(), 100_000).await.unwrap();
    let mut changes: Vec<_> =
        all.into_iter().filter(|change| change.name.scope.is_chained()).collect();
    Dice::new(5).shuffle(&mut changes);
    for (n, change) in changes.into_iter().enumerate() {
        other.running().store.write(&[], move |work| work.receive(&change)).await.unwrap();
        if n % 5 == 0 {
            other.indexed().await;
        }
    }
    other.indexed().await;
    let grown = contents(&other);
    for word in ["東京", "kept", "spare"] {
        assert!(grown.iter().any(|line| line.contains(word)), "{word} in {grown:?}");
    }
    other.running().search.rebuild().await.unwrap();
    assert_eq!(contents(&other), grown);
}
