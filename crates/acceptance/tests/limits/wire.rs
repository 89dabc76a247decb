use std::io::ErrorKind;

use fieldpost_testkit::TestSite;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn connect(site: &TestSite) -> TcpStream {
    TcpStream::connect(site.running().address).await.unwrap()
}

/// Sends bytes, as far as they are taken, and gives the status of the answer.
async fn send(site: &TestSite, bytes: &[u8]) -> String {
    let (mut read, mut write) = connect(site).await.into_split();
    let bytes = bytes.to_vec();
    // A server that has heard enough answers and takes no more.
    let sent = tokio::spawn(async move {
        let sent = write.write_all(&bytes).await;
        // Whoever stops speaking hears no answer.
        (write, sent)
    });
    let mut answer = vec![0; 12];
    let read = read.read_exact(&mut answer).await;
    drop(sent);
    match read {
        Ok(_) => String::from_utf8(answer).unwrap(),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => "reset".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn heads_that_are_too_long_are_refused() {
    let site = TestSite::start().await;
    let line = "GET /api/v4/system/ping HTTP/1.1\r\nhost: a\r\n";
    assert_eq!(send(&site, format!("{line}\r\n").as_bytes()).await, "HTTP/1.1 200");
    for (head, status) in [
        (format!("{line}x: {}\r\n\r\n", "y".repeat(1_000_000)), "HTTP/1.1 431"),
        (format!("{line}{}\r\n", "x: y\r\n".repeat(1_000)), "HTTP/1.1 431"),
        (format!("{line}cookie: {}\r\n\r\n", "a=b; ".repeat(100_000)), "HTTP/1.1 431"),
        (format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(3_000)), "HTTP/1.1 414"),
        ("\u{0}\u{1}\u{2}\r\n\r\n".to_owned(), "HTTP/1.1 400"),
        (format!("{line}content-length: -1\r\n\r\n"), "HTTP/1.1 400"),
        (format!("{line}content-length: 99999999999999999999\r\n\r\n"), "HTTP/1.1 400"),
    ] {
        let answered = send(&site, head.as_bytes()).await;
        assert!(
            answered == status || answered == "reset",
            "{:?}: {answered}",
            &head[..40.min(head.len())]
        );
    }
    site.stranger().get("/system/ping").await.expect(200);
}

#[tokio::test]
async fn a_body_without_an_end_is_read_no_further_than_it_may_be() {
    let site = TestSite::start().await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536)).repeat(64);
    for path in ["/api/v4/users/login", "/api/v4/users", "/api/v4/users/mfa"] {
        let head = format!("POST {path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
        let answered = send(&site, (head + &chunk).as_bytes()).await;
        assert_eq!(answered, "HTTP/1.1 413", "{path}");
    }
    // Nobody's body is read who may not do it.
    let head = "POST /api/v4/posts HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(send(&site, (head.to_owned() + &chunk).as_bytes()).await, "HTTP/1.1 401");
}

#[tokio::test]
async fn whoever_connects_without_end_keeps_others_waiting_only_while_they_stay() {
    let site = TestSite::start_with(|config| config.tls.connections = 4).await;
    let mut crowd = Vec::new();
    for _ in 0..4 {
        crowd.push(connect(&site).await);
    }
    // The one that comes fifth has its answer once one of the four has gone.
    let mut fifth = connect(&site).await;
    fifth.write_all(b"GET /api/v4/system/ping HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut first = crowd.remove(0);
    first.write_all(b"GET /api/v4/system/ping HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    assert_eq!(fifth.try_read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(first);
    let mut status = [0; 12];
    fifth.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
}

#[tokio::test]
async fn accounts_from_one_address_have_an_end() {
    let site = TestSite::start_with(|config| config.settings.open_signup = false).await;
    site.person("admin").await;
    let new = json!({ "username": "bob", "email": "bob@example.com", "password": "long enough" });
    let stranger = site.stranger();
    let mut refused = Vec::new();
    for _ in 0..130 {
        let reply = stranger.post("/users", new.clone()).await;
        refused.push(reply.status);
    }
    assert!(refused[..100].iter().all(|status| *status != 429), "{refused:?}");
    assert_eq!(refused.last(), Some(&429));
    let last = stranger.post("/users", new).await.refused(429);
    assert_eq!(last, "api.fieldpost.sign_up_rate_limit");
}

#[tokio::test]
async fn links_and_invitations_are_not_found_by_guessing() {
    let site = TestSite::start_with(|config| config.settings.public_links = true).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let stranger = site.stranger();
    let guess = |n: usize| format!("{n:0>26}").replace('0', "y").replace('2', "b");
    for n in 0..50 {
        stranger.get(&format!("/teams/invite/{}", guess(n))).await.expect(404);
        let page = format!("/files/{}/public?h={}", super::id(&team), "A".repeat(43));
        assert_eq!(stranger.get_page(&page).await.status, 400);
    }
    let invite = team["invite_id"].as_str().unwrap();
    assert!(invite.len() >= 26, "{invite}");
    admin.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn a_device_has_a_short_address() {
    let site = TestSite::start().await;
    site.person("admin").await;
    let login = |device: String| json!({ "login_id": "admin", "password": "correct horse battery", "device_id": device });
    let stranger = site.stranger();
    stranger.post("/users/login", login("d".repeat(513))).await.expect(400);
    stranger.post("/users/login", login("d".repeat(512))).await.expect(200);
    let long = json!({ "login_id": "admin", "password": "x".repeat(200_000) });
    stranger.post("/users/login", long).await.expect(401);
}
