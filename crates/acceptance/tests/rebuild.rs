//! Rows are what the log says: made again from it, they are the same.

use std::collections::BTreeMap;

use fieldpost_kernel::Clock;
use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_store::Store;
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

/// Tables that are the log itself, or remember requests and not state.
const NOT_STATE: [&str; 8] = [
    "site_fact",
    "scope",
    "log",
    "change",
    "waiting",
    "follower",
    "pending_post",
    "sqlite_sequence",
];

/// Columns that say when this database applied something.
const LOCAL: [&str; 2] = ["update_at", "last_update_at"];

/// Every row of every feature's tables, as text.
fn dump(rows: &mut dyn Rows) -> Outcome<BTreeMap<String, Vec<String>>> {
    let tables = rows.all("SELECT name FROM sqlite_master WHERE type = 'table'", &[], |row| {
        row.text(0).to_owned()
    })?;
    let mut all = BTreeMap::new();
    for table in tables.into_iter().filter(|table| !NOT_STATE.contains(&table.as_str())) {
        let columns = rows.all(
            "SELECT 'quote(' || name || ')', name FROM pragma_table_info(?1)",
            params![&table],
            |row| (row.text(0).to_owned(), row.text(1).to_owned()),
        )?;
        let shown: Vec<String> = columns
            .into_iter()
            .filter(|(_, name)| !LOCAL.contains(&name.as_str()))
            .map(|(quoted, _)| quoted)
            .collect();
        let sql = format!("SELECT {} FROM {table} ORDER BY 1", shown.join(" || '|' || "));
        all.insert(table, rows.all(&sql, &[], |row| row.text(0).to_owned())?);
    }
    Ok(all)
}

async fn dumped(store: &Store) -> BTreeMap<String, Vec<String>> {
    store.read(dump).await.unwrap()
}

/// People reply, follow, stop to, read and want to read again.
async fn follow_threads(site: &TestSite, people: &[&Actor; 3], team: &Value, root: &Value) {
    let [admin, bob, eve] = people;
    let threads = format!("/users/me/teams/{}/threads", team["id"].as_str().unwrap());
    let thread = format!("{threads}/{}", root["id"].as_str().unwrap());
    let reply = |message: &str| json!({ "channel_id": root["channel_id"], "message": message, "root_id": root["id"] });
    eve.delete(&format!("{thread}/following")).await.expect(200);
    let named = bob.post("/posts", reply("see this, @eve")).await.expect(201);
    eve.put(&format!("{thread}/following"), json!({})).await.expect(200);
    bob.post("/posts", reply("and this")).await.expect(201);
    let at = site.clock().now();
    admin.put(&format!("{thread}/read/{at}"), json!({})).await.expect(200);
    let named = named["id"].as_str().unwrap();
    admin.post(&format!("{thread}/set_unread/{named}"), json!({})).await.expect(200);
    eve.put(&format!("{threads}/read"), json!({})).await.expect(200);
    bob.delete(&format!("/posts/{named}")).await.expect(200);
}

#[tokio::test]
async fn rows_made_again_from_the_log_are_the_same() {
    let site = TestSite::start_with(|config| config.database = None).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let eve = site.member(&admin, &team, "eve").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await;
    let reply = json!({ "channel_id": square, "message": "reply", "root_id": root["id"] });
    bob.post("/posts", reply).await.expect(201);
    follow_threads(&site, &[&admin, &bob, &eve], &team, &root).await;
    let path = format!("/posts/{}", root["id"].as_str().unwrap());
    for text in ["edited", "again"] {
        let patch = json!({ "message": text, "is_pinned": text == "edited" });
        admin.put(&format!("{path}/patch"), patch).await.expect(200);
    }
    let react = json!({ "user_id": bob.id, "post_id": root["id"], "emoji_name": "eyes" });
    bob.post("/reactions", react).await.expect(200);
    let gone = bob.say(&square, "gone").await;
    bob.delete(&format!("/posts/{}", gone["id"].as_str().unwrap())).await.expect(200);
    eve.post(&format!("/users/me{path}/set_unread"), json!({})).await.expect(200);
    let direct = bob.post("/channels/direct", json!([bob.id, admin.id])).await.expect(201);
    bob.say(direct["id"].as_str().unwrap(), "between us").await;
    bob.post("/channels/group", json!([admin.id, eve.id])).await.expect(201);
    let view = json!({ "channel_id": direct["id"] });
    admin.post("/channels/members/me/view", view).await.expect(200);
    let other = admin.channel(&team, "off-topic").await;
    eve.delete(&format!("/channels/{other}/members/{}", eve.id)).await.expect(200);
    let wrong = json!({ "login_id": "eve", "password": "wrong password" });
    site.stranger().post("/users/login", wrong).await.expect(401);
    bob.post("/users/logout", json!({})).await.expect(200);

    let path = format!("/files?channel_id={square}&filename=x.txt");
    let file = admin.send("POST".parse().unwrap(), &path, b"x".to_vec()).await.expect(201);
    let file = &file["file_infos"][0]["id"];
    let post = json!({ "channel_id": other, "message": "moved", "file_ids": [file] });
    admin.post("/posts", post).await.expect(201);
    let upload = json!({ "channel_id": square, "filename": "x", "file_size": 10 });
    admin.post("/uploads", upload).await.expect(201);
    eve.delete("/users/me/image").await.expect(200);

    let (rebuilt, _folder) = site.rebuilt().await;
    let (live, again) = (dumped(&site.running().store).await, dumped(&rebuilt).await);
    assert!(live["post"].len() > 8, "the history is too short to prove anything");
    assert_eq!(live["thread_member"].len(), 3);
    for (table, rows) in &live {
        assert_eq!(rows, &again[table], "{table}");
    }
}
