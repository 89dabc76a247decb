//! A simulated site: a real database in a scratch folder, and one person.

use std::path::Path;
use std::sync::Arc;

use fieldpost_access::{Actor, Caller, PermissionSet};
use fieldpost_chat::channel::create::NewChannel;
use fieldpost_chat::{channel, facts, post, team};
use fieldpost_identity::import::{self, ImportedAccount};
use fieldpost_kernel::{Failure, Features, Outcome, Rows, Work};
use fieldpost_link::invite::{self, Code, Request, Welcome};
use fieldpost_link::share::{self, Which};
use fieldpost_log::{Digest, Scope, ScopeKind};
use fieldpost_model::{ChannelType, Id, Post, Team};
use fieldpost_store::{Location, Medium, Ports, Store};

use crate::clock::{Seeded, VirtualClock};
use crate::end::Place;

/// The team and the channel that all sites share.
pub(crate) const SHARED: [&str; 2] = ["exercise", "bridge"];

/// A site without a server: what people do there is done by use cases.
pub struct Site {
    /// What it is called.
    pub name: String,
    /// Its database, and its ways to others.
    pub place: Place,
    /// The person who is at home there.
    pub person: Id,
}

/// Every feature that a simulated site has.
fn features() -> Features {
    let mut features = Features::default();
    fieldpost_identity::register(&mut features);
    fieldpost_chat::register(&mut features);
    fieldpost_link::register(&mut features, channel::shown);
    features
}

/// The administrator of a site, who passes every check.
pub fn administrator() -> Caller {
    Caller {
        user: Id::NONE,
        actor: Actor::AdminSocket,
        guest: false,
        roles: PermissionSet::default(),
    }
}

/// Somebody of a site, signed in.
fn acting(rows: &mut dyn Rows, person: Id) -> Outcome<Caller> {
    facts::acting(rows, person)?.ok_or_else(fieldpost_identity::account::no_account)
}

fn account(name: &str) -> ImportedAccount {
    let none = String::new;
    ImportedAccount {
        id: Id::NONE,
        username: name.to_owned(),
        email: None,
        nickname: none(),
        first_name: none(),
        last_name: none(),
        position: none(),
        roles: none(),
        locale: "en".to_owned(),
        create_at: 0,
        delete_at: 0,
        timezone: None,
        props: None,
        bot: None,
        password: None,
    }
}

impl Site {
    /// An empty site in a folder, with one person.
    pub(crate) async fn found(
        folder: &Path,
        name: &str,
        (seed, number): (u64, usize),
        clock: &Arc<VirtualClock>,
    ) -> Outcome<Self> {
        // What a power cut would take away matters to nobody here.
        let medium = Medium { synced: false, ..Medium::default() };
        let location = Location::SqliteOn(folder.join(format!("{number}.db")), medium);
        let ports = Ports {
            clock: Arc::clone(clock) as _,
            entropy: Arc::new(Seeded::new(seed, number)),
            features: Arc::new(features()),
            witness: None,
        };
        let called = name.to_owned();
        let opened = tokio::task::spawn_blocking(move || Store::open(&location, &called, &ports));
        let store = opened.await.map_err(Failure::internal)??;
        let person = format!("watch.{name}");
        let person = store.write(&[], move |work| import::account(work, &account(&person))).await?;
        Ok(Self { name: name.to_owned(), place: Place::new(store), person })
    }

