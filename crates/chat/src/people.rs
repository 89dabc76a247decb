//! Who is where: lists, searches and visibility of people by the places they belong to.

use std::collections::{HashMap, HashSet};

use fieldpost_access::{
    Caller, Permission, SchemeRoles, VisibilityFacts, builtin, may_see_user, require_system,
};
use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, Value, params};
use fieldpost_model::{Id, User};

use crate::facts::{denied, membership};

/// In whose name something is written that happened to a person: in their own, unless they are at
/// home at another site, which alone speaks for them; then in that of whoever did it, if anybody.
pub(crate) fn spokesman(rows: &mut dyn Rows, person: Id, by: Id) -> Outcome<Id> {
    let sql = "SELECT count(*) FROM account WHERE id = ?1 AND home IS NULL";
    Ok(if rows.count(sql, params![&person])? > 0 { person } else { by })
}

/// What anybody may see of some people, without their addresses.
pub(crate) fn profiles(rows: &mut dyn Rows, people: &[Id]) -> Outcome<HashMap<Id, User>> {
    let mut list: Vec<&Id> = people.iter().collect();
    list.sort_unstable();
    list.dedup();
    let list: Vec<_> = list.into_iter().map(Value::from).collect();
    let found = rows.all_in(
        "SELECT id, username, create_at, update_at, delete_at, nickname, first_name, last_name, \
         position, locale, timezone, props, roles, is_bot, bot_description, picture_at, home \
         FROM account WHERE id IN ({in})",
        &[],
        &list,
        profile_of,
    )?;
    Ok(found.into_iter().map(|user| (user.id, user)).collect())
}

fn profile_of(row: &dyn Row) -> User {
    let text = |column| row.text(column).to_owned();
    let map = |column| serde_json::from_str(row.text(column)).unwrap_or_default();
    User {
        id: row.id(0),
        username: text(1),
        create_at: row.int(2),
        update_at: row.int(3),
        delete_at: row.int(4),
        nickname: text(5),
        first_name: text(6),
        last_name: text(7),
        position: text(8),
        locale: text(9),
        timezone: map(10),
        props: map(11),
        roles: text(12),
        is_bot: row.flag(13),
        bot_description: text(14),
        last_picture_update: row.int(15),
        remote_id: (!row.is_null(16)).then(|| row.id(16).to_string()),
        ..User::default()
    }
}

/// Words of a search that are looked at; what a person types has fewer.
const MOST_WORDS: usize = 10;

/// The longest word that may be part of a field, in bytes. One engine refuses patterns of more than
/// 50,000.
const LONGEST_WORD: usize = 512;

/// Where the people of a list belong, by the keys of the places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Anywhere or nowhere.
    Anywhere,
    /// In no team.
    WithoutTeam,
    /// In this team.
    InTeam(i64),
    /// Not in this team.
    NotInTeam(i64),
    /// In this channel.
    InChannel(i64),
    /// In the team of the first key and not in the channel of the second.
    NotInChannel(i64, i64),
    /// In this group.
    InGroup(i64),
    /// Not in this group.
    NotInGroup(i64),
}

/// In which order people are listed; by username wherever nothing else decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By username.
    #[default]
    Username,
    /// Those who joined the team last come first.
    Joined,
    /// Administrators of the channel come first.
    Administrators,
}

/// What the words of a search are looked for in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// Given and family names too.
    pub full_name: bool,
    /// Addresses too.
    pub email: bool,
}

/// Which people are listed.
#[derive(Debug, Clone)]
pub struct Query {
    /// Where they belong.
    pub place: Place,
    /// Only those who are active, or only those who are not.
    pub active: Option<bool>,
    /// Only those with any of these system roles, if there are any.
    pub roles: Vec<String>,
    /// Only those in whom every one of the words is found.
    pub term: String,
    /// Where the words are looked for.
    pub fields: Fields,
    /// In which order.
    pub order: Order,
}

impl Query {
    /// Everybody of a place.
    pub fn of(place: Place) -> Self {
        Self {
            place,
            active: None,
            roles: Vec::new(),
            term: String::new(),
            fields: Fields { full_name: false, email: false },
            order: Order::Username,
        }
    }
}

/// A parameter that outlives the building of its statement.
enum Bound {
    Int(i64),
    Text(String),
    Id(Id),
}

/// A statement in the making: its conditions and what is bound to them.
#[derive(Default)]
struct Building {
    conditions: Vec<String>,
    bound: Vec<Bound>,
}

