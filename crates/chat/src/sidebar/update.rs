//! Editing a sidebar.

use std::collections::HashMap;

use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, Outcome, RowsExt, Work, params};
use fieldpost_model::{Id, SidebarCategory, StringMap};

use super::list::{Sidebar, new_place, sidebar};
use super::{About, CategoryState, Placement, SidebarEdited, default_id, scope};
use crate::channel::{member, role};
use crate::facts;
use crate::preference::update::{FAVORITE, write_quietly};
use crate::preference::{self, Written};

/// Categories in one sidebar at most.
const MOST_CATEGORIES: usize = 500;

/// The longest name of a category, in characters.
const LONGEST_NAME: usize = 64;

/// The distance between the ranks of neighbours, so that another fits between.
const STEP: i64 = 10;

/// Whose sidebar of which team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Of {
    /// Whose.
    pub person: Id,
    /// Of which team.
    pub team: Id,
}

impl Of {
    fn edit(self, about: About) -> SidebarEdited {
        SidebarEdited {
            team: self.team,
            categories: Vec::new(),
            places: Vec::new(),
            order: None,
            about,
        }
    }
}

fn may_edit(work: &mut Work<'_>, caller: &Caller, of: Of) -> Outcome<Sidebar> {
    facts::require_person_in_team(work, caller, of.person, of.team)?;
    sidebar(work, of.person, of.team)
}

fn state(category: &SidebarCategory) -> CategoryState {
    let custom = category.kind == "custom";
    CategoryState {
        id: category.id.clone(),
        display_name: if custom { category.display_name.clone() } else { String::new() },
        sorting: category.sorting.clone(),
        muted: category.muted && category.kind != "direct_messages",
        collapsed: category.collapsed,
        removed: false,
    }
}

fn require_name(name: &str) -> Outcome<()> {
    if name.chars().count() > LONGEST_NAME {
        return Err(Failure::invalid_body("category.display_name"));
    }
    Ok(())
}

fn require_sorting(sorting: &str) -> Outcome<()> {
    if matches!(sorting, "" | "manual" | "recent" | "alpha") {
        return Ok(());
    }
    Err(Failure::invalid_body("category.sorting"))
}

/// The channels of a list that belong in the sidebar, each once.
fn owned(sidebar: &Sidebar, sent: &[Id]) -> Vec<Id> {
    let mut seen = std::collections::HashSet::new();
    let known: std::collections::HashSet<Id> =
        sidebar.categories.iter().flat_map(|c| c.channel_ids.iter().copied()).collect();
    sent.iter().copied().filter(|id| known.contains(id) && seen.insert(*id)).collect()
}

fn places(category: &str, channels: &[Id]) -> Vec<Placement> {
    let ranks = (0..).step_by(usize::try_from(STEP).unwrap_or(1));
    let place = |(channel, position): (&Id, i64)| Placement {
        channel: *channel,
        category: category.to_owned(),
        position,
    };
    channels.iter().zip(ranks).map(place).collect()
}

/// Whether a channel is where it would be put.
fn stands(sidebar: &Sidebar, place: &Placement) -> bool {
    let there = |category: &&SidebarCategory| category.id == place.category;
    sidebar.ranks.get(&place.channel) == Some(&place.position)
        && sidebar
            .categories
            .iter()
            .find(there)
            .is_some_and(|category| category.channel_ids.contains(&place.channel))
}

/// A category that is to be changed: it must be one of the sidebar's.
fn known<'s>(sidebar: &'s Sidebar, id: &str) -> Outcome<&'s SidebarCategory> {
    sidebar.find(id).map_err(|_| Failure::invalid_body("category"))
}

/// Makes a category, with channels moved into it.
pub fn create(
    work: &mut Work<'_>,
    caller: &Caller,
    of: Of,
    sent: &SidebarCategory,
) -> Outcome<SidebarCategory> {
    let before = may_edit(work, caller, of)?;
    require_name(&sent.display_name)?;
    require_sorting(&sent.sorting)?;
    if before.categories.len() >= MOST_CATEGORIES {
        return Err(Failure::invalid(
            "app.channel.sidebar_categories.app_error",
            "This sidebar has as many categories as it may have.",
        ));
    }
    let id = work.random_id().to_string();
    let made = SidebarCategory {
        id: id.clone(),
        kind: "custom".to_owned(),
        collapsed: false,
        ..sent.clone()
    };
    let mut order = before.order();
    order.insert(new_place(&before.categories), id.clone());
    let mut edit = of.edit(About::Created(id.clone()));
    edit.categories.push(state(&made));
    edit.places = places(&id, &owned(&before, &sent.channel_ids));
    edit.order = Some(order);
    work.emit(scope(of.person), caller.user, &edit)?;
    follow(work, caller, of, &before, std::slice::from_ref(&id))?;
    sidebar(work, of.person, of.team)?.find(&id).cloned()
}

