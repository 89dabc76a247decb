//! Ports, clock, failures, changes: what every use case is written against.
//!
//! A use case is a synchronous function over a [`Work`]: it authorises, decides and
//! [emits](Work::emit) changes. It knows no HTTP, no SQL dialect, no wall clock and no random
//! source; those are handed in through the ports of this crate. Whoever runs it (`store`) makes
//! its changes and rows durable together, or not at all.

mod change;
mod clock;
mod event;
pub mod events;
mod failure;
mod nul;
mod rows;
mod work;

pub use change::{
    Applied, Applying, Body, Change, Content, Features, Guard, HashDelta, Kind, Part, Position,
    Precedence, Shape, at_most,
};
pub use clock::{Clock, Entropy, SystemClock, SystemEntropy, millis, stamp_of};
pub use event::{Audience, Event, Membership, Shown, Subject};
pub use events::EventName;
pub use failure::{Failure, FailureKind, Outcome};
pub use nul::refused_nul;
pub use rows::{Dialect, Row, Rows, RowsExt, Value};
pub use work::{Append, Emitted, Received, Work};

/// The parameters of a statement, from any values that have a column form.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] };
}
