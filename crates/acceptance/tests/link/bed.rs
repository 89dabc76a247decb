//! Two sites and a wire that a test moves frames over by hand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, LazyLock, Mutex};

use fieldpost_access::{Actor as Standing, Caller, PermissionSet};
use fieldpost_kernel::Work;
use fieldpost_link::invite::{self, Code, Request, Welcome};
use fieldpost_link::share::{self, Accept, Which};
use fieldpost_link::{Outgoing, direct};
use fieldpost_log::{Scope, ScopeKind, SiteId};
use fieldpost_model::Id;
use fieldpost_peer::{Allowance, Ended, Routes, Session};
use fieldpost_replica::{Coding, Format, Frame, Readiness, readiness};
use fieldpost_testkit::{Actor, Dice, SeededEntropy, TestSite};
use serde_json::{Value, json};

/// What a batch may have in these tests: small, so that there are many of them.
const ROOM: usize = 600;

/// Rounds of talk after which two sites must have come to an end.
const ROUNDS: usize = 2000;

/// Batches under way at once.
const WINDOW: usize = 3;

/// The administrator on a site's own socket.
pub(crate) fn administrator() -> Caller {
    Caller {
        user: Id::NONE,
        actor: Standing::AdminSocket,
        guest: false,
        roles: PermissionSet::default(),
    }
}

/// A site whose chance is its own.
pub(crate) async fn site(name: &str, seed: u64) -> TestSite {
    TestSite::start_with(|config| {
        config.site_name = name.to_owned();
        config.entropy = Arc::new(SeededEntropy::new(seed));
    })
    .await
}

/// Links two sites as their administrators do.
pub(crate) async fn pair(hq: &TestSite, edge: &TestSite) {
    pair_at((hq, "hq.example:8066"), (edge, "")).await;
}

/// Links two sites that can be called at addresses; one that has none calls.
pub(crate) async fn pair_at(
    (hq, address): (&TestSite, &str),
    (edge, edge_address): (&TestSite, &str),
) {
    let address = address.to_owned();
    let (hq, edge) = (&hq.running().store, &edge.running().store);
    let (own, key) = (hq.site().id, hq.site().signing_key().verifying_key());
    let code = hq
        .write(&[], move |work| invite::invite(work, &administrator(), (own, &key), &address))
        .await
        .unwrap();
    let code = Code::read(&code).unwrap();
    let request = Request {
        secret: code.secret,
        site: edge.site().id,
        name: edge.site().name.clone(),
        address: edge_address.to_owned(),
    };
    let theirs = edge.site().signing_key().verifying_key();
    let welcomed =
        hq.write(&[], move |work| invite::welcome(work, own, &request, &theirs)).await.unwrap();
    assert_eq!(welcomed, edge.site().name);
    let (own, welcome) = (edge.site().id, Welcome { name: hq.site().name.clone() });
    edge.write(&[], move |work| invite::accepted(work, &administrator(), own, &code, &welcome))
        .await
        .unwrap();
}

/// Allows direct messages at a site, or no longer does.
pub(crate) async fn set_direct(site: &TestSite, with: &'static str, on: bool) {
    let decide = if on { direct::allow } else { direct::end };
    let store = &site.running().store;
    store.write(&[], move |work| decide(work, &administrator(), with).map(drop)).await.unwrap();
}

/// Links two sites of which each takes the other for one that allows direct messages.
pub(crate) async fn write_to_each_other(sites: [&TestSite; 2]) {
    pair(sites[0], sites[1]).await;
    for (site, other) in [(sites[0], sites[1]), (sites[1], sites[0])] {
        let other = other.running().store.site().id;
        let agreed = move |work: &mut Work<'_>| {
            direct::allow(work, &administrator(), &Id::from_bytes(other.0).to_string())?;
            direct::note(work, other, true)
        };
        site.running().store.write(&[], agreed).await.unwrap();
    }
}

/// Shares channels of a site with its peer.
pub(crate) async fn share(site: &TestSite, with: &str, which: Which) {
    let with = with.to_owned();
    let shared = site
        .running()
        .store
        .write(&[], move |work| share::share(work, &administrator(), &with, &which));
    shared.await.unwrap();
}

/// So that not each session has to learn from the beginning.
pub(crate) static READY: LazyLock<Readiness> = LazyLock::new(readiness);

