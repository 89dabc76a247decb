//! Codes that change every half minute: TOTP, RFC 6238, as all authenticator apps have it.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// How many bytes a secret has: as many as the hash gives (RFC 4226, section 4).
pub(crate) const SECRET: usize = 20;

/// How long a code is good, in seconds.
const STEP: i64 = 30;

/// Steps before and after the present one whose codes are taken: clocks differ.
const TOLERANCE: i64 = 1;

/// Letters of base 32 (RFC 4648), in which secrets are typed.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step of a moment.
fn step_of(millis: i64) -> i64 {
    (millis / 1000).div_euclid(STEP)
}

/// The code of a step.
fn code(secret: &[u8; SECRET], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last()? & 0x0f);
    let four: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}

/// The step whose code was typed, if it is one of those that are taken now, and later than the
/// last one that was used.
pub(super) fn redeem(secret: &[u8; SECRET], typed: &str, now: i64, used: i64) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).take(7).collect();
    let present = step_of(now);
    (present - TOLERANCE..=present + TOLERANCE).filter(|step| *step > used).find(|step| {
        code(secret, *step).is_some_and(|code| code.as_bytes().ct_eq(typed.as_bytes()).into())
    })
}

/// A secret as it is typed.
pub(super) fn base32(secret: &[u8; SECRET]) -> String {
    let letter = |five: u64| char::from(LETTERS[usize::try_from(five & 31).unwrap_or_default()]);
    let mut text = String::new();
    for chunk in secret.chunks(5) {
        let bits = chunk.iter().fold(0, |bits: u64, byte| bits << 8 | u64::from(*byte));
        text.extend((0..8).rev().map(|n| letter(bits >> (5 * n))));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the examples in RFC 6238, appendix B.
    const KNOWN: &[u8; SECRET] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // The standard's have eight digits; six are the last six of them.
        for (seconds, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code(KNOWN, step_of(seconds * 1000)).unwrap(), eight[2..], "{seconds}");
        }
    }

    #[test]
    fn secrets_are_typed_in_base_32() {
        assert_eq!(base32(KNOWN), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(&[0xff; SECRET]), "7".repeat(32));
    }

    #[test]
    fn a_code_is_good_a_step_early_and_late_and_once() {
        let now = 1_234_567_890_000;
        let step = step_of(now);
        for (of, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = code(KNOWN, step + of).unwrap();
            assert_eq!(redeem(KNOWN, &typed, now, 0), good.then_some(step + of), "{of}");
        }
        let typed = code(KNOWN, step).unwrap();
        assert_eq!(
            redeem(KNOWN, &format!(" {} {} ", &typed[..3], &typed[3..]), now, 0),
            Some(step)
        );
        assert_eq!(redeem(KNOWN, &typed, now, step - 1), Some(step));
        assert_eq!(redeem(KNOWN, &typed, now, step), None, "it was used");
        for wrong in ["", "0", "abcdef", &format!("{typed}0"), &typed[1..]] {
            assert_eq!(redeem(KNOWN, wrong, now, 0), None, "{wrong}");
        }
    }
}
