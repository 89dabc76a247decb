//! Whatever is coded comes back, in fewer bytes if it was to be expected.

use proptest::prelude::*;

use super::*;

const COUNT: Column = Column { number: 3, predicted: 12 };

fn written(model: &mut Text, texts: &[&[u8]]) -> Vec<u8> {
    let mut bits = Encoder::default();
    for text in texts {
        for byte in text.iter().chain(&[END]) {
            model.byte(&mut bits, *byte);
        }
    }
    bits.finish()
}

/// The next text, but no more of it than the bytes allow.
fn read(model: &mut Text, bits: &mut Decoder<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    while !bits.is_spent() {
        match model.byte(bits, 0) {
            END => break,
            byte => text.push(byte),
        }
    }
    text
}

#[test]
fn what_was_read_before_is_cheap() {
    let text = b"The generator is running again.".as_slice();
    let new = written(&mut Text::new(), &[text]).len();
    let mut model = Text::new();
    model.learn(text);
    model.learn(&[END]);
    let known = written(&mut model, &[text]).len();
    assert!(new > 20 && known < 6, "{new} {known}");
}

#[test]
fn columns_are_learnt() {
    let mut numbers = Numbers::new();
    let mut bits = Encoder::default();
    let mut chance = 1u32;
    for _ in 0..1000 {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        numbers.number(&mut bits, COUNT, [0; 3], 40 + u64::from(chance >> 30));
    }
    // Which of four comes is a quarter of a byte, without a context that tells.
    let bytes = bits.finish().len();
    assert!((200..320).contains(&bytes), "{bytes}");
}

/// If this fails, sites of two versions no longer read each other: the code is wrong, not the
/// vector.
#[test]
fn every_version_codes_alike() {
    let mut text = Text::new();
    let line = "Ми в дорозі, about 20 minutes. 了解、مرحبا!\n".repeat(40);
    let mut bits = Encoder::default();
    for byte in line.bytes() {
        text.byte(&mut bits, byte);
    }
    let mut numbers = Numbers::new();
    for n in 0..200u64 {
        numbers.number(&mut bits, COUNT, [n as u32 & 3, 1, 2], (n * n) << (n % 40));
    }
    let bytes = bits.finish();
    let sum = bytes.iter().fold(0u32, |sum, byte| sum.wrapping_mul(31) + u32::from(*byte));
    assert_eq!((bytes.len(), sum), (987, 1_399_736_975));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn texts_survive(texts in prop::collection::vec(prop::collection::vec(0..255u8, 0..200), 0..20)) {
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        let bytes = written(&mut Text::new(), &texts);
        let mut bits = Decoder::new(&bytes);
        let mut model = Text::new();
        for text in texts {
            prop_assert_eq!(read(&mut model, &mut bits), text);
        }
        prop_assert!(bits.is_whole());
    }

    #[test]
    fn numbers_survive(numbers in prop::collection::vec((any::<u64>(), 0..64u32, 0..9u32), 0..200)) {
        let mut model = Numbers::new();
        let mut bits = Encoder::default();
        for &(number, shift, context) in &numbers {
            model.number(&mut bits, COUNT, [context, 0, 1], number >> shift);
        }
        let bytes = bits.finish();
        let (mut model, mut bits) = (Numbers::new(), Decoder::new(&bytes));
        for &(number, shift, context) in &numbers {
            prop_assert_eq!(model.number(&mut bits, COUNT, [context, 0, 1], 0), number >> shift);
        }
        prop_assert!(bits.is_whole());
    }

    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut bits = Decoder::new(&bytes);
        let mut model = Text::new();
        while !bits.is_spent() {
            read(&mut model, &mut bits);
        }
    }
}
