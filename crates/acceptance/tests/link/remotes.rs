//! Links as clients of the API ask for them.

use fieldpost_link::share::Which;
use serde_json::{Value, json};

use super::bed::{Wire, joined, pair, set_direct as set, share, site};

fn list(found: &Value) -> &[Value] {
    found.as_array().unwrap()
}

#[tokio::test]
async fn a_linked_site_is_a_remote_cluster_with_shared_channels() {
    let (hq, edge) = (site("hq", 41).await, site("edge", 42).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let bob = hq.member(&admin, &team, "bob").await;
    let outsider = hq.person("outsider").await;
    let channel = admin.channel(&team, "town-square").await;
    let other = admin.channel(&team, "off-topic").await;
    assert_eq!(admin.get("/remotecluster").await.expect(200), json!([]));
    pair(&hq, &edge).await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let afar = joined(&edge, &team, &channel).await;
    for (at, without, expected) in [(&afar, false, 1), (&afar, true, 0), (&admin, true, 1)] {
        let sought = json!({ "term": "town-square", "exclude_remote": without });
        let found = at.post("/channels/search", sought).await.expect(200);
        assert_eq!(list(&found).len(), expected, "made here or there");
    }

    let found = admin.get("/remotecluster").await.expect(200);
    let [remote] = list(&found) else { panic!("{found}") };
    let id = remote["remote_id"].as_str().unwrap().to_owned();
    assert_eq!(id, fieldpost_model::Id::from_bytes(edge.running().store.site().id.0).to_string());
    assert_eq!((&remote["name"], &remote["display_name"]), (&json!("edge"), &json!("edge")));
    assert!(remote["create_at"].as_i64().unwrap() > 0);
    assert_eq!(admin.get(&format!("/remotecluster/{id}")).await.expect(200), *remote);
    for (query, count) in [
        (format!("in_channel={channel}"), 1),
        (format!("in_channel={other}"), 0),
        (format!("not_in_channel={channel}"), 0),
        (format!("not_in_channel={other}"), 1),
        ("only_plugins=true".to_owned(), 0),
        ("exclude_offline=true".to_owned(), 0),
        ("page=1".to_owned(), 0),
    ] {
        let found = admin.get(&format!("/remotecluster?{query}")).await.expect(200);
        assert_eq!(list(&found).len(), count, "{query}");
    }

    let path = format!("/remotecluster/{id}/sharedchannelremotes");
    let found = admin.get(&path).await.expect(200);
    let [shared] = list(&found) else { panic!("{found}") };
    assert_eq!((&shared["channel_id"], &shared["remote_id"]), (&json!(channel), &json!(id)));
    assert_eq!(shared["is_invite_confirmed"], true);
    for (query, count) in
        [("exclude_home=true", 0), ("exclude_remote=true", 1), ("exclude_confirmed=true", 0)]
    {
        let found = admin.get(&format!("{path}?{query}")).await.expect(200);
        assert_eq!(list(&found).len(), count, "{query}");
    }

    let path = format!("/sharedchannels/{}", team["id"].as_str().unwrap());
    let found = admin.get(&path).await.expect(200);
    let [shared] = list(&found) else { panic!("{found}") };
    assert_eq!((&shared["id"], &shared["home"]), (&json!(channel), &json!(true)));
    assert_eq!((&shared["name"], &shared["remote_id"]), (&json!("town-square"), &json!("")));
    bob.get(&path).await.expect(403);

    let remotes = format!("/sharedchannels/{channel}/remotes");
    let found = bob.get(&remotes).await.expect(200);
    assert_eq!((&found[0]["remote_id"], &found[0]["name"]), (&json!(id), &json!("edge")));
    outsider.get(&remotes).await.expect(403);
    let found = bob.get(&format!("/sharedchannels/{other}/remotes")).await.expect(200);
    assert_eq!(found, json!([]));
    let info = format!("/sharedchannels/remote_info/{id}");
    assert_eq!(bob.get(&info).await.expect(200)["display_name"], "edge");
    assert_eq!(outsider.get(&info).await.refused(404), "api.remote_cluster.get.not_found");
    for path in ["/remotecluster".to_owned(), format!("/remotecluster/{id}"), path, remotes, info] {
        hq.stranger().get(&path).await.expect(401);
    }
}

#[tokio::test]
async fn administrators_share_channels_and_end_links_as_with_any_remote_cluster() {
    let (hq, edge) = (site("hq", 43).await, site("edge", 44).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let bob = hq.member(&admin, &team, "bob").await;
    let channel = admin.channel(&team, "town-square").await;
    pair(&hq, &edge).await;
    let found = admin.get("/remotecluster").await.expect(200);
    let id = found[0]["remote_id"].as_str().unwrap().to_owned();
    let path = format!("/remotecluster/{id}/channels/{channel}");
    let listed = format!("/remotecluster/{id}/sharedchannelremotes");
    bob.post(&format!("{path}/invite"), json!({})).await.expect(403);
    admin.post(&format!("{path}/invite"), json!({})).await.expect(200);
    assert_eq!(admin.get(&listed).await.expect(200), json!([]), "the other side does not yet");
    let waiting = admin.get(&format!("{listed}?include_unconfirmed=true")).await.expect(200);
    assert_eq!(waiting[0]["channel_id"], json!(channel));
    assert_eq!(waiting[0]["is_invite_confirmed"], false);
    admin.post(&format!("{path}/uninvite"), json!({})).await.expect(200);
    let left = admin.get(&format!("{listed}?include_unconfirmed=true")).await.expect(200);
    assert_eq!(left, json!([]));

    let none = format!("/remotecluster/{}", bob.id);
    assert_eq!(admin.get(&none).await.refused(404), "api.remote_cluster.get.not_found");
    admin.delete(&none).await.expect(404);
    let invite = format!("{none}/channels/{channel}/invite");
    admin.post(&invite, json!({})).await.expect(404);
    let path = format!("/remotecluster/{id}");
    bob.get(&path).await.expect(403);
    bob.delete(&path).await.expect(403);
    let ended = admin.delete(&path).await;
    assert_eq!((ended.status, ended.bytes.len()), (204, 0));
    assert_eq!(admin.get("/remotecluster").await.expect(200), json!([]));
}

#[tokio::test]
async fn people_of_other_sites_can_be_written_to_once_both_allow_it() {
    let (hq, edge) = (site("hq", 45).await, site("edge", 46).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let bob = hq.member(&admin, &team, "bob").await;
    let channel = admin.channel(&team, "town-square").await;
    pair(&hq, &edge).await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let afar = joined(&edge, &team, &channel).await;
    afar.say(&channel, "hello").await;
    wire.settle().await.unwrap();
    let can = async |other: &str| {
        let path = format!("/sharedchannels/users/me/can_dm/{other}");
        bob.get(&path).await.expect(200)["can_dm"].clone()
    };
    assert_eq!(can(&admin.id.to_string()).await, json!(true));
    assert_eq!(can(&afar.id.to_string()).await, json!(false));
    set(&hq, "edge", true).await;
    set(&edge, "hq", true).await;
    wire.settle().await.unwrap();
    assert_eq!(can(&afar.id.to_string()).await, json!(true));
    let path = format!("/sharedchannels/users/{}/can_dm/{}", admin.id, bob.id);
    bob.get(&path).await.expect(403);
    bob.get(&format!("/sharedchannels/users/me/can_dm/{channel}")).await.expect(404);
}
