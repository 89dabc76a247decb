use std::path::PathBuf;
use std::time::Duration;

use fieldpost_crowd::soak::{self, Plan};

/// The soak in small. It lasts as long as it is told to, and proves little by that; it shows that
/// people do what they do, that a kill is survived, and that the checker agrees. `SEED` begins
/// elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_lose_nothing_when_the_server_is_killed() {
    let seed = std::env::var("SEED").map_or(1, |seed| seed.parse().unwrap());
    let scratch = tempfile::tempdir().unwrap();
    let plan = Plan {
        server: PathBuf::from(env!("CARGO_BIN_EXE_fieldpost")),
        data: scratch.path().join("data"),
        database: None,
        people: 40,
        listen: fieldpost_testkit::free_address(),
        time: Duration::from_secs(12),
        kills: 6,
        speed: 300.0,
        seed,
    };
    let report = soak::run(&plan).await.unwrap();
    let verdict = &report.verdict;
    println!(
        "seed {seed}: {} messages accepted, {} sent more than once, {} told, {} read, {} changes; \
         {:?} answered and broken off; gone for {:?} at most; {:?}; faults {:?}",
        verdict.sent,
        verdict.retried,
        verdict.told,
        verdict.reads,
        verdict.changes,
        report.requests,
        report.longest_gap,
        report.refused,
        verdict.counts(),
    );
    assert!(verdict.faults.is_empty(), "{:#?}", verdict.faults);
    assert!(verdict.sent > 20, "too few messages to prove anything: {report:#?}");
    assert!(verdict.told > 100, "too few were told to prove anything: {report:#?}");
    assert!(verdict.reads > 50, "too little was read to prove anything: {report:#?}");
    assert!(report.requests.1 > 0, "no kill was felt: {report:#?}");
    let unexpected: Vec<_> =
        report.refused.iter().filter(|(_, status, _)| *status != 404).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}
