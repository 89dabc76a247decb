use fieldpost_chat::facts;
use fieldpost_chat::unsent::scheduled::{self, send};
use fieldpost_kernel::{Clock, Work};
use fieldpost_model::{Id, ScheduledPost};
use fieldpost_testkit::{Actor, SeededEntropy, TestSite, fresh_database};
use serde_json::{Value, json};

use super::upload;
use super::watch::{carried, device};

const HOUR: i64 = 60 * 60 * 1000;

/// A message for a channel, an hour from now.
fn later(site: &TestSite, channel: &str, message: &str) -> Value {
    json!({
        "channel_id": channel, "message": message, "props": {}, "file_ids": [],
        "scheduled_at": site.clock().now() + HOUR,
    })
}

async fn schedule(actor: &Actor, post: Value) -> Value {
    actor.post("/posts/schedule", post).await.expect(201)
}

fn id(post: &Value) -> &str {
    post["id"].as_str().unwrap()
}

/// What a person keeps for later in a team, and in conversations.
async fn kept(actor: &Actor, team: &Value) -> (Vec<Value>, Vec<Value>) {
    let path = format!("/posts/scheduled/team/{}?includeDirectChannels=true", id(team));
    let lists = actor.get(&path).await.expect(200);
    let list = |name: &str| lists[name].as_array().unwrap().clone();
    (list(id(team)), list("directChannels"))
}

/// The messages of a channel that people wrote, the newest first.
async fn said(actor: &Actor, channel: &str) -> Vec<Value> {
    let list = actor.get(&format!("/channels/{channel}/posts")).await.expect(200);
    let posts = list["order"].as_array().unwrap().iter();
    let posts = posts.map(|id| list["posts"][id.as_str().unwrap()].clone());
    posts.filter(|post| post["type"] == "").collect()
}

#[tokio::test]
async fn a_message_for_later_does_not_say_that_a_program_wrote_it() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let mut new = later(&site, &square, "x");
    new["props"] = json!({ "from_webhook": "true", "override_username": "boss", "mine": 1 });
    let made = schedule(&admin, new.clone()).await;
    assert_eq!(made["props"], json!({ "mine": 1 }));
    new["id"] = made["id"].clone();
    let changed = admin.put(&format!("/posts/schedule/{}", id(&made)), new).await.expect(201);
    assert_eq!(changed["props"], json!({ "mine": 1 }));
}

#[tokio::test]
async fn what_was_kept_with_marks_of_a_program_is_sent_without_unless_by_a_bot() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let bot = admin.post("/bots", json!({ "username": "helper" })).await.expect(201);
    let bot: Id = bot["user_id"].as_str().unwrap().parse().unwrap();
    let members = format!("/teams/{}/members", id(&team));
    let member = json!({ "team_id": team["id"], "user_id": bot });
    admin.post(&members, member).await.expect(201);
    let mut new = later(&site, &square, "x");
    new["props"] = json!({ "override_username": "boss", "mine": 1 });
    for person in [admin.id, bot] {
        let new: ScheduledPost = serde_json::from_value(new.clone()).unwrap();
        let keep = move |work: &mut Work<'_>| {
            let caller = facts::acting(work, person)?.unwrap();
            scheduled::create(work, &caller, &new, Id::NONE)
        };
        site.running().store.write(&[], keep).await.unwrap();
    }
    site.clock().advance(HOUR);
    site.running().due.run().await.unwrap();
    let said = said(&admin, &square).await;
    let of = |person: Id| &said.iter().find(|p| p["user_id"] == json!(person)).unwrap()["props"];
    assert_eq!((said.len(), of(admin.id)), (2, &json!({ "mine": 1 })));
    assert_eq!(of(bot)["override_username"], "boss");
}

