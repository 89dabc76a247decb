//! The model in virtual time: what a link does, and what it never does.

use std::time::Duration;

use fieldpost_air::profile::{self, Duplex, Loss, Outages, Profile};
use fieldpost_air::{Delivery, Link, Refusal, Side, Tally};
use proptest::prelude::*;

const GEO: Profile = Profile::plain("test", 64_000, ms(300));

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Everything that arrives until nothing is on its way any more.
fn drain<P>(link: &mut Link<P>) -> Vec<Delivery<P>> {
    let mut arrived = Vec::new();
    while let Some(at) = link.next_event() {
        arrived.extend(std::iter::from_fn(|| link.poll(at)));
    }
    arrived
}

#[test]
fn a_packet_is_on_the_air_by_the_rate_and_then_on_its_way_for_the_delay() {
    let mut link = Link::new(GEO, 1);
    link.send(s(10), Side::Left, "first", 1_000).unwrap();
    link.send(s(10), Side::Left, "second", 500).unwrap();
    assert_eq!(link.next_event(), Some(s(10) + ms(125)));
    assert_eq!(link.poll(s(10) + ms(424)), None);
    assert_eq!(link.next_event(), Some(s(10) + ms(425)));
    let arrived = drain(&mut link);
    assert_eq!(arrived[0].packet, "first");
    assert_eq!(arrived[0].at, s(10) + ms(125 + 300));
    assert_eq!(arrived[1].at, s(10) + ms(125 + 300) + Duration::from_micros(62_500));
    assert_eq!(link.next_event(), None);
}

#[test]
fn the_directions_of_a_full_duplex_link_do_not_hinder_each_other() {
    let mut link = Link::new(GEO, 1);
    link.send(s(0), Side::Left, (), 1_000).unwrap();
    link.send(s(0), Side::Right, (), 1_000).unwrap();
    let arrived = drain(&mut link);
    assert_eq!(arrived[0].at, arrived[1].at);
}

#[test]
fn headers_count_and_take_time() {
    let mut link = Link::new(GEO, 1).with_overhead(28);
    link.send(s(0), Side::Left, (), 972).unwrap();
    assert_eq!(drain(&mut link)[0].at, ms(425));
    assert_eq!(link.traffic(Side::Left).delivered, Tally { packets: 1, bytes: 1_000 });
}

#[test]
fn what_does_not_fit_is_dropped() {
    let mut link = Link::new(Profile { queue: 3_000, ..GEO }, 1);
    assert_eq!(link.send(s(0), Side::Left, (), 1_501), Err(Refusal::TooLarge));
    // The first leaves the queue at once for the air.
    for _ in 0..3 {
        link.send(s(0), Side::Left, (), 1_500).unwrap();
    }
    assert_eq!(link.send(s(0), Side::Left, (), 1), Err(Refusal::Full));
    assert_eq!(drain(&mut link).len(), 3);
    assert_eq!(link.traffic(Side::Left).dropped, Tally { packets: 2, bytes: 1_502 });
}

#[test]
fn a_cut_takes_away_what_waits_and_what_is_on_its_way() {
    let mut link = Link::new(GEO, 1);
    for _ in 0..4 {
        link.send(s(0), Side::Left, (), 1_000).unwrap();
    }
    link.cut(ms(430));
    assert!(!link.is_up(ms(430)));
    assert_eq!(link.send(ms(440), Side::Left, (), 1_000), Err(Refusal::Away));
    assert_eq!(drain(&mut link).len(), 1);
    link.restore(s(1));
    link.send(s(1), Side::Left, (), 1_000).unwrap();
    assert_eq!(drain(&mut link)[0].at, s(1) + ms(425));
    let traffic = link.traffic(Side::Left);
    assert_eq!((traffic.lost.packets, traffic.dropped.packets), (3, 1));
}

