//! The 128-bit public id and its 26-character form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The alphabet of ids on the wire: z-base-32, whose letters are hard to confuse.
const ALPHABET: &[u8; 32] = b"ybndrfg8ejkmcpqxot1uwisza345h769";

/// How many characters an id has on the wire: ⌈128 / 5⌉.
pub const ID_CHARS: usize = 26;

/// A 128-bit id, shown as 26 characters of z-base-32.
///
/// The id of all zeros is [`Id::NONE`] and is the empty string on the wire, because the API writes
/// "no team" and "no root" that way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Id([u8; 16]);

impl Id {
    /// The absence of an id; the empty string on the wire.
    pub const NONE: Self = Self([0; 16]);

    /// An id of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// An id of the bytes of a database column; [`Id::NONE`] unless there are exactly 16.
    pub fn from_slice(bytes: &[u8]) -> Self {
        bytes.try_into().map_or(Self::NONE, Self)
    }

    /// The bytes of the id.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Whether this is [`Id::NONE`].
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// The id, unless it is [`Id::NONE`].
    pub fn some(self) -> Option<Self> {
        (!self.is_none()).then_some(self)
    }

    fn to_chars(self) -> [u8; ID_CHARS] {
        let bits = u128::from_be_bytes(self.0);
        // 26 characters carry 130 bits: the last one holds the lowest 3 bits and two zeros.
        std::array::from_fn(|position| {
            let shift = 123 - 5 * i32::try_from(position).unwrap_or(0);
            let five = if shift >= 0 { bits >> shift } else { bits << -shift } & 31;
            ALPHABET[usize::try_from(five).unwrap_or(0)]
        })
    }
}

/// Whether a text has the form the API accepts as an id: 26 letters or digits.
pub fn looks_like_id(text: &str) -> bool {
    text.len() == ID_CHARS && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The text is not 26 letters or digits of the id alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id is 26 characters of the alphabet ybndrfg8ejkmcpqxot1uwisza345h769")
    }
}

impl std::error::Error for InvalidId {}

impl FromStr for Id {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let chars: &[u8; ID_CHARS] = text.as_bytes().try_into().map_err(|_| InvalidId)?;
        let mut bits = 0u128;
        for (position, c) in chars.iter().enumerate() {
            let five = ALPHABET.iter().position(|a| a == c).ok_or(InvalidId)? as u128;
            if position == ID_CHARS - 1 {
                if five & 3 != 0 {
                    return Err(InvalidId);
                }
                bits = bits << 3 | five >> 2;
            } else {
                bits = bits << 5 | five;
            }
        }
        Ok(Self(bits.to_be_bytes()))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return Ok(());
        }
        let chars = self.to_chars();
        f.write_str(std::str::from_utf8(&chars).unwrap_or_default())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() { f.write_str("Id::NONE") } else { write!(f, "Id({self})") }
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        if self.is_none() {
            return serializer.serialize_str("");
        }
        let chars = self.to_chars();
        serializer.serialize_str(std::str::from_utf8(&chars).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 16]>::deserialize(deserializer).map(Self);
        }
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self::NONE);
        }
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        let id = Id::from_bytes(*b"0123456789abcdef");
        let text = id.to_string();
        assert_eq!(text.len(), ID_CHARS);
        assert!(looks_like_id(&text));
        assert_eq!(text.parse(), Ok(id));
    }

    #[test]
    fn ids_order_as_their_bytes_do() {
        assert!(Id::from_bytes([1; 16]) < Id::from_bytes([2; 16]));
    }

    #[test]
    fn none_is_the_empty_string_on_the_wire() {
        assert_eq!(serde_json::to_string(&Id::NONE).unwrap(), "\"\"");
        assert_eq!(serde_json::from_str::<Id>("\"\"").unwrap(), Id::NONE);
    }

    #[test]
    fn what_no_id_can_be_is_refused() {
        for text in [
            "",
            "short",
            "lllllllllllllllllllllllllv",
            "ybndrfg8ejkmcpqxot1uwisz9n",
            "YBNDRFG8EJKMCPQXOT1UWISZYY",
        ] {
            assert_eq!(text.parse::<Id>(), Err(InvalidId), "{text}");
        }
    }
}
