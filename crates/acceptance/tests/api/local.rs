//! The site's own socket: whoever may open it administers the site, without an account.

use std::os::unix::fs::PermissionsExt;

use fieldpost_http::operations;
use fieldpost_kernel::RowsExt;
use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

#[tokio::test]
async fn whoever_opens_the_socket_administers_the_site() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let socket = site.data().join("fieldpost.sock");
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let people = site.local().get("/users?per_page=1").await.expect(200);
    assert_eq!(people[0]["id"], json!(admin.id));
    assert_eq!(people[0]["email"], "admin@example.com", "an administrator sees addresses");
    site.local().get("/users/me").await.refused(400);
}

#[tokio::test]
async fn a_token_on_the_socket_is_honoured_as_its_owners() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let bearer = format!("Bearer {}", alice.token);
    let as_alice = site.local().with_header("authorization", &bearer);
    assert_eq!(as_alice.get("/users/me").await.expect(200)["username"], "alice");
    let roles = json!({ "roles": "system_admin system_user" });
    as_alice.put(&format!("/users/{}/roles", alice.id), roles).await.refused(403);
    site.local().with_header("authorization", "Bearer void").get("/users").await.refused(401);

    // Only pages are asked to prove where they come from, and none speaks to the socket.
    let cookie = format!("MMAUTHTOKEN={}", admin.token);
    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "O" });
    site.stranger().with_header("cookie", &cookie).post("/teams", team.clone()).await.refused(401);
    site.local().with_header("cookie", &cookie).post("/teams", team).await.expect(201);
}

