//! Shapes of JSON values, as the description writes them and as JSON Schema does.

use std::collections::BTreeMap;
use std::iter::Peekable;

use serde_json::{Map, Value, json};

/// An id in an address.
const ID: &str = "^[a-z0-9]{26}$";
/// An id, or none: an empty text.
const ID_OR_NONE: &str = "^([a-z0-9]{26})?$";
/// Somebody: an id, or whoever asks.
const PERSON: &str = "^(me|[a-z0-9]{26})$";

/// The shape of a JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// One of the built-in words, such as `string`.
    Word(String),
    /// A shape described elsewhere.
    Name(String),
    /// This text.
    Literal(String),
    List(Box<Shape>),
    /// Any names, with values of one shape.
    Map(Box<Shape>),
    Object(Vec<Member>),
    OrNull(Box<Shape>),
    OneOf(Vec<Shape>),
}

/// What an object is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Member {
    Field(Field),
    /// Everything that another shape has.
    All(String),
}

/// Something with a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
}

/// The words that need no description.
const WORDS: &[&str] = &[
    "any", "binary", "boolean", "id", "integer", "millis", "number", "object", "person", "string",
    "text_id",
];

impl Shape {
    /// The names of all shapes in it.
    #[cfg(test)]
    pub(crate) fn names(&self, found: &mut Vec<String>) {
        match self {
            Self::Word(_) | Self::Literal(_) => {}
            Self::Name(name) => found.push(name.clone()),
            Self::List(of) | Self::Map(of) | Self::OrNull(of) => of.names(found),
            Self::OneOf(shapes) => shapes.iter().for_each(|shape| shape.names(found)),
            Self::Object(members) => members.iter().for_each(|member| match member {
                Member::Field(field) => field.shape.names(found),
                Member::All(name) => found.push(name.clone()),
            }),
        }
    }

