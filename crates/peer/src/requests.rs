//! What the two sides ask of each other beside the frames: a file, to have one brought, or to take
//! an urgent post or a preview first.

use std::sync::Arc;

use fieldpost_replica::{Request, Urgent};
use tokio::task::JoinSet;

use crate::courier::Over;
use crate::files;
use crate::links::Shared;
use crate::session::{Ended, Session};
use crate::wire::{Answering, Wire};

/// Answers the peer's requests, several at a time, until it sends what it may not send ahead.
pub(crate) async fn answer_all(shared: &Shared, session: &Session, connection: &Arc<Wire>) -> Over {
    let mut answering = JoinSet::new();
    loop {
        let (request, writer) = match connection.next_request().await {
            Ok(request) => request,
            Err(error) => return error.into(),
        };
        while answering.try_join_next().is_some() {}
        match Request::decode(&request) {
            Ok(Request::File(asked)) => {
                let (shared, peer) = (shared.clone(), session.peer());
                answering.spawn(async move { files::answer(&shared, peer, asked, writer).await });
            }
            // One after the other: each is a few changes, and their order is that of their senders.
            Ok(Request::Urgent(urgent)) => {
                if let Err(ended) = take(session, urgent, writer).await {
                    return Over::Session(ended);
                }
            }
            Ok(Request::Preview(preview)) => match session.hear_preview(preview).await {
                Ok(()) => writer.finish(),
                Err(ended) => return Over::Session(ended),
            },
            Ok(Request::Bring(content)) => {
                let (shared, peer) = (shared.clone(), session.peer());
                answering.spawn(async move { files::bring(&shared, peer, content, writer).await });
            }
            Ok(Request::Formats(newest)) => match session.hear_formats(newest) {
                Ok(()) => writer.finish(),
                Err(ended) => return Over::Session(ended),
            },
            Err(_) => writer.refuse(files::NOT_HERE),
        }
    }
}

async fn take(session: &Session, urgent: Urgent, writer: Answering) -> Result<(), Ended> {
    session.hear_urgent(urgent).await?;
    writer.finish();
    Ok(())
}
