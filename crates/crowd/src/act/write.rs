//! Writing: messages and what is done to them.

use serde_json::{Value, json};

use crate::Outcome;
use crate::client::text;
use crate::history::{Fact, Mark};
use crate::person::{Own, Person, Seen};
use crate::words;

/// What people react with.
const EMOJI: [&str; 5] = ["thumbsup", "heart", "smile", "tada", "eyes"];

/// Where nobody is asked anything.
const LINK: &str = "http://127.0.0.1:9/page";

impl Person {
    /// Writes a message as the load model says people do.
    pub(super) async fn write(&mut self) -> Outcome<()> {
        let Some(place) = self.places.get(self.at) else { return Ok(()) };
        let channel = place.id.clone();
        let is_reply = self.dice.happens(0.18);
        let root = if is_reply { self.dice.pick(&place.posts).cloned() } else { None };
        let root = root.map(|seen| if seen.root.is_empty() { seen.id } else { seen.root });
        let typing = json!({ "channel_id": channel, "parent_id": root.as_deref().unwrap_or("") });
        self.say("user_typing", &typing);
        let mut words = words::message(&mut self.dice, root.is_some());
        if self.dice.happens(0.10) {
            let name = self.mention(&channel).await?;
            words = format!("@{name} {words}");
        }
        if self.dice.happens(0.10) {
            words = format!("{words} {LINK}");
        }
        if self.dice.happens(0.01)
            && let Some(seen) = self.dice.pick(&self.places[self.at].posts)
        {
            words = format!("{words} /_redirect/pl/{}", seen.id);
        }
        let mut post = json!({ "channel_id": channel, "root_id": root.as_deref().unwrap_or("") });
        if self.dice.happens(0.02) {
            let file = self.upload(&channel).await?;
            post["file_ids"] = json!([file]);
        }
        if root.is_none() && self.dice.happens(0.001) {
            post["metadata"] = json!({ "priority": { "priority": "urgent" } });
        }
        self.send_message(post, &words).await
    }

    /// Sends a message until it is accepted or refused, always under the same name.
    pub(crate) async fn send_message(&mut self, mut post: Value, words: &str) -> Outcome<()> {
        let mark = self.mark();
        let channel = text(&post, "channel_id")?;
        let root = post["root_id"].as_str().unwrap_or_default().to_owned();
        post["message"] = json!(format!("{words} {}", self.stamp(mark, 0)));
        post["pending_post_id"] = json!(format!("{}:{}", self.id, mark.number));
        let root = Some(root).filter(|root| !root.is_empty());
        for _ in 0..400 {
            self.note(|history| Fact::Sending {
                mark,
                channel: history.name(&channel),
                root: root.as_deref().map(|root| history.name(root)),
            });
            match self.send("POST", "/posts", &post).await {
                Ok(answer) if answer.status == 201 => {
                    let made = answer.expect(201)?;
                    return self.is_accepted(mark, &channel, &made);
                }
                Ok(answer) if answer.status < 500 => return Ok(()),
                _ => tokio::time::sleep(std::time::Duration::from_millis(300)).await,
            }
        }
        Err("a message was not answered".into())
    }

    fn is_accepted(&mut self, mark: Mark, channel: &str, made: &Value) -> Outcome<()> {
        let post = text(made, "id")?;
        self.note(|history| Fact::Sent { mark, post: history.name(&post) });
        self.own.push(Own { post: post.clone(), mark, version: 0 });
        let extra = self.own.len().saturating_sub(50);
        self.own.drain(..extra);
        if let Some(place) = self.places.iter_mut().find(|place| place.id == channel) {
            place.posts.push(Seen { id: post, root: text(made, "root_id").unwrap_or_default() });
        }
        Ok(())
    }

    /// Types a name key by key, each of which asks who is meant; some slips are typed anew.
    async fn mention(&mut self, channel: &str) -> Outcome<String> {
        let name = format!("person{}", self.dice.below(self.ground.everybody.len()));
        for key in 1..=name.len().min(8) {
            let typed = if self.dice.happens(0.15) { "x" } else { &name[..key] };
            let team = &self.team;
            let path = format!(
                "/users/autocomplete?in_team={team}&in_channel={channel}&name={typed}&limit=25"
            );
            self.get(&path).await?;
            self.wait(0.1, 0.3).await;
        }
        Ok(name)
    }

    async fn upload(&mut self, channel: &str) -> Outcome<String> {
        let path = format!("/files?channel_id={channel}&filename=note.txt");
        let bytes = words::words(&mut self.dice, 500);
        let answer = self.call("POST", &path, bytes.as_bytes()).await?.expect(201)?;
        text(&answer["file_infos"][0], "id")
    }

    pub(super) async fn edit(&mut self) -> Outcome<()> {
        let at = self.dice.below(self.own.len());
        let Some(own) = self.own.get_mut(at) else { return Ok(()) };
        own.version += 1;
        let Own { post, mark, version } = own.clone();
        let words = words::message(&mut self.dice, false);
        let message = format!("{words} {}", self.stamp(mark, version));
        self.note(|history| Fact::Editing { post: history.name(&post), version });
        let path = format!("/posts/{post}/patch");
        let answer = self.insist("PUT", &path, &json!({ "message": message })).await?;
        if answer.status == 200 {
            self.note(|history| Fact::Edited { post: history.name(&post), version });
        }
        Ok(())
    }

    pub(super) async fn delete(&mut self) -> Outcome<()> {
        if self.own.is_empty() {
            return Ok(());
        }
        let at = self.dice.below(self.own.len());
        let post = self.own.swap_remove(at).post;
        self.note(|history| Fact::Deleting { post: history.name(&post) });
        let answer = self.insist("DELETE", &format!("/posts/{post}"), &json!({})).await?;
        if answer.status == 200 {
            self.note(|history| Fact::Deleted { post: history.name(&post) });
        }
        Ok(())
    }

    pub(super) async fn react(&mut self) -> Outcome<()> {
        let Some(place) = self.places.get(self.at) else { return Ok(()) };
        let Some(post) = self.dice.pick(&place.posts).map(|seen| seen.id.clone()) else {
            return Ok(());
        };
        let emoji = EMOJI[self.dice.below(EMOJI.len())];
        let reaction = json!({ "user_id": self.id, "post_id": post, "emoji_name": emoji });
        self.note(|history| Fact::Reacting { post: history.name(&post) });
        if self.insist("POST", "/reactions", &reaction).await?.status == 201 {
            self.note(|history| Fact::Reacted { post: history.name(&post) });
        }
        Ok(())
    }

    pub(super) async fn acknowledge(&mut self) -> Outcome<()> {
        let Some(place) = self.places.get(self.at) else { return Ok(()) };
        let Some(post) = place.posts.last().map(|seen| seen.id.clone()) else { return Ok(()) };
        self.send("POST", &format!("/users/me/posts/{post}/ack"), &json!({})).await?;
        Ok(())
    }
}
