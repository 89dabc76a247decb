//! Finding teams, counting their members, and what of them is unread.

use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_model::{Id, Team, TeamMember, TeamUnread};
use serde::Serialize;
use std::collections::BTreeMap;

use super::{COLUMNS, MEMBER, MEMBER_FROM, member_of, team_of};

/// Which teams somebody may list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listable {
    /// Those that anybody may join.
    pub open: bool,
    /// The others.
    pub closed: bool,
}

impl Listable {
    /// The teams that may be listed, as a condition; `open_type` asks for type `O` besides.
    fn condition(self, open_type: bool) -> &'static str {
        match (self.open, self.closed, open_type) {
            (true, true, _) => "1 = 1",
            (true, false, false) => "team.open_invite = 1",
            (true, false, true) => "team.open_invite = 1 AND team.kind = 'O'",
            (false, true, false) => "team.open_invite = 0",
            (false, true, true) => "team.open_invite = 0 AND team.kind = 'O'",
            (false, false, _) => "1 = 0",
        }
    }
}

/// A page of the teams that may be listed, by display name, archived ones included.
pub fn list(
    rows: &mut dyn Rows,
    listable: Listable,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<Team>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM team WHERE {} ORDER BY LOWER(team.display_name), team.name \
         LIMIT ?1 OFFSET ?2",
        listable.condition(false)
    );
    rows.all(&sql, params![limit, offset], team_of)
}

/// How many teams may be listed.
pub fn count(rows: &mut dyn Rows, listable: Listable) -> Outcome<i64> {
    rows.count(&format!("SELECT count(*) FROM team WHERE {}", listable.condition(false)), &[])
}

/// The teams that may be listed and have a term in their name or display name, by display name.
pub fn search(rows: &mut dyn Rows, listable: Listable, typed: &str) -> Outcome<Vec<Team>> {
    let term = typed.trim().to_lowercase();
    let sql = format!(
        "SELECT {COLUMNS} FROM team WHERE {} ORDER BY LOWER(team.display_name), team.name",
        listable.condition(true)
    );
    let mut found = Vec::new();
    rows.query(&sql, &[], &mut |row| {
        let team = team_of(row);
        let has = |text: &str| text.to_lowercase().contains(&term);
        if has(&team.name) || has(&team.display_name) {
            found.push(team);
        }
        Ok(())
    })?;
    Ok(found)
}

/// The live team of an invitation link.
pub fn by_invite(rows: &mut dyn Rows, invite_id: &str) -> Outcome<Option<Team>> {
    if invite_id.is_empty() {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM team WHERE invite_id = ?1 AND delete_at = 0");
    rows.first(&sql, params![invite_id], team_of)
}

/// The live memberships of some people in a team.
pub fn members_among(rows: &mut dyn Rows, team: Id, people: &[Id]) -> Outcome<Vec<TeamMember>> {
    let list: Vec<_> = people.iter().map(Into::into).collect();
    let sql = format!(
        "SELECT {MEMBER} {MEMBER_FROM} WHERE team.id = ?1 AND m.delete_at = 0 \
         AND account.id IN ({{in}})"
    );
    let mut found = rows.all_in(&sql, params![&team], &list, member_of)?;
    found.sort_by_key(|member| member.user_id);
    found.dedup_by_key(|member| member.user_id);
    Ok(found)
}

/// A team in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TeamStats {
    /// Which team.
    pub team_id: Id,
    /// Members, deactivated ones included.
    pub total_member_count: i64,
    /// Members who are not deactivated.
    pub active_member_count: i64,
}

/// The numbers of a team.
pub fn stats(rows: &mut dyn Rows, team: Id) -> Outcome<TeamStats> {
    let counted = rows.first(
        "SELECT count(*), CAST(COALESCE(SUM(CASE WHEN account.delete_at = 0 THEN 1 ELSE 0 END), 0) \
         AS BIGINT) FROM team JOIN team_member m ON m.team_key = team.key AND m.delete_at = 0 \
         JOIN account ON account.key = m.account_key WHERE team.id = ?1",
        params![&team],
        |row| (row.int(0), row.int(1)),
    )?;
    let (total_member_count, active_member_count) = counted.unwrap_or_default();
    Ok(TeamStats { team_id: team, total_member_count, active_member_count })
}

/// What a person has not read, by team; conversations belong to the team of no id. Muted channels
/// count their mentions only. Followed threads are counted where they are asked for.
pub fn unread(rows: &mut dyn Rows, person: Id, threads: bool) -> Outcome<Vec<TeamUnread>> {
    let mut sums: BTreeMap<Id, TeamUnread> = BTreeMap::new();
    rows.query(
        "SELECT team.id, channel.total, m.msg_count, channel.total_root, m.msg_count_root, \
         m.mention_count, m.mention_count_root, m.notify_props \
         FROM account JOIN channel_member m ON m.account_key = account.key AND m.left_at = 0 \
         JOIN channel ON channel.key = m.channel_key AND channel.delete_at = 0 \
         LEFT JOIN team ON team.key = channel.team_key \
         WHERE account.id = ?1 AND (team.delete_at = 0 OR team.key IS NULL)",
        params![&person],
        &mut |row| {
            let team = row.id(0);
            let sum = sums.entry(team).or_default();
            sum.team_id = team;
            sum.mention_count += row.int(5);
            sum.mention_count_root += row.int(6);
            if !row.text(7).contains("\"mark_unread\":\"mention\"") {
                sum.msg_count += (row.int(1) - row.int(2)).max(0);
                sum.msg_count_root += (row.int(3) - row.int(4)).max(0);
            }
            Ok(())
        },
    )?;
    if threads {
        for (team, count, mentions) in crate::thread::list::unread_by_team(rows, person)? {
            if let Some(sum) = sums.get_mut(&team) {
                sum.thread_count = count;
                sum.thread_mention_count = mentions;
            }
        }
    }
    Ok(sums.into_values().collect())
}
