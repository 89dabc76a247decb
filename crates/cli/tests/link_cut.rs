//! Two sites as processes, a history of real messages, and a bad link that is cut in the middle.
//!
//! `FIELDPOST_LINK_RATE` sets the rate of the link in bits a second; it is a fast one by default,
//! because the same has to be shown in less time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fieldpost_linkbed::profile::Loss;
use fieldpost_linkbed::relay::DATAGRAM_OVERHEAD;
use fieldpost_linkbed::{Door, Emulator, Link, Profile, Relay, Side};
use fieldpost_testkit::{Actor, Dice, free_address};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::process::{Server, run};

const PASSWORD: &str = "long enough";

/// The history of messages that both sites share.
fn history() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/field-log.jsonl.gz")
}

/// A satellite's link: 600 ms for a round trip, 2 % lost.
fn satellite() -> Profile {
    let rate = std::env::var("FIELDPOST_LINK_RATE").map_or(1_000_000, |rate| rate.parse().unwrap());
    Profile {
        loss: Loss::of(0.02),
        ..Profile::plain("satellite", rate, Duration::from_millis(300))
    }
}

/// Runs a command, which must succeed, and gives what it printed.
fn command(arguments: &[&str]) -> String {
    let output = run(arguments);
    let (said, complained) = (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(output.status.success(), "{arguments:?}: {complained}");
    String::from_utf8(said).unwrap().trim().to_owned()
}

/// A site: its process, its data, and somebody who writes there.
struct Site {
    name: &'static str,
    data: tempfile::TempDir,
    link: String,
    server: Option<Server>,
    writer: Option<Actor>,
}

impl Site {
    fn new(name: &'static str, link: String) -> Self {
        Self { name, data: tempfile::tempdir().unwrap(), link, server: None, writer: None }
    }

    fn data(&self) -> &str {
        self.data.path().to_str().unwrap()
    }

    fn start(&mut self) {
        let settings =
            [("FIELDPOST_SITE__NAME", self.name), ("FIELDPOST_LINK__LISTEN", self.link.as_str())];
        self.server = Some(Server::start_with(self.data.path(), "127.0.0.1:0", &settings));
        let url = self.server.as_ref().unwrap().url().to_owned();
        self.writer = self.writer.take().map(|writer| writer.at(url));
    }

    fn kill(&mut self) {
        self.server.take().unwrap().kill();
    }

    fn administrator(&self) -> Actor {
        Actor::local(&self.data.path().join("fieldpost.sock"))
    }

    fn status(&self) -> Value {
        let status = command(&["link", "status", "--json", "--data", self.data()]);
        serde_json::from_str::<Value>(&status).unwrap()["peers"][0].clone()
    }

    /// How many changes this site has still to send.
    fn backlog(&self) -> u64 {
        self.status()["backlog"]["changes"].as_u64().unwrap()
    }

    /// The digests of the states of the shared channels, by their names.
    fn hashes(&self) -> BTreeMap<String, String> {
        let status = self.status();
        let shared = status["shared"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        shared.map(|one| (text(&one["channel"]), text(&one["hash"]))).collect()
    }

    /// Makes somebody who may write and moderate in every channel of a team.
    async fn make_writer(&mut self, team: &Value, channels: &[String]) {
        let administrator = self.administrator();
        let account = json!({
            "username": format!("writer-{}", self.name), "password": PASSWORD,
            "email": format!("writer@{}.example", self.name),
        });
        let account = administrator.post("/users", account).await.expect(201);
        let id = account["id"].as_str().unwrap();
        let roles = json!({ "roles": "system_user system_admin" });
        administrator.put(&format!("/users/{id}/roles"), roles).await.expect(200);
        let path = format!("/teams/{}/members", team["id"].as_str().unwrap());
        administrator
            .post(&path, json!({ "team_id": team["id"], "user_id": id }))
            .await
            .expect(201);
        for channel in channels {
            let path = format!("/channels/{channel}/members");
            administrator.post(&path, json!({ "user_id": id })).await.expect(201);
        }
        let mut writer = self.server.as_ref().unwrap().stranger();
        writer.sign_in(account["username"].as_str().unwrap(), PASSWORD).await;
        self.writer = Some(writer);
    }

    fn writer(&self) -> &Actor {
        self.writer.as_ref().unwrap()
    }
}

/// Every channel of a team, open and private.
async fn channels_of(reader: &Actor, team: &Value) -> Vec<String> {
    let team = team["id"].as_str().unwrap();
    let mut channels = Vec::new();
    for kind in ["channels", "channels/private"] {
        let list = reader.get(&format!("/teams/{team}/{kind}?per_page=100")).await.expect(200);
        let ids = list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        channels.extend(ids);
    }
    channels
}

/// Every post of some channels, as a client sees it, without what is each site's own business.
async fn content(reader: &Actor, channels: &[String]) -> BTreeMap<String, Value> {
    let mut posts = BTreeMap::new();
    for channel in channels {
        for page in 0.. {
            let path = format!("/channels/{channel}/posts?per_page=200&page={page}");
            let list = reader.get(&path).await.expect(200);
            for (id, post) in list["posts"].as_object().unwrap() {
                let reactions = post["metadata"]["reactions"].as_array().into_iter().flatten();
                let mut reactions: Vec<String> = reactions
                    .map(|one| format!("{} {}", one["user_id"], one["emoji_name"]))
                    .collect();
                reactions.sort_unstable();
                let seen = json!({
                    "channel": channel, "message": post["message"], "user": post["user_id"],
                    "root": post["root_id"], "at": post["create_at"], "edited": post["edit_at"],
                    "pinned": post["is_pinned"], "replies": post["reply_count"],
                    "reactions": reactions,
                });
                posts.insert(id.clone(), seen);
            }
            if list["order"].as_array().unwrap().len() < 200 {
                break;
            }
        }
    }
    posts
}

/// Writes 200 posts, 50 edits and 20 deletions at a site. `known` is there at both sites, and both
/// change some of the same.
async fn write_apart(site: &Site, channels: &[String], known: &[String], dice: &mut Dice) {
    let writer = site.writer();
    for n in 0..200 {
        let channel = &channels[dice.below(channels.len())];
        writer.say(channel, &format!("{} wrote {n} while alone", site.name)).await;
    }
    for (n, post) in known.iter().enumerate().take(50) {
        let text = json!({ "message": format!("{} corrected {n}", site.name) });
        let reply = writer.put(&format!("/posts/{post}/patch"), text).await;
        reply.expect(200);
    }
    for post in &known[40..60] {
        writer.delete(&format!("/posts/{post}")).await.expect(200);
    }
}

/// Waits until something holds. A process of its own rings no bell here: it can only be asked again,
/// and the pause keeps the questions from taking the machine away from what is waited for.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(900), "waited in vain until {what}");
        sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sites_that_a_cut_link_joins_hold_one_conversation() {
    let port = free_address();
    let (mut hq, mut edge) = (Site::new("hq", port.to_string()), Site::new("edge", String::new()));
    let history = history();
    command(&["import", history.to_str().unwrap(), "--data", hq.data()]);
    hq.start();
    edge.start();

    let listen: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let link = Link::new(satellite(), 7).with_overhead(DATAGRAM_OVERHEAD);
    let doors = [Door { side: Side::Left, listen, target: port }];
    let relay = Relay::open(Emulator::start(link), &doors).await.unwrap();
    let address = relay.doors()[0].to_string();
    let code = command(&["link", "invite", "--address", &address, "--data", hq.data()]);
    command(&["link", "accept", &code, "--data", edge.data()]);
    command(&["link", "share", "--all", "--with", "edge", "--data", hq.data()]);

    // The newest half has arrived when the link is cut, and the edge dies on top of it.
    let all = hq.backlog();
    assert!(all > 20_000, "{all} changes");
    until("half has arrived", || hq.backlog() < all / 2).await;
    relay.link().cut();
    edge.kill();
    edge.start();

    let team = hq.administrator().get("/teams/name/taskforce").await.expect(200);
    let channels = channels_of(&hq.administrator(), &team).await;
    for site in [&mut hq, &mut edge] {
        site.make_writer(&team, &channels).await;
    }
    let mut known = Vec::new();
    for channel in &channels {
        let path = format!("/channels/{channel}/posts?per_page=150");
        let list = edge.writer().get(&path).await.expect(200);
        for (id, post) in list["posts"].as_object().unwrap() {
            // Nobody edits what the system said, and the deletion of a root takes others with it.
            let plain = post["type"] == "" && post["root_id"] == "" && post["reply_count"] == 0;
            if plain && hq.writer().get(&format!("/posts/{id}")).await.status == 200 {
                known.push(id.clone());
            }
        }
    }
    assert!(known.len() >= 60, "{} posts are at both sites", known.len());
    let mut dice = Dice::new(7);
    write_apart(&hq, &channels, &known, &mut dice).await;
    known.reverse();
    let half = known.len() / 2;
    known.rotate_right(half);
    write_apart(&edge, &channels, &known, &mut dice).await;
    hq.kill();
    hq.start();

    relay.link().restore();
    until("nothing is left to send", || {
        let connected = [&hq, &edge].iter().all(|site| site.status()["state"] == "connected");
        connected && hq.backlog() == 0 && edge.backlog() == 0
    })
    .await;
    assert_eq!(hq.hashes(), edge.hashes());
    let (at_hq, at_edge) =
        (content(hq.writer(), &channels).await, content(edge.writer(), &channels).await);
    assert!(at_hq.len() > 18_000, "{} posts", at_hq.len());
    assert_eq!(at_hq.len(), at_edge.len());
    for (id, post) in &at_hq {
        assert_eq!(Some(post), at_edge.get(id), "{id}");
    }
    let alone = |name: &str| {
        let said = format!("{name} wrote ");
        at_hq.values().filter(|post| post["message"].as_str().unwrap().starts_with(&said)).count()
    };
    assert_eq!((alone("hq"), alone("edge")), (200, 200));
    for site in [hq, edge] {
        site.server.unwrap().terminate();
    }
}
