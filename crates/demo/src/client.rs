//! A person's view of a site, over its REST API.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How many posts of a channel are shown.
const SHOWN: usize = 40;

/// Somebody who is signed in at a site.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
    id: String,
    names: Mutex<HashMap<String, String>>,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its id.
    pub id: String,
    /// Its name in addresses.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
}

/// A post as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Post {
    /// Its id, the same at every site.
    pub id: String,
    /// Whose it is.
    pub author: String,
    /// What it says.
    pub message: String,
    /// When it was written, by the clock of its site.
    pub at: i64,
    /// Whether it answers another.
    pub is_reply: bool,
    /// Whether it says something else than at first.
    pub is_edited: bool,
    /// Whether the site itself says it, such as who joined.
    pub is_notice: bool,
}

impl Client {
    /// Makes an account and signs in with it.
    pub async fn sign_up(url: &str, user: &str, password: &str) -> Result<Self, String> {
        let account = json!({
            "username": user, "email": format!("{user}@example.com"), "password": password,
        });
        let nobody = Self::nobody(url)?;
        nobody.ask(Method::POST, "/users", Some(account)).await?;
        Self::sign_in(url, user, password).await
    }

    /// Signs in.
    pub async fn sign_in(url: &str, user: &str, password: &str) -> Result<Self, String> {
        let mut client = Self::nobody(url)?;
        let reply = client
            .http
            .post(format!("{url}/api/v4/users/login"))
            .json(&json!({ "login_id": user, "password": password }))
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let token = reply.headers().get("token").and_then(|token| token.to_str().ok());
        client.token = token.ok_or(format!("{user} cannot sign in"))?.to_owned();
        client.id = text(&reply.json().await.map_err(|error| error.to_string())?, "id");
        Ok(client)
    }

    fn nobody(url: &str) -> Result<Self, String> {
        let http = reqwest::Client::builder().no_proxy().build().map_err(|e| e.to_string())?;
        Ok(Self {
            http,
            url: url.to_owned(),
            token: String::new(),
            id: String::new(),
            names: Mutex::default(),
        })
    }

    /// The first team of the site that anybody here may see.
    pub async fn first_team(&self) -> Result<String, String> {
        let teams = self.ask(Method::GET, "/teams?per_page=1", None).await?;
        match teams.get(0) {
            Some(team) => Ok(text(team, "id")),
            None => Err("There is no team here yet.".to_owned()),
        }
    }

    /// Joins a team and those of its channels that are open; does no harm if already in it.
    pub async fn join(&self, team: &str) -> Result<(), String> {
        let member = json!({ "team_id": team, "user_id": self.id });
        self.ask(Method::POST, &format!("/teams/{team}/members"), Some(member)).await?;
        let path = format!("/teams/{team}/channels?per_page=100");
        let channels = self.ask(Method::GET, &path, None).await?;
        for channel in channels.as_array().into_iter().flatten() {
            let path = format!("/channels/{}/members", text(channel, "id"));
            self.ask(Method::POST, &path, Some(json!({ "user_id": self.id }))).await?;
        }
        Ok(())
    }

    /// The open channels of a team that this person is in, by name.
    pub async fn channels(&self, team: &str) -> Result<Vec<Channel>, String> {
        let path = format!("/users/me/teams/{team}/channels");
        let found = self.ask(Method::GET, &path, None).await?;
        let open = found.as_array().into_iter().flatten().filter(|found| found["type"] == "O");
        let mut channels: Vec<Channel> = open
            .map(|channel| Channel {
                id: text(channel, "id"),
                name: text(channel, "name"),
                display_name: text(channel, "display_name"),
            })
            .collect();
        channels.sort_by(|one, other| one.display_name.cmp(&other.display_name));
        Ok(channels)
    }

    /// The newest posts of a channel, from old to new.
    pub async fn posts(&self, channel: &str) -> Result<Vec<Post>, String> {
        let path = format!("/channels/{channel}/posts?per_page={SHOWN}");
        let page = self.ask(Method::GET, &path, None).await?;
        let order: Vec<&str> =
            page["order"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let found: Vec<&Value> = order.iter().rev().map(|id| &page["posts"][*id]).collect();
        let authors: Vec<String> = found.iter().map(|post| text(post, "user_id")).collect();
        let names = self.names(&authors).await?;
        let shown = found.into_iter().zip(authors).map(|(post, author)| Post {
            id: text(post, "id"),
            author: names.get(&author).cloned().unwrap_or_else(|| "somebody".to_owned()),
            message: text(post, "message"),
            at: post["create_at"].as_i64().unwrap_or_default(),
            is_reply: !text(post, "root_id").is_empty(),
            is_edited: post["edit_at"].as_i64().unwrap_or_default() > 0,
            is_notice: text(post, "type").starts_with("system_"),
        });
        Ok(shown.collect())
    }

    /// Writes a post.
    pub async fn say(&self, channel: &str, message: &str) -> Result<(), String> {
        let post = json!({ "channel_id": channel, "message": message });
        self.ask(Method::POST, "/posts", Some(post)).await.map(drop)
    }

    /// What people are called, of those who are known here.
    async fn names(&self, ids: &[String]) -> Result<HashMap<String, String>, String> {
        let unknown: Vec<&String> = {
            let known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
            ids.iter().filter(|id| !known.contains_key(*id)).collect()
        };
        let found = match unknown.is_empty() {
            true => Value::Null,
            false => self.ask(Method::POST, "/users/ids", Some(json!(unknown))).await?,
        };
        let mut known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        for user in found.as_array().into_iter().flatten() {
            known.insert(text(user, "id"), text(user, "username"));
        }
        Ok(known.clone())
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, String> {
        let mut request = self.http.request(method, format!("{}/api/v4{path}", self.url));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await.map_err(|error| error.to_string())?;
        let status = reply.status();
        let answer: Value = reply.json().await.map_err(|error| error.to_string())?;
        if status.is_success() { Ok(answer) } else { Err(text(&answer, "message")) }
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
