//! Channels that go to another team, with everything in them.

use fieldpost_log::Scope;
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};

use super::channels_converge::{another_site, exchange, hashes, written_at};
use super::groups_converted::convert;
use crate::link::bed::write_to_each_other;

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

fn mover(channel: &str) -> String {
    format!("/channels/{channel}/move")
}

async fn another_team(admin: &Actor, name: &str) -> Value {
    let new = json!({ "name": name, "display_name": name.to_uppercase(), "type": "O" });
    admin.post("/teams", new).await.expect(201)
}

async fn channel(who: &Actor, team: &Value, name: &str) -> String {
    let new = json!({ "team_id": team["id"], "name": name, "display_name": name, "type": "O" });
    id(&who.post("/channels", new).await.expect(201)).to_owned()
}

async fn enter(admin: &Actor, team: &Value, person: &Actor) {
    let place = json!({ "team_id": team["id"], "user_id": person.id });
    admin.post(&format!("/teams/{}/members", id(team)), place).await.expect(201);
}

async fn join(person: &Actor, channel: &str) {
    let place = json!({ "user_id": person.id });
    person.post(&format!("/channels/{channel}/members"), place).await.expect(201);
}

/// A site with two teams, a channel in the first, and two of its people: one is in both teams, the
/// other in the first only.
struct Crew {
    site: TestSite,
    admin: Actor,
    alpha: Value,
    beta: Value,
    alice: Actor,
    bob: Actor,
    plans: String,
}

impl Crew {
    async fn new() -> Self {
        let site = TestSite::start_with(|config| config.settings.guest_accounts = true).await;
        let (admin, alpha) = site.administrator_with_team("alpha").await;
        let beta = another_team(&admin, "beta").await;
        let alice = site.member(&admin, &alpha, "alice").await;
        let bob = site.member(&admin, &alpha, "bob").await;
        enter(&admin, &beta, &alice).await;
        let plans = channel(&admin, &alpha, "plans").await;
        join(&alice, &plans).await;
        join(&bob, &plans).await;
        Self { site, admin, alpha, beta, alice, bob, plans }
    }

    fn to_beta(&self, force: bool) -> Value {
        json!({ "team_id": self.beta["id"], "force": force })
    }

    async fn moves(&self) -> Value {
        self.admin.post(&mover(&self.plans), self.to_beta(true)).await.expect(200)
    }
}

/// The ids of the channels in each of somebody's categories of a team, by the kind of the category.
async fn sidebar(who: &Actor, team: &Value) -> Vec<(String, Vec<String>)> {
    let path = format!("/users/me/teams/{}/channels/categories", id(team));
    let found = who.get(&path).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let each = found["categories"].as_array().unwrap().iter().map(|category| {
        let ids = category["channel_ids"].as_array().unwrap().iter().map(text).collect();
        (text(&category["type"]), ids)
    });
    each.collect()
}

fn holds(sidebar: &[(String, Vec<String>)], kind: &str, channel: &str) -> bool {
    sidebar.iter().any(|(of, ids)| of == kind && ids.iter().any(|id| id == channel))
}

async fn counts(who: &Actor, team: &Value) -> i64 {
    let found = who.get(&format!("/users/me/teams/{}/unread", id(team))).await.expect(200);
    found["msg_count"].as_i64().unwrap()
}

