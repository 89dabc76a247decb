//! How fast bundles become packets, and packets of which some were lost become bundles.

use std::io::Cursor;
use std::time::Instant;

use fieldpost_fountain::{Gathering, PACKET, Packet, Progress, Repair, find, write};
use fieldpost_log::suite::{ObjectDigest, PacketKey};
use fieldpost_log::{SigningKey, Suite};
use fieldpost_testkit::Dice;

use crate::Outcome;
use crate::bench::Bench;
use crate::report::{Number, Report, number};
use crate::sample::median;

/// Bytes of the bundles: one block, and several.
const LENGTHS: [(&str, usize); 2] = [("10 MB", 10_000_000), ("50 MB", 50_000_000)];

const RUNS: usize = 5;

pub(super) fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let site = |seed| SigningKey::from_seed(Suite::One, &[seed; 32]);
    let sending = PacketKey::sending(&site(1), &site(2).verifying_key())?;
    let hearing = PacketKey::hearing(&site(2), &site(1).verifying_key())?;
    for (name, length) in &LENGTHS[..bench.times(2, 1)] {
        let mut dice = Dice::new(1);
        let bundle: Vec<u8> = (0..*length).map(|_| dice.below(256) as u8).collect();
        let (mut made, mut gathered, mut hashed) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..bench.times(RUNS, 1) {
            let (packets, rate) = timed(*length, || packets(&bundle, &sending))?;
            made.push(rate);
            let (whole, rate) = timed(*length, || gather(&lost(&packets, &mut dice), &hearing))?;
            gathered.push(rate);
            if whole != bundle {
                return Err("the packets gave something else back".into());
            }
            let digest = || Ok(std::hint::black_box(digest(&bundle)));
            hashed.push(timed(*length, digest)?.1);
        }
        let raw = || ("BLAKE3 of the same bytes", rate(median(hashed.clone())));
        report.add(format!("{name}, made with 15 % repair"), rate(median(made)), raw());
        report.add(format!("{name}, decoded without a tenth"), rate(median(gathered)), raw());
    }
    Ok(())
}

fn rate(megabytes: f64) -> Vec<Number> {
    number(megabytes, "MB/s")
}

/// What came of something, and megabytes a second.
fn timed<T>(length: usize, job: impl FnOnce() -> Outcome<T>) -> Outcome<(T, f64)> {
    let begun = Instant::now();
    let done = job()?;
    Ok((done, length as f64 / 1e6 / begun.elapsed().as_secs_f64()))
}

fn packets(bundle: &[u8], key: &PacketKey) -> Outcome<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    let repair = Repair::percent(15).ok_or("too much repair")?;
    write(&mut Cursor::new(bundle), &mut out, key, repair)?;
    Ok(out.into_inner())
}

/// Nine of ten.
fn lost(packets: &[u8], dice: &mut Dice) -> Vec<u8> {
    packets.chunks_exact(PACKET).filter(|_| !dice.one_in(10)).flatten().copied().collect()
}

fn gather(packets: &[u8], key: &PacketKey) -> Outcome<Vec<u8>> {
    let mut gathering: Option<Gathering> = None;
    find(packets, |at, raw| {
        let Ok(packet) = Packet::read(raw) else { return Ok(false) };
        if !Packet::is_of(raw, key) {
            return Ok(false);
        }
        if gathering.is_none() {
            gathering = Gathering::new(packet.object);
        }
        gathering.iter_mut().for_each(|gathering| gathering.add(&packet, at));
        Ok(true)
    })?;
    let mut out = Cursor::new(Vec::new());
    let mut gathering = gathering.ok_or("there are no packets")?;
    match gathering.decode(&mut Cursor::new(packets), &mut out)? {
        Progress::Whole => Ok(out.into_inner()),
        _ => Err("there are too few packets".into()),
    }
}

fn digest(bytes: &[u8]) -> fieldpost_log::Digest {
    let mut digest = ObjectDigest::default();
    digest.add(bytes);
    digest.digest()
}