    /// Does something in the name of the site's person.
    ///
    /// # Errors
    /// What the use case says.
    pub async fn acts<T, F>(&self, act: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: Fn(&mut Work<'_>, &Caller) -> Outcome<T> + Send + 'static,
    {
        let person = self.person;
        let done = move |work: &mut Work<'_>| {
            let caller = acting(work, person)?;
            act(work, &caller)
        };
        self.place.store.write(&[], done).await
    }

    /// Reads something in the name of the site's person.
    ///
    /// # Errors
    /// What the use case says.
    pub async fn reads<T, F>(&self, read: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Rows, &Caller) -> Outcome<T> + Send + 'static,
    {
        let person = self.person;
        let read = move |rows: &mut dyn Rows| {
            let caller = acting(rows, person)?;
            read(rows, &caller)
        };
        self.place.store.read(read).await
    }

    /// Makes the team and the channel that all sites are to share; gives them.
    pub(crate) async fn found_channel(&self, kind: ChannelType) -> Outcome<(Id, Id)> {
        self.acts(move |work, caller| {
            let [team, channel] = SHARED.map(str::to_owned);
            let (title, purpose) = (team.clone(), String::new());
            let new =
                Team { name: team, display_name: title, kind: "O".to_owned(), ..Team::default() };
            let team = team::create::create(work, caller, &new)?.id;
            let new = NewChannel {
                team,
                kind,
                display_name: channel.clone(),
                name: channel,
                header: String::new(),
                purpose,
            };
            Ok((team, channel::create::create(work, caller, &new)?.id))
        })
        .await
    }

    /// The site's person enters a team and a channel that came from elsewhere.
    pub(crate) async fn enters(&self, team: Id, channel: Id) -> Outcome<()> {
        let person = self.person;
        let enter = move |work: &mut Work<'_>| {
            team::member::add(work, &administrator(), team, person)?;
            channel::member::add(work, &administrator(), channel, person).map(drop)
        };
        self.place.store.write(&[], enter).await
    }

    /// The site's person says something.
    ///
    /// # Errors
    /// What the use case says.
    pub async fn says(&self, channel: Id, message: &str) -> Outcome<Id> {
        let message = message.to_owned();
        self.acts(move |work, caller| {
            let new = Post { channel_id: channel, message: message.clone(), ..Post::default() };
            Ok(post::create::create(work, caller, &new)?.id)
        })
        .await
    }

    /// Whether a post is here.
    ///
    /// # Errors
    /// What the database says.
    pub async fn has(&self, id: Id) -> Outcome<bool> {
        self.place.store.read(move |rows| Ok(post::by_id(rows, id)?.is_some())).await
    }

    /// What the state of a channel is here, as one number.
    ///
    /// # Errors
    /// What the database says.
    pub async fn state(&self, channel: Id) -> Outcome<Digest> {
        self.place.store.state_hash(Scope::new(ScopeKind::Channel, channel)).await
    }

    /// Links two sites as their administrators do.
    pub(crate) async fn pair(&self, other: &Self) -> Outcome<()> {
        let (one, two) = (&self.place.store, &other.place.store);
        let (own, key) = (one.site().id, one.site().signing_key().verifying_key());
        let (inviting, address) = (key.clone(), format!("{}.example:8066", self.name));
        let code = one.write(&[], move |work| {
            invite::invite(work, &administrator(), (own, &inviting), &address)
        });
        let code = Code::read(&code.await?)?;
        let request = Request {
            secret: code.secret,
            site: two.site().id,
            name: two.site().name.clone(),
            address: String::new(),
        };
        let theirs = two.site().signing_key().verifying_key();
        one.write(&[], move |work| invite::welcome(work, own, &request, &theirs)).await?;
        let (own, welcome) = (two.site().id, Welcome { name: one.site().name.clone() });
        let accept = move |work: &mut Work<'_>| {
            invite::accepted(work, &administrator(), own, &code, &welcome).map(drop)
        };
        two.write(&[], accept).await
    }

    /// Shares the channel with another site, or no longer.
    ///
    /// # Errors
    /// What the use case says.
    pub async fn shares(&self, with: &str, is_on: bool) -> Outcome<()> {
        let (with, which) = (with.to_owned(), Which::One(SHARED.join(":")));
        let set = if is_on { share::share } else { share::unshare };
        let shared =
            move |work: &mut Work<'_>| set(work, &administrator(), &with, &which).map(drop);
        self.place.store.write(&[], shared).await
    }
}
