//! What a client sees. One binary; the folders mirror the addresses of the API.

mod api;
mod backup;
mod converge;
mod pages;
mod rebuild;
