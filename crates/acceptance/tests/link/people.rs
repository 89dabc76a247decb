//! What people do at a site, by chance.

use std::collections::BTreeMap;

use fieldpost_testkit::{Actor, Dice, Reply, TestSite};
use serde_json::{Value, json};

use super::bed::enter;

/// The people of one site and what they know.
pub(crate) struct People {
    /// The first one administers the site.
    pub(crate) actors: Vec<Actor>,
    team: Value,
    /// Channels that are known here.
    pub(crate) channels: Vec<String>,
    /// Posts that were acknowledged here and not deleted here, by id, with their channel.
    pub(crate) said: BTreeMap<String, String>,
    /// Posts that are known here, wherever they were written.
    pub(crate) known: Vec<(String, String)>,
    /// Whether they may make channels for now.
    pub(crate) founding: bool,
    prefix: &'static str,
    made: usize,
}

/// Whatever became of a request, the server must have known what to do with it.
fn answered(reply: &Reply) -> bool {
    let text = String::from_utf8_lossy(&reply.bytes);
    assert!(reply.status < 500, "status {}: {text}", reply.status);
    reply.status < 300
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl People {
    /// An administrator and two others, in a team and a channel that are here already.
    pub(crate) async fn new(
        (site, prefix): (&TestSite, &'static str),
        admin: Actor,
        team: &Value,
        channel: &str,
    ) -> Self {
        let mut actors = vec![admin];
        for name in ["anna", "bert"] {
            let person = site.person(&format!("{name}-{prefix}")).await;
            let path = format!("/teams/{}/members", text(&team["id"]));
            let member = json!({ "team_id": team["id"], "user_id": person.id });
            actors[0].post(&path, member).await.expect(201);
            let path = format!("/channels/{channel}/members");
            actors[0].post(&path, json!({ "user_id": person.id })).await.expect(201);
            actors.push(person);
        }
        let channels = vec![channel.to_owned()];
        let (team, said, known) = (team.clone(), BTreeMap::new(), Vec::new());
        Self { actors, team, channels, said, known, founding: true, prefix, made: 0 }
    }

    /// The site has another address now.
    pub(crate) fn moved(&mut self, site: &TestSite) {
        for actor in &mut self.actors {
            *actor = actor.at(site.url());
        }
    }

    /// Somebody does something.
    pub(crate) async fn act(&mut self, dice: &mut Dice) {
        let who = self.actors[dice.below(self.actors.len())].clone();
        match dice.below(20) {
            0..=7 => self.say(&who, dice).await,
            8 => self.say_with_file(&who, dice).await,
            9..=14 if !self.known.is_empty() => self.touch(&who, dice).await,
            15 => self.change_channel(&who, dice).await,
            16 if self.founding => self.make_channel(dice).await,
            17 => self.come_or_go(dice).await,
            18 => self.change_profile(&who, dice).await,
            _ => self.swap_names().await,
        }
    }

    /// A word that nobody has said.
    fn word(&mut self) -> String {
        self.made += 1;
        format!("{}-{}", self.prefix, self.made)
    }

    async fn post(&mut self, who: &Actor, channel: String, post: Value) {
        let reply = who.post("/posts", post).await;
        if answered(&reply) {
            let id = text(&reply.json()["id"]);
            self.said.insert(id.clone(), channel.clone());
            self.known.push((id, channel));
        }
    }

    async fn say(&mut self, who: &Actor, dice: &mut Dice) {
        let message = format!("said {} @anna-hq", self.word());
        if !self.known.is_empty() && dice.one_in(3) {
            let (root, channel) = self.known[dice.below(self.known.len())].clone();
            let post = json!({ "channel_id": channel, "message": message, "root_id": root });
            return self.post(who, channel, post).await;
        }
        let channel = self.channels[dice.below(self.channels.len())].clone();
        let post = json!({ "channel_id": channel, "message": message });
        self.post(who, channel, post).await;
    }

    async fn say_with_file(&mut self, who: &Actor, dice: &mut Dice) {
        let channel = self.channels[dice.below(self.channels.len())].clone();
        let path = format!("/files?channel_id={channel}&filename=note.txt");
        let bytes = self.word().into_bytes();
        let file = who.send("POST".parse().unwrap(), &path, bytes).await;
        if answered(&file) {
            let files = json!([file.json()["file_infos"][0]["id"]]);
            let post = json!({ "channel_id": channel, "message": "file", "file_ids": files });
            self.post(who, channel, post).await;
        }
    }

    /// Does something to a post.
    async fn touch(&mut self, who: &Actor, dice: &mut Dice) {
        let (post, _) = self.known[dice.below(self.known.len())].clone();
        let path = format!("/posts/{post}");
        let emoji = ["eyes", "heart"][dice.below(2)];
        let react = json!({ "user_id": who.id, "post_id": post, "emoji_name": emoji });
        let edit = json!({ "message": format!("edited {}", self.word()) });
        let reply = match dice.below(8) {
            0 | 1 => who.put(&format!("{path}/patch"), edit).await,
            2 => who.post(&format!("{path}/pin"), json!({})).await,
            3 => who.post(&format!("{path}/unpin"), json!({})).await,
            4 => {
                let reply = who.delete(&path).await;
                if reply.status < 300 {
                    self.said.remove(&post);
                }
                reply
            }
            5 | 6 => who.post("/reactions", react).await,
            _ => who.delete(&format!("/users/me{path}/reactions/{emoji}")).await,
        };
        answered(&reply);
    }

    async fn change_channel(&mut self, who: &Actor, dice: &mut Dice) {
        let channel = self.channels[dice.below(self.channels.len())].clone();
        let n = self.word();
        let patch = match dice.below(4) {
            0 => json!({ "name": format!("name-{n}") }),
            // Both sites may choose the same while apart.
            1 => json!({ "name": format!("same-{}", dice.below(3)) }),
            2 => json!({ "header": format!("header {n}") }),
            _ => json!({ "display_name": format!("Channel {n}") }),
        };
        answered(&who.put(&format!("/channels/{channel}/patch"), patch).await);
    }

    async fn make_channel(&mut self, dice: &mut Dice) {
        let name = if dice.one_in(3) {
            format!("new-{}", dice.below(3))
        } else {
            format!("new-{}", self.word())
        };
        let kind = if dice.one_in(2) { "O" } else { "P" };
        let channel = json!({
            "team_id": self.team["id"], "name": name, "display_name": name, "type": kind,
        });
        let reply = self.actors[0].post("/channels", channel).await;
        if answered(&reply) {
            self.channels.push(text(&reply.json()["id"]));
        }
    }

    async fn come_or_go(&mut self, dice: &mut Dice) {
        let channel = self.channels[dice.below(self.channels.len())].clone();
        let person = self.actors[1 + dice.below(self.actors.len() - 1)].id;
        let path = format!("/channels/{channel}/members");
        let admin = &self.actors[0];
        let reply = if dice.one_in(2) {
            admin.post(&path, json!({ "user_id": person })).await
        } else {
            admin.delete(&format!("{path}/{person}")).await
        };
        answered(&reply);
    }

    async fn change_profile(&mut self, who: &Actor, dice: &mut Dice) {
        let n = self.word();
        let patch = match dice.below(3) {
            0 => json!({ "nickname": format!("nick {n}") }),
            1 => json!({ "position": format!("position {n}") }),
            _ => json!({ "first_name": format!("first {n}"), "last_name": "last" }),
        };
        answered(&who.put("/users/me/patch", patch).await);
    }

    /// Two people take each other's name.
    async fn swap_names(&mut self) {
        let admin = &self.actors[0];
        let mut people = Vec::new();
        for actor in &self.actors[1..3] {
            let person = admin.get(&format!("/users/{}", actor.id)).await.expect(200);
            people.push((actor.id, text(&person["username"])));
        }
        let aside = format!("aside-{}", self.prefix);
        for (id, name) in
            [(people[0].0, &aside), (people[1].0, &people[0].1), (people[0].0, &people[1].1)]
        {
            let path = format!("/users/{id}/patch");
            admin.put(&path, json!({ "username": name })).await.expect(200);
        }
    }

    /// The administrator enters a channel that came from elsewhere, and everybody here knows it.
    pub(crate) async fn find(&mut self, channel: &str) {
        if !self.channels.iter().any(|known| known == channel) {
            enter(&self.actors[0], &self.team, channel).await;
            self.channels.push(channel.to_owned());
        }
    }
}
