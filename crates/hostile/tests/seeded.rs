//! Every target on good examples, and on the same spoilt by chance, with no special compiler.

use fieldpost_hostile::{TARGETS, Target, mutated};
use fieldpost_testkit::Dice;

/// Tries for each target; `FIELDPOST_TRIES` makes them more.
const TRIES: usize = 400;

fn try_some(target: &Target) {
    let tries = std::env::var("FIELDPOST_TRIES").ok().and_then(|tries| tries.parse().ok());
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{} has no examples", target.name);
    seeds.iter().for_each(|seed| (target.run)(seed));
    let mut dice = Dice::new(1);
    for number in 0..tries.unwrap_or(TRIES) {
        let bytes = mutated(&seeds, &mut dice);
        let ran = std::panic::catch_unwind(|| (target.run)(&bytes));
        assert!(ran.is_ok(), "{}: try {number} broke it: {bytes:02x?}", target.name);
    }
}

#[test]
fn bytes_of_strangers_do_no_harm() {
    for target in TARGETS {
        try_some(target);
    }
}

#[test]
fn targets_have_names_of_their_own() {
    let names: std::collections::BTreeSet<&str> =
        TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names.len(), TARGETS.len());
    assert!(names.iter().all(|name| fieldpost_hostile::find(name).is_some()));
}
