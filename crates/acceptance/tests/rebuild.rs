//! Rows are what the log says: made again from it, they are the same.

use std::collections::BTreeMap;

use fieldpost_kernel::{Clock, Outcome, Rows, RowsExt, params};
use fieldpost_store::Store;
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

/// Tables that are the log itself, or remember requests and not state.
const NOT_STATE: [&str; 15] = [
    "link_preview",
    "hook_fired",
    "site_fact",
    "scope",
    "log",
    "change",
    "waiting",
    "follower",
    "pending_post",
    "outgoing_mail",
    "mail_count",
    "mail_notice",
    "command_reply",
    "ephemeral_action",
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

/// Does what people do that is for later, or for those who are asked to take note.
async fn keep_for_later(bob: &Actor, site: &TestSite, channel: &str) {
    let again = site.clock().now();
    let mut bob = bob.clone();
    bob.sign_in("bob", "correct horse battery").await;
    let urgent = json!({
        "channel_id": channel, "message": "@admin note",
        "metadata": { "priority": {
            "priority": "urgent", "requested_ack": true, "persistent_notifications": true,
        } },
    });
    let post = bob.post("/posts", urgent).await.expect(201);
    let path = format!("/users/me/posts/{}", post["id"].as_str().unwrap());
    bob.post(&format!("{path}/ack"), json!({})).await.expect(200);
    bob.delete(&format!("{path}/ack")).await.expect(200);
    bob.post(&format!("{path}/ack"), json!({})).await.expect(200);
    let draft = json!({ "channel_id": channel, "message": "unfinished" });
    bob.post("/drafts", draft).await.expect(201);
    let to_thread = json!({
        "channel_id": channel, "message": "gone", "root_id": post["id"],
    });
    bob.post("/drafts", to_thread.clone()).await.expect(201);
    bob.post("/drafts", json!({ "channel_id": channel, "root_id": post["id"] })).await.expect(201);
    for (hours, message) in [(1, "soon"), (2, "never"), (9, "kept")] {
        let mut later = to_thread.clone();
        later["message"] = json!(message);
        later["scheduled_at"] = json!(again + hours * 60 * 60 * 1000);
        let kept = bob.post("/posts/schedule", later).await.expect(201);
        if message == "never" {
            let path = format!("/posts/schedule/{}", kept["id"].as_str().unwrap());
            bob.delete(&path).await.expect(201);
        }
    }
    let remind = json!({ "target_time": again / 1000 + 60 * 60 });
    bob.post(&format!("{path}/reminder"), remind).await.expect(200);
    site.clock().advance(60 * 60 * 1000 + 1000);
    site.running().due.run().await.unwrap();
    // What could not be sent has its reason.
    bob.delete(&format!("/posts/{}", post["id"].as_str().unwrap())).await.expect(200);
    site.clock().advance(9 * 60 * 60 * 1000);
    site.running().due.run().await.unwrap();
}

/// A team is given commands, and they are changed and taken away.
async fn give_commands(admin: &Actor, team: &Value) {
    let other = json!({ "name": "beta", "display_name": "beta", "type": "O" });
    let other = admin.post("/teams", other).await.expect(201);
    for trigger in ["kept", "moved", "gone"] {
        let new = json!({
            "team_id": team["id"], "trigger": trigger, "method": "P", "url": "http://x.org",
        });
        let mut made = admin.post("/commands", new).await.expect(201);
        let path = format!("/commands/{}", made["id"].as_str().unwrap());
        made["description"] = json!("again");
        admin.put(&path, made).await.expect(200);
        admin.put(&format!("{path}/regen_token"), json!({})).await.expect(200);
        if trigger == "moved" {
            let to = json!({ "team_id": other["id"] });
            admin.put(&format!("{path}/move"), to).await.expect(200);
        } else if trigger == "gone" {
            admin.delete(&path).await.expect(200);
        }
    }
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

/// Makes webhooks of both kinds, changes one of each, and takes one away.
async fn make_webhooks(admin: &Actor, team: &Value, channel: &str) {
    for name in ["kept", "gone"] {
        let incoming = json!({ "channel_id": channel, "display_name": name });
        let outgoing = json!({
            "team_id": team["id"], "channel_id": channel, "display_name": name,
            "trigger_words": [name], "callback_urls": ["https://example.org/"],
        });
        for (kind, new) in [("incoming", incoming), ("outgoing", outgoing)] {
            let mut hook = admin.post(&format!("/hooks/{kind}"), new).await.expect(201);
            let path = format!("/hooks/{kind}/{}", hook["id"].as_str().unwrap());
            hook["description"] = json!("changed");
            admin.put(&path, hook).await.expect(200);
            if name == "gone" {
                admin.delete(&path).await.expect(200);
            }
        }
    }
}

/// Moves a channel to another team, with a webhook, a banner and out of somebody's favourites.
async fn move_channel(admin: &Actor, team: &Value) {
    let new = json!({ "name": "gamma", "display_name": "Gamma", "type": "O" });
    let to = admin.post("/teams", new).await.expect(201);
    let new = json!({ "team_id": team["id"], "name": "rolling", "display_name": "R", "type": "O" });
    let channel = admin.post("/channels", new).await.expect(201);
    let channel = channel["id"].as_str().unwrap();
    admin.post("/hooks/incoming", json!({ "channel_id": channel })).await.expect(201);
    let favorite = json!([{
        "user_id": admin.id, "category": "favorite_channel", "name": channel, "value": "true",
    }]);
    admin.put("/users/me/preferences", favorite).await.expect(200);
    let banner = json!({ "enabled": true, "text": "Drill", "background_color": "#c8102e" });
    let path = format!("/channels/{channel}/patch");
    admin.put(&path, json!({ "banner_info": banner })).await.expect(200);
    let to = json!({ "team_id": to["id"] });
    admin.post(&format!("/channels/{channel}/move"), to).await.expect(200);
}

/// Terms of service, which some accept and somebody no longer does.
async fn accept_terms(admin: &Actor, eve: &Actor) {
    for (text, accepted) in [("first", true), ("second", true), ("second", false)] {
        let terms = admin.post("/terms_of_service", json!({ "text": text })).await.expect(200);
        let answer = json!({ "termsOfServiceId": terms["id"], "accepted": accepted });
        eve.post("/users/me/terms_of_service", answer.clone()).await.expect(200);
        if accepted {
            admin.post("/users/me/terms_of_service", answer).await.expect(200);
        }
    }
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
    for name in ["first", "second"] {
        let group = bob.post("/channels/group", json!([admin.id, eve.id])).await.expect(201);
        let path = format!("/channels/{}/convert_to_channel", group["id"].as_str().unwrap());
        let made = json!({ "team_id": team["id"], "name": name, "display_name": name });
        bob.post(&path, made).await.expect(200);
    }
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
    crate::api::set_up_mfa(&site, &eve).await;
    let path = format!("/channels/{square}/bookmarks");
    for (who, name) in [(&admin, "one"), (&eve, "two"), (&eve, "three")] {
        let link = json!({ "type": "link", "display_name": name, "link_url": "https://x.org" });
        let made = who.post(&path, link).await.expect(201);
        let one = format!("{path}/{}", made["id"].as_str().unwrap());
        eve.post(&format!("{one}/sort_order"), json!(0)).await.expect(200);
        let patch = json!({ "emoji": ":anchor:" }).to_string().into_bytes();
        eve.send("PATCH".parse().unwrap(), &one, patch).await.expect(200);
    }
    let emoji = crate::api::make_emoji(&eve, "party_ship").await;
    crate::api::make_emoji(&eve, "gone_ship").await;
    let path = format!("/emoji/{}", emoji["id"].as_str().unwrap());
    eve.delete(&path).await.expect(200);

    let deck = crate::api::make_group(&eve, "deck", &[&bob, &eve]).await;
    let path = format!("/groups/{}", deck["id"].as_str().unwrap());
    eve.put(&format!("{path}/patch"), json!({ "name": "crew" })).await.expect(200);
    let out = json!({ "user_ids": [bob.id] }).to_string().into_bytes();
    eve.send("DELETE".parse().unwrap(), &format!("{path}/members"), out).await.expect(200);
    eve.delete(&path).await.expect(200);
    eve.post(&format!("{path}/restore"), json!({})).await.expect(200);

    let closed = json!([{ "name": "create_post", "roles": { "members": false } }]);
    admin.put(&format!("/channels/{other}/moderations/patch"), closed).await.expect(200);
    crate::api::use_attributes(&admin, &eve).await;
    accept_terms(&admin, &eve).await;
    crate::api::use_oauth(&site, &admin, &eve).await;
    give_commands(&admin, &team).await;
    keep_for_later(&bob, &site, &square).await;
    make_webhooks(&admin, &team, &square).await;
    move_channel(&admin, &team).await;

    let (rebuilt, _folder) = site.rebuilt().await;
    let (live, again) = (dumped(&site.running().store).await, dumped(&rebuilt).await);
    assert!(live["post"].len() > 8, "the history is too short to prove anything");
    assert_eq!(live["thread_member"].len(), 5);
    for (table, rows) in &live {
        assert_eq!(rows, &again[table], "{table}");
    }
}