#[tokio::test]
async fn a_message_is_kept_for_later_changed_and_thrown_away() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let direct = admin.post("/channels/direct", json!([admin.id, bob.id])).await.expect(201);
    let (mut own, here) = device(&admin).await;
    let (mut other, _) = device(&admin).await;
    let made = schedule(&here, later(&site, &square, "first")).await;
    assert_eq!((&made["processed_at"], &made["error_code"]), (&json!(0), &json!("")));
    assert_eq!((&made["user_id"], &made["channel_id"]), (&json!(admin.id), &json!(square)));
    let told = other.event("scheduled_post_created").await;
    assert_eq!(told["broadcast"]["user_id"], admin.id.to_string());
    assert_eq!(carried(&told, "scheduledPost")["id"], made["id"]);
    let to_bob = schedule(&here, later(&site, id(&direct), "psst")).await;

    let mut changed = made.clone();
    changed["message"] = json!("second");
    changed["channel_id"] = direct["id"].clone();
    let path = format!("/posts/schedule/{}", id(&made));
    let changed = here.put(&path, changed).await.expect(201);
    assert_eq!((&changed["message"], &changed["id"]), (&json!("second"), &made["id"]));
    // Where it goes stays as it is.
    assert_eq!(changed["channel_id"], square.as_str());
    let told = other.event("scheduled_post_updated").await;
    assert_eq!(carried(&told, "scheduledPost")["message"], "second");
    let (of_team, of_conversations) = kept(&admin, &team).await;
    assert_eq!((of_team.len(), &of_team[0]["message"]), (1, &json!("second")));
    assert_eq!((of_conversations.len(), &of_conversations[0]["id"]), (1, &to_bob["id"]));
    let path_of_team = format!("/posts/scheduled/team/{}", id(&team));
    let team_only = admin.get(&path_of_team).await.expect(200);
    assert_eq!(team_only.get("directChannels"), None);

    assert_eq!(here.delete(&path).await.expect(201)["message"], "second");
    let told = other.event("scheduled_post_deleted").await;
    assert_eq!(carried(&told, "scheduledPost")["id"], made["id"]);
    assert_eq!(kept(&admin, &team).await.0, [json!(null); 0]);
    let refusal = admin.delete(&path).await.refused(404);
    assert_eq!(refusal, "app.delete_scheduled_post.existing_scheduled_post.not_exist");
    admin.say(&square, "the end").await;
    let told = own.events_until("posted").await;
    assert!(told.iter().all(|name| !name.starts_with("scheduled")), "{told:?}");
}

#[tokio::test]
async fn what_cannot_be_sent_later_is_refused_at_once() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let mallory = site.person("mallory").await;
    let square = admin.channel(&team, "town-square").await;
    let refused = async |actor: &Actor, change: Value, status: u16| {
        let mut post = later(&site, &square, "later");
        for (key, value) in change.as_object().unwrap() {
            post[key] = value.clone();
        }
        actor.post("/posts/schedule", post).await.refused(status)
    };
    let bad = |part: &str| format!("model.{part}.app_error");
    let now = site.clock().now();
    let nothing = json!({ "message": "" });
    assert_eq!(refused(&bob, nothing, 400).await, bad("scheduled_post.is_valid.empty_post"));
    let past = json!({ "scheduled_at": now - 6_000 });
    assert_eq!(refused(&bob, past, 400).await, bad("scheduled_post.is_valid.scheduled_at"));
    let long = json!({ "message": "x".repeat(16_384) });
    assert_eq!(refused(&bob, long, 400).await, bad("draft.is_valid.message_length"));
    let system = json!({ "type": "system_join_channel" });
    assert_eq!(refused(&bob, system, 400).await, "api.context.invalid_body_param.app_error");
    assert_eq!(refused(&mallory, json!({}), 403).await, "api.context.permissions.app_error");
    let expired = refused(&site.stranger(), json!({}), 401).await;
    assert_eq!(expired, "api.context.session_expired.app_error");
    let kept = schedule(&bob, later(&site, &square, "mine")).await;
    let path = format!("/posts/schedule/{}", id(&kept));
    let refusal = admin.put(&path, kept.clone()).await.refused(403);
    assert_eq!(refusal, "app.update_scheduled_post.update_permission.error");
    let refusal = admin.delete(&path).await.refused(403);
    assert_eq!(refusal, "app.delete_scheduled_post.delete_permission.error");
    let none = json!({ "id": "", "message": "x", "scheduled_at": now + HOUR });
    let refusal = bob.put(&format!("/posts/schedule/{square}"), none).await.refused(404);
    assert_eq!(refusal, "app.update_scheduled_post.existing_scheduled_post.not_exist");
    mallory.get(&format!("/posts/scheduled/team/{}", id(&team))).await.expect(403);
}

