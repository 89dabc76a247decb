//! Whoever passes on what another site wrote can withhold it, and alter nothing.

use std::sync::Arc;

use fieldpost_log::{SaltTree, SigningKey, SiteId, Suite};
use fieldpost_peer::Ended;
use fieldpost_replica::{BatchReader, Frame, Vouched, Voucher, decode, encode};

use super::bed::{content, joined};
use super::relay::Net;

/// The link over which something is passed on.
const OVER: [usize; 2] = [1, 2];

/// Three sites in a chain, and what the middle one is about to pass on.
async fn about_to_pass_on() -> (Net, Frame) {
    let mut net = Net::new(&["origin", "hub", "edge"], &[[0, 1], OVER]).await;
    net.cut(OVER);
    net.says(0, "as it was written").await;
    net.settle().await;
    net.connect(OVER).await;
    let batch = until_passed_on(&mut net).await;
    (net, batch)
}

/// The first batch with what another site wrote, which waits to be heard.
async fn until_passed_on(net: &mut Net) -> Frame {
    let wire = net.wire(OVER);
    for _ in 0..20 {
        wire.ends[1].speak().await.unwrap();
        while wire.step(1).await.unwrap() {}
        wire.ends[0].speak().await.unwrap();
        while !wire.ends[0].waiting_batch().is_some_and(|b| matches!(b, Frame::Relayed { .. })) {
            if !wire.step(0).await.unwrap() {
                break;
            }
        }
        if let Some(batch) = wire.ends[0].waiting_batch() {
            return batch;
        }
    }
    unreachable!("nothing is passed on");
}

/// Lets the one in the middle pass on what is not good; gives why nothing of that is taken. The link goes
/// on, and what was written arrives once it is passed on as it is.
async fn set_aside(mut net: Net, frame: &Frame) -> String {
    let before = content(&net.people[2], &net.channel).await;
    net.wire(OVER).forge(0, frame).await.unwrap();
    assert_eq!(content(&net.people[2], &net.channel).await, before);
    net.people[1].say(&net.channel, "from the hub itself").await;
    net.settle().await;
    let heard = content(&net.people[2], &net.channel).await;
    assert!(heard.values().any(|post| post["message"] == "from the hub itself"));
    let audit = net.sites[2].local().get("/fieldpost/link/audit").await.expect(200);
    let noted = audit.as_array().unwrap().iter().find(|act| act["action"] == "batch_refused");
    let why = noted.unwrap()["detail"].as_str().unwrap().to_owned();
    net.cut(OVER);
    net.connect(OVER).await;
    net.settle().await;
    net.assert_same().await;
    assert_eq!(net.sites[2].running().store.verify().await.unwrap(), []);
    why
}

/// The parts of what is passed on.
fn parts(frame: &Frame) -> (u64, Vec<Voucher>, Vec<u8>) {
    let Frame::Relayed { number, vouchers, body, .. } = frame.clone() else { unreachable!() };
    (number, vouchers, body)
}

#[tokio::test]
async fn what_was_altered_on_its_way_is_refused() {
    let (net, honest) = about_to_pass_on().await;
    let (number, vouchers, body) = parts(&honest);
    let mut runs = decode(&body).unwrap();
    let payload = &mut runs[0].entries.last_mut().unwrap().payload;
    let at = payload.windows(2).position(|two| two == b"as").unwrap();
    payload[at] = b'I';
    let body = encode(&runs, &[]).unwrap();
    let altered = Frame::Relayed { number, signature: Vec::new(), vouchers, body };
    let why = set_aside(net, &altered).await;
    assert!(why.contains("it did not"), "{why}");
}

#[tokio::test]
async fn salts_that_prove_no_more_than_what_they_came_with_are_refused() {
    let mut net = Net::new(&["origin", "hub"], &[[0, 1]]).await;
    net.sites.push(super::bed::site("edge", 3).await);
    net.routes.push(Arc::default());
    net.link(OVER).await;
    let mut reader = BatchReader::default();
    let (mut number, mut vouchers, mut runs) = (0, Vec::new(), Vec::new());
    for _ in 0..40 {
        let wire = net.wire(OVER);
        wire.ends[1].speak().await.unwrap();
        while wire.step(1).await.unwrap() {}
        wire.ends[0].speak().await.unwrap();
        // Each goes on from the one before.
        while let Some(frame) = wire.ends[0].next_frame() {
            match frame {
                Frame::Batch { body, .. } => drop(reader.read(&body).unwrap()),
                Frame::Relayed { number: at, vouchers: signed, body, .. } => {
                    (number, vouchers, runs) = (at, signed, reader.read(&body).unwrap());
                    break;
                }
                _ => {}
            }
            wire.step(0).await.unwrap();
        }
        if !runs.is_empty() {
            break;
        }
    }
    assert!(runs.iter().any(|run| !run.salts.is_empty()));
    for run in runs.iter_mut().filter(|run| !run.salts.is_empty()) {
        let mut tree = SaltTree::decode_secret(&run.salts).unwrap();
        tree.puncture(1 << 30);
        run.salts = tree.encode_secret().to_vec();
    }
    let body = encode(&runs, &[]).unwrap();
    let spoilt = Frame::Relayed { number, signature: Vec::new(), vouchers, body };
    let site = net.sites[0].running().store.site().id;
    let answers = net.wire(OVER).ends[1].answers(spoilt).await;
    assert_eq!(answers[0], Frame::Unwanted { site });
    net.cut(OVER);
    net.connect(OVER).await;
    net.settle().await;
    net.people.push(joined(&net.sites[2], &net.team, &net.channel).await);
    net.settle().await;
    net.assert_same().await;
}

