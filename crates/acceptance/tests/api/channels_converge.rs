//! What two sites do to the same places while apart means the same once each knows of the other's.

use std::collections::BTreeMap;

use fieldpost_kernel::{Change, Position, RowsExt};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_testkit::{Actor, Dice, SeededEntropy, TestSite};
use serde_json::{Value, json};

pub(crate) async fn another_site(seed: u64) -> TestSite {
    TestSite::start_with(|config| {
        config.entropy = std::sync::Arc::new(SeededEntropy::new(seed));
    })
    .await
}

pub(crate) async fn written_at(site: &TestSite, own: bool, kind: Option<ScopeKind>) -> Vec<Change> {
    let store = &site.running().store;
    // A database server shows a change only once nothing older is open, in any database of it.
    let all = loop {
        let all = store.changes_after(Position::default(), 1_000_000).await.unwrap();
        let count = store.read(|rows| rows.count("SELECT count(*) FROM change", &[])).await;
        if i64::try_from(all.len()).unwrap() == count.unwrap() {
            break all;
        }
        tokio::task::yield_now().await;
    };
    let wanted = |change: &Change| {
        let scope = change.name.scope;
        (!own || change.name.site == store.site().id)
            && kind.map_or(scope.is_chained(), |kind| scope.kind == kind)
    };
    all.into_iter().filter(wanted).collect()
}

/// Gives a site what another one wrote, shuffled, all of it twice.
pub(crate) async fn give(changes: Vec<Change>, into: &TestSite, dice: &mut Dice) {
    let mut twice = changes.clone();
    twice.extend(changes);
    dice.shuffle(&mut twice);
    for change in twice {
        into.running().store.write(&[], move |work| work.receive(&change)).await.unwrap();
    }
}

pub(crate) async fn exchange(one: &TestSite, other: &TestSite, dice: &mut Dice) {
    let (from_one, from_other) =
        (written_at(one, true, None).await, written_at(other, true, None).await);
    give(from_one, other, dice).await;
    give(from_other, one, dice).await;
}

pub(crate) async fn hashes(site: &TestSite, scopes: &[Scope]) -> BTreeMap<Scope, String> {
    let mut found = BTreeMap::new();
    for scope in scopes {
        let digest = site.running().store.state_hash(*scope).await.unwrap();
        found.insert(*scope, digest.to_string());
    }
    found
}

/// What anybody is shown of a channel, a team and a membership, without local times and counters.
async fn shown(reader: &Actor, team: &str, channel: &str, person: &str) -> Value {
    let channel_now = reader.get(&format!("/channels/{channel}")).await.expect(200);
    let team_now = reader.get(&format!("/teams/{team}")).await.expect(200);
    let in_channel = reader.get(&format!("/channels/{channel}/members/{person}")).await;
    let in_team = reader.get(&format!("/teams/{team}/members/{person}")).await.expect(200);
    let roles = (in_channel.status == 200).then(|| in_channel.json()["roles"].clone());
    json!({
        "channel": [
            channel_now["type"], channel_now["name"], channel_now["display_name"],
            channel_now["header"], channel_now["purpose"], channel_now["delete_at"],
            channel_now["banner_info"],
        ],
        "team": [
            team_now["display_name"], team_now["description"], team_now["type"],
            team_now["allow_open_invite"], team_now["company_name"], team_now["delete_at"],
        ],
        "roles": [roles, in_team["roles"]],
    })
}

/// Something that an administrator does to the places, and whether it was done: what is refused,
/// as archiving twice, changes nothing.
async fn meddle(who: &Actor, team: &str, channel: &str, person: &str, dice: &mut Dice) -> usize {
    let text = format!("text {}", dice.below(1000));
    let of_channel = format!("/channels/{channel}");
    let of_team = format!("/teams/{team}");
    let flags = json!({ "scheme_user": true, "scheme_admin": dice.one_in(2) });
    let status = match dice.below(10) {
        0 => who.put(&format!("{of_channel}/patch"), json!({ "header": text })).await.status,
        1 => who.put(&format!("{of_channel}/patch"), json!({ "display_name": text })).await.status,
        2 => {
            let privacy = if dice.one_in(2) { "O" } else { "P" };
            who.put(&format!("{of_channel}/privacy"), json!({ "privacy": privacy })).await.status
        }
        3 => who.delete(&of_channel).await.status,
        4 => who.post(&format!("{of_channel}/restore"), json!({})).await.status,
        5 => who.put(&format!("{of_channel}/members/{person}/schemeRoles"), flags).await.status,
        6 => who.put(&format!("{of_team}/patch"), json!({ "description": text })).await.status,
        7 => who.put(&format!("{of_team}/members/{person}/schemeRoles"), flags).await.status,
        8 => {
            let banner = json!({ "text": text, "background_color": "#fa0", "enabled": true });
            who.put(&format!("{of_channel}/patch"), json!({ "banner_info": banner })).await.status
        }
        _ if dice.one_in(2) => who.delete(&format!("{of_channel}/members/{person}")).await.status,
        _ => who.post(&format!("{of_channel}/members"), json!({ "user_id": person })).await.status,
    };
    usize::from(status < 300)
}

