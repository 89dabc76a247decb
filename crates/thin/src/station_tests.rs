//! Stations over what really carries bytes: UDP, serial devices, modems, and programs.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, UdpSocket};

use fieldpost_log::Suite;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tokio::io::copy_bidirectional;
use tokio::net::TcpListener;

use super::*;
use crate::bearer::Modem;
use crate::kiss::{CallSign, Stations};
use crate::{FASTEST, ThinError};

fn key(side: u8) -> SigningKey {
    SigningKey::from_seed(Suite::One, &[side; 32])
}

fn station(side: u8, bearer: Bearer) -> Station {
    let settings = Settings::of_rate(FASTEST);
    let settings = Settings { round_trip: Duration::from_millis(100), ..settings };
    Station::open(bearer, settings, key(side), key(3 - side).verifying_key()).unwrap()
}

/// Both ends of a conversation, once each has heard the other.
async fn talk(one: &Station, two: &Station, draws: [u8; 2]) -> [Arc<Connection>; 2] {
    let first = async {
        let connection = one.converse([draws[0]; 8], true).await;
        connection.send(b"hello").await.unwrap();
        assert_eq!(connection.next().await.unwrap(), b"hello");
        connection
    };
    let second = async {
        let connection = two.converse([draws[1]; 8], false).await;
        connection.send(b"hello").await.unwrap();
        assert_eq!(connection.next().await.unwrap(), b"hello");
        connection
    };
    let (first, second) = tokio::join!(first, second);
    [Arc::new(first), Arc::new(second)]
}

