//! The control socket: one order a line, in words, and one line of JSON for an answer.

use std::future::Future;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use crate::emulator::Stats;
use crate::order::Order;

/// What a running link answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It was done.
    Done,
    /// The figures.
    Stats(Box<Stats>),
    /// Which process holds each namespace.
    Sides(Sides),
    /// It was not done, and why.
    Refused(String),
}

/// Which process holds each namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sides {
    /// What the left side is called.
    pub left: Holder,
    /// What the right side is called.
    pub right: Holder,
}

/// A process that holds a namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// What its side is called.
    pub name: String,
    /// Its number.
    pub pid: u32,
    /// Whether the namespace is inside a user namespace.
    pub user_namespace: bool,
}

/// Listens for orders. What an earlier run left at that path is removed, unless it still answers.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    if BlockingStream::connect(path).is_ok() {
        let reason = format!("another bed listens at {}; `linkbed down` ends it", path.display());
        return Err(io::Error::new(io::ErrorKind::AddrInUse, reason));
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => UnixListener::bind(path),
    }
}

/// Takes orders until this is dropped.
pub async fn serve<F, A>(listener: UnixListener, obey: F)
where
    F: Fn(Order) -> A + Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    let obey = Arc::new(obey);
    let mut callers = JoinSet::new();
    loop {
        let Ok((caller, _)) = listener.accept().await else { continue };
        let obey = obey.clone();
        callers.spawn(async move { attend(caller, &*obey).await });
        // Those that have ended.
        while callers.try_join_next().is_some() {}
    }
}

async fn attend<F, A>(caller: UnixStream, obey: &F) -> io::Result<()>
where
    F: Fn(Order) -> A,
    A: Future<Output = Answer>,
{
    let (reading, mut writing) = caller.into_split();
    let mut lines = tokio::io::BufReader::new(reading).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match line.parse() {
            Ok(order) => obey(order).await,
            Err(reason) => Answer::Refused(reason),
        };
        let mut line = serde_json::to_vec(&answer)?;
        line.push(b'\n');
        writing.write_all(&line).await?;
    }
    Ok(())
}

/// Gives a running link an order, and returns its answer.
pub fn tell(path: &Path, order: &str) -> io::Result<Answer> {
    let mut stream = BlockingStream::connect(path).map_err(|error| {
        io::Error::new(error.kind(), format!("no bed listens at {}: {error}", path.display()))
    })?;
    writeln!(stream, "{order}")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}