#[tokio::test]
async fn two_sites_that_changed_the_same_places_converge() {
    for seed in 0..4 {
        let mut dice = Dice::new(seed);
        let (hq, edge) = (another_site(100).await, another_site(200).await);
        let (hq_admin, team) = hq.administrator_with_team("alpha").await;
        let bob = hq.member(&hq_admin, &team, "bob").await.id.to_string();
        let body =
            json!({ "team_id": team["id"], "name": "plans", "display_name": "P", "type": "O" });
        let channel = hq_admin.post("/channels", body).await.expect(201);
        let (team, channel) = (team["id"].as_str().unwrap(), channel["id"].as_str().unwrap());
        let edge_admin = edge.person("edge").await;
        exchange(&hq, &edge, &mut dice).await;
        let (mut by_hq, mut by_edge) = (0, 0);
        for _ in 0..4 {
            for _ in 0..6 {
                by_hq += meddle(&hq_admin, team, channel, &bob, &mut dice).await;
                by_edge += meddle(&edge_admin, team, channel, &bob, &mut dice).await;
            }
            exchange(&hq, &edge, &mut dice).await;
        }
        assert!(by_hq > 5 && by_edge > 5, "too little was done to prove anything");
        let mut scopes: Vec<Scope> =
            written_at(&hq, false, None).await.iter().map(|change| change.name.scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        assert_eq!(hashes(&hq, &scopes).await, hashes(&edge, &scopes).await, "seed {seed}");
        let at_hq = shown(&hq_admin, team, channel, &bob).await;
        let at_edge = shown(&edge_admin, team, channel, &bob).await;
        assert_eq!(at_hq, at_edge, "seed {seed}");
    }
}

/// A person's own rows: settings, sidebars, notifications.
async fn private_rows(site: &TestSite, person: fieldpost_model::Id) -> Vec<String> {
    let queries = [
        "SELECT p.category || '|' || p.name || '|' || COALESCE(p.value, '-') \
         FROM preference p JOIN account a ON a.key = p.account_key WHERE a.id = ?1 ORDER BY 1",
        "SELECT c.id || '|' || c.display_name || '|' || c.sorting || '|' || \
         CAST(c.muted AS TEXT) || CAST(c.collapsed AS TEXT) || CAST(c.removed AS TEXT) \
         FROM sidebar_category c JOIN account a ON a.key = c.account_key WHERE a.id = ?1 ORDER BY 1",
        "SELECT o.ids FROM sidebar_order o JOIN account a ON a.key = o.account_key \
         WHERE a.id = ?1 ORDER BY 1",
        "SELECT p.category || '|' || CAST(p.position AS TEXT) FROM sidebar_place p \
         JOIN account a ON a.key = p.account_key WHERE a.id = ?1 ORDER BY p.team, p.channel",
        "SELECT m.notify_props FROM channel_member m JOIN account a ON a.key = m.account_key \
         JOIN channel c ON c.key = m.channel_key WHERE a.id = ?1 ORDER BY c.id",
    ];
    let read = move |rows: &mut dyn fieldpost_kernel::Rows| {
        let mut all = Vec::new();
        for sql in queries {
            let person = fieldpost_kernel::params![&person];
            all.append(&mut rows.all(sql, person, |row| row.text(0).to_owned())?);
        }
        Ok(all)
    };
    site.running().store.read(read).await.unwrap()
}

#[tokio::test]
async fn what_a_person_set_means_the_same_in_whatever_order_it_arrives() {
    let (hq, edge) = (another_site(100).await, another_site(200).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let other = admin.channel(&team, "off-topic").await;
    let of = format!("/users/me/teams/{}/channels/categories", team["id"].as_str().unwrap());
    let body = json!({
        "user_id": admin.id, "team_id": team["id"], "display_name": "Mine", "channel_ids": [square],
    });
    let mut made = admin.post(&of, body.clone()).await.expect(200);
    made["muted"] = json!(true);
    admin.put(&of, json!([made])).await.expect(200);
    made["channel_ids"] = json!([other, square]);
    admin.put(&of, json!([made])).await.expect(200);
    let gone = admin.post(&of, body).await.expect(200);
    admin.delete(&format!("{of}/{}", gone["id"].as_str().unwrap())).await.expect(200);
    for value in ["true", "false", "true"] {
        let favorite = json!([
            { "user_id": admin.id, "category": "favorite_channel", "name": square, "value": value },
            { "user_id": admin.id, "category": "last", "name": "channel", "value": value },
        ]);
        admin.put("/users/me/preferences", favorite.clone()).await.expect(200);
        admin.post("/users/me/preferences/delete", json!([favorite[1]])).await.expect(200);
    }
    let expected = private_rows(&hq, admin.id).await;
    assert!(expected.len() >= 8, "{expected:?}");
    let mut dice = Dice::new(7);
    let mut changes = written_at(&hq, true, Some(ScopeKind::Private)).await;
    changes.extend(written_at(&hq, true, None).await);
    give(changes, &edge, &mut dice).await;
    assert_eq!(private_rows(&edge, admin.id).await, expected);
}
