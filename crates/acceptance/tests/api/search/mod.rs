mod contents;
mod files;
mod grammar;
mod index;
mod scope;

use fieldpost_testkit::Actor;
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

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}
