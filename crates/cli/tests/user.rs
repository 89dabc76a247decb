use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::json;

use crate::process::{Server, fieldpost, run};

/// Sets somebody's password as another program would.
fn set_password(data: &Path, name: &str, typed: &str) -> Output {
    let mut child = fieldpost()
        .args(["user", "password", name, "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn whoever_was_imported_signs_in_with_the_password_that_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let (data, lines) = (folder.path().join("data"), folder.path().join("lines.jsonl"));
    let user = json!({ "type": "user", "user": { "username": "anna", "email": "a@example.com" } });
    let version = json!({ "type": "version", "version": 1 });
    std::fs::write(&lines, format!("{version}\n{user}\n")).unwrap();
    let imported = run(&["import", lines.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    assert!(imported.status.success(), "{imported:?}");

    let server = Server::start(&data);
    let login = |password: &str| json!({ "login_id": "anna", "password": password });
    server.stranger().post("/users/login", login("correct horse")).await.refused(401);
    let set = set_password(&data, "anna", "correct horse\n");
    assert!(set.status.success(), "{set:?}");
    assert_eq!(set.stdout, b"The password of anna is set\n");
    let mut anna = server.stranger();
    anna.sign_in("anna", "correct horse").await;
    anna.get("/users/me").await.expect(200);

    // Another one ends the session, and what is refused changes nothing.
    assert!(set_password(&data, "anna", "battery staple\r\n").status.success());
    anna.get("/users/me").await.refused(401);
    let short = set_password(&data, "anna", "short\n");
    assert!(!short.status.success() && short.stdout.is_empty(), "{short:?}");
    assert!(!set_password(&data, "nobody", "correct horse\n").status.success());
    server.stranger().sign_in("anna", "battery staple").await;
    assert_eq!(server.terminate(), Some(0));
    let stopped = set_password(&data, "anna", "correct horse\n");
    assert!(String::from_utf8_lossy(&stopped.stderr).contains("no fieldpost is running"));
}

#[tokio::test]
async fn a_second_factor_is_reset_for_whoever_lost_their_device() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let account =
        json!({ "username": "anna", "email": "a@example.com", "password": "long enough" });
    server.stranger().post("/users", account).await.expect(201);
    let folder = data.path().to_str().unwrap();
    let reset = run(&["user", "mfa", "reset", "anna", "--data", folder]);
    assert!(reset.status.success(), "{reset:?}");
    assert_eq!(reset.stdout, b"The second factor of anna is off\n");
    let nobody = run(&["user", "mfa", "reset", "nobody", "--data", folder]);
    assert!(!nobody.status.success() && nobody.stdout.is_empty(), "{nobody:?}");
    assert_eq!(server.terminate(), Some(0));
}

/// What a program says until it asks a question.
fn said_until(child: &mut Child, question: &str) -> String {
    let mut said = Vec::new();
    let mut byte = [0];
    while !said.ends_with(question.as_bytes()) {
        assert_eq!(child.stdout.as_mut().unwrap().read(&mut byte).unwrap(), 1, "{said:?}");
        said.extend(byte);
    }
    String::from_utf8(said).unwrap()
}

#[tokio::test]
async fn a_password_that_is_typed_at_a_terminal_is_asked_for_twice_and_not_shown() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let account =
        json!({ "username": "anna", "email": "a@example.com", "password": "long enough" });
    server.stranger().post("/users", account).await.expect(201);
    for (again, is_set) in [("something else", false), ("correct horse", true)] {
        let command = format!(
            "{} user password anna --data {}",
            env!("CARGO_BIN_EXE_fieldpost"),
            data.path().display()
        );
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        for (question, typed) in [("anna: ", "correct horse"), ("again: ", again)] {
            said.push_str(&said_until(&mut child, question));
            let stdin = child.stdin.as_mut().unwrap();
            stdin.write_all(format!("{typed}\n").as_bytes()).unwrap();
        }
        let output = child.wait_with_output().unwrap();
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        assert_eq!(output.status.success(), is_set, "{said}");
        assert!(!said.contains("correct horse"), "{said}");
    }
    server.stranger().sign_in("anna", "correct horse").await;
    assert_eq!(server.terminate(), Some(0));
}
