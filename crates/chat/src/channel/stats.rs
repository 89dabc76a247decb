//! How many belong to channels, and where they are.

use std::collections::BTreeMap;

use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_model::{Id, StringMap};
use serde::Serialize;

/// What a channel's title shows in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ChannelStats {
    /// Which channel.
    pub channel_id: Id,
    /// Active members, guests included.
    pub member_count: i64,
    /// Active guests.
    pub guest_count: i64,
    /// Live pinned posts.
    pub pinnedpost_count: i64,
    /// Files of live posts; -1 where nobody asked for them.
    pub files_count: i64,
}

/// The numbers of a channel, with that of its files if it is wanted.
pub fn of_channel(rows: &mut dyn Rows, channel: Id, counts_files: bool) -> Outcome<ChannelStats> {
    let (member_count, guest_count) = rows
        .first(
            "SELECT count(*), CAST(COALESCE(SUM(m.scheme_guest), 0) AS BIGINT) FROM channel \
             JOIN channel_member m ON m.channel_key = channel.key AND m.left_at = 0 \
             JOIN account ON account.key = m.account_key AND account.delete_at = 0 \
             WHERE channel.id = ?1",
            params![&channel],
            |row| (row.int(0), row.int(1)),
        )?
        .unwrap_or_default();
    let pinnedpost_count = rows.count(
        "SELECT count(*) FROM post WHERE channel_key = (SELECT key FROM channel WHERE id = ?1) \
         AND pinned = 1 AND delete_at = 0",
        params![&channel],
    )?;
    let files_count = if counts_files { files_of(rows, channel)? } else { -1 };
    Ok(ChannelStats {
        channel_id: channel,
        member_count,
        guest_count,
        pinnedpost_count,
        files_count,
    })
}

/// How many files the live posts of a channel have.
fn files_of(rows: &mut dyn Rows, channel: Id) -> Outcome<i64> {
    rows.count(
        "SELECT count(DISTINCT file.id) FROM file \
         JOIN attachment ON attachment.file = file.id AND attachment.removed_at = 0 \
         JOIN post ON post.key = attachment.post_key AND post.channel_key = file.channel_key \
           AND post.delete_at = 0 \
         WHERE file.channel_key = (SELECT key FROM channel WHERE id = ?1)",
        params![&channel],
    )
}

/// How many active members some channels have.
pub fn member_counts(rows: &mut dyn Rows, channels: &[Id]) -> Outcome<BTreeMap<Id, i64>> {
    let list: Vec<_> = channels.iter().map(Into::into).collect();
    let counted = rows.all_in(
        "SELECT channel.id, count(account.key) FROM channel \
         JOIN channel_member m ON m.channel_key = channel.key AND m.left_at = 0 \
         JOIN account ON account.key = m.account_key AND account.delete_at = 0 \
         WHERE channel.id IN ({in}) GROUP BY channel.id",
        &[],
        &list,
        |row| (row.id(0), row.int(1)),
    )?;
    let mut counts: BTreeMap<Id, i64> = channels.iter().map(|channel| (*channel, 0)).collect();
    counts.extend(counted);
    Ok(counts)
}

/// The time zones in which the members of a channel are.
pub fn timezones(rows: &mut dyn Rows, channel: Id) -> Outcome<Vec<String>> {
    let settings = rows.all(
        "SELECT DISTINCT account.timezone FROM channel \
         JOIN channel_member m ON m.channel_key = channel.key AND m.left_at = 0 \
         JOIN account ON account.key = m.account_key WHERE channel.id = ?1",
        params![&channel],
        |row| serde_json::from_str::<StringMap>(row.text(0)).unwrap_or_default(),
    )?;
    let zone = |settings: &StringMap| {
        let automatic = settings.get("useAutomaticTimezone").is_some_and(|on| on == "true");
        let key = if automatic { "automaticTimezone" } else { "manualTimezone" };
        settings.get(key).filter(|zone| !zone.is_empty()).cloned()
    };
    let mut zones: Vec<String> = settings.iter().filter_map(zone).collect();
    zones.sort_unstable();
    zones.dedup();
    Ok(zones)
}
