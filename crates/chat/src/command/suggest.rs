//! Which commands there are, and what may follow what was typed.

use fieldpost_access::{Caller, Permission, require_team};
use fieldpost_kernel::{Outcome, Rows};
use fieldpost_model::{Command, CommandSuggestion, Id};

use super::{BUILT_IN, BuiltIn, arguments, custom};
use crate::facts::{self, denied};

/// The commands of the server that are suggested, by name.
pub(super) fn of_server() -> Vec<Command> {
    BUILT_IN.iter().filter(|command| command.suggested).map(BuiltIn::shown).collect()
}

/// Every command that is suggested in a team, by name.
pub fn commands(rows: &mut dyn Rows, caller: &Caller, team: Id) -> Outcome<Vec<Command>> {
    let found = facts::team(rows, caller, team)?;
    require_team(caller, &found.facts, Permission::ViewTeam).map_err(denied)?;
    let mut commands = of_server();
    commands.extend(custom::suggested(rows, team)?);
    commands.sort_by(|a, b| a.trigger.cmp(&b.trigger));
    Ok(commands)
}

/// What may follow what was typed: commands that begin so, or what a command takes.
pub fn suggestions(
    rows: &mut dyn Rows,
    caller: &Caller,
    team: Id,
    typed: &str,
) -> Outcome<Vec<CommandSuggestion>> {
    let commands = commands(rows, caller, team)?;
    Ok(follow(&commands, typed))
}

/// What may follow what was typed, with or without the slash.
fn follow(commands: &[Command], typed: &str) -> Vec<CommandSuggestion> {
    let typed = typed.strip_prefix('/').unwrap_or(typed);
    let begun = typed.to_lowercase();
    if !typed.contains(char::is_whitespace) {
        return commands.iter().filter(|c| c.trigger.starts_with(&begun)).map(whole).collect();
    }
    let (trigger, text) = arguments::head(&begun);
    let Some(command) = commands.iter().find(|command| command.trigger == trigger) else {
        return Vec::new();
    };
    let words = super::built_in(trigger).map_or(&[][..], |command| command.words);
    let mut found: Vec<CommandSuggestion> = words
        .iter()
        .filter(|(word, _)| word.starts_with(text))
        .map(|(word, description)| CommandSuggestion {
            complete: format!("{trigger} {word}"),
            suggestion: (*word).to_owned(),
            description: (*description).to_owned(),
            ..CommandSuggestion::default()
        })
        .collect();
    if !command.auto_complete_hint.is_empty() {
        found.push(CommandSuggestion {
            complete: typed.to_owned(),
            hint: command.auto_complete_hint.clone(),
            description: command.auto_complete_desc.clone(),
            ..CommandSuggestion::default()
        });
    }
    found
}

fn whole(command: &Command) -> CommandSuggestion {
    CommandSuggestion {
        complete: command.trigger.clone(),
        suggestion: command.trigger.clone(),
        hint: command.auto_complete_hint.clone(),
        description: command.auto_complete_desc.clone(),
        icon_data: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(typed: &str) -> Vec<(String, String, String)> {
        follow(&of_server(), typed)
            .into_iter()
            .map(|found| (found.complete, found.suggestion, found.hint))
            .collect()
    }

    fn of(complete: &str, suggestion: &str, hint: &str) -> (String, String, String) {
        (complete.to_owned(), suggestion.to_owned(), hint.to_owned())
    }

    #[test]
    fn commands_that_begin_so_are_suggested() {
        let expected = [
            of("me", "me", "[what you do]"),
            of("msg", "msg", "@[name] [message]"),
            of("mute", "mute", "~[channel]"),
        ];
        assert_eq!(after("/m"), expected);
        assert_eq!(after("/M"), expected);
        assert_eq!(after("/").len(), BUILT_IN.iter().filter(|c| c.suggested).count());
        assert!(after("/nothing").is_empty());
        assert!(after("/ope").is_empty(), "what is hidden is not suggested");
    }

    #[test]
    fn what_a_command_takes_is_suggested_behind_it() {
        let hint = "[:emoji:] [text]";
        assert_eq!(after("/status "), [of("status clear", "clear", ""), of("status ", "", hint)]);
        assert_eq!(after("/status x"), [of("status x", "", hint)]);
        assert_eq!(after("/away "), []);
        assert_eq!(after("/nothing at all"), []);
    }
}
