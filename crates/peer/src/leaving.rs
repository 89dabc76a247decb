//! What is about to leave this site: nothing goes before it is noted that it does.

use std::sync::{Arc, Mutex, PoisonError};

use fieldpost_kernel::{Failure, Outcome, Precedence};
use fieldpost_link::{Outgoing, Parcel, let_out};
use fieldpost_store::Store;

/// What is to leave next: of so many bytes in its turn, or what overtakes and matters so
/// much.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    Batch(usize),
    Urgent(Precedence),
}

/// The next parcel, noted to be on its way. One of which something was withdrawn since it was made up
/// is taken back, and another is made up in its place.
pub(crate) async fn next(
    store: &Store,
    outgoing: &Arc<Mutex<Outgoing>>,
    wanted: Wanted,
) -> Outcome<Option<Parcel>> {
    loop {
        let (made_by, features) = (Arc::clone(outgoing), Arc::clone(store.features()));
        let key = store.site().signing_key();
        let parcel = store.read(move |rows| {
            let mut outgoing = made_by.lock().unwrap_or_else(PoisonError::into_inner);
            match wanted {
                Wanted::Batch(room) => outgoing.next(rows, &features, &key, room),
                Wanted::Urgent(least) => outgoing.urgent(rows, &features, &key, least),
            }
        });
        let Some(parcel) = parcel.await? else { return Ok(None) };
        let passing = parcel.passing.clone();
        if store.write(&[], move |work| let_out(work, &passing)).await? {
            return Ok(Some(parcel));
        }
        let outgoing = Arc::clone(outgoing);
        let taken_back = tokio::task::spawn_blocking(move || {
            let mut outgoing = outgoing.lock().unwrap_or_else(PoisonError::into_inner);
            outgoing.take_back(&parcel);
        });
        taken_back.await.map_err(Failure::internal)?;
    }
}
