//! The newest hundred messages with what somebody typed, among a million.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use fieldpost_testkit::Dice;
use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::Outcome;
use crate::bench::Bench;
use crate::client::Client;
use crate::crowd::ADMIN;
use crate::million::{self, Filling};
use crate::report::{Report, latency};
use crate::sample::Sample;
use crate::server::Place;
use crate::text::ENGLISH;

/// A way to search: what it is called, and what is typed for a message of the kind that is searched.
type Way = (&'static str, fn(&str, &mut Dice) -> String);

const WAYS: [Way; 4] = [
    ("one word", |message, dice| word(message, dice)),
    ("two words", |message, dice| format!("{} {}", word(message, dice), word(message, dice))),
    ("one word in one of 40 channels", |message, dice| {
        format!("{} in:room{}", word(message, dice), dice.below(40))
    }),
    ("a phrase of somebody", |message, dice| {
        let words: Vec<&str> = message.split_whitespace().take(2).collect();
        format!("\"{}\" from:person{}", words.join(" "), dice.below(200))
    }),
];

fn word(message: &str, dice: &mut Dice) -> String {
    let words: Vec<&str> = message.split_whitespace().collect();
    let word = words.get(dice.below(words.len().max(1))).copied().unwrap_or_default();
    word.chars().filter(|c| c.is_alphanumeric()).collect()
}

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let (place, Filling { posts, .. }) = million::site(bench, report)?;
    let server = place.start(bench)?;
    let mut client = Client::open(server.address, "").await?;
    let (token, _) = client.sign_in(ADMIN.0, ADMIN.1).await?;
    let mut client = Client::open(server.address, &token).await?;
    let mut dice = Dice::new(6);
    let raw = bare(bench, &place)?;
    for (name, typed) in WAYS {
        let mut durations: Vec<Duration> = Vec::new();
        for _ in 0..bench.times(1000, 50) {
            let terms = typed(&ENGLISH.message(&mut dice), &mut dice);
            let asked = json!({ "terms": terms, "is_or_search": false });
            let begun = Instant::now();
            let answer = client.post("/posts/search", &asked).await?;
            durations.push(begun.elapsed());
            answer.expect(200)?;
        }
        let measured: Sample = durations.into_iter().collect();
        report.add(
            format!("{name}, {posts} posts"),
            latency(&measured),
            ("one word in bare FTS5, and a hundred rows", latency(&raw)),
        );
    }
    server.stop()
}

/// The file of the index, while the server is searching it.
fn index_of(place: &Place) -> Outcome<PathBuf> {
    let entries = std::fs::read_dir(place.data.join("search"))?;
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files.find(|path| path.extension().is_some_and(|end| end == "db")).ok_or("no index".into())
}

/// The same lists read without a server: of one word, from the end, and a hundred posts.
fn bare(bench: &Bench, place: &Place) -> Outcome<Sample> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let index = Connection::open_with_flags(index_of(place)?, flags)?;
    let rows = Connection::open_with_flags(place.file(), flags)?;
    let mut find = index.prepare(
        "SELECT key FROM post_text CROSS JOIN post_at ON place = post_text.rowid \
         WHERE post_text MATCH ?1 ORDER BY post_text.rowid DESC LIMIT 100",
    )?;
    let mut post = rows.prepare("SELECT id, message, props FROM post WHERE key = ?1")?;
    let mut dice = Dice::new(6);
    let one = || -> Outcome<Duration> {
        let word = word(&ENGLISH.message(&mut dice), &mut dice).to_lowercase();
        let begun = Instant::now();
        let keys = find.query_map([format!("\"{word}\"")], |row| row.get::<_, i64>(0))?;
        for key in keys {
            post.query_row([key?], |row| row.get::<_, String>(1))?;
        }
        Ok(begun.elapsed())
    };
    std::iter::repeat_with(one).take(bench.times(1000, 50)).collect()
}
