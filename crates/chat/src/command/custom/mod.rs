//! Commands of teams, which something else on the network answers.
//!
//! They are this site's own business and cross no link: whoever answers one trusts this site's token.

mod change;
mod write;

use fieldpost_kernel::{Failure, Features, Outcome, Row, Rows, RowsExt, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Command, Id};

pub use self::change::{
    CommandChanged, CommandDeleted, CommandMade, CommandMoved, CommandTokenRenewed, Settings,
};
pub use self::write::{create, delete, list, move_to, one, renew_token, update};

/// One that was deleted keeps its row.
const TABLES: &str = "
CREATE TABLE command (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    token BLOB NOT NULL,
    team BLOB NOT NULL,
    creator BLOB NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0,
    trigger_word TEXT NOT NULL,
    by_get INTEGER NOT NULL,
    url TEXT NOT NULL,
    username TEXT NOT NULL,
    icon_url TEXT NOT NULL,
    suggested INTEGER NOT NULL,
    suggestion TEXT NOT NULL,
    hint TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL
);
CREATE INDEX command_team ON command (team, trigger_word)";

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
}

/// Where a site's commands are filed: all in one place, so that no two of a team get one word at the
/// same time.
pub fn scope() -> Scope {
    Scope::new(ScopeKind::Site, Id::from_bytes(*b"commands of site"))
}

const SELECT: &str = "SELECT id, token, create_at, update_at, creator, team, trigger_word, by_get, \
    username, icon_url, suggested, suggestion, hint, display_name, description, url FROM command \
    WHERE delete_at = 0";

fn command_of(row: &dyn Row) -> Command {
    let text = |column| row.text(column).to_owned();
    Command {
        id: row.id(0),
        token: row.id(1).to_string(),
        create_at: row.int(2),
        update_at: row.int(3),
        delete_at: 0,
        creator_id: row.id(4),
        team_id: row.id(5),
        trigger: text(6),
        method: if row.flag(7) { "G" } else { "P" }.to_owned(),
        username: text(8),
        icon_url: text(9),
        auto_complete: row.flag(10),
        auto_complete_desc: text(11),
        auto_complete_hint: text(12),
        display_name: text(13),
        description: text(14),
        url: text(15),
    }
}

fn by_id(rows: &mut dyn Rows, id: Id) -> Outcome<Command> {
    let found = rows.first(&format!("{SELECT} AND id = ?1"), params![&id], command_of)?;
    found.ok_or_else(no_command)
}

/// There is no such command.
fn no_command() -> Failure {
    Failure::not_found("store.sql_command.get.missing.app_error", "There is no such command.")
}

/// The command of a team of a word, in lower case.
pub fn by_trigger(rows: &mut dyn Rows, team: Id, trigger: &str) -> Outcome<Option<Command>> {
    // One engine refuses a text with this letter, and no word has it.
    if trigger.contains('\0') {
        return Ok(None);
    }
    let sql = format!("{SELECT} AND team = ?1 AND trigger_word = ?2");
    rows.first(&sql, params![&team, trigger], command_of)
}

/// The commands of a team, by name.
fn of_team(rows: &mut dyn Rows, team: Id) -> Outcome<Vec<Command>> {
    let sql = format!("{SELECT} AND team = ?1 ORDER BY trigger_word, key");
    rows.all(&sql, params![&team], command_of)
}

/// The commands of a team that are suggested, without what only those may see who manage them.
pub(super) fn suggested(rows: &mut dyn Rows, team: Id) -> Outcome<Vec<Command>> {
    let mut commands = of_team(rows, team)?;
    commands.retain(|command| command.auto_complete);
    for command in &mut commands {
        command.creator_id = Id::NONE;
        for secret in [
            &mut command.token,
            &mut command.method,
            &mut command.url,
            &mut command.username,
            &mut command.icon_url,
        ] {
            secret.clear();
        }
    }
    Ok(commands)
}
