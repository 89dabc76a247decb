//! One site with all of these people and places, linked with another.

use std::collections::BTreeMap;
use std::sync::Arc;

use fieldpost_link::share::Which;
use fieldpost_testkit::{Actor, SeededEntropy, TestSite};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::role::{Role, UNSIGNED};
use crate::api::png;
use crate::link::bed::{self, Wire};

/// An id that nothing has.
pub(super) const NOTHING: &str = "ybndrfg8ejkmcpqxot1uwiszyy";

/// The password of everybody.
pub(super) const PASSWORD: &str = "correct horse battery";

/// People who play no role themselves, and whose things the roles meet.
///
/// `author` belongs to every place and wrote what is there, `friend` belongs to the same ones,
/// `deputy` administers the team, `newcomer` is in the team and in no channel but the default
/// ones, `hermit` shares nothing with anybody, `visitor` is another guest.
const OTHERS: [&str; 6] = ["author", "friend", "deputy", "newcomer", "hermit", "visitor"];

/// A team, or a channel in one.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) team: String,
    pub(super) channel: String,
}

/// The site.
pub(super) struct World {
    pub(super) site: TestSite,
    pub(super) edge: TestSite,
    pub(super) wire: Wire,
    people: BTreeMap<String, Actor>,
    places: BTreeMap<String, Place>,
    /// The post of somebody at home at the other site.
    pub(super) from_afar: String,
    /// Numbers given out.
    numbers: u32,
}

pub(super) fn text<'a>(thing: &'a Value, key: &str) -> &'a str {
    thing[key].as_str().unwrap_or_else(|| panic!("{thing} has no {key}"))
}

pub(super) fn id(thing: &Value) -> String {
    text(thing, "id").to_owned()
}

impl World {
    /// Builds all of it.
    pub(super) async fn build() -> Self {
        let site = TestSite::start_with(|config| {
            config.site_name = "hq".to_owned();
            config.entropy = Arc::new(SeededEntropy::new(1));
            config.settings.guest_accounts = true;
            config.settings.public_links = true;
        })
        .await;
        let edge = bed::site("edge", 2).await;
        bed::pair(&site, &edge).await;
        let wire = Wire::new(&site, &edge).await;
        let (people, places, from_afar) = <(BTreeMap<_, _>, BTreeMap<_, _>, String)>::default();
        let mut world = Self { site, edge, wire, people, places, from_afar, numbers: 0 };
        world.make_people().await;
        world.make_places().await;
        world.link_places().await;
        let gone = world.person("deactivated").clone();
        let founder = world.person("founder");
        founder.delete(&format!("/users/{}", gone.id)).await.expect(200);
        gone.get("/users/me").await.expect(401);
        world.site.settle().await;
        world
    }

