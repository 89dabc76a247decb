//! Looks for the one character that no text here may have, whatever it stands in.
//!
//! A database server's texts end at U+0000, an embedded database's do not. What is kept at one site
//! and cannot be at another would part them, so such a text is kept at none.

use std::fmt;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::Failure;

/// Whether some text in a value has the character U+0000.
pub(crate) fn stands_in<T: Serialize + ?Sized>(value: &T) -> bool {
    value.serialize(Look).is_err()
}

/// Says that a text with the character U+0000 is not kept.
pub fn refused_nul() -> Failure {
    Failure::invalid(
        "api.context.invalid_body_param.app_error",
        "Text must not contain the character U+0000.",
    )
}

/// Goes through a value and looks at its texts.
#[derive(Clone, Copy)]
struct Look;

/// There is one, or the value cannot be gone through.
#[derive(Debug)]
struct Found;

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the character U+0000")
    }
}

impl std::error::Error for Found {}

impl Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// What has no text in it.
macro_rules! passed {
    ($($method:ident($of:ty);)*) => {
        $(fn $method(self, _: $of) -> Result<(), Found> {
            Ok(())
        })*
    };
}

impl Serializer for Look {
    type Ok = ();
    type Error = Found;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    passed! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_bytes(&[u8]);
        serialize_unit_struct(&'static str);
    }

    fn serialize_char(self, c: char) -> Result<(), Found> {
        if c == '\0' { Err(Found) } else { Ok(()) }
    }

    fn serialize_str(self, text: &str) -> Result<(), Found> {
        if text.as_bytes().contains(&0) { Err(Found) } else { Ok(()) }
    }

    fn serialize_none(self) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Found> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Found> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Found> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Found> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Found> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Found> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Found> {
        Ok(self)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Found> {
        self.serialize_str(&value.to_string())
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Parts are looked at one after the other.
macro_rules! parts {
    ($($kind:ident::$method:ident($($name:ty)?);)*) => {
        $(impl $kind for Look {
            type Ok = ();
            type Error = Found;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $(_: $name,)?
                value: &T,
            ) -> Result<(), Found> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Found> {
                Ok(())
            }
        })*
    };
}

parts! {
    SerializeSeq::serialize_element();
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(&'static str);
    SerializeStructVariant::serialize_field(&'static str);
}

impl SerializeMap for Look {
    type Ok = ();
    type Error = Found;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Found> {
        key.serialize(*self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::*;

    #[derive(Serialize)]
    enum Part<'a> {
        None,
        One(&'a str),
        Two(u64, &'a str),
        Named { text: &'a str },
    }

    #[derive(Serialize)]
    struct Wrapped<'a>(&'a str);

    #[derive(Serialize)]
    struct Pair<'a>(u8, &'a str);

    #[derive(Serialize)]
    struct Whole<'a> {
        bytes: [u8; 3],
        letter: char,
        maybe: Option<&'a str>,
        parts: Vec<Part<'a>>,
        named: BTreeMap<&'a str, &'a str>,
        wrapped: Wrapped<'a>,
        pair: Pair<'a>,
        tuple: (i64, &'a str),
        flag: bool,
    }

    fn whole<'a>() -> Whole<'a> {
        Whole {
            bytes: [0; 3],
            letter: 'ж',
            maybe: Some("\u{1}"),
            parts: vec![Part::None, Part::One(""), Part::Two(0, "x"), Part::Named { text: "x" }],
            named: BTreeMap::from([("key", "value")]),
            wrapped: Wrapped("x"),
            pair: Pair(0, "x"),
            tuple: (0, "x"),
            flag: false,
        }
    }

    #[test]
    fn it_is_found_wherever_a_text_is_and_nowhere_else() {
        assert!(!stands_in(&whole()));
        let spoilt: [fn(&mut Whole<'_>); 10] = [
            |whole| whole.letter = '\0',
            |whole| whole.maybe = Some("\0"),
            |whole| whole.parts.push(Part::One("a\0")),
            |whole| whole.parts.push(Part::Two(0, "\0a")),
            |whole| whole.parts.push(Part::Named { text: "\0" }),
            |whole| whole.named = BTreeMap::from([("\0", "")]),
            |whole| whole.named = BTreeMap::from([("key", "\0")]),
            |whole| whole.wrapped = Wrapped("\0"),
            |whole| whole.pair = Pair(0, "\0"),
            |whole| whole.tuple = (0, "\0"),
        ];
        for (n, spoil) in spoilt.into_iter().enumerate() {
            let mut whole = whole();
            spoil(&mut whole);
            assert!(stands_in(&whole), "{n}");
        }
    }
}