/// One end of the wire.
pub(crate) struct End {
    peer: SiteId,
    accept: Accept,
    pub(crate) outgoing: Arc<Mutex<Outgoing>>,
    allowance: Arc<Allowance>,
    /// What its site knows of ways to others.
    routes: Arc<Routes>,
    session: Option<Session>,
    /// What it has sent and the other has not heard.
    wire: VecDeque<Vec<u8>>,
    /// What the other has heard in this session and may hear once more: batches and their answers.
    repeatable: Vec<Vec<u8>>,
    /// The newest format of batches that it reads.
    pub(crate) reads: Format,
    /// The formats of those that it heard in this session.
    pub(crate) formats: BTreeSet<u8>,
}

impl End {
    async fn new(site: &TestSite, peer: SiteId, accept: Accept, routes: &Arc<Routes>) -> Self {
        let store = &site.running().store;
        let outgoing = Session::outgoing(store, peer).await.unwrap();
        let (wire, repeatable) = (VecDeque::new(), Vec::new());
        let (allowance, session) = (Arc::default(), None);
        let routes = Arc::clone(routes);
        let (reads, formats) = (Format::NEWEST, BTreeSet::new());
        let mut end = Self {
            peer,
            accept,
            outgoing,
            allowance,
            routes,
            session,
            wire,
            repeatable,
            reads,
            formats,
        };
        end.begin(site);
        end
    }

    fn begin(&mut self, site: &TestSite) {
        let (store, outgoing) = (site.running().store.clone(), Arc::clone(&self.outgoing));
        let session = Session::new(store, self.peer, self.accept, outgoing);
        let session = session.with_allowance(Arc::clone(&self.allowance));
        self.session = Some(session.with_routes(&self.routes, true));
    }

    pub(crate) fn session(&self) -> &Session {
        self.session.as_ref().unwrap()
    }

    /// Lets go of the site, which may then be stopped.
    pub(crate) fn hang_up(&mut self) {
        self.session = None;
    }

    fn send(&mut self, frames: impl IntoIterator<Item = Frame>) {
        self.wire.extend(frames.into_iter().map(|frame| frame.encode()));
    }

    async fn hear(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        let frame = Frame::decode(bytes).unwrap();
        if let Frame::Batch { body, .. } | Frame::Relayed { body, .. } = &frame {
            self.formats.extend(body.first().copied());
        }
        let answers = self.session().hear(frame).await?;
        self.send(answers);
        Ok(())
    }

    /// Its site's conversation goes on, and another begins beside it: the end of the last one was
    /// not seen yet. Gives the last.
    pub(crate) async fn begin_anew(&mut self, site: &TestSite) -> Session {
        let last = self.session.take().unwrap();
        self.begin(site);
        self.wire.clear();
        let greeting = self.session().greet().await.unwrap();
        self.send(greeting);
        last
    }

    /// The batch that it would send next.
    pub(crate) async fn batch(&self) -> Option<Frame> {
        self.session().next(ROOM, Coding::Terse).await.unwrap()
    }

    /// The next that waits to be heard.
    pub(crate) fn next_frame(&self) -> Option<Frame> {
        Frame::decode(self.wire.front()?).ok()
    }

    /// The first batch that waits to be heard, if there is one.
    pub(crate) fn waiting_batch(&self) -> Option<Frame> {
        self.wire.iter().filter_map(|bytes| Frame::decode(bytes).ok()).find(Frame::is_batch)
    }

    /// What the site answers to a frame.
    pub(crate) async fn answers(&self, frame: Frame) -> Vec<Frame> {
        self.session().hear(frame).await.unwrap()
    }

    /// How many batches it would send now.
    pub(crate) async fn batches(&mut self) -> usize {
        let mut batches = 0;
        while self.session().next(ROOM, Coding::Terse).await.unwrap().is_some() {
            batches += 1;
        }
        batches
    }

    /// Sends what there is to send; gives whether there was anything.
    pub(crate) async fn speak(&mut self) -> Result<bool, Ended> {
        let before = self.wire.len();
        let offers = self.session().offers().await?;
        self.send(offers);
        let relays = self.session().relays().await?;
        self.send(relays);
        while self.session().under_way() < WINDOW {
            let Some(batch) = self.session().next(ROOM, Coding::Terse).await? else { break };
            self.send([batch]);
        }
        let states = self.session().states().await?;
        self.send(states);
        Ok(self.wire.len() > before)
    }
}

