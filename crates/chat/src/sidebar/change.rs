//! What can happen to a sidebar, what it means, and what its owner is told.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, Features, Kind, Outcome, Rows,
    RowsExt, Shown, events, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, SidebarCategory};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::list;

/// Teams and channels are named by their ids, so that nothing has to wait for them. A category
/// that was removed keeps its row, and a channel that was taken out of one its place without a
/// category, so that older changes cannot bring them back.
const TABLES: &str = "
CREATE TABLE sidebar_category (
    account_key INTEGER NOT NULL,
    id TEXT NOT NULL,
    team BLOB NOT NULL,
    display_name TEXT NOT NULL,
    sorting TEXT NOT NULL,
    muted INTEGER NOT NULL,
    collapsed INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    PRIMARY KEY (account_key, id)
);
CREATE INDEX sidebar_category_team ON sidebar_category (account_key, team);
CREATE TABLE sidebar_order (
    account_key INTEGER NOT NULL,
    team BLOB NOT NULL,
    ids TEXT NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    PRIMARY KEY (account_key, team)
);
CREATE TABLE sidebar_place (
    account_key INTEGER NOT NULL,
    team BLOB NOT NULL,
    channel BLOB NOT NULL,
    category TEXT NOT NULL,
    position INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    PRIMARY KEY (account_key, team, channel)
);
CREATE INDEX sidebar_place_channel ON sidebar_place (account_key, channel)";

/// A category as it was written, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryState {
    /// Which.
    pub id: String,
    /// The name people read; empty for the default ones.
    pub display_name: String,
    /// How clients sort it.
    pub sorting: String,
    /// Whether its channels are muted.
    pub muted: bool,
    /// Whether it is folded.
    pub collapsed: bool,
    /// Whether it is gone.
    pub removed: bool,
}

/// Where a channel was put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Which channel.
    pub channel: Id,
    /// In which category; in the default one of its kind where this is empty.
    pub category: String,
    /// Its rank there.
    pub position: i64,
}

/// What the owner of a sidebar is told of an edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum About {
    /// Nothing: it follows from something else.
    Nothing,
    /// A category was made.
    Created(String),
    /// Categories were changed.
    Updated(Vec<String>),
    /// The categories have another order.
    Ordered,
    /// A category was removed.
    Deleted(String),
}

/// A person edited their sidebar of a team. Each category, each channel's place and the order are
/// decided by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SidebarEdited {
    /// The team.
    pub team: Id,
    /// Categories that were written.
    pub categories: Vec<CategoryState>,
    /// Channels that were put somewhere.
    pub places: Vec<Placement>,
    /// The order of the categories, where it was written.
    pub order: Option<Vec<String>>,
    /// What is told of it.
    pub about: About,
}

impl Body for SidebarEdited {
    const KIND: Kind = Kind::new(0x0710);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];
}

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_edited);
    features.show(show_edited);
}

fn apply_edited(edit: &SidebarEdited, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let person = cx.change.name.scope.id;
    let account =
        cx.rows.first("SELECT key FROM account WHERE id = ?1", params![&person], |r| r.int(0))?;
    let Some(account) = account else { return Ok(Applied::Waits(person)) };
    let stamp = i64::from_be_bytes(cx.change.stamp.0.to_be_bytes());
    let site = cx.change.name.site.0;
    for category in &edit.categories {
        cx.rows.execute(
            "INSERT INTO sidebar_category (account_key, id, team, display_name, sorting, muted, \
             collapsed, removed, stamp, site) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
             ON CONFLICT (account_key, id) DO UPDATE SET display_name = excluded.display_name, \
             sorting = excluded.sorting, muted = excluded.muted, collapsed = excluded.collapsed, \
             removed = CASE WHEN sidebar_category.removed = 1 THEN 1 ELSE excluded.removed END, \
             stamp = excluded.stamp, site = excluded.site \
             WHERE (sidebar_category.stamp, sidebar_category.site) < (excluded.stamp, excluded.site)",
            params![
                account,
                &category.id,
                &edit.team,
                &category.display_name,
                &category.sorting,
                category.muted,
                category.collapsed,
                category.removed,
                stamp,
                &site,
            ],
        )?;
        if category.removed {
            // Removing wins, whatever else was written to the category and when.
            cx.rows.execute(
                "UPDATE sidebar_category SET removed = 1 WHERE account_key = ?1 AND id = ?2",
                params![account, &category.id],
            )?;
        }
    }
    for place in &edit.places {
        cx.rows.execute(
            "INSERT INTO sidebar_place (account_key, team, channel, category, position, stamp, \
             site) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
             ON CONFLICT (account_key, team, channel) DO UPDATE SET category = excluded.category, \
             position = excluded.position, stamp = excluded.stamp, site = excluded.site \
             WHERE (sidebar_place.stamp, sidebar_place.site) < (excluded.stamp, excluded.site)",
            params![
                account,
                &edit.team,
                &place.channel,
                &place.category,
                place.position,
                stamp,
                &site
            ],
        )?;
    }
    if let Some(order) = &edit.order {
        let ids = order.join(" ");
        cx.rows.execute(
            "INSERT INTO sidebar_order (account_key, team, ids, stamp, site) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (account_key, team) DO UPDATE SET \
             ids = excluded.ids, stamp = excluded.stamp, site = excluded.site \
             WHERE (sidebar_order.stamp, sidebar_order.site) < (excluded.stamp, excluded.site)",
            params![account, &edit.team, &ids, stamp, &site],
        )?;
    }
    Ok(Applied::Done)
}

fn show_edited(edit: &SidebarEdited, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let person = change.name.scope.id;
    let mut own = Audience::user(person);
    own.team = edit.team;
    let event = match &edit.about {
        About::Nothing => return Ok(Shown::default()),
        About::Created(id) => {
            Event::new(events::SIDEBAR_CATEGORY_CREATED, own, json!({ "category_id": id }))
        }
        About::Deleted(id) => {
            Event::new(events::SIDEBAR_CATEGORY_DELETED, own, json!({ "category_id": id }))
        }
        About::Ordered => {
            let order = list::sidebar(rows, person, edit.team)?.order();
            Event::new(events::SIDEBAR_CATEGORY_ORDER_UPDATED, own, json!({ "order": order }))
        }
        About::Updated(ids) => {
            let all = list::sidebar(rows, person, edit.team)?.categories;
            let updated: Vec<SidebarCategory> =
                all.into_iter().filter(|category| ids.contains(&category.id)).collect();
            let updated = serde_json::to_string(&updated).map_err(Failure::internal)?;
            let data = json!({ "updatedCategories": updated });
            Event::new(events::SIDEBAR_CATEGORY_UPDATED, own, data)
        }
    };
    Ok(event.into())
}
