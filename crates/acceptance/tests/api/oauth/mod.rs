//! The site as a provider of OAuth 2.0.

mod apps;
mod consent;
mod registration;
mod tokens;

use fieldpost_outbound::{Url, form_urlencoded};
use fieldpost_testkit::{Actor, Reply, TestSite};
use serde_json::{Value, json};

/// Where people are sent back to.
const BACK: &str = "https://app.example.org/cb?of=app";

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap()
}

fn bearing(site: &TestSite, secret: &str) -> Actor {
    site.stranger().with_header("authorization", &format!("Bearer {secret}"))
}

/// An object with more or other fields.
fn with(mut of: Value, other: Value) -> Value {
    if let (Value::Object(of), Value::Object(other)) = (&mut of, other) {
        of.extend(other);
    }
    of
}

/// What a new app says of itself, with more or other than usual.
fn new_app(other: Value) -> Value {
    let new = json!({
        "name": "Weather", "description": "Says how it blows.", "homepage": "https://app.example.org",
        "callback_urls": [BACK, "http://127.0.0.1:9/cb"],
    });
    with(new, other)
}

async fn make(admin: &Actor, other: Value) -> Value {
    admin.post("/oauth/apps", new_app(other)).await.expect(201)
}

/// What an app asks a person for.
fn request(app: &Value, other: Value) -> Value {
    let asked = json!({
        "response_type": "code", "client_id": app["id"], "redirect_uri": BACK, "state": "a b&c",
    });
    with(asked, other)
}

async fn answer(person: &Actor, asked: Value) -> Reply {
    let body = asked.to_string().into_bytes();
    person.send_outside("POST".parse().unwrap(), "/oauth/authorize", body).await
}

/// A parameter of the address that somebody is sent to.
fn of_query(address: &str, name: &str) -> Option<String> {
    let url: Url = address.parse().unwrap();
    assert!(address.starts_with(BACK), "{address}");
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The code with which a person is sent back who lets an app in.
async fn code(person: &Actor, app: &Value, other: Value) -> String {
    let answer = answer(person, request(app, other)).await.expect(200);
    let address = text(&answer, "redirect");
    assert_eq!(of_query(address, "state").unwrap(), "a b&c");
    assert_eq!(of_query(address, "of").unwrap(), "app");
    of_query(address, "code").unwrap()
}

/// Asks for a token, with these parameters.
async fn exchange(site: &TestSite, pairs: &[(&str, &str)]) -> Reply {
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    site.stranger()
        .send_outside("POST".parse().unwrap(), "/oauth/access_token", form.into_bytes())
        .await
}

/// Asks for a token for a code, as an app that has a secret.
async fn by_code(site: &TestSite, app: &Value, code: &str) -> Reply {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("client_id", text(app, "id")),
        ("client_secret", text(app, "client_secret")),
        ("redirect_uri", BACK),
        ("code", code),
    ];
    exchange(site, &pairs).await
}

/// Asks for a token for a refresh token.
async fn by_refresh(site: &TestSite, app: &Value, token: &Value) -> Reply {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", text(app, "id")),
        ("client_secret", text(app, "client_secret")),
        ("refresh_token", text(token, "refresh_token")),
    ];
    exchange(site, &pairs).await
}

/// Lets an app in, and gives its tokens.
async fn let_in(site: &TestSite, person: &Actor, app: &Value) -> Value {
    let code = code(person, app, json!({})).await;
    by_code(site, app, &code).await.expect(200)
}

#[track_caller]
fn refused(reply: Reply, status: u16) -> String {
    text(&reply.expect(status), "error").to_owned()
}

/// Does what leaves rows of every kind, some of which are gone again.
pub(crate) async fn use_oauth(site: &TestSite, admin: &Actor, person: &Actor) {
    let mut apps = Vec::new();
    for name in ["kept", "gone", "taken back"] {
        let mut app = make(admin, json!({ "name": name })).await;
        let path = format!("/oauth/apps/{}", text(&app, "id"));
        app["description"] = json!("changed");
        admin.put(&path, app.clone()).await.expect(200);
        let app = admin.post(&format!("{path}/regen_secret"), json!({})).await.expect(200);
        let tokens = let_in(site, person, &app).await;
        by_refresh(site, &app, &tokens).await.expect(200);
        code(person, &app, json!({ "code_challenge": CHALLENGE, "code_challenge_method": "S256" }))
            .await;
        apps.push(app);
    }
    admin.delete(&format!("/oauth/apps/{}", text(&apps[1], "id"))).await.expect(200);
    let named = json!({ "client_id": apps[2]["id"] }).to_string().into_bytes();
    person.send_outside("POST".parse().unwrap(), "/oauth/deauthorize", named).await.expect(200);
}
