//! What the peer says of what it shares and allows, and of the states of channels.

use fieldpost_link::incoming::SLICE;
use fieldpost_link::{direct, share, status};
use fieldpost_replica::Frame;

use super::{Ended, Session, Step};
use crate::heard::{FRAME, MOST_CHANNELS, Offers, STATES, State};

impl Session {
    pub(super) async fn hear_offers(&self, offers: Offers) -> Step<Vec<Frame>> {
        let too_many = || Ended::Offence("more offers than there can be channels".to_owned());
        self.spend(FRAME)?;
        if offers.open.len().max(offers.closed.len()) > MOST_CHANNELS {
            return Err(too_many());
        }
        if self.heard().knows_offers(&offers) {
            return Ok(Vec::new());
        }
        let (site, accept) = (self.peer, self.accept);
        let said = offers.clone();
        let news = self.store.read(move |rows| {
            share::news(rows, site, (said.open.as_slice(), said.closed.as_slice(), said.all))
        });
        let news = news.await?;
        if news.channels > MOST_CHANNELS {
            return Err(too_many());
        }
        self.spend(news.said.len())?;
        let mut changed = false;
        for said in news.said.chunks(SLICE) {
            let said = said.to_vec();
            let noted = self.store.write(&[], move |work| share::note(work, site, &said, accept));
            changed |= noted.await?;
        }
        self.heard().noted_offers(offers);
        if changed { self.offers().await } else { Ok(Vec::new()) }
    }

    pub(super) async fn hear_direct(&self, on: bool) -> Step<Vec<Frame>> {
        self.spend(FRAME)?;
        let site = self.peer;
        if self.known_peer().await?.theirs_direct != on {
            self.spend(FRAME)?;
            self.store.write(&[], move |work| direct::note(work, site, on)).await?;
        }
        Ok(Vec::new())
    }

    pub(super) async fn hear_states(&self, states: Vec<State>) -> Step<Vec<Frame>> {
        self.spend(STATES)?;
        if states.len() > MOST_CHANNELS {
            return Err(Ended::Offence("more states than there can be channels".to_owned()));
        }
        let (site, states) = (self.peer, states.into_iter().collect());
        let new = self.heard().new_states(&states);
        for said in new.chunks(SLICE) {
            let said = said.to_vec();
            self.store.write(&[], move |work| status::note_states(work, site, &said)).await?;
        }
        self.heard().noted_states(states);
        Ok(Vec::new())
    }
}
