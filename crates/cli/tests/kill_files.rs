use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use fieldpost_blobs::{Blobs, Hash};
use fieldpost_kernel::RowsExt;
use fieldpost_server::{Config, open_store};
use fieldpost_testkit::Actor;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::process::Server;

const CLIENTS: usize = 8;

/// What each client's turn uploads: large enough to be written in several pieces.
fn content(n: usize, turn: usize) -> Vec<u8> {
    format!("client {n} turn {turn} ").repeat(8000).into_bytes()
}

/// Uploads until the server is gone, noting each file that was acknowledged.
async fn upload_until_dead(
    actor: Actor,
    channel: String,
    n: usize,
    acked: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    counted: UnboundedSender<()>,
) {
    for turn in 0.. {
        let bytes = content(n, turn);
        let path = format!("/files?channel_id={channel}&filename={n}.{turn}.txt");
        let Ok(reply) = actor.try_send("POST".parse().unwrap(), &path, bytes.clone()).await else {
            return;
        };
        let sent = reply.expect(201);
        let id = sent["file_infos"][0]["id"].as_str().unwrap().to_owned();
        acked.lock().unwrap().insert(id, bytes);
        counted.send(()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_no_acknowledged_file_and_leaves_no_row_that_points_to_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path());
    let account = json!({ "username": "a", "email": "a@example.com", "password": "long enough" });
    server.stranger().post("/users", account).await.expect(201);
    let mut actor = server.stranger();
    actor.sign_in("a", "long enough").await;
    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "O" });
    let team: Value = actor.post("/teams", team).await.expect(201);
    let channel = actor.channel(&team, "town-square").await;

    let acked = Arc::new(Mutex::new(BTreeMap::new()));
    for acknowledged in [10, 40] {
        let (counted, mut counts) = unbounded_channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| {
                tokio::spawn(upload_until_dead(
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
    }
    let acked = std::mem::take(&mut *acked.lock().unwrap());
    assert!(acked.len() > 10, "too few files to prove anything");
    for (id, bytes) in &acked {
        let reply = actor.get(&format!("/files/{id}")).await;
        assert!(reply.status == 200 && reply.bytes == *bytes, "{id} is lost");
    }
    server.terminate();

    let config = Config { data: data.path().to_owned(), ..Config::default() };
    let store = open_store(&config).await.unwrap();
    let named: Vec<[u8; 32]> = store
        .read(|rows| {
            rows.all("SELECT content FROM file", &[], |row| row.blob(0).try_into().unwrap())
        })
        .await
        .unwrap();
    assert!(named.len() >= acked.len());
    let blobs = Blobs::open(&data.path().join("files")).await.unwrap();
    for hash in named.into_iter().map(Hash) {
        let bytes = blobs.bytes(hash).await.unwrap().expect("a row points to nothing");
        assert_eq!(Hash::of(&bytes), hash);
    }
}
