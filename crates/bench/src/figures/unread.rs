//! The first window that a client opens a channel with: what is around its first unread post.

use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fieldpost_testkit::Dice;
use serde_json::json;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::bare::Kind;
use crate::bench::Bench;
use crate::client::{Client, text};
use crate::crowd::{self, Crowd};
use crate::report::{Report, latency};
use crate::sample::Sample;
use crate::server::{Place, Server};
use crate::text::ENGLISH;

/// Posts in the channel; the reader has read half of them.
const POSTS: usize = 400;

/// Who writes them, and who reads.
const PEOPLE: usize = 12;

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let scratch = bench.scratch()?;
    let (server, crowd) = crowd::gather(bench, &Place::embedded(scratch.path()), PEOPLE).await?;
    write_channel(&server, &crowd).await?;
    let reader = crowd.people.first().ok_or("nobody")?;
    let path =
        format!("/users/me/channels/{}/posts/unread?limit_before=30&limit_after=30", crowd.channel);
    let mut client = Client::open(server.address, &reader.token).await?;
    let answer = client.get(&path).await?;
    let body = answer.body.clone();
    let posts = answer.expect(200)?["order"].as_array().map_or(0, Vec::len);

    let bare = bare(&body)?;
    for clients in [1, 8] {
        let measured =
            ask(bench, server.address, &reader.token, (&path, body.len()), clients).await?;
        let raw = ask(bench, bare.address, "", (&path, body.len()), clients).await?;
        report.add(
            format!("window of {posts} of {POSTS} posts, {clients} at once"),
            latency(&measured),
            (format!("bare hyper, the same {} kB", body.len() / 1000), latency(&raw)),
        );
    }
    Ok(())
}

/// Everybody says something; one post in ten has a file, one in five a reaction.
async fn write_channel(server: &Server, crowd: &Crowd) -> Outcome<()> {
    let mut dice = Dice::new(4);
    let channel = &crowd.channel;
    let mut clients = Vec::new();
    for person in &crowd.people {
        clients.push(Client::open(server.address, &person.token).await?);
    }
    for n in 0..POSTS {
        if n == POSTS / 2 {
            let viewed = json!({ "channel_id": channel });
            clients[0].post("/channels/members/me/view", &viewed).await?.expect(200)?;
        }
        let author = 1 + dice.below(PEOPLE - 1);
        let mut files = Vec::new();
        if dice.one_in(10) {
            let path = format!("/files?channel_id={channel}&filename=report-{n}.txt");
            let content = ENGLISH.message(&mut dice);
            let sent =
                clients[author].send("POST", &path, content.as_bytes()).await?.expect(201)?;
            files.push(text(&sent["file_infos"][0], "id")?);
        }
        let message = ENGLISH.message(&mut dice);
        let post = json!({ "channel_id": channel, "message": message, "file_ids": files });
        let post = clients[author].post("/posts", &post).await?.expect(201)?;
        if dice.one_in(5) {
            let other = 1 + dice.below(PEOPLE - 1);
            let reaction = json!({
                "user_id": crowd.people[other].id, "post_id": text(&post, "id")?,
                "emoji_name": "thumbsup",
            });
            clients[other].post("/reactions", &reaction).await?.expect(200)?;
        }
    }
    Ok(())
}

fn bare(body: &[u8]) -> Outcome<Server> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--bare", Kind::Answer.name()]).stdin(Stdio::piped());
    let mut server = Server::spawn(command)?;
    server.input().ok_or("no input")?.write_all(body)?;
    server.end_input();
    Ok(server)
}

async fn ask(
    bench: &Bench,
    address: SocketAddr,
    token: &str,
    (path, length): (&str, usize),
    clients: usize,
) -> Outcome<Sample> {
    let times = bench.times(2000, 100) / clients;
    let mut asking = JoinSet::new();
    for _ in 0..clients {
        let (token, path) = (token.to_owned(), path.to_owned());
        asking.spawn(async move {
            let mut client = Client::open(address, &token).await?;
            let mut durations: Vec<Duration> = Vec::new();
            for _ in 0..times {
                let begun = Instant::now();
                let answer = client.get(&path).await?;
                durations.push(begun.elapsed());
                if answer.status != 200 || answer.body.len() != length {
                    return Err(format!("{}: another answer", answer.status).into());
                }
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(durations)
        });
    }
    let mut all = Vec::new();
    while let Some(durations) = asking.join_next().await {
        all.extend(durations??);
    }
    Ok(all.into_iter().collect())
}
