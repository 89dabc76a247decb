//! How a link does, as its administrators see it: what waits by how much it matters, what passes, and
//! how that was before.

use fieldpost_link::Mode;
use fieldpost_link::budget::{Asked, Most};
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

use super::bed::administrator;
use super::quic::{Bed, until};
use super::thin;

/// The kinds of what waits, the most urgent first.
const KINDS: [&str; 4] = ["flash", "immediate", "priority", "routine"];

async fn set_mode(site: &TestSite, other: &str, mode: Mode) {
    site.running().links.set_mode(administrator(), other.to_owned(), mode).await.unwrap();
}

/// Writes a post that matters so much.
async fn write(who: &Actor, channel: &str, level: &str) {
    let priority = match level {
        "flash" => json!({ "priority": "urgent", "flash": true }),
        level => json!({ "priority": level }),
    };
    let post = json!({
        "channel_id": channel, "message": format!("a post that is {level}"),
        "metadata": { "priority": priority },
    });
    who.post("/posts", post).await.expect(201);
}

/// The link of a site, as the API tells of it.
async fn peer(admin: &Actor) -> Value {
    admin.get("/fieldpost/link").await.expect(200)["peers"][0].clone()
}

async fn nothing_waits(site: &TestSite, admin: &Actor) {
    until(site, || async { peer(admin).await["backlog"]["changes"] == 0 }).await;
}

/// How many changes of each kind wait. Together they are all that does.
fn waiting(peer: &Value) -> [u64; 4] {
    let backlog = &peer["backlog"];
    for what in ["changes", "bytes"] {
        let parts = KINDS.map(|kind| backlog["by"][kind][what].as_u64().unwrap());
        assert_eq!(Some(parts.iter().sum()), backlog[what].as_u64(), "{backlog}");
    }
    for kind in KINDS.map(|kind| &backlog["by"][kind]) {
        assert_eq!(kind["changes"] == 0, kind["bytes"] == 0, "{backlog}");
    }
    KINDS.map(|kind| backlog["by"][kind]["changes"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_counted_by_how_much_it_matters() {
    let bed = Bed::new().await;
    nothing_waits(&bed.hq, &bed.admin).await;
    assert_eq!(peer(&bed.admin).await["clears_in"], 0);
    set_mode(&bed.edge, "hq", Mode::Silent).await;
    until(&bed.hq, || async { peer(&bed.admin).await["state"] == "down" }).await;
    for level in ["flash", "urgent", "important", "important"] {
        write(&bed.admin, &bed.channel, level).await;
    }
    bed.admin.say(&bed.channel, "as usual").await;
    let down = peer(&bed.admin).await;
    // Beside its making there is a change that says how much a post matters, and another for a FLASH.
    assert_eq!(waiting(&down), [3, 2, 4, 1]);
    let bytes = KINDS.map(|kind| down["backlog"]["by"][kind]["bytes"].as_u64().unwrap());
    assert!(bytes.iter().all(|bytes| *bytes > 20), "{bytes:?}");
    assert!(down["clears_in"].as_u64() > Some(0), "the line was measured before: {down}");
    set_mode(&bed.edge, "hq", Mode::Active).await;
    nothing_waits(&bed.hq, &bed.admin).await;
    assert_eq!(waiting(&peer(&bed.admin).await), [0; 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_passes_is_measured_and_remembered() {
    let bed = Bed::new().await;
    for n in 0..20 {
        bed.admin.say(&bed.channel, &format!("message {n}")).await;
    }
    nothing_waits(&bed.hq, &bed.admin).await;
    let now = peer(&bed.admin).await;
    let rate = |direction: &str| now[direction].as_u64().unwrap();
    assert!(rate("rate_out") > 1_000 && rate("rate_in") > 1_000, "{now}");
    let loss = now["loss"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&loss), "{now}");
    for (span, step) in [("hour", 60_000), ("day", 900_000)] {
        let path = format!("/fieldpost/link/edge/history?span={span}");
        let history = bed.admin.get(&path).await.expect(200);
        assert_eq!(history["step"], step);
        let points = history["points"].as_array().unwrap();
        assert!((1..=3).contains(&points.len()), "{history}");
        let sum = |what: &str| points.iter().filter_map(|point| point[what].as_u64()).sum::<u64>();
        assert!(sum("sent_bytes") > 1_000 && sum("received_bytes") > 1_000, "{history}");
        assert_eq!(points.last().unwrap()["waiting"], 0);
        assert!(points.iter().any(|point| point["connected"] == true));
    }
    let hour = bed.admin.get("/fieldpost/link/edge/history").await.expect(200);
    assert_eq!(hour["step"], 60_000, "an hour is what is shown unless another span is asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_measured_is_for_those_who_administer_links() {
    let bed = Bed::new().await;
    let path = "/fieldpost/link/edge/history";
    let person = bed.hq.person("bo").await;
    person.get(path).await.expect(403);
    person.get(&format!("{path}?span=week")).await.expect(403);
    bed.admin.get(&format!("{path}?span=week")).await.refused(400);
    let refused = bed.admin.get("/fieldpost/link/nowhere/history?span=day").await.refused(404);
    assert_eq!(refused, "api.fieldpost.link.no_peer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_a_line_whose_rate_was_set_it_is_said_how_long_what_waits_takes() {
    let bed = thin::Bed::new().await;
    nothing_waits(&bed.hq, &bed.admin).await;
    set_mode(&bed.edge, "hq", Mode::Silent).await;
    for n in 0..20 {
        bed.admin.say(&bed.channel, &format!("message {n}, which has to wait")).await;
    }
    let mut took = Vec::new();
    for rate in [2_400, 4_800] {
        let asked = Asked { rate: Some(Most::Of(rate)), ..Asked::default() };
        bed.hq.running().links.set_budget(administrator(), "edge".to_owned(), asked).await.unwrap();
        let waits = peer(&bed.admin).await;
        let bytes = waits["backlog"]["bytes"].as_u64().unwrap();
        assert!(bytes > 500, "{waits}");
        // What a byte takes on the wire was measured, and is not told.
        let plain = bytes * 8 * 1_000 / rate;
        let clears = waits["clears_in"].as_u64().unwrap();
        assert!((plain / 10..plain * 10).contains(&clears), "{clears} ms, and {plain} if plain");
        took.push(clears);
    }
    let budget = Asked { rate: Some(Most::Any), ..Asked::default() };
    bed.hq.running().links.set_budget(administrator(), "edge".to_owned(), budget).await.unwrap();
    took.push(peer(&bed.admin).await["clears_in"].as_u64().unwrap());
    let near = |one: u64, other: u64| one.abs_diff(other) <= other / 5 + 2;
    assert!(near(took[0], 2 * took[1]), "{took:?}");
    assert!(near(took[0] * 2_400 / u64::from(thin::RATE), took[2]), "{took:?}");
}