#[tokio::test]
async fn a_channel_goes_to_another_team_with_what_was_said() {
    let crew = Crew::new().await;
    let Crew { site, admin, alpha, beta, alice, bob, plans } = &crew;
    let said = admin.say(plans, "pelican at dawn").await;
    let reply = json!({ "channel_id": plans, "message": "a reply", "root_id": said["id"] });
    alice.post("/posts", reply).await.expect(201);
    site.settle().await;
    assert_eq!((counts(alice, alpha).await, counts(alice, beta).await), (1, 0));

    let mut socket = alice.socket().await;
    let mut left_behind = bob.socket().await;
    let moved = crew.moves().await;
    assert_eq!(
        json!([moved["id"], moved["team_id"], moved["name"]]),
        json!([plans, beta["id"], "plans"])
    );

    // Whoever stays hears whose it is now; whoever is not in that team, that they are out.
    let told = socket.event("channel_updated").await;
    let told: Value = serde_json::from_str(told["data"]["channel"].as_str().unwrap()).unwrap();
    assert_eq!(told["team_id"], beta["id"]);
    let notice = socket.event("posted").await;
    let notice: Value = serde_json::from_str(notice["data"]["post"].as_str().unwrap()).unwrap();
    assert_eq!(notice["type"], "system_move_channel");
    assert_eq!(notice["props"]["old_team"], "alpha");
    assert_eq!(left_behind.event("user_removed").await["data"]["channel_id"], json!(plans));
    bob.get(&format!("/channels/{plans}/posts")).await.expect(403);

    // It is one of the other team's now: by its name, for those who look around, and in what is
    // counted, searched and followed there.
    let named = |team: &Value| format!("/teams/{}/channels/name/plans", id(team));
    assert_eq!(alice.get(&named(beta)).await.expect(200)["id"], json!(plans));
    alice.get(&named(alpha)).await.expect(404);
    let open = alice.get(&format!("/teams/{}/channels", id(beta))).await.expect(200);
    assert!(open.to_string().contains(plans.as_str()));
    let posts = alice.get(&format!("/channels/{plans}/posts")).await.expect(200).to_string();
    assert!(posts.contains("pelican at dawn") && posts.contains("a reply"));
    assert_eq!((counts(alice, alpha).await, counts(alice, beta).await), (0, 2));
    site.indexed().await;
    for (team, expected) in [(alpha, 0), (beta, 1)] {
        let terms = json!({ "terms": "pelican", "is_or_search": false });
        let path = format!("/teams/{}/posts/search", id(team));
        let found = alice.post(&path, terms).await.expect(200);
        assert_eq!(found["order"].as_array().unwrap().len(), expected);
        let threads = format!("/users/me/teams/{}/threads", id(team));
        let followed = alice.get(&threads).await.expect(200);
        assert_eq!(followed["threads"].as_array().unwrap().len(), expected);
    }
    alice.say(plans, "and on it goes").await;
}

#[tokio::test]
async fn people_find_a_moved_channel_in_the_sidebar_of_its_team() {
    let crew = Crew::new().await;
    let Crew { admin, alpha, beta, alice, plans, .. } = &crew;
    let favorite = |who: &Actor| {
        let (user, channel) = (who.id, plans.clone());
        json!([{ "user_id": user, "category": "favorite_channel", "name": channel, "value": "true" }])
    };
    alice.put("/users/me/preferences", favorite(alice)).await.expect(200);
    let own = json!({
        "user_id": admin.id, "team_id": alpha["id"], "display_name": "Mine",
        "channel_ids": [plans],
    });
    let path = format!("/users/me/teams/{}/channels/categories", id(alpha));
    admin.post(&path, own).await.expect(200);
    let draft = json!({ "channel_id": plans, "message": "not done" });
    alice.post("/drafts", draft).await.expect(201);
    assert!(holds(&sidebar(alice, alpha).await, "favorites", plans));
    assert!(holds(&sidebar(admin, alpha).await, "custom", plans));

    crew.moves().await;
    for who in [alice, admin] {
        let old = sidebar(who, alpha).await;
        assert!(old.iter().all(|(_, ids)| !ids.contains(plans)), "{old:?}");
    }
    assert!(holds(&sidebar(alice, beta).await, "favorites", plans));
    assert!(holds(&sidebar(admin, beta).await, "channels", plans));
    let drafts = |team: &Value| format!("/users/me/teams/{}/drafts", id(team));
    let there = alice.get(&drafts(beta)).await.expect(200);
    assert_eq!(there[0]["message"], "not done");

    // Back again, it is where a channel is that nobody put anywhere.
    let back = json!({ "team_id": alpha["id"], "force": true });
    admin.post(&mover(plans), back).await.expect(200);
    assert!(holds(&sidebar(admin, alpha).await, "channels", plans));
    assert!(holds(&sidebar(alice, alpha).await, "favorites", plans));
}