#[test]
fn planned_and_regular_outages_are_cuts() {
    let regular = Outages { every: s(60), lasts: s(10) };
    let profile = Profile { outages: Some(regular), ..GEO };
    let mut link = Link::new(profile, 1).with_outages([s(5)..s(6)]);
    let up: Vec<u64> = (0..120).filter(|at| link.is_up(s(*at))).collect();
    let expected: Vec<u64> = (0..50).chain(60..110).filter(|at| *at != 5).collect();
    assert_eq!(up, expected);
    // 425 ms from handing over to arrival: one just arrives before the outage, one does not.
    link.send(ms(4_570), Side::Left, "arrives", 1_000).unwrap();
    assert_eq!(drain(&mut link).len(), 1);
    link.send(ms(49_600), Side::Left, "does not", 1_000).unwrap();
    assert_eq!(drain(&mut link), []);
    assert_eq!(link.send(s(55), Side::Right, "neither", 1), Err(Refusal::Away));
    link.send(s(60), Side::Right, "again", 1).unwrap();
    assert_eq!(drain(&mut link).len(), 1);
}

#[test]
fn an_outage_that_a_new_profile_brings_takes_everything() {
    let away = Outages { every: s(10), lasts: s(9) };
    let mut link = Link::new(GEO, 1);
    link.send(s(5), Side::Left, (), 1_000).unwrap();
    link.set_profile(s(5), Profile { outages: Some(away), ..GEO });
    assert_eq!(drain(&mut link), []);
    assert_eq!(link.traffic(Side::Left).lost.packets, 1);
}

#[test]
fn a_change_holds_for_what_is_not_on_the_air_yet() {
    let mut link = Link::new(GEO, 1);
    link.send(s(0), Side::Left, (), 1_000).unwrap();
    link.send(s(0), Side::Left, (), 1_000).unwrap();
    link.set_profile(ms(1), GEO.with_rate(8_000));
    let arrived = drain(&mut link);
    assert_eq!(arrived[0].at, ms(125 + 300));
    assert_eq!(arrived[1].at, ms(125 + 1_000 + 300));
}

#[test]
fn nothing_comes_back_through_a_diode() {
    let mut link = Link::new(Profile { loss: Loss::NONE, ..profile::DIODE }, 1);
    assert_eq!(link.send(s(0), Side::Right, (), 100), Err(Refusal::WrongWay));
    link.send(s(0), Side::Left, (), 100).unwrap();
    assert_eq!(drain(&mut link).len(), 1);
}

#[test]
fn as_much_is_lost_as_was_said() {
    for loss in [Loss::of(0.05), Loss::in_bursts(0.05, 4.0)] {
        let profile = Profile { loss, ..Profile::plain("test", 1_000_000_000, ms(1)) };
        let mut link = Link::new(profile, 7);
        let mut lost = Vec::new();
        for number in 0..100_000_u64 {
            link.send(ms(number), Side::Left, (), 100).unwrap();
            let before = link.traffic(Side::Left).lost.packets;
            lost.push(before);
        }
        let total = *lost.last().unwrap();
        let share = total as f64 / lost.len() as f64;
        assert!((share - 0.05).abs() < 0.005, "{share}");
        // A burst begins where a packet is lost and the one before was not.
        let is_lost = |at: usize| at > 0 && lost[at] > lost[at - 1];
        let bursts = (1..lost.len()).filter(|at| is_lost(*at) && !is_lost(at - 1)).count();
        let mean = total as f64 / bursts as f64;
        let expected = if loss.burst > 1.0 { loss.burst } else { 1.0 / 0.95 };
        assert!((mean - expected).abs() < 0.25, "{mean}");
    }
}

#[test]
fn all_or_nothing_can_be_lost() {
    for (share, arrives) in [(0.0, 1_000), (1.0, 0)] {
        let mut link = Link::new(Profile { loss: Loss::of(share), ..profile::LAN }, 1);
        for number in 0..1_000 {
            link.send(ms(number), Side::Right, (), 100).unwrap();
        }
        assert_eq!(drain(&mut link).len(), arrives);
    }
}

#[test]
fn jitter_delays_by_up_to_its_length_and_lets_packets_overtake() {
    let mut link = Link::new(Profile { jitter: ms(50), ..profile::LAN }, 3);
    for number in 0..100_u32 {
        link.send(ms(number.into()), Side::Left, number, 100).unwrap();
    }
    let arrived = drain(&mut link);
    let late = |delivery: &Delivery<u32>| delivery.at - delivery.air.end - profile::LAN.delay;
    assert!(arrived.iter().all(|delivery| late(delivery) <= ms(50)));
    assert!(arrived.iter().any(|delivery| late(delivery) > ms(25)));
    assert!(!arrived.is_sorted_by_key(|delivery| delivery.packet));
    assert!(arrived.is_sorted_by_key(|delivery| delivery.at));
}

