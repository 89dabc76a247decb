//! Slash commands: what people type to have something done.
//!
//! A command of the server calls the use case that the API has for the same thing, so that it can do
//! nothing that its author could not. What a refused command would have done is undone whole, and
//! its author is told why, in the channel and alone.

pub mod answer;
pub mod arguments;
pub mod custom;
mod help;
mod own;
mod people;
mod place;
mod say;
pub mod suggest;
mod table;

use fieldpost_access::{Caller, Permission, may_run_command, require_team};
use fieldpost_kernel::{
    Audience, Event, Failure, FailureKind, Features, Outcome, Rows, RowsExt, Work, events, params,
};
use fieldpost_model::{Channel, CommandResponse, Id, Millis, Post, Preference, Props, Team};
use serde_json::json;

pub use self::table::{Act, BUILT_IN, BuiltIn, Elsewhere, built_in};
use crate::facts::{self, denied};
use crate::post::{create, ephemeral};
use crate::{channel, people as accounts, team};

pub(crate) fn register(features: &mut Features) {
    features.tables(answer::TABLES);
    custom::register(features);
}

/// What was typed, and where.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// All of it, with the slash.
    pub command: String,
    /// In which channel.
    pub channel: Id,
    /// In which thread.
    pub root: Id,
    /// In which team somebody was who typed it in a conversation.
    pub team: Id,
}

/// A command that may be run: who typed it, where and what.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Who.
    pub caller: Caller,
    /// Where.
    pub channel: Channel,
    /// In which thread.
    pub root: Id,
    /// In which team, if it is known.
    pub team: Option<Team>,
    /// All of it, with the slash.
    pub command: String,
    /// The word after the slash, in lower case.
    pub trigger: String,
    /// What follows.
    pub text: String,
    /// The address of the site, as its administrator gave it.
    pub site_url: String,
}

impl Asked {
    /// Where clients find something of the team.
    fn address(&self, path: &str) -> String {
        let team = self.team.as_ref().map_or("_redirect", |team| team.name.as_str());
        format!("{}/{team}/{path}", self.site_url.trim_end_matches('/'))
    }

    /// The id of the team, or none.
    pub fn team_id(&self) -> Id {
        self.team.as_ref().map_or(Id::NONE, |team| team.id)
    }
}

/// What a command of the server answers.
#[derive(Debug, Clone, PartialEq)]
enum Reply {
    /// Something is said in the channel.
    Said {
        /// The type of the post.
        kind: &'static str,
        /// The text.
        text: String,
        /// Properties.
        props: Props,
    },
    /// Whoever typed it is told something.
    Told(String),
    /// A setting of theirs was changed, and they are told so.
    Set {
        /// What they are told.
        says: String,
        /// The setting, as it is now.
        preference: Preference,
    },
    /// Their client goes somewhere.
    Goes(String),
    /// It was done, and can be seen.
    Nothing,
}

impl Reply {
    fn said(text: String) -> Self {
        Self::Said { kind: "", text, props: Props::new() }
    }
}

/// What came of a command.
#[derive(Debug, Clone)]
pub struct Done {
    /// What its author's client is answered.
    pub response: CommandResponse,
    /// What its author is told beside that.
    pub told: Vec<Event>,
}

/// Refuses what is no command, and those who may not run one there.
pub fn ask(rows: &mut dyn Rows, caller: &Caller, sent: &Sent, site_url: &str) -> Outcome<Asked> {
    let typed = arguments::split(&sent.command).ok_or_else(no_command)?;
    if typed.trigger.len() > arguments::LONGEST_TRIGGER {
        return Err(unknown(typed.trigger));
    }
    let found = facts::channel(rows, caller, sent.channel)?;
    may_run_command(caller, &found.facts).map_err(denied)?;
    if found.facts.require_live().is_err() {
        return Err(Failure::invalid(
            "api.command.execute_command.deleted.error",
            "Cannot run a command in a deleted channel.",
        ));
    }
    let channel = channel::by_id(rows, sent.channel)?.ok_or_else(channel::member::no_channel)?;
    let team = if channel.kind.is_team() { channel.team_id } else { sent.team };
    if !channel.kind.is_team() && !team.is_none() {
        let found = facts::team(rows, caller, team)?;
        require_team(caller, &found.facts, Permission::ViewTeam).map_err(denied)?;
    }
    Ok(Asked {
        caller: *caller,
        channel,
        root: sent.root,
        team: team::by_id(rows, team)?,
        trigger: typed.trigger.to_lowercase(),
        text: typed.text.to_owned(),
        command: sent.command.clone(),
        site_url: site_url.to_owned(),
    })
}

