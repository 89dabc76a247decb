//! The change log in the tables: numbering, appending, applying.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, mem};

use fieldpost_kernel::{
    Append, Applied, Applying, Change, Dialect, Emitted, Entropy, Failure, FailureKind, Features,
    HashDelta, Kind, Outcome, Position, Received, Rows, RowsExt, Value, params,
};
use fieldpost_log::clock::DEFAULT_BOUND_MS;
use fieldpost_log::{
    ChangeName, Digest, Epoch, Hlc, LogName, Observed, Scope, SigningKey, SiteId, Stamp, StateHash,
    Suite,
};
use fieldpost_model::{Id, Millis};
use zeroize::Zeroizing;

use crate::tips::Tips;
use crate::{Ports, chain, feed};

/// Which site a store belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct Site {
    /// Fixed at founding, for ever.
    pub id: SiteId,
    /// What people call it; the suffix of its people's names elsewhere.
    pub name: String,
    /// New at each start of an embedded site, so that a restored copy never reissues a number.
    pub epoch: Epoch,
    /// The secret of its signing key.
    pub(crate) seed: Arc<Zeroizing<[u8; 32]>>,
}

impl Site {
    /// The secret seed of the site's signing key: who has it can speak for the site.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The key with which the site signs what it says to others.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_seed(Suite::One, &self.seed)
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, epoch, seed: _ } = self;
        f.debug_struct("Site")
            .field("id", id)
            .field("name", name)
            .field("epoch", epoch)
            .finish_non_exhaustive()
    }
}

/// The database's keys of a scope and of this site's log in it.
#[derive(Debug, Clone, Copy)]
struct Keys {
    scope: i64,
    log: i64,
}

/// Writes the log for one engine thread.
pub(crate) struct Journal {
    site: Arc<Site>,
    features: Arc<Features>,
    clock: Arc<Mutex<Hlc>>,
    entropy: Arc<dyn Entropy>,
    now: Millis,
    keys: HashMap<Scope, Keys>,
    /// Scopes whose keys were made in the open transaction and vanish if it does.
    uncommitted: Vec<Scope>,
    tips: Tips,
    /// Whether nobody else writes this site's logs.
    alone: bool,
    /// What the open transaction created, and the positions of what waits in it, on an engine where
    /// others write meanwhile.
    created: Vec<Id>,
    waited: Vec<i64>,
}

impl Journal {
    /// The log of a site, for one thread; the clock is shared between them. `alone` says that no
    /// other thread or node writes it.
    pub(crate) fn new(
        site: &Arc<Site>,
        ports: &Ports,
        clock: &Arc<Mutex<Hlc>>,
        alone: bool,
    ) -> Self {
        Self {
            site: Arc::clone(site),
            features: Arc::clone(&ports.features),
            clock: Arc::clone(clock),
            entropy: Arc::clone(&ports.entropy),
            now: 0,
            keys: HashMap::new(),
            uncommitted: Vec::new(),
            tips: Tips::default(),
            alone,
            created: Vec::new(),
            waited: Vec::new(),
        }
    }

    /// Begins a use case at a time.
    pub(crate) fn begin(&mut self, now: Millis) {
        self.now = now;
    }

    /// The open use case stands, as far as its transaction will.
    pub(crate) fn settle(&mut self) {
        self.tips.settle();
    }

    /// The open use case never happened.
    pub(crate) fn undo(&mut self) {
        self.tips.undo(self.alone);
        self.forget_keys();
    }

    /// Writes what the transaction still owes to its rows; the last thing before it is committed.
    pub(crate) fn finish(&mut self, rows: &mut dyn Rows) -> Outcome<()> {
        self.tips.write(rows)
    }

    /// What is known of the open transaction is now true.
    pub(crate) fn committed(&mut self) {
        self.uncommitted.clear();
        self.tips.committed(self.alone);
    }

    /// The open transaction never happened.
    pub(crate) fn rolled_back(&mut self) {
        self.tips.forget();
        self.forget_keys();
    }

    fn forget_keys(&mut self) {
        for scope in self.uncommitted.drain(..) {
            self.keys.remove(&scope);
        }
    }

    /// Locks this site's logs in some scopes, in the order of their keys, so that two nodes that
    /// write to the same ones wait for each other instead of for ever.
    pub(crate) fn lock(&mut self, rows: &mut dyn Rows, scopes: &[Scope]) -> Outcome<()> {
        let mut logs = Vec::with_capacity(scopes.len());
        for scope in scopes {
            // A log that is not there yet is made by the use case that writes to it, if it stands.
            match self.keys.get(scope) {
                Some(keys) => logs.push(keys.log),
                None => logs.extend(chain::find(rows, *scope, &self.site)?),
            }
        }
        logs.sort_unstable();
        logs.into_iter().try_for_each(|log| self.tips.reach(rows, log))
    }

