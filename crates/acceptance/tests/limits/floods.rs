use fieldpost_chat::room;
use fieldpost_kernel::{Rows, Work, params};
use fieldpost_model::Id;
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{id, places};

const TOO_MANY: &str = "api.fieldpost.too_many_kept";

/// Asks for many things at once; gives how many were refused.
async fn ask_many(actor: &Actor, path: &str, bodies: Vec<Value>, done: u16) -> usize {
    let mut refused = 0;
    for bodies in bodies.chunks(100) {
        let mut asked = JoinSet::new();
        for body in bodies {
            let (actor, path, body) = (actor.clone(), path.to_owned(), body.clone());
            asked.spawn(async move { actor.post(&path, body).await });
        }
        for reply in asked.join_all().await {
            if reply.status == done {
                continue;
            }
            assert_eq!(reply.refused(400), TOO_MANY);
            refused += 1;
        }
    }
    refused
}

/// Changes rows in a way that no client can, to come near an end.
async fn write(site: &TestSite, job: impl Fn(&mut Work<'_>) + Send + Clone + 'static) {
    let done = site.running().store.write(&[], move |work| {
        job(work);
        Ok(())
    });
    done.await.unwrap();
}

#[tokio::test]
async fn a_message_of_names_signs_and_links_is_kept_as_any_other() {
    let (site, team, [admin, bob], square) = places().await;
    let alice = site.member(&admin, &team, "alice").await;
    let names = |from: usize| {
        let names: String = (from..).map(|n| format!("@u{n} ")).take(2_700).collect();
        names.chars().take(16_300).collect::<String>()
    };
    let mut floods = vec![
        names(1) + "@alice",
        "@all @channel @here ".repeat(800),
        "@alice.".repeat(2_300),
        format!("@alice{}", ".-_:".repeat(4_000)),
        ":smile: ".repeat(2_000),
        "#tag ".repeat(3_200),
        "http://a.example/ ".repeat(900),
        "~town-square ".repeat(1_200),
        "*".repeat(16_383),
        "(((".repeat(5_400),
        "[a](".repeat(4_000),
        "```\n".repeat(4_000),
        "> ".repeat(8_000),
        "<".repeat(16_000),
        "\u{202e}\u{1}".repeat(8_000),
    ];
    floods.push("é".repeat(16_383));
    for message in &floods {
        let post = bob.say(&square, message).await;
        assert!(post["hashtags"].as_str().unwrap().len() <= 1000);
        assert_eq!(post["message"], message.as_str());
    }
    let member = alice.get(&format!("/channels/{square}/members/me")).await.expect(200);
    assert_eq!(member["mention_count"], 1, "a name behind a thousand others is not looked up");
    let long = json!({ "channel_id": square, "message": "é".repeat(16_384) });
    let refused = bob.post("/posts", long).await.refused(400);
    assert_eq!(refused, "model.post.is_valid.message_length.app_error");
    assert_eq!(super::posts(&bob, &square).await, 2 + floods.len() + 1);
}

#[tokio::test]
async fn a_post_has_so_many_different_reactions() {
    let (_site, _, [_, bob], square) = places().await;
    let post = bob.say(&square, "react").await;
    let emoji = ["+1", "-1", "100", "1234", "smile", "heart", "fire", "tada", "eyes", "rocket"];
    let tones = [
        "",
        "_light_skin_tone",
        "_medium_light_skin_tone",
        "_medium_skin_tone",
        "_medium_dark_skin_tone",
        "_dark_skin_tone",
    ];
    let hands = ["wave", "raised_hand", "ok_hand", "v", "clap", "muscle", "pray", "fist"];
    let names = emoji.iter().map(|name| (*name).to_owned());
    let names =
        names.chain(hands.iter().flat_map(|h| tones.iter().map(move |t| format!("{h}{t}"))));
    let names: Vec<String> = names.collect();
    let (mut kept, mut refused) = (0, Vec::new());
    for name in &names {
        let reaction = json!({ "user_id": bob.id, "post_id": post["id"], "emoji_name": name });
        let reply = bob.post("/reactions", reaction).await;
        if reply.status == 201 || reply.status == 200 {
            kept += 1;
        } else if reply.status == 400 {
            refused.push(reply.refused(400));
        } else {
            reply.expect(404);
        }
    }
    assert_eq!(kept, 50, "{refused:?}");
    assert!(!refused.is_empty());
    assert!(
        refused.iter().all(|id| id == "app.reaction.save.save.too_many_reactions"),
        "{refused:?}"
    );
    let kept = bob.get(&format!("/posts/{}/reactions", id(&post))).await.expect(200);
    assert_eq!(kept.as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn settings_have_an_end() {
    let (_site, _, [_, bob], _) = places().await;
    let setting = |name: usize, value: &str| json!({ "user_id": bob.id, "category": "flood", "name": name.to_string(), "value": value });
    let path = "/users/me/preferences";
    let many: Vec<Value> = (0..101).map(|n| setting(n, "x")).collect();
    bob.put(path, json!(many)).await.expect(400);
    bob.put(path, json!([setting(0, &"x".repeat(20_001))])).await.expect(400);
    let long = "x".repeat(20_000);
    let mut written = 0;
    let refused = loop {
        let some: Vec<Value> = (written..written + 14).map(|n| setting(n, &long)).collect();
        let reply = bob.put(path, json!(some)).await;
        if reply.status != 200 {
            break reply.refused(400);
        }
        written += 14;
        assert!(written < 1000, "settings have no end");
    };
    assert_eq!(refused, TOO_MANY);
    let kept = bob.get(&format!("{path}/flood")).await.expect(200);
    assert_eq!(kept.as_array().unwrap().len(), written, "nothing of what was refused is kept");
    bob.post(&format!("{path}/delete"), json!([setting(0, ""), setting(1, "")])).await.expect(200);
    bob.put(path, json!([setting(0, "short")])).await.expect(200);
}

#[tokio::test]
async fn drafts_have_an_end() {
    let (_site, team, [_, bob], square) = places().await;
    let draft = |n: i64| {
        let root = Id::from_bytes((i128::from(n) + 1_000_000).to_be_bytes());
        json!({ "channel_id": square, "root_id": root, "message": "x" })
    };
    let bodies: Vec<Value> = (0..room::DRAFTS + 20).map(draft).collect();
    let refused = ask_many(&bob, "/drafts", bodies, 201).await;
    let path = format!("/users/me/teams/{}/drafts", id(&team));
    let kept = bob.get(&path).await.expect(200).as_array().unwrap().len();
    // Those asked for at once are counted one after the other.
    assert_eq!((kept, refused), (usize::try_from(room::DRAFTS).unwrap(), 20));
}

#[tokio::test]
async fn scheduled_posts_and_reminders_have_an_end() {
    let (site, team, [_, bob], square) = places().await;
    let post = bob.say(&square, "remember").await;
    let person = bob.id;
    let other = post["id"].as_str().unwrap().parse::<Id>().unwrap();
    write(&site, move |work| {
        for n in 0..room::REMINDERS - 1 {
            let post = Id::from_bytes((i128::from(n) + 1_000_000).to_be_bytes());
            work.execute(
                "INSERT INTO reminder (account_key, post, due_at, stamp, site) \
                 SELECT key, CAST(?2 AS BLOB), 99999999999999, 0, CAST(?3 AS BLOB) FROM account \
                 WHERE id = ?1",
                params![&person, &post, &[0_u8; 16]],
            )
            .unwrap();
            work.execute(
                "INSERT INTO scheduled_post (id, account_key, channel, root, message, kind, props, \
                 file_ids, priority, create_at, update_at, scheduled_at, stamp, site) \
                 SELECT CAST(?2 AS BLOB), key, CAST(?3 AS BLOB), CAST(?3 AS BLOB), 'x', '', '', '', \
                 '', 1, 1, 99999999999999, 0, CAST(?3 AS BLOB) FROM account WHERE id = ?1",
                params![&person, &post, &[0_u8; 16]],
            )
            .unwrap();
        }
    })
    .await;
    let at = 4_000_000_000_i64;
    let remind = |post: Id| format!("/users/{person}/posts/{post}/reminder");
    let second = bob.say(&square, "and this").await["id"].as_str().unwrap().parse::<Id>().unwrap();
    bob.post(&remind(other), json!({ "target_time": at })).await.expect(200);
    assert_eq!(
        bob.post(&remind(second), json!({ "target_time": at })).await.refused(400),
        TOO_MANY
    );
    bob.post(&remind(other), json!({ "target_time": at + 1 })).await.expect(200);
    let later = json!({ "channel_id": square, "message": "later", "scheduled_at": at * 1000 });
    bob.post("/posts/schedule", later.clone()).await.expect(201);
    assert_eq!(bob.post("/posts/schedule", later).await.refused(400), TOO_MANY);
    let listed = format!("/posts/scheduled/team/{}", id(&team));
    let listed = bob.get(&listed).await.expect(200);
    assert_eq!(listed[id(&team)].as_array().unwrap().len(), 1, "what is nowhere is not shown");
}

#[tokio::test]
async fn webhooks_and_commands_of_a_team_have_an_end() {
    let (_site, team, [admin, _], square) = places().await;
    let most = usize::try_from(room::INTEGRATIONS).unwrap();
    let hooks = vec![json!({ "channel_id": square, "display_name": "x" }); most + 3];
    assert_eq!(ask_many(&admin, "/hooks/incoming", hooks, 201).await, 3);
    let hook = |n: usize| {
        json!({ "team_id": team["id"], "display_name": "x", "trigger_words": [format!("w{n}")],
            "callback_urls": ["http://a.example/"] })
    };
    let hooks: Vec<Value> = (0..most + 3).map(hook).collect();
    assert_eq!(ask_many(&admin, "/hooks/outgoing", hooks, 201).await, 3);
    let command = |n: usize| {
        json!({ "team_id": team["id"], "trigger": format!("c{n}"), "method": "P",
            "url": "http://a.example/" })
    };
    let commands: Vec<Value> = (0..most + 3).map(command).collect();
    assert_eq!(ask_many(&admin, "/commands", commands, 201).await, 3);
}

#[tokio::test]
async fn groups_emoji_and_teams_have_an_end() {
    let (site, _, [_, bob], _) = places().await;
    let person = bob.id;
    write(&site, move |work| {
        for n in 0..room::GROUPS {
            let id = Id::from_bytes((i128::from(n) + 1_000_000).to_be_bytes());
            let name = format!("g{n}");
            work.execute(
                "INSERT INTO user_group (id, name, display_name, description, create_at, update_at) \
                 VALUES (?1, ?2, 'x', '', 1, 1)",
                params![&id, &name],
            )
            .unwrap();
            if n < room::TEAMS {
                work.execute(
                    "INSERT INTO team_member (team_key, account_key, scheme_guest, scheme_user, \
                     scheme_admin, explicit_roles, create_at, delete_at, stamp, site, role_stamp, \
                     role_site) SELECT CAST(?2 AS BIGINT), key, 0, 1, 0, '', 1, 0, 0, CAST(?3 AS BLOB), 0, \
                     CAST(?3 AS BLOB) FROM account WHERE id = ?1",
                    params![&person, n + 1_000_000, &[0_u8; 16]],
                )
                .unwrap();
            }
        }
    })
    .await;
    let group = json!({
        "name": "crew", "display_name": "x", "source": "custom", "allow_reference": true,
        "user_ids": [bob.id],
    });
    assert_eq!(bob.post("/groups", group).await.refused(400), TOO_MANY);
    let team = json!({ "name": "beta", "display_name": "Beta", "type": "O" });
    assert_eq!(bob.post("/teams", team).await.refused(400), TOO_MANY);
}
