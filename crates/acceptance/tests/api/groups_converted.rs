//! Group conversations that become private channels of a team.

use fieldpost_chat::channel::{GroupConverted, MemberRoles};
use fieldpost_kernel::Work;
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::Id;
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};

use super::channels_converge::{another_site, exchange, hashes, written_at};
use crate::link::bed::write_to_each_other;

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

async fn group(actor: &Actor, others: &[&Actor]) -> String {
    let ids: Vec<_> = others.iter().map(|other| other.id).collect();
    let made = actor.post("/channels/group", json!(ids)).await.expect(201);
    id(&made).to_owned()
}

fn wanted(team: &Value, name: &str) -> Value {
    json!({ "team_id": team["id"], "name": name, "display_name": "Ours" })
}

/// A site with a team, and three of its people who have a group conversation.
struct Crew {
    site: TestSite,
    admin: Actor,
    team: Value,
    alice: Actor,
    bob: Actor,
    ours: String,
}

impl Crew {
    async fn new() -> Self {
        let site = TestSite::start_with(|config| config.settings.guest_accounts = true).await;
        let (admin, team) = site.administrator_with_team("alpha").await;
        let alice = site.member(&admin, &team, "alice").await;
        let bob = site.member(&admin, &team, "bob").await;
        let ours = group(&admin, &[&alice, &bob]).await;
        Self { site, admin, team, alice, bob, ours }
    }

    fn path(&self) -> String {
        format!("/channels/{}/convert_to_channel", self.ours)
    }
}

#[tokio::test]
async fn a_group_becomes_a_private_channel_and_keeps_what_was_said() {
    let crew = Crew::new().await;
    let said = crew.bob.say(&crew.ours, "before").await;
    crew.site.settle().await;
    let mut socket = crew.alice.socket().await;
    let made = crew.alice.post(&crew.path(), wanted(&crew.team, "ours")).await.expect(200);
    let facts = json!([made["id"], made["type"], made["team_id"], made["name"]]);
    assert_eq!(facts, json!([crew.ours, "P", crew.team["id"], "ours"]));
    assert_eq!(made["display_name"], "Ours");

    let told = socket.events_until("channel_member_updated").await;
    let wanted = ["channel_updated", "posted", "channel_member_updated"];
    let told: Vec<&str> =
        told.iter().map(String::as_str).filter(|name| wanted.contains(name)).collect();
    assert_eq!(told, wanted);
    let own = format!("/channels/{}/members/{}", crew.ours, crew.alice.id);
    let own = crew.alice.get(&own).await.expect(200);
    assert_eq!(own["roles"], "channel_user channel_admin");

    let posts = crew.bob.get(&format!("/channels/{}/posts", crew.ours)).await.expect(200);
    let order = posts["order"].as_array().unwrap();
    assert_eq!(order[1], said["id"]);
    let notice = &posts["posts"][order[0].as_str().unwrap()];
    assert_eq!(notice["type"], "system_gm_to_channel");
    assert_eq!(notice["props"]["convertedByUserId"], json!(crew.alice.id));
    let members = notice["props"]["gmMembersDuringConversionIDs"].as_array().unwrap();
    assert_eq!(members.len(), 3);
    let said = notice["message"].as_str().unwrap();
    assert!(said.starts_with("alice created this channel from a group message with "), "{said}");
    assert!(said.ends_with(", bob."), "{said}");

    // It is one of the team's now: others come in, read all of it, and write.
    let dora = crew.site.member(&crew.admin, &crew.team, "dora").await;
    let path = format!("/channels/{}/members", crew.ours);
    crew.alice.post(&path, json!({ "user_id": dora.id })).await.expect(201);
    dora.say(&crew.ours, "hello").await;
    let seen = dora.get(&format!("/channels/{}/posts", crew.ours)).await.expect(200);
    assert!(seen.to_string().contains("before"));
    let named = format!("/teams/{}/channels/name/ours", id(&crew.team));
    assert_eq!(dora.get(&named).await.expect(200)["id"], json!(crew.ours));
    let privacy = format!("/channels/{}/privacy", crew.ours);
    let opened = crew.admin.put(&privacy, json!({ "privacy": "O" })).await.expect(200);
    assert_eq!(opened["type"], "O");
    let changed = format!("/channels/{}/patch", crew.ours);
    let renamed = crew.alice.put(&changed, json!({ "name": "deck" })).await.expect(200);
    assert_eq!(renamed["name"], "deck");
}

