use std::path::PathBuf;
use std::time::Duration;

use fieldpost_crowd::soak::{self, Plan};

/// The soak in small. It lasts as long as it is told to, and proves little by that; it shows that
/// people do what they do, that a kill is survived, and that the checker agrees.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_lose_nothing_when_the_server_is_killed() {
    let scratch = tempfile::tempdir().unwrap();
    let plan = Plan {
        server: PathBuf::from(env!("CARGO_BIN_EXE_fieldpost")),
        data: scratch.path().join("data"),
        database: None,
        people: 40,
        time: Duration::from_secs(16),
        kills: 2,
        speed: 100.0,
        seed: 1,
    };
    let report = soak::run(&plan).await.unwrap();
    assert!(report.verdict.faults.is_empty(), "{:#?}", report.verdict.faults);
    assert!(report.verdict.sent > 20, "too few messages to prove anything: {report:#?}");
    assert!(report.verdict.told > 100, "too few were told to prove anything: {report:#?}");
    let unexpected: Vec<_> =
        report.refused.iter().filter(|(_, status, _)| *status != 404).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}