    /// The stamp of a change that replaces what was written at `seen`, and whether it is later than
    /// this site's clock.
    fn tick_after(&self, seen: Stamp) -> (Stamp, bool) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = clock.tick_after(seen, u64::try_from(self.now).unwrap_or(0));
        (stamp, stamp > clock.last())
    }

    fn keys(&mut self, rows: &mut dyn Rows, scope: Scope) -> Outcome<Keys> {
        if let Some(keys) = self.keys.get(&scope) {
            return Ok(*keys);
        }
        let scope_key = scope_key(rows, scope)?;
        let mut seed = [0; 32];
        self.entropy.fill(&mut seed);
        let seed = scope.is_chained().then_some(&seed);
        let log = chain::key(rows, scope_key, (self.site.id, self.site.epoch), seed)?;
        let keys = Keys { scope: scope_key, log };
        self.keys.insert(scope, keys);
        self.uncommitted.push(scope);
        Ok(keys)
    }

    /// Forgets what an earlier transaction created and what waited in it.
    pub(crate) fn begin_transaction(&mut self) {
        self.created.clear();
        self.waited.clear();
    }

    /// Brings together what waits and what it waits for, where each came in a transaction that did
    /// not see the other; the last thing before the transaction ends.
    ///
    /// Whoever has something that waits is alone in this until their end, and looks once more
    /// whether it still must. So whoever creates has either ended before, and is seen, or comes after
    /// and sees what waits.
    pub(crate) fn meet(&mut self, rows: &mut dyn Rows) -> Outcome<()> {
        let (created, waited) = (mem::take(&mut self.created), mem::take(&mut self.waited));
        let lock = match (created.is_empty(), waited.is_empty()) {
            (true, true) => return Ok(()),
            (false, true) => "SELECT pg_advisory_xact_lock_shared(7305806)",
            (_, false) => "SELECT pg_advisory_xact_lock(7305806)",
        };
        rows.query(lock, &[], &mut |_| Ok(()))?;
        let waited = waited.iter().map(|position| (*position).into()).collect::<Vec<_>>();
        for change in take_waiting(rows, "position", &waited)? {
            let scope_key = scope_key(rows, change.name.scope)?;
            self.apply(rows, scope_key, &change)?;
        }
        self.apply_waiting(rows, created)?;
        self.tips.settle();
        Ok(())
    }

    /// Applies a change and then whatever waited for what it created.
    fn apply(&mut self, rows: &mut dyn Rows, scope_key: i64, change: &Change) -> Outcome<()> {
        let mut created = Vec::new();
        self.apply_one(rows, scope_key, change, &mut created)?;
        if rows.dialect() == Dialect::Postgres {
            self.created.extend(&created);
        }
        self.apply_waiting(rows, created)
    }

    /// Applies whatever waited for what was created, and for what that creates.
    fn apply_waiting(&mut self, rows: &mut dyn Rows, mut created: Vec<Id>) -> Outcome<()> {
        while !created.is_empty() {
            let entities: Vec<_> = created.iter().map(Value::from).collect();
            let waiting = take_waiting(rows, "entity", &entities)?;
            created.clear();
            for change in waiting {
                let scope_key = scope_key(rows, change.name.scope)?;
                self.apply_one(rows, scope_key, &change, &mut created)?;
            }
            if rows.dialect() == Dialect::Postgres {
                self.created.extend(&created);
            }
        }
        Ok(())
    }

    fn apply_one(
        &mut self,
        rows: &mut dyn Rows,
        scope_key: i64,
        change: &Change,
        created: &mut Vec<Id>,
    ) -> Outcome<()> {
        let mut hash = HashDelta::default();
        if rows.dialect() == Dialect::Postgres {
            // Nobody else changes what the state is made of while this does.
            self.tips.reach_state(rows, scope_key)?;
        }
        let mut applying = Applying {
            rows,
            change,
            site: self.site.id,
            epoch: self.site.epoch,
            now: self.now,
            hash: &mut hash,
            created,
        };
        match self.features.apply(&mut applying)? {
            Applied::Done => {
                self.tips.change_state(rows, scope_key, (&hash.removed, &hash.added))?;
                for (scope, delta) in &hash.elsewhere {
                    let scope_key = self::scope_key(rows, *scope)?;
                    self.tips.change_state(rows, scope_key, (&delta.removed, &delta.added))?;
                }
                Ok(())
            }
            Applied::Waits(entity) => {
                rows.execute(
                    "INSERT INTO waiting (entity, position) VALUES (?1, ?2) \
                     ON CONFLICT (entity, position) DO NOTHING",
                    params![&entity, change.position.number],
                )?;
                if rows.dialect() == Dialect::Postgres {
                    self.waited.push(change.position.number);
                }
                Ok(())
            }
        }
    }
}