    /// As JSON Schema; `known` are the shapes whose members another may have.
    pub(crate) fn schema(&self, known: &BTreeMap<String, Self>) -> Value {
        match self {
            Self::Word(word) => word_schema(word),
            Self::Name(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
            Self::Literal(text) => json!({ "type": "string", "enum": [text] }),
            Self::List(of) => json!({ "type": "array", "items": of.schema(known) }),
            Self::Map(of) => {
                json!({ "type": "object", "additionalProperties": of.schema(known) })
            }
            Self::OrNull(of) => or_null(of.schema(known)),
            Self::OneOf(shapes) => one_of(shapes, known),
            Self::Object(members) => {
                let (mut properties, mut required) = (Map::new(), Vec::new());
                spread(members, known, &mut properties, &mut required);
                let mut schema = json!({ "type": "object", "properties": properties });
                if !required.is_empty() {
                    schema["required"] = required.into();
                }
                schema
            }
        }
    }

    /// As JSON Schema of a parameter, which is never empty.
    pub(crate) fn parameter(&self, known: &BTreeMap<String, Self>) -> Value {
        match self {
            Self::Word(word) if word == "id" => json!({ "type": "string", "pattern": ID }),
            _ => self.schema(known),
        }
    }
}

fn word_schema(word: &str) -> Value {
    match word {
        "any" => json!({}),
        "binary" => json!({ "type": "string", "format": "binary" }),
        "id" => json!({ "type": "string", "pattern": ID_OR_NONE }),
        "millis" => json!({ "type": "integer", "format": "int64" }),
        "person" => json!({ "type": "string", "pattern": PERSON }),
        "text_id" => json!({ "type": "string" }),
        _ => json!({ "type": word }),
    }
}

fn or_null(mut schema: Value) -> Value {
    match schema.get("type").and_then(Value::as_str) {
        Some(kind) if schema.get("enum").is_none() => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

/// Of texts alone, an enumeration.
fn one_of(shapes: &[Shape], known: &BTreeMap<String, Shape>) -> Value {
    let text = |shape: &Shape| match shape {
        Shape::Literal(text) => Some(text.clone()),
        _ => None,
    };
    match shapes.iter().map(text).collect::<Option<Vec<_>>>() {
        Some(texts) => json!({ "type": "string", "enum": texts }),
        None => json!({ "anyOf": shapes.iter().map(|s| s.schema(known)).collect::<Vec<_>>() }),
    }
}

fn spread(
    members: &[Member],
    known: &BTreeMap<String, Shape>,
    properties: &mut Map<String, Value>,
    required: &mut Vec<Value>,
) {
    for member in members {
        match member {
            Member::Field(field) => {
                properties.insert(field.name.clone(), field.shape.schema(known));
                let name = Value::from(field.name.as_str());
                required.retain(|other| *other != name);
                if field.required {
                    required.push(name);
                }
            }
            Member::All(name) => {
                if let Some(Shape::Object(members)) = known.get(name) {
                    spread(members, known, properties, required);
                }
            }
        }
    }
}

/// A shape from its text.
pub(crate) fn parse(text: &str) -> Result<Shape, String> {
    let mut tokens = tokens(text)?.into_iter().peekable();
    let shape = whole(&mut tokens)?;
    tokens.next().map_or(Ok(shape), |token| Err(format!("{token} is one too many")))
}

/// Fields from their text, without braces around.
pub(crate) fn parse_fields(text: &str) -> Result<Vec<Field>, String> {
    let Shape::Object(members) = parse(&format!("{{{text}}}"))? else {
        return Err("these are no fields".to_owned());
    };
    let field = |member| match member {
        Member::Field(field) => Ok(field),
        Member::All(name) => Err(format!("...{name} is for objects")),
    };
    members.into_iter().map(field).collect()
}

/// Words, texts and signs.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '@' | '$');
        let length = match first {
            '"' => 2 + rest[1..].find('"').ok_or("a text does not end")?,
            '.' if rest.starts_with("...") => 3,
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        found.push(token.to_owned());
        rest = after.trim_start();
    }
    Ok(found)
}

type Tokens = Peekable<std::vec::IntoIter<String>>;

fn take(tokens: &mut Tokens, wanted: &str) -> bool {
    tokens.next_if(|token| token == wanted).is_some()
}

fn expect(tokens: &mut Tokens, wanted: &str) -> Result<(), String> {
    if take(tokens, wanted) {
        return Ok(());
    }
    Err(format!("{wanted} was expected before {}", tokens.peek().map_or("the end", String::as_str)))
}

fn whole(tokens: &mut Tokens) -> Result<Shape, String> {
    let mut shapes = vec![one(tokens)?];
    while take(tokens, "|") {
        shapes.push(one(tokens)?);
    }
    Ok(if shapes.len() == 1 { shapes.remove(0) } else { Shape::OneOf(shapes) })
}

fn one(tokens: &mut Tokens) -> Result<Shape, String> {
    let token = tokens.next().ok_or("a shape is missing")?;
    let shape = match token.as_str() {
        "[" => {
            let of = whole(tokens)?;
            expect(tokens, "]")?;
            Shape::List(Box::new(of))
        }
        "{" => object(tokens)?,
        word if WORDS.contains(&word) => Shape::Word(token),
        text if text.starts_with('"') => Shape::Literal(text.trim_matches('"').to_owned()),
        name if name.starts_with(|c: char| c.is_ascii_uppercase()) => Shape::Name(token),
        other => return Err(format!("{other} is no shape")),
    };
    Ok(if take(tokens, "?") { Shape::OrNull(Box::new(shape)) } else { shape })
}

fn object(tokens: &mut Tokens) -> Result<Shape, String> {
    if take(tokens, "*") {
        expect(tokens, ":")?;
        let of = whole(tokens)?;
        expect(tokens, "}")?;
        return Ok(Shape::Map(Box::new(of)));
    }
    let mut members = Vec::new();
    while !take(tokens, "}") {
        members.push(member(tokens)?);
        if !take(tokens, ",") {
            expect(tokens, "}")?;
            break;
        }
    }
    Ok(Shape::Object(members))
}

fn member(tokens: &mut Tokens) -> Result<Member, String> {
    let is_all = take(tokens, "...");
    let name = tokens.next().ok_or("a name is missing")?;
    if is_all {
        return Ok(Member::All(name));
    }
    let required = !take(tokens, "?");
    expect(tokens, ":")?;
    Ok(Member::Field(Field { name, required, shape: whole(tokens)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Value {
        let known = BTreeMap::from([("Base".to_owned(), parse("{id: id, at?: millis}").unwrap())]);
        parse(text).unwrap().schema(&known)
    }

    #[test]
    fn objects_say_which_fields_are_always_there() {
        let expected = json!({
            "type": "object",
            "properties": {
                "name": { "type": "string" },
                "size": { "type": ["integer", "null"] },
                "tags": { "type": "array", "items": { "type": "string" } },
            },
            "required": ["name"],
        });
        assert_eq!(schema("{ name: string, size?: integer?, tags?: [string] }"), expected);
    }

    #[test]
    fn an_object_has_what_another_has_and_may_say_otherwise() {
        let found = schema("{ ...Base, at: string }");
        assert_eq!(found["properties"]["at"], json!({ "type": "string" }));
        assert_eq!(found["required"], json!(["id", "at"]));
    }

    #[test]
    fn texts_are_an_enumeration_and_other_shapes_are_alternatives() {
        assert_eq!(schema("\"O\" | \"P\"")["enum"], json!(["O", "P"]));
        assert_eq!(schema("Base?")["anyOf"][1], json!({ "type": "null" }));
        assert_eq!(schema("{*: [Base]}")["additionalProperties"]["type"], "array");
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert_eq!(parse("strng").unwrap_err(), "strng is no shape");
        assert_eq!(parse("{a: string").unwrap_err(), "} was expected before the end");
        assert_eq!(parse("[id] id").unwrap_err(), "id is one too many");
    }
}
