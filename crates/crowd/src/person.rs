//! One simulated person: what they know, and how they spend their time.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::Outcome;
use crate::client::{Answer, Client};
use crate::dice::Dice;
use crate::ear::{Ear, Order};
use crate::history::{Fact, Mark, Stamp};
use crate::people::Ground;
use crate::weights;

/// How often a client asks what people are doing, and reports how fast it was.
const STATUSES_EVERY: f64 = 60.0;

/// How long somebody waits before an unanswered request is sent again.
const AGAIN: Duration = Duration::from_millis(300);

/// How often it is sent again: a server that is not back by then does not come back.
const TRIES: usize = 400;

/// Posts of a channel that a client remembers.
const REMEMBERED: usize = 60;

/// A channel as its member knows it.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub(crate) id: String,
    pub(crate) is_direct: bool,
    pub(crate) was_opened: bool,
    /// The time of the newest post that was read.
    pub(crate) newest_at: i64,
    /// The oldest post that was read.
    pub(crate) oldest: String,
    /// Posts with their authors and threads, the newest last.
    pub(crate) posts: Vec<Seen>,
}

/// A post as somebody remembers it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) root: String,
}

/// A message of one's own.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    pub(crate) post: String,
    pub(crate) mark: Mark,
    pub(crate) version: u32,
}

/// Posts as the API gives them.
#[derive(Debug, Deserialize)]
pub(crate) struct PostList {
    pub(crate) order: Vec<String>,
    pub(crate) posts: HashMap<String, Post>,
}

/// A post as the API gives it.
#[derive(Debug, Deserialize)]
pub(crate) struct Post {
    #[serde(default)]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) create_at: i64,
    #[serde(default)]
    pub(crate) delete_at: i64,
    #[serde(default)]
    pub(crate) user_id: String,
    #[serde(default)]
    pub(crate) root_id: String,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

/// What hangs on a post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) reactions: Option<Vec<Reaction>>,
    pub(crate) files: Option<Vec<File>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Reaction {
    pub(crate) user_id: String,
}

/// A file as a post names it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct File {
    pub(crate) id: String,
    /// Whether there are small pictures of it.
    #[serde(default)]
    pub(crate) has_preview_image: bool,
}

#[derive(Debug, Deserialize)]
struct Channel {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

/// One simulated person.
pub(crate) struct Person {
    pub(crate) number: usize,
    pub(crate) id: String,
    pub(crate) team: String,
    token: String,
    pub(crate) dice: Dice,
    pub(crate) ground: Arc<Ground>,
    line: Option<Client>,
    pub(crate) ear: Ear,
    pub(crate) places: Vec<Place>,
    /// The channel on screen.
    pub(crate) at: usize,
    pub(crate) own: Vec<Own>,
    /// First messages of threads that were seen.
    pub(crate) threads: Vec<String>,
    known: HashSet<String>,
    written: u32,
    said: u64,
    /// What was made, to be changed and removed again.
    pub(crate) scheduled: Vec<String>,
    pub(crate) bookmarks: Vec<(String, String)>,
    /// Channels that they joined themselves, to be left again.
    pub(crate) visited: Vec<String>,
}

impl Person {
    /// Somebody of a crowd, if there are so many.
    pub(crate) fn new(number: usize, ground: &Arc<Ground>) -> Option<Self> {
        let secret = ground.everybody.get(number)?;
        Some(Self {
            number,
            id: secret.id.clone(),
            team: String::new(),
            token: secret.token.clone(),
            dice: Dice::new(ground.seed ^ (number as u64) << 20),
            ear: Ear::open(number, secret, ground),
            ground: Arc::clone(ground),
            line: None,
            places: Vec::new(),
            at: 0,
            own: Vec::new(),
            threads: Vec::new(),
            known: HashSet::new(),
            written: 0,
            said: 0,
            scheduled: Vec::new(),
            bookmarks: Vec::new(),
            visited: Vec::new(),
        })
    }

