//! The ways to a site: by UDP, and through the web where that does not pass.

use std::pin::Pin;
use std::time::Duration;

use fieldpost_carriage::{CarriageError, Connection, Endpoint, Purpose};
use fieldpost_link::Addresses;
use fieldpost_log::VerifyingKey;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Proxy;
use crate::links::Shared;

/// How long UDP has for itself before the web is tried beside it: three round trips of a satellite.
const HEAD_START: Duration = Duration::from_secs(2);

/// Which ways are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ways {
    /// UDP, and the web where that takes long or fails.
    All,
    /// UDP alone.
    Udp,
}

type Dialling<'a> = Pin<Box<dyn Future<Output = (bool, Dialled)> + Send + 'a>>;
type Dialled = Result<Connection, CarriageError>;

/// Dials the holder of a key at whichever of its addresses answers first.
pub(crate) async fn dial(
    shared: &Shared,
    address: &str,
    key: &VerifyingKey,
    purpose: Purpose,
    ways: Ways,
) -> Dialled {
    let endpoint = &shared.endpoint().map_err(|error| CarriageError::Setup(error.to_string()))?;
    let proxy = &*shared.config.proxy;
    let nowhere = || CarriageError::Address(format!("{address} is no address"));
    let Addresses { udp, mut web } = Addresses::parse(address).ok_or_else(nowhere)?;
    if ways == Ways::Udp {
        web.clear();
    }
    let mut by_udp = udp.len();
    let (gone, no_udp) = watch::channel(udp.is_empty());
    let mut dialling = FuturesUnordered::<Dialling<'_>>::new();
    for at in &udp {
        dialling.push(Box::pin(async move { (true, endpoint.dial(at, key, purpose).await) }));
    }
    for at in &web {
        let mut no_udp = no_udp.clone();
        dialling.push(Box::pin(async move {
            tokio::select! {
                () = sleep(HEAD_START) => {}
                _ = no_udp.wait_for(|gone| *gone) => {}
            }
            (false, through(endpoint, proxy, at, key, purpose).await)
        }));
    }
    let mut failure = nowhere();
    while let Some((is_udp, dialled)) = dialling.next().await {
        match dialled {
            Ok(connection) => return Ok(connection),
            // That somebody else is there says more than that nobody is.
            Err(_) if matches!(failure, CarriageError::WrongKey) => {}
            Err(error) => failure = error,
        }
        by_udp -= usize::from(is_udp);
        gone.send_replace(by_udp == 0);
    }
    Err(failure)
}

/// Dials through the web. What carries the packets goes on once that has succeeded, until the
/// connection is over, and not longer than this otherwise.
async fn through(
    endpoint: &Endpoint,
    proxy: &Proxy,
    at: &url::Url,
    key: &VerifyingKey,
    purpose: Purpose,
) -> Dialled {
    let (out, inn) = fieldpost_detour::open(at, proxy)
        .await
        .map_err(|blocked| CarriageError::Address(blocked.to_string()))?;
    let silent = || CarriageError::Address("this site is silent".to_owned());
    let tunnel = endpoint.tunnel().ok_or_else(silent)?;
    let dialling = endpoint.dial_through(&tunnel, key, purpose);
    let mut carrying = JoinSet::new();
    carrying.spawn(tunnel.carry(out, inn));
    tokio::select! {
        // What it heard last may say why.
        biased;
        dialled = dialling => {
            if dialled.is_ok() {
                carrying.detach_all();
            }
            dialled
        }
        _ = carrying.join_next() => {
            Err(CarriageError::Address(format!("{at} hung up at once")))
        }
    }
}
