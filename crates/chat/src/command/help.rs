//! What commands there are, for whoever asks.

use std::fmt::Write as _;

use fieldpost_kernel::{Failure, Outcome, Work};

use super::{Asked, BUILT_IN, Reply, RunReply, custom};

/// Tells of every command that is suggested here.
pub(super) fn help(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let mut says = "These commands can be typed here:\n".to_owned();
    let mut line = |trigger: &str, hint: &str, description: &str| {
        let space = if hint.is_empty() { "" } else { " " };
        writeln!(says, "- `/{trigger}{space}{hint}` {description}").map_err(Failure::internal)
    };
    for command in BUILT_IN.iter().filter(|command| command.suggested) {
        line(command.trigger, command.hint, command.description)?;
    }
    for command in custom::suggested(work, asked.team_id())? {
        line(&command.trigger, &command.auto_complete_hint, &command.auto_complete_desc)?;
    }
    Ok(RunReply(Reply::Told(says)))
}