#[tokio::test]
async fn no_header_makes_a_caller_of_the_network_a_local_one() {
    let site = TestSite::start().await;
    site.person("admin").await;
    let tries = [
        ("authorization", "Bearer "),
        ("authorization", "Local"),
        ("cookie", "MMAUTHTOKEN="),
        ("host", "localhost"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=unix:fieldpost.sock"),
        ("x-fieldpost-local", "1"),
        ("x-mattermost-local", "true"),
    ];
    for (name, value) in tries {
        let stranger = site.stranger().with_header(name, value);
        stranger.get("/users?per_page=1").await.refused(401);
        let account = json!({ "username": "eve", "email": "", "password": "long enough" });
        stranger.post("/users", account).await.refused(400);
    }
}

#[tokio::test]
async fn an_import_is_taken_on_the_socket_from_administrators_alone() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let line = json!({ "type": "version", "version": 1 });
    let path = "/fieldpost/import";
    admin.post(path, line.clone()).await.refused(404);
    let bearer = format!("Bearer {}", alice.token);
    let as_alice = site.local().with_header("authorization", &bearer);
    as_alice.post(path, line.clone()).await.refused(403);
    let done = site.local().post(path, line).await.expect(200);
    assert_eq!((&done["done"]["lines"], &done["done"]["rejected"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn tries_to_sign_in_on_the_socket_are_not_counted() {
    let site = TestSite::start().await;
    let wrong = || json!({ "login_id": "nobody", "password": "wrong" });
    for _ in 0..31 {
        site.local().post("/users/login", wrong()).await.refused(401);
    }
}

#[tokio::test]
async fn teams_channels_and_people_are_administered_without_an_account() {
    let site = TestSite::start().await;
    let local = site.local();
    let account = json!({ "username": "ada", "email": "ada@x.org", "password": "long enough" });
    let ada = local.post("/users", account).await.expect(201)["id"].clone();
    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "I" });
    let team = local.post("/teams", team).await.expect(201);
    let team_path = format!("/teams/{}", team["id"].as_str().unwrap());
    let member = json!({ "team_id": team["id"], "user_id": ada });
    local.post(&format!("{team_path}/members"), member).await.expect(201);
    let channel =
        json!({ "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "P" });
    let channel = local.post("/channels", channel).await.expect(201);
    let path = format!("/channels/{}", channel["id"].as_str().unwrap());
    local.post(&format!("{path}/members"), json!({ "user_id": ada })).await.expect(201);
    local.put(&format!("{path}/patch"), json!({ "header": "Hear, hear" })).await.expect(200);
    local.put(&format!("{path}/privacy"), json!({ "privacy": "O" })).await.expect(200);
    local.delete(&path).await.expect(200);
    local.post(&format!("{path}/restore"), json!({})).await.expect(200);
    let members = local.get(&format!("{path}/members")).await.expect(200);
    assert_eq!((members.as_array().unwrap().len(), &members[0]["user_id"]), (1, &ada));
}

#[tokio::test]
async fn what_is_only_an_accounts_to_do_is_refused_in_so_many_words() {
    let site = TestSite::start().await;
    let values = lived_in(&site).await;
    let person = &values.person;
    let post = json!({ "channel_id": values.channel, "message": "From nobody" });
    let paths = [
        ("/posts", post),
        ("/bots", json!({ "username": "robot" })),
        ("/channels/direct", json!([person, person])),
        ("/reactions", json!({ "post_id": values.post, "emoji_name": "smile" })),
        ("/users/logout", json!({})),
        ("/users/me/preferences/delete", json!([])),
        ("/users/%6de/preferences/delete", json!([])),
    ];
    for (path, body) in paths {
        let id = site.local().post(path, body).await.refused(400);
        assert_eq!(id, "api.fieldpost.local.no_account", "{path}");
    }
    let none = "y".repeat(26);
    site.local().get(&format!("/users/{none}")).await.refused(404);
    site.local().get(&format!("/users/{none}/preferences")).await.refused(404);
}

/// What a request may carry so that it reaches what it asks for.
fn body(operation: &str, site: &Values) -> Value {
    let channel = json!({ "team_id": site.team, "name": "new", "display_name": "New", "type": "O",
        "id": site.channel, "privacy": "O" });
    match operation {
        "POST /api/v4/channels/direct" => json!([site.person, site.person]),
        "POST /api/v4/channels/group" => json!([site.person, site.person, site.person]),
        "POST /api/v4/users/login" => json!({ "login_id": "alice", "password": "wrong" }),
        path if path.contains("/channels/{channel_id}") => {
            let mut body = channel;
            body["user_id"] = json!(site.person);
            body["header"] = json!("Header");
            body["scheme_user"] = json!(true);
            body["roles"] = json!("channel_user");
            body
        }
        path if path.contains("/posts") || path.contains("/reactions") => json!({
            "id": site.post, "channel_id": site.channel, "message": "New", "post_id": site.post,
            "user_id": "", "emoji_name": "smile",
        }),
        path if path.ends_with("/channels") => channel,
        path if path.contains("/ids") || path.contains("/usernames") => json!([site.person]),
        path if path.contains("/categories") || path.contains("preferences") => json!([]),
        _ => json!({
            "id": site.person, "user_id": "", "team_id": site.team, "channel_id": site.channel,
            "username": "new", "display_name": "New", "name": "new", "type": "O", "term": "a",
            "description": "New", "password": "long enough", "new_password": "long enough",
            "email": "new@example.com", "status": "away", "roles": "system_user", "active": true,
            "filename": "a.txt", "file_size": 3, "emoji": "smile", "text": "Away",
        }),
    }
}

/// The things of a site that the paths of the API name.
struct Values {
    person: String,
    team: String,
    channel: String,
    post: String,
    file: String,
}

impl Values {
    fn fill(&self, path: &str) -> String {
        let value = |part: &str| match part {
            "{user_id}" | "{bot_user_id}" => self.person.clone(),
            "{team_id}" => self.team.clone(),
            "{channel_id}" => self.channel.clone(),
            "{post_id}" | "{restore_version_id}" => self.post.clone(),
            "{file_id}" => self.file.clone(),
            "{team_name}" => "alpha".to_owned(),
            "{channel_name}" => "town-square".to_owned(),
            "{username}" => "alice".to_owned(),
            part if part.starts_with('{') => self.person.clone(),
            part => part.to_owned(),
        };
        let path = path.strip_prefix("/api/v4").unwrap();
        path.split('/').map(value).collect::<Vec<_>>().join("/")
    }
}

async fn lived_in(site: &TestSite) -> Values {
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let channel = json!({ "team_id": team["id"], "name": "ops", "display_name": "O", "type": "O" });
    let channel = alice.post("/channels", channel).await.expect(201)["id"].clone();
    let channel = channel.as_str().unwrap().to_owned();
    let path = format!("/files?channel_id={channel}&filename=a.txt");
    let file = alice.send("POST".parse().unwrap(), &path, b"abc".to_vec()).await.expect(201);
    let post = alice.say(&channel, "Hello").await;
    Values {
        person: alice.id.to_string(),
        team: team["id"].as_str().unwrap().to_owned(),
        channel,
        post: post["id"].as_str().unwrap().to_owned(),
        file: file["file_infos"][0]["id"].as_str().unwrap().to_owned(),
    }
}

/// What the socket answers to an operation, with everything in its path as it is or as `me`.
async fn asked(local: &Actor, site: &Values, operation: &operations::Operation, me: bool) -> u16 {
    let path = if me { operation.path.replace("{user_id}", "me") } else { operation.path.into() };
    let body = body(&format!("{} {}", operation.method, operation.path), site);
    let method = operation.method.parse().unwrap();
    local.send(method, &site.fill(&path), body.to_string().into_bytes()).await.status
}

#[tokio::test]
async fn nothing_that_is_served_fails_for_want_of_an_account() {
    let site = TestSite::start().await;
    let values = lived_in(&site).await;
    let routes = fieldpost_http::routes();
    // What lies beside the API, as webhooks do, asks for no account.
    let of_api = |o: &&operations::Operation| o.path.starts_with("/api/v4/");
    let known = operations::known().iter().filter(of_api);
    let mut served: Vec<_> = known.filter(|o| routes.serves(o)).collect();
    // What takes things away comes last, so that all the rest has something to work on.
    served.sort_by_key(|o| (o.method == "DELETE", !o.path.contains("/posts/")));
    let mut wrong = Vec::new();
    for operation in served {
        let called = format!("{} {}", operation.method, operation.path);
        let status = asked(&site.local(), &values, operation, false).await;
        if status >= 500 && status != 501 {
            wrong.push(format!("{called} answered {status}"));
        }
        if operation.path.contains("{user_id}") {
            let status = asked(&site.local(), &values, operation, true).await;
            if status != 400 {
                wrong.push(format!("{called} answered {status} to me"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let store = &site.running().store;
    let sql = "SELECT count(*) FROM waiting";
    let waiting = store.read(move |rows| rows.count(sql, &[])).await.unwrap();
    assert_eq!(waiting, 0, "a change hangs on an account that nobody has");
}
