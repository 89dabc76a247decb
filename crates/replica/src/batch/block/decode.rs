//! From a block to changes.

use fieldpost_log::name::SEQUENCE_LIMIT;
use fieldpost_log::wire::{Reader, put_varint};
use fieldpost_log::{
    Digest, Epoch, LogName, Malformed, Scope, ScopeKind, SiteId, Stamp, derive_id,
};
use fieldpost_model::Id;

use super::super::form::{Form, Hole, unzigzag};
use super::super::{CLASS, Entry, MOST_BYTES, MOST_ENTRIES, Run};
use super::columns::{DICTIONARY, decompress};

/// Decodes a block and what follows it.
pub(in crate::batch) fn decode(mut outer: Reader<'_>) -> Result<Vec<Run>, Malformed> {
    if outer.byte()? != DICTIONARY {
        return Err(Malformed::new("a block with an unknown dictionary"));
    }
    let length = size(outer.varint()?)?;
    let block = outer.count(1)?;
    let columns = decompress(outer.take(block)?, length)?;
    let mut columns = Columns { reader: Reader::new(&columns), tables: Tables::default() };
    columns.read_tables()?;
    let runs = columns.read_runs()?;
    let entries: Vec<(usize, u64)> =
        runs.iter().flat_map(|run| (0..run.count).map(move |n| (run.log, run.first + n))).collect();
    let contents = columns.read_entries(&entries)?;
    columns.reader.finish()?;
    let tables = columns.tables;
    let runs = assemble(&tables, &runs, contents, &mut outer)?;
    outer.finish().map(|()| runs)
}

fn size(number: u64) -> Result<usize, Malformed> {
    usize::try_from(number).map_err(|_| Malformed::new("a length"))
}

#[derive(Default)]
struct Tables {
    ids: Vec<Id>,
    logs: Vec<LogName>,
    forms: Vec<Form>,
}

struct Columns<'a> {
    reader: Reader<'a>,
    tables: Tables,
}

/// A run as its column has it.
struct Header {
    log: usize,
    first: u64,
    count: u64,
    proof: usize,
    salts: usize,
}

