//! Which addresses are asked, however they are written.

use std::net::IpAddr;

use super::server::{Server, answer};
use super::{Names, allowed, policy};
use crate::{Ask, Internal, Outbound, Policy, Refused, is_public};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn what_is_not_of_the_public_internet_is_known() {
    let closed = "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 \
        100.127.255.255 127.0.0.1 127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 \
        172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 \
        198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 \
        255.255.255.255 \
        :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 \
        64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::8.8.8.8 100::1 2001::1 2001:db8::1 \
        2001:0:4136:e378:8000:63bf:3fff:fdd2 2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe::1 \
        2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:127.0.0.1 3fff::1 4000::1 5f00::1 fc00::1 \
        fd00:ec2::254 fe80::1 fec0::1 ff02::1";
    for text in closed.split_whitespace() {
        assert!(!is_public(address(text)), "{text}");
    }
}

#[test]
fn the_public_internet_is_open_up_to_the_edges_of_what_is_not() {
    let open = "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 \
        128.0.0.1 168.63.129.17 169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1 191.255.0.1 \
        192.0.1.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255 \
        ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2001:200::1 2002:808:808::1 2606:4700:4700::1111 \
        2a00:1450:4001::1";
    for text in open.split_whitespace() {
        assert!(is_public(address(text)), "{text}");
    }
}

#[test]
fn an_administrator_allows_names_addresses_and_networks() {
    let internal =
        Internal::parse("Git.Example.org., 10.1.0.0/16 192.168.7.7\n[fd00::]/8").unwrap();
    let lets = |host: &str, at: &str| internal.lets(host, address(at));
    assert!(lets("git.example.org", "10.9.9.9"));
    assert!(lets("GIT.example.org.", "127.0.0.1"));
    assert!(!lets("sub.git.example.org", "10.9.9.9"));
    assert!(!lets("it.example.org", "10.9.9.9"));
    assert!(lets("any", "10.1.255.255"));
    assert!(lets("any", "::ffff:10.1.0.1"));
    assert!(!lets("any", "10.2.0.1"));
    assert!(lets("any", "192.168.7.7"));
    assert!(!lets("any", "192.168.7.8"));
    assert!(lets("any", "fd12::1"));
    assert!(!lets("any", "fe80::1"));
    assert!(lets("any", "8.8.8.8"));
    assert!(Internal::parse("0.0.0.0/0").unwrap().lets("any", address("127.0.0.1")));
    for wrong in ["10.0.0.0/33", "fd00::/129", "name/8", "10.0.0.0/", "10.0.0.0/-1"] {
        assert!(Internal::parse(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn however_an_address_is_written_it_is_the_same_address() {
    let server = Server::start(|_| answer("", b"secret")).await;
    let port = server.address.port();
    let client = Outbound::new(Policy::default());
    let written = "127.0.0.1 2130706433 0x7f000001 0177.0.0.1 127.1 127.0.0.1. 0 [::1] \
        [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1] [2002:7f00:1::] \u{ff11}27.0.0.1 \
        127。0。0。1 localhost";
    for host in written.split_whitespace() {
        let asked = client.ask(Ask::get(format!("http://{host}:{port}/"))).await;
        assert!(matches!(asked, Err(Refused::Address(_))), "{host}: {asked:?}");
    }
    assert!(server.requests().is_empty());
    let same = allowed().ask(Ask::get(format!("http://0x7f000001:{port}/"))).await.unwrap();
    assert_eq!(&same.body[..], b"secret");
}

#[tokio::test]
async fn only_the_web_is_asked_and_without_credentials() {
    let urls = "file:///etc/passwd gopher://127.0.0.1/ ftp://example.org/ data:text/plain,hi \
        javascript:alert(1) http://ada@127.0.0.1/ http://ada:secret@127.0.0.1/ http:// example.org \
        //example.org";
    for url in urls.split_whitespace() {
        let asked = allowed().ask(Ask::get(url)).await;
        assert!(matches!(asked, Err(Refused::Url(_))), "{url}: {asked:?}");
    }
    let long = format!("http://127.0.0.1/{}", "a".repeat(2_048));
    assert!(matches!(allowed().ask(Ask::get(long)).await, Err(Refused::Url(_))));
}

#[tokio::test]
async fn a_name_is_asked_where_it_was_judged_to_be() {
    let server = Server::start(|_| answer("", b"inside")).await;
    let here = server.address;
    // Whoever answers for the name says a public address first, and then this machine's.
    let names = Names::default()
        .add("rebinding.example", vec![vec!["192.0.2.1:80".parse().unwrap()], vec![here]]);
    let client = Outbound::with_resolver(Policy::default(), Box::new(names.clone()));
    let url = format!("http://rebinding.example:{}/", here.port());
    for asked in 1..=2 {
        let refused = client.ask(Ask::get(&url)).await.unwrap_err();
        assert_eq!(refused, Refused::Address("rebinding.example".to_owned()));
        assert_eq!(names.asked(), asked);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn of_many_addresses_only_those_that_may_be_are_asked() {
    let server = Server::start(|_| answer("", b"here")).await;
    let mixed = vec!["[::1]:1".parse().unwrap(), server.address];
    let names = Names::default().add("mixed.example", vec![mixed]);
    let client = Outbound::with_resolver(policy("127.0.0.0/8"), Box::new(names.clone()));
    let url = format!("http://mixed.example:{}/", server.address.port());
    assert_eq!(&client.ask(Ask::get(&url)).await.unwrap().body[..], b"here");
    assert_eq!(names.asked(), 1);
    assert!(server.requests()[0].contains("host: mixed.example:"));
    let unknown = client.ask(Ask::get("http://unknown.example/")).await.unwrap_err();
    assert_eq!(unknown, Refused::Unknown("unknown.example".to_owned()));
}
