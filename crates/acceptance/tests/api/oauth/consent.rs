//! Asking a person, their answer, and taking it back.

use fieldpost_outbound::form_urlencoded;
use fieldpost_testkit::{Actor, TestSite};
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use super::{
    BACK, CHALLENGE, answer, bearing, by_code, by_refresh, code, let_in, make, of_query, refused,
    request, text,
};

const AUTHORIZED: &str = "/users/me/oauth/apps/authorized";

async fn take_back(person: &Actor, app: &Value) -> fieldpost_testkit::Reply {
    let named = json!({ "client_id": app["id"] }).to_string().into_bytes();
    person.send_outside("POST".parse().unwrap(), "/oauth/deauthorize", named).await
}

/// Opens the page where somebody is asked; gives the status, where they are sent, and the headers
/// that say who may frame it.
async fn open(site: &TestSite, person: Option<&Actor>, asked: &Value) -> (u16, String, String) {
    let pairs =
        asked.as_object().unwrap().iter().map(|(key, value)| (key, value.as_str().unwrap()));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let mut opening = client.get(format!("{}/oauth/authorize?{query}", site.url()));
    if let Some(person) = person {
        opening = opening.header("cookie", format!("MMAUTHTOKEN={}", person.token));
    }
    let page = opening.send().await.unwrap();
    let header = |name| page.headers().get(name).map_or("", |value| value.to_str().unwrap());
    let framed = format!("{} {}", header("x-frame-options"), header("content-security-policy"));
    (page.status().as_u16(), header("location").to_owned(), framed)
}

/// There is one scope; whoever asks for another is told what it got (RFC 6749, 3.3).
#[tokio::test]
async fn an_app_that_asks_for_a_scope_is_told_that_it_has_the_only_one() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let app = make(&admin, json!({})).await;
    for scope in ["user", "", "openid read:posts", &"s".repeat(128)] {
        let code = code(&alice, &app, json!({ "scope": scope })).await;
        let tokens = by_code(&site, &app, &code).await.expect(200);
        assert_eq!(tokens["scope"], "user", "{scope}");
        assert_eq!(by_refresh(&site, &app, &tokens).await.expect(200)["scope"], "user");
    }
    let endless = request(&app, json!({ "scope": "s".repeat(129) }));
    let refusal = answer(&alice, endless).await.refused(400);
    assert_eq!(refusal, "model.authorize.is_valid.scope.app_error");
}

#[tokio::test]
async fn a_person_lets_an_app_in_and_takes_it_back() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let app = make(&admin, json!({})).await;
    let tokens = let_in(&site, &alice, &app).await;
    assert_eq!((&tokens["token_type"], &tokens["scope"]), (&json!("bearer"), &json!("user")));
    assert_eq!(tokens["expires_in"], 30 * 24 * 60 * 60);
    let program = bearing(&site, text(&tokens, "access_token"));
    assert_eq!(program.get("/users/me").await.expect(200)["username"], "alice");
    let square = alice.channel(&team, "town-square").await;
    let said = program.say(&square, "It blows.").await;
    assert_eq!(said["props"]["from_oauth_app"], "true");
    assert_eq!(alice.say(&square, "Does it?").await["props"].get("from_oauth_app"), None);

    let listed = alice.get(AUTHORIZED).await.expect(200);
    assert_eq!((&listed[0]["name"], &listed[0]["client_secret"]), (&json!("Weather"), &json!("")));
    let path = format!("/users/{}/oauth/apps/authorized", alice.id);
    assert_eq!(admin.get(&path).await.expect(200), listed);
    let bob = site.person("bob").await;
    bob.get(&path).await.expect(403);
    let sessions = alice.get("/users/me/sessions").await.expect(200);
    let of_app = sessions.as_array().unwrap().iter().find(|one| one["is_oauth"] == true).unwrap();
    assert_eq!(of_app["props"]["oauth_app_id"], app["id"]);
    assert_eq!(of_app["props"]["platform"], "Weather");

    take_back(&bob, &app).await.expect(200);
    program.get("/users/me").await.expect(200);
    let waiting = code(&alice, &app, json!({})).await;
    take_back(&alice, &app).await.expect(200);
    program.get("/users/me").await.expect(401);
    alice.get("/users/me").await.expect(200);
    assert_eq!(refused(by_refresh(&site, &app, &tokens).await, 400), "invalid_grant");
    assert_eq!(refused(by_code(&site, &app, &waiting).await, 400), "invalid_grant");
    assert_eq!(alice.get(AUTHORIZED).await.expect(200), json!([]));
    let audits = alice.get("/users/me/audits").await.expect(200);
    let done: Vec<_> = audits.as_array().unwrap().iter().map(|one| text(one, "action")).collect();
    for action in ["/oauth/authorize", "/oauth/access_token", "/oauth/deauthorize"] {
        assert!(done.contains(&action), "{done:?}");
    }
    take_back(&alice, &json!({ "id": alice.id })).await.refused(404);
}

