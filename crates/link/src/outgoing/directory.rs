//! Whoever can be written to must be known: while direct messages pass, the people of this site are
//! introduced to the peer, after everything else that it lacks.
//!
//! Accounts are looked through once in a conversation, in the order in which they were made. On a
//! database server one may become visible after a newer one: it is found in the next conversation.

use fieldpost_kernel::{Features, Outcome, Rows, RowsExt, params};
use fieldpost_model::Id;

use super::{Draft, Outgoing};
use crate::peer;

/// How many people are looked at in one go.
const SLICE: i64 = 256;

/// Somebody whom the peer was not introduced to, with the key of their row.
pub(super) type Stranger = (i64, Id);

impl Outgoing {
    /// The next people of this site whom the peer does not know yet, while direct messages pass. Guests
    /// and bots are not among them, nor whoever was deactivated.
    pub(super) fn strangers(&mut self, rows: &mut dyn Rows) -> Outcome<Vec<Stranger>> {
        if !peer::by_site(rows, self.peer)?.is_some_and(|peer| peer.is_direct()) {
            return Ok(Vec::new());
        }
        loop {
            let looked_at: Vec<Stranger> = rows.all(
                "SELECT key, id FROM account WHERE key > ?1 AND home IS NULL AND is_bot = 0 \
                 AND delete_at = 0 AND ' ' || roles || ' ' NOT LIKE '% system_guest %' \
                 ORDER BY key LIMIT ?2",
                params![self.looked_through, SLICE],
                |row| (row.int(0), row.id(1)),
            )?;
            let Some((last, _)) = looked_at.last().copied() else { return Ok(Vec::new()) };
            let unknown = |(_, person): &Stranger| !self.introduced.contains(person);
            let strangers: Vec<Stranger> = looked_at.into_iter().filter(unknown).collect();
            if !strangers.is_empty() {
                return Ok(strangers);
            }
            self.looked_through = last;
        }
    }

    /// Introduces as many of them as there is room for.
    pub(super) fn draft_strangers(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        strangers: Vec<Stranger>,
        draft: &mut Draft,
    ) -> Outcome<()> {
        for (key, person) in strangers {
            if draft.is_full() {
                break;
            }
            self.introduce(rows, features, vec![person], draft)?;
            self.looked_through = key;
        }
        Ok(())
    }
}
