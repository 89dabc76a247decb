use serde_json::json;

use super::{channel, newest_of, people, text, told};

#[tokio::test]
async fn what_is_no_command_is_refused() {
    let (site, team, [admin, alice, _]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    let refused = async |command: &str, status: u16| {
        let sent = json!({ "channel_id": square, "command": command });
        alice.post("/commands/execute", sent).await.refused(status)
    };
    for command in ["", "/", "hello", " /away"] {
        let id = refused(command, 400).await;
        assert_eq!(id, "api.command.execute_command.start.app_error", "{command}");
    }
    let endless = format!("/{}", "x".repeat(200_000));
    for command in
        ["/nothing", "/no such thing", "/ away", "/away\u{0}", "//", "/../../x", &endless]
    {
        let id = refused(command, 404).await;
        assert_eq!(id, "api.command.execute_command.not_found.app_error");
    }
    for sent in [json!({ "command": "/away" }), json!({ "channel_id": "x", "command": "/away" })] {
        alice.post("/commands/execute", sent).await.expect(400);
    }
    let sent = json!({ "channel_id": square, "command": "/away" });
    site.stranger().post("/commands/execute", sent).await.expect(401);
}

#[tokio::test]
async fn commands_are_for_those_who_may_write() {
    let (site, team, [admin, alice, _]) = people().await;
    let secret = channel(&admin, &team, "secret", "P").await;
    let sent = json!({ "channel_id": secret, "command": "/me was here" });
    alice.post("/commands/execute", sent.clone()).await.expect(403);
    let nowhere = json!({ "channel_id": "y".repeat(26), "command": "/away" });
    alice.post("/commands/execute", nowhere).await.expect(403);
    site.person("outsider").await.post("/commands/execute", sent.clone()).await.expect(403);
    admin.delete(&format!("/channels/{secret}")).await.expect(200);
    let id = admin.post("/commands/execute", sent).await.refused(400);
    assert_eq!(id, "api.command.execute_command.deleted.error");
    let other = json!({ "name": "beta", "display_name": "beta", "type": "O" });
    let other = admin.post("/teams", other).await.expect(201);
    let pair = json!([admin.id, alice.id]);
    let direct = alice.post("/channels/direct", pair).await.expect(201);
    let sent = json!({
        "channel_id": direct["id"], "command": "/away", "team_id": other["id"],
    });
    alice.post("/commands/execute", sent).await.expect(403);
}

#[tokio::test]
async fn a_refused_command_changes_nothing_and_says_why() {
    let (_site, team, [admin, alice, bob]) = people().await;
    let square = admin.channel(&team, "town-square").await;
    let before = newest_of(&admin, &square).await.len();
    let endless = "x".repeat(16_384);
    for (command, says) in [
        (format!("/me {endless}"), "16383"),
        (format!("/echo \"{endless}\" 0"), "16383"),
        (format!("/msg @bob {endless}"), "16383"),
        (format!("/header {endless}"), "1024"),
        ("/me".to_owned(), "Write something"),
        ("/kick @bob".to_owned(), "town-square"),
        ("/kick @nobody".to_owned(), "nobody called"),
        ("/groupmsg a,b,c,d,e,f,g,h hi".to_owned(), "at most 8"),
        (format!("/invite {}", "@bob ".repeat(101)), "at most 100"),
        ("/mute ~nothing".to_owned(), "no channel called"),
    ] {
        let told = told(&alice, &square, &command).await;
        let shown: String = command.chars().take(30).collect();
        assert!(told.contains(says), "{shown}: {told}");
    }
    assert_eq!(newest_of(&admin, &square).await.len(), before);
    let pair = alice.get("/users/me/channels").await.expect(200);
    let made = pair.as_array().unwrap().iter().filter(|c| text(c, "type") == "D").count();
    assert_eq!(made, 0, "the conversation with {} was not opened", bob.id);
}
