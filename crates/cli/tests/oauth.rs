//! `fieldpost oauth`.

use serde_json::json;

use crate::process::{Server, run};

#[tokio::test]
async fn apps_are_listed_with_their_makers() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let account =
        json!({ "username": "anna", "email": "a@example.com", "password": "long enough" });
    server.stranger().post("/users", account).await.expect(201);
    let folder = data.path().to_str().unwrap();
    let none = run(&["oauth", "list", "--data", folder]);
    assert!(none.status.success() && none.stdout.is_empty(), "{none:?}");
    let mut anna = server.stranger();
    anna.sign_in("anna", "long enough").await;
    let new = json!({
        "name": "Weather", "homepage": "https://a.example",
        "callback_urls": ["https://a.example/cb"],
    });
    let made = anna.post("/oauth/apps", new).await.expect(201);
    let listed = run(&["oauth", "list", "--data", folder]);
    let expected = format!("{}: Weather (made by anna)\n", made["id"].as_str().unwrap());
    assert_eq!(String::from_utf8_lossy(&listed.stdout), expected);
    assert_eq!(server.terminate(), Some(0));
}