#[tokio::test]
async fn nobody_is_left_behind_without_being_told_to() {
    let crew = Crew::new().await;
    let Crew { site, admin, alpha, beta, alice, bob, plans } = &crew;
    let refusal = admin.post(&mover(plans), crew.to_beta(false)).await;
    assert!(refusal.json()["message"].as_str().unwrap().contains("bob"));
    let refusal = refusal.refused(400);
    assert_eq!(refusal, "app.channel.move_channel.members_do_not_match.error");
    assert_eq!(admin.get(&format!("/channels/{plans}")).await.expect(200)["team_id"], alpha["id"]);
    // Nothing of it happened.
    bob.say(plans, "still here").await;

    // Whoever is deactivated stops nothing.
    let gone = site.member(admin, alpha, "gone").await;
    join(&gone, plans).await;
    admin.delete(&format!("/users/{}", gone.id)).await.expect(200);
    enter(admin, beta, bob).await;
    let without = json!({ "team_id": beta["id"] });
    admin.post(&mover(plans), without).await.expect(200);
    let of_gone = format!("/channels/{plans}/members/{}", gone.id);
    admin.get(&of_gone).await.expect(404);
    for who in [alice, bob] {
        who.say(plans, "came along").await;
    }
}

#[tokio::test]
async fn a_guest_who_is_in_no_channel_of_the_old_team_any_more_leaves_it() {
    let crew = Crew::new().await;
    let Crew { site, admin, alpha, beta, plans, .. } = &crew;
    let guest = site.member(admin, alpha, "gina").await;
    enter(admin, beta, &guest).await;
    admin.post(&format!("/users/{}/demote", guest.id), json!({})).await.expect(200);
    let place = json!({ "user_id": guest.id });
    admin.post(&format!("/channels/{plans}/members"), place).await.expect(201);
    for name in ["town-square", "off-topic"] {
        let square = admin.channel(alpha, name).await;
        let path = format!("/channels/{square}/members/{}", guest.id);
        admin.delete(&path).await.expect(200);
    }
    crew.moves().await;
    let teams = guest.get("/users/me/teams").await.expect(200);
    let teams: Vec<&str> = teams.as_array().unwrap().iter().map(id).collect();
    assert_eq!(teams, [id(beta)]);
    guest.get(&format!("/channels/{plans}")).await.expect(200);
}