/// Two ends.
pub(crate) struct Wire {
    pub(crate) ends: [End; 2],
    /// Bytes that were heard.
    pub(crate) bytes: usize,
    /// Batches that each end has sent and the other heard.
    pub(crate) batches: [usize; 2],
}

impl Wire {
    /// A wire between two linked sites, over which both have greeted.
    pub(crate) async fn new(hq: &TestSite, edge: &TestSite) -> Self {
        Self::with(hq, edge, Accept::Auto).await
    }

    /// The same, where the second site takes what is offered as this says.
    pub(crate) async fn with(hq: &TestSite, edge: &TestSite, accept: Accept) -> Self {
        let routes = [Arc::default(), Arc::default()];
        Self::among([hq, edge], [&routes[0], &routes[1]], accept).await
    }

    /// The same between two sites that talk to others, too.
    pub(crate) async fn among(
        [hq, edge]: [&TestSite; 2],
        routes: [&Arc<Routes>; 2],
        accept: Accept,
    ) -> Self {
        LazyLock::force(&READY);
        let ids = [hq, edge].map(|site| site.running().store.site().id);
        let ends = [
            End::new(hq, ids[1], Accept::Auto, routes[0]).await,
            End::new(edge, ids[0], accept, routes[1]).await,
        ];
        let mut wire = Self { ends, bytes: 0, batches: [0; 2] };
        wire.greet().await;
        wire
    }

    async fn greet(&mut self) {
        // One that reads no newer format says nothing of it, and does not know what it is asked.
        let reads = self.ends.each_ref().map(|end| end.reads);
        if let Some(Format::Four) = reads.into_iter().min() {
            for end in &self.ends {
                end.session().hear_formats(Format::Four.number()).unwrap();
            }
        }
        for end in &mut self.ends {
            let greeting = end.session().greet().await.unwrap();
            end.send(greeting);
        }
    }

    /// Everything under way is lost, and a new session begins; a side that forgets has been killed.
    pub(crate) async fn cut(&mut self, sites: [&TestSite; 2], forgets: [bool; 2]) {
        for ((end, site), forgets) in self.ends.iter_mut().zip(sites).zip(forgets) {
            if forgets {
                let store = &site.running().store;
                end.outgoing = Session::outgoing(store, end.peer).await.unwrap();
                end.allowance = Arc::default();
            }
            end.begin(site);
            end.wire.clear();
            end.repeatable.clear();
            end.formats.clear();
        }
        self.greet().await;
    }

    /// Moves one frame from one end to the other; gives whether there was one.
    pub(crate) async fn step(&mut self, from: usize) -> Result<bool, Ended> {
        let Some(frame) = self.ends[from].wire.pop_front() else { return Ok(false) };
        self.bytes += frame.len();
        self.batches[from] += usize::from(Frame::decode(&frame).is_ok_and(|f| f.is_batch()));
        self.ends[1 - from].hear(&frame).await?;
        if Frame::decode(&frame).is_ok_and(|f| f.is_batch() || matches!(f, Frame::Kept { .. })) {
            self.ends[from].repeatable.push(frame);
        }
        Ok(true)
    }

    /// Moves a frame again that was heard in this session.
    pub(crate) async fn repeat(&mut self, from: usize, dice: &mut Dice) -> Result<(), Ended> {
        let said = &self.ends[from].repeatable;
        if said.is_empty() {
            return Ok(());
        }
        let frame = said[dice.below(said.len())].clone();
        self.ends[1 - from].hear(&frame).await
    }

    /// Lets both say what they have to say, some steps long, in an order by chance.
    pub(crate) async fn run(&mut self, steps: usize, dice: &mut Dice) {
        for _ in 0..steps {
            let from = dice.below(2);
            self.ends[from].speak().await.unwrap();
            self.step(from).await.unwrap();
        }
    }

    /// Lets both speak until neither has anything to say.
    pub(crate) async fn settle(&mut self) -> Result<(), Ended> {
        for _ in 0..ROUNDS {
            let mut quiet = true;
            for from in [0, 1] {
                quiet &= !self.ends[from].speak().await?;
                while self.step(from).await? {
                    quiet = false;
                }
            }
            if quiet {
                return Ok(());
            }
        }
        Err(Ended::Offence("words without end".to_owned()))
    }