    /// Somebody by name.
    pub(super) fn person(&self, name: &str) -> &Actor {
        self.people.get(name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// Whoever plays a role.
    pub(super) fn actor(&self, role: Role) -> &Actor {
        self.person(role.name())
    }

    /// A place by name.
    pub(super) fn place(&self, name: &str) -> &Place {
        self.places.get(name).unwrap_or_else(|| panic!("no place is called {name}"))
    }

    /// A number that was not given out yet.
    pub(super) fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    async fn make_people(&mut self) {
        let founder = self.site.person("founder").await;
        let roles = [("manager", "system_manager"), ("reader", "system_read_only_admin")];
        let signed = Role::signed().map(Role::name).filter(|name| *name != "bot");
        for name in signed.chain(OTHERS).chain(["deactivated"]) {
            let person = self.site.person(name).await;
            let path = format!("/users/{}", person.id);
            if matches!(name, "guest" | "visitor") {
                founder.post(&format!("{path}/demote"), json!({})).await.expect(200);
            }
            let system = roles.iter().find(|(role, _)| *role == name).map(|(_, role)| *role);
            if let Some(role) = system.or((name == "admin").then_some("system_admin")) {
                let roles = json!({ "roles": format!("system_user {role}") });
                founder.put(&format!("{path}/roles"), roles).await.expect(200);
            }
            self.people.insert(name.to_owned(), person);
        }
        let bot = founder.post("/bots", json!({ "username": "bot" })).await.expect(201);
        let path = format!("/users/{}/tokens", text(&bot, "user_id"));
        let token = founder.post(&path, json!({ "description": "x" })).await.expect(200);
        let bearer = format!("Bearer {}", text(&token, "token"));
        let mut program = self.site.stranger().with_header("authorization", &bearer);
        program.id = text(&bot, "user_id").parse().unwrap();
        self.people.insert("bot".to_owned(), program);
        self.people.insert("anonymous".to_owned(), self.site.stranger());
        self.people.insert("founder".to_owned(), founder);
    }

    /// Signs somebody in once more.
    pub(super) async fn sign_in(&self, person: &Actor) -> Actor {
        let me = self.person("founder").get(&format!("/users/{}", person.id)).await.expect(200);
        let mut again = self.site.stranger();
        again.sign_in(text(&me, "username"), PASSWORD).await;
        again
    }

    /// Whoever plays a role comes with another session.
    pub(super) async fn come_again(&mut self, role: Role) {
        if UNSIGNED.contains(&role) || role.name() == "bot" {
            return;
        }
        let again = self.sign_in(self.actor(role)).await;
        self.people.insert(role.name().to_owned(), again);
    }

    /// Ids of people by name.
    pub(super) fn ids(&self, names: &[&str]) -> Vec<String> {
        names.iter().map(|name| self.person(name).id.to_string()).collect()
    }

    /// Makes a team with those who belong to it; gives its id.
    pub(super) async fn make_team(&mut self, kind: &str) -> String {
        let name = format!("team-{}", self.number());
        let founder = self.person("founder").clone();
        let new = json!({
            "name": name, "display_name": name, "type": "O", "allow_open_invite": kind == "open",
        });
        let team = id(&founder.post("/teams", new).await.expect(201));
        if kind == "team" {
            let icon = Part::bytes(png(8, 8)).file_name("icon.png".to_owned());
            let form = Form::new().part("image", icon);
            founder.post_form(&format!("/teams/{team}/image"), form).await.expect(200);
        }
        // Nobody belongs to a team that everybody may join, so that everybody can.
        if kind == "open" {
            return team;
        }
        let mut people = vec![
            "guest",
            "member",
            "bot",
            "channel_admin",
            "team_admin",
            "teammate",
            "author",
            "friend",
            "deputy",
            "newcomer",
            "visitor",
        ];
        if self.places.is_empty() {
            people.push("deactivated");
        }
        let members: Vec<Value> = self
            .ids(&people)
            .into_iter()
            .map(|person| json!({ "team_id": team, "user_id": person }))
            .collect();
        let path = format!("/teams/{team}/members");
        founder.post(&format!("{path}/batch"), json!(members)).await.expect(201);
        for name in ["team_admin", "deputy"] {
            let flags = json!({ "scheme_user": true, "scheme_admin": true });
            let path = format!("{path}/{}/schemeRoles", self.person(name).id);
            founder.put(&path, flags).await.expect(200);
        }
        if kind == "gone" {
            founder.delete(&format!("/teams/{team}")).await.expect(200);
        }
        team
    }

    /// Makes a channel of a team with those who belong to it; gives its id.
    pub(super) async fn make_channel(&mut self, kind: &str) -> String {
        let name = format!("channel-{}", self.number());
        let founder = self.person("founder").clone();
        let letter = if matches!(kind, "private" | "archived-private") { "P" } else { "O" };
        let team = self.place("team").team.clone();
        let new = json!({ "team_id": team, "name": name, "display_name": name, "type": letter });
        let channel = id(&founder.post("/channels", new).await.expect(201));
        let people = self.ids(&[
            "guest",
            "member",
            "bot",
            "channel_admin",
            "author",
            "friend",
            "visitor",
            "deputy",
        ]);
        let path = format!("/channels/{channel}/members");
        founder.post(&path, json!({ "user_ids": people })).await.expect(201);
        let admin = format!("{path}/{}/schemeRoles", self.person("channel_admin").id);
        let flags = json!({ "scheme_user": true, "scheme_admin": true });
        founder.put(&admin, flags).await.expect(200);
        if kind.starts_with("archived") {
            founder.delete(&format!("/channels/{channel}")).await.expect(200);
        }
        channel
    }

    async fn make_places(&mut self) {
        let founder = self.person("founder").clone();
        let team = self.make_team("team").await;
        let unknown = Place { team: NOTHING.to_owned(), channel: NOTHING.to_owned() };
        self.places.insert("unknown".to_owned(), unknown);
        let alpha = Place { team: team.clone(), channel: String::new() };
        self.places.insert("team".to_owned(), alpha);
        for kind in ["open", "gone"] {
            let team = self.make_team(kind).await;
            self.places.insert(kind.to_owned(), Place { team, channel: String::new() });
        }
        let far = json!({ "name": "beta", "display_name": "beta", "type": "O" });
        let far = founder.post("/teams", far).await.expect(201);
        for person in self.ids(&["outsider", "deputy"]) {
            let member = json!({ "team_id": far["id"], "user_id": person });
            founder.post(&format!("/teams/{}/members", id(&far)), member).await.expect(201);
        }
        let square = founder.channel(&far, "town-square").await;
        self.places.insert("beta".to_owned(), Place { team: id(&far), channel: square });
        for kind in ["public", "private", "archived", "archived-private", "shared", "deck"] {
            let channel = self.make_channel(kind).await;
            self.places.insert(kind.to_owned(), Place { team: team.clone(), channel });
        }
        let square = founder.channel(&json!({ "id": team }), "town-square").await;
        self.places.insert("default".to_owned(), Place { team: team.clone(), channel: square });
        let author = self.person("author").clone();
        let pair = json!(self.ids(&["author", "member"]));
        let direct = id(&author.post("/channels/direct", pair).await.expect(201));
        let three = json!(self.ids(&["author", "member", "guest"]));
        let group = id(&author.post("/channels/group", three).await.expect(201));
        // Everybody has a conversation, so that nobody's list of channels is empty.
        for role in Role::signed() {
            let pair = json!(self.ids(&["founder", role.name()]));
            founder.post("/channels/direct", pair).await.expect(201);
        }
        for (name, channel) in [("direct", direct), ("group", group)] {
            self.places.insert(name.to_owned(), Place { team: team.clone(), channel });
        }
    }

    /// Shares a channel with the other site, where somebody writes in it, and allows direct messages.
    async fn link_places(&mut self) {
        let channel = self.place("shared").channel.clone();
        let founder = self.person("founder").clone();
        let (team, shared) = (self.place("team").team.clone(), format!("/channels/{channel}"));
        let team = founder.get(&format!("/teams/{team}")).await.expect(200);
        let shared = founder.get(&shared).await.expect(200);
        let name = format!("{}:{}", text(&team, "name"), text(&shared, "name"));
        bed::share(&self.site, "edge", Which::One(name)).await;
        bed::set_direct(&self.site, "edge", true).await;
        bed::set_direct(&self.edge, "hq", true).await;
        self.wire.settle().await.unwrap();
        let rita = self.edge.person("remote").await;
        bed::enter(&rita, &team, &channel).await;
        let post = rita.say(&channel, "from afar").await;
        self.wire.settle().await.unwrap();
        self.from_afar = id(&post);
        founder.get(&format!("/posts/{}", self.from_afar)).await.expect(200);
        // She shows the session of her own site.
        self.people.insert("remote".to_owned(), rita.at(self.site.url()));
    }

    /// A post of somebody at home at the other site, in the channel that both share.
    pub(super) async fn say_from_afar(&mut self) -> String {
        let channel = self.place("shared").channel.clone();
        let rita = self.person("remote").at(self.edge.url());
        let post = rita.say(&channel, "from afar").await;
        self.wire.settle().await.unwrap();
        id(&post)
    }
}
