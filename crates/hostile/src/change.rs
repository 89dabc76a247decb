//! Changes of another site: bodies of every kind, applied to a site that has something of each.

use std::sync::{Arc, LazyLock};

use fieldpost_kernel::{Change, Failure, FailureKind, Kind, Outcome, Position};
use fieldpost_log::{ChangeName, Epoch, Scope, SiteId, Stamp};
use fieldpost_model::Id;
use fieldpost_store::Store;
use fieldpost_testkit::{Actor, Reply, TestSite};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// What undoes a change that went well.
const UNDONE: &str = "test.undone";

/// A site on which every change is tried and undone.
struct Base {
    runtime: Runtime,
    _site: TestSite,
    store: Store,
    kinds: Vec<Kind>,
    scopes: Vec<Scope>,
    authors: Vec<Id>,
    changes: Vec<Change>,
}

static BASE: LazyLock<Base> = LazyLock::new(Base::new);

impl Base {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let site = runtime.block_on(async {
            let site = TestSite::start_with(|config| config.database = None).await;
            live(&site).await;
            site
        });
        let store = site.running().store.clone();
        let changes = store.changes_after(Position::default(), i64::MAX);
        let changes: Vec<Change> = runtime.block_on(changes).unwrap();
        let mut scopes: Vec<Scope> = changes.iter().map(|change| change.name.scope).collect();
        scopes.sort_unstable_by_key(Scope::to_bytes);
        scopes.dedup();
        let mut authors: Vec<Id> = changes.iter().map(|change| change.author).collect();
        authors.sort_unstable();
        authors.dedup();
        let kinds = store.features().kinds();
        Self { runtime, _site: site, store, kinds, scopes, authors, changes }
    }

    /// A change as another site may have written it: kind, scope, author and time by the first
    /// bytes, the body from the rest.
    fn change(&self, bytes: &[u8]) -> Option<Change> {
        let (&[kind, scope, author, time], payload) = bytes.split_first_chunk::<4>()?;
        let pick = |from: usize, by: u8| usize::from(by) % from;
        let newest = self.changes.last()?.stamp;
        Some(Change {
            position: Position::default(),
            name: ChangeName {
                site: SiteId([9; 16]),
                epoch: Epoch(1),
                scope: self.scopes[pick(self.scopes.len(), scope)],
                sequence: u64::from(time),
            },
            stamp: [newest, Stamp(0), Stamp(u64::MAX)][pick(3, time)],
            author: self.authors[pick(self.authors.len(), author)],
            kind: self.kinds[pick(self.kinds.len(), kind)],
            payload: payload.to_vec(),
        })
    }

    fn bytes(&self, change: &Change) -> Option<Vec<u8>> {
        let kind = self.kinds.iter().position(|kind| *kind == change.kind)?;
        let scope = self.scopes.iter().position(|scope| *scope == change.name.scope)?;
        let author = self.authors.iter().position(|author| *author == change.author)?;
        let head = [kind, scope, author, 0].map(|index| u8::try_from(index % 256).unwrap());
        Some([&head, change.payload.as_slice()].concat())
    }
}

/// Applies a change twice, shows it, and undoes all of it.
pub(crate) fn apply(bytes: &[u8]) {
    let base = &*BASE;
    let Some(change) = base.change(bytes) else { return };
    if !change.name.scope.is_replicated() {
        return;
    }
    let features = Arc::clone(base.store.features());
    let tried = change.clone();
    let done = base.store.write(&[], move |work| -> Outcome<()> {
        if work.receive(&tried)? {
            assert!(!work.receive(&tried)?, "a change was new twice");
        }
        features.shown(&tried, work)?;
        Err(Failure::invalid(UNDONE, ""))
    });
    let failure = base.runtime.block_on(done).unwrap_err();
    let malformed = failure.detail.starts_with("kind 0x");
    let broken = failure.kind == FailureKind::Internal && !malformed;
    assert!(!broken, "{change:?}: {failure}");
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    BASE.changes.iter().filter_map(|change| BASE.bytes(change)).collect()
}

/// What was answered, which must not be a refusal.
#[expect(clippy::needless_pass_by_value, reason = "it is what a call gives")]
fn done(reply: Reply) -> Value {
    assert!(reply.status < 300, "{reply:?}");
    serde_json::from_slice(&reply.bytes).unwrap_or_default()
}

