//! Asking those who answer for commands, buttons and dialogs.

use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_outbound::{Answer, Ask, Refused, header};
use serde_json::Value;

use crate::app::App;

/// What this server calls the form of what it sends.
const JSON: &str = "application/json";

/// Sends JSON to whoever answers for a button or a dialog, and gives what they answer: nothing at
/// all counts as an empty object.
pub(crate) async fn ask(app: &App, url: &str, body: &Value) -> Outcome<Value> {
    let ask = Ask::post(url, JSON, body.to_string()).header(header::ACCEPT, JSON);
    let answer = app.outbound().ask(ask).await.map_err(|refused| unreachable(&refused))?;
    let failed = |why: String| {
        Failure::new(
            FailureKind::Invalid,
            "api.post.do_action.action_integration.app_error",
            format!("The integration {why}"),
        )
    };
    if !answer.status.is_success() {
        return Err(failed(format!("answered with status {}.", answer.status.as_u16())));
    }
    if answer.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    match serde_json::from_slice(&answer.body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(failed("did not answer with a JSON object.".to_owned())),
        Err(error) => Err(failed("did not answer in JSON.".to_owned()).with_detail(error)),
    }
}

/// Why whoever answers for a button or a dialog was not asked. What is inside the network is said to
/// the operator alone.
fn unreachable(refused: &Refused) -> Failure {
    Failure::new(
        FailureKind::Invalid,
        "api.post.do_action.action_integration.app_error",
        "The integration could not be reached.",
    )
    .with_detail(refused)
}

/// Asks whoever answers a command.
pub(crate) async fn ask_command(app: &App, trigger: &str, ask: Ask) -> Outcome<Answer> {
    let failed = |id: &'static str, why: String| {
        Failure::new(FailureKind::Internal, id, format!("The command /{trigger} failed: {why}"))
    };
    let answer = app.outbound().ask(ask).await.map_err(|refused| {
        let why = "whoever answers it could not be reached.".to_owned();
        failed("api.command.execute_command.failed.app_error", why).with_detail(refused)
    })?;
    if answer.status.is_success() {
        return Ok(answer);
    }
    let why = format!("whoever answers it gave the status {}.", answer.status.as_u16());
    Err(failed("api.command.execute_command.failed_resp.app_error", why))
}