#[tokio::test]
async fn webhooks_of_a_channel_go_with_it() {
    let crew = Crew::new().await;
    let Crew { site, admin, alpha, beta, alice, plans, .. } = &crew;
    let in_charge = json!({ "scheme_user": true, "scheme_admin": true });
    let path = format!("/teams/{}/members/{}/schemeRoles", id(alpha), alice.id);
    admin.put(&path, in_charge).await.expect(200);
    let hers = json!({ "channel_id": plans, "display_name": "hers" });
    let hers = alice.post("/hooks/incoming", hers).await.expect(201);
    let incoming = json!({ "channel_id": plans, "display_name": "in" });
    let incoming = admin.post("/hooks/incoming", incoming).await.expect(201);
    assert_eq!(
        (&hers["channel_locked"], &incoming["channel_locked"]),
        (&json!(false), &json!(false))
    );
    let outgoing = json!({
        "team_id": alpha["id"], "channel_id": plans, "display_name": "out",
        "callback_urls": ["https://example.org/"],
    });
    let outgoing = admin.post("/hooks/outgoing", outgoing).await.expect(201);
    let of_team = json!({
        "team_id": alpha["id"], "display_name": "all", "trigger_words": ["go"],
        "callback_urls": ["https://example.org/"],
    });
    let of_team = admin.post("/hooks/outgoing", of_team).await.expect(201);
    crew.moves().await;
    let incoming = format!("/hooks/incoming/{}", id(&incoming));
    let now = admin.get(&incoming).await.expect(200);
    assert_eq!((&now["team_id"], &now["channel_locked"]), (&beta["id"], &json!(false)));
    // In that team she is in charge of nothing, so that hers posts into this channel alone.
    let all = admin.get(&format!("/hooks/incoming?team_id={}", id(beta))).await.expect(200);
    let hers = all.as_array().unwrap().iter().find(|hook| hook["id"] == hers["id"]);
    assert_eq!(hers.unwrap()["channel_locked"], true);
    let outgoing = format!("/hooks/outgoing/{}", id(&outgoing));
    let now = admin.get(&outgoing).await.expect(200);
    assert_eq!((&now["team_id"], &now["channel_id"]), (&beta["id"], &json!(plans)));
    let of_team = format!("/hooks/outgoing/{}", id(&of_team));
    assert_eq!(admin.get(&of_team).await.expect(200)["team_id"], alpha["id"]);
    // Its address is the same, and it is still known whose webhook may be changed.
    let mut changed = admin.get(&incoming).await.expect(200);
    changed["description"] = json!("went along");
    admin.put(&incoming, changed).await.expect(200);
    let url = format!("{}{}", site.url(), incoming.replace("/incoming", ""));
    let sent = reqwest::Client::new().post(url).body(r#"{"text": "by a program"}"#);
    assert_eq!(sent.send().await.unwrap().status(), 200);
    let posts = admin.get(&format!("/channels/{plans}/posts")).await.expect(200).to_string();
    assert!(posts.contains("by a program"));
}

#[tokio::test]
async fn what_cannot_be_moved_stays_where_it_is() {
    let crew = Crew::new().await;
    let Crew { admin, alpha, beta, alice, bob, plans, .. } = &crew;
    alice.post(&mover(plans), crew.to_beta(true)).await.expect(403);
    let refused = |channel: String, body: Value, status: u16| async move {
        admin.post(&mover(&channel), body).await.refused(status)
    };
    for name in ["town-square", "off-topic"] {
        let square = admin.channel(alpha, name).await;
        let renamed = json!({ "name": "kept-here" });
        if name == "off-topic" {
            admin.put(&format!("/channels/{square}/patch"), renamed).await.expect(200);
        }
        let why = refused(square, crew.to_beta(true), 400).await;
        assert_eq!(why, "api.fieldpost.channel.move.default", "{name}");
    }
    let direct = alice.post("/channels/direct", json!([alice.id, bob.id])).await.expect(201);
    refused(id(&direct).to_owned(), crew.to_beta(true), 403).await;
    let group = json!([admin.id, alice.id, bob.id]);
    let group = admin.post("/channels/group", group).await.expect(201);
    refused(id(&group).to_owned(), crew.to_beta(true), 403).await;
    refused(admin.id.to_string(), crew.to_beta(true), 404).await;
    refused(plans.clone(), json!({ "team_id": admin.id }), 404).await;
    refused(plans.clone(), json!({ "force": true }), 400).await;

    // The name is taken there, be it by an archived channel.
    let there = channel(admin, beta, "plans").await;
    admin.delete(&format!("/channels/{there}")).await.expect(200);
    let why = refused(plans.clone(), crew.to_beta(true), 400).await;
    assert_eq!(why, "store.sql_channel.save_channel.exists.app_error");
    let renamed = json!({ "name": "plans-of-alpha" });
    admin.put(&format!("/channels/{plans}/patch"), renamed).await.expect(200);

    let kept = another_team(admin, "gamma").await;
    admin.delete(&format!("/teams/{}", id(&kept))).await.expect(200);
    let to_kept = json!({ "team_id": kept["id"], "force": true });
    let why = refused(plans.clone(), to_kept, 400).await;
    assert_eq!(why, "api.fieldpost.channel.move.team_archived");
    admin.delete(&format!("/channels/{plans}")).await.expect(200);
    let why = refused(plans.clone(), crew.to_beta(true), 400).await;
    assert_eq!(why, "app.channel.update.bad_id");
    admin.post(&format!("/channels/{plans}/restore"), json!({})).await.expect(200);

    // Where it is already, it stays, and nothing is said.
    let own = json!({ "team_id": alpha["id"] });
    admin.post(&mover(plans), own).await.expect(200);
    let posts = admin.get(&format!("/channels/{plans}/posts")).await.expect(200).to_string();
    assert!(!posts.contains("system_move_channel"));
    crew.moves().await;
}

#[tokio::test]
async fn the_local_administrator_moves_a_channel_without_a_word() {
    let crew = Crew::new().await;
    let Crew { site, admin, beta, alice, plans, .. } = &crew;
    let moved = site.local().post(&mover(plans), crew.to_beta(true)).await.expect(200);
    assert_eq!(moved["team_id"], beta["id"]);
    let posts = admin.get(&format!("/channels/{plans}/posts")).await.expect(200).to_string();
    assert!(!posts.contains("system_move_channel"));
    alice.say(plans, "here we are").await;
}

/// What anybody is shown of a channel.
async fn shown(who: &Actor, channel: &str) -> Vec<Value> {
    let found = who.get(&format!("/channels/{channel}")).await.expect(200);
    ["team_id", "type", "name", "display_name", "header"].map(|key| found[key].clone()).to_vec()
}

#[tokio::test]
async fn moves_and_renames_mean_the_same_in_whatever_order_they_come() {
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (admin, alpha) = hq.administrator_with_team("alpha").await;
        let beta = another_team(&admin, "beta").await;
        let at_edge = edge.person("edge").await;
        let plans = channel(&admin, &alpha, "plans").await;
        exchange(&hq, &edge, &mut dice).await;

        let to = |team: &Value| json!({ "team_id": team["id"], "force": true });
        for team in [&beta, &alpha, &beta] {
            admin.post(&mover(&plans), to(team)).await.expect(200);
        }
        // It was made elsewhere: here nobody moves it, and nothing of the try is left.
        let why = at_edge.post(&mover(&plans), to(&beta)).await.refused(403);
        assert_eq!(why, "api.fieldpost.channel.move.made_elsewhere");
        let renamed = json!({ "name": "renamed", "header": "at the edge" });
        at_edge.put(&format!("/channels/{plans}/patch"), renamed).await.expect(200);
        exchange(&hq, &edge, &mut dice).await;

        let (here, there) = (shown(&admin, &plans).await, shown(&at_edge, &plans).await);
        assert_eq!(here, there, "seed {seed}");
        assert_eq!((&here[0], &here[2]), (&beta["id"], &json!("renamed")));
        let written = written_at(&hq, false, None).await;
        let scopes: Vec<Scope> = written.iter().map(|change| change.name.scope).collect();
        assert_eq!(hashes(&hq, &scopes).await, hashes(&edge, &scopes).await, "seed {seed}");
    }
}

