mod contents;
mod files;
mod grammar;
mod index;
mod scope;

use fieldpost_testkit::Actor;
use reqwest::Method;
use serde_json::{Value, json};

/// The messages that somebody finds, newest first; in a team, or everywhere.
async fn finds_with(actor: &Actor, team: Option<&Value>, asked: Value) -> Vec<String> {
    let path = match team {
        Some(team) => format!("/teams/{}/posts/search", team["id"].as_str().unwrap()),
        None => "/posts/search".to_owned(),
    };
    let list = actor.post(&path, asked).await.expect(200);
    let order = list["order"].as_array().unwrap();
    assert_eq!(order.len(), list["posts"].as_object().unwrap().len());
    let message = |id: &Value| list["posts"][id.as_str().unwrap()]["message"].clone();
    order.iter().map(|id| message(id).as_str().unwrap().to_owned()).collect()
}

async fn finds(actor: &Actor, team: &Value, terms: &str) -> Vec<String> {
    finds_with(actor, Some(team), json!({ "terms": terms, "is_or_search": false })).await
}

/// Uploads a file for the bookmarks of a channel.
async fn upload_to_keep(actor: &Actor, channel: &str, name: &str, bytes: &[u8]) -> Value {
    let path = format!("/files?bookmark=true&channel_id={channel}&filename={name}");
    let uploaded = actor.send(Method::POST, &path, bytes.to_vec()).await.expect(201);
    uploaded["file_infos"][0].clone()
}

/// Makes a bookmark of a file, and gives its path.
async fn bookmark(actor: &Actor, channel: &str, file: &Value) -> String {
    let all = format!("/channels/{channel}/bookmarks");
    let new = json!({ "type": "file", "display_name": "at hand", "file_id": file["id"] });
    let made = actor.post(&all, new).await.expect(201);
    format!("{all}/{}", id(&made))
}

/// Puts another file into a bookmark.
async fn change_file(actor: &Actor, bookmark: &str, file: &Value) {
    let patch = json!({ "file_id": file["id"] }).to_string().into_bytes();
    actor.send(Method::PATCH, bookmark, patch).await.expect(200);
}

/// Makes a private channel, in which there is nobody else yet.
async fn private_channel(actor: &Actor, team: &Value) -> Value {
    let new = json!({ "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "P" });
    actor.post("/channels", new).await.expect(201)
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}
