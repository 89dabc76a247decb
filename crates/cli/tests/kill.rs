use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use fieldpost_testkit::Actor;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::process::Server;

const CLIENTS: usize = 16;

/// Posts until the server is gone, noting each post that was acknowledged.
async fn post_until_dead(
    actor: Actor,
    channel: String,
    n: usize,
    acked: Arc<Mutex<BTreeSet<String>>>,
    counted: UnboundedSender<()>,
) {
    for turn in 0.. {
        let message = format!("client {n} turn {turn}");
        let body = json!({ "channel_id": channel, "message": message }).to_string();
        let Ok(reply) = actor.try_send("POST".parse().unwrap(), "/posts", body.into_bytes()).await
        else {
            return;
        };
        let post = reply.expect(201);
        acked.lock().unwrap().insert(post["id"].as_str().unwrap().to_owned());
        counted.send(()).unwrap();
    }
}

async fn all_posts(actor: &Actor, channel: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for page in 0.. {
        let path = format!("/channels/{channel}/posts?per_page=200&page={page}");
        let list = actor.get(&path).await.expect(200);
        let order = list["order"].as_array().unwrap().clone();
        if order.is_empty() {
            return found;
        }
        found.extend(order.iter().map(|id| id.as_str().unwrap().to_owned()));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_post_survives_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path());
    let account = json!({ "username": "a", "email": "a@example.com", "password": "long enough" });
    server.stranger().post("/users", account).await.expect(201);
    let mut actor = server.stranger();
    actor.sign_in("a", "long enough").await;
    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "O" });
    let team: Value = actor.post("/teams", team).await.expect(201);
    let channel = actor.channel(&team, "town-square").await;

    let acked = Arc::new(Mutex::new(BTreeSet::new()));
    for acknowledged in [60, 200, 40] {
        let (counted, mut counts) = unbounded_channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| {
                tokio::spawn(post_until_dead(
                    actor.clone(),
                    channel.clone(),
                    n,
                    acked.clone(),
                    counted.clone(),
                ))
            })
            .collect();
        for _ in 0..acknowledged {
            counts.recv().await.unwrap();
        }
        server.kill();
        for client in clients {
            client.await.unwrap();
        }
        server = Server::start(data.path());
        actor = server.stranger();
        actor.sign_in("a", "long enough").await;
        let found = all_posts(&actor, &channel).await;
        let acked = acked.lock().unwrap();
        let lost: Vec<_> = acked.difference(&found).collect();
        assert!(lost.is_empty(), "{} of {} acknowledged posts are lost", lost.len(), acked.len());
    }
    assert!(acked.lock().unwrap().len() > 100, "too few posts to prove anything");
    server.terminate();
}
