//! Two linked sites in this process, and the frames that pass between them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use fieldpost_access::{Actor as Standing, Caller, PermissionSet};
use fieldpost_chat::post::create::create;
use fieldpost_kernel::Clock;
use fieldpost_link::invite::{self, Code, Request, Welcome};
use fieldpost_link::share::{self, Accept, Which};
use fieldpost_model::{Id, Post};
use fieldpost_peer::{Early, Quiet, Session};
use fieldpost_replica::{Coding, Format, Frame};
use fieldpost_testkit::{Dice, SeededEntropy, TestClock, TestSite};
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::Instant;

use crate::Outcome;

/// Who writes.
const AUTHORS: usize = 40;

/// The channel that both sites share.
const SHARED: &str = "field:ops";

/// Messages that are written at once, and so with few syncs.
const AT_ONCE: usize = 64;

/// No batch is split for want of room.
const ROOM: usize = 4 << 20;

/// A frame that passed.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    /// Which end sent it.
    pub(crate) from: usize,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_batch: bool,
}

/// Two linked sites that share a channel, in one of which people write.
pub(crate) struct Sites {
    sites: [TestSite; 2],
    sessions: [Session; 2],
    clock: Arc<TestClock>,
    channel: Id,
    authors: Vec<Id>,
    /// What may be answered.
    roots: Vec<Id>,
    dice: Dice,
}

fn administrator() -> Caller {
    acting_for(Id::NONE)
}

fn acting_for(user: Id) -> Caller {
    Caller { user, actor: Standing::AdminSocket, guest: false, roles: PermissionSet::default() }
}

fn failed(failure: impl std::fmt::Display) -> String {
    failure.to_string()
}

