//! What people, channels and sites are called, looked up once for each export.

use std::collections::HashMap;

use fieldpost_kernel::{Outcome, Row, Rows, RowsExt, params};
use fieldpost_model::{ChannelBanner, Id};
use fieldpost_store::Site;

use crate::node::{Fields, Node};

/// Somebody, as they are called when it is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    id: Id,
    /// With the site behind it, also of people of this one.
    pub(crate) username: String,
    display_name: String,
    home: Id,
    site: String,
}

/// A channel, as it is when it is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    id: Id,
    team: String,
    name: String,
    display_name: String,
    is_private: bool,
    /// What is shown above its messages, such as a classification.
    banner: Option<String>,
}

/// The characters that the name of this site has at most in a document: nothing else bounds it.
const LONGEST_SITE: usize = 64;

/// What this site is called.
pub(crate) fn own_name(site: &Site) -> String {
    site.name.chars().take(LONGEST_SITE).collect()
}

/// Names that were looked up.
#[derive(Debug)]
pub(crate) struct Names {
    own: Id,
    own_name: String,
    sites: HashMap<Id, String>,
    people: HashMap<Id, Option<Person>>,
    places: HashMap<Id, Option<Place>>,
}

impl Names {
    /// None yet, at this site.
    pub(crate) fn new(own: &Site) -> Self {
        Self {
            own: Id::from_bytes(own.id.0),
            own_name: own_name(own),
            sites: HashMap::new(),
            people: HashMap::new(),
            places: HashMap::new(),
        }
    }

    /// What a site is called here; its id if it has no name.
    pub(crate) fn site(&mut self, rows: &mut dyn Rows, site: Id) -> Outcome<String> {
        if site == self.own {
            return Ok(self.own_name.clone());
        }
        if let Some(name) = self.sites.get(&site) {
            return Ok(name.clone());
        }
        let mut found = None;
        for table in ["link_peer", "link_known"] {
            let sql = format!("SELECT name FROM {table} WHERE site = ?1");
            if found.is_none() {
                found = rows.first(&sql, params![&site], |row| row.text(0).to_owned())?;
            }
        }
        let name = found.unwrap_or_else(|| site.to_string());
        self.sites.insert(site, name.clone());
        Ok(name)
    }

    /// Somebody, if they are known here.
    pub(crate) fn person(&mut self, rows: &mut dyn Rows, id: Id) -> Outcome<Option<Person>> {
        if let Some(known) = self.people.get(&id) {
            return Ok(known.clone());
        }
        let found = rows.first(
            "SELECT username, nickname, first_name, last_name, home FROM account WHERE id = ?1",
            params![&id],
            |row| {
                let home = if row.is_null(4) { None } else { Some(row.id(4)) };
                (row.text(0).to_owned(), called(row), home)
            },
        )?;
        let person = match found {
            None => None,
            Some((username, display_name, home)) => {
                let (home, username) = match home {
                    Some(home) => (home, username),
                    None => (self.own, format!("{username}:{}", self.own_name)),
                };
                let site = self.site(rows, home)?;
                Some(Person { id, username, display_name, home, site })
            }
        };
        self.people.insert(id, person.clone());
        Ok(person)
    }

    /// A channel, if it is known here.
    pub(crate) fn place(&mut self, rows: &mut dyn Rows, id: Id) -> Outcome<Option<Place>> {
        if let Some(known) = self.places.get(&id) {
            return Ok(known.clone());
        }
        let place = rows.first(
            "SELECT team.name, channel.name, channel.display_name, channel.kind, channel.banner \
             FROM channel JOIN team ON team.key = channel.team_key WHERE channel.id = ?1",
            params![&id],
            |row| {
                let banner = serde_json::from_str::<ChannelBanner>(row.text(4)).ok();
                let shown = banner.filter(|banner| banner.enabled && !banner.text.is_empty());
                Place {
                    id,
                    team: row.text(0).to_owned(),
                    name: row.text(1).to_owned(),
                    display_name: row.text(2).to_owned(),
                    is_private: row.text(3) == "P",
                    banner: shown.map(|banner| banner.text),
                }
            },
        )?;
        self.places.insert(id, place.clone());
        Ok(place)
    }
}

/// What somebody calls themselves; nothing if they have given no name but the one to sign in with.
fn called(row: &dyn Row) -> String {
    let (nickname, first, last) = (row.text(1), row.text(2), row.text(3));
    match nickname {
        "" => format!("{first} {last}").trim().to_owned(),
        nickname => nickname.to_owned(),
    }
}

impl Place {
    pub(crate) fn id(&self) -> Id {
        self.id
    }

    /// Its name, as `team:channel`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}:{}", self.team, self.name)
    }

    pub(crate) fn node(&self) -> Node {
        Fields::default()
            .with("channel_id", self.id.to_string())
            .with("channel", self.full_name())
            .with("display_name", self.display_name.as_str())
            .with("access", if self.is_private { "private" } else { "open" })
            .with_some("banner", self.banner.as_deref())
            .into()
    }
}

impl Person {
    pub(crate) fn id(&self) -> Id {
        self.id
    }

    pub(crate) fn node(&self) -> Node {
        Fields::default()
            .with("person_id", self.id.to_string())
            .with("username", self.username.as_str())
            .with("display_name", self.display_name.as_str())
            .with("site_id", self.home.to_string())
            .with("site", self.site.as_str())
            .into()
    }
}

#[cfg(test)]
impl Place {
    pub(crate) fn example(id: Id, name: &str, display_name: &str, banner: Option<&str>) -> Self {
        let (team, name) = name.split_once(':').unwrap_or_default();
        let (team, name, display_name) =
            (team.to_owned(), name.to_owned(), display_name.to_owned());
        Self { id, team, name, display_name, is_private: true, banner: banner.map(str::to_owned) }
    }
}

#[cfg(test)]
impl Person {
    pub(crate) fn example(id: Id, name: &str, display_name: &str, home: (Id, &str)) -> Self {
        let (username, display_name) = (name.to_owned(), display_name.to_owned());
        Self { id, username, display_name, home: home.0, site: home.1.to_owned() }
    }
}
