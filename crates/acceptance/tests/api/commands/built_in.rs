use serde_json::{Value, json};

use super::{channel, newest, newest_of, people, run, text, told};
use crate::api::watch::{carried, device, watch};

#[tokio::test]
async fn what_is_said_by_a_command_is_a_post() {
    let (_site, team, [admin, alice, _]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    for (command, kind, message) in [
        ("/me waves  ", "me", "*waves*"),
        ("/shrug", "", r"¯\\\_(ツ)\_/¯"),
        ("/shrug who knows", "", r"who knows ¯\\\_(ツ)\_/¯"),
        ("/code fn main() {\n}", "", "    fn main() {\n    }"),
        ("/echo hello", "", "hello"),
        ("/ECHO \"say \"ahoy\" twice\"", "", "say \"ahoy\" twice"),
    ] {
        let answer = run(&alice, &square, command).await;
        assert_eq!(answer["response_type"], "in_channel", "{command}");
        let post = newest(&admin, &square).await;
        assert_eq!((text(&post, "type"), text(&post, "message")), (kind, message), "{command}");
        assert_eq!(post["user_id"], alice.id.to_string());
    }
    let root = admin.say(&square, "root").await;
    let reply = json!({ "channel_id": square, "command": "/me nods", "root_id": root["id"] });
    alice.post("/commands/execute", reply).await.expect(200);
    assert_eq!(newest(&admin, &square).await["root_id"], root["id"]);
}

#[tokio::test]
async fn what_is_said_later_is_said_then() {
    let (site, team, [admin, alice, _]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    let before = newest_of(&admin, &square).await.len();
    told(&alice, &square, "/echo \"in a while\" 60").await;
    assert_eq!(newest_of(&admin, &square).await.len(), before);
    site.clock().advance(61_000);
    site.running().due.run().await.unwrap();
    assert_eq!(newest(&admin, &square).await["message"], "in a while");
    let too_late = told(&alice, &square, "/echo later 10001").await;
    assert!(too_late.contains("10000"), "{too_late}");
}

#[tokio::test]
async fn the_author_alone_is_told_what_came_of_a_command() {
    let (site, team, [admin, alice, bob]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    site.settle().await;
    let (mut alices, _) = device(&alice).await;
    let (mut bobs, _) = device(&bob).await;
    let says = told(&alice, &square, "/away").await;
    let post = carried(&alices.event("ephemeral_message").await, "post");
    assert_eq!((&post["type"], text(&post, "message")), (&json!("system_ephemeral"), &*says));
    assert_eq!((&post["channel_id"], &post["user_id"]), (&json!(square), &json!(alice.id)));
    let root = admin.say(&square, "root").await;
    let in_thread = json!({ "channel_id": square, "command": "/help", "root_id": root["id"] });
    let help = alice.post("/commands/execute", in_thread).await.expect(200);
    assert!(text(&help, "text").contains("`/mute ~[channel]`"), "{help}");
    let post = carried(&alices.event("ephemeral_message").await, "post");
    assert_eq!(post["root_id"], root["id"]);
    assert_eq!(bobs.events_until("posted").await, ["posted"], "of the root, and of nothing before");
}

#[tokio::test]
async fn a_person_says_what_they_are() {
    let (_site, team, [admin, alice, _]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    for status in ["away", "dnd", "offline", "online"] {
        told(&alice, &square, &format!("/{status}")).await;
        let found = alice.get("/users/me/status").await.expect(200);
        assert_eq!(
            (&found["status"], &found["manual"]),
            (&json!(status), &json!(status != "online"))
        );
    }
    told(&alice, &square, "/status :palm_tree: at sea").await;
    let custom = async || {
        let me = alice.get("/users/me").await.expect(200);
        let kept = me["props"]["customStatus"].as_str().unwrap_or_default().to_owned();
        serde_json::from_str::<Value>(&kept).unwrap_or_default()
    };
    let kept = custom().await;
    assert_eq!((&kept["emoji"], &kept["text"]), (&json!("palm_tree"), &json!("at sea")));
    told(&alice, &square, "/custom_status clear").await;
    assert_eq!(custom().await, Value::Null);
    let refused = told(&alice, &square, "/status :no_such_thing: x").await;
    assert_eq!(refused, "There is no emoji of that name.");
}

#[tokio::test]
async fn people_are_written_to_by_name() {
    let (_site, team, [admin, alice, bob]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    let answer = run(&alice, &square, "/msg @bob are you there?").await;
    let pair = json!([alice.id, bob.id]);
    let direct = alice.post("/channels/direct", pair).await.expect(201);
    let expected = "/alpha/messages/@bob";
    assert_eq!(answer["goto_location"], expected);
    assert_eq!(newest(&bob, text(&direct, "id")).await["message"], "are you there?");
    let answer = run(&alice, &square, "/groupmsg @bob, @admin all of you").await;
    let all = json!([alice.id, bob.id, admin.id]);
    let group = alice.post("/channels/group", all).await.expect(201);
    assert!(text(&answer, "goto_location").ends_with(text(&group, "name")), "{answer}");
    assert_eq!(newest(&bob, text(&group, "id")).await["message"], "all of you");
    // In a conversation the client says which team it shows.
    let sent = json!({
        "channel_id": direct["id"], "command": "/msg bob", "team_id": team["id"],
    });
    let answer = alice.post("/commands/execute", sent).await.expect(200);
    assert_eq!(answer["goto_location"], expected);
    assert_eq!(told(&alice, &square, "/msg @nobody hi").await, "There is nobody called @nobody.");
}

#[tokio::test]
async fn places_are_taken_and_given_up() {
    let (_site, team, [admin, alice, bob]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    let plans = channel(&admin, &team, "plans", "O").await;
    let secret = channel(&admin, &team, "secret", "P").await;
    let member = async |channel: &str, who: &fieldpost_testkit::Actor| {
        let path = format!("/channels/{channel}/members/{}", who.id);
        admin.get(&path).await.status == 200
    };
    for command in ["/join ~plans", "/open plans"] {
        let answer = run(&alice, &square, command).await;
        assert_eq!(answer["goto_location"], "/alpha/channels/plans");
        assert!(member(&plans, &alice).await);
    }
    let hidden = told(&alice, &square, "/join ~secret").await;
    assert_eq!(hidden, "There is no channel called ~secret in this team.");
    assert_eq!(told(&alice, &square, "/join ~nothing").await.replace("nothing", "secret"), hidden);
    let says = told(&admin, &square, "/invite @alice bob @nobody ~plans ~secret").await;
    let lines: Vec<&str> = says.lines().collect();
    assert_eq!(
        lines,
        [
            "@alice is in ~plans already.",
            "@alice was added to ~secret.",
            "@bob was added to ~plans.",
            "@bob was added to ~secret.",
            "There is nobody called @nobody.",
        ]
    );
    assert!(member(&secret, &bob).await);
    run(&admin, &plans, "/kick @bob").await;
    assert!(!member(&plans, &bob).await);
    run(&admin, &secret, "/remove bob").await;
    assert!(!member(&secret, &bob).await);
    let answer = run(&alice, &plans, "/leave").await;
    assert_eq!(answer["goto_location"], "/alpha/channels/town-square");
    assert!(!member(&plans, &alice).await);
    let says = told(&alice, &square, "/leave").await;
    assert!(says.contains("town-square"), "{says}");
}

#[tokio::test]
async fn a_channel_is_called_and_described() {
    let (_site, team, [admin, alice, bob]) = people().await;
    let plans = channel(&alice, &team, "plans", "O").await;
    for (command, field) in [
        ("/header the line", "header"),
        ("/purpose planning", "purpose"),
        ("/rename Plans", "display_name"),
    ] {
        run(&alice, &plans, command).await;
        let now = alice.get(&format!("/channels/{plans}")).await.expect(200);
        assert_eq!(now[field], command.split_once(' ').unwrap().1, "{command}");
    }
    assert_eq!(newest(&alice, &plans).await["type"], "system_displayname_change");
    assert_eq!(told(&alice, &plans, "/header").await, "Write something behind /header.");
    let pair = json!([alice.id, bob.id]);
    let direct = alice.post("/channels/direct", pair).await.expect(201);
    let says = told(&alice, text(&direct, "id"), "/purpose gossip").await;
    assert!(says.contains("only the header"), "{says}");
    run(&alice, text(&direct, "id"), "/header gossip").await;
    drop(admin);
}

#[tokio::test]
async fn a_channel_is_muted_and_heard_again() {
    let (_site, team, [_, alice, _]) = people().await;
    let square = alice.channel(&team, "town-square").await;
    let off_topic = alice.channel(&team, "off-topic").await;
    let level = async |channel: &str| {
        let path = format!("/channels/{channel}/members/me");
        let member = alice.get(&path).await.expect(200);
        text(&member["notify_props"], "mark_unread").to_owned()
    };
    told(&alice, &square, "/mute").await;
    told(&alice, &square, "/mute ~off-topic").await;
    assert_eq!(
        (level(&square).await, level(&off_topic).await),
        ("mention".into(), "mention".into())
    );
    told(&alice, &square, "/mute").await;
    assert_eq!(level(&square).await, "all");
    let mut socket = watch(&alice, &team).await;
    told(&alice, &square, "/collapse").await;
    let event = socket.event("preference_changed").await;
    let set = carried(&event, "preference");
    assert_eq!(
        (&set["user_id"], &set["name"], &set["value"]),
        (&json!(alice.id), &json!("collapse_previews"), &json!("true"))
    );
    let path = "/users/me/preferences/display_settings/name/collapse_previews";
    assert_eq!(alice.get(path).await.expect(200)["value"], "true");
    told(&alice, &square, "/expand").await;
    assert_eq!(alice.get(path).await.expect(200)["value"], "false");
    for command in ["/search x", "/settings", "/shortcuts"] {
        let says = told(&alice, &square, command).await;
        assert!(says.starts_with("This client does not know /"), "{says}");
    }
}

#[tokio::test]
async fn a_session_is_ended() {
    let (_site, team, [_, alice, _]) = people().await;
    let square = alice.channel(&team, "town-square").await;
    let answer = run(&alice, &square, "/logout").await;
    assert_eq!(answer["goto_location"], "/login");
    alice.get("/users/me").await.expect(401);
}

#[tokio::test]
async fn commands_are_suggested_while_one_types() {
    let (site, team, [_, alice, _]) = people().await;
    let path = format!("/teams/{}/commands", text(&team, "id"));
    let list = alice.get(&format!("{path}/autocomplete")).await.expect(200);
    let mute = list.as_array().unwrap().iter().find(|c| c["trigger"] == "mute").unwrap();
    assert_eq!(
        (&mute["auto_complete"], &mute["auto_complete_hint"]),
        (&json!(true), &json!("~[channel]"))
    );
    assert_eq!((&mute["id"], &mute["token"]), (&json!(""), &json!("")));
    let suggested = async |typed: &str| {
        let path = format!("{path}/autocomplete_suggestions?user_input={typed}");
        alice.get(&path).await.expect(200)
    };
    let found = suggested("/mu").await;
    assert_eq!(
        found,
        json!([{
            "Complete": "mute", "Suggestion": "mute", "Hint": "~[channel]",
            "Description": "Hear nothing of this channel or another, or of it again", "IconData": "",
        }])
    );
    assert_eq!(suggested("/status%20cl").await[0]["Complete"], "status clear");
    alice.get(&format!("{path}/autocomplete_suggestions")).await.expect(400);
    site.person("outsider").await.get(&format!("{path}/autocomplete")).await.expect(403);
}
