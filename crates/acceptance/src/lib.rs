//! Holds the acceptance tests; see `tests/`.
