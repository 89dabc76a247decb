//! `fieldpost mail` and `fieldpost user verify`.

use fieldpost_testkit::Mailbox;
use serde_json::json;

use crate::process::{Server, run};

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_tries_mail_and_lets_somebody_in_who_gets_none() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mailbox = Mailbox::open().await;
    let settings = mailbox.settings();
    let environment = [
        ("FIELDPOST_SITE__URL", "https://chat.example.org"),
        ("FIELDPOST_MAIL__SERVER", &settings.server),
        ("FIELDPOST_MAIL__SECURITY", "none"),
        ("FIELDPOST_MAIL__FROM", "Fieldpost <post@example.org>"),
        ("FIELDPOST_MAIL__VERIFY", "true"),
    ];
    let server = Server::start_with(data, "127.0.0.1:0", &environment);
    let data = data.to_str().unwrap();
    let command = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let data = data.to_owned();
        // What the command waits for is answered by this very process.
        tokio::task::spawn_blocking(move || {
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            words.extend(["--data", &data]);
            run(&words)
        })
    };
    let tried = command(&["mail", "test", "admin@example.org"]).await.unwrap();
    assert!(tried.status.success(), "{tried:?}");
    let mail = mailbox.take_one();
    assert_eq!(mail.to, ["admin@example.org"]);
    let wrong = command(&["mail", "test", "nobody"]).await.unwrap();
    assert!(!wrong.status.success(), "{wrong:?}");

    let account =
        json!({ "username": "anna", "email": "anna@example.com", "password": "correct horse" });
    let mut anna = server.stranger();
    anna.post("/users", account).await.expect(201);
    let login = json!({ "login_id": "anna", "password": "correct horse" });
    let refusal = anna.post("/users/login", login).await.refused(401);
    assert_eq!(refusal, "api.user.login.not_verified.app_error");
    let verified = command(&["user", "verify", "anna"]).await.unwrap();
    assert!(verified.status.success(), "{verified:?}");
    anna.sign_in("anna", "correct horse").await;

    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "O" });
    let team = anna.post("/teams", team).await.expect(201);
    let square = anna.channel(&team, "town-square").await;
    let post = anna.say(&square, "my own").await;
    let explain = ["admin", "notify", "explain", post["id"].as_str().unwrap(), "anna"];
    let explained = command(&explain).await.unwrap();
    let said = String::from_utf8_lossy(&explained.stdout).into_owned();
    let verdicts = "\ndesktop  no: they wrote the post\nemail    no: they wrote the post\n\
                    push     no: they wrote the post\n";
    assert!(said.starts_with("anna is ") && said.ends_with(verdicts), "{said}");
    let unknown = ["admin", "notify", "explain", post["id"].as_str().unwrap(), "nobody"];
    assert!(!command(&unknown).await.unwrap().status.success());

    let status = command(&["mail", "status", "--json"]).await.unwrap();
    assert!(status.status.success(), "{status:?}");
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!((&status["on"], &status["given_up"]), (&json!(true), &json!(0)));
    assert_eq!(server.terminate(), Some(0));

    // Of a server that does not run, the database is asked; nobody is there.
    let mut asked = explain.to_vec();
    asked.push("--json");
    let explained = command(&asked).await.unwrap();
    let explained: serde_json::Value = serde_json::from_slice(&explained.stdout).unwrap();
    let why = json!({ "told": false, "reason": "they wrote the post" });
    assert_eq!((&explained["push"], &explained["email"]), (&why, &why));
    assert_eq!(explained["status"], "offline");
}