impl Append for Journal {
    fn append(
        &mut self,
        rows: &mut dyn Rows,
        scope: Scope,
        author: Id,
        kind: Kind,
        payload: Vec<u8>,
    ) -> Outcome<Emitted> {
        let keys = self.keys(rows, scope)?;
        let next = self.tips.next(rows, keys.log)?;
        let seen = self.features.replaced(kind, scope, &payload, rows)?;
        let (stamp, is_ahead) = self.tick_after(seen);
        let name = ChangeName {
            site: self.site.id,
            epoch: self.site.epoch,
            scope,
            sequence: u64::try_from(next).map_err(Failure::internal)?,
        };
        let mut change =
            Change { position: Position::default(), name, stamp, author, kind, payload };
        self.features.may_write(&change, rows)?;
        change.position = insert_change(rows, keys.log, &change)?
            .ok_or_else(|| Failure::internal("a number was given out twice"))?;
        if is_ahead {
            let position = params![change.position.number];
            rows.execute("INSERT INTO ahead (position) VALUES (?1)", position)?;
        }
        self.tips.append(rows, keys.log, &change)?;
        self.apply(rows, keys.scope, &change)?;
        Ok(Emitted { name, stamp })
    }

    fn receive(&mut self, rows: &mut dyn Rows, change: &Change) -> Outcome<bool> {
        let name = change.name;
        if name.site == self.site.id && name.epoch == self.site.epoch {
            // It went round. A name that only this process gives out and never did is a forgery.
            let own = chain::find(rows, name.scope, &self.site)?.unwrap_or_default();
            return require_same(rows, own, change).map(|()| false);
        }
        let now = u64::try_from(self.now).unwrap_or(0);
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        if let Observed::Ahead { by_ms } = clock.observe(change.stamp, now)
            && self.features.keeps_time(change.kind)
        {
            tracing::warn!(site = ?name.site, by_ms, "the clock of another site is wrong");
        }
        drop(clock);
        let scope_key = scope_key(rows, name.scope)?;
        let log_key = chain::key(rows, scope_key, (name.site, name.epoch), None)?;
        let Some(position) = insert_change(rows, log_key, change)? else {
            return require_same(rows, log_key, change).map(|()| false);
        };
        let change = Change { position, ..change.clone() };
        self.apply(rows, scope_key, &change)?;
        Ok(true)
    }

    fn hold(&mut self, rows: &mut dyn Rows, log: &LogName, received: &Received) -> Outcome<()> {
        if (log.site, log.epoch) == (self.site.id, self.site.epoch) {
            return Err(Failure::internal("a log that this site is writing is held in part"));
        }
        let scope_key = scope_key(rows, log.scope)?;
        let key = chain::key(rows, scope_key, (log.site, log.epoch), None)?;
        chain::hold(rows, key, received)
    }
}

/// Keeps a change, and gives its place in the feed; none if it is known.
fn insert_change(rows: &mut dyn Rows, log_key: i64, change: &Change) -> Outcome<Option<Position>> {
    let sql = match rows.dialect() {
        Dialect::Sqlite => {
            "INSERT INTO change \
             (log_key, sequence, stamp, author, kind, payload, transaction_id) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) \
             ON CONFLICT (log_key, sequence) DO NOTHING RETURNING transaction_id, position"
        }
        Dialect::Postgres => {
            "INSERT INTO change \
             (log_key, sequence, stamp, author, kind, payload, transaction_id) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)) \
             ON CONFLICT (log_key, sequence) DO NOTHING RETURNING transaction_id, position"
        }
    };
    let sequence = i64::try_from(change.name.sequence).map_err(Failure::internal)?;
    let stamp = i64::from_be_bytes(change.stamp.0.to_be_bytes());
    let kind = i64::from(change.kind.number());
    let values = params![log_key, sequence, stamp, &change.author, kind, &change.payload];
    rows.first(sql, values, |row| Position { transaction: row.int(0), number: row.int(1) })
}

