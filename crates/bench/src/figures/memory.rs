//! Memory: idle, after log-ins, and with a thousand sockets.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::bare::Kind;
use crate::bench::Bench;
use crate::client::Client;
use crate::crowd;
use crate::listener::Listener;
use crate::report::{Report, number};
use crate::server::{Place, Server};

/// Log-ins, one after the other; fewer than an address may try in a minute.
const LOG_INS: usize = 20;

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let (sockets, further) = (bench.times(1000, 100), bench.times(4000, 100));
    let scratch = bench.scratch()?;
    let server = Place::embedded(scratch.path()).start(bench)?;
    server.answers().await?;
    let empty = server.memory()?;
    sign_in(&server).await?;
    let signed_in = server.memory()?;
    server.stop()?;

    let bare = bare(Kind::Sockets)?;
    let bare_idle = bare.memory()?;
    let mut held = Vec::new();
    for _ in 0..sockets {
        held.push(Listener::open(bare.address, "").await?);
    }
    let bare_full = bare.memory()?;
    for _ in 0..further {
        held.push(Listener::open(bare.address, "").await?);
    }
    let bare_more = bare.memory()?;
    drop((held, bare));

    let scratch = bench.scratch()?;
    let place = Place::embedded(scratch.path());
    let (server, crowd) = crowd::gather(bench, &place, sockets + further).await?;
    server.stop()?;
    let server = place.start(bench)?;
    server.answers().await?;
    let before = server.memory()?;
    let mut tokens = crowd.people.iter().map(|person| person.token.as_str());
    let held = greeted(server.address, tokens.by_ref().take(sockets)).await?;
    let full = server.memory()?;
    let others = greeted(server.address, tokens).await?;
    let more = server.memory()?;
    drop((held, others));

    let raw = "a bare WebSocket server of the same libraries";
    report.add("idle, empty site", number(empty / 1e6, "MB"), (raw, number(bare_idle / 1e6, "MB")));
    report.add(
        format!("after {LOG_INS} log-ins"),
        number(signed_in / 1e6, "MB"),
        ("the same process before them", number(empty / 1e6, "MB")),
    );
    report.add(
        format!("with {sockets} people's sockets"),
        number(full / 1e6, "MB"),
        (raw, number(bare_full / 1e6, "MB")),
    );
    let each =
        |all: f64, before: f64, count: usize| number((all - before) / 1e3 / count as f64, "kB");
    report.add(
        "for each of these, with what the first of them touch",
        each(full, before, sockets),
        (raw, each(bare_full, bare_idle, sockets)),
    );
    report.add(
        format!("for each of {further} further sockets"),
        each(more, full, further),
        (raw, each(bare_more, bare_full, further)),
    );
    Ok(())
}

/// Makes an account and signs in to it, again and again.
async fn sign_in(server: &Server) -> Outcome<()> {
    let mut client = Client::open(server.address, "").await?;
    crowd::sign_up(&mut client).await?;
    for _ in 0..LOG_INS {
        client.sign_in(crowd::ADMIN.0, crowd::ADMIN.1).await?;
    }
    Ok(())
}

/// Opens a socket for each secret, one after the other, and waits until each is greeted.
pub(super) async fn greeted(
    address: SocketAddr,
    tokens: impl Iterator<Item = &str>,
) -> Outcome<Vec<Listener>> {
    let mut sockets = Vec::new();
    for token in tokens {
        let mut socket = Listener::open(address, token).await?;
        socket.next().await?;
        sockets.push(socket);
    }
    Ok(sockets)
}

/// What is measured against, as a process of its own.
pub(super) fn bare(kind: Kind) -> Outcome<Server> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--bare", kind.name()]).stdin(Stdio::piped());
    Server::spawn(command)
}
