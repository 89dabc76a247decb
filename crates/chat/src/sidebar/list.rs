//! A sidebar as its owner sees it.

use std::collections::HashMap;

use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_model::{Id, SidebarCategory};

use super::{default_id, no_category};

/// The kinds of the default categories, in their order, with their names and sorting.
const DEFAULTS: [(&str, &str, &str); 3] = [
    ("favorites", "Favorites", ""),
    ("channels", "Channels", ""),
    ("direct_messages", "Direct Messages", "recent"),
];

/// The categories of a sidebar, in order.
#[derive(Debug, Clone)]
pub struct Sidebar {
    /// The categories with their channels.
    pub categories: Vec<SidebarCategory>,
    /// The ranks of the channels that were put somewhere.
    pub(super) ranks: HashMap<Id, i64>,
}

impl Sidebar {
    /// The ids of the categories, in order.
    pub fn order(&self) -> Vec<String> {
        self.categories.iter().map(|category| category.id.clone()).collect()
    }

    /// A category by its id.
    pub fn find(&self, id: &str) -> Outcome<&SidebarCategory> {
        self.categories.iter().find(|category| category.id == id).ok_or_else(no_category)
    }
}

/// A channel that belongs in a sidebar, and where its owner put it.
struct Listed {
    channel: Id,
    conversation: bool,
    archived: bool,
    category: String,
    position: i64,
}

/// A person's sidebar of a team.
pub fn sidebar(rows: &mut dyn Rows, person: Id, team: Id) -> Outcome<Sidebar> {
    let mut categories = categories(rows, person, team)?;
    let listed = listed(rows, person, team)?;
    let mut explicit: Vec<&Listed> = Vec::new();
    let mut orphans: Vec<&Listed> = Vec::new();
    for channel in &listed {
        let placed = categories.iter().any(|c| c.id == channel.category && holds(c, channel));
        if placed { explicit.push(channel) } else { orphans.push(channel) }
    }
    explicit.sort_by_key(|channel| (channel.position, channel.channel));
    let ranks = explicit.iter().map(|channel| (channel.channel, channel.position)).collect();
    for category in &mut categories {
        let own = explicit.iter().filter(|channel| channel.category == category.id);
        category.channel_ids.extend(own.map(|channel| channel.channel));
        let conversations = match category.kind.as_str() {
            "channels" => false,
            "direct_messages" => true,
            _ => continue,
        };
        let fall_to = |c: &&&Listed| c.conversation == conversations && !c.archived;
        category.channel_ids.extend(orphans.iter().filter(fall_to).map(|c| c.channel));
    }
    Ok(Sidebar { categories, ranks })
}

/// Whether a category can hold a channel that was put there: conversations have a default
/// category of their own, which nothing is put into by hand.
fn holds(category: &SidebarCategory, channel: &Listed) -> bool {
    match category.kind.as_str() {
        "direct_messages" => false,
        "channels" => !channel.conversation,
        _ => true,
    }
}

fn listed(rows: &mut dyn Rows, person: Id, team: Id) -> Outcome<Vec<Listed>> {
    rows.all(
        "SELECT channel.id, channel.team_key, channel.delete_at, place.category, place.position \
         FROM account JOIN channel_member m ON m.account_key = account.key AND m.left_at = 0 \
         JOIN channel ON channel.key = m.channel_key \
         LEFT JOIN team ON team.key = channel.team_key \
         LEFT JOIN sidebar_place place ON place.account_key = account.key AND place.team = ?2 \
           AND place.channel = channel.id \
         WHERE account.id = ?1 AND (channel.team_key = 0 OR team.id = ?2) \
         ORDER BY LOWER(channel.display_name), channel.id",
        params![&person, &team],
        |row| Listed {
            channel: row.id(0),
            conversation: row.int(1) == 0,
            archived: row.int(2) != 0,
            category: row.text(3).to_owned(),
            position: row.int(4),
        },
    )
}

/// The categories of a sidebar in order, without channels.
fn categories(rows: &mut dyn Rows, person: Id, team: Id) -> Outcome<Vec<SidebarCategory>> {
    let stored = rows.all(
        "SELECT c.id, c.display_name, c.sorting, c.muted, c.collapsed, c.removed FROM account \
         JOIN sidebar_category c ON c.account_key = account.key \
         WHERE account.id = ?1 AND c.team = ?2 ORDER BY c.stamp DESC, c.id",
        params![&person, &team],
        |row| {
            let category = SidebarCategory {
                id: row.text(0).to_owned(),
                display_name: row.text(1).to_owned(),
                sorting: row.text(2).to_owned(),
                muted: row.flag(3),
                collapsed: row.flag(4),
                kind: "custom".to_owned(),
                user_id: person,
                team_id: team,
                ..SidebarCategory::default()
            };
            (category, row.flag(5))
        },
    )?;
    let mut custom = Vec::new();
    let mut changed: HashMap<String, SidebarCategory> = HashMap::new();
    for (category, removed) in stored {
        if category.id.contains('_') {
            changed.insert(category.id.clone(), category);
        } else if !removed {
            custom.push(category);
        }
    }
    let [favorites, channels, messages] = DEFAULTS.map(|(kind, name, sorting)| {
        let id = default_id(kind, person, team);
        let mut category = changed.remove(&id).unwrap_or_else(|| SidebarCategory {
            id,
            sorting: sorting.to_owned(),
            user_id: person,
            team_id: team,
            ..SidebarCategory::default()
        });
        kind.clone_into(&mut category.kind);
        name.clone_into(&mut category.display_name);
        category
    });
    let mut all = vec![favorites];
    all.append(&mut custom);
    all.extend([channels, messages]);
    arrange(rows, &mut all, person, team)?;
    Ok(all)
}

/// Puts categories into the order that was written. Those it does not name, as one that another
/// site made meanwhile, stay where a new one goes.
fn arrange(
    rows: &mut dyn Rows,
    all: &mut Vec<SidebarCategory>,
    person: Id,
    team: Id,
) -> Outcome<()> {
    let written = rows.first(
        "SELECT o.ids FROM account JOIN sidebar_order o ON o.account_key = account.key \
         WHERE account.id = ?1 AND o.team = ?2",
        params![&person, &team],
        |row| row.text(0).split(' ').map(str::to_owned).collect::<Vec<String>>(),
    )?;
    if let Some(written) = written {
        let (mut named, unnamed): (Vec<_>, Vec<_>) =
            std::mem::take(all).into_iter().partition(|c| written.contains(&c.id));
        named.sort_by_key(|c| written.iter().position(|id| *id == c.id));
        let at = new_place(&named);
        named.splice(at..at, unnamed);
        *all = named;
    }
    for (category, order) in all.iter_mut().zip((0..).step_by(10)) {
        category.sort_order = order;
    }
    Ok(())
}

/// Where a new category goes: first, but after the favourites where those are first.
pub(super) fn new_place(categories: &[SidebarCategory]) -> usize {
    usize::from(categories.first().is_some_and(|first| first.kind == "favorites"))
}
