//! What a client sees. One binary; the folders mirror the addresses of the API.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

mod api;
mod backup;
mod claims;
mod converge;
mod export;
mod full;
mod import;
mod limits;
mod link;
mod matrix;
mod metrics;
mod pages;
mod rebuild;
