//! One target of `crates/hostile`, the one that `FIELDPOST_TARGET` names, under libFuzzer.
#![no_main]

use std::sync::LazyLock;

use fieldpost_hostile::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FIELDPOST_TARGET").unwrap_or_default();
    fieldpost_hostile::find(&name).unwrap_or_else(|| panic!("FIELDPOST_TARGET={name}: unknown"))
});

// What a target sets up first is no input's fault: its examples set everything up.
fuzz_target!(init: drop((TARGET.seeds)()), |bytes: &[u8]| (TARGET.run)(bytes));
