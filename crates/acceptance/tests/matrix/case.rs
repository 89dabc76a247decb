//! One cell of the table: its request, filled in with what is there.

use std::collections::BTreeMap;

use fieldpost_testkit::{Actor, Reply};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::policy::{Operation, Row};
use super::role::{Role, UNSIGNED};
use super::world::{NOTHING, World, id};
use crate::api::png;

/// A request that is ready to be sent.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: String,
    form: String,
}

/// The things of a row, as they were made for its cells.
pub(super) struct Case<'w> {
    pub(super) world: &'w mut World,
    pub(super) role: Role,
    /// The words of the row's state.
    words: Vec<String>,
    fresh: Vec<String>,
    made: BTreeMap<String, String>,
    /// How many things are being made in a channel that is archived otherwise.
    opened: u32,
}

impl<'w> Case<'w> {
    /// A row, of which nothing is made yet.
    pub(super) fn new(world: &'w mut World, operation: &Operation, row: &Row) -> Self {
        Self::of_state(world, operation, &row.state)
    }

    /// The things of a state.
    pub(super) fn of_state(world: &'w mut World, operation: &Operation, state: &str) -> Self {
        let words = state.split('+').map(str::to_owned).collect();
        let fresh = operation.fresh.iter().cloned().collect();
        let role = UNSIGNED[0];
        Self { world, role, words, fresh, made: BTreeMap::new(), opened: 0 }
    }

    /// Whether the state has this word.
    pub(super) fn is(&self, word: &str) -> bool {
        self.words.iter().any(|said| said == word)
    }

    /// The name of the place: the first word of the state.
    pub(super) fn place(&self) -> &str {
        &self.words[0]
    }

    /// Forgets what was made, so that it is made again.
    pub(super) fn forget(&mut self) {
        self.made.clear();
    }

    /// Asks for an operation as a role.
    pub(super) async fn ask(&mut self, operation: &Operation, role: Role) -> Reply {
        let request = self.prepare_as(operation, role).await;
        let actor = self.world.actor(role).clone();
        self.send(&actor, request).await
    }

    /// Fills a request in for a role.
    pub(super) async fn prepare_as(&mut self, operation: &Operation, role: Role) -> Request {
        let personal = self.is("own") || operation.with.values().any(|value| value == "followed");
        if personal && role != self.role {
            self.forget();
        }
        self.role = role;
        self.prepare(operation).await
    }

    /// From now on it is this role that asks.
    pub(super) fn play(&mut self, role: Role) {
        self.role = role;
    }

    /// Fills a request in, making what it names.
    pub(super) async fn prepare(&mut self, operation: &Operation) -> Request {
        // A key in the query belongs to a thing that the path names.
        let query = self.fill(&operation.query).await;
        let path = self.fill_path(operation).await;
        let body = self.fill(&operation.body).await;
        let (method, form) = (operation.method.clone(), operation.form.clone());
        Request { method, path: path + &query, body, form }
    }

    /// Sends a request as somebody.
    pub(super) async fn send(&mut self, actor: &Actor, request: Request) -> Reply {
        let Request { method, path, body, form } = request;
        let inside = path.strip_prefix("/api/v4").map(str::to_owned);
        if !form.is_empty() {
            let form = self.form(&form).await;
            return actor.post_form(&inside.unwrap_or_default(), form).await;
        }
        let method: Method = method.parse().unwrap();
        match inside {
            Some(path) => actor.send(method, &path, body.into_bytes()).await,
            None => actor.send_outside(method, &path, body.into_bytes()).await,
        }
    }