#[tokio::test]
async fn what_is_due_is_sent_once_as_its_author_would_send_it() {
    let mut site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let file = upload(&bob, &square, "a.txt", b"a").await;
    let mut post = later(&site, &square, "@admin good morning");
    post["file_ids"] = json!([file["id"]]);
    post["priority"] = json!({ "priority": "important" });
    let made = schedule(&bob, post).await;
    let mut much_later = later(&site, &square, "good night");
    much_later["scheduled_at"] = json!(site.clock().now() + 2 * HOUR);
    schedule(&bob, much_later).await;
    site.running().due.run().await.unwrap();
    assert_eq!(said(&admin, &square).await, [json!(null); 0]);

    site.restart().await;
    let (admin, bob) = (admin.at(site.url()), bob.at(site.url()));
    site.settle().await;
    let (mut socket, _) = device(&bob).await;
    site.clock().advance(HOUR);
    let (due, again) = (site.running().due.clone(), site.running().due.clone());
    let (one, other) = tokio::join!(due.run(), again.run());
    one.unwrap();
    other.unwrap();
    let posted = socket.event("posted").await;
    assert_eq!(posted["data"]["set_online"], false);
    let told = carried(&socket.event("scheduled_post_deleted").await, "scheduledPost");
    assert_eq!(told["id"], made["id"]);
    let said = said(&admin, &square).await;
    assert_eq!(said.len(), 1);
    assert_eq!((&said[0]["message"], &said[0]["user_id"]), (&made["message"], &json!(bob.id)));
    assert_eq!(said[0]["metadata"]["files"][0]["name"], "a.txt");
    assert_eq!(said[0]["metadata"]["priority"]["priority"], "important");
    assert!(said[0]["create_at"].as_i64() >= made["scheduled_at"].as_i64());
    let member = admin.get(&format!("/channels/{square}/members/me")).await.expect(200);
    assert_eq!(member["mention_count"], 1);
    let (kept, _) = kept(&bob, &team).await;
    assert_eq!((kept.len(), &kept[0]["message"]), (1, &json!("good night")));
}

