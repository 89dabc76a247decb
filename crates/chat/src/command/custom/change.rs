//! What can happen to a team's command, and what it means.

use fieldpost_kernel::{
    Applied, Applying, Body, Features, Kind, Outcome, RowsExt, at_most, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

/// What whoever manages a command says of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// The word after the slash, in lower case.
    pub trigger: String,
    /// Whether whoever answers is asked with `GET`.
    pub by_get: bool,
    /// Where it is answered.
    pub url: String,
    /// The name that its answers bear.
    pub username: String,
    /// The picture that its answers bear.
    pub icon_url: String,
    /// Whether it is suggested.
    pub suggested: bool,
    /// What it does, as a suggestion says it.
    pub suggestion: String,
    /// What is written behind it, as a suggestion says it.
    pub hint: String,
    /// What people call it.
    pub display_name: String,
    /// What it is for.
    pub description: String,
}

impl Settings {
    fn fits(&self) -> bool {
        let short = [&self.trigger, &self.display_name, &self.description];
        let long = [&self.url, &self.username, &self.icon_url, &self.suggestion, &self.hint];
        short.iter().all(|text| at_most(text, 128)) && long.iter().all(|text| at_most(text, 1024))
    }
}

/// A command was given to a team. Its id is carried because it came from nowhere but chance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandMade {
    /// Its id.
    pub id: Id,
    /// What whoever answers knows this site by.
    pub token: Id,
    /// Whose.
    pub team: Id,
    /// In whose name its answers are written.
    pub creator: Id,
    /// The rest.
    pub settings: Settings,
}

impl Body for CommandMade {
    const KIND: Kind = Kind::new(0x0d01);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.settings.fits()
    }
}

/// What is said of a command is different now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandChanged {
    /// Which.
    pub command: Id,
    /// All that is said of it.
    pub settings: Settings,
}

impl Body for CommandChanged {
    const KIND: Kind = Kind::new(0x0d02);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.settings.fits()
    }
}

/// A command is another team's now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandMoved {
    /// Which.
    pub command: Id,
    /// Whose.
    pub team: Id,
}

impl Body for CommandMoved {
    const KIND: Kind = Kind::new(0x0d03);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// Whoever answers a command knows this site by another token now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandTokenRenewed {
    /// Of which.
    pub command: Id,
    /// By which.
    pub token: Id,
}

impl Body for CommandTokenRenewed {
    const KIND: Kind = Kind::new(0x0d04);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// A command was taken away; its word is free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandDeleted {
    /// Which.
    pub command: Id,
}

impl Body for CommandDeleted {
    const KIND: Kind = Kind::new(0x0d05);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_made);
    features.on(apply_changed);
    features.on(|moved: &CommandMoved, cx: &mut Applying<'_>| {
        set(cx, moved.command, "team", &moved.team)
    });
    features.on(|renewed: &CommandTokenRenewed, cx: &mut Applying<'_>| {
        set(cx, renewed.command, "token", &renewed.token)
    });
    features.on(apply_deleted);
}

fn apply_made(made: &CommandMade, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute(
        "INSERT INTO command (id, token, team, creator, create_at, update_at, trigger_word, by_get, \
         url, username, icon_url, suggested, suggestion, hint, display_name, description) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, '', 0, '', '', '', 0, '', '', '', '') \
         ON CONFLICT DO NOTHING",
        params![&made.id, &made.token, &made.team, &made.creator, cx.written_at()],
    )?;
    describe(cx, made.id, &made.settings)?;
    cx.created.push(made.id);
    Ok(Applied::Done)
}

fn apply_changed(changed: &CommandChanged, cx: &mut Applying<'_>) -> Outcome<Applied> {
    describe(cx, changed.command, &changed.settings)
}

fn describe(cx: &mut Applying<'_>, command: Id, settings: &Settings) -> Outcome<Applied> {
    let written_at = cx.written_at();
    let known = cx.rows.execute(
        "UPDATE command SET update_at = ?2, trigger_word = ?3, by_get = ?4, url = ?5, \
         username = ?6, icon_url = ?7, suggested = ?8, suggestion = ?9, hint = ?10, \
         display_name = ?11, description = ?12 WHERE id = ?1",
        params![
            &command,
            written_at,
            &settings.trigger,
            settings.by_get,
            &settings.url,
            &settings.username,
            &settings.icon_url,
            settings.suggested,
            &settings.suggestion,
            &settings.hint,
            &settings.display_name,
            &settings.description,
        ],
    )?;
    Ok(if known == 0 { Applied::Waits(command) } else { Applied::Done })
}

fn set(cx: &mut Applying<'_>, command: Id, column: &'static str, value: &Id) -> Outcome<Applied> {
    let written_at = cx.written_at();
    let sql = format!("UPDATE command SET {column} = ?2, update_at = ?3 WHERE id = ?1");
    let known = cx.rows.execute(&sql, params![&command, value, written_at])?;
    Ok(if known == 0 { Applied::Waits(command) } else { Applied::Done })
}

fn apply_deleted(deleted: &CommandDeleted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let sql = "SELECT delete_at FROM command WHERE id = ?1";
    let command = deleted.command;
    match cx.rows.first(sql, params![&command], |row| row.int(0))? {
        None => Ok(Applied::Waits(command)),
        Some(0) => {
            let written_at = cx.written_at();
            cx.rows.execute(
                "UPDATE command SET delete_at = ?2, update_at = ?2 WHERE id = ?1",
                params![&command, written_at],
            )?;
            Ok(Applied::Done)
        }
        Some(_) => Ok(Applied::Done),
    }
}
