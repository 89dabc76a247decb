//! What a site has signed of its logs, as another passes it on.

use fieldpost_log::{Head, Malformed};
use serde::{Deserialize, Serialize};

/// A site's signature over heads of its logs, and what it was made over.
///
/// A site that passes on another's changes cannot sign for it. It gives what that site has signed,
/// with every head that the signature is over: some are those to which runs of the batch lead, and
/// those need not be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// The signature.
    pub signature: Vec<u8>,
    /// The heads, in the order in which they were signed.
    pub heads: Vec<Vouched>,
}

/// One head that a signature is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Vouched {
    /// That to which a run of the batch leads, by the run's place among all of them.
    Run(u32),
    /// Another, in its canonical form ([`Head::to_bytes`]).
    Other(Vec<u8>),
}

impl Voucher {
    /// The heads that were signed; `run` gives those to which runs lead.
    ///
    /// # Errors
    /// [`Malformed`] for a run that leads to none, and for what is no head.
    pub fn heads(&self, run: impl Fn(u32) -> Option<Head>) -> Result<Vec<Head>, Malformed> {
        let head = |vouched: &Vouched| match vouched {
            Vouched::Run(place) => run(*place).ok_or(Malformed::new("a run that moves no head")),
            Vouched::Other(bytes) => Head::from_bytes(bytes),
        };
        self.heads.iter().map(head).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldpost_log::{Digest, Epoch, Scope, ScopeKind, SiteId};
    use fieldpost_model::Id;

    #[test]
    fn what_was_signed_is_put_together_from_runs_and_other_heads() {
        let head = |n: u8| Head {
            site: SiteId([1; 16]),
            epoch: Epoch(0),
            scope: Scope::new(ScopeKind::Channel, Id::from_bytes([n; 16])),
            size: 7,
            root: Digest::from_bytes([n; 32]),
        };
        let other = |n| Vouched::Other(head(n).to_bytes().to_vec());
        let voucher =
            Voucher { signature: vec![2; 64], heads: vec![other(3), Vouched::Run(4), other(5)] };
        let run = |place| (place == 4).then(|| head(4));
        assert_eq!(voucher.heads(run), Ok(vec![head(3), head(4), head(5)]));
        assert!(voucher.heads(|_| None).is_err());
        let short = Voucher { heads: vec![Vouched::Other(vec![0; 80])], ..voucher };
        assert!(short.heads(run).is_err());
    }
}
