//! `fieldpost routes`.

use clap::Args;
use fieldpost_http::{compatibility, described, operations};
use fieldpost_kernel::events;
use serde_json::{Value, json};

/// What is printed.
#[derive(Args)]
#[command(after_help = "\
An operation is served, or missing: then it answers 501 with the id api.fieldpost.not_built. An \
event is told on the WebSocket, or missing: then it never comes. Tier 1 is what people use every \
day, 2 is administration and platform, 3 is what no self-hosted site has.

Examples:
  fieldpost routes                    every operation, then every event
  fieldpost routes --json             [{\"method\":\"GET\",\"path\":\"…\",\"tier\":1,\"served\":true},…]
  fieldpost routes --events --json    [{\"event\":\"posted\",\"tier\":1,\"served\":true},…]
  fieldpost routes --markdown         docs/compatibility.md
  fieldpost routes --openapi          what a running server gives at /api/v4/openapi.json")]
pub(crate) struct Routes {
    /// Prints JSON: one array of operations or, with --events, of events.
    #[arg(long)]
    json: bool,
    /// Lists events alone.
    #[arg(long, conflicts_with_all = ["markdown", "openapi"])]
    events: bool,
    /// Prints the page of what is served and how it differs.
    #[arg(long, conflicts_with_all = ["json", "openapi"])]
    markdown: bool,
    /// Prints the OpenAPI 3.1 description of what is served.
    #[arg(long, conflicts_with = "json")]
    openapi: bool,
}

impl Routes {
    pub(crate) fn run(self) -> Result<(), String> {
        let routes = fieldpost_http::routes();
        match self {
            Self { markdown: true, .. } => {
                print!("{}", compatibility::page(&routes, &described::read()?));
            }
            Self { openapi: true, .. } => {
                println!("{}", described::document(&routes, &described::read()?));
            }
            Self { json: true, events: true, .. } => println!("{}", events_json()),
            Self { json: true, .. } => println!("{}", operations_json(&routes)),
            Self { events, .. } => {
                if !events {
                    list_operations(&routes);
                }
                list_events();
            }
        }
        Ok(())
    }
}

fn operations_json(routes: &fieldpost_http::Routes) -> Value {
    let row = |o: &operations::Operation| {
        let served = routes.serves(o);
        json!({ "method": o.method, "path": o.path, "tier": o.tier, "served": served })
    };
    operations::known().iter().map(row).collect()
}

fn events_json() -> Value {
    let row = |event: &events::KnownEvent| json!({ "event": event.name, "tier": event.tier, "served": event.is_told() });
    events::known().iter().map(row).collect()
}

/// What a line says of something that is there or not.
fn word(is_served: bool) -> &'static str {
    if is_served { "served " } else { "missing" }
}

fn list_operations(routes: &fieldpost_http::Routes) {
    let mut served = 0;
    for operation in operations::known() {
        let is_served = routes.serves(operation);
        served += usize::from(is_served);
        let operations::Operation { method, path, tier, .. } = operation;
        println!("{}  tier {tier}  {method:6} {path}", word(is_served));
    }
    println!("{served} of {} operations are served", operations::known().len());
}

fn list_events() {
    for event in events::known() {
        println!("{}  tier {}  event  {}", word(event.is_told()), event.tier, event.name);
    }
    let told = events::known().iter().filter(|event| event.is_told()).count();
    println!("{told} of {} events are told", events::known().len());
}