#[tokio::test]
async fn servers_that_share_a_database_send_what_is_due_once() {
    let url = tokio::task::spawn_blocking(fresh_database).await.unwrap();
    let one = TestSite::start_with(|config| config.database.clone_from(&url)).await;
    let (admin, team) = one.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    for n in 0..8 {
        schedule(&admin, later(&one, &square, &format!("message {n}"))).await;
    }
    let path = format!("/posts/{}", id(&admin.say(&square, "look here").await));
    let remind = json!({ "target_time": (one.clock().now() + HOUR) / 1000 });
    admin.post(&format!("/users/me{path}/reminder"), remind).await.expect(200);
    one.clock().advance(HOUR);
    // The embedded engine belongs to one server; there, two of its own tasks do the same.
    let two = match &url {
        Some(_) => Some(
            TestSite::start_with(|config| {
                config.database.clone_from(&url);
                config.entropy = std::sync::Arc::new(SeededEntropy::new(2));
            })
            .await,
        ),
        None => None,
    };
    let other = two.as_ref().unwrap_or(&one);
    other.clock().advance(2 * HOUR);
    let now = one.clock().now();
    let due = one.running().store.read(move |rows| send::due(rows, now)).await.unwrap();
    let mut tries = Vec::new();
    for due in &due {
        for site in [&one, other] {
            let (store, scopes, id) = (site.running().store.clone(), due.scopes(), due.id);
            tries.push(tokio::spawn(async move {
                store.write(&scopes, move |work| send::send(work, id)).await
            }));
        }
    }
    for tried in tries {
        tried.await.unwrap().unwrap();
    }
    let (one_due, other_due) = (one.running().due.clone(), other.running().due.clone());
    let (first, second) = tokio::join!(one_due.run(), other_due.run());
    first.unwrap();
    second.unwrap();
    let mut messages: Vec<String> = said(&admin, &square)
        .await
        .iter()
        .map(|post| post["message"].as_str().unwrap().to_owned())
        .filter(|message| message.starts_with("message"))
        .collect();
    messages.sort();
    assert_eq!(messages, (0..8).map(|n| format!("message {n}")).collect::<Vec<_>>());
    let bot = admin.get("/users/username/system-bot").await.expect(200);
    let direct = admin.post("/channels/direct", json!([admin.id, bot["id"]])).await.expect(201);
    let list = admin.get(&format!("/channels/{}/posts", id(&direct))).await.expect(200);
    assert_eq!(list["order"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_sent_is_kept_with_the_reason_and_its_author_is_told() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "root").await;
    let channel = json!({ "team_id": team["id"], "name": "ops", "display_name": "O", "type": "P" });
    let archived = admin.post("/channels", channel).await.expect(201);
    let (archived, path) = (id(&archived), format!("/channels/{}", id(&archived)));
    admin.post(&format!("{path}/members"), json!({ "user_id": bob.id })).await.expect(201);
    let closed = json!({ "team_id": team["id"], "name": "c", "display_name": "C", "type": "P" });
    let closed = admin.post("/channels", closed).await.expect(201);
    let path_of_closed = format!("/channels/{}", id(&closed));
    let bobs = json!({ "user_id": bob.id });
    admin.post(&format!("{path_of_closed}/members"), bobs).await.expect(201);
    let mut reply = later(&site, &square, "reply");
    reply["root_id"] = root["id"].clone();
    schedule(&bob, reply).await;
    schedule(&bob, later(&site, archived, "archived")).await;
    schedule(&bob, later(&site, id(&closed), "closed")).await;
    admin.delete(&path).await.expect(200);
    admin.delete(&format!("{path_of_closed}/members/{}", bob.id)).await.expect(200);
    admin.delete(&format!("/posts/{}", id(&root))).await.expect(200);
    site.settle().await;
    let (mut socket, _) = device(&bob).await;
    site.clock().advance(HOUR);
    site.running().due.run().await.unwrap();
    let told = carried(&socket.event("scheduled_post_updated").await, "scheduledPost");
    assert_eq!(told["error_code"], "thread_deleted");
    let (kept, _) = kept(&bob, &team).await;
    let reasons: Vec<_> = kept.iter().map(|post| post["error_code"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["thread_deleted", "channel_archived", "no_channel_permission"]);
    let posted = carried(&socket.event("posted").await, "post");
    assert!(posted["message"].as_str().unwrap().starts_with("3 messages"), "{posted}");
    let bot = bob.get("/users/username/system-bot").await.expect(200);
    assert_eq!((&posted["user_id"], &bot["is_bot"]), (&bot["id"], &json!(true)));
    // It is not tried again until its author says so.
    site.running().due.run().await.unwrap();
    let mut again = kept[0].clone();
    again["root_id"] = json!("");
    again["scheduled_at"] = json!(site.clock().now() + HOUR);
    let path = format!("/posts/schedule/{}", id(&again));
    assert_eq!(bob.put(&path, again).await.expect(201)["error_code"], "");
}

#[tokio::test]
async fn what_is_a_day_late_is_sent_no_more() {
    let mut site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    schedule(&admin, later(&site, &square, "yesterday's news")).await;
    site.clock().advance(26 * HOUR);
    site.restart().await;
    let admin = admin.at(site.url());
    site.running().due.run().await.unwrap();
    assert_eq!(said(&admin, &square).await, [json!(null); 0]);
    assert_eq!(kept(&admin, &team).await.0[0]["error_code"], "unable_to_send");
}

#[tokio::test]
async fn nothing_is_sent_in_the_name_of_whoever_was_deactivated() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    schedule(&bob, later(&site, &square, "gone")).await;
    admin.delete(&format!("/users/{}", bob.id)).await.expect(200);
    site.clock().advance(HOUR);
    site.running().due.run().await.unwrap();
    assert_eq!(said(&admin, &square).await, [json!(null); 0]);
}