    async fn fill_path(&mut self, operation: &Operation) -> String {
        let mut filled = Vec::new();
        for part in operation.path.split('/') {
            let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                filled.push(part.to_owned());
                continue;
            };
            let meant = name.strip_suffix("_id").unwrap_or(name);
            let meant = operation.with.get(name).map_or(meant, String::as_str).to_owned();
            filled.push(match meant.strip_prefix('=') {
                Some(text) => text.to_owned(),
                None => self.value(&meant).await,
            });
        }
        filled.join("/")
    }

    /// Puts values where a text names them in braces.
    async fn fill(&mut self, template: &str) -> String {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let name = after.split_once('}').map(|(name, _)| name).unwrap_or_default();
            let named =
                !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            if named {
                let name = name.to_owned();
                filled.push_str(&self.value(&name).await);
                rest = &after[name.len() + 1..];
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled.push_str(rest);
        filled
    }

    async fn form(&mut self, kind: &str) -> Form {
        let picture = Part::bytes(png(8, 8)).file_name("it.png".to_owned());
        match kind {
            "file" => {
                let channel = self.value("channel").await;
                Form::new().text("channel_id", channel).part("files", picture)
            }
            "emoji" => {
                let name = format!("matrix{}", self.world.number());
                let emoji = json!({ "name": name, "creator_id": self.value("me").await });
                Form::new().text("emoji", emoji.to_string()).part("image", picture)
            }
            _ => Form::new().part("image", picture),
        }
    }

    /// What a name stands for.
    pub(super) async fn value(&mut self, name: &str) -> String {
        if let Some(made) = self.made.get(name) {
            return made.clone();
        }
        let value = match name {
            "me" => return self.me(),
            "random" => return format!("x{}", self.world.number()),
            "unknown" => NOTHING.to_owned(),
            "team" | "team_name" | "channel" | "channel_name" => self.of_place(name).await,
            "user" | "username" | "email" => self.of_target(name),
            _ if name.ends_with("_of_member") => self.of_member(name).await,
            _ if self.place() == "unknown" && !name.starts_with("later") => NOTHING.to_owned(),
            _ => Box::pin(self.thing(name)).await,
        };
        self.made.insert(name.to_owned(), value.clone());
        value
    }

    /// A thing of the member's.
    async fn of_member(&mut self, name: &str) -> String {
        let role = std::mem::replace(&mut self.role, Role::parse("member").unwrap());
        self.words.push("own".to_owned());
        let value = Box::pin(self.thing(name.trim_end_matches("_of_member"))).await;
        self.words.pop();
        self.role = role;
        value
    }

    /// Keeps a value that was made together with another.
    pub(super) fn keep(&mut self, name: &str, value: String) {
        self.made.insert(name.to_owned(), value);
    }

    fn me(&self) -> String {
        let me = self.world.actor(self.role).id;
        if me.is_none() { self.world.person("member").id.to_string() } else { me.to_string() }
    }

    async fn of_place(&mut self, name: &str) -> String {
        let place = self.place().to_owned();
        let (what, by_name) = match name.strip_suffix("_name") {
            Some(what) => (what, true),
            None => (name, false),
        };
        let fixed = ["unknown", "default", "direct", "group"].contains(&place.as_str());
        let found = if self.fresh.iter().any(|fresh| fresh == what) && !fixed {
            if what == "team" {
                self.world.make_team(&place).await
            } else {
                self.world.make_channel(&place).await
            }
        } else {
            let places = &self.world;
            let at = |name: &str| places.place(name).clone();
            match what {
                "team" => at(&place).team,
                _ => at(if place == "team" { "default" } else { &place }).channel,
            }
        };
        if !by_name || found == NOTHING {
            return found;
        }
        self.keep(what, found.clone());
        let founder = self.world.person("founder");
        let path = format!("/{what}s/{found}");
        founder.get(&path).await.expect(200)["name"].as_str().unwrap().to_owned()
    }

    /// The person that something is done to.
    pub(super) fn target(&self) -> Actor {
        let words = ["friend", "hermit", "founder", "visitor", "newcomer", "deputy", "bot"];
        let named = words.into_iter().find(|word| self.is(word));
        let own = self.is("own") && !UNSIGNED.contains(&self.role);
        match named {
            Some(name) => self.world.person(name).clone(),
            None if own => self.world.actor(self.role).clone(),
            None if self.is("afar") => self.world.person("remote").clone(),
            None => self.world.person("friend").clone(),
        }
    }

    fn of_target(&self, name: &str) -> String {
        if self.place() == "unknown" {
            return match name {
                "user" => NOTHING.to_owned(),
                "email" => "nobody@example.com".to_owned(),
                _ => "nobody-has-this".to_owned(),
            };
        }
        let target = self.target();
        if name == "user" {
            return target.id.to_string();
        }
        let words = ["hermit", "founder", "visitor", "newcomer", "deputy", "bot"];
        let named = words.into_iter().find(|word| self.is(word)).unwrap_or("friend");
        let own = self.is("own") && !UNSIGNED.contains(&self.role);
        let named = if own { self.role.name() } else { named };
        if name == "email" { format!("{named}@example.com") } else { named.to_owned() }
    }

    /// Whoever made the thing: the caller, where it is theirs; a part of it only administrators
    /// can make.
    pub(super) fn maker(&self, otherwise: &str) -> Actor {
        let own = self.is("own") && !UNSIGNED.contains(&self.role);
        let name = if own { self.role.name() } else { otherwise };
        self.world.person(name).clone()
    }

    /// Takes the channel out of the archive if it is there, or puts it back.
    pub(super) async fn open_archive(&mut self, open: bool) {
        if !self.place().starts_with("archived") {
            return;
        }
        // What is made may need something else to be made first.
        self.opened = if open { self.opened + 1 } else { self.opened - 1 };
        let channel = self.value("channel").await;
        let founder = self.world.person("founder").clone();
        let path = format!("/channels/{channel}");
        if open && self.opened == 1 {
            founder.post(&format!("{path}/restore"), json!({})).await.expect(200);
        } else if !open && self.opened == 0 {
            founder.delete(&path).await.expect(200);
        }
    }

    /// The id of what somebody is given when they make something.
    pub(super) async fn make(&self, maker: &Actor, path: &str, new: serde_json::Value) -> String {
        let reply = maker.post(path, new).await;
        assert!(reply.status < 300, "{path} for {}: {}", self.role, reply.json());
        id(&reply.json())
    }
}
