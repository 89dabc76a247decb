//! What a site measures of itself, as somebody collects it.

use fieldpost_link::share::Which;
use fieldpost_testkit::TestSite;

use crate::link::bed::{pair, share, site};

async fn measured() -> TestSite {
    TestSite::start_with(|config| {
        config.site_name = "hq".to_owned();
        config.metrics.listen = "127.0.0.1:0".to_owned();
    })
    .await
}

async fn collect(site: &TestSite) -> Vec<String> {
    let address = site.running().metrics().unwrap();
    let answer = reqwest::get(format!("http://{address}/metrics")).await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    answer.text().await.unwrap().lines().map(str::to_owned).collect()
}

/// What is told under a name with its labels.
#[track_caller]
fn value(lines: &[String], name: &str) -> f64 {
    let found = lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.ok_or_else(|| format!("{name} is not in {lines:#?}")).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_site_tells_what_it_measures_at_an_address_of_its_own() {
    let hq = measured().await;
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let channel = admin.channel(&team, "town-square").await;
    let posts = "fieldpost_requests_total{method=\"POST\",code=\"201\"}";
    let before = value(&collect(&hq).await, posts);
    admin.say(&channel, "one").await;
    admin.say(&channel, "two").await;
    admin.get("/users/nobody").await.refused(400);
    let lines = collect(&hq).await;
    assert!((value(&lines, posts) - before - 2.0).abs() < 0.1);
    assert!(value(&lines, "fieldpost_requests_total{method=\"GET\",code=\"400\"}") >= 1.0);
    assert!(value(&lines, "fieldpost_request_seconds_sum{method=\"POST\"}") > 0.0);
    assert!(value(&lines, "process_resident_memory_bytes") > 1e6);
    assert!(value(&lines, "process_open_fds") > 3.0);
    assert!(value(&lines, "fieldpost_sockets") < 0.1);
    let _socket = admin.socket().await;
    assert!(value(&collect(&hq).await, "fieldpost_sockets") > 0.9);
    // Nothing else is at that address, and nothing of it at the one for people.
    let address = hq.running().metrics().unwrap();
    let other = reqwest::get(format!("http://{address}/api/v4/system/ping")).await.unwrap();
    assert_eq!(other.status(), 404);
    let page = reqwest::get(format!("{}/metrics", hq.url())).await.unwrap();
    assert!(!page.text().await.unwrap().contains("fieldpost_requests"));
}

#[tokio::test]
async fn links_are_measured_too() {
    let (hq, edge) = (measured().await, site("edge", 2).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let channel = admin.channel(&team, "town-square").await;
    assert!(!collect(&hq).await.iter().any(|line| line.starts_with("fieldpost_link_state{")));
    pair(&hq, &edge).await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    admin.say(&channel, "for the edge").await;
    let lines = collect(&hq).await;
    let of = |name: &str| value(&lines, &format!("fieldpost_link_{name}{{site=\"edge\"}}"));
    assert!(value(&lines, "fieldpost_link_state{site=\"edge\",state=\"down\"}") > 0.9);
    assert!(of("waiting_changes") >= 1.0);
    assert!(of("waiting_bytes") >= "for the edge".len() as f64);
    assert!(of("last_contact_seconds") < 0.1);
    assert!(of("shared_channels") < 0.1, "the edge does not share it yet");
    admin.post("/fieldpost/link/edge/silence", serde_json::json!({})).await.expect(200);
    let lines = collect(&hq).await;
    assert!(value(&lines, "fieldpost_link_state{site=\"edge\",state=\"silent\"}") > 0.9);
    assert!(value(&lines, "fieldpost_link_state{site=\"edge\",state=\"down\"}") < 0.1);
}

#[tokio::test]
async fn what_is_no_address_is_said_so() {
    let [first, hq] = [measured().await, measured().await];
    let taken = first.running().metrics().unwrap();
    let address = hq.running().metrics().unwrap();
    assert_ne!(taken, address);
    for (listen, why) in
        [("8068", "metrics.listen"), (&*address.to_string(), "cannot tell metrics")]
    {
        let folder = tempfile::tempdir().unwrap();
        let mut config = fieldpost_server::Config {
            data: folder.path().to_owned(),
            listen: "127.0.0.1:0".to_owned(),
            ..fieldpost_server::Config::default()
        };
        config.metrics.listen = listen.to_owned();
        let refused = fieldpost_server::start(config).await.err().unwrap();
        assert!(refused.message.contains(why), "{refused}");
    }
}
