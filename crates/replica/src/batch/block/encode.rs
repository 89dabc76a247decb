//! From changes to a block.

use std::collections::HashMap;
use std::hash::Hash;
use std::io;

use fieldpost_log::LogName;
use fieldpost_log::wire::put_varint;
use fieldpost_model::Id;

use super::super::form::{Form, What, apart, zigzag};
use super::super::{BLOCK, Coding, Entry, Format, Hints, Run};
use super::columns::{DICTIONARY, compress};

/// Encodes runs of changes as a block. `hints` speaks of each change of each run, in their order; a
/// change beyond its end has none.
pub(in crate::batch) fn encode(
    runs: &[Run],
    hints: &[Hints],
    coding: Coding,
) -> io::Result<Vec<u8>> {
    let mut columns = Columns::default();
    let mut known = hints.iter();
    let nothing = Hints::default();
    for run in runs {
        columns.run(run);
        for (entry, sequence) in run.entries.iter().zip(run.first..) {
            let hints = known.next().unwrap_or(&nothing);
            columns.entry(entry, &Place { log: run.log, sequence }, hints);
        }
    }
    let columns = columns.bytes();
    let block = compress(&columns, coding)?;
    let mut bytes = vec![Format::Three.number(), BLOCK, DICTIONARY];
    put_varint(&mut bytes, columns.len() as u64);
    put_varint(&mut bytes, block.len() as u64);
    bytes.extend_from_slice(&block);
    for run in runs {
        run.proof.iter().for_each(|hash| bytes.extend_from_slice(hash.as_bytes()));
    }
    runs.iter().for_each(|run| bytes.extend_from_slice(&run.salts));
    Ok(bytes)
}

/// Things that are named by their place in the order in which they were first met.
struct Table<T>(HashMap<T, u64>, Vec<T>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(HashMap::new(), Vec::new())
    }
}

impl<T: Clone + Eq + Hash> Table<T> {
    fn place(&mut self, thing: &T) -> u64 {
        if let Some(place) = self.0.get(thing) {
            return *place;
        }
        let place = self.1.len() as u64;
        self.0.insert(thing.clone(), place);
        self.1.push(thing.clone());
        place
    }
}

/// Where a change stands.
struct Place {
    log: LogName,
    sequence: u64,
}

#[derive(Default)]
struct Columns {
    ids: Table<Id>,
    logs: Table<LogName>,
    forms: Table<Form>,
    run_count: u64,
    runs: Vec<u8>,
    millis: Vec<u8>,
    counters: Vec<u8>,
    authors: Vec<u8>,
    form: Vec<u8>,
    holes: Vec<u8>,
    lengths: Vec<u8>,
    texts: Vec<u8>,
    last_millis: i64,
}

impl Columns {
    fn log(&mut self, log: &LogName) -> u64 {
        self.ids.place(&log.scope.id);
        self.ids.place(&Id::from_bytes(log.site.0));
        self.logs.place(log)
    }

    fn run(&mut self, run: &Run) {
        let log = self.log(&run.log);
        self.run_count += 1;
        let counts = [run.entries.len(), run.proof.len(), run.salts.len()].map(|n| n as u64);
        for number in [log, run.first].into_iter().chain(counts) {
            put_varint(&mut self.runs, number);
        }
    }

    fn entry(&mut self, entry: &Entry, place: &Place, hints: &Hints) {
        let millis = entry.stamp.ms() as i64;
        put_varint(&mut self.millis, zigzag(millis - self.last_millis));
        self.last_millis = millis;
        put_varint(&mut self.counters, u64::from(entry.stamp.counter()));
        let author = if entry.author.is_none() { 0 } else { self.ids.place(&entry.author) + 1 };
        put_varint(&mut self.authors, author);

        let (form, found) = apart(entry, hints, usize::MAX);
        found.into_iter().for_each(|what| self.fill(what, place));
        let form = self.forms.place(&form);
        put_varint(&mut self.form, form);
    }

    fn fill(&mut self, what: What<'_>, place: &Place) {
        match what {
            What::Text(text) => {
                put_varint(&mut self.lengths, text.len() as u64);
                self.texts.extend_from_slice(text.as_bytes());
            }
            What::Id(id, _) if id.is_none() => put_varint(&mut self.holes, 0),
            What::Id(_, Some(post)) => {
                let log = self.log(&post.log);
                put_varint(&mut self.holes, 2 + 2 * log);
                let back = zigzag(place.sequence as i64 - post.sequence as i64);
                let number = if post.log == place.log { back } else { post.sequence };
                put_varint(&mut self.holes, number);
            }
            What::Id(id, None) => {
                let id = self.ids.place(&id);
                put_varint(&mut self.holes, 1 + 2 * id);
            }
        }
    }

    fn bytes(mut self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.texts.len() + 64 * self.forms.1.len() + 1024);
        put_varint(&mut bytes, self.ids.1.len() as u64);
        self.ids.1.iter().for_each(|id| bytes.extend_from_slice(id.as_bytes()));
        put_varint(&mut bytes, self.logs.1.len() as u64);
        for log in std::mem::take(&mut self.logs.1) {
            bytes.push(log.scope.kind.into());
            put_varint(&mut bytes, self.ids.place(&log.scope.id));
            put_varint(&mut bytes, self.ids.place(&Id::from_bytes(log.site.0)));
            put_varint(&mut bytes, log.epoch.0);
        }
        put_varint(&mut bytes, self.forms.1.len() as u64);
        for form in &self.forms.1 {
            put_form(&mut bytes, form);
        }
        put_varint(&mut bytes, self.run_count);
        for column in [
            &self.runs,
            &self.millis,
            &self.counters,
            &self.authors,
            &self.form,
            &self.holes,
            &self.lengths,
            &self.texts,
        ] {
            bytes.extend_from_slice(column);
        }
        bytes
    }
}

fn put_form(bytes: &mut Vec<u8>, form: &Form) {
    put_varint(bytes, u64::from(form.kind));
    put_varint(bytes, form.holes.len() as u64);
    let mut from = 0;
    for hole in &form.holes {
        put_varint(bytes, (hole.at - from) as u64);
        bytes.push(u8::from(hole.id));
        from = hole.at;
    }
    put_varint(bytes, form.rest.len() as u64);
    bytes.extend_from_slice(&form.rest);
}