#[test]
fn one_side_does_not_keep_the_air_for_itself() {
    let duplex = Duplex::Half { turnaround: ms(200), longest_turn: s(2) };
    let mut link = Link::new(Profile { duplex, queue: 1_000_000, ..GEO }, 1);
    for _ in 0..100 {
        link.send(s(0), Side::Left, (), 1_000).unwrap();
    }
    link.send(ms(10), Side::Right, (), 1_000).unwrap();
    let arrived = drain(&mut link);
    let answer = arrived.iter().find(|delivery| delivery.from == Side::Right).unwrap();
    assert_eq!(answer.air.start, s(2) + ms(200));
    let after = arrived.iter().find(|delivery| delivery.air.start > answer.air.start).unwrap();
    assert_eq!(after.air.start, answer.air.end + ms(200));
}

#[test]
fn the_thinnest_profile_carries_one_post_in_a_minute() {
    let mut link = Link::new(Profile { loss: Loss::NONE, ..profile::HF_ROBUST }, 1);
    link.send(s(0), Side::Right, (), 91).unwrap();
    link.send(s(60), Side::Left, (), 91).unwrap();
    for delivery in drain(&mut link) {
        assert!(delivery.at - delivery.air.start < s(60));
    }
}

/// What somebody does with a link.
#[derive(Debug, Clone)]
enum Deed {
    Send(Side, usize),
    Cut,
    Restore,
    Rate(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        20 => (any::<bool>(), 1_usize..1_600).prop_map(|(left, bytes)| {
            Deed::Send(if left { Side::Left } else { Side::Right }, bytes)
        }),
        1 => Just(Deed::Cut),
        2 => Just(Deed::Restore),
        1 => (75_u64..1_000_000).prop_map(Deed::Rate),
    ]
}

fn deeds() -> impl Strategy<Value = Vec<(u64, Deed)>> {
    proptest::collection::vec((0_u64..400, deed()), 0..120)
}

fn any_profile() -> impl Strategy<Value = Profile> {
    proptest::sample::select(profile::ALL.to_vec())
}

/// Does these things, each so long after the one before, and says what arrived. Packets are
/// numbered in the order in which they were handed over.
fn play(link: &mut Link<usize>, deeds: &[(u64, Deed)]) -> Vec<Delivery<usize>> {
    let mut now = Duration::ZERO;
    let mut arrived = Vec::new();
    for (number, (gap, deed)) in deeds.iter().enumerate() {
        now += ms(*gap);
        match deed {
            Deed::Send(side, bytes) => {
                let _ = link.send(now, *side, number, *bytes);
            }
            Deed::Cut => link.cut(now),
            Deed::Restore => link.restore(now),
            Deed::Rate(rate) => link.set_profile(now, link.profile().with_rate(*rate)),
        }
        arrived.extend(std::iter::from_fn(|| link.poll(now)));
        assert_is_accounted_for(link);
    }
    arrived.extend(drain(link));
    assert_is_accounted_for(link);
    arrived
}

fn assert_is_accounted_for(link: &Link<usize>) {
    for side in Side::BOTH {
        let traffic = link.traffic(side);
        let mut sum = Tally::default();
        for part in
            [traffic.dropped, traffic.queued, traffic.flying, traffic.lost, traffic.delivered]
        {
            sum += part;
        }
        assert_eq!(sum, traffic.offered);
        assert!(traffic.delivered.bytes <= traffic.aired.bytes);
    }
}

