//! Made-up messages.

use fieldpost_air::Chance;

/// What messages are made of.
const WORDS: [&str; 64] = [
    "the", "to", "and", "at", "of", "is", "we", "in", "for", "on", "with", "from", "by", "no",
    "convoy", "bridge", "north", "road", "fuel", "water", "two", "three", "trucks", "team",
    "medical", "station", "reported", "moving", "hold", "until", "tonight", "morning", "river",
    "crossing", "open", "closed", "need", "send", "radio", "battery", "spare", "parts", "arrived",
    "late", "clear", "weather", "wind", "camp", "doctor", "patient", "stable", "list", "names",
    "check", "again", "please", "confirm", "east", "gate", "power", "down", "back", "hour",
    "count",
];

/// A sentence of about so many letters, and at least one word.
pub(crate) fn sentence(letters: usize, chance: &mut Chance) -> String {
    let mut said = WORDS[chance.below(WORDS.len())].to_owned();
    while said.len() < letters {
        said.push(' ');
        said.push_str(WORDS[chance.below(WORDS.len())]);
    }
    said
}