#[tokio::test]
async fn a_socket_of_an_app_that_is_taken_back_is_silent() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let app = make(&admin, json!({})).await;
    let tokens = let_in(&site, &admin, &app).await;
    site.settle().await;
    let mut socket = bearing(&site, text(&tokens, "access_token")).socket().await;
    socket.event("hello").await;
    admin.say(&square, "one").await;
    socket.event("posted").await;
    take_back(&admin, &app).await.expect(200);
    site.settle().await;
    admin.say(&square, "two").await;
    site.settle().await;
    socket.ask(1, "ping", json!({})).await;
    let next = socket.next().await;
    let next = next.unwrap_or_else(|| json!({ "seq_reply": 1, "status": "FAIL" }));
    assert_eq!((&next["seq_reply"], &next["status"]), (&json!(1), &json!("FAIL")));
}

#[tokio::test]
async fn nobody_is_sent_where_the_app_did_not_say() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let app = make(&admin, json!({})).await;
    for wrong in [
        "https://app.example.org/cb",
        "https://app.example.org/cb?of=app&x=1",
        "https://APP.example.org/cb?of=app",
        "https://app.example.org/cb?of=app#x",
        "https://evil.example/",
        "",
    ] {
        let asked = request(&app, json!({ "redirect_uri": wrong }));
        let refusal = answer(&admin, asked.clone()).await.refused(400);
        assert_eq!(refusal, "api.oauth.allow_oauth.redirect_callback.app_error");
        let (status, location, _) = open(&site, Some(&admin), &asked).await;
        assert_eq!((status, location.as_str()), (400, ""));
    }
    let unknown = request(&json!({ "id": admin.id }), json!({}));
    answer(&admin, unknown.clone()).await.refused(404);
    assert_eq!(open(&site, Some(&admin), &unknown).await.0, 400);
    let long = request(&app, json!({ "state": "x".repeat(1025) }));
    answer(&admin, long).await.refused(400);
}

#[tokio::test]
async fn an_app_that_asks_wrongly_is_told_so() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let app = make(&admin, json!({})).await;
    let public = make(&admin, json!({ "is_public": true })).await;
    let plain = json!({ "code_challenge": CHALLENGE, "code_challenge_method": "plain" });
    let unnamed = json!({ "code_challenge": CHALLENGE });
    let short = json!({ "code_challenge": "short", "code_challenge_method": "S256" });
    let wrong = [
        (&app, json!({ "response_type": "token" }), "unsupported_response_type"),
        (&app, plain, "invalid_request"),
        (&app, unnamed, "invalid_request"),
        (&app, short, "invalid_request"),
        (&public, json!({}), "invalid_request"),
    ];
    for (app, other, error) in wrong {
        let asked = request(app, other);
        let answer = answer(&admin, asked.clone()).await.expect(200);
        let address = text(&answer, "redirect");
        assert_eq!(of_query(address, "error").unwrap(), error);
        assert_eq!(of_query(address, "state").unwrap(), "a b&c");
        assert_eq!(of_query(address, "code"), None);
        assert_eq!(open(&site, Some(&admin), &asked).await, (302, address.to_owned(), " ".into()));
        assert_eq!(open(&site, None, &asked).await.0, 200, "nobody knows who asks");
    }
    assert_eq!(admin.get(AUTHORIZED).await.expect(200), json!([]));
}