impl Sites {
    /// Starts and links two sites. Every author has said something, which has passed.
    pub(crate) async fn start(seed: u64) -> Outcome<Self> {
        let clock = Arc::new(TestClock::default());
        let hq = site("hq", seed, &clock).await;
        let edge = site("edge", seed + 1, &clock).await;
        let (admin, team) = hq.administrator_with_team("field").await;
        let new =
            json!({ "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "O" });
        let made = admin.post("/channels", new).await.expect(201);
        let channel = made["id"].as_str().unwrap_or_default().parse()?;
        let mut authors = Vec::new();
        for n in 0..AUTHORS {
            authors.push(hq.member(&admin, &team, &format!("person{n}")).await.id);
        }
        pair(&hq, &edge).await?;
        share_from(&hq, "edge").await?;
        let sessions = [session(&hq, &edge).await?, session(&edge, &hq).await?];
        let (roots, dice) = (Vec::new(), Dice::new(seed));
        let mut sites = Self { sites: [hq, edge], sessions, clock, channel, authors, roots, dice };
        sites.greet().await?;
        for author in sites.authors.clone() {
            sites.write(vec![(author, Id::NONE, "present".to_owned())]).await?;
        }
        sites.settle().await?;
        Ok(sites)
    }

    /// Somebody says each of these texts; three in ten are replies.
    pub(crate) async fn say(&mut self, texts: &[String]) -> Outcome<()> {
        for texts in texts.chunks(AT_ONCE) {
            let mut said = Vec::new();
            for text in texts {
                let author = self.authors[self.dice.below(AUTHORS)];
                let newest = self.roots.len().saturating_sub(50);
                let is_reply = self.dice.below(10) < 3;
                let root = newest + self.dice.below(self.roots.len() - newest);
                let root = if is_reply { self.roots[root] } else { Id::NONE };
                said.push((author, root, text.clone()));
            }
            self.write(said).await?;
        }
        Ok(())
    }

    async fn write(&mut self, said: Vec<(Id, Id, String)>) -> Outcome<()> {
        let store = &self.sites[0].running().store;
        let written = said.into_iter().map(|(author, root_id, message)| {
            // Bursts, and pauses between them.
            let pause = if self.dice.one_in(4) { 1_200_000 } else { 30_000 };
            let pause = self.dice.below(pause) as i64;
            let clock = Arc::clone(&self.clock);
            let channel_id = self.channel;
            store.write(&[], move |work| {
                clock.advance(pause);
                let new = Post { channel_id, root_id, message: message.clone(), ..Post::default() };
                create(work, &acting_for(author), &new)
            })
        });
        for post in join_all(written).await {
            let post = post.map_err(failed)?;
            if post.root_id.is_none() {
                self.roots.push(post.id);
            }
        }
        Ok(())
    }

    async fn greet(&mut self) -> Outcome<()> {
        let mut greetings = Vec::new();
        for from in [0, 1] {
            self.sessions[from].hear_formats(Format::NEWEST.number()).map_err(failed)?;
            let frames = self.sessions[from].greet().await.map_err(failed)?;
            greetings.extend(frames.into_iter().map(|frame| (from, frame)));
        }
        self.pass(greetings, &mut Vec::new()).await
    }

    /// Moves frames to the other end, and the answers back, in their order, until there are none.
    async fn pass(&self, frames: Vec<(usize, Frame)>, passed: &mut Vec<Passed>) -> Outcome<()> {
        let mut waiting = VecDeque::from(frames);
        while let Some((from, frame)) = waiting.pop_front() {
            let is_batch = matches!(frame, Frame::Batch { .. });
            passed.push(Passed { from, bytes: frame.encode(), is_batch });
            let to = 1 - from;
            let answers = self.sessions[to].hear(frame).await.map_err(failed)?;
            waiting.extend(answers.into_iter().map(|answer| (to, answer)));
        }
        Ok(())
    }

    /// Lets what was said last go ahead of its proof; gives the request in which it does.
    pub(crate) async fn go_ahead(&self) -> Outcome<Vec<u8>> {
        let quiet = Mutex::<Quiet>::default();
        let early = self.sessions[0].early(&quiet, Instant::now()).await.map_err(failed)?;
        let Early::This(preview) = early else { return Err("nothing went ahead".into()) };
        self.sessions[1].hear_preview(preview.clone()).await.map_err(failed)?;
        Ok(fieldpost_replica::Request::Preview(preview).encode())
    }

    /// Lets both sides say what they have to say; gives what passed.
    pub(crate) async fn settle(&mut self) -> Outcome<Vec<Passed>> {
        let mut passed = Vec::new();
        loop {
            let before = passed.len();
            for from in [0, 1] {
                let session = &self.sessions[from];
                let offers = session.offers().await.map_err(failed)?;
                let batch = session.next(ROOM, Coding::Terse).await.map_err(failed)?;
                let said = offers.into_iter().chain(batch).map(|frame| (from, frame)).collect();
                self.pass(said, &mut passed).await?;
                let states = self.sessions[from].states().await.map_err(failed)?;
                let said = states.into_iter().map(|frame| (from, frame)).collect();
                self.pass(said, &mut passed).await?;
            }
            if passed.len() == before {
                return Ok(passed);
            }
        }
    }
}

async fn site(name: &str, seed: u64, clock: &Arc<TestClock>) -> TestSite {
    TestSite::start_with(|config| {
        config.site_name = name.to_owned();
        config.entropy = Arc::new(SeededEntropy::new(seed));
        config.clock = Arc::clone(clock) as Arc<dyn Clock>;
    })
    .await
}

async fn pair(hq: &TestSite, edge: &TestSite) -> Outcome<()> {
    let (hq, edge) = (&hq.running().store, &edge.running().store);
    let (own, key) = (hq.site().id, hq.site().signing_key().verifying_key());
    let code = hq
        .write(&[], move |work| {
            invite::invite(work, &administrator(), (own, &key), "hq.example:8066")
        })
        .await
        .map_err(failed)?;
    let code = Code::read(&code).map_err(failed)?;
    let request = Request {
        secret: code.secret,
        site: edge.site().id,
        name: edge.site().name.clone(),
        address: String::new(),
    };
    let theirs = edge.site().signing_key().verifying_key();
    hq.write(&[], move |work| invite::welcome(work, own, &request, &theirs))
        .await
        .map_err(failed)?;
    let (own, welcome) = (edge.site().id, Welcome { name: hq.site().name.clone() });
    edge.write(&[], move |work| invite::accepted(work, &administrator(), own, &code, &welcome))
        .await
        .map_err(failed)?;
    Ok(())
}

async fn share_from(site: &TestSite, with: &'static str) -> Outcome<()> {
    let store = &site.running().store;
    let which = Which::One(SHARED.to_owned());
    store
        .write(&[], move |work| share::share(work, &administrator(), with, &which))
        .await
        .map_err(failed)?;
    Ok(())
}

async fn session(site: &TestSite, peer: &TestSite) -> Outcome<Session> {
    let (store, peer) = (&site.running().store, peer.running().store.site().id);
    let outgoing = Session::outgoing(store, peer).await.map_err(failed)?;
    Ok(Session::new(store.clone(), peer, Accept::Auto, outgoing))
}
