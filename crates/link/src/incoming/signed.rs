//! Whether the heads to which the runs of a batch lead are signed by those whose logs they are of.

use std::collections::{BTreeMap, BTreeSet};

use fieldpost_kernel::{Outcome, Rows};
use fieldpost_log::{Head, LogName, Signature, SiteId, Suite, VerifyingKey, verify_heads};
use fieldpost_replica::{Vouched, Voucher};

use super::{Logs, Own, Verdict, refusal};
use crate::relay::Statement;
use crate::{Peer, sites};

/// The most heads that all vouchers of a batch are over.
const MOST_VOUCHED: usize = 1 << 16;

/// The most heads of one signature that is kept, to be passed on.
const MOST_KEPT: usize = 1024;

impl Logs {
    /// The verdict, if the heads to which the runs lead are not signed by those whose logs they are of.
    /// What is signed is kept.
    pub(super) fn unsigned(
        &mut self,
        rows: &mut dyn Rows,
        peer: &Peer,
        (signature, vouchers): (&[u8], &[Voucher]),
        (without, own): (&BTreeSet<SiteId>, Option<&Own>),
    ) -> Outcome<Option<Verdict>> {
        let moved: BTreeMap<u32, Head> = std::mem::take(&mut self.moved).into_iter().collect();
        let known = std::mem::take(&mut self.known);
        let theirs = moved.values().filter(|head| head.site == peer.site);
        let theirs: Vec<Head> = theirs.copied().collect();
        if !theirs.is_empty() && !is_signed(&theirs, signature, &peer.key) {
            return Ok(Some(Verdict::Refuse("the signature is not the peer's".to_owned())));
        }
        self.note(theirs, signature, |_| true);
        let led_to: BTreeMap<LogName, Head> =
            moved.values().map(|head| (name_of(head), *head)).collect();
        let leads = |head: &Head| led_to.get(&name_of(head)) == Some(head);
        if vouchers.iter().map(|voucher| voucher.heads.len()).sum::<usize>() > MOST_VOUCHED {
            return Ok(Some(Verdict::Refuse("more heads than there can be".to_owned())));
        }
        let mut vouched = BTreeSet::new();
        for voucher in vouchers {
            if voucher.heads.is_empty() {
                return Ok(Some(Verdict::Refuse("a voucher for nothing".to_owned())));
            }
            // A run that came another way already, or fills what was open here, moves no head, as its
            // sender could not know.
            let names_run = voucher.heads.iter().any(|head| matches!(head, Vouched::Run(_)));
            let head_at = |place| moved.get(&place).or_else(|| known.get(&place)).copied();
            let Ok(heads) = voucher.heads(head_at) else {
                if names_run || !without.is_empty() {
                    continue;
                }
                return Ok(Some(Verdict::Refuse("a head that is none".to_owned())));
            };
            let Some(site) = heads.first().map(|head| head.site) else { continue };
            if without.contains(&site) || names_run && !heads.iter().any(leads) {
                continue;
            }
            let own = own.filter(|own| own.site == site);
            let key = match own {
                Some(own) => Some(own.key.clone()),
                None => sites::known(rows, site)?.map(|known| known.key),
            };
            let is_theirs = heads.iter().all(|head| head.site == site) && heads.iter().any(leads);
            let key = key.filter(|_| is_theirs && site != peer.site);
            if !key.is_some_and(|key| is_signed(&heads, &voucher.signature, &key)) {
                let why = "what that site is said to have signed, it did not";
                return Ok(Some(refusal(peer, site, why)));
            }
            vouched.extend(heads.iter().filter(|head| leads(head)).map(name_of));
            // For its own logs this site can sign again.
            if own.is_none() {
                self.note(heads, &voucher.signature, leads);
            }
        }
        let relayed = led_to.into_values().filter(|head| head.site != peer.site);
        let unsigned = relayed.into_iter().find(|head| !vouched.contains(&name_of(head)));
        let why = "changes of another site that it has not signed";
        Ok(unsigned.map(|head| refusal(peer, head.site, why)))
    }

    /// Keeps a statement, for those of its heads that count.
    fn note(&mut self, heads: Vec<Head>, signature: &[u8], counts: impl Fn(&Head) -> bool) {
        let place = self.statements.len();
        // One over very many would have to travel whole with each of them.
        if heads.is_empty() || heads.len() > MOST_KEPT {
            return;
        }
        for head in heads.iter().filter(|head| counts(head)) {
            let known = self.signed.entry(name_of(head)).or_insert((head.size, place));
            if head.size >= known.0 {
                *known = (head.size, place);
            }
        }
        self.statements.push(Statement { signature: signature.to_vec(), heads });
    }
}

/// The log that a head is of.
const fn name_of(head: &Head) -> LogName {
    LogName { site: head.site, epoch: head.epoch, scope: head.scope }
}

fn is_signed(heads: &[Head], signature: &[u8], key: &VerifyingKey) -> bool {
    Signature::decode(Suite::One, signature)
        .is_ok_and(|signature| verify_heads(heads, key, &signature).is_ok())
}