/// Changes categories: their look, and which channels are in them, in which order.
pub fn update(
    work: &mut Work<'_>,
    caller: &Caller,
    of: Of,
    sent: &[SidebarCategory],
) -> Outcome<Vec<SidebarCategory>> {
    let before = may_edit(work, caller, of)?;
    if sent.is_empty() || sent.len() > MOST_CATEGORIES {
        return Err(Failure::invalid_body("categories"));
    }
    let ids: Vec<String> = sent.iter().map(|category| category.id.clone()).collect();
    let mut edit = of.edit(About::Updated(ids.clone()));
    let mut placed: HashMap<Id, Placement> = HashMap::new();
    for category in sent {
        let old = known(&before, &category.id)?;
        require_name(&category.display_name)?;
        require_sorting(&category.sorting)?;
        let new = SidebarCategory { kind: old.kind.clone(), ..category.clone() };
        if state(&new) != state(old) {
            edit.categories.push(state(&new));
        }
        // Whatever is left out of a category falls back to its default one, unless another
        // category of the same request has it.
        for channel in old.channel_ids.iter().filter(|id| before.ranks.contains_key(id)) {
            let nowhere = Placement { channel: *channel, category: String::new(), position: 0 };
            placed.entry(*channel).or_insert(nowhere);
        }
        if old.kind != "direct_messages" {
            for place in places(&old.id, &owned(&before, &category.channel_ids)) {
                placed.insert(place.channel, place);
            }
        }
    }
    edit.places = placed.into_values().filter(|place| !stands(&before, place)).collect();
    edit.places.sort_by_key(|place| place.channel);
    work.emit(scope(of.person), caller.user, &edit)?;
    follow(work, caller, of, &before, &ids)?;
    let after = sidebar(work, of.person, of.team)?;
    ids.iter().map(|id| after.find(id).cloned()).collect()
}

/// Puts the categories into another order; all of them are named.
pub fn order(
    work: &mut Work<'_>,
    caller: &Caller,
    of: Of,
    order: &[String],
) -> Outcome<Vec<String>> {
    let before = may_edit(work, caller, of)?;
    let sorted = |mut ids: Vec<String>| {
        ids.sort_unstable();
        ids
    };
    if sorted(order.to_vec()) != sorted(before.order()) {
        return Err(Failure::invalid(
            "app.channel.sidebar_categories.app_error",
            "The order names every category of the sidebar once.",
        ));
    }
    let mut edit = of.edit(About::Ordered);
    edit.order = Some(order.to_vec());
    work.emit(scope(of.person), caller.user, &edit)?;
    Ok(sidebar(work, of.person, of.team)?.order())
}

/// Removes a category that somebody made; its channels fall back to the default ones.
pub fn delete(work: &mut Work<'_>, caller: &Caller, of: Of, id: &str) -> Outcome<()> {
    let before = may_edit(work, caller, of)?;
    let old = known(&before, id)?;
    if old.kind != "custom" {
        return Err(Failure::invalid(
            "api.category.delete_category.default.app_error",
            "A default category stays.",
        ));
    }
    let mut edit = of.edit(About::Deleted(id.to_owned()));
    edit.categories.push(CategoryState { removed: true, ..state(old) });
    edit.order = Some(before.order().into_iter().filter(|other| other != id).collect());
    work.emit(scope(of.person), caller.user, &edit)?;
    Ok(())
}

/// What follows from an edit: favourites have a preference each, and the channels of a muted
/// category are muted.
fn follow(
    work: &mut Work<'_>,
    caller: &Caller,
    of: Of,
    before: &Sidebar,
    edited: &[String],
) -> Outcome<()> {
    let after = sidebar(work, of.person, of.team)?;
    mirror_favorites(work, caller, of, before, &after)?;
    let home = |sidebar: &Sidebar| -> HashMap<Id, (String, bool)> {
        let each = sidebar.categories.iter().flat_map(|category| {
            let home = (category.id.clone(), category.muted);
            category.channel_ids.iter().map(move |channel| (*channel, home.clone()))
        });
        each.collect()
    };
    let (was, is) = (home(before), home(&after));
    for (channel, (category, muted)) in is {
        let Some((old, was_muted)) = was.get(&channel) else { continue };
        // A category that was just made mutes what is moved into it; of others both ends of a
        // move are in the request.
        let both = edited.contains(old) || !before.categories.iter().any(|c| c.id == category);
        if edited.contains(&category) && both && *was_muted != muted {
            mute(work, caller, of.person, channel, muted)?;
        }
    }
    Ok(())
}

fn mute(work: &mut Work<'_>, caller: &Caller, person: Id, channel: Id, muted: bool) -> Outcome<()> {
    let level = if muted { "mention" } else { "all" };
    let Some(member) = member::find(work, channel, person)? else { return Ok(()) };
    if member.notify_props.get("mark_unread").is_some_and(|now| now == level) {
        return Ok(());
    }
    let props: StringMap = [("mark_unread".to_owned(), level.to_owned())].into();
    role::write_notify_props(work, caller.user, channel, person, props)
}

