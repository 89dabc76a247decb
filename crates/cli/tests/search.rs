use serde_json::{Value, json};

use crate::process::{Server, run};

#[tokio::test]
async fn an_administrator_has_the_index_of_a_running_site_made_anew() {
    let data = tempfile::tempdir().unwrap();
    let rebuild = || run(&["search", "rebuild", "--data", data.path().to_str().unwrap()]);
    let stopped = rebuild();
    assert!(!stopped.status.success());
    assert!(String::from_utf8_lossy(&stopped.stderr).contains("no fieldpost is running"));

    let server = Server::start(data.path());
    let account = json!({ "username": "a", "email": "a@example.com", "password": "long enough" });
    server.stranger().post("/users", account).await.expect(201);
    let mut actor = server.stranger();
    actor.sign_in("a", "long enough").await;
    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "O" });
    let team: Value = actor.post("/teams", team).await.expect(201);
    actor.say(&actor.channel(&team, "town-square").await, "needle").await;
    // Once it was made anew, all that was said before is in it.
    let rebuilt = rebuild();
    assert!(rebuilt.status.success(), "{rebuilt:?}");
    assert_eq!(rebuilt.stdout, b"The search index is made anew\n");
    let found = actor.post("/posts/search", json!({ "terms": "needle" })).await.expect(200);
    assert_eq!(found["order"].as_array().unwrap().len(), 1);
    assert_eq!(server.terminate(), Some(0));
}
