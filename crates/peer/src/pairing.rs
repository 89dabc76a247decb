//! Getting to know another site.

use std::time::Duration;

use fieldpost_access::Caller;
use fieldpost_carriage::{CarriageError, Connection, Purpose};
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_link::audit::{Action, Note};
use fieldpost_link::invite::{self, Code, Request, Welcome};
use fieldpost_link::peer::require_links;
use fieldpost_log::SiteId;
use tokio::time::timeout;

use crate::line::{GOODBYE, OFFENCE};
use crate::links::Shared;
use crate::refusals;
use crate::ways::{self, Ways};

/// How long the other side may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Accepts an invitation: returns once each side holds the other's key.
pub(crate) async fn accept(
    shared: &Shared,
    caller: Caller,
    code: &str,
) -> Outcome<(SiteId, String)> {
    // Before anybody is called: the other site believes what it hears first.
    require_links(&caller)?;
    let code = Code::read(code)?;
    let (own, invited) = (shared.store.site().id, code.clone());
    shared.store.read(move |rows| invite::require_acceptable(rows, own, &invited)).await?;
    let connection = ways::dial(shared, &code.address, &code.key, Purpose::Pair, Ways::All).await;
    let connection = match connection {
        Ok(connection) => connection,
        Err(error) => {
            if matches!(error, CarriageError::WrongKey) {
                let other = Note::of(Action::OtherKey).from(&*code.address);
                let other = other.about_site(code.site, "");
                refusals::note(&shared.store, other, Some(caller), 1).await;
            }
            return Err(unreachable_site(&code.address, &error));
        }
    };
    let own = shared.store.site();
    let request = Request {
        secret: code.secret,
        site: own.id,
        name: own.name.clone(),
        address: shared.address(),
    };
    let answered = timeout(PATIENCE, ask(&connection, &request)).await;
    let welcome = match answered {
        Ok(welcome) => welcome.map_err(|why| unreachable_site(&code.address, &why))?,
        Err(_) => return Err(unreachable_site(&code.address, &"no answer came in time")),
    };
    connection.close(GOODBYE, "");
    let (own, site) = (own.id, code.site);
    let name = shared
        .store
        .write(&[], move |work| invite::accepted(work, &caller, own, &code, &welcome))
        .await?;
    Ok((site, name))
}

fn unreachable_site(address: &str, why: &dyn std::fmt::Display) -> Failure {
    // What the other side says is a sentence of its own.
    let why = why.to_string();
    let why = why.trim_end_matches('.');
    Failure::new(
        FailureKind::Unavailable,
        "api.fieldpost.link.unreachable",
        format!("The site at {address} did not let this one in: {why}."),
    )
}

async fn ask(connection: &Connection, request: &Request) -> Result<Welcome, String> {
    let (mut out, mut inn) = connection.frames().map_err(|error| error.to_string())?;
    let request = postcard::to_stdvec(request).map_err(|error| error.to_string())?;
    let asked = async {
        out.send(&request).await?;
        inn.next().await
    };
    match asked.await {
        Ok(Some(welcome)) => {
            postcard::from_bytes(&welcome).map_err(|_| "it answers in no known way".to_owned())
        }
        Ok(None) => Err("it hung up".to_owned()),
        Err(CarriageError::Closed(ending)) => Err(match ending {
            fieldpost_carriage::Ending::There { reason, .. } => reason,
            other => other.to_string(),
        }),
        Err(error) => Err(error.to_string()),
    }
}

/// Lets somebody in who knows the secret of an invitation. Whoever does not is told nothing.
pub(crate) async fn receive(shared: &Shared, connection: Connection) {
    match timeout(PATIENCE, welcome(shared, &connection)).await {
        Ok(Ok(name)) => {
            tracing::info!(%name, "linked with another site");
            // The other side hangs up once it has read the welcome.
            drop(timeout(PATIENCE, connection.closed()).await);
        }
        Ok(Err(failure)) => {
            tracing::warn!(%failure, "somebody tried to link their site with this one");
            // At once: whoever finds the stream ended and no reason believes that nobody gave one.
            connection.close(OFFENCE, &failure.message);
            refusals::stranger(&shared.store, &connection, &failure).await;
        }
        Err(_) => connection.close(GOODBYE, "no request came"),
    }
}

async fn welcome(shared: &Shared, connection: &Connection) -> Outcome<String> {
    let broken = |error: CarriageError| Failure::internal(error);
    let (mut out, mut inn) = connection.frames().map_err(broken)?;
    let request = inn.next().await.map_err(broken)?.unwrap_or_default();
    let request: Request = postcard::from_bytes(&request).map_err(|_| {
        Failure::invalid("api.fieldpost.link.request", "That is not a request to link sites.")
    })?;
    let own = shared.store.site().id;
    let key = connection.peer_key().clone();
    let name =
        shared.store.write(&[], move |work| invite::welcome(work, own, &request, &key)).await?;
    shared.refresh().await?;
    let welcome = Welcome { name: shared.store.site().name.clone() };
    let welcome = postcard::to_stdvec(&welcome).map_err(Failure::internal)?;
    out.send(&welcome).await.map_err(broken)?;
    Ok(name)
}
