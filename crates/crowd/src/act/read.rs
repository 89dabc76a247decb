//! Reading: channels, threads, single posts, what is unread.

use serde_json::json;

use crate::Outcome;
use crate::client::text;
use crate::ear::Order;
use crate::history::Fact;
use crate::person::{File, Person, PostList};

/// Posts of a page.
const PAGE: usize = 30;

impl Person {
    /// Opens another channel, or another conversation.
    pub(super) async fn switch(&mut self, is_direct: bool) -> Outcome<()> {
        let others: Vec<usize> = (0..self.places.len())
            .filter(|n| *n != self.at && (!is_direct || self.places[*n].is_direct))
            .collect();
        let Some(next) = self.dice.pick(&others).copied() else { return Ok(()) };
        let before = self.places[self.at].id.clone();
        let id = self.places[next].id.clone();
        let viewed = json!({ "channel_id": before, "prev_channel_id": "" });
        self.send("POST", "/channels/members/me/view", &viewed).await?;
        self.at = next;
        let path = if self.places[next].was_opened {
            format!("/channels/{id}/posts?since={}", self.places[next].newest_at)
        } else {
            format!("/users/me/channels/{id}/posts/unread?limit_before={PAGE}&limit_after={PAGE}")
        };
        let files = self.read_posts(next, &path).await?;
        self.places[next].was_opened = true;
        if let Some(file) = files.first() {
            // Whatever is no picture has no thumbnail, and is opened instead.
            let small = if file.has_preview_image { "/thumbnail" } else { "" };
            self.get(&format!("/files/{}{small}", file.id)).await?;
        }
        let counted = if self.dice.happens(0.01) { "" } else { "?exclude_files_count=true" };
        self.get(&format!("/channels/{id}/stats{counted}")).await?;
        if self.places[next].is_direct {
            let preferences = json!([
                { "user_id": self.id, "category": "direct_channel_show", "name": id, "value": "true" },
                { "user_id": self.id, "category": "channel_open_time", "name": id, "value": "1" },
            ]);
            self.send("PUT", "/users/me/preferences", &preferences).await?;
        }
        let viewed = json!({ "channel_id": id, "prev_channel_id": before });
        self.send("POST", "/channels/members/me/view", &viewed).await?;
        Ok(())
    }

    /// Reads a stretch of a channel and asks who its authors are; gives the files in it.
    pub(crate) async fn read_posts(&mut self, at: usize, path: &str) -> Outcome<Vec<File>> {
        let answer = self.get(path).await?;
        if answer.status != 200 {
            return Ok(Vec::new());
        }
        let list: PostList = serde_json::from_slice(&answer.body)?;
        let (authors, files) = self.take_in(at, &list);
        self.meet(authors).await?;
        Ok(files)
    }

    pub(super) async fn scroll_back(&mut self) -> Outcome<()> {
        let at = self.at;
        for _ in 0..=self.dice.below(5) {
            let Some(place) = self.places.get(at) else { return Ok(()) };
            let (id, oldest) = (place.id.clone(), place.oldest.clone());
            if oldest.is_empty() {
                return Ok(());
            }
            let path = format!("/channels/{id}/posts?before={oldest}&per_page={PAGE}&page=0");
            self.read_posts(at, &path).await?;
            if self.places[at].oldest == oldest {
                return Ok(());
            }
            self.wait(1.0, 10.0).await;
        }
        Ok(())
    }

    pub(super) async fn check_unread(&mut self) -> Outcome<()> {
        self.get("/users/me/teams/unread?include_collapsed_threads=true").await?;
        let Some(place) = self.places.get(self.at) else { return Ok(()) };
        let id = place.id.clone();
        self.get(&format!("/users/me/channels/{id}/unread")).await?;
        Ok(())
    }

    pub(super) async fn global_threads(&mut self) -> Outcome<()> {
        let all = format!("/users/me/teams/{}/threads?extended=true&per_page=25", self.team);
        let found = self.get(&all).await?.expect(200)?;
        self.get(&format!("{all}&unread=true")).await?;
        let threads = found["threads"].as_array().cloned().unwrap_or_default();
        if let Some(thread) = self.dice.pick(&threads) {
            let id = text(thread, "id")?;
            self.open_thread(&id).await?;
        }
        if let Some(last) = threads.last().filter(|_| threads.len() == 25) {
            self.get(&format!("{all}&before={}", text(last, "id")?)).await?;
        }
        Ok(())
    }