#[tokio::test]
async fn the_same_people_have_another_group_once_theirs_is_a_channel() {
    let crew = Crew::new().await;
    crew.alice.post(&crew.path(), wanted(&crew.team, "ours")).await.expect(200);
    let next = group(&crew.bob, &[&crew.admin, &crew.alice]).await;
    assert_ne!(next, crew.ours);
    assert_eq!(group(&crew.alice, &[&crew.admin, &crew.bob]).await, next);
    crew.bob.say(&next, "among us again").await;
    let path = format!("/channels/{next}/convert_to_channel");
    crew.bob.post(&path, wanted(&crew.team, "again")).await.expect(200);
    let third = group(&crew.bob, &[&crew.admin, &crew.alice]).await;
    assert!(![&next, &crew.ours].contains(&&third));
}

#[tokio::test]
async fn whoever_may_not_convert_a_group_is_told_why() {
    let crew = Crew::new().await;
    let (path, team) = (crew.path(), &crew.team);
    let mallory = crew.site.member(&crew.admin, team, "mallory").await;
    mallory.post(&path, wanted(team, "ours")).await.expect(403);
    crew.site.stranger().post(&path, wanted(team, "ours")).await.expect(401);
    let beta = json!({ "name": "beta", "display_name": "Beta", "type": "O" });
    let beta = crew.alice.post("/teams", beta).await.expect(201);
    let refusal = crew.alice.post(&path, wanted(&beta, "ours")).await.refused(400);
    assert_eq!(refusal, "app.channel.group_message_conversion.incorrect_team");
    let taken = crew.alice.post(&path, wanted(team, "off-topic")).await.refused(400);
    assert_eq!(taken, "store.sql_channel.save_channel.exists.app_error");
    let nameless = json!({ "team_id": team["id"], "name": "x", "display_name": " " });
    crew.alice.post(&path, nameless).await.expect(400);
    let mut other = wanted(team, "ours");
    other["channel_id"] = json!(crew.alice.id);
    crew.alice.post(&path, other).await.expect(400);

    let pair = json!([crew.alice.id, crew.bob.id]);
    let direct = crew.alice.post("/channels/direct", pair).await.expect(201);
    let direct = format!("/channels/{}/convert_to_channel", id(&direct));
    crew.alice.post(&direct, wanted(team, "ours")).await.expect(400);
    crew.admin.post(&format!("/users/{}/demote", crew.bob.id), json!({})).await.expect(200);
    let refusal = crew.bob.post(&path, wanted(team, "ours")).await.refused(403);
    let expected = "api.channel.gm_to_channel_conversion.not_allowed_for_user.request_error";
    assert_eq!(refusal, expected);

    crew.alice.post(&path, wanted(team, "ours")).await.expect(200);
    let again = crew.alice.post(&path, wanted(team, "twice")).await.refused(400);
    assert_eq!(again, "app.channel.get_common_teams.incorrect_channel_type");
}

/// Makes a channel of a group with people of two sites, which no site does by itself: what they hold of
/// it must be the same all the same.
pub(super) async fn convert(
    site: &TestSite,
    who: &Actor,
    group: &str,
    (team, name): (&Value, &str),
) {
    let (person, team, name) = (who.id, id(team).parse().unwrap(), name.to_owned());
    let scope = Scope::new(ScopeKind::Conversation, group.parse().unwrap());
    let converted = GroupConverted { team, name, display_name: "Ours".to_owned() };
    let explicit_roles = String::new();
    let roles = MemberRoles { person, guest: false, admin: true, explicit_roles };
    let emitted = move |work: &mut Work<'_>| {
        work.emit(scope, person, &converted)?;
        work.emit(scope, person, &roles).map(drop)
    };
    site.running().store.write(&[scope], emitted).await.unwrap();
}

