//! The change log without I/O: names, ids, commitments, clocks, vectors, merge rules.
//!
//! Everything here is a pure value or a small state machine. There is no SQL, no socket, no wall
//! clock and no random source: time and seeds are handed in.
//!
//! **Formats are frozen once two sites have talked.** Ids, hashes, heads, vectors and seeds written
//! by one release are read by all later ones; `golden.rs` holds literal vectors that fail when a
//! format changes by accident. A deliberate change is a new suite or a new domain, never an edit.
//!
//! *Architecture invariant:* only [`suite`] names a cryptographic algorithm.
//!
//! *Architecture invariant:* every `decode` here is strict (one encoding per value), takes memory
//! and time proportional to its input at most, and answers [`Malformed`] instead of panicking.

pub mod clock;
pub mod head;
pub mod held;
pub mod ids;
pub mod merge;
pub mod merkle;
pub mod name;
pub mod ranges;
pub mod record;
pub mod salt;
pub mod state_hash;
pub mod suite;
pub mod vector;
pub mod wire;

#[cfg(test)]
mod decoders;
#[cfg(test)]
mod golden;

pub use clock::{Hlc, Observed, Stamp, Version};
pub use head::{Head, SignedHead, sign_heads, verify_heads};
pub use held::{Held, NotProved, proof_of};
pub use ids::{
    default_channel, derive_id, direct_conversation, group_conversation, is_conversation_of,
    next_conversation,
};
pub use merge::{AddRemove, LastWriter, Lifetime, Merge, RemovalWins};
pub use merkle::{
    Aligned, Frontier, NotAppended, Piece, aligned_ranges, commitment, leaf, subtree_root,
};
pub use name::{ChangeName, Epoch, LogName, Scope, ScopeKind, SiteId};
pub use ranges::Ranges;
pub use record::Header;
pub use salt::{Salt, SaltTree};
pub use state_hash::StateHash;
pub use suite::{BadSignature, Digest, Signature, SigningKey, Suite, VerifyingKey};
pub use vector::Vector;
pub use wire::Malformed;
