//! What is due: posts that were scheduled, reminders, telling people again, and forgetting what nobody asks for any more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fieldpost_blobs::Blobs;
use fieldpost_chat::file::session;
use fieldpost_chat::post::create;
use fieldpost_chat::post::persistent::{self, Rule};
use fieldpost_chat::reminder;
use fieldpost_chat::unsent::scheduled::send::{self, Sent};
use fieldpost_identity::presence::Presence;
use fieldpost_identity::{bot, status};
use fieldpost_kernel::{FailureKind, Outcome, Rows, Work};
use fieldpost_model::Id;
use fieldpost_store::Store;
use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval};

use crate::site::Config;

/// How often it is looked whether anything is due.
const LOOK: Duration = Duration::from_secs(5);

/// Sends what is due, in the names of people who need not be there.
///
/// Of several servers on one database every one looks. Whether a thing is still to be done is found
/// out in the transaction that does it, so that it is done by the one that comes first.
#[derive(Clone)]
pub struct Due(Arc<Shared>);

struct Shared {
    store: Store,
    blobs: Blobs,
    site_url: String,
    /// How often people are told again of urgent posts, if they are.
    rule: Option<Rule>,
    presence: Arc<Presence>,
    /// Whoever is at it.
    turn: Mutex<()>,
}

impl Due {
    pub(crate) fn new(
        config: &Config,
        store: &Store,
        blobs: &Blobs,
        presence: Arc<Presence>,
    ) -> Self {
        Self(Arc::new(Shared {
            store: store.clone(),
            blobs: blobs.clone(),
            site_url: config.settings.site_url.clone(),
            rule: config.settings.persistent,
            presence,
            turn: Mutex::new(()),
        }))
    }

    /// Looks again and again.
    pub(crate) async fn keep_looking(self) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            if let Err(failure) = self.run().await {
                tracing::error!(%failure, "what is due could not be sent; it is tried again");
            }
        }
    }

    /// Does what is due by now, and returns once that is done.
    pub async fn run(&self) -> Outcome<()> {
        let _turn = self.0.turn.lock().await;
        self.forget().await?;
        self.tell_again().await?;
        self.forget_uploads().await?;
        let store = &self.0.store;
        let now = store.now();
        let anything = store.read(move |rows| {
            Ok(!send::due(rows, now)?.is_empty() || !reminder::due(rows, now)?.is_empty())
        });
        if !anything.await? {
            return Ok(());
        }
        let sent = self.send().await;
        self.remind().await?;
        sent
    }

    /// Forgets clients' names of posts in steps, between which others write.
    async fn forget(&self) -> Outcome<()> {
        let store = &self.0.store;
        let now = store.now();
        while store.read(move |rows| create::has_stale_names(rows, now)).await? {
            store.write(&[], create::forget_stale_names).await?;
        }
        Ok(())
    }

    /// Tells people again of urgent posts to which they have not reacted.
    async fn tell_again(&self) -> Outcome<()> {
        let Some(rule) = self.0.rule else { return Ok(()) };
        let store = &self.0.store;
        let now = store.now();
        loop {
            let due = store.read(move |rows| persistent::due(rows, now, &rule)).await?;
            let may_be_more = due.len() == persistent::AT_ONCE;
            for post in due {
                let presence = Arc::clone(&self.0.presence);
                let tell = move |work: &mut Work<'_>| {
                    let status = |rows: &mut dyn Rows, person: Id| {
                        status::one(rows, &presence, person, now).map(|found| found.status)
                    };
                    persistent::tell(work, post, &rule, &status)
                };
                store.write(&[persistent::scope(post)], tell).await?;
            }
            if !may_be_more {
                return Ok(());
            }
        }
    }

    /// Gives up uploads that will not go on, and forgets what is here of those that have ended.
    async fn forget_uploads(&self) -> Outcome<()> {
        let store = &self.0.store;
        let now = store.now();
        while store.read(move |rows| session::has_stale(rows, now)).await? {
            store.write(&[], session::give_up_stale).await?;
        }
        forget_ended_uploads(store, &self.0.blobs).await
    }

    async fn send(&self) -> Outcome<()> {
        let store = &self.0.store;
        let now = store.now();
        let mut failures: BTreeMap<Id, usize> = BTreeMap::new();
        loop {
            let due = store.read(move |rows| send::due(rows, now)).await?;
            let may_be_more = due.len() == send::AT_ONCE;
            for due in due {
                let (id, scopes) = (due.id, due.scopes());
                let sent = match store.write(&scopes, move |work| send::send(work, id)).await {
                    Ok(sent) => sent,
                    Err(failure) if failure.kind == FailureKind::Unavailable => {
                        return Err(failure);
                    }
                    Err(failure) => {
                        tracing::warn!(%failure, %id, "a scheduled post could not be sent");
                        let kind = failure.kind;
                        store.write(&scopes, move |work| send::give_up(work, id, kind)).await?
                    }
                };
                if sent == Sent::Failed {
                    *failures.entry(due.person).or_default() += 1;
                }
            }
            if !may_be_more {
                break;
            }
        }
        self.tell_of_failures(failures).await
    }

    async fn tell_of_failures(&self, failures: BTreeMap<Id, usize>) -> Outcome<()> {
        for (person, count) in failures {
            let bot = self.bot().await?;
            let tell =
                move |work: &mut Work<'_>| reminder::tell_of_failures(work, bot, person, count);
            self.0.store.write(&[], tell).await?;
        }
        Ok(())
    }

    /// The system's bot. Another server may make it at the same moment; then it is there when it is
    /// looked for again.
    async fn bot(&self) -> Outcome<Id> {
        match self.0.store.write(&[], bot::system).await {
            Ok(bot) => Ok(bot),
            Err(_) => self.0.store.write(&[], bot::system).await,
        }
    }

    async fn remind(&self) -> Outcome<()> {
        let store = &self.0.store;
        let now = store.now();
        loop {
            let due = store.read(move |rows| reminder::due(rows, now)).await?;
            if due.is_empty() {
                return Ok(());
            }
            let may_be_more = due.len() == reminder::AT_ONCE;
            let bot = self.bot().await?;
            for due in due {
                let site_url = self.0.site_url.clone();
                let scopes = due.scopes(bot);
                store.write(&scopes, move |work| reminder::give(work, due, bot, &site_url)).await?;
            }
            if !may_be_more {
                return Ok(());
            }
        }
    }
}

/// Forgets what is here of uploads that have come to their end: a crash may have left it, or whoever
/// began too many.
pub(crate) async fn forget_ended_uploads(store: &Store, blobs: &Blobs) -> Outcome<()> {
    let here = blobs.partials().await?;
    if here.is_empty() {
        return Ok(());
    }
    let ended = store
        .read(move |rows| {
            // What is being fetched from another site goes on once there is a link.
            let fetched = fieldpost_link::files::partial_names(rows)?;
            let mut ended = session::ended(rows, &here)?;
            ended.retain(|id| !fetched.contains(id));
            Ok(ended)
        })
        .await?;
    for id in ended {
        blobs.forget_partial(id).await?;
    }
    Ok(())
}