impl Building {
    fn bind(&mut self, value: Bound) -> String {
        self.bound.push(value);
        format!("?{}", self.bound.len())
    }

    fn require(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    fn values(&self) -> Vec<Value<'_>> {
        self.bound
            .iter()
            .map(|bound| match bound {
                Bound::Text(text) => Value::from(text),
                Bound::Id(id) => Value::from(id),
                Bound::Int(int) => Value::Int(*int),
            })
            .collect()
    }

    fn condition(&self) -> String {
        if self.conditions.is_empty() { "1 = 1".to_owned() } else { self.conditions.join(" AND ") }
    }
}

/// The people of a place. Found from the place, not from the people: a site has many more.
const OF_TEAM: &str = "SELECT m.account_key FROM team_member m WHERE m.delete_at = 0";
const OF_GROUP: &str = "SELECT m.account_key FROM user_group_member m WHERE m.delete_at = 0";
const OF_CHANNEL: &str = "SELECT m.account_key FROM channel_member m WHERE m.left_at = 0";

/// Whether a person is in a place.
const IN_TEAM: &str = "SELECT 1 FROM team_member m WHERE m.account_key = account.key \
    AND m.delete_at = 0";
const IN_GROUP: &str = "SELECT 1 FROM user_group_member m WHERE m.account_key = account.key \
    AND m.delete_at = 0";
const IN_CHANNEL: &str = "SELECT 1 FROM channel_member m WHERE m.account_key = account.key \
    AND m.left_at = 0";

/// A page of the people whom the caller may see, as ids in order.
pub fn list(
    rows: &mut dyn Rows,
    caller: &Caller,
    query: &Query,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<Id>> {
    let mut building = Building::default();
    restrict_to_place(&mut building, query.place);
    match query.active {
        Some(true) => building.require("account.delete_at = 0".to_owned()),
        Some(false) => building.require("account.delete_at <> 0".to_owned()),
        None => {}
    }
    restrict_to_roles(&mut building, &query.roles);
    restrict_to_words(&mut building, &query.term, query.fields);
    restrict_to_visible(rows, &mut building, caller)?;
    let order = order_of(&mut building, query);
    let (limit, offset) = (building.bind(Bound::Int(limit)), building.bind(Bound::Int(offset)));
    let sql = format!(
        "SELECT account.id FROM account WHERE {} ORDER BY {order}account.username \
         LIMIT {limit} OFFSET {offset}",
        building.condition()
    );
    rows.all(&sql, &building.values(), |row| row.id(0))
}

fn restrict_to_place(building: &mut Building, place: Place) {
    let condition = match place {
        Place::Anywhere => return,
        Place::WithoutTeam => format!("NOT EXISTS ({IN_TEAM})"),
        Place::InTeam(team) => {
            let team = building.bind(Bound::Int(team));
            format!("account.key IN ({OF_TEAM} AND m.team_key = {team})")
        }
        Place::NotInTeam(team) => {
            format!("NOT EXISTS ({IN_TEAM} AND m.team_key = {})", building.bind(Bound::Int(team)))
        }
        Place::InChannel(channel) => {
            let channel = building.bind(Bound::Int(channel));
            format!("account.key IN ({OF_CHANNEL} AND m.channel_key = {channel})")
        }
        Place::NotInChannel(team, channel) => {
            let team = building.bind(Bound::Int(team));
            let channel = building.bind(Bound::Int(channel));
            format!(
                "account.key IN ({OF_TEAM} AND m.team_key = {team}) \
                 AND NOT EXISTS ({IN_CHANNEL} AND m.channel_key = {channel})"
            )
        }
        Place::InGroup(group) => {
            let group = building.bind(Bound::Int(group));
            format!("account.key IN ({OF_GROUP} AND m.group_key = {group})")
        }
        Place::NotInGroup(group) => {
            let group = building.bind(Bound::Int(group));
            format!("NOT EXISTS ({IN_GROUP} AND m.group_key = {group})")
        }
    };
    building.require(condition);
}

fn restrict_to_roles(building: &mut Building, roles: &[String]) {
    let any: Vec<String> = roles
        .iter()
        .map(|role| {
            let pattern = building.bind(Bound::Text(format!("% {} %", escaped(role))));
            format!("' ' || account.roles || ' ' LIKE {pattern} ESCAPE '\\'")
        })
        .collect();
    if !any.is_empty() {
        building.require(format!("({})", any.join(" OR ")));
    }
}

/// Every word is part of a field, or is the id.
fn restrict_to_words(building: &mut Building, term: &str, fields: Fields) {
    let mut columns = vec!["username", "nickname"];
    if fields.full_name {
        columns.extend(["first_name", "last_name"]);
    }
    if fields.email {
        columns.push("email");
    }
    for word in term.split_whitespace().take(MOST_WORDS) {
        let word = word.strip_prefix('@').unwrap_or(word);
        if word.len() > LONGEST_WORD {
            building.require("1 = 0".to_owned());
            return;
        }
        let pattern = building.bind(Bound::Text(format!("%{}%", escaped(word))));
        let mut any: Vec<String> = columns
            .iter()
            .map(|column| {
                format!("LOWER(account.{column}) LIKE LOWER(CAST({pattern} AS TEXT)) ESCAPE '\\'")
            })
            .collect();
        if let Ok(id) = word.parse::<Id>() {
            any.push(format!("account.id = {}", building.bind(Bound::Id(id))));
        }
        building.require(format!("({})", any.join(" OR ")));
    }
}

/// The text, for a pattern in which it stands for itself.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// Whether the caller sees everybody, wherever they are.
pub(crate) fn sees_everybody(caller: &Caller) -> bool {
    require_system(caller, Permission::ViewMembers).is_ok()
}

/// Whoever does not see everybody sees those of their channels, and of the teams that show them.
fn restrict_to_visible(
    rows: &mut dyn Rows,
    building: &mut Building,
    caller: &Caller,
) -> Outcome<()> {
    if sees_everybody(caller) {
        return Ok(());
    }
    let me = building.bind(Bound::Id(caller.user));
    let mut any = vec![format!("account.id = {me}"), shares_a_channel(&me)];
    let teams = visible_teams(rows, caller.user)?;
    if !teams.is_empty() {
        let keys: Vec<String> =
            teams.into_iter().map(|team| building.bind(Bound::Int(team))).collect();
        any.push(format!("EXISTS ({IN_TEAM} AND m.team_key IN ({}))", keys.join(",")));
    }
    building.require(format!("({})", any.join(" OR ")));
    Ok(())
}

fn shares_a_channel(me: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM channel_member own \
         JOIN channel_member m ON m.channel_key = own.channel_key \
         WHERE own.account_key = (SELECT key FROM account WHERE id = {me}) AND own.left_at = 0 \
         AND m.account_key = account.key AND m.left_at = 0)"
    )
}

