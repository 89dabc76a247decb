//! Reading what was done to links and what was refused.

use fieldpost_access::Caller;
use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, params};
use fieldpost_model::{Id, Millis};

use super::Action;
use crate::peer::require_links;

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Somebody with an account here.
    Account,
    /// Whoever uses the command line on this machine.
    CommandLine,
    /// This site itself, as it is set to do.
    ThisSite,
    /// Another site, or a stranger.
    Other,
}

/// Something that was done to links, or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: Id,
    /// What.
    pub action: Action,
    /// Who did it.
    pub by: By,
    /// The account that did it, if one did, and what that is called now.
    pub author: (Id, String),
    /// The site that it concerns, if it concerns one, and what that was called here then; empty if it
    /// had no name.
    pub site: (Id, String),
    /// The channel that it concerns, if it concerns one, and its name as `team:channel`: that of then,
    /// or that of now if its making had not come; empty if it has not. Of what repeats, the newest.
    pub channel: (Id, String),
    /// From which address of the network, or under which key; empty if that is not known.
    pub source: String,
    /// Why it was refused, or what more there is to say.
    pub detail: String,
    /// How often.
    pub times: i64,
    /// When it was first.
    pub first_at: Millis,
    /// When it was last.
    pub last_at: Millis,
}

fn entry_of(row: &dyn Row) -> Option<Entry> {
    let action = Action::named(row.text(1))?;
    let author = row.id(2);
    let by = match (author.is_none(), row.flag(4), action) {
        (false, ..) => By::Account,
        (true, true, _) => By::CommandLine,
        (true, false, Action::OfferTaken | Action::BundleWritten) => By::ThisSite,
        (true, false, _) => By::Other,
    };
    let username = if row.is_null(3) { String::new() } else { row.text(3).to_owned() };
    Some(Entry {
        id: row.id(0),
        action,
        by,
        author: (author, username),
        site: (row.id(5), row.text(6).to_owned()),
        channel: (row.id(7), row.text(8).to_owned()),
        source: row.text(9).to_owned(),
        detail: row.text(10).to_owned(),
        times: row.int(11),
        first_at: row.int(12),
        last_at: row.int(13),
    })
}

/// A page of what was done to links and what was refused, the newest first; of one site alone, if it
/// is named by its id or by what it was called then.
pub fn list(
    rows: &mut dyn Rows,
    caller: &Caller,
    site: Option<&str>,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<Entry>> {
    require_links(caller)?;
    let of_site = if site.is_some() { "WHERE a.name = ?3 OR a.site = ?4" } else { "" };
    let sql = format!(
        "SELECT a.id, a.action, a.author, account.username, a.local, a.site, a.name, a.channel, \
         CASE WHEN a.channel_name = '' THEN COALESCE(team.name || ':' || channel.name, '') \
         ELSE a.channel_name END, a.source, a.detail, a.times, a.first_at, a.last_at \
         FROM link_audit a LEFT JOIN account ON account.id = a.author \
         LEFT JOIN channel ON channel.id = a.channel LEFT JOIN team ON team.key = channel.team_key \
         {of_site} \
         ORDER BY a.last_at DESC, a.key DESC LIMIT ?1 OFFSET ?2"
    );
    let found = match site {
        Some(name) => {
            // No site has the id of all zeros, which stands for none.
            let id = name.parse::<Id>().ok().filter(|id| !id.is_none());
            let id = id.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
            rows.all(&sql, params![limit, offset, name, &id], entry_of)?
        }
        None => rows.all(&sql, params![limit, offset], entry_of)?,
    };
    Ok(found.into_iter().flatten().collect())
}
