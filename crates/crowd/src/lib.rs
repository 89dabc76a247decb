//! Many simulated people: how they load a server, and whether it kept what they were promised.
//!
//! Each person has a socket and a connection for requests, and loops: draw an action of a load
//! model, do it as the calls that a client makes, pause. [`soak`] runs some of them for long while
//! the server is killed again and again, and has [`check`] decide afterwards; the benchmark runs as
//! many as a machine holds.

mod act;
pub mod check;
pub mod client;
mod dice;
mod ear;
pub mod gauge;
pub mod histogram;
pub mod history;
pub mod listener;
pub mod people;
mod person;
pub mod postgres;
pub mod process;
pub mod soak;
pub mod town;
mod weights;
mod words;

pub use self::dice::Dice;

/// What comes of something that may fail in ways nobody here can mend.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