/// Two changes of one name are two histories: neither is taken for the other.
fn require_same(rows: &mut dyn Rows, log_key: i64, change: &Change) -> Outcome<()> {
    let sequence = i64::try_from(change.name.sequence).map_err(Failure::internal)?;
    let known = rows.first(
        "SELECT stamp, author, kind, payload FROM change WHERE log_key = ?1 AND sequence = ?2",
        params![log_key, sequence],
        |row| {
            row.int(0) == i64::from_be_bytes(change.stamp.0.to_be_bytes())
                && row.id(1) == change.author
                && row.int(2) == i64::from(change.kind.number())
                && row.blob(3) == change.payload
        },
    )?;
    if known == Some(true) {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Conflict,
        "api.fieldpost.forked_log",
        "Another change is known under that name.",
    )
    .with_detail(format!("{:?}", change.name)))
}

/// The key of a scope's row, which is made if it is new.
fn scope_key(rows: &mut dyn Rows, scope: Scope) -> Outcome<i64> {
    let kind = i64::from(u8::from(scope.kind));
    let find = "SELECT key FROM scope WHERE kind = ?1 AND id = ?2";
    if let Some(key) = rows.first(find, params![kind, &scope.id], |row| row.int(0))? {
        return Ok(key);
    }
    rows.execute(
        "INSERT INTO scope (kind, id) VALUES (?1, ?2) ON CONFLICT (kind, id) DO NOTHING",
        params![kind, &scope.id],
    )?;
    rows.first(find, params![kind, &scope.id], |row| row.int(0))?
        .ok_or_else(|| Failure::internal("a scope was not made"))
}

/// Takes the changes that wait, by the values of a column, in the order in which they came. They
/// wait no more.
fn take_waiting(
    rows: &mut dyn Rows,
    column: &'static str,
    values: &[Value<'_>],
) -> Outcome<Vec<Change>> {
    let columns = feed::COLUMNS;
    let found = rows.all_in(
        &format!(
            "SELECT {columns} FROM waiting JOIN change ON change.position = waiting.position \
             JOIN log ON log.key = change.log_key JOIN scope ON scope.key = log.scope_key \
             WHERE waiting.{column} IN ({{in}})"
        ),
        &[],
        values,
        feed::change_of,
    )?;
    let mut changes: Vec<Change> = found.into_iter().flatten().collect();
    changes.sort_by_key(|change| change.position.number);
    changes.dedup_by_key(|change| change.position.number);
    for change in &changes {
        let position = params![change.position.number];
        rows.execute("DELETE FROM waiting WHERE position = ?1", position)?;
    }
    Ok(changes)
}

/// What the replicated state of a scope is, as one number; equal numbers mean equal state.
pub(crate) fn state_hash(rows: &mut dyn Rows, scope: Scope) -> Outcome<Digest> {
    let stored = rows
        .first(
            "SELECT state_hash FROM scope WHERE kind = ?1 AND id = ?2",
            params![i64::from(u8::from(scope.kind)), &scope.id],
            |row| row.blob(0).to_vec(),
        )?
        .unwrap_or_default();
    Ok(StateHash::decode(&stored).unwrap_or_default().digest())
}

/// How many of the newest changes are looked at for the newest stamp.
const RECENT: i64 = 1000;

/// A stamp below which this site's clock must never fall: the newest it gave out, and the newest
/// it saw of others, unless their clock is too far ahead of the time it is now. What ran ahead of
/// this site's clock to win over theirs does not count either.
pub(crate) fn newest_stamp(rows: &mut dyn Rows, site: SiteId, now: Millis) -> Outcome<Stamp> {
    let recent = rows.all(
        "SELECT change.stamp, log.site, ahead.position FROM change \
         JOIN log ON log.key = change.log_key \
         LEFT JOIN ahead ON ahead.position = change.position \
         ORDER BY change.position DESC LIMIT ?1",
        params![RECENT],
        |row| {
            let stamp = Stamp(u64::from_be_bytes(row.int(0).to_be_bytes()));
            (stamp, row.blob(1) == site.0 && row.is_null(2))
        },
    )?;
    let bound = u64::try_from(now).unwrap_or(0) + DEFAULT_BOUND_MS;
    let believed = recent.into_iter().filter(|(stamp, own)| *own || stamp.ms() <= bound);
    Ok(believed.map(|(stamp, _)| stamp).max().unwrap_or_default())
}