/// Does something of every kind that people do.
async fn live(site: &TestSite) {
    let (admin, team) = site.administrator_with_team("alpha").await;
    let bob = site.member(&admin, &team, "bob").await;
    let square = admin.channel(&team, "town-square").await;
    let root = admin.say(&square, "hello @bob #plan").await;
    let root = root["id"].as_str().unwrap().to_owned();
    let reply = json!({ "channel_id": square, "root_id": root, "message": "@here" });
    let reply = done(bob.post("/posts", reply).await);
    let reply = reply["id"].as_str().unwrap();
    threads(&admin, &team, &root).await;
    let reaction = json!({ "user_id": bob.id, "post_id": root, "emoji_name": "smile" });
    done(bob.post("/reactions", reaction).await);
    done(bob.delete(&format!("/users/{}/posts/{root}/reactions/smile", bob.id)).await);
    done(admin.post(&format!("/posts/{root}/pin"), json!({})).await);
    done(admin.put(&format!("/posts/{root}/patch"), json!({ "message": "edited" })).await);
    done(bob.delete(&format!("/posts/{reply}")).await);
    keep_for_later(&bob, &square, &root).await;
    let preference = json!([
        { "user_id": bob.id, "category": "c", "name": "n", "value": "v" },
    ]);
    done(bob.put(&format!("/users/{}/preferences", bob.id), preference).await);
    done(bob.put("/users/me/patch", json!({ "nickname": "B" })).await);
    let path = format!("/files?channel_id={square}&filename=x.txt");
    done(bob.send("POST".parse().unwrap(), &path, b"content".to_vec()).await);
    bookmarks(&admin, &bob, &square).await;
    places(&admin, &bob, &team, &square).await;
}

async fn bookmarks(admin: &Actor, bob: &Actor, square: &str) {
    let path = format!("/channels/{square}/bookmarks");
    let link = json!({ "type": "link", "display_name": "Plan", "link_url": "https://x.org/plan" });
    done(bob.post(&path, link.clone()).await);
    let made = done(bob.post(&path, link).await);
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    done(bob.post(&format!("{one}/sort_order"), json!(0)).await);
    for who in [bob, admin] {
        let patch = json!({ "display_name": "P" }).to_string().into_bytes();
        done(who.send("PATCH".parse().unwrap(), &one, patch).await);
    }
    let left = done(bob.get(&path).await);
    done(admin.delete(&format!("{path}/{}", left[0]["id"].as_str().unwrap())).await);
}

/// Does what people do that is for later, or for those who are asked to take note.
async fn keep_for_later(bob: &Actor, square: &str, root: &str) {
    let urgent = json!({
        "channel_id": square, "message": "@admin note",
        "metadata": { "priority": { "priority": "urgent", "requested_ack": true } },
    });
    done(bob.post("/posts", urgent).await);
    let path = format!("/users/me/posts/{root}");
    done(bob.post(&format!("{path}/ack"), json!({})).await);
    done(bob.delete(&format!("{path}/ack")).await);
    done(bob.post(&format!("{path}/reminder"), json!({ "target_time": 4_000_000_000_i64 })).await);
    let later = json!({
        "channel_id": square, "message": "later", "scheduled_at": 1_i64 << 42,
    });
    done(bob.post("/drafts", later.clone()).await);
    done(bob.delete(&format!("/users/me/channels/{square}/drafts")).await);
    let kept = done(bob.post("/posts/schedule", later).await);
    let path = format!("/posts/schedule/{}", kept["id"].as_str().unwrap());
    done(bob.put(&path, kept).await);
    done(bob.delete(&path).await);
}

/// Everything that people say of a thread.
async fn threads(admin: &Actor, team: &Value, root: &str) {
    let threads = format!("/users/me/teams/{}/threads", team["id"].as_str().unwrap());
    let thread = format!("{threads}/{root}");
    done(admin.put(&format!("{thread}/following"), json!({})).await);
    done(admin.delete(&format!("{thread}/following")).await);
    done(admin.post(&format!("{thread}/set_unread/{root}"), json!({})).await);
    done(admin.put(&format!("{threads}/read"), json!({})).await);
}

async fn places(admin: &Actor, bob: &Actor, team: &Value, square: &str) {
    let direct = json!([admin.id, bob.id]);
    let direct = done(bob.post("/channels/direct", direct).await);
    bob.say(direct["id"].as_str().unwrap(), "psst").await;
    let private = json!({
        "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "O",
    });
    let private = done(admin.post("/channels", private).await);
    let path = format!("/channels/{}", private["id"].as_str().unwrap());
    done(admin.post(&format!("{path}/members"), json!({ "user_id": bob.id })).await);
    done(admin.put(&format!("{path}/patch"), json!({ "header": "h" })).await);
    done(admin.put(&format!("{path}/privacy"), json!({ "privacy": "P" })).await);
    let closed = json!([{ "name": "create_post", "roles": { "members": false } }]);
    done(admin.put(&format!("{path}/moderations/patch"), closed).await);
    let roles = json!({ "roles": "channel_user channel_admin" });
    done(admin.put(&format!("{path}/members/{}/roles", bob.id), roles).await);
    done(admin.delete(&format!("{path}/members/{}", bob.id)).await);
    done(admin.delete(&path).await);
    let team = format!("/teams/{}", team["id"].as_str().unwrap());
    done(admin.put(&format!("{team}/patch"), json!({ "description": "d" })).await);
    let viewed = json!({ "channel_id": square });
    done(bob.post("/channels/members/me/view", viewed).await);
    done(admin.delete(&format!("{team}/members/{}", bob.id)).await);
}
