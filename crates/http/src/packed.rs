//! Long answers, compressed for whoever can unpack them.

use axum::Router;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// The shortest answer that is compressed, in bytes: a shorter one goes in one packet as it is.
const SHORTEST: u16 = 1_200;

/// Compresses what JSON is answered. Files and pages are not: most files are compressed by nature,
/// and the pages of our client when they were built.
pub(crate) fn around(router: Router) -> Router {
    let worth_it = SizeAbove::new(SHORTEST).and(is_json);
    let layer = CompressionLayer::new().quality(CompressionLevel::Fastest);
    router.layer(layer.compress_when(worth_it))
}

fn is_json(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json")
}