/// The teams in which a person's membership shows them the other members.
fn visible_teams(rows: &mut dyn Rows, person: Id) -> Outcome<Vec<i64>> {
    let teams = rows.all(
        "SELECT m.team_key, m.explicit_roles, m.scheme_guest, m.scheme_user, m.scheme_admin \
         FROM team_member m JOIN account ON account.key = m.account_key \
         WHERE account.id = ?1 AND m.delete_at = 0",
        params![&person],
        |row| {
            let granted = membership(row, 1).permissions(&SchemeRoles::TEAM, builtin);
            granted.contains(Permission::ViewMembers).then(|| row.int(0))
        },
    )?;
    Ok(teams.into_iter().flatten().collect())
}

fn order_of(building: &mut Building, query: &Query) -> String {
    match (query.order, query.place) {
        (Order::Joined, Place::InTeam(team)) => {
            let team = building.bind(Bound::Int(team));
            format!(
                "(SELECT m.create_at FROM team_member m WHERE m.account_key = account.key \
                 AND m.team_key = {team}) DESC, "
            )
        }
        (Order::Administrators, Place::InChannel(channel)) => {
            let channel = building.bind(Bound::Int(channel));
            format!(
                "(SELECT m.scheme_admin FROM channel_member m WHERE m.account_key = account.key \
                 AND m.channel_key = {channel}) DESC, "
            )
        }
        _ => String::new(),
    }
}

/// How many active people the caller may see, bots included.
pub fn count(rows: &mut dyn Rows, caller: &Caller) -> Outcome<i64> {
    let mut building = Building::default();
    building.require("account.delete_at = 0".to_owned());
    if !sees_everybody(caller) {
        let keys = visible_keys(rows, &mut building, caller)?;
        building.require(format!("account.key IN ({keys})"));
    }
    let sql = format!("SELECT count(*) FROM account WHERE {}", building.condition());
    rows.count(&sql, &building.values())
}