    /// Sends a frame from one end that its session would not send.
    pub(crate) async fn forge(&mut self, from: usize, frame: &Frame) -> Result<(), Ended> {
        self.ends[1 - from].hear(&frame.encode()).await
    }
}

/// The digest of a channel's state at a site.
pub(crate) async fn state(site: &TestSite, channel: &str) -> String {
    let scope = Scope::new(ScopeKind::Channel, channel.parse().unwrap());
    site.running().store.state_hash(scope).await.unwrap().to_string()
}

/// What a client sees of a channel: every post and its reactions, without what is each site's own
/// business.
pub(crate) async fn content(reader: &Actor, channel: &str) -> BTreeMap<String, Value> {
    let mut posts = BTreeMap::new();
    for page in 0.. {
        let path = format!("/channels/{channel}/posts?per_page=200&page={page}");
        let list = reader.get(&path).await.expect(200);
        for (id, post) in list["posts"].as_object().unwrap() {
            let mut reactions: Vec<String> = post["metadata"]["reactions"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|one| format!("{} {}", one["user_id"], one["emoji_name"]))
                .collect();
            reactions.sort_unstable();
            let seen = json!({
                "message": post["message"], "user_id": post["user_id"], "root_id": post["root_id"],
                "create_at": post["create_at"], "reply_count": post["reply_count"],
                "is_pinned": post["is_pinned"], "edit_at": post["edit_at"],
                "reactions": reactions,
            });
            posts.insert(id.clone(), seen);
        }
        if list["order"].as_array().unwrap().len() < 200 {
            return posts;
        }
    }
    posts
}

/// An administrator of a site who was brought into a team and a channel that came from elsewhere.
pub(crate) async fn joined(site: &TestSite, team: &Value, channel: &str) -> Actor {
    let admin = site.person("edgar").await;
    enter(&admin, team, channel).await;
    admin
}

/// Brings an administrator into a team and a channel.
pub(crate) async fn enter(admin: &Actor, team: &Value, channel: &str) {
    bring(admin, admin, (team, channel)).await;
}

/// An administrator brings somebody into a team and a channel.
pub(crate) async fn bring(admin: &Actor, who: &Actor, (team, channel): (&Value, &str)) {
    let path = format!("/teams/{}/members", team["id"].as_str().unwrap());
    let member = json!({ "team_id": team["id"], "user_id": who.id });
    admin.post(&path, member).await.expect(201);
    let path = format!("/channels/{channel}/members");
    admin.post(&path, json!({ "user_id": who.id })).await.expect(201);
}

/// A site, and a peer of it that can say whatever it likes.
pub(super) struct Bed {
    pub(super) hq: TestSite,
    pub(super) edge: TestSite,
    pub(super) wire: Wire,
    pub(super) admin: Actor,
    pub(super) edgar: Actor,
    pub(super) team: Value,
    pub(super) channel: String,
}

impl Bed {
    pub(super) async fn new() -> Self {
        let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
        let (admin, team) = hq.administrator_with_team("alpha").await;
        let channel = admin.channel(&team, "town-square").await;
        pair(&hq, &edge).await;
        share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
        let mut wire = Wire::new(&hq, &edge).await;
        wire.settle().await.unwrap();
        let edgar = joined(&edge, &team, &channel).await;
        wire.settle().await.unwrap();
        Self { hq, edge, wire, admin, edgar, team, channel }
    }

    /// Both hold the same of a channel, in good order.
    pub(super) async fn assert_agreed_on(&self, channel: &str) {
        let seen = [content(&self.admin, channel).await, content(&self.edgar, channel).await];
        assert_eq!(seen[0], seen[1]);
        let states = [state(&self.hq, channel).await, state(&self.edge, channel).await];
        assert_eq!(states[0], states[1]);
        for site in [&self.hq, &self.edge] {
            assert_eq!(site.running().store.verify().await.unwrap(), []);
            assert_eq!(site.running().store.waiting(10).await.unwrap(), []);
        }
    }

    /// Once neither has anything to say, both hold the same of their channel.
    pub(super) async fn assert_agreed(&mut self) {
        self.wire.settle().await.unwrap();
        self.assert_agreed_on(&self.channel).await;
    }

    pub(super) fn edge_id(&self) -> SiteId {
        self.edge.running().store.site().id
    }
}