#[tokio::test]
async fn the_page_is_opened_by_whoever_must_be_asked() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let app = make(&admin, json!({})).await;
    let asked = request(&app, json!({}));
    for person in [None, Some(&alice)] {
        let (status, location, framed) = open(&site, person, &asked).await;
        assert_eq!((status, location.as_str()), (200, ""));
        assert!(
            framed.starts_with("DENY ") && framed.contains("frame-ancestors 'none'"),
            "{framed}"
        );
    }
    let_in(&site, &alice, &app).await;
    let (status, location, _) = open(&site, Some(&alice), &asked).await;
    assert_eq!(status, 302, "she said yes before");
    let again = of_query(&location, "code").unwrap();
    by_code(&site, &app, &again).await.expect(200);
    assert_eq!(open(&site, Some(&admin), &asked).await.0, 200);

    let trusted = make(&admin, json!({ "is_trusted": true })).await;
    let (status, location, _) = open(&site, Some(&alice), &request(&trusted, json!({}))).await;
    assert_eq!(status, 302, "nobody is asked");
    by_code(&site, &trusted, &of_query(&location, "code").unwrap()).await.expect(200);
    assert_eq!(alice.get(AUTHORIZED).await.expect(200).as_array().unwrap().len(), 2);

    let promised = json!({ "code_challenge": CHALLENGE, "code_challenge_method": "S256" });
    let public = make(&admin, json!({ "is_public": true })).await;
    code(&alice, &public, promised.clone()).await;
    let (status, ..) = open(&site, Some(&alice), &request(&public, promised)).await;
    assert_eq!(status, 200, "who knows whether it is the same");
}

#[tokio::test]
async fn only_people_let_apps_in() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let app = make(&admin, json!({})).await;
    let other = make(&admin, json!({ "name": "Other", "is_trusted": true })).await;
    let tokens = let_in(&site, &admin, &app).await;
    let program = bearing(&site, text(&tokens, "access_token"));
    let token = admin.post("/users/me/tokens", json!({ "description": "x" })).await.expect(200);
    for program in [&program, &bearing(&site, text(&token, "token"))] {
        let refusal = answer(program, request(&other, json!({}))).await.refused(403);
        assert_eq!(refusal, "api.oauth.allow_oauth.not_a_person.app_error");
        take_back(program, &app).await.refused(403);
    }
    let path = format!("/oauth/apps/{}", text(&app, "id"));
    for refusal in [
        program.post("/users/me/tokens", json!({ "description": "x" })).await,
        program.post("/users/tokens/enable", json!({ "token_id": token["id"] })).await,
        program.post("/oauth/apps", super::new_app(json!({}))).await,
        program.put(&path, super::new_app(json!({ "id": app["id"] }))).await,
        program.post(&format!("{path}/regen_secret"), json!({})).await,
        program.delete(&path).await,
        program.put("/users/sessions/device", json!({ "device_id": "apple:1" })).await,
    ] {
        refusal.refused(403);
    }
    site.stranger().get("/users/me").await.expect(401);
    answer(&site.stranger(), request(&app, json!({}))).await.refused(401);
    let by_cookie =
        admin.without_headers().with_header("cookie", &format!("MMAUTHTOKEN={}", admin.token));
    answer(&by_cookie, request(&app, json!({}))).await.refused(401);
    let by_script = by_cookie.with_header("x-requested-with", "XMLHttpRequest");
    let answered = answer(&by_script, request(&app, json!({}))).await.expect(200);
    assert!(text(&answered, "redirect").starts_with(BACK));
}
