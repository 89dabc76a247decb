//! Good examples spoilt by chance.

use fieldpost_testkit::Dice;

/// Numbers at which counts and lengths turn over.
const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0x81, 0xfe, 0xff, b'"'];

/// One of the examples, spoilt in some places; now and then bytes from nowhere.
pub fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    if seeds.is_empty() || dice.one_in(20) {
        return (0..dice.below(300)).map(|_| byte(dice)).collect();
    }
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(6) {
        spoil(&mut bytes, seeds, dice);
    }
    bytes
}

fn byte(dice: &mut Dice) -> u8 {
    u8::try_from(dice.below(256)).unwrap()
}

fn spoil(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    let until = at + dice.below(bytes.len() - at + 1).min(64);
    match dice.below(8) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..until)),
        2 => bytes.insert(at, byte(dice)),
        3 => bytes.insert(at, EDGES[dice.below(EDGES.len())]),
        4 => {
            let again = bytes[at..until].to_vec();
            bytes.splice(at..at, again);
        }
        5 => {
            let other = &seeds[dice.below(seeds.len())];
            bytes.truncate(at);
            bytes.extend_from_slice(&other[dice.below(other.len() + 1)..]);
        }
        _ => {
            if let Some(place) = bytes.get_mut(at) {
                *place = if dice.one_in(2) {
                    *place ^ 1 << dice.below(8)
                } else {
                    EDGES[dice.below(EDGES.len())]
                };
            }
        }
    }
}