/// A query for the keys of all whom somebody sees who does not see everybody.
fn visible_keys(rows: &mut dyn Rows, building: &mut Building, caller: &Caller) -> Outcome<String> {
    let me = building.bind(Bound::Id(caller.user));
    let mut keys = format!(
        "SELECT key FROM account WHERE id = {me} UNION SELECT m.account_key FROM channel_member own \
         JOIN channel_member m ON m.channel_key = own.channel_key \
         WHERE own.account_key = (SELECT key FROM account WHERE id = {me}) AND own.left_at = 0 \
         AND m.left_at = 0"
    );
    for team in visible_teams(rows, caller.user)? {
        let team = building.bind(Bound::Int(team));
        keys += &format!(
            " UNION SELECT account_key FROM team_member WHERE team_key = {team} AND delete_at = 0"
        );
    }
    Ok(keys)
}

/// Which people are counted.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    /// Only those in this team, with any of these roles there if there are any.
    pub team: Option<(i64, Vec<String>)>,
    /// Only those in this channel, with any of these roles there if there are any.
    pub channel: Option<(i64, Vec<String>)>,
    /// Only those with any of these system roles, if there are any.
    pub roles: Vec<String>,
    /// Those, too, who are deactivated.
    pub deactivated: bool,
    /// Bots, too.
    pub bots: bool,
}

/// How many people there are of a kind, as far as the caller may see them.
pub fn count_of(rows: &mut dyn Rows, caller: &Caller, counted: &Counted) -> Outcome<i64> {
    let mut building = Building::default();
    for (belongs, place) in [
        (format!("{IN_TEAM} AND m.team_key = "), &counted.team),
        (format!("{IN_CHANNEL} AND m.channel_key = "), &counted.channel),
    ] {
        let Some((key, roles)) = place else { continue };
        let key = building.bind(Bound::Int(*key));
        building.require(format!("EXISTS ({belongs}{key} AND {})", having(roles)));
    }
    restrict_to_roles(&mut building, &counted.roles);
    if !counted.deactivated {
        building.require("account.delete_at = 0".to_owned());
    }
    if !counted.bots {
        building.require("account.is_bot = 0".to_owned());
    }
    restrict_to_visible(rows, &mut building, caller)?;
    let sql = format!("SELECT count(*) FROM account WHERE {}", building.condition());
    rows.count(&sql, &building.values())
}

/// That a membership has one of these roles: those that its flags stand for.
fn having(roles: &[String]) -> String {
    let any: Vec<&str> = roles
        .iter()
        .map(|role| match role.split_once('_').map(|(_, kind)| kind) {
            Some("guest") => "m.scheme_guest = 1",
            Some("user") => "(m.scheme_user = 1 AND m.scheme_admin = 0)",
            Some("admin") => "m.scheme_admin = 1",
            _ => "1 = 0",
        })
        .collect();
    if any.is_empty() { "1 = 1".to_owned() } else { format!("({})", any.join(" OR ")) }
}

/// Everybody else in any of a person's channels and conversations.
pub fn known(rows: &mut dyn Rows, person: Id) -> Outcome<Vec<Id>> {
    rows.all(
        "SELECT account.id FROM account WHERE account.id <> ?1 AND account.key IN \
         (SELECT m.account_key FROM channel_member own \
          JOIN channel_member m ON m.channel_key = own.channel_key \
          WHERE own.account_key = (SELECT key FROM account WHERE id = ?1) \
          AND own.left_at = 0 AND m.left_at = 0) ORDER BY account.id",
        params![&person],
        |row| row.id(0),
    )
}

/// Refuses unless the caller may know of a person.
pub fn require_visible(rows: &mut dyn Rows, caller: &Caller, person: Id) -> Outcome<()> {
    if sees_everybody(caller) {
        return Ok(());
    }
    let mut building = Building::default();
    let target = building.bind(Bound::Id(person));
    building.require(format!("account.id = {target}"));
    restrict_to_visible(rows, &mut building, caller)?;
    let sql = format!("SELECT count(*) FROM account WHERE {}", building.condition());
    let connected = rows.count(&sql, &building.values())? > 0;
    let facts =
        VisibilityFacts { user: person, in_a_visible_team: connected, shares_a_channel: connected };
    may_see_user(caller, &facts).map_err(denied)
}

/// Those of some people whom the caller may see.
pub fn visible_among(rows: &mut dyn Rows, caller: &Caller, people: &[Id]) -> Outcome<HashSet<Id>> {
    let mut building = Building::default();
    restrict_to_visible(rows, &mut building, caller)?;
    let sql = format!(
        "SELECT account.id FROM account WHERE {} AND account.id IN ({{in}})",
        building.condition()
    );
    let list: Vec<_> = people.iter().map(Value::from).collect();
    Ok(rows.all_in(&sql, &building.values(), &list, |row| row.id(0))?.into_iter().collect())
}