/// Two sites at which the same three people are known, and have a group conversation.
struct Apart {
    hq: TestSite,
    edge: TestSite,
    at_hq: Actor,
    at_edge: Actor,
    bob: Id,
    team: Value,
    ours: String,
}

impl Apart {
    async fn new(dice: &mut Dice) -> Self {
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (at_hq, team) = hq.administrator_with_team("alpha").await;
        let at_edge = edge.person("edge").await;
        exchange(&hq, &edge, dice).await;
        write_to_each_other([&hq, &edge]).await;
        let bob = hq.member(&at_hq, &team, "bob").await;
        let add = json!({ "team_id": team["id"], "user_id": at_edge.id });
        at_hq.post(&format!("/teams/{}/members", id(&team)), add).await.expect(201);
        let ours = group(&at_hq, &[&at_edge, &bob]).await;
        exchange(&hq, &edge, dice).await;
        Self { hq, edge, at_hq, at_edge, bob: bob.id, team, ours }
    }

    fn path(&self) -> String {
        format!("/channels/{}", self.ours)
    }

    async fn convert(&self, who: &Actor, name: &str) {
        let site = if who.id == self.at_hq.id { &self.hq } else { &self.edge };
        convert(site, who, &self.ours, (&self.team, name)).await;
    }

    async fn meet(&self, dice: &mut Dice) {
        exchange(&self.hq, &self.edge, dice).await;
    }
}

#[tokio::test]
async fn two_sites_that_convert_the_same_group_converge() {
    for seed in 0..6 {
        let mut dice = Dice::new(seed);
        let apart = Apart::new(&mut dice).await;
        let Apart { at_hq, at_edge, ours, .. } = &apart;
        apart.convert(at_hq, "of-hq").await;
        at_hq.say(ours, "in the channel").await;
        // Meanwhile the other site goes on, and then does the same; or it never did.
        at_edge.say(ours, "in the group").await;
        if seed % 3 > 0 {
            apart.convert(at_edge, "of-edge").await;
        }
        let opens = if seed % 3 == 1 { at_edge } else { at_hq };
        let privacy = json!({ "privacy": "O" });
        opens.put(&format!("{}/privacy", apart.path()), privacy).await.expect(200);
        apart.meet(&mut dice).await;
        let mut shown = Vec::new();
        for who in [at_hq, at_edge] {
            let channel = who.get(&apart.path()).await.expect(200);
            let keys = ["id", "type", "team_id", "name", "display_name", "delete_at"];
            shown.push(keys.map(|key| channel[key].clone()));
            let posts = who.get(&format!("{}/posts", apart.path())).await.expect(200).to_string();
            assert!(posts.contains("in the channel") && posts.contains("in the group"));
        }
        assert_eq!(shown[0], shown[1], "seed {seed}");
        assert_eq!(shown[0][2], apart.team["id"]);
        let written = written_at(&apart.hq, false, None).await;
        let mut scopes: Vec<Scope> = written.iter().map(|change| change.name.scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        let (one, other) = (hashes(&apart.hq, &scopes).await, hashes(&apart.edge, &scopes).await);
        assert_eq!(one, other, "seed {seed}");
    }
}

#[tokio::test]
async fn both_sites_mean_the_same_group_after_a_conversion() {
    let mut dice = Dice::new(7);
    let apart = Apart::new(&mut dice).await;
    let Apart { at_hq, at_edge, bob, ours, .. } = &apart;
    apart.convert(at_hq, "ours").await;
    apart.meet(&mut dice).await;
    let by_hq = at_hq.post("/channels/group", json!([at_edge.id, bob])).await.expect(201);
    let by_edge = at_edge.post("/channels/group", json!([at_hq.id, bob])).await.expect(201);
    assert_eq!(id(&by_hq), id(&by_edge));
    assert_ne!(id(&by_hq), ours);
}
