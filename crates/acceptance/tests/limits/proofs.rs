//! What takes more than a session.

use fieldpost_kernel::{Rows, params};
use serde_json::json;

use super::{id, places};
use crate::api::{code, set_up_mfa};

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn an_old_session_alone_switches_no_second_factor_off() {
    let (site, _, [admin, bob], _) = places().await;
    let secret = set_up_mfa(&site, &bob).await;
    site.clock().advance(20 * MINUTE);
    let off = |code: &str| json!({ "activate": false, "code": code });
    let refused = bob.put("/users/me/mfa", off("")).await.refused(403);
    assert_eq!(refused, "api.fieldpost.mfa.sign_in_again");
    let refused = bob.put("/users/me/mfa", json!({ "activate": false })).await.refused(403);
    assert_eq!(refused, "api.fieldpost.mfa.sign_in_again");
    let wrong = bob.put("/users/me/mfa", off("000000")).await.refused(401);
    assert_eq!(wrong, "api.user.check_user_mfa.bad_code.app_error");
    assert_eq!(bob.get("/users/me").await.expect(200)["mfa_active"], true);
    bob.put("/users/me/mfa", off(&code(&site, &secret))).await.expect(200);
    assert_eq!(bob.get("/users/me").await.expect(200).get("mfa_active"), None);

    // Guesses are counted with those at the door.
    let secret = set_up_mfa(&site, &bob).await;
    site.clock().advance(20 * MINUTE);
    for _ in 0..10 {
        bob.put("/users/me/mfa", off("000000")).await.expect(401);
    }
    let locked = bob.put("/users/me/mfa", off(&code(&site, &secret))).await.refused(401);
    assert_eq!(locked, "api.user.check_user_login_attempts.too_many.app_error");
    // An administrator switches off that of others at any time.
    let of_bob = format!("/users/{}/mfa", bob.id);
    admin.put(&of_bob, json!({ "activate": false })).await.expect(200);
}

#[tokio::test]
async fn a_guests_program_posts_only_where_guests_may_come_in() {
    let (site, _, [admin, bob], square) = places().await;
    let hook = json!({ "channel_id": square, "user_id": bob.id, "display_name": "x" });
    let hook = admin.post("/hooks/incoming", hook).await.expect(201);
    let call = async || {
        let url = format!("{}/hooks/{}", site.url(), id(&hook));
        let sent = reqwest::Client::new().post(url).body("{\"text\":\"hello\"}").send().await;
        sent.unwrap().status().as_u16()
    };
    assert_eq!(call().await, 200);
    let before = super::posts(&admin, &square).await;
    let guest = bob.id;
    // One of the days when guests were welcome.
    let changed = site.running().store.write(&[], move |work| {
        let sql = "UPDATE account SET roles = 'system_guest' WHERE id = ?1";
        work.execute(sql, params![&guest])
    });
    assert_eq!(changed.await.unwrap(), 1);
    assert_eq!(call().await, 400);
    assert_eq!(super::posts(&admin, &square).await, before);
}