    async fn open_thread(&mut self, root: &str) -> Outcome<()> {
        self.get(&format!("/posts/{root}/thread?perPage=60&direction=down")).await?;
        let team = self.team.clone();
        self.get(&format!("/users/me/teams/{team}/threads/{root}?extended=false")).await?;
        Ok(())
    }

    pub(super) async fn view_thread(&mut self) -> Outcome<()> {
        match self.dice.pick(&self.threads).cloned() {
            Some(root) => self.open_thread(&root).await,
            None => Ok(()),
        }
    }

    pub(super) async fn read_thread(&mut self) -> Outcome<()> {
        let Some(root) = self.dice.pick(&self.threads).cloned() else { return Ok(()) };
        let newest = self.places.iter().map(|place| place.newest_at).max().unwrap_or(0);
        let path = format!("/users/me/teams/{}/threads/{root}/read/{newest}", self.team);
        self.send("PUT", &path, &json!({})).await?;
        Ok(())
    }

    pub(super) async fn read_all_threads(&mut self) -> Outcome<()> {
        let path = format!("/users/me/teams/{}/threads/read", self.team);
        self.send("PUT", &path, &json!({})).await?;
        Ok(())
    }

    /// Follows a link to a post: the post, what is around it, where it is.
    pub(super) async fn open_permalink(&mut self) -> Outcome<()> {
        let at = self.at;
        let Some(place) = self.places.get(at) else { return Ok(()) };
        let Some(post) = self.dice.pick(&place.posts).map(|seen| seen.id.clone()) else {
            return Ok(());
        };
        let channel = place.id.clone();
        if self.get(&format!("/posts/{post}")).await?.status != 200 {
            return Ok(());
        }
        self.get(&format!("/channels/{channel}")).await?;
        let team = self.team.clone();
        self.get(&format!("/teams/{team}")).await?;
        self.get(&format!("/channels/{channel}/posts?after={post}&per_page={PAGE}")).await?;
        self.get(&format!("/channels/{channel}/posts?before={post}&per_page={PAGE}")).await?;
        Ok(())
    }

    /// The network breaks off for a moment.
    pub(super) async fn reconnect(&mut self) -> Outcome<()> {
        self.ear.order(Order::Break);
        self.load_places().await?;
        let at = self.at;
        let Some(place) = self.places.get(at).filter(|place| place.newest_at > 0) else {
            return Ok(());
        };
        let path = format!("/channels/{}/posts?since={}", place.id, place.newest_at);
        self.read_posts(at, &path).await?;
        Ok(())
    }

    /// Joins a public channel, or leaves one that was joined so.
    pub(super) async fn join_or_leave(&mut self) -> Outcome<()> {
        if let Some(id) = self.visited.pop() {
            let path = format!("/channels/{id}/members/{}", self.id);
            // If the answer to the first try broke off, the second finds nothing to leave.
            let status = self.insist("DELETE", &path, &json!({})).await?.status;
            if matches!(status, 200 | 404) {
                self.note(|history| Fact::Left { channel: history.name(&id) });
                self.places.retain(|place| place.id != id);
                self.at = 0;
            }
            return Ok(());
        }
        let team = self.team.clone();
        let found = self.get(&format!("/teams/{team}/channels?page=0&per_page=60")).await?;
        let found = found.expect(200)?;
        let open: Vec<String> = found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|channel| Some(channel["id"].as_str()?.to_owned()))
            .filter(|id| self.places.iter().all(|place| place.id != *id))
            .collect();
        let Some(id) = self.dice.pick(&open).cloned() else { return Ok(()) };
        let member = json!({ "user_id": self.id });
        let path = format!("/channels/{id}/members");
        self.note(|history| Fact::Joining { channel: history.name(&id) });
        self.insist("POST", &path, &member).await?.expect(201)?;
        self.visited.push(id);
        self.load_places().await
    }
}