    /// Spends time until told to stop.
    pub(crate) async fn live(mut self) -> Self {
        let mut acting = self.ground.acting();
        let mut is_begun = false;
        let rate = weights::rate(self.number);
        let first = self.dice.between(0.0, STATUSES_EVERY);
        let mut statuses_at = Instant::now() + self.seconds(first);
        // People are somewhere in their pauses when one begins to look.
        let mut pause = weights::pause(&mut self.dice, rate) * self.dice.between(0.0, 1.0);
        loop {
            if !is_begun {
                is_begun = self.load().await.is_ok();
            }
            let act_at = Instant::now() + if is_begun { self.seconds(pause) } else { AGAIN };
            loop {
                let next = act_at.min(statuses_at);
                tokio::select! {
                    () = tokio::time::sleep_until(next.into()) => {}
                    () = self.ear.rung() => {
                        let strangers = self.ear.strangers();
                        // Asked for with the next channel, if not now.
                        drop(self.meet(strangers).await);
                        continue;
                    }
                    _ = acting.changed() => {}
                }
                if *acting.borrow() <= self.number {
                    return self;
                }
                if Instant::now() >= statuses_at {
                    statuses_at = Instant::now() + self.seconds(STATUSES_EVERY);
                    drop(self.look_around().await);
                }
                if Instant::now() >= act_at {
                    break;
                }
            }
            if is_begun {
                let action = weights::next(&mut self.dice);
                // What got no answer was counted; people do something else then.
                drop(self.act(action).await);
                pause = weights::pause(&mut self.dice, rate);
            }
        }
    }

    fn seconds(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds / self.ground.speed)
    }

    /// Waits within an action.
    pub(crate) async fn wait(&mut self, low: f64, high: f64) {
        let seconds = self.dice.between(low, high);
        tokio::time::sleep(self.seconds(seconds)).await;
    }

    fn source(&self) -> IpAddr {
        self.ground.source(self.number)
    }

