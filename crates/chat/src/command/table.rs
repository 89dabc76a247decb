//! The commands of the server.

use fieldpost_kernel::{Outcome, Work};
use fieldpost_model::Command;

use super::{Asked, RunReply, help, own, people, place, say};

/// A command of the server.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The word after the slash.
    pub trigger: &'static str,
    /// What is written behind it.
    pub hint: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Words that may be behind it, and what they do.
    pub words: &'static [(&'static str, &'static str)],
    /// Whether it is suggested.
    pub suggested: bool,
    /// Who does it.
    pub act: Act,
}

/// Who does what a command is for.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// A use case of this feature.
    Here(fn(&mut Work<'_>, &Asked) -> Outcome<RunReply>),
    /// Another feature, which whoever answers the request knows.
    Elsewhere(Elsewhere),
}

/// What another feature does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// Says what somebody is: the status, and the sentence.
    Status(&'static str, &'static str),
    /// Says what somebody does, or no more.
    CustomStatus,
    /// Ends the session.
    Logout,
}

impl BuiltIn {
    /// The command as clients know it.
    pub fn shown(&self) -> Command {
        Command {
            trigger: self.trigger.to_owned(),
            auto_complete: self.suggested,
            auto_complete_desc: self.description.to_owned(),
            auto_complete_hint: self.hint.to_owned(),
            display_name: self.trigger.to_owned(),
            ..Command::default()
        }
    }
}

const fn of(
    trigger: &'static str,
    hint: &'static str,
    description: &'static str,
    act: Act,
) -> BuiltIn {
    BuiltIn { trigger, hint, description, words: &[], suggested: true, act }
}

const fn hidden(other: BuiltIn, trigger: &'static str) -> BuiltIn {
    BuiltIn { trigger, suggested: false, ..other }
}

const ONLINE: Act = Act::Elsewhere(Elsewhere::Status("online", "You are online now."));
const AWAY: Act = Act::Elsewhere(Elsewhere::Status("away", "You are away now."));
const OFFLINE: Act = Act::Elsewhere(Elsewhere::Status("offline", "You appear offline now."));
const DND: Act = Act::Elsewhere(Elsewhere::Status(
    "dnd",
    "You do not want to be disturbed now: you are not notified of anything.",
));
const STATUS: BuiltIn = BuiltIn {
    words: &[("clear", "Take your status back")],
    ..of(
        "status",
        "[:emoji:] [text]",
        "Say what you do, or take it back",
        Act::Elsewhere(Elsewhere::CustomStatus),
    )
};
const JOIN: BuiltIn = of("join", "~[channel]", "Join an open channel", Act::Here(place::join));
const KICK: BuiltIn =
    of("kick", "@[name]", "Take somebody out of this channel", Act::Here(people::kick));

/// Every command of the server, by name. Clients do some of them by themselves and do not ask.
pub const BUILT_IN: [BuiltIn; 29] = [
    of("away", "", "Say that you are away", AWAY),
    of("code", "[text]", "Say something letter by letter, as code", Act::Here(say::code)),
    of("collapse", "", "Close all image previews", Act::Here(own::collapse)),
    hidden(STATUS, "custom_status"),
    of("dnd", "", "Say that you do not want to be disturbed", DND),
    of("echo", "\"message\" [seconds]", "Say something, perhaps later", Act::Here(say::echo)),
    of("expand", "", "Open all image previews", Act::Here(own::expand)),
    of(
        "groupmsg",
        "@[name],@[name] [message]",
        "Write to several people together",
        Act::Here(say::groupmsg),
    ),
    of("header", "[text]", "Write the line under the channel's title", Act::Here(place::header)),
    of("help", "", "See what commands there are", Act::Here(help::help)),
    of(
        "invite",
        "@[name] ~[channel]",
        "Add people to this channel, or to others",
        Act::Here(people::invite),
    ),
    JOIN,
    KICK,
    of("leave", "", "Leave this channel", Act::Here(place::leave)),
    of("logout", "", "Sign out", Act::Elsewhere(Elsewhere::Logout)),
    of("me", "[what you do]", "Say what you do", Act::Here(say::me)),
    of("msg", "@[name] [message]", "Write to somebody alone", Act::Here(say::msg)),
    of(
        "mute",
        "~[channel]",
        "Hear nothing of this channel or another, or of it again",
        Act::Here(place::mute),
    ),
    of("offline", "", "Appear offline", OFFLINE),
    of("online", "", "Say that you are online", ONLINE),
    hidden(JOIN, "open"),
    of("purpose", "[text]", "Write what the channel is for", Act::Here(place::purpose)),
    hidden(KICK, "remove"),
    of("rename", "[text]", "Call the channel something else", Act::Here(place::rename)),
    of("search", "[text]", "Search in messages", Act::Here(own::of_the_client)),
    of("settings", "", "Open your settings", Act::Here(own::of_the_client)),
    of("shortcuts", "", "See the shortcuts of the keyboard", Act::Here(own::of_the_client)),
    of("shrug", "[message]", r"Say something and ¯\_(ツ)_/¯", Act::Here(say::shrug)),
    STATUS,
];

/// The command of the server of a name, in lower case.
pub fn built_in(trigger: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|command| command.trigger == trigger)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_commands_that_clients_expect_are_there_once() {
        let triggers: Vec<&str> = BUILT_IN.iter().map(|command| command.trigger).collect();
        let unique: BTreeSet<&str> = triggers.iter().copied().collect();
        assert_eq!(unique.len(), triggers.len());
        let expected = "away online dnd offline me shrug code echo msg groupmsg join open leave \
                        mute header purpose rename invite kick remove logout search shortcuts \
                        settings help collapse expand custom_status status";
        for trigger in expected.split(' ') {
            assert!(built_in(trigger).is_some(), "/{trigger}");
        }
        assert!(built_in("invite_people").is_none(), "there is no mail");
    }

    #[test]
    fn what_is_suggested_is_described() {
        for command in &BUILT_IN {
            assert!(!command.description.is_empty(), "/{}", command.trigger);
            assert_eq!(command.trigger, command.trigger.to_lowercase());
        }
        let hidden: Vec<&str> =
            BUILT_IN.iter().filter(|c| !c.suggested).map(|c| c.trigger).collect();
        assert_eq!(hidden, ["custom_status", "open", "remove"]);
        let shown = built_in("mute").unwrap().shown();
        assert_eq!((shown.trigger.as_str(), shown.auto_complete), ("mute", true));
        assert!(shown.id.is_none() && shown.token.is_empty());
    }
}
