//! Bytes that a message takes between two sites, by language and size of batch.

use std::io::{BufRead, BufReader};
use std::path::Path;

use fieldpost_testkit::Dice;
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use crate::Outcome;
use crate::air::Air;
use crate::bench::Bench;
use crate::report::{Report, bytes_by};
use crate::sites::Sites;
use crate::text::{ARABIC, ENGLISH, JAPANESE, Language, UKRAINIAN};
use crate::wire::Wire;

use super::import::field_log;

/// Messages of a batch, and how many such batches are measured.
const SIZES: [(usize, usize); 4] = [(1, 20), (50, 5), (1000, 1), (10_000, 1)];

/// Letters of a message that goes by itself, and how many of them are measured.
const SHORT: (usize, usize) = (42, 20);

/// How hard the raw limit compresses.
const LEVEL: i32 = 19;

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let sizes = &SIZES[..bench.times(4, 3)];
    let needed = sizes.iter().map(|(size, times)| size * times).sum();
    match field_log() {
        Some(file) => {
            let texts = texts_of(&file, needed)?;
            language(report, "English, field log", &texts, sizes).await?;
        }
        None => generated(report, &ENGLISH, needed, sizes).await?,
    }
    for language in [&UKRAINIAN, &ARABIC, &JAPANESE] {
        generated(report, language, needed, sizes).await?;
    }
    Ok(())
}

async fn generated(
    report: &mut Report,
    made: &Language,
    needed: usize,
    sizes: &[(usize, usize)],
) -> Outcome<()> {
    let mut dice = Dice::new(7);
    let texts: Vec<String> = (0..needed).map(|_| made.message(&mut dice)).collect();
    language(report, made.name, &texts, sizes).await
}

/// The messages of a bulk file, in an order by chance: as many as are needed, if it has so many.
fn texts_of(file: &Path, needed: usize) -> Outcome<Vec<String>> {
    let mut texts = Vec::new();
    for line in BufReader::new(MultiGzDecoder::new(std::fs::File::open(file)?)).lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let post = &line["post"];
        let replies = post["replies"].as_array().into_iter().flatten();
        let said = std::iter::once(post).chain(replies);
        texts.extend(said.filter_map(|said| said["message"].as_str()).map(str::to_owned));
    }
    Dice::new(7).shuffle(&mut texts);
    texts.truncate(needed);
    Ok(texts)
}

async fn language(
    report: &mut Report,
    name: &str,
    texts: &[String],
    sizes: &[(usize, usize)],
) -> Outcome<()> {
    let mut sites = Sites::start(100).await?;
    let mut wire = Wire::connect().await?;
    let mut left = texts;
    for &(size, times) in sizes {
        let (mut batches, mut frames, mut packets, mut raw) = (0, 0, 0, 0);
        for _ in 0..times {
            let (now, later) = left.split_at_checked(size).ok_or("too few messages")?;
            left = later;
            sites.say(now).await?;
            let passed = sites.settle().await?;
            if !passed.iter().any(|frame| frame.is_batch) {
                return Err("nothing was sent".into());
            }
            let bytes = |frame: &crate::sites::Passed| frame.bytes.len();
            batches += passed.iter().filter(|frame| frame.is_batch).map(bytes).sum::<usize>();
            frames += passed.iter().map(bytes).sum::<usize>();
            packets += usize::try_from(wire.pass(&passed).await?)?;
            raw += zstd::bulk::compress(now.join("\n").as_bytes(), LEVEL)?.len();
        }
        let each = |bytes: usize| bytes as f64 / (size * times) as f64;
        let measured = bytes_by(&[
            ("batch", each(batches)),
            ("all frames", each(frames)),
            ("IP, both ways", each(packets)),
        ]);
        let raw = bytes_by(&[("", each(raw))]);
        report.add(
            format!("{name}, {size} at once"),
            measured,
            ("zstd -19 of the text alone", raw),
        );
        if size >= 1000 {
            let most = if size >= 10_000 { 20.0 } else { 24.0 };
            report.aim(1, ("each, IP, both ways", each(packets), "B"), most);
        }
    }
    alone(report, name, texts, &mut sites).await
}

/// A short message after an hour of silence, in thin datagrams.
async fn alone(
    report: &mut Report,
    name: &str,
    texts: &[String],
    sites: &mut Sites,
) -> Outcome<()> {
    let (letters, times) = SHORT;
    let all: Vec<char> = texts.join(" ").chars().collect();
    let (mut air, mut there, mut both, mut raw) = (Air::new()?, 0, 0, 0);
    for text in all.chunks_exact(letters).take(times) {
        let text: String = text.iter().collect();
        sites.say(std::slice::from_ref(&text)).await?;
        let (ahead, all) = air.urgent(&sites.go_ahead().await?);
        (there, both) = (there + ahead, both + all);
        raw += zstd::bulk::compress(text.as_bytes(), LEVEL)?.len();
        sites.settle().await?;
    }
    let each = |bytes: usize| bytes as f64 / times as f64;
    report.add(
        format!("{name}, {letters} letters alone, thin"),
        bytes_by(&[("IP, there", each(there)), ("IP, both ways", each(both))]),
        ("zstd -19 of the text alone", bytes_by(&[("", each(raw))])),
    );
    Ok(())
}
