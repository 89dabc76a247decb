//! The record of something that was done to links or refused, and its rows.

use fieldpost_kernel::{
    Applied, Applying, Body, Features, Kind, Outcome, RowsExt, at_most, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

use super::{Action, MOST};

/// `site` is which site it concerns, and `name` what that was called here then; `author` who did it,
/// and `local` whether on this machine's own socket. `folded` says that repetitions are counted:
/// `times` and `last_at` are then this database's own, like the bytes that passed a link, so that
/// whoever is refused a thousand times writes one record.
const TABLES: &str = "
CREATE TABLE link_audit (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    action TEXT NOT NULL,
    folded INTEGER NOT NULL,
    author BLOB NOT NULL,
    local INTEGER NOT NULL,
    site BLOB NOT NULL,
    name TEXT NOT NULL,
    channel BLOB NOT NULL,
    channel_name TEXT NOT NULL,
    source TEXT NOT NULL,
    detail TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
);
CREATE INDEX link_audit_time ON link_audit (last_at, key);
CREATE INDEX link_audit_site ON link_audit (site, last_at);
CREATE INDEX link_audit_name ON link_audit (name, last_at);
CREATE INDEX link_audit_kept ON link_audit (folded, key);
CREATE INDEX link_audit_same ON link_audit (action, site, first_at)";

/// The class of the ids that they get from the changes that made them.
const CLASS: &str = "link audit";

/// The longest text in it, in characters.
pub(super) const LONGEST: usize = 256;

/// Something was done to a link, or refused. The scope is the site that it concerns, if it concerns
/// one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Noted {
    /// What.
    pub(crate) action: Action,
    /// Whether it was done on this machine's own socket.
    pub(crate) is_local: bool,
    /// What the site was called here; empty if it had no name.
    pub(crate) name: String,
    /// Which channel it concerns; none if it concerns none.
    pub(crate) channel: Id,
    /// The channel's name, as `team:channel`; empty until its making has come.
    pub(crate) channel_name: String,
    /// From which address of the network, or under which key; empty if that is not known.
    pub(crate) source: String,
    /// Why it was refused, or what more there is to say.
    pub(crate) detail: String,
}

impl Body for Noted {
    const KIND: Kind = Kind::new(0x0870);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        [&self.name, &self.channel_name, &self.source, &self.detail]
            .into_iter()
            .all(|text| at_most(text, LONGEST))
    }
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_noted);
}

fn apply_noted(noted: &Noted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = fieldpost_log::derive_id(CLASS, &cx.change.name, 0);
    let (at, folded) = (cx.written_at(), noted.action.is_folded());
    cx.rows.execute(
        "INSERT INTO link_audit (id, action, folded, author, local, site, name, channel, \
         channel_name, source, detail, first_at, last_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12) ON CONFLICT DO NOTHING",
        params![
            &id,
            noted.action.name(),
            folded,
            &cx.change.author,
            noted.is_local,
            &cx.change.name.scope.id,
            &noted.name,
            &noted.channel,
            &noted.channel_name,
            &noted.source,
            &noted.detail,
            at,
        ],
    )?;
    // The newest of acts stay, and those of refusals, so that no peer drives out what people did.
    let oldest = cx.rows.first(
        "SELECT key FROM link_audit WHERE folded = ?1 ORDER BY key DESC LIMIT 1 OFFSET ?2",
        params![folded, MOST],
        |row| row.int(0),
    )?;
    if let Some(oldest) = oldest {
        let sql = "DELETE FROM link_audit WHERE folded = ?1 AND key <= ?2";
        cx.rows.execute(sql, params![folded, oldest])?;
    }
    Ok(Applied::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_the_record_is_fixed() {
        let noted = Noted {
            action: Action::OfferRefused,
            is_local: true,
            name: "hq".to_owned(),
            channel: Id::from_bytes([7; 16]),
            channel_name: "a:b".to_owned(),
            source: "::1".to_owned(),
            detail: "no".to_owned(),
        };
        let bytes = postcard::to_stdvec(&noted).unwrap();
        let channel = [7; 16];
        let expected: Vec<u8> =
            [&[24, 1, 2][..], b"hq", &channel, &[3], b"a:b", &[3], b"::1", &[2], b"no"].concat();
        assert_eq!(bytes, expected);
        assert_eq!(postcard::from_bytes::<Noted>(&bytes), Ok(noted));
        assert_eq!(Noted::KIND, Kind::new(0x0870));
    }
}
