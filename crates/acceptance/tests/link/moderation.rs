//! A channel is moderated where it was made, and everywhere by it.

use fieldpost_link::share::Which;
use serde_json::json;

use super::bed::{Wire, joined, pair, share, site, state};

#[tokio::test]
async fn a_channel_is_restricted_at_every_site_by_the_one_where_it_was_made() {
    let (hq, edge) = (site("hq", 31).await, site("edge", 32).await);
    let (hq_admin, team) = hq.administrator_with_team("alpha").await;
    let channel = hq_admin.channel(&team, "town-square").await;
    pair(&hq, &edge).await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let edge_admin = joined(&edge, &team, &channel).await;
    let bob = edge.person("bob").await;
    let path = format!("/teams/{}/members", team["id"].as_str().unwrap());
    let member = json!({ "team_id": team["id"], "user_id": bob.id });
    edge_admin.post(&path, member).await.expect(201);
    bob.post(&format!("/channels/{channel}/members"), json!({ "user_id": bob.id }))
        .await
        .expect(201);
    bob.say(&channel, "before").await;

    let path = format!("/channels/{channel}/moderations/patch");
    let closed = json!([{ "name": "create_post", "roles": { "members": false } }]);
    let refusal = edge_admin.put(&path, closed.clone()).await.refused(403);
    assert_eq!(refusal, "api.channel.update_channel.not_allowed.app_error");
    bob.say(&channel, "nothing changed").await;

    hq_admin.put(&path, closed).await.expect(200);
    wire.settle().await.unwrap();
    let post = json!({ "channel_id": channel, "message": "after" });
    bob.post("/posts", post.clone()).await.expect(403);
    assert_eq!(state(&hq, &channel).await, state(&edge, &channel).await);

    let open = json!([{ "name": "create_post", "roles": { "members": true } }]);
    hq_admin.put(&path, open).await.expect(200);
    wire.settle().await.unwrap();
    bob.post("/posts", post).await.expect(201);
    wire.settle().await.unwrap();
    assert_eq!(state(&hq, &channel).await, state(&edge, &channel).await);
}