proptest! {
    #[test]
    fn every_packet_is_accounted_for(profile in any_profile(), deeds in deeds(), seed: u64) {
        let mut link = Link::new(profile, seed);
        let arrived = play(&mut link, &deeds);
        let total: u64 = Side::BOTH.iter().map(|s| link.traffic(*s).delivered.packets).sum();
        prop_assert_eq!(arrived.len() as u64, total);
        prop_assert!(Side::BOTH.iter().all(|side| link.traffic(*side).is_idle()));
    }

    #[test]
    fn the_same_seed_gives_the_same_day(profile in any_profile(), deeds in deeds(), seed: u64) {
        let mut one = Link::new(profile, seed);
        let mut two = Link::new(profile, seed);
        prop_assert_eq!(play(&mut one, &deeds), play(&mut two, &deeds));
    }

    #[test]
    fn it_does_not_matter_when_the_link_is_looked_at(
        profile in any_profile(),
        deeds in deeds(),
        seed: u64,
    ) {
        let mut rarely = Link::new(profile, seed);
        let mut often = Link::new(profile, seed);
        let mut arrived = Vec::new();
        let (mut now, mut looked) = (Duration::ZERO, Duration::ZERO);
        for (number, (gap, deed)) in deeds.iter().enumerate() {
            now += ms(*gap);
            while looked < now {
                looked += ms(7).min(now - looked);
                arrived.extend(std::iter::from_fn(|| often.poll(looked)));
            }
            if let Deed::Send(side, bytes) = deed {
                let sent = often.send(now, *side, number, *bytes);
                prop_assert_eq!(rarely.send(now, *side, number, *bytes), sent);
            }
        }
        arrived.extend(drain(&mut often));
        prop_assert_eq!(drain(&mut rarely), arrived);
    }

    #[test]
    fn the_rate_is_never_exceeded_over_any_window(deeds in deeds(), rate in 75_u64..1_000_000) {
        let profile = Profile { queue: 20_000, ..Profile::plain("test", rate, ms(20)) };
        let steady: Vec<_> =
            deeds.into_iter().filter(|(_, deed)| !matches!(deed, Deed::Rate(_))).collect();
        let arrived = play(&mut Link::new(profile, 1), &steady);
        for side in Side::BOTH {
            let mine: Vec<_> = arrived.iter().filter(|delivery| delivery.from == side).collect();
            for (first, begin) in mine.iter().enumerate() {
                let mut bits = 0;
                for end in &mine[first..] {
                    bits += end.bytes as u128 * 8;
                    // What arrives within a window was on the air within one just as long, which
                    // begins with the first bit of the first packet.
                    let window = (end.at - (begin.at - profile.air_time(begin.bytes))).as_nanos();
                    // Air times are cut to whole nanoseconds.
                    let rounding = mine.len() as u128;
                    prop_assert!(bits * 1_000_000_000 <= u128::from(rate) * (window + rounding));
                }
            }
        }
    }

    #[test]
    fn without_jitter_packets_stay_in_order(profile in any_profile(), deeds in deeds()) {
        let profile = Profile { jitter: Duration::ZERO, ..profile };
        let arrived = play(&mut Link::new(profile, 1), &deeds);
        for side in Side::BOTH {
            let mine = arrived.iter().filter(|delivery| delivery.from == side);
            prop_assert!(mine.map(|delivery| delivery.packet).is_sorted());
        }
    }

    #[test]
    fn half_duplex_sides_never_speak_at_once(
        deeds in deeds(),
        turnaround in 0_u64..2_000,
        longest in 0_u64..5_000,
    ) {
        let duplex = Duplex::Half { turnaround: ms(turnaround), longest_turn: ms(longest) };
        let profile = Profile { duplex, queue: 100_000, ..GEO };
        let mut arrived = play(&mut Link::new(profile, 1), &deeds);
        arrived.sort_by_key(|delivery| delivery.air.start);
        for pair in arrived.windows(2) {
            let silence = if pair[0].from == pair[1].from { 0 } else { turnaround };
            prop_assert!(pair[0].air.end + ms(silence) <= pair[1].air.start);
        }
    }

    #[test]
    fn nothing_arrives_before_the_link_says_so(deeds in deeds(), seed: u64) {
        let mut link = Link::new(profile::LTE_DEGRADED, seed);
        let mut now = Duration::ZERO;
        for (number, (gap, deed)) in deeds.iter().enumerate() {
            now += ms(*gap);
            if let Deed::Send(side, bytes) = deed {
                let _ = link.send(now, *side, number, *bytes);
            }
            if let Some(next) = link.next_event().filter(|next| *next > now) {
                prop_assert_eq!(link.poll(next - Duration::from_nanos(1)), None);
                now = next - Duration::from_nanos(1);
            }
        }
    }
}