#[tokio::test]
async fn a_channel_that_was_a_group_is_moved_and_converted_again_elsewhere() {
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (admin, alpha) = hq.administrator_with_team("alpha").await;
        let at_edge = edge.person("edge").await;
        exchange(&hq, &edge, &mut dice).await;
        write_to_each_other([&hq, &edge]).await;
        let bob = hq.member(&admin, &alpha, "bob").await;
        let beta = another_team(&admin, "beta").await;
        let add = json!({ "team_id": alpha["id"], "user_id": at_edge.id });
        admin.post(&format!("/teams/{}/members", id(&alpha)), add).await.expect(201);
        let group = json!([at_edge.id, bob.id]);
        let group = admin.post("/channels/group", group).await.expect(201);
        exchange(&hq, &edge, &mut dice).await;

        let ours = id(&group);
        convert(&hq, &admin, ours, (&alpha, "ours")).await;
        let to = json!({ "team_id": beta["id"], "force": true });
        admin.post(&mover(ours), to).await.expect(200);
        if seed % 2 > 0 {
            convert(&edge, &at_edge, ours, (&alpha, "ours")).await;
        }
        exchange(&hq, &edge, &mut dice).await;
        let (here, there) = (shown(&admin, ours).await, shown(&at_edge, ours).await);
        assert_eq!(here, there, "seed {seed}");
        if seed % 2 == 0 {
            assert_eq!(here[0], beta["id"]);
        }
        let written = written_at(&hq, false, None).await;
        let scopes: Vec<Scope> = written.iter().map(|change| change.name.scope).collect();
        assert_eq!(hashes(&hq, &scopes).await, hashes(&edge, &scopes).await, "seed {seed}");
    }
}