fn mirror_favorites(
    work: &mut Work<'_>,
    caller: &Caller,
    of: Of,
    before: &Sidebar,
    after: &Sidebar,
) -> Outcome<()> {
    let favorites = |sidebar: &Sidebar| -> Vec<Id> {
        let own = sidebar.categories.iter().filter(|category| category.kind == "favorites");
        own.flat_map(|category| category.channel_ids.iter().copied()).collect()
    };
    let (was, is) = (favorites(before), favorites(after));
    let written = |channel: &Id, value: Option<&str>| Written {
        category: FAVORITE.to_owned(),
        name: channel.to_string(),
        value: value.map(str::to_owned),
    };
    let added = is.iter().filter(|id| !was.contains(id)).map(|id| written(id, Some("true")));
    let removed = was.iter().filter(|id| !is.contains(id)).map(|id| written(id, None));
    write_quietly(work, caller.user, of.person, added.chain(removed).collect())
}

/// Puts a channel first among a person's favourites, or takes it out of them: of its team, or of
/// all of their teams for a conversation.
pub(crate) fn favor(
    work: &mut Work<'_>,
    author: Id,
    person: Id,
    channel: Id,
    is: bool,
) -> Outcome<()> {
    let Some(found) = crate::channel::by_id(work, channel)? else { return Ok(()) };
    if member::find(work, channel, person)?.is_none() {
        return Ok(());
    }
    let teams = match found.team_id.some() {
        Some(team) => vec![team],
        None => crate::team::of_person(work, person)?.iter().map(|team| team.id).collect(),
    };
    for team in teams {
        let of = Of { person, team };
        let id = default_id("favorites", person, team);
        let now = sidebar(work, person, team)?;
        let favorites = now.find(&id)?;
        if favorites.channel_ids.contains(&channel) == is {
            continue;
        }
        let ranks = favorites.channel_ids.iter().filter_map(|c| now.ranks.get(c));
        let position = ranks.min().map_or(0, |lowest| lowest - STEP);
        let category = if is { id } else { String::new() };
        let mut edit = of.edit(About::Nothing);
        edit.places.push(Placement { channel, category, position });
        work.emit(scope(person), author, &edit)?;
    }
    Ok(())
}

/// A channel is of another team now: where its people had put it is none there, but a favourite
/// stays one.
pub(crate) fn follow_channel(work: &mut Work<'_>, author: Id, channel: Id) -> Outcome<()> {
    let placed = work.all(
        "SELECT account.id, EXISTS (SELECT 1 FROM preference p WHERE p.account_key = account.key \
           AND p.category = ?2 AND p.name = ?3 AND p.value = 'true') \
         FROM channel JOIN channel_member m ON m.channel_key = channel.key AND m.left_at = 0 \
         JOIN account ON account.key = m.account_key \
         WHERE channel.id = ?1 AND EXISTS (SELECT 1 FROM sidebar_place place \
           WHERE place.account_key = m.account_key AND place.channel = ?1 \
           AND place.category <> '') ORDER BY account.key",
        params![&channel, FAVORITE, &channel.to_string()],
        |row| (row.id(0), row.flag(1)),
    )?;
    for (person, is_favorite) in placed {
        forget_channel(work, author, person, channel)?;
        if is_favorite {
            favor(work, author, person, channel, true)?;
        }
    }
    Ok(())
}

/// Takes a channel out of a person's sidebars: whoever comes back finds it in the default place.
pub(crate) fn forget_channel(
    work: &mut Work<'_>,
    author: Id,
    person: Id,
    channel: Id,
) -> Outcome<()> {
    let teams = work.all(
        "SELECT place.team FROM account \
         JOIN sidebar_place place ON place.account_key = account.key \
         WHERE account.id = ?1 AND place.channel = ?2 AND place.category <> ''",
        params![&person, &channel],
        |row| row.id(0),
    )?;
    for team in teams {
        let mut edit = Of { person, team }.edit(About::Nothing);
        edit.places.push(Placement { channel, category: String::new(), position: 0 });
        work.emit(scope(person), author, &edit)?;
    }
    Ok(())
}

/// Forgets a person's sidebar of a team they left, and their settings of it.
pub(crate) fn forget_team(work: &mut Work<'_>, author: Id, person: Id, team: Id) -> Outcome<()> {
    preference::update::forget(work, author, person, &team.to_string())?;
    let of = Of { person, team };
    let now = sidebar(work, person, team)?;
    let mut edit = of.edit(About::Nothing);
    for category in now.categories.iter().filter(|category| category.kind == "custom") {
        edit.categories.push(CategoryState { removed: true, ..state(category) });
    }
    if !edit.categories.is_empty() {
        work.emit(scope(person), author, &edit)?;
    }
    Ok(())
}

/// A person's sidebar of a team, if the caller may see it.
pub fn seen(rows: &mut dyn fieldpost_kernel::Rows, caller: &Caller, of: Of) -> Outcome<Sidebar> {
    facts::require_person_in_team(rows, caller, of.person, of.team)?;
    sidebar(rows, of.person, of.team)
}
