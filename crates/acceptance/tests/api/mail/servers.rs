//! Links and passwords where two servers share a database: the embedded engine has one server,
//! which is asked twice at once.

use std::sync::Arc;

use fieldpost_kernel::{RowsExt, params};
use fieldpost_testkit::{Actor, Mailbox, SeededEntropy, TestSite, fresh_database};
use serde_json::{Value, json};

use super::{URL, sent};

/// How often chance gets its turn.
const ROUNDS: usize = 8;

const PASSWORD: &str = "correct horse battery";

/// Two servers of one site.
struct Pair {
    one: TestSite,
    two: Option<TestSite>,
    mailbox: Mailbox,
}

impl Pair {
    async fn start() -> Self {
        let mailbox = Mailbox::open().await;
        let url = tokio::task::spawn_blocking(fresh_database).await.unwrap();
        let begin = async |seed: u64| {
            TestSite::start_with(|config| {
                config.database.clone_from(&url);
                config.entropy = Arc::new(SeededEntropy::new(seed));
                config.settings.site_url = URL.to_owned();
                config.mail = mailbox.settings();
            })
            .await
        };
        let one = begin(1).await;
        let two = if url.is_some() { Some(begin(2).await) } else { None };
        Self { one, two, mailbox }
    }

    /// The one mail that a request has sent, as the value of its link.
    async fn link(&self, name: &str) -> String {
        self.sent().await;
        self.mailbox.take_one().parameter(name)
    }

    async fn quiet(&self) {
        self.sent().await;
        self.mailbox.take();
    }

    /// Returns once nothing is to be sent: either server may have taken it upon itself.
    async fn sent(&self) {
        sent(&self.one).await;
        if let Some(two) = &self.two {
            sent(two).await;
        }
    }

    /// The answers to the same request, sent to both at once.
    async fn both(&self, by: &Actor, path: &str, body: Value) -> [u16; 2] {
        let other = by.at(self.two.as_ref().unwrap_or(&self.one).url());
        let (first, second) = tokio::join!(by.post(path, body.clone()), other.post(path, body));
        let mut answers = [first.status, second.status];
        answers.sort_unstable();
        answers
    }
}

#[tokio::test]
async fn a_link_to_confirm_or_to_choose_a_password_is_good_once() {
    let pair = Pair::start().await;
    let stranger = pair.one.stranger();
    for round in 0..ROUNDS {
        let email = format!("p{round}@example.com");
        let account =
            json!({ "username": format!("p{round}"), "email": email, "password": PASSWORD });
        stranger.post("/users", account).await.expect(201);
        let token = pair.link("token").await;
        let verify = json!({ "token": token });
        assert_eq!(pair.both(&stranger, "/users/email/verify", verify).await, [200, 400]);
    }
    for round in 0..ROUNDS / 2 {
        let ask = json!({ "email": format!("p{round}@example.com") });
        stranger.post("/users/password/reset/send", ask).await.expect(200);
        let token = pair.link("token").await;
        let choose = json!({ "token": token, "new_password": "a better one" });
        assert_eq!(pair.both(&stranger, "/users/password/reset", choose).await, [200, 400]);
        pair.quiet().await;
    }
}

#[tokio::test]
async fn an_invitation_is_good_once() {
    let pair = Pair::start().await;
    let (admin, team) = pair.one.administrator_with_team("alpha").await;
    let path = format!("/teams/{}/invite/email", team["id"].as_str().unwrap());
    for round in 0..ROUNDS {
        let person = pair.one.person(&format!("p{round}")).await;
        pair.quiet().await;
        admin.post(&path, json!([format!("p{round}@example.com")])).await.expect(200);
        let join = format!("/teams/members/invite?token={}", pair.link("t").await);
        assert_eq!(pair.both(&person, &join, json!({})).await, [201, 404]);
    }
}

#[tokio::test]
async fn wrong_passwords_are_all_counted() {
    let pair = Pair::start().await;
    pair.one.person("anna").await;
    let wrong = json!({ "login_id": "anna", "password": "wrong password" });
    for _ in 0..4 {
        assert_eq!(
            pair.both(&pair.one.stranger(), "/users/login", wrong.clone()).await,
            [401, 401]
        );
    }
    let counted = pair
        .one
        .running()
        .store
        .read(|rows| rows.count("SELECT failed FROM credential WHERE failed > ?1", params![0]));
    assert_eq!(counted.await.unwrap(), 8);
}
