//! Stars, chains, rings and meshes: one post reaches all soon, and each log crosses each link once.

use std::time::Duration;

use fieldpost_air::Profile;
use fieldpost_air::profile::Loss;
use fieldpost_simulate::{Carriage, LinkReport, Plan, Report, Topology};

/// How many times the floors of all hops a post may take.
const MOST: f64 = 1.3;

/// A link of which it is known how long a packet takes: nothing of it is by chance.
fn certain(name: &str) -> Profile {
    let profile = Profile::named(name).unwrap().steady();
    Profile { jitter: Duration::ZERO, loss: Loss::NONE, ..profile }
}

fn plan(profile: Profile, topology: Topology, sites: usize) -> Plan {
    let within = Duration::from_secs(24 * 3600);
    Plan { profile, topology, sites, seed: 1, posts: 2, letters: 40, within }
}

async fn run(plan: Plan) -> Report {
    let report = plan.run(&mut |_| {}).await.unwrap();
    assert!(report.is_good(), "{}", report.table());
    report
}

fn changes(link: &LinkReport) -> u64 {
    link.logs.iter().map(|log| log.changes).sum()
}

/// Every site saw the post as soon as it can be there.
fn assert_soon(report: &Report) {
    for one in report.first.iter().filter(|one| one.hops > 0) {
        let after = one.after.unwrap();
        let travels = report.profile.delay.as_secs_f64() * f64::from(one.hops);
        assert!(after > travels, "{} saw it before it can: {}", one.site, report.table());
        assert!(after <= MOST * one.floor, "{} saw it late: {}", one.site, report.table());
    }
}

fn again(link: &LinkReport) -> u64 {
    link.logs.iter().map(|log| log.again).sum()
}

/// The same, and nothing crossed a link twice.
fn assert_soon_and_once(report: &Report) {
    assert_soon(report);
    assert!(report.links.iter().all(|link| again(link) == 0), "{}", report.table());
}

/// `FIELDPOST_EDGES` is how many edges there are around the hub, up to 63.
#[tokio::test]
async fn what_an_edge_says_reaches_all_around_a_hub_soon_and_crosses_each_link_once() {
    let edges = crate::number("FIELDPOST_EDGES").unwrap_or(7);
    let sites = usize::try_from(edges).unwrap() + 1;
    let report = run(plan(certain("geo-64k"), Topology::Star, sites)).await;
    assert_soon_and_once(&report);
    assert_eq!(report.first.iter().filter(|one| one.hops == 2).count(), sites - 2);
    // The two posts of every site and the one more; nobody is sent what they wrote.
    let all = 2 * sites as u64 + 1;
    assert!(report.links.iter().all(|link| changes(link) == all), "{}", report.table());
}

#[tokio::test]
async fn what_one_end_of_a_chain_says_reaches_the_other_soon_and_crosses_each_link_once() {
    for name in ["uhf-manet-64k", "certus-88k", "lte-degraded", "geo-512k", "leo-broadband"] {
        let report = run(plan(certain(name), Topology::Chain, 4)).await;
        assert_soon_and_once(&report);
        assert_eq!(report.first[3].hops, 3);
        assert!(report.links.iter().all(|link| changes(link) == 9), "{}", report.table());
    }
}

#[tokio::test]
async fn what_is_said_in_a_ring_goes_both_ways_around_and_crosses_each_link_once() {
    for sites in [3, 4, 6] {
        let report = run(plan(certain("geo-64k"), Topology::Ring, sites)).await;
        assert_soon_and_once(&report);
    }
}

#[tokio::test]
async fn the_two_farthest_in_a_ring_who_hear_at_one_time_tell_each_other_and_nobody_else_does() {
    let report = run(plan(certain("geo-64k"), Topology::Ring, 5)).await;
    assert_soon(&report);
    for link in &report.links {
        match link.between.each_ref().map(String::as_str) {
            // Once in each direction, at most.
            ["site-3", "site-4"] => assert!(again(link) > 0 && again(link) <= changes(link)),
            _ => assert_eq!(again(link), 0, "{}", report.table()),
        }
    }
}

#[tokio::test]
async fn in_a_mesh_each_hears_each_from_itself() {
    let report = run(plan(certain("geo-64k"), Topology::Mesh, 4)).await;
    assert_soon_and_once(&report);
    for link in &report.links {
        assert!(link.logs.iter().all(|log| link.between.contains(&log.written_at)), "{link:?}");
    }
}

#[tokio::test]
async fn what_is_lost_on_the_way_makes_nothing_cross_twice() {
    for (topology, seed) in [(Topology::Chain, 1), (Topology::Star, 2), (Topology::Ring, 3)] {
        let profile = Profile::named("uhf-manet-64k").unwrap();
        let report = run(Plan { seed, posts: 5, ..plan(profile, topology, 4) }).await;
        assert!(report.links.iter().all(|link| again(link) == 0), "{}", report.table());
    }
}

#[tokio::test]
async fn over_radios_a_post_is_one_hop_away_at_once_and_further_when_it_is_proved() {
    let profile = certain("hf-data-2400");
    assert_eq!(Carriage::of(&profile), Carriage::Thin);
    let report = run(plan(profile, Topology::Chain, 3)).await;
    let [_, near, far] = &report.first[..] else { unreachable!() };
    assert!(near.after.unwrap() <= MOST * near.floor, "{}", report.table());
    // A preview proves nothing, and what is not proved is not passed on.
    assert!(far.after.unwrap() > 60.0, "{}", report.table());
}
