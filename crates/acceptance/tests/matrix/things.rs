//! What the requests of the table name, made when a cell needs it.

use fieldpost_kernel::Clock;
use serde_json::{Value, json};

use super::case::Case;
use super::world::{id, text};
use crate::api::{make_emoji, png, upload};

const HOUR: i64 = 60 * 60 * 1000;

impl Case<'_> {
    /// Makes a thing of a kind; gives its id.
    pub(super) async fn thing(&mut self, name: &str) -> String {
        match name {
            "post" | "reply" | "thread" | "followed" | "edited" | "version" | "reacted"
            | "file" | "file_post" | "loose" | "bookmark" | "scheduled" | "upload" | "buttons"
            | "public_hash" => {
                self.open_archive(true).await;
                let made = self.of_channel(name).await;
                self.open_archive(false).await;
                made
            }
            "hook" | "locked_hook" | "outgoing" | "command" => self.integration(name).await,
            "category" => self.category().await,
            "order" => self.order().await,
            "group" | "old_group" | "group_name" => self.group(name).await,
            "emoji" | "emoji_name" => {
                let called = format!("made{}", self.world.number());
                let emoji = id(&make_emoji(&self.maker("author"), &called).await);
                self.keep("emoji_name", called.clone());
                self.keep("emoji", emoji.clone());
                if name == "emoji" { emoji } else { called }
            }
            _ => self.of_site(name).await,
        }
    }

    async fn of_channel(&mut self, name: &str) -> String {
        let channel = self.value("channel").await;
        let author = self.maker("author");
        match name {
            "post" if self.is("afar") => self.world.say_from_afar().await,
            "post" => {
                let post = id(&author.say(&channel, "matrix says hello").await);
                if self.is("deleted") {
                    author.delete(&format!("/posts/{post}")).await.expect(200);
                }
                post
            }
            "reply" => {
                let root = self.value("post").await;
                let reply =
                    json!({ "channel_id": channel, "root_id": root, "message": "matrix replies" });
                self.make(&author, "/posts", reply).await
            }
            "thread" | "followed" => self.thread(&channel, name).await,
            "edited" | "version" => self.edited(&channel, name).await,
            "reacted" => {
                let post = id(&author.say(&channel, "matrix is liked").await);
                let reaction =
                    json!({ "user_id": author.id, "post_id": post, "emoji_name": "smile" });
                author.post("/reactions", reaction).await.expect(200);
                post
            }
            "buttons" => {
                let post = json!({ "channel_id": channel, "message": "well?", "props": {
                    "attachments": [{ "text": "choose", "actions": [
                        { "id": "yes", "name": "Yes", "integration": { "url": "http://127.0.0.1:9/" } },
                    ] }],
                } });
                self.make(&author, "/posts", post).await
            }
            "bookmark" => {
                let link = json!({
                    "type": "link", "display_name": "plan", "link_url": "https://example.org/plan",
                });
                self.make(&author, &format!("/channels/{channel}/bookmarks"), link).await
            }
            "scheduled" => {
                let at = self.world.site.clock().now() + HOUR;
                let post = json!({
                    "channel_id": channel, "message": "later", "scheduled_at": at,
                });
                self.make(&author, "/posts/schedule", post).await
            }
            "upload" => {
                let new = json!({ "channel_id": channel, "filename": "a.txt", "file_size": 3 });
                self.make(&author, "/uploads", new).await
            }
            _ => self.file(&channel, name).await,
        }
    }

    /// A file: attached to a post, or not yet; kept as a bookmark is another.
    async fn file(&mut self, channel: &str, name: &str) -> String {
        let author = self.maker("author");
        let file = id(&upload(&author, channel, "chart.png", &png(8, 8)).await);
        if name == "loose" {
            return file;
        }
        let post = json!({ "channel_id": channel, "message": "see", "file_ids": [file] });
        let post = self.make(&author, "/posts", post).await;
        self.keep("file_post", post.clone());
        if name == "file_post" {
            return post;
        }
        if self.is("deleted") {
            author.delete(&format!("/posts/{post}")).await.expect(200);
            return file;
        }
        if name != "public_hash" {
            return file;
        }
        let link =
            self.world.person("author").get(&format!("/files/{file}/link")).await.expect(200);
        self.keep("file", file);
        text(&link, "link").rsplit_once("h=").unwrap().1.to_owned()
    }

    /// A thread, which the caller follows or does not.
    async fn thread(&mut self, channel: &str, name: &str) -> String {
        let author = self.world.person("author").clone();
        let root = id(&author.say(channel, "matrix begins a thread").await);
        let reply = json!({ "channel_id": channel, "root_id": root, "message": "matrix replies" });
        let reply = self.make(&author, "/posts", reply).await;
        self.keep("reply", reply);
        if name == "followed" {
            // Whoever may not follow it does not, and is refused what is asked then, too.
            let team = self.world.place("team").team.clone();
            let path = format!("/users/me/teams/{team}/threads/{root}/following");
            let reply = self.world.actor(self.role).put(&path, json!({})).await;
            assert!(reply.status != 500, "{path}");
        }
        root
    }

    /// A post that was changed once, and what it said before.
    async fn edited(&mut self, channel: &str, name: &str) -> String {
        let author = self.maker("author");
        let post = id(&author.say(channel, "matrix was here").await);
        let patch = json!({ "message": "matrix is here" });
        author.put(&format!("/posts/{post}/patch"), patch).await.expect(200);
        let history = author.get(&format!("/posts/{post}/edit_history")).await.expect(200);
        let version = id(&history[0]);
        self.keep("edited", post.clone());
        self.keep("version", version.clone());
        if name == "edited" { post } else { version }
    }

    async fn integration(&mut self, kind: &str) -> String {
        let channel = self.value("channel").await;
        let team = self.value("team").await;
        let maker = self.maker("deputy");
        match kind {
            "hook" | "locked_hook" => {
                let locked = kind == "locked_hook";
                let new = json!({ "channel_id": channel, "channel_locked": locked });
                self.make(&maker, "/hooks/incoming", new).await
            }
            "outgoing" => {
                let word = format!("matrix{}", self.world.number());
                let new = json!({
                    "team_id": team, "display_name": "matrix", "trigger_words": [word],
                    "callback_urls": ["http://127.0.0.1:9/"],
                });
                self.make(&maker, "/hooks/outgoing", new).await
            }
            _ => {
                let trigger = format!("matrix{}", self.world.number());
                let new = json!({
                    "team_id": team, "trigger": trigger, "method": "P",
                    "url": "http://127.0.0.1:9/",
                });
                self.make(&maker, "/commands", new).await
            }
        }
    }

    async fn category(&mut self) -> String {
        let team = self.value("team").await;
        let owner = self.target();
        let path = format!("/users/{}/teams/{team}/channels/categories", owner.id);
        let new = json!({ "user_id": owner.id, "team_id": team, "display_name": "mine" });
        self.make(&owner, &path, new).await
    }

    /// The order of the categories of somebody, as it stands.
    async fn order(&mut self) -> String {
        let team = self.value("team").await;
        let owner = self.target();
        let path = format!("/users/{}/teams/{team}/channels/categories/order", owner.id);
        self.world.person("founder").get(&path).await.expect(200).to_string()
    }

    async fn group(&mut self, kind: &str) -> String {
        let name = format!("group-{}", self.world.number());
        let new = json!({
            "name": name, "display_name": "The group", "source": "custom",
            "allow_reference": true, "user_ids": self.world.ids(&["author", "friend"]),
        });
        let maker = self.maker("author");
        let group = self.make(&maker, "/groups", new).await;
        if kind == "old_group" {
            maker.delete(&format!("/groups/{group}")).await.expect(200);
        }
        self.keep("group_name", name.clone());
        if kind == "group_name" { name } else { group }
    }

    async fn of_site(&mut self, name: &str) -> String {
        let founder = self.world.person("founder").clone();
        match name {
            "victim" | "guest_victim" => {
                let name_of = format!("victim{}", self.world.number());
                let account = json!({
                    "username": name_of, "email": format!("{name_of}@example.com"),
                    "password": "correct horse battery",
                });
                let victim = self.make(&founder, "/users", account).await;
                if name == "guest_victim" {
                    let path = format!("/users/{victim}/demote");
                    founder.post(&path, json!({})).await.expect(200);
                }
                victim
            }
            "new_bot" => {
                let name = format!("bot{}", self.world.number());
                let owner = self.maker("founder");
                let bot = owner.post("/bots", json!({ "username": name })).await.expect(201);
                text(&bot, "user_id").to_owned()
            }
            "token" => {
                let path = format!("/users/{}/tokens", self.target().id);
                self.make(&founder, &path, json!({ "description": "x" })).await
            }
            "session" => {
                let owner = self.target();
                let path = format!("/users/{}/sessions", owner.id);
                let known = founder.get(&path).await.expect(200);
                let known: Vec<String> = known.as_array().unwrap().iter().map(id).collect();
                self.world.sign_in(&owner).await;
                let now = founder.get(&path).await.expect(200);
                let now: Vec<String> = now.as_array().unwrap().iter().map(id).collect();
                now.into_iter().find(|session| !known.contains(session)).unwrap()
            }
            "app" => {
                let new = json!({
                    "name": "matrix", "homepage": "https://app.example.org",
                    "callback_urls": ["https://app.example.org/cb"],
                });
                self.make(&founder, "/oauth/apps", new).await
            }
            "talk" | "linked" | "lent" | "field" | "managed_field" | "terms" => {
                self.newer(name).await
            }
            "role" => id(&founder.get("/roles/name/system_user").await.expect(200)),
            "other_channel" => self.world.place("deck").channel.clone(),
            "other_team" => self.world.place("beta").team.clone(),
            "invite" => {
                let team = self.value("team").await;
                let team = founder.get(&format!("/teams/{team}")).await.expect(200);
                text(&team, "invite_id").to_owned()
            }
            "later" => (self.world.site.clock().now() + HOUR).to_string(),
            "later_seconds" => ((self.world.site.clock().now() + HOUR) / 1000).to_string(),
            person => self.world.person(person).id.to_string(),
        }
    }

    /// What concerns the whole site: its links, its fields of profiles, its terms.
    async fn newer(&mut self, name: &str) -> String {
        let founder = self.world.person("founder").clone();
        match name {
            // Once it has become a channel, the same people have another.
            "talk" => {
                let people = json!(self.world.ids(&["author", "member", "guest", "deputy"]));
                self.make(&self.maker("author"), "/channels/group", people).await
            }
            "linked" => {
                let links = founder.get("/remotecluster").await.expect(200);
                text(&links[0], "remote_id").to_owned()
            }
            "lent" => {
                let channel = self.value("channel").await;
                let linked = self.value("linked").await;
                let path = format!("/remotecluster/{linked}/channels/{channel}/invite");
                founder.post(&path, json!({})).await.expect(200);
                channel
            }
            "terms" => {
                let valid = founder.get("/terms_of_service").await;
                if valid.status == 200 {
                    return id(&valid.json());
                }
                let new = json!({ "text": "Be kind." });
                self.make(&founder, "/terms_of_service", new).await
            }
            // There may be only some fields, so that one that is there is used again.
            _ => {
                let managed = name == "managed_field";
                let path = "/custom_profile_attributes/fields";
                let known = founder.get(path).await.expect(200);
                let is_such = |field: &&Value| (field["attrs"]["managed"] == "admin") == managed;
                if let Some(field) = known.as_array().unwrap().iter().find(is_such) {
                    return id(field);
                }
                let name = format!("field{}", self.world.number());
                let attrs = if managed { json!({ "managed": "admin" }) } else { json!({}) };
                let new = json!({ "name": name, "type": "text", "attrs": attrs });
                self.make(&founder, path, new).await
            }
        }
    }
}
