//! Whatever people of two sites say to each other directly, and whatever happens meanwhile, both sites
//! end up with the same conversations.

use std::collections::{BTreeMap, BTreeSet};

use fieldpost_kernel::{Row, RowsExt, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::Id;
use fieldpost_store::Store;
use fieldpost_testkit::{Actor, Dice, Reply, TestSite};
use serde_json::{Value, json};

use super::bed::{Bed, content, set_direct};
use super::bundles::{bundle, take};
use super::direct::{assert_same, state};

/// How many histories are tried.
const SEEDS: u64 = 16;

fn answered(reply: &Reply) -> bool {
    let text = String::from_utf8_lossy(&reply.bytes);
    assert!(reply.status < 500, "status {}: {text}", reply.status);
    reply.status < 300
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// A post, the root of its thread or nothing, and in which conversation it was said.
struct Said {
    post: String,
    root: String,
    at: String,
}

/// Two sites, two people at each, and what they said to each other.
struct Talk {
    bed: Bed,
    people: [Vec<Actor>; 2],
    /// Conversations, with whoever takes part in them.
    conversations: BTreeMap<String, BTreeSet<Id>>,
    /// Posts that were acknowledged.
    said: Vec<Said>,
    /// Posts that somebody may have deleted.
    gone: BTreeSet<String>,
}

impl Talk {
    async fn new() -> Self {
        let mut bed = Bed::with_direct().await;
        let olga = bed.hq.member(&bed.admin, &bed.team, "olga").await;
        let local = bed.edge.member(&bed.edgar, &bed.team, "local").await;
        for (who, words) in [(&olga, "from hq"), (&local, "from the edge")] {
            who.say(&bed.channel, words).await;
        }
        bed.wire.settle().await.unwrap();
        let people = [vec![bed.admin.clone(), olga], vec![bed.edgar.clone(), local]];
        let (conversations, said) = (BTreeMap::new(), Vec::new());
        Self { bed, people, conversations, said, gone: BTreeSet::new() }
    }

    fn sites(&self) -> [&TestSite; 2] {
        [&self.bed.hq, &self.bed.edge]
    }

    /// Somebody opens a conversation with people of the other site.
    async fn open(&mut self, side: usize, dice: &mut Dice) {
        let who = &self.people[side][dice.below(2)];
        let other = &self.people[1 - side][dice.below(2)];
        let mut people: BTreeSet<Id> = [who.id, other.id].into();
        if dice.one_in(3) {
            people.extend(self.people[dice.below(2)].iter().map(|one| one.id));
        }
        let path = if people.len() == 2 { "/channels/direct" } else { "/channels/group" };
        let opened = who.post(path, json!(people)).await;
        if answered(&opened) {
            self.conversations.insert(id(&opened.json()), people);
        }
    }

    /// Somebody says something in a conversation, or does something to what is there.
    async fn act(&mut self, side: usize, dice: &mut Dice) {
        if self.conversations.is_empty() || dice.one_in(6) {
            return self.open(side, dice).await;
        }
        let at = dice.below(self.conversations.len());
        let (channel, people) = self.conversations.iter().nth(at).unwrap();
        let (channel, people) = (channel.clone(), people.clone());
        let those: Vec<&Actor> =
            self.people[side].iter().filter(|one| people.contains(&one.id)).collect();
        let who = those[dice.below(those.len())].clone();
        let known: Vec<String> = match who.get(&format!("/channels/{channel}/posts")).await {
            list if list.status == 200 => {
                list.json()["posts"].as_object().unwrap().keys().cloned().collect()
            }
            _ => return,
        };
        let some = (!known.is_empty()).then(|| known[dice.below(known.len())].clone());
        match (dice.below(10), some) {
            (5, Some(post)) => {
                let patch = json!({ "message": format!("edited {}", dice.below(1000)) });
                answered(&who.put(&format!("/posts/{post}/patch"), patch).await);
            }
            (6, Some(post)) => {
                if answered(&who.delete(&format!("/posts/{post}")).await) {
                    self.gone.insert(post);
                }
            }
            (7 | 8, Some(post)) => {
                let react = json!({ "user_id": who.id, "post_id": post, "emoji_name": "eyes" });
                answered(&who.post("/reactions", react).await);
            }
            (9, _) => {
                let patch = json!({ "header": format!("header {}", dice.below(1000)) });
                answered(&who.put(&format!("/channels/{channel}/patch"), patch).await);
            }
            (kind, some) => {
                let root = some.filter(|_| kind == 4).unwrap_or_default();
                let message = format!("said {}", dice.below(1000));
                let post = json!({ "channel_id": channel, "message": message, "root_id": root });
                let reply = who.post("/posts", post).await;
                if answered(&reply) {
                    self.said.push(Said { post: id(&reply.json()), root, at: channel });
                }
            }
        }
    }

    async fn happen(&mut self, dice: &mut Dice) {
        match dice.below(8) {
            0 => self.bed.wire.settle().await.unwrap(),
            1 => {
                let forgets = [dice.one_in(3), dice.one_in(3)];
                self.bed.wire.cut([&self.bed.hq, &self.bed.edge], forgets).await;
            }
            2 => {
                let side = dice.below(2);
                self.restart(side).await;
            }
            3 => {
                let on = dice.one_in(2);
                set_direct(&self.bed.hq, "edge", on).await;
            }
            4 => {
                let carried = bundle(&self.bed.hq, "edge").await;
                take(&self.bed.edge, &carried).await.unwrap();
            }
            _ => {
                let steps = dice.below(10);
                self.bed.wire.run(steps, dice).await;
                let from = dice.below(2);
                self.bed.wire.repeat(from, dice).await.unwrap();
            }
        }
    }

    async fn restart(&mut self, side: usize) {
        self.bed.wire.ends[side].hang_up();
        let site = if side == 0 { &mut self.bed.hq } else { &mut self.bed.edge };
        site.restart().await;
        let url = site.url();
        for actor in &mut self.people[side] {
            *actor = actor.at(url.clone());
        }
        self.bed.wire.cut([&self.bed.hq, &self.bed.edge], [side == 0, side == 1]).await;
    }

    async fn assert_equal(&mut self, why: &str) {
        set_direct(&self.bed.hq, "edge", true).await;
        self.bed.wire.settle().await.unwrap();
        let conversations: Vec<&String> = self.conversations.keys().collect();
        for (site, other) in [(&self.bed.hq, &self.bed.edge), (&self.bed.edge, &self.bed.hq)] {
            let other = other.running().store.site().id;
            let sql = "SELECT id FROM channel WHERE across = ?1";
            let store = &site.running().store;
            let found = store
                .read(move |rows| rows.all(sql, params![&other.0], |row| row.id(0).to_string()))
                .await;
            let found: BTreeSet<String> = found.unwrap().into_iter().collect();
            assert!(found.iter().eq(conversations.iter().copied()), "{why}: {found:?}");
        }
        for (conversation, people) in &self.conversations {
            let reader = |side: usize| {
                self.people[side].iter().find(|one| people.contains(&one.id)).unwrap()
            };
            assert_same(self.sites(), [reader(0), reader(1)], conversation).await;
            let present = content(reader(0), conversation).await;
            for Said { post, root, .. } in self.said.iter().filter(|s| s.at == *conversation) {
                // A reply goes with its root.
                let is_gone = self.gone.contains(post) || self.gone.contains(root);
                assert!(present.contains_key(post) || is_gone, "{why}: {post} is lost");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_said_directly_is_the_same_at_both_sites_in_the_end() {
    let mut conversations = 0;
    for seed in 0..SEEDS {
        let mut dice = Dice::new(seed);
        let mut talk = Talk::new().await;
        for _ in 0..10 {
            for side in [0, 1] {
                for _ in 0..dice.below(8) {
                    talk.act(side, &mut dice).await;
                }
            }
            talk.happen(&mut dice).await;
        }
        talk.assert_equal(&format!("seed {seed}")).await;
        conversations += talk.conversations.len();
    }
    assert!(conversations > 2 * SEEDS as usize, "{conversations}");
}

#[tokio::test]
async fn rows_of_conversations_made_again_from_the_log_are_the_same() {
    let mut dice = Dice::new(5);
    let mut talk = Talk::new().await;
    for side in [0, 1, 1, 0] {
        for _ in 0..20 {
            talk.act(side, &mut dice).await;
        }
    }
    talk.assert_equal("before").await;
    let conversations: Vec<String> = talk.conversations.keys().cloned().collect();
    assert!(conversations.len() > 2, "{}", conversations.len());
    for site in talk.sites() {
        let (rebuilt, _folder) = site.rebuilt().await;
        for conversation in &conversations {
            let live = row(&site.running().store, conversation).await;
            assert_eq!(live, row(&rebuilt, conversation).await);
            let scope = Scope::new(ScopeKind::Conversation, conversation.parse().unwrap());
            let again = rebuilt.state_hash(scope).await.unwrap().to_string();
            assert_eq!(again, state(site, conversation).await);
        }
    }
}

/// What a site keeps of a conversation, as text.
async fn row(store: &Store, conversation: &str) -> Option<String> {
    let id: Id = conversation.parse().unwrap();
    let sql = "SELECT kind, name, across, opening FROM channel WHERE id = ?1";
    let shown = |row: &dyn Row| {
        let across = row.blob(2);
        format!("{} {} {across:?} {}", row.text(0), row.text(1), row.int(3) > 0)
    };
    store.read(move |rows| rows.first(sql, params![&id], shown)).await.unwrap()
}