/// What was sent is no command.
pub fn no_command() -> Failure {
    Failure::invalid(
        "api.command.execute_command.start.app_error",
        "A command begins with a slash and a word.",
    )
}

/// There is no such command.
pub fn unknown(trigger: &str) -> Failure {
    let shown: String = trigger.chars().take(64).collect();
    Failure::not_found(
        "api.command.execute_command.not_found.app_error",
        format!(
            "There is no command /{shown}. To send a message that begins with a slash, put a space \
             before it."
        ),
    )
}

/// Runs a command of the server. What is refused changes nothing.
pub fn run(
    work: &mut Work<'_>,
    asked: &Asked,
    act: fn(&mut Work<'_>, &Asked) -> Outcome<RunReply>,
) -> Outcome<Done> {
    let RunReply(reply) = act(work, asked)?;
    finish(work, asked, reply)
}

/// What a function of the table gives; only this module looks into it.
#[derive(Debug)]
pub struct RunReply(Reply);

fn finish(work: &mut Work<'_>, asked: &Asked, reply: Reply) -> Outcome<Done> {
    let mut response = CommandResponse { response_type: "ephemeral".into(), ..Default::default() };
    match reply {
        Reply::Said { kind, text, props } => {
            "in_channel".clone_into(&mut response.response_type);
            let post = Post {
                channel_id: asked.channel.id,
                root_id: asked.root,
                message: text.clone(),
                kind: kind.to_owned(),
                props: props.clone(),
                ..Post::default()
            };
            create::create(work, &asked.caller, &post)?;
            (response.text, response.kind, response.props) = (text, kind.to_owned(), props);
        }
        Reply::Told(text) => return tell(asked, (work.random_id(), work.now()), text),
        Reply::Set { says, preference } => {
            let mut done = tell(asked, (work.random_id(), work.now()), says)?;
            done.told.push(changed(&preference)?);
            return Ok(done);
        }
        Reply::Goes(location) => response.goto_location = location,
        Reply::Nothing => {}
    }
    Ok(Done { response, told: Vec::new() })
}

/// What the clients of whoever typed a command are told of a setting that it changed, beside what
/// they are told of every change of settings: older ones wait for this after a command.
fn changed(preference: &Preference) -> Outcome<Event> {
    let told = serde_json::to_string(preference).map_err(Failure::internal)?;
    let audience = Audience::user(preference.user_id);
    Ok(Event::new(events::PREFERENCE_CHANGED, audience, json!({ "preference": told })))
}

/// Tells whoever typed a command something, in a post of this id and time that nobody else sees.
pub fn tell(asked: &Asked, (id, now): (Id, Millis), text: String) -> Outcome<Done> {
    let post = Post {
        channel_id: asked.channel.id,
        root_id: asked.root,
        message: text.clone(),
        ..Post::default()
    };
    let told = vec![ephemeral::note((id, now), asked.caller.user, post)?];
    let response_type = "ephemeral".to_owned();
    Ok(Done { response: CommandResponse { response_type, text, ..Default::default() }, told })
}

/// What whoever typed a command is told of why it was not done; a failure of the site is one.
pub fn reason(failure: Failure) -> Outcome<String> {
    match failure.kind {
        FailureKind::Internal | FailureKind::Unavailable | FailureKind::NotBuilt => Err(failure),
        FailureKind::Forbidden if failure.id == "api.context.permissions.app_error" => {
            Ok("You are not allowed to do that.".to_owned())
        }
        _ => Ok(failure.message.into_owned()),
    }
}

/// A sentence for whoever typed a command that could not be done.
fn refuse<T>(says: impl Into<String>) -> Outcome<T> {
    Err(Failure::new(FailureKind::Invalid, "api.command.execute_command.failed", says.into()))
}

/// The active person of a name, as far as whoever typed it may know of them.
fn person(rows: &mut dyn Rows, asked: &Asked, name: &str) -> Outcome<Option<Id>> {
    let sql = "SELECT id FROM account WHERE username = ?1 AND delete_at = 0";
    let found = rows.first(sql, params![&name.to_lowercase()], |row| row.id(0))?;
    let Some(person) = found else { return Ok(None) };
    let visible = accounts::visible_among(rows, &asked.caller, &[person])?;
    Ok(visible.contains(&person).then_some(person))
}

/// The active person of a name.
fn require_person(rows: &mut dyn Rows, asked: &Asked, name: &str) -> Outcome<Id> {
    match person(rows, asked, name)? {
        Some(person) => Ok(person),
        None => refuse(format!("There is nobody called @{name}.")),
    }
}