fn free() -> SocketAddr {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn over_udp() -> (Station, Station) {
    let (one, two) = (free(), free());
    let bearer = |own, peer| Bearer::Udp { own, peer };
    (station(1, bearer(one, two)), station(2, bearer(two, one)))
}

/// Two serial devices with a line between them.
fn devices() -> [Bearer; 2] {
    let mut masters: Vec<File> = Vec::new();
    let bearers = [(), ()].map(|()| {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let device = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        masters.push(File::from(master));
        Bearer::Serial { device: device.into(), speed: 115_200 }
    });
    for (from, to) in [(0, 1), (1, 0)] {
        let (mut from, mut to) =
            (masters[from].try_clone().unwrap(), masters[to].try_clone().unwrap());
        std::thread::spawn(move || {
            let mut buffer = [0; 512];
            loop {
                match from.read(&mut buffer) {
                    Ok(read) => to.write_all(&buffer[..read]).unwrap(),
                    // Nobody has the device open yet, or any more.
                    Err(_) => std::thread::yield_now(),
                }
            }
        });
    }
    bearers
}

/// Says much of all kinds both ways.
async fn exchange([one, two]: &[Arc<Connection>; 2]) {
    let file: Vec<u8> = (0..5_000_u32).map(|n| (n % 251) as u8).collect();
    for (asks, answers) in [(one, two), (two, one)] {
        let serve = async {
            let (request, mut answering) = answers.next_request().await.unwrap();
            assert_eq!(request, b"the file");
            answering.write_all(&file).await.unwrap();
            answering.finish();
        };
        let ask = async {
            let mut answer = asks.request(b"the file").await.unwrap();
            let mut all = Vec::new();
            while let Some(bytes) = answer.next().await.unwrap() {
                all.extend(bytes);
            }
            all
        };
        let frames = async {
            for n in 0..20 {
                asks.send(&[n; 100]).await.unwrap();
            }
            asks.urge(b"man overboard").await.unwrap();
        };
        let hears = async {
            for n in 0..20 {
                assert_eq!(answers.next().await.unwrap(), [n; 100]);
            }
            assert_eq!(answers.next_urgent().await.unwrap(), b"man overboard");
        };
        let ((), all, (), ()) = tokio::join!(serve, ask, frames, hears);
        assert!(all == file);
    }
}

#[tokio::test]
async fn everything_passes_over_udp() {
    let (one, two) = over_udp();
    let talk = talk(&one, &two, [1, 2]).await;
    exchange(&talk).await;
    let stats = talk[0].stats();
    assert!(stats.sent_bytes > 7_000 && stats.received_bytes > 7_000 && stats.is_heard);
}

#[tokio::test]
async fn everything_passes_over_serial_devices() {
    let [one, two] = devices();
    let (one, two) = (station(1, one), station(2, two));
    exchange(&talk(&one, &two, [1, 2]).await).await;
}

/// The stations of a link as each side names them.
fn stations() -> [Stations; 2] {
    let [own, peer] = ["N0CALL-1", "N0CALL-2"].map(|name| CallSign::parse(name).unwrap());
    [Stations { own, peer }, Stations { own: peer, peer: own }]
}

#[tokio::test]
async fn everything_passes_through_modems_on_serial_devices() {
    let [one, two] = devices().map(|bearer| match bearer {
        Bearer::Serial { device, speed } => Modem::Serial { device, speed },
        _ => unreachable!(),
    });
    let [first, second] = stations();
    let one = station(1, Bearer::Kiss { modem: one, stations: first });
    let two = station(2, Bearer::Kiss { modem: two, stations: second });
    exchange(&talk(&one, &two, [1, 2]).await).await;
}

#[tokio::test]
async fn everything_passes_through_modems_on_the_network() {
    // What one hands to its modem comes out of the other's.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let modem = Modem::Tcp(listener.local_addr().unwrap().to_string());
    let [one, two] = stations().map(|stations| Bearer::Kiss { modem: modem.clone(), stations });
    let (one, two) = (station(1, one), station(2, two));
    let (mut first, _) = listener.accept().await.unwrap();
    let (mut second, _) = listener.accept().await.unwrap();
    let air = tokio::spawn(async move { copy_bidirectional(&mut first, &mut second).await });
    exchange(&talk(&one, &two, [1, 2]).await).await;
    air.abort();
}

#[tokio::test]
async fn everything_passes_through_a_program() {
    // One side's program is a line to the device that is the other's bearer.
    let [one, two] = devices();
    let Bearer::Serial { device, .. } = &one else { unreachable!() };
    let line = format!("stty raw -echo <{0}; cat {0} & exec cat >{0}", device.display());
    let program = Bearer::Program(vec!["sh".to_owned(), "-c".to_owned(), line]);
    let (one, two) = (station(1, program), station(2, two));
    exchange(&talk(&one, &two, [1, 2]).await).await;
}

#[tokio::test]
async fn requests_are_refused_given_up_and_stopped() {
    let (one, two) = over_udp();
    let [asks, answers] = talk(&one, &two, [1, 2]).await;
    let serve = async {
        answers.next_request().await.unwrap().1.refuse(7);
        drop(answers.next_request().await.unwrap());
        let (_, mut endless) = answers.next_request().await.unwrap();
        loop {
            if let Err(error) = endless.write_all(&[0; 4_000]).await {
                break error;
            }
        }
    };
    let ask = async {
        let mut answer = asks.request(b"one").await.unwrap();
        assert_eq!(answer.next().await, Err(ThinError::Refused(7)));
        let mut answer = asks.request(b"two").await.unwrap();
        assert_eq!(answer.next().await, Err(ThinError::Refused(0)));
        let mut answer = asks.request(b"three").await.unwrap();
        answer.next().await.unwrap();
    };
    assert_eq!(tokio::join!(serve, ask).0, ThinError::Unwanted);
}

#[tokio::test]
async fn whoever_begins_anew_ends_what_was() {
    let (one, two) = over_udp();
    let [first, second] = talk(&one, &two, [1, 2]).await;
    second.close();
    assert_eq!(second.closed().await, "this site fell silent");
    assert_eq!(second.send(b"late").await, Err(ThinError::Over("this site fell silent".into())));
    let again = async {
        let connection = two.converse([3; 8], true).await;
        connection.send(b"again").await.unwrap();
        connection
    };
    let (again, why) = tokio::join!(again, first.closed());
    assert_eq!(why, "the other site began anew");
    let heard = one.converse([4; 8], true).await;
    assert_eq!(heard.next().await.unwrap(), b"again");
    heard.send(b"welcome").await.unwrap();
    assert_eq!(again.next().await.unwrap(), b"welcome");
}

#[tokio::test]
async fn a_bearer_that_is_not_there_is_named() {
    let bearer = Bearer::Serial { device: "/nowhere/tty".into(), speed: 9_600 };
    let station = station(1, bearer);
    while !station.trouble().starts_with("serial /nowhere/tty 9600: No such file") {
        tokio::task::yield_now().await;
    }
}
