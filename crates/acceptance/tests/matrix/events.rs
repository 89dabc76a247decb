//! Who hears what: the sockets of all roles, and the events of `policy/events.txt`.

use std::collections::{BTreeMap, BTreeSet};

use fieldpost_kernel::events;
use fieldpost_testkit::TestSocket;
use serde_json::{Value, json};

use super::blocks::{self, Block};
use super::case::Case;
use super::role::Role;
use super::world::World;

/// The sockets of everybody who is signed in.
struct Ears {
    sockets: BTreeMap<Role, TestSocket>,
    asked: i64,
}

impl Ears {
    async fn open(world: &World) -> Self {
        let mut sockets = BTreeMap::new();
        for role in Role::signed() {
            sockets.insert(role, world.actor(role).socket().await);
        }
        Self { sockets, asked: 0 }
    }

    /// Those who heard an event since this was asked last. A reply comes after whatever was said
    /// before it.
    async fn heard(&mut self, world: &World, event: &str) -> BTreeSet<Role> {
        world.site.settle().await;
        self.asked += 1;
        let mut heard = BTreeSet::new();
        for (role, socket) in &mut self.sockets {
            socket.ask(self.asked, "ping", json!({})).await;
            loop {
                let frame = socket.next().await.expect("the socket stays open");
                if frame["event"] == event {
                    heard.insert(*role);
                }
                if frame["seq_reply"] == self.asked {
                    break;
                }
            }
        }
        heard
    }
}

/// Does what a block says, and gives those who heard of it.
async fn told(world: &mut World, ears: &mut Ears, block: &Block, state: &str) -> BTreeSet<Role> {
    let by = world.person(&block.by).clone();
    let mut case = Case::of_state(world, &block.ask, state);
    if let Some(role) = Role::parse(&block.by) {
        case.play(role);
    }
    if let Some(first) = &block.first {
        let request = case.prepare(first).await;
        let reply = case.send(&by, request).await;
        assert!(reply.status < 300, "{} {state}, first: {}", block.name, reply.json());
    }
    let request = case.prepare(&block.ask).await;
    ears.heard(case.world, &block.name).await;
    if request.method == "SOCKET" {
        let role = Role::parse(&block.by).expect("a role has a socket");
        let socket = ears.sockets.get_mut(&role).expect("everybody has one");
        let data: Value = serde_json::from_str(&request.body).expect("the body is JSON");
        ears.asked += 1;
        // Others are told once in a second that somebody types.
        case.world.site.clock().advance(1000);
        assert_eq!(socket.request(ears.asked, &request.path, data).await["status"], "OK");
    } else {
        let reply = case.send(&by, request).await;
        assert!(reply.status < 300, "{} {state}: {}", block.name, reply.json());
    }
    ears.heard(case.world, &block.name).await
}

#[tokio::test]
async fn everybody_hears_what_is_declared_and_nothing_else() {
    let mut world = World::build().await;
    let mut ears = Ears::open(&world).await;
    let mut differences = Vec::new();
    let names =
        |roles: &BTreeSet<Role>| roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ");
    for block in blocks::read("events.txt") {
        for (state, declared) in &block.rows {
            let heard = told(&mut world, &mut ears, &block, state).await;
            if heard != *declared {
                differences.push(format!(
                    "{} {state}: declared {}; heard by {}",
                    block.name,
                    names(declared),
                    names(&heard)
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_event_that_is_emitted_is_declared() {
    let declared: BTreeSet<String> =
        blocks::read("events.txt").into_iter().map(|block| block.name).collect();
    let told = events::TOLD.iter().map(|event| event.as_str().to_owned());
    // The greeting of a new connection, which is that one's alone.
    let emitted: BTreeSet<String> = told.filter(|name| name != "hello").collect();
    let missing: Vec<_> = emitted.difference(&declared).collect();
    assert!(missing.is_empty(), "emitted without a block in policy/events.txt: {missing:?}");
    let superfluous: Vec<_> = declared.difference(&emitted).collect();
    assert!(superfluous.is_empty(), "declared and not emitted: {superfluous:?}");
}
