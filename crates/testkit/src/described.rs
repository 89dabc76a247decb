//! Holds every answer against what the server says of itself.
//!
//! The description is the published one, `/api/v4/openapi.json`; here objects may have no field
//! that it does not name, so that it cannot fall behind what is served.

use std::sync::LazyLock;

use fieldpost_http::operations;
use serde_json::{Map, Value};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let described = fieldpost_http::described::read().expect("the description can be read");
    fieldpost_http::described::document(&fieldpost_http::routes(), &described)
});

/// What a description looks at of an answer.
pub(crate) struct Answered<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) status: u16,
    pub(crate) media: &'a str,
    pub(crate) body: &'a [u8],
}

/// Fails the test if an answer is not what the description says.
pub(crate) fn check(answered: &Answered<'_>) {
    let Some(operation) = operations::find(answered.method, answered.path) else { return };
    let described = &DOCUMENT["paths"][operation.path][operation.method.to_ascii_lowercase()];
    // What is not served is not described, and answers that it is not built.
    if described.is_null() {
        return;
    }
    if let Err(complaint) = compare(described, answered) {
        panic!(
            "{} {}: {complaint}\nIf that is right, say so in crates/http/described/{}.txt or \
             shapes.txt; crates/http/described/README.md says how. The answer was: {}",
            operation.method,
            operation.path,
            operation.area,
            String::from_utf8_lossy(&answered.body[..answered.body.len().min(2000)])
        );
    }
}

fn compare(described: &Value, answered: &Answered<'_>) -> Result<(), String> {
    let status = answered.status.to_string();
    let response = described["responses"].get(&status);
    let response = response.ok_or_else(|| format!("answers with {status}, undescribed"))?;
    let response = resolved(response);
    if answered.method == "HEAD" {
        return Ok(());
    }
    let Some(content) = response.get("content").and_then(Value::as_object) else {
        let is_bare = answered.body.is_empty();
        return if is_bare { Ok(()) } else { Err(format!("answers with {status} and a body")) };
    };
    if answered.body.is_empty() && answered.media.is_empty() {
        return Err(format!("answers with {status} and nothing"));
    }
    let media = answered.media.split(';').next().unwrap_or_default().trim();
    let fits = |pattern: &String| {
        pattern == media || pattern == "*/*" || pattern == "image/*" && media.starts_with("image/")
    };
    let Some((_, described)) = content.iter().find(|(pattern, _)| fits(pattern)) else {
        return Err(format!("answers with {status} as {media}, undescribed"));
    };
    let Some(schema) = described.get("schema").filter(|_| media == "application/json") else {
        return Ok(());
    };
    let body = serde_json::from_slice(answered.body).map_err(|error| error.to_string())?;
    fits_schema(schema, &body).map_err(|(place, why)| format!("in its {status}, body{place} {why}"))
}

/// What a reference means, or the value itself.
fn resolved(value: &Value) -> &Value {
    let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
    DOCUMENT.pointer(reference.trim_start_matches('#')).expect("what is referred to is there")
}

/// Where in a value something is wrong, and what.
type Misfit = (String, String);

fn fits_schema(schema: &Value, value: &Value) -> Result<(), Misfit> {
    let schema = resolved(schema);
    if let Some(shapes) = schema.get("anyOf").and_then(Value::as_array) {
        let mut first: Result<(), Misfit> = Ok(());
        for shape in shapes {
            match fits_schema(shape, value) {
                Ok(()) => return Ok(()),
                // Of the alternatives to nothing, what is wrong with the first says most.
                Err(misfit) if first.is_ok() => first = Err(misfit),
                Err(_) => {}
            }
        }
        return first;
    }
    let here = |why: String| Err((String::new(), why));
    let kinds = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    if !kinds.iter().any(|kind| is_a(kind, value)) {
        return here(format!("is no {}: {value}", kinds.join(" or ")));
    }
    match value {
        Value::String(text) => fits_text(schema, text).or_else(here),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(n, item)| {
            fits_schema(&schema["items"], item)
                .map_err(|(place, why)| (format!("[{n}]{place}"), why))
        }),
        Value::Object(object) => fits_object(schema, object),
        _ => Ok(()),
    }
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => value.is_null(),
    }
}

fn fits_text(schema: &Value, text: &str) -> Result<(), String> {
    let texts = schema.get("enum").and_then(Value::as_array);
    if texts.is_some_and(|texts| !texts.iter().any(|known| known == text)) {
        return Err(format!("is none of its texts: {text}"));
    }
    // The only patterns there are, are those of ids.
    let is_id =
        text.len() == 26 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let fits = schema.get("pattern").is_none() || is_id || text.is_empty();
    if fits { Ok(()) } else { Err(format!("is no id: {text}")) }
}

fn fits_object(schema: &Value, object: &Map<String, Value>) -> Result<(), Misfit> {
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            return Err((format!(".{name}"), "is missing".to_owned()));
        }
    }
    let (properties, any) = (schema.get("properties"), schema.get("additionalProperties"));
    for (name, value) in object {
        let known = properties.and_then(|known| known.get(name)).or(any);
        match known {
            Some(schema) => fits_schema(schema, value)
                .map_err(|(place, why)| (format!(".{name}{place}"), why))?,
            None if properties.is_some() => {
                return Err((format!(".{name}"), "is undescribed".to_owned()));
            }
            None => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn misfit(schema: &Value, value: &Value) -> Option<String> {
        fits_schema(schema, value).err().map(|(place, why)| format!("{place} {why}"))
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let thing = json!({
            "type": "object",
            "properties": { "id": { "type": "string", "pattern": "^x$" }, "n": { "type": "integer" } },
            "required": ["id"],
        });
        let list = json!({ "type": "array", "items": thing });
        let id = "ybndrfg8ejkmcpqxot1uwiszyy";
        assert_eq!(misfit(&list, &json!([{ "id": id, "n": 1 }, { "id": "" }])), None);
        let cases = [
            (json!([{ "id": id }, {}]), "[1].id is missing"),
            (json!([{ "id": "other" }]), "[0].id is no id: other"),
            (json!([{ "id": id, "n": 1.5 }]), "[0].n is no integer: 1.5"),
            (json!([{ "id": id, "more": 1 }]), "[0].more is undescribed"),
            (json!({}), " is no array: {}"),
        ];
        for (value, expected) in cases {
            assert_eq!(misfit(&list, &value).unwrap(), expected);
        }
    }

    #[test]
    fn one_of_several_shapes_is_enough() {
        let either = json!({ "anyOf": [{ "type": "string", "enum": ["O"] }, { "type": "null" }] });
        assert_eq!(misfit(&either, &json!("O")), None);
        assert_eq!(misfit(&either, &json!(null)), None);
        assert_eq!(misfit(&either, &json!("P")).unwrap(), " is none of its texts: P");
    }

    #[test]
    #[should_panic(expected = "answers with 418, undescribed")]
    fn a_status_that_is_not_described_fails_the_test() {
        let (method, path) = ("GET", "/api/v4/users/me");
        check(&Answered { method, path, status: 418, media: "", body: b"" });
    }
}