#[tokio::test]
async fn nobody_signs_for_another_site() {
    let (net, honest) = about_to_pass_on().await;
    let (number, _, body) = parts(&honest);
    for vouchers in [
        Vec::new(),
        vec![Voucher { signature: vec![1; 64], heads: vec![Vouched::Run(0)] }],
        vec![Voucher { signature: vec![1; 64], heads: Vec::new() }],
        vec![Voucher { signature: vec![1; 64], heads: vec![Vouched::Run(7)] }],
        vec![Voucher { signature: vec![1; 64], heads: vec![Vouched::Other(vec![0; 3])] }],
    ] {
        let (signature, body) = (vec![1; 64], body.clone());
        let forged = Frame::Relayed { number, signature, vouchers, body };
        let mut again = about_to_pass_on().await.0;
        let before = content(&again.people[2], &again.channel).await;
        let ended = again.wire(OVER).forge(0, &forged).await;
        assert!(matches!(ended, Ok(()) | Err(Ended::Offence(_))), "{ended:?}");
        assert_eq!(content(&again.people[2], &again.channel).await, before);
    }
    // As if it were a batch of one's own.
    let batch = Frame::Batch { number, signature: vec![1; 64], body };
    let why = set_aside(net, &batch).await;
    assert!(why.contains("has not signed"), "{why}");
}

#[tokio::test]
async fn a_site_that_is_known_is_not_introduced_by_another_key() {
    let mut net = Net::new(&["origin", "hub", "edge"], &[[0, 1], OVER]).await;
    let site = net.sites[0].running().store.site().id;
    let key = SigningKey::from_seed(Suite::One, &[6; 32]).verifying_key().encode();
    let relay =
        |site, key: &[u8]| Frame::Relay { site, key: key.to_vec(), name: "origin".to_owned() };
    let answers = net.wire(OVER).ends[1].answers(relay(site, &key)).await;
    assert_eq!(answers, [Frame::Unwanted { site }]);
    let audit = net.sites[2].local().get("/fieldpost/link/audit").await.expect(200);
    let noted = audit.as_array().unwrap().iter().any(|act| act["action"] == "site_refused");
    assert!(noted, "{audit}");

    // Nor is one of the two, nor one without a key.
    let own = net.sites[2].running().store.site().id;
    let hub = net.sites[1].running().store.site().id;
    for odd in [relay(own, &key), relay(hub, &key), relay(SiteId([9; 16]), &[1, 2, 3])] {
        let ended = net.wire(OVER).forge(0, &odd).await;
        assert!(matches!(ended, Err(Ended::Offence(_))), "{ended:?}");
    }
    // Under a name that is taken it gets another.
    net.wire(OVER).ends[1].answers(relay(SiteId([9; 16]), &key)).await;
    let known = net.sites[2].running().store.clone();
    let known = known.read(|rows| fieldpost_link::sites::known(rows, SiteId([9; 16]))).await;
    assert_eq!(known.unwrap().unwrap().name, "origin-2");
}

#[tokio::test]
async fn what_nobody_asked_for_is_no_answer() {
    let mut net = Net::new(&["origin", "hub", "edge"], &[[0, 1], OVER]).await;
    let site = SiteId([9; 16]);
    let ended = net.wire(OVER).forge(0, &Frame::RecountOf { site }).await;
    assert!(matches!(ended, Err(Ended::Offence(_))), "{ended:?}");
    for idle in [
        Frame::Wanted { site, without: Vec::new(), held: [1; 32] },
        Frame::Unwanted { site },
        Frame::HoldingOf { site, logs: Vec::new(), more: true },
    ] {
        assert_eq!(net.wire(OVER).ends[0].answers(idle).await, []);
    }
}
