//! A site with a million posts, kept from one run to the next.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Output;
use std::time::Instant;

use fieldpost_testkit::Dice;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Outcome;
use crate::bench::Bench;
use crate::crowd::{TEAM, first_lines, person};
use crate::report::Report;
use crate::rows::Rows;
use crate::server::Place;
use crate::text::ENGLISH;

/// Who and where: a large unit's rooms.
const PEOPLE: usize = 200;
const CHANNELS: usize = 40;

/// How many use cases an import keeps under way, and so how many are committed together.
const GROUP: usize = 256;

/// The most posts that are written again to find the raw limit.
const MOST: usize = 200_000;

/// How filling a site went.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Filling {
    pub(crate) posts: usize,
    pub(crate) seconds: f64,
}

impl Filling {
    pub(crate) fn rate(&self) -> f64 {
        self.posts as f64 / self.seconds
    }
}

/// The site with a million posts, filled if it is not there yet.
pub(crate) fn site(bench: &Bench, report: &Report) -> Outcome<(Place, Filling)> {
    let posts = bench.times(1_000_000, 20_000);
    let place = Place::embedded(&bench.kept.join(format!("site-{posts}")));
    let known = bench.kept.join(format!("site-{posts}.json"));
    if let Ok(text) = std::fs::read(&known) {
        return Ok((place, serde_json::from_slice(&text)?));
    }
    if place.data.exists() {
        std::fs::remove_dir_all(&place.data)?;
    }
    report.note(&format!("filling a site with {posts} posts; it is kept"));
    let filling = fill(bench, &place, posts)?;
    index(bench, &place)?;
    std::fs::write(known, serde_json::to_vec(&filling)?)?;
    Ok((place, filling))
}

/// Has the search index made, so that no later start is busy with it.
fn index(bench: &Bench, place: &Place) -> Outcome<()> {
    let server = place.start(bench)?;
    let output = place.command(bench, &["search", "rebuild"]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    server.stop()
}

/// Fills an empty site with generated posts.
pub(crate) fn fill(bench: &Bench, place: &Place, posts: usize) -> Outcome<Filling> {
    let scratch = bench.scratch()?;
    let file = scratch.path().join("posts.jsonl");
    write_file(&file, posts)?;
    take(bench, place, &file)
}

/// Takes a file over into an empty site.
pub(crate) fn take(bench: &Bench, place: &Place, file: &Path) -> Outcome<Filling> {
    let begun = Instant::now();
    let output = place.import(bench, file)?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Filling { posts: posts_of(&output)?, seconds })
}

/// Posts a second when the bare engine writes the rows that a site has.
pub(crate) fn bare(bench: &Bench, place: &Place) -> Outcome<f64> {
    let rows = Rows::of(&place.file(), MOST)?;
    let posts = rows.count("post");
    let folder = bench.scratch()?;
    let took = rows.write(folder.path(), posts.div_ceil(GROUP))?;
    Ok(posts as f64 / took.as_secs_f64())
}

/// How many posts the command says it took over.
fn posts_of(output: &Output) -> Outcome<usize> {
    let said = String::from_utf8_lossy(&output.stdout);
    let words: Vec<&str> = said.split_whitespace().collect();
    let at = words.iter().position(|word| word.starts_with("posts"));
    let posts = at.and_then(|at| words.get(at.checked_sub(1)?)?.parse().ok());
    posts.ok_or_else(|| format!("the import said {said:?}").into())
}

fn write_file(file: &Path, posts: usize) -> Outcome<()> {
    let channels: Vec<String> = (0..CHANNELS).map(|n| format!("room{n}")).collect();
    let mut writer = BufWriter::with_capacity(1 << 20, File::create(file)?);
    for line in first_lines(&channels, PEOPLE) {
        writeln!(writer, "{line}")?;
    }
    let mut dice = Dice::new(1);
    let mut at: i64 = 1_700_000_000_000;
    let mut left = posts;
    while left > 0 {
        let mut said = |dice: &mut Dice| -> Value {
            at += 1 + dice.below(60_000) as i64;
            json!({ "user": person(dice.below(PEOPLE)), "message": ENGLISH.message(dice), "create_at": at })
        };
        let mut post = said(&mut dice);
        // Three posts in ten are replies.
        let replies = [0, 0, 0, 0, 0, 0, 1, 1, 2, 0][dice.below(10)].min(left - 1);
        let replies: Vec<Value> = (0..replies).map(|_| said(&mut dice)).collect();
        left -= 1 + replies.len();
        post["team"] = json!(TEAM);
        post["channel"] = json!(channels[dice.below(CHANNELS)]);
        post["replies"] = json!(replies);
        writeln!(writer, "{}", json!({ "type": "post", "post": post }))?;
    }
    writer.flush()?;
    Ok(())
}
