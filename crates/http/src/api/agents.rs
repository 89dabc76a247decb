//! Agents and the services they ask: nobody can set any up here, so there are none.

use serde_json::{Value, json};

use crate::answer::Json;
use crate::auth::Session;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/agents", nothing);
    routes.on("GET", "/api/v4/ai/agents", agents);
    routes.on("GET", "/api/v4/agents/status", status);
    routes.on("GET", "/api/v4/llmservices", nothing);
}

async fn agents(_: Session) -> Json<Value> {
    Json(json!({ "agents": [] }))
}

async fn status(_: Session) -> Json<Value> {
    Json(json!({ "available": false, "reason": "This server has no agents." }))
}

async fn nothing(_: Session) -> Json<[Value; 0]> {
    Json([])
}
