//! Where others may send the client, and where not.

use super::server::{Server, answer, elsewhere};
use super::{Names, allowed, policy};
use crate::{Ask, Outbound, Refused, header};

#[tokio::test]
async fn redirects_are_followed_five_times() {
    let server = Server::start(|request| {
        let path = request.split(' ').nth(1).unwrap();
        match path.trim_start_matches('/').parse::<u32>().unwrap() {
            0 => answer("", b"there"),
            n => elsewhere(302, &format!("/{}", n - 1)),
        }
    })
    .await;
    let there = allowed().ask(Ask::get(server.url("/5"))).await.unwrap();
    assert_eq!(&there.body[..], b"there");
    assert_eq!(there.url.as_str(), server.url("/0"));
    let refused = allowed().ask(Ask::get(server.url("/6"))).await.unwrap_err();
    assert!(matches!(refused, Refused::Redirect(_)), "{refused:?}");
}

#[tokio::test]
async fn each_redirect_is_judged_like_the_first_url() {
    for (target, expected) in [
        ("http://127.0.0.2:1/", "Address"),
        ("http://169.254.169.254/latest/meta-data/", "Address"),
        ("http://[::1]/", "Address"),
        ("http://2852039166/", "Address"),
        ("file:///etc/passwd", "Url"),
        ("gopher://127.0.0.1/", "Url"),
        ("http://ada:secret@127.0.0.1/", "Url"),
    ] {
        let server = Server::start(move |_| elsewhere(302, target)).await;
        let refused = allowed().ask(Ask::get(server.url("/"))).await.unwrap_err();
        let name = format!("{refused:?}");
        assert!(name.starts_with(expected), "{target}: {name}");
    }
}

#[tokio::test]
async fn what_is_meant_for_one_host_is_not_carried_to_another() {
    let there = Server::start(|_| answer("", b"ok")).await;
    let url = format!("http://there.example:{}/", there.address.port());
    let status = |status| {
        let url = url.clone();
        Server::start(move |_| elsewhere(status, &url))
    };
    let names = Names::default().add("there.example", vec![vec![there.address]]);
    let client = Outbound::with_resolver(policy("127.0.0.1"), Box::new(names));
    let ask = |server: &Server| {
        Ask::post(server.url("/"), "application/json", "{\"token\":\"secret\"}")
            .header(header::AUTHORIZATION, "Token secret")
    };

    let kept = status(307).await;
    let refused = client.ask(ask(&kept)).await.unwrap_err();
    assert!(matches!(refused, Refused::Redirect(_)), "{refused:?}");
    assert!(there.requests().is_empty());

    let turned = status(302).await;
    client.ask(ask(&turned)).await.unwrap();
    assert!(turned.requests()[0].contains("Token secret"));
    let seen = &there.requests()[0];
    assert!(seen.starts_with("GET / "), "{seen}");
    assert!(!seen.contains("secret") && !seen.contains("content-type"), "{seen}");
}

#[tokio::test]
async fn a_body_is_sent_again_to_the_same_host() {
    let server = Server::start(|request| {
        if request.starts_with("POST /first ") {
            elsewhere(308, "/second")
        } else {
            answer("", request.split("\r\n\r\n").nth(1).unwrap().as_bytes())
        }
    })
    .await;
    let ask = Ask::post(server.url("/first"), "text/plain", "again");
    assert_eq!(&allowed().ask(ask).await.unwrap().body[..], b"again");
}