impl Columns<'_> {
    fn read_tables(&mut self) -> Result<(), Malformed> {
        for _ in 0..self.reader.count(16)? {
            let id = Id::from_bytes(self.reader.array()?);
            self.tables.ids.push(id);
        }
        for _ in 0..self.reader.count(4)? {
            let kind = ScopeKind::try_from(self.reader.byte()?)?;
            let scope = Scope::new(kind, self.id()?);
            let site = SiteId(*self.id()?.as_bytes());
            let epoch = Epoch(self.reader.varint()?);
            self.tables.logs.push(LogName { site, epoch, scope });
        }
        for _ in 0..self.reader.count(3)? {
            let form = self.read_form()?;
            self.tables.forms.push(form);
        }
        Ok(())
    }

    fn id(&mut self) -> Result<Id, Malformed> {
        let place = size(self.reader.varint()?)?;
        self.tables.ids.get(place).copied().ok_or(Malformed::new("no such id"))
    }

    fn read_form(&mut self) -> Result<Form, Malformed> {
        let kind = u16::try_from(self.reader.varint()?).map_err(|_| Malformed::new("a kind"))?;
        let mut holes = Vec::new();
        let mut at = 0usize;
        for _ in 0..self.reader.count(2)? {
            at = at.saturating_add(size(self.reader.varint()?)?);
            let id = match self.reader.byte()? {
                0 => false,
                1 => true,
                _ => return Err(Malformed::new("a hole of no kind")),
            };
            holes.push(Hole { at, id });
        }
        let length = self.reader.count(1)?;
        let rest = self.reader.take(length)?.to_vec();
        if at > rest.len() {
            return Err(Malformed::new("a hole beyond the end"));
        }
        Ok(Form { kind, holes, rest })
    }

    fn read_runs(&mut self) -> Result<Vec<Header>, Malformed> {
        let mut runs = Vec::new();
        let mut total = 0u64;
        for _ in 0..self.reader.count(5)? {
            let log = size(self.reader.varint()?)?;
            let (first, count) = (self.reader.varint()?, self.reader.varint()?);
            let proof = size(self.reader.varint()?)?;
            let salts = size(self.reader.varint()?)?;
            total = total.saturating_add(count);
            let fits = log < self.tables.logs.len()
                && first.saturating_add(count) <= SEQUENCE_LIMIT
                && total <= MOST_ENTRIES as u64;
            if !fits {
                return Err(Malformed::new("a run out of bounds"));
            }
            runs.push(Header { log, first, count, proof, salts });
        }
        Ok(runs)
    }

    fn read_entries(&mut self, places: &[(usize, u64)]) -> Result<Vec<Entry>, Malformed> {
        let stamps = self.read_stamps(places.len())?;
        let authors = self.read_authors(places.len())?;
        let forms = self.read_forms(places.len())?;
        let mut ids = Vec::new();
        for (&form, &(log, sequence)) in forms.iter().zip(places) {
            for _ in 0..self.tables.forms[form].holes.iter().filter(|hole| hole.id).count() {
                ids.push(self.read_hole(log, sequence)?);
            }
            if ids.len() > MOST_BYTES / 16 {
                return Err(Malformed::new("too many holes"));
            }
        }
        let mut lengths = Vec::new();
        for &form in &forms {
            for _ in 0..self.tables.forms[form].holes.iter().filter(|hole| !hole.id).count() {
                lengths.push(size(self.reader.varint()?)?);
            }
        }
        let (mut ids, mut lengths) = (ids.into_iter(), lengths.into_iter());
        let mut entries = Vec::with_capacity(places.len());
        let mut total = 0;
        for ((stamp, author), form) in stamps.into_iter().zip(authors).zip(forms) {
            let form = &self.tables.forms[form];
            let payload = fill(form, &mut ids, &mut lengths, &mut self.reader)?;
            total += payload.len();
            if total > MOST_BYTES {
                return Err(Malformed::new("a batch too large"));
            }
            entries.push(Entry { stamp, author, kind: form.kind, payload });
        }
        Ok(entries)
    }

    fn read_stamps(&mut self, count: usize) -> Result<Vec<Stamp>, Malformed> {
        let mut millis = Vec::with_capacity(count.min(MOST_ENTRIES));
        let mut last = 0i64;
        for _ in 0..count {
            let moved = last.checked_add(unzigzag(self.reader.varint()?));
            last = moved.filter(|ms| (0..1 << 48).contains(ms)).ok_or(Malformed::new("a time"))?;
            millis.push(last);
        }
        millis
            .into_iter()
            .map(|ms| {
                let counter = u16::try_from(self.reader.varint()?);
                let counter = counter.map_err(|_| Malformed::new("a counter"))?;
                Ok(Stamp::new(ms.unsigned_abs(), counter))
            })
            .collect()
    }

    fn read_authors(&mut self, count: usize) -> Result<Vec<Id>, Malformed> {
        (0..count)
            .map(|_| match size(self.reader.varint()?)? {
                0 => Ok(Id::NONE),
                place => {
                    let id = self.tables.ids.get(place - 1).copied();
                    id.ok_or(Malformed::new("no such author"))
                }
            })
            .collect()
    }

    fn read_forms(&mut self, count: usize) -> Result<Vec<usize>, Malformed> {
        let forms = self.tables.forms.len();
        (0..count)
            .map(|_| {
                let form = size(self.reader.varint()?)?;
                if form < forms { Ok(form) } else { Err(Malformed::new("no such form")) }
            })
            .collect()
    }

    /// The id in a hole of a change of the log at a place.
    fn read_hole(&mut self, own: usize, sequence: u64) -> Result<Id, Malformed> {
        let code = self.reader.varint()?;
        if code == 0 {
            return Ok(Id::NONE);
        }
        let place = size((code - 1) / 2)?;
        if code % 2 == 1 {
            return self.tables.ids.get(place).copied().ok_or(Malformed::new("no such id"));
        }
        let log = self.tables.logs.get(place).ok_or(Malformed::new("no such log"))?;
        let number = self.reader.varint()?;
        let made = if place == own {
            (sequence as i64).checked_sub(unzigzag(number)).and_then(|n| u64::try_from(n).ok())
        } else {
            Some(number)
        };
        let made = made.filter(|&n| n < SEQUENCE_LIMIT).ok_or(Malformed::new("a sequence"))?;
        Ok(derive_id(CLASS, &log.change(made), 0))
    }
}

/// A content: the rest of its form, with its holes filled.
fn fill(
    form: &Form,
    ids: &mut impl Iterator<Item = Id>,
    lengths: &mut impl Iterator<Item = usize>,
    texts: &mut Reader<'_>,
) -> Result<Vec<u8>, Malformed> {
    let short = Malformed::new("a hole without content");
    let mut payload = Vec::with_capacity(form.rest.len() + 17 * form.holes.len());
    let mut from = 0;
    for hole in &form.holes {
        payload.extend_from_slice(&form.rest[from..hole.at]);
        from = hole.at;
        if hole.id {
            payload.extend_from_slice(ids.next().ok_or(short)?.as_bytes());
        } else {
            let length = lengths.next().ok_or(short)?;
            let text = texts.take(length)?;
            put_varint(&mut payload, length as u64);
            payload.extend_from_slice(text);
        }
    }
    payload.extend_from_slice(&form.rest[from..]);
    Ok(payload)
}

fn assemble(
    tables: &Tables,
    runs: &[Header],
    entries: Vec<Entry>,
    outer: &mut Reader<'_>,
) -> Result<Vec<Run>, Malformed> {
    let mut entries = entries.into_iter();
    let mut assembled = Vec::with_capacity(runs.len());
    for run in runs {
        let mut proof = Vec::new();
        for _ in 0..run.proof {
            proof.push(Digest::from_bytes(outer.array()?));
        }
        let log = tables.logs[run.log];
        let entries = entries.by_ref().take(size(run.count)?).collect();
        assembled.push(Run { log, first: run.first, entries, proof, salts: Vec::new() });
    }
    for (run, header) in assembled.iter_mut().zip(runs) {
        run.salts = outer.take(header.salts)?.to_vec();
    }
    Ok(assembled)
}
