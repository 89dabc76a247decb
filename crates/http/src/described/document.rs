//! The OpenAPI document, made from the route table and the description.

use serde_json::{Map, Value, json};

use super::{Content, Described, Description, Field};
use crate::app::VERSION;
use crate::operations::{self, Operation};
use crate::routes::Routes;

/// The refusal that every failure is answered with.
const REFUSAL: &str = "#/components/schemas/Refusal";

/// An OpenAPI 3.1 document of the operations that these routes serve.
pub fn document(routes: &Routes, all: &Description) -> Value {
    let mut paths = Map::new();
    let mut refusals = Map::new();
    for operation in operations::known().iter().filter(|operation| routes.serves(operation)) {
        let Some(described) = all.of(operation) else { continue };
        for status in described.refusals() {
            refusals.entry(status.to_string()).or_insert_with(|| refusal(status));
        }
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.to_ascii_lowercase()] = one(operation, described, all);
    }
    let schemas: Map<_, _> =
        all.shapes.iter().map(|(name, shape)| (name.clone(), shape.schema(&all.shapes))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Fieldpost",
            "version": VERSION,
            "description": "What this server serves of the Mattermost REST API, version 4.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "session": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": refusals,
            "securitySchemes": { "session": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn one(operation: &Operation, described: &Described, all: &Description) -> Value {
    let mut responses = Map::new();
    for status in described.refusals() {
        let reference = format!("#/components/responses/{status}");
        responses.insert(status.to_string(), json!({ "$ref": reference }));
    }
    for (status, content) in &described.answers {
        // A refusal of this status is another answer; several answers of one are its contents.
        let response = responses.entry(status.to_string()).or_insert(Value::Null);
        if response.get("description").is_none() {
            *response = json!({ "description": meaning(*status) });
        }
        if let Some(content) = content.as_ref().filter(|_| operation.method != "HEAD") {
            response["content"][content.media.as_str()] = of(content, all);
        }
    }
    let mut found = json!({
        "operationId": name(operation),
        "summary": described.summary,
        "tags": [operation.area],
        "responses": responses,
    });
    let parameters: Vec<Value> = described
        .path
        .iter()
        .map(|field| parameter(field, "path", all))
        .chain(described.query.iter().map(|field| parameter(field, "query", all)))
        .collect();
    if !parameters.is_empty() {
        found["parameters"] = parameters.into();
    }
    if let Some(body) = &described.body {
        let content = json!({ body.media.as_str(): of(body, all) });
        found["requestBody"] = json!({ "required": true, "content": content });
    }
    if described.public {
        // Whoever is signed in may show it, and nobody has to.
        found["security"] = json!([{}, { "session": [] }]);
    }
    found
}

/// A body, as the description of its media type says.
fn of(content: &Content, all: &Description) -> Value {
    let schema = content.shape.as_ref().map(|shape| shape.schema(&all.shapes));
    schema.map_or(json!({}), |schema| json!({ "schema": schema }))
}

fn parameter(field: &Field, place: &str, all: &Description) -> Value {
    json!({
        "name": field.name,
        "in": place,
        "required": field.required,
        "schema": field.shape.parameter(&all.shapes),
    })
}

fn refusal(status: u16) -> Value {
    json!({
        "description": meaning(status),
        "content": { "application/json": { "schema": { "$ref": REFUSAL } } },
    })
}

/// A name that no other operation has, from the method and the path.
fn name(operation: &Operation) -> String {
    let path = operation.path.strip_prefix("/api/v4").unwrap_or(operation.path);
    let words = path.split(['/', '.']).map(|word| word.trim_matches(['{', '}']));
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    format!("{}_{}", operation.method.to_ascii_lowercase(), words.join("_"))
}

fn meaning(status: u16) -> &'static str {
    match status {
        200 => "It is so.",
        201 => "It was made.",
        204 => "There is nothing to say.",
        206 => "A part of it.",
        302 => "It is elsewhere.",
        304 => "The client has it already.",
        400 => "The request cannot be understood, or what it wants cannot be.",
        401 => "Whoever asks is not signed in.",
        403 => "Whoever asks may not.",
        404 => "There is no such thing.",
        413 => "It is too large.",
        414 => "The address is too long.",
        416 => "There is no such part of it.",
        429 => "Too often.",
        501 => "It is not built, or switched off at this site.",
        503 => "It cannot be done at the moment.",
        _ => "See the status.",
    }
}
