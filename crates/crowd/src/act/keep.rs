//! What people keep for themselves: drafts, messages for later, reminders, their sidebar, how they
//! show themselves.

use serde_json::{Value, json};

use crate::Outcome;
use crate::client::text;
use crate::person::Person;
use crate::weights::Action;
use crate::words;

const HOUR: i64 = 60 * 60 * 1000;

impl Person {
    pub(super) async fn draft(&mut self, action: Action) -> Outcome<()> {
        let Some(place) = self.places.get(self.at) else { return Ok(()) };
        let channel = place.id.clone();
        match action {
            Action::UpsertDraft => {
                let message = words::message(&mut self.dice, false);
                let draft = json!({ "channel_id": channel, "message": message });
                self.send("POST", "/drafts", &draft).await?;
            }
            Action::DeleteDraft => {
                self.call("DELETE", &format!("/users/me/channels/{channel}/drafts"), b"").await?;
            }
            _ => {
                let path = format!("/users/me/teams/{}/drafts", self.team);
                self.get(&path).await?;
            }
        }
        Ok(())
    }

    /// Somewhat later than the newest that was read, which is as much as a client without a clock
    /// knows.
    fn later(&self) -> Option<i64> {
        self.places
            .iter()
            .map(|place| place.newest_at)
            .max()
            .filter(|at| *at > 0)
            .map(|at| at + HOUR)
    }

    pub(super) async fn schedule(&mut self, action: Action) -> Outcome<()> {
        let (Some(place), Some(at)) = (self.places.get(self.at), self.later()) else {
            return Ok(());
        };
        let channel = place.id.clone();
        let message = words::message(&mut self.dice, false);
        let mut wanted = json!({
            "channel_id": channel, "message": message, "user_id": self.id, "scheduled_at": at,
        });
        if action == Action::CreateScheduled {
            let answer = self.send("POST", "/posts/schedule", &wanted).await?;
            if answer.status < 300 {
                let made: Value = serde_json::from_slice(&answer.body)?;
                self.scheduled.push(text(&made, "id")?);
            }
            return Ok(());
        }
        let Some(id) = self.scheduled.pop() else { return Ok(()) };
        let path = format!("/posts/schedule/{id}");
        if action == Action::UpdateScheduled {
            wanted["id"] = json!(id);
            self.send("PUT", &path, &wanted).await?;
            self.scheduled.push(id);
            return Ok(());
        }
        self.call("DELETE", &path, b"").await?;
        if action == Action::SendScheduled {
            self.send_message(json!({ "channel_id": channel, "root_id": "" }), &message).await?;
        }
        Ok(())
    }

    pub(super) async fn remind(&mut self) -> Outcome<()> {
        let (Some(place), Some(at)) = (self.places.get(self.at), self.later()) else {
            return Ok(());
        };
        let Some(post) = place.posts.last().map(|seen| seen.id.clone()) else { return Ok(()) };
        let path = format!("/users/me/posts/{post}/reminder");
        self.send("POST", &path, &json!({ "target_time": at / 1000 })).await?;
        Ok(())
    }

    pub(super) async fn follow(&mut self, action: Action) -> Outcome<()> {
        let Some(root) = self.dice.pick(&self.threads).cloned() else { return Ok(()) };
        let path = format!("/users/me/teams/{}/threads/{root}/following", self.team);
        let method = if action == Action::FollowThread { "PUT" } else { "DELETE" };
        self.call(method, &path, b"").await?;
        Ok(())
    }

    pub(super) async fn categories(&mut self, action: Action) -> Outcome<()> {
        let path = format!("/users/me/teams/{}/channels/categories", self.team);
        if action == Action::CreateCategory {
            let made = json!({
                "user_id": self.id, "team_id": self.team, "display_name": "Mine",
                "type": "custom", "channel_ids": [],
            });
            self.send("POST", &path, &made).await?;
            return Ok(());
        }
        let all = self.get(&path).await?.expect(200)?;
        let Some(category) = all["categories"].as_array().and_then(|all| all.last()) else {
            return Ok(());
        };
        self.send("PUT", &path, &json!([category])).await?;
        Ok(())
    }

    pub(super) async fn present(&mut self, action: Action) -> Outcome<()> {
        match action {
            Action::UpdateProfile => {
                let position = words::words(&mut self.dice, 2);
                self.send("PUT", "/users/me/patch", &json!({ "position": position })).await?;
            }
            Action::SetCustomStatus => {
                let status = json!({ "emoji": "coffee", "text": words::words(&mut self.dice, 3) });
                self.send("PUT", "/users/me/status/custom", &status).await?;
            }
            _ => {
                self.call("DELETE", "/users/me/status/custom", b"").await?;
            }
        }
        Ok(())
    }

    pub(super) async fn bookmark(&mut self, action: Action) -> Outcome<()> {
        if action == Action::AddBookmark {
            let Some(place) = self.places.get(self.at) else { return Ok(()) };
            let channel = place.id.clone();
            let made = json!({
                "display_name": "Page", "link_url": "http://127.0.0.1:9/page", "type": "link",
            });
            let answer =
                self.send("POST", &format!("/channels/{channel}/bookmarks"), &made).await?;
            if answer.status == 201 {
                self.bookmarks.push((channel, text(&answer.expect(201)?, "id")?));
            }
            return Ok(());
        }
        let Some((channel, id)) = self.bookmarks.pop() else { return Ok(()) };
        let path = format!("/channels/{channel}/bookmarks/{id}");
        match action {
            Action::UpdateBookmark => {
                self.send("PATCH", &path, &json!({ "display_name": "Other" })).await?;
            }
            Action::SortBookmark => {
                self.send("POST", &format!("{path}/sort_order"), &json!(0)).await?;
            }
            _ => {
                self.call("DELETE", &path, b"").await?;
                return Ok(());
            }
        }
        self.bookmarks.push((channel, id));
        Ok(())
    }
}
