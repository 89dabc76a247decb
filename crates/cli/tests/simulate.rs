//! `fieldpost link simulate`.

use serde_json::Value;

use crate::process::run;

fn simulate(arguments: &[&str]) -> std::process::Output {
    run(&[&["link", "simulate"], arguments].concat())
}

#[test]
fn a_simulation_says_when_all_have_everything_and_says_it_again() {
    let arguments = ["--profile", "geo-64k", "--sites", "3", "--topology", "chain", "--json"];
    let [first, again] = [simulate(&arguments), simulate(&arguments)];
    assert!(first.status.success());
    assert!(first.stdout == again.stdout, "another run is another");
    let found: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!((&found["topology"], &found["posts"]), (&"chain".into(), &30.into()));
    let [one, two, three] = &found["first"].as_array().unwrap()[..] else { unreachable!() };
    assert_eq!((&one["after"], &three["hops"]), (&0.0.into(), &2.into()));
    // Nothing is sooner there than it can travel: 300 ms for each hop.
    for one in [two, three] {
        assert!(one["after"].as_f64().unwrap() > 0.3 * one["hops"].as_f64().unwrap(), "{one}");
    }
    for link in found["links"].as_array().unwrap() {
        let logs = link["logs"].as_array().unwrap();
        let changes = logs.iter().filter(|log| log["scope"] == "channel");
        let changes: i64 = changes.map(|log| log["changes"].as_i64().unwrap()).sum();
        // The posts that were written apart, and one more.
        assert_eq!(changes, 31);
        assert!(logs.iter().all(|log| log["again"] == 0), "{link}");
    }
    let other = simulate(&[&arguments[..], &["--seed", "2"]].concat());
    assert_ne!(first.stdout, other.stdout);
}

#[test]
fn a_simulation_over_radios_is_told_as_a_table() {
    let found = simulate(&["--profile", "hf-data-2400", "--sites", "3", "--posts", "2"]);
    assert!(found.status.success());
    let table = String::from_utf8(found.stdout).unwrap();
    assert!(
        table.starts_with("3 sites in a star over hf-data-2400, by thin datagrams, seed 1\n"),
        "{table}"
    );
    for line in ["All came to rest.", "The states are equal:", "One post more", "hub, site-2"] {
        assert!(table.contains(line), "{line} is missing: {table}");
    }
}

#[test]
fn what_cannot_be_simulated_is_refused_with_what_can() {
    for (arguments, says) in [
        (&["--profile", "pigeon"][..], "hf-robust, hf-data-2400"),
        (&["--profile", "diode"], "nothing comes back over diode"),
        (&["--profile", "lan", "--sites", "1"], "2 to 64 sites, not 1"),
        (&["--profile", "lan", "--topology", "tree"], "star, chain, ring, mesh"),
        (&["--sites", "3"], "--profile"),
    ] {
        let output = simulate(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}

#[test]
fn sites_that_get_not_everything_in_time_are_a_failure() {
    let large = ["--posts", "20", "--letters", "4000", "--hours", "1"];
    let output = simulate(&[&["--profile", "hf-robust"], &large[..]].concat());
    assert!(!output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("They did not come to rest"), "{said}");
    assert!(said.contains("The states differ"), "{said}");
}
