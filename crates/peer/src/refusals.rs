//! Refusals, noted for administrators.

use fieldpost_access::Caller;
use fieldpost_carriage::Connection;
use fieldpost_kernel::{Failure, FailureKind};
use fieldpost_link::Peer;
use fieldpost_link::audit::{Action, Note};
use fieldpost_link::peer::known_as;
use fieldpost_log::VerifyingKey;
use fieldpost_store::Store;

/// Notes what was refused so many times, and while somebody here did what was refused, if somebody
/// did. What cannot be noted is refused all the same.
pub(crate) async fn note(store: &Store, note: Note, caller: Option<Caller>, times: i64) {
    let noted = store.write(&[], move |work| note.refused(work, caller.as_ref(), times)).await;
    if let Err(failure) = noted {
        tracing::warn!(%failure, "a refusal could not be noted");
    }
}

/// The address of the network that a connection comes from; what comes through the web has none.
pub(crate) fn source(connection: &Connection) -> String {
    if connection.is_tunnelled() {
        return "the web".to_owned();
    }
    connection.remote_address().ip().to_string()
}

/// Notes that a stranger was not let in, if it was for what they said.
pub(crate) async fn stranger(store: &Store, connection: &Connection, why: &Failure) {
    if is_refusal(why) {
        let refused = Note::of(Action::StrangerRefused).from(source(connection));
        note(store, refused.saying(&*why.message), None, 1).await;
    }
}

/// Notes that somebody came with a key that no peer has; some key, if it was one of too many.
pub(crate) async fn key(store: &Store, key: Option<VerifyingKey>, times: i64) {
    let refused = Note::of(Action::KeyRefused);
    let Some(key) = key else { return note(store, refused, None, times).await };
    let hex: String = key.encode().iter().map(|byte| format!("{byte:02x}")).collect();
    let before = store.read(move |rows| known_as(rows, &key)).await.ok().flatten();
    let refused = match before {
        // The link with it was removed.
        Some((site, name)) => refused.about_site(site, &name),
        None => refused,
    };
    note(store, refused.from(hex), None, times).await;
}

/// Notes that a bundle was not taken in, if it was for what it is.
pub(crate) async fn bundle(
    store: &Store,
    caller: Option<&Caller>,
    from: Option<&Peer>,
    why: &Failure,
) {
    if is_refusal(why) {
        let refused = Note::of(Action::BundleRefused).saying(&*why.message);
        let refused = from.map_or(refused.clone(), |peer| refused.about(peer));
        note(store, refused, caller.copied(), 1).await;
    }
}

/// Whether something failed for what was asked, and not for what this site lacks.
pub(crate) fn is_refusal(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Invalid | FailureKind::Forbidden | FailureKind::Conflict)
}