    /// Sends a request and waits for the answer.
    pub(crate) async fn call(&mut self, method: &str, path: &str, body: &[u8]) -> Outcome<Answer> {
        if self.line.is_none() {
            let (source, address) = (self.source(), self.ground.address);
            self.line = Some(Client::open_from(source, address, &self.token).await?);
        }
        let line = self.line.as_mut().ok_or("no line")?;
        let begun = Instant::now();
        let answer = line.send(method, path, body).await;
        let gauge = &self.ground.gauge;
        match answer {
            Ok(answer) => {
                gauge.answered(begun.elapsed(), || shape(method, path));
                if answer.status >= 400 {
                    gauge.refuse(shape(method, path), answer.status);
                }
                Ok(answer)
            }
            Err(error) => {
                gauge.broken.fetch_add(1, Ordering::Relaxed);
                self.line = None;
                Err(error)
            }
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Outcome<Answer> {
        self.call("GET", path, b"").await
    }

    pub(crate) async fn send(&mut self, method: &str, path: &str, body: &Value) -> Outcome<Answer> {
        self.call(method, path, body.to_string().as_bytes()).await
    }

    /// Sends a request until it is answered for good, as a client does that keeps what people want.
    pub(crate) async fn insist(
        &mut self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Outcome<Answer> {
        for _ in 0..TRIES {
            match self.send(method, path, body).await {
                Ok(answer) if answer.status < 500 => return Ok(answer),
                _ => tokio::time::sleep(AGAIN).await,
            }
        }
        Err(format!("{method} {path} was not answered").into())
    }

    /// Writes down what was done or seen.
    pub(crate) fn note(&self, fact: impl FnOnce(&mut crate::history::History) -> Fact) {
        self.ground.recorder.note(self.number, fact);
    }

    /// The stamp of a text that is about to be sent.
    pub(crate) fn stamp(&self, mark: Mark, version: u32) -> Stamp {
        Stamp { mark, version, at: self.ground.gauge.micros() }
    }

    /// A mark for a new message.
    pub(crate) fn mark(&mut self) -> Mark {
        self.written += 1;
        Mark { author: u32::try_from(self.number).unwrap_or(u32::MAX), number: self.written }
    }

    /// Says something over the socket.
    pub(crate) fn say(&mut self, action: &str, data: &Value) {
        self.said += 1;
        let said = json!({ "action": action, "seq": self.said, "data": data });
        self.ear.order(Order::Say(said.to_string()));
    }

    /// What a client asks when it starts, or begins anew.
    pub(crate) async fn load(&mut self) -> Outcome<()> {
        self.get("/users/me").await?;
        self.get("/users/me/preferences").await?;
        let teams = self.get("/users/me/teams").await?.expect(200)?;
        self.team = crate::client::text(&teams[0], "id")?;
        self.get("/users/me/teams/members").await?;
        self.get("/users/me/teams/unread?include_collapsed_threads=true").await?;
        self.load_places().await?;
        let team = &self.team.clone();
        self.get(&format!("/users/me/teams/{team}/channels/categories")).await?;
        self.get(&format!("/users/me/teams/{team}/drafts")).await?;
        self.get(&format!("/users/me/teams/{team}/threads?totalsOnly=true")).await?;
        Ok(())
    }

    /// Asks which channels are theirs, and what is unread there.
    pub(crate) async fn load_places(&mut self) -> Outcome<()> {
        let team = self.team.clone();
        let answer = self.get(&format!("/users/me/teams/{team}/channels")).await?;
        let channels: Vec<Channel> = serde_json::from_slice(&answer.body)?;
        for channel in channels {
            self.note(|history| Fact::Joined { channel: history.name(&channel.id) });
            if self.places.iter().all(|place| place.id != channel.id) {
                self.places.push(Place {
                    is_direct: channel.kind == "D" || channel.kind == "G",
                    id: channel.id,
                    ..Place::default()
                });
            }
        }
        self.get(&format!("/users/me/teams/{team}/channels/members")).await?;
        Ok(())
    }

    /// Whether a channel is theirs, as far as they know.
    pub(crate) fn belongs_to(&self, channel: &str) -> bool {
        self.places.iter().any(|place| place.id == channel)
    }

    /// Asks who somebody is that is not known yet, and what they are doing.
    pub(crate) async fn meet(&mut self, people: Vec<String>) -> Outcome<()> {
        let strangers: Vec<String> =
            people.into_iter().filter(|person| !self.known.contains(person)).collect();
        if strangers.is_empty() {
            return Ok(());
        }
        let ids = json!(strangers);
        self.send("POST", "/users/ids", &ids).await?.expect(200)?;
        self.send("POST", "/users/status/ids", &ids).await?;
        self.known.extend(strangers);
        Ok(())
    }

    /// What a client asks and reports every minute.
    async fn look_around(&mut self) -> Outcome<()> {
        let seen: Vec<&String> = self.known.iter().take(20).collect();
        let ids = if seen.is_empty() { json!([self.id]) } else { json!(seen) };
        self.send("POST", "/users/status/ids", &ids).await?;
        let report = json!({
            "version": "0.1.0", "client_id": "", "labels": {}, "start": 0, "end": 0,
            "histograms": [], "counters": [],
        });
        self.send("POST", "/client_perf", &report).await?;
        Ok(())
    }

    /// Takes in a stretch of a channel: gives the authors and files in it.
    pub(crate) fn take_in(&mut self, at: usize, list: &PostList) -> (Vec<String>, Vec<File>) {
        let oldest_first = list.order.iter().rev().filter_map(|id| list.posts.get(id));
        let there: Vec<&Post> = oldest_first.filter(|post| post.delete_at == 0).collect();
        let channel = self.places[at].id.clone();
        self.note(|history| Fact::Read {
            channel: history.name(&channel),
            posts: there.iter().map(|post| history.name(&post.id)).collect(),
        });
        let place = &mut self.places[at];
        if let Some(first) = there.first() {
            place.oldest.clone_from(&first.id);
        }
        let mut files = Vec::new();
        for post in &there {
            place.newest_at = place.newest_at.max(post.create_at);
            place.posts.retain(|seen| seen.id != post.id);
            place.posts.push(Seen { id: post.id.clone(), root: post.root_id.clone() });
            files.extend(post.metadata.files.iter().flatten().cloned());
            if !post.root_id.is_empty() && !self.threads.contains(&post.root_id) {
                self.threads.push(post.root_id.clone());
            }
        }
        let place = &mut self.places[at];
        let extra = place.posts.len().saturating_sub(REMEMBERED);
        place.posts.drain(..extra);
        let extra = self.threads.len().saturating_sub(REMEMBERED);
        self.threads.drain(..extra);
        (there.iter().map(|post| post.user_id.clone()).collect(), files)
    }
}

/// What was asked, without the ids in it.
fn shape(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts = path.split('/').map(|part| match part.len() {
        26 => "{id}",
        _ if part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() => "{n}",
        _ => part,
    });
    format!("{method} {}", parts.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_has_no_ids() {
        let path = "/posts/abcdefghijklmnopqrstuvwxyz/thread?perPage=60";
        assert_eq!(shape("GET", path), "GET /posts/{id}/thread");
    }
}
