//! Everything that reads bytes of strangers, as functions for fuzzers and seeded tests.
//!
//! A target takes any bytes at all and comes back: it panics if what it tries breaks a promise, and
//! that is the whole test. `tests/seeded.rs` runs each of them on good examples spoilt by chance,
//! on any compiler; `make fuzz` runs one of them under a fuzzer that looks for new paths. To add a
//! target, write a function, and a line in [`TARGETS`].
#![expect(clippy::unwrap_used, reason = "a target that finds something says so by panicking")]

mod bulk;
mod change;
mod command;
mod extract;
mod fountain;
mod hook;
mod link;
mod log;
mod media;
mod model;
mod mutate;
mod text;
mod thin;

pub use self::mutate::mutated;

/// Something that reads bytes of strangers.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// Reads any bytes; panics if a promise is broken.
    pub run: fn(&[u8]),
    /// Good examples, from which a search begins.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "bulk-line", run: bulk::line, seeds: bulk::seeds },
    Target { name: "change", run: change::apply, seeds: change::seeds },
    Target { name: "command-answer", run: command::answer, seeds: command::answer_seeds },
    Target { name: "command-typed", run: command::typed, seeds: command::typed_seeds },
    Target { name: "extract", run: extract::file, seeds: extract::seeds },
    Target { name: "fountain-gathering", run: fountain::gathering, seeds: fountain::seeds },
    Target { name: "fountain-packet", run: fountain::packet, seeds: fountain::packet_seeds },
    Target { name: "hook-payload", run: hook::payload, seeds: hook::payload_seeds },
    Target { name: "link-batch", run: link::batch, seeds: link::batch_seeds },
    Target { name: "link-bundle", run: link::bundle, seeds: link::bundle_seeds },
    Target { name: "link-bundle-item", run: link::item, seeds: link::item_seeds },
    Target { name: "link-conversation", run: link::conversation, seeds: link::conversation_seeds },
    Target { name: "link-code", run: link::code, seeds: link::code_seeds },
    Target { name: "link-frame", run: link::frame, seeds: link::frame_seeds },
    Target { name: "link-held", run: link::held, seeds: link::held_seeds },
    Target { name: "link-preview", run: link::preview, seeds: link::preview_seeds },
    Target { name: "link-request", run: link::request, seeds: link::request_seeds },
    Target { name: "log-change-name", run: log::change_name, seeds: log::seeds },
    Target { name: "log-frontier", run: log::frontier, seeds: log::seeds },
    Target { name: "log-key", run: log::key, seeds: log::seeds },
    Target { name: "log-salts", run: log::salts, seeds: log::seeds },
    Target { name: "log-scope", run: log::scope, seeds: log::seeds },
    Target { name: "log-signature", run: log::signature, seeds: log::seeds },
    Target { name: "log-signed-head", run: log::signed_head, seeds: log::seeds },
    Target { name: "log-state-hash", run: log::state_hash, seeds: log::seeds },
    Target { name: "log-vector", run: log::vector, seeds: log::seeds },
    Target { name: "log-vectors", run: log::vectors, seeds: log::vector_seeds },
    Target { name: "log-version", run: log::version, seeds: log::seeds },
    Target { name: "media-image", run: media::image, seeds: media::seeds },
    Target { name: "media-in-line", run: media::in_line, seeds: media::seeds },
    Target { name: "media-name", run: media::name, seeds: media::name_seeds },
    Target { name: "media-svg", run: media::svg, seeds: media::svg_seeds },
    Target { name: "model-bodies", run: model::bodies, seeds: model::body_seeds },
    Target { name: "model-id", run: model::id, seeds: model::id_seeds },
    Target { name: "model-post", run: model::post, seeds: model::post_seeds },
    Target { name: "search-query", run: text::query, seeds: text::query_seeds },
    Target { name: "text-markdown", run: text::markdown, seeds: text::seeds },
    Target { name: "page-properties", run: hook::page, seeds: hook::page_seeds },
    Target { name: "text-name", run: text::name, seeds: text::name_seeds },
    Target { name: "thin-bulk", run: thin::bulk, seeds: thin::bulk_seeds },
    Target { name: "thin-datagram", run: thin::datagram, seeds: thin::datagram_seeds },
    Target { name: "thin-kiss", run: thin::kiss, seeds: thin::kiss_seeds },
    Target { name: "thin-line", run: thin::line, seeds: thin::line_seeds },
];

/// The target of a name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
