//! The tables of what is heard and of what is found: who is among them, for each place.

use std::collections::BTreeSet;

use super::policy::{self, Operation, Sets};
use super::role::Role;

/// Something that is done, and for each state those whom it concerns.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// The event that is heard, or what is found.
    pub(super) name: String,
    /// Who does it.
    pub(super) by: String,
    /// What they do before.
    pub(super) first: Option<Operation>,
    /// What they do.
    pub(super) ask: Operation,
    /// Which other test shows it, where none of this kind can.
    pub(super) elsewhere: String,
    /// The states, and the roles that hear or find it.
    pub(super) rows: Vec<(String, BTreeSet<Role>)>,
}

/// The blocks of a file.
pub(super) fn read(file: &str) -> Vec<Block> {
    let sets = policy::sets();
    let mut blocks = Vec::new();
    for (number, line) in policy::read(file).lines().enumerate() {
        let read = read_line(&mut blocks, &sets, policy::without_comment(line).trim_end());
        read.unwrap_or_else(|error| panic!("policy/{file}:{}: {error}", number + 1));
    }
    blocks
}

fn read_line(blocks: &mut Vec<Block>, sets: &Sets, line: &str) -> Result<(), String> {
    if line.is_empty() {
        return Ok(());
    }
    if !line.starts_with(' ') {
        blocks.push(Block { name: line.to_owned(), ..Block::default() });
        return Ok(());
    }
    let block = blocks.last_mut().ok_or("a line before the first block")?;
    let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let rest = rest.trim();
    match word {
        "by" => rest.clone_into(&mut block.by),
        "elsewhere" => rest.clone_into(&mut block.elsewhere),
        "first" => block.first = Some(operation(rest)?),
        "ask" => {
            let Operation { form, fresh, .. } = std::mem::take(&mut block.ask);
            block.ask = Operation { form, fresh, ..operation(rest)? };
        }
        "form" => rest.clone_into(&mut block.ask.form),
        "fresh" => block.ask.fresh = rest.split_whitespace().map(str::to_owned).collect(),
        state => {
            let mut roles = BTreeSet::new();
            for word in rest.split_whitespace() {
                roles.extend(policy::named(sets, word)?.0);
            }
            block.rows.push((state.to_owned(), roles));
        }
    }
    Ok(())
}

/// A method, an address and perhaps a body.
fn operation(text: &str) -> Result<Operation, String> {
    let (method, rest) = text.split_once(' ').ok_or("a method and an address")?;
    let (address, body) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut operation = policy::header(&format!("{method} {address}"))?;
    body.trim().clone_into(&mut operation.body);
    Ok(operation)
}
