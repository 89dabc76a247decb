//! A site under test.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fieldpost_kernel::{Change, Position, Rows, RowsExt, params};
use fieldpost_server::{Config, Running, backup, open_store, start};
use fieldpost_store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::PATIENCE;
use crate::actor::Actor;
use crate::database;
use crate::plans::Heard;
use crate::ports::{SeededEntropy, TestClock};

/// The password of every account that the kit makes.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A site of its own, in the test's process, on a free port.
pub struct TestSite {
    running: Option<Running>,
    config: Config,
    clock: Arc<TestClock>,
    /// What it runs, to be looked at when it is over.
    heard: Arc<Heard>,
    /// The seed of the chance of its latest life, once it was started again.
    lives: u64,
    _data: TempDir,
}

/// A number that no other site of a test has.
fn seed_of(running: &Running) -> u64 {
    let id = running.store.site().id.0;
    id.iter().fold(0, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(*byte)))
}

impl TestSite {
    /// Starts an empty site.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts an empty site that is set up differently.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        #[cfg(debug_assertions)]
        fieldpost_identity::credential::hash_cheaply();
        let data = tempfile::Builder::new().prefix("fieldpost-test").tempdir().unwrap();
        let clock = Arc::new(TestClock::default());
        let heard = Arc::new(Heard::default());
        let mut config = Config {
            data: data.path().to_owned(),
            listen: "127.0.0.1:0".to_owned(),
            database: tokio::task::spawn_blocking(database::with_tables).await.unwrap(),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(SeededEntropy::new(1)),
            witness: Some(Arc::clone(&heard) as _),
            ..Config::default()
        };
        config.settings.developer = true;
        // No test asks anybody outside; what is to be asked within, a test allows.
        config.outbound.enabled = false;
        change(&mut config);
        let running = start(config.clone()).await.expect("the site starts");
        Self { running: Some(running), config, clock, heard, lives: 0, _data: data }
    }

    /// A database of its own with this site's identity, in which rows are made again from its log.
    ///
    /// The embedded engine is used, whatever the site runs on.
    pub async fn rebuilt(&self) -> (Store, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            data: folder.path().to_owned(),
            database: None,
            witness: None,
            ..self.config.clone()
        };
        let store = open_store(&config).await.expect("the store opens");
        let own = &self.running().store;
        let site = own.site().id;
        store
            .write(&[], move |work| {
                work.execute(
                    "UPDATE site_fact SET value = ?1 WHERE name = 'site_id'",
                    params![&site.0],
                )
            })
            .await
            .unwrap();
        drop(store);
        let store = open_store(&config).await.expect("the store opens as the same site");
        for change in every_change(own).await {
            store.write(&[], move |work| work.replay(&change)).await.unwrap();
        }
        (store, folder)
    }

    /// Stops the site and starts it again on the same data, at another address.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    /// Stops the site, does something to its files, and starts it again.
    pub async fn restart_with(&mut self, change: impl FnOnce(&Path)) {
        self.stop().await;
        change(&self.config.data);
        self.start_again().await;
    }

    /// Stops the site and starts it again as it was when it was saved to a file.
    pub async fn restore(&mut self, saved: &Path) {
        self.stop().await;
        std::fs::remove_dir_all(&self.config.data).unwrap();
        backup::restore(saved, &self.config.data).expect("the site is restored");
        self.start_again().await;
    }

    async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            if self.lives == 0 {
                self.lives = seed_of(&running);
            }
            // A site that ends with its process may leave its files to the system; this one may not.
            let closed = running.store.closed();
            running.stop().await;
            tokio::time::timeout(PATIENCE, closed).await.expect("the database is closed");
        }
    }

    async fn start_again(&mut self) {
        // No two sites draw the same, and no two lives of one.
        self.lives = self.lives.wrapping_add(1);
        self.config.entropy = Arc::new(SeededEntropy::new(self.lives));
        self.running = Some(start(self.config.clone()).await.expect("the site starts again"));
    }

    /// Where the site's files are.
    pub fn data(&self) -> &Path {
        &self.config.data
    }

    /// The clock of the site.
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// The running site.
    pub fn running(&self) -> &Running {
        self.running.as_ref().expect("the site runs")
    }

    /// Where the site serves.
    pub fn url(&self) -> String {
        format!("{}://{}", self.running().scheme, self.running().address)
    }

    /// Returns once every socket was told of everything that has happened by now.
    pub async fn settle(&self) {
        self.running().sockets.caught_up().await.expect("the follower follows");
    }

    /// Returns once everything that has happened by now can be found.
    pub async fn indexed(&self) {
        self.running().search.caught_up().await.expect("the follower follows");
    }

    /// Somebody who is not signed in.
    pub fn stranger(&self) -> Actor {
        Actor::stranger(self.url())
    }

    /// The local administrator.
    pub fn local(&self) -> Actor {
        Actor::local(&self.data().join("fieldpost.sock"))
    }

    /// Makes an account and signs in. The first account of a site is its administrator.
    pub async fn person(&self, username: &str) -> Actor {
        let account = json!({
            "username": username,
            "email": format!("{username}@example.com"),
            "password": PASSWORD,
        });
        let mut actor = self.stranger();
        actor.post("/users", account).await.expect(201);
        actor.sign_in(username, PASSWORD).await;
        actor
    }

    /// An administrator with a team of that name, and the team.
    pub async fn administrator_with_team(&self, name: &str) -> (Actor, Value) {
        let admin = self.person("admin").await;
        let team = json!({ "name": name, "display_name": name, "type": "O" });
        let team = admin.post("/teams", team).await.expect(201);
        (admin, team)
    }

    /// Somebody new, added to a team by its administrator.
    pub async fn member(&self, admin: &Actor, team: &Value, username: &str) -> Actor {
        let person = self.person(username).await;
        let path = format!("/teams/{}/members", team["id"].as_str().unwrap());
        let member = json!({ "team_id": team["id"], "user_id": person.id });
        admin.post(&path, member).await.expect(201);
        person
    }
}

impl Drop for TestSite {
    /// Fails the test if the site read all of a table that grows.
    fn drop(&mut self) {
        if std::thread::panicking() || self.config.medium.vfs.is_some() {
            return;
        }
        let file = self.config.data.join(backup::DATABASE);
        let faults = self.heard.faults(&file, self.config.database.as_deref());
        assert!(faults.is_empty(), "statements without an index:\n{}", faults.join("\n"));
    }
}

/// Every change of a site's log. On a server that others use too the newest are told only once no
/// transaction is left that is older, whosever it is.
async fn every_change(store: &Store) -> Vec<Change> {
    let all = store.read(|rows| rows.count("SELECT count(*) FROM change", &[])).await.unwrap();
    let settled = async {
        loop {
            let changes = store.changes_after(Position::default(), i64::MAX).await.unwrap();
            if i64::try_from(changes.len()).unwrap() >= all {
                return changes;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("all of the log is told")
}
