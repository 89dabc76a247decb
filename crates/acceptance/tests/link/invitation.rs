//! Who may come by an invitation, and as whom.

use fieldpost_kernel::{FailureKind, Outcome};
use fieldpost_link::invite::{self, Code, Request};
use fieldpost_link::peer;
use fieldpost_log::{SigningKey, SiteId, Suite, VerifyingKey};
use fieldpost_testkit::TestSite;

use super::bed::{administrator, pair, site};

/// A week, in milliseconds.
const WEEK: i64 = 7 * 24 * 60 * 60 * 1000;

fn key(site: &TestSite) -> VerifyingKey {
    site.running().store.site().signing_key().verifying_key()
}

fn stranger() -> VerifyingKey {
    SigningKey::from_seed(Suite::One, &[6; 32]).verifying_key()
}

/// Makes an invitation.
async fn invite(hq: &TestSite) -> Code {
    let store = &hq.running().store;
    let (own, key) = (store.site().id, key(hq));
    let code = store.write(&[], move |work| {
        invite::invite(work, &administrator(), (own, &key), "hq.example:8066")
    });
    Code::read(&code.await.unwrap()).unwrap()
}

/// Somebody shows the secret of an invitation, and calls themselves a site.
async fn come(hq: &TestSite, code: &Code, site: SiteId, key: VerifyingKey) -> Outcome<String> {
    let store = &hq.running().store;
    let own = store.site().id;
    let (name, address) = ("edge".to_owned(), String::new());
    let request = Request { secret: code.secret, site, name, address };
    store.write(&[], move |work| invite::welcome(work, own, &request, &key)).await
}

async fn known(hq: &TestSite, site: SiteId) -> Option<VerifyingKey> {
    let store = &hq.running().store;
    let peer = store.read(move |rows| peer::by_site(rows, site)).await.unwrap();
    peer.map(|peer| peer.key)
}

async fn remove(hq: &TestSite) {
    let store = &hq.running().store;
    store.write(&[], |work| peer::remove(work, &administrator(), "edge")).await.unwrap();
}

async fn forget(hq: &TestSite, name: &str) -> Outcome<()> {
    let name = name.to_owned();
    let store = &hq.running().store;
    store.write(&[], move |work| peer::forget(work, &administrator(), &name)).await
}

#[tokio::test]
async fn an_invitation_is_good_for_a_week() {
    let hq = site("hq", 1).await;
    let (edge, other) = (SiteId([8; 16]), SiteId([9; 16]));
    let other_key = SigningKey::from_seed(Suite::One, &[7; 32]).verifying_key();
    let [early, late] = [invite(&hq).await, invite(&hq).await];
    hq.clock().advance(WEEK - 60_000);
    come(&hq, &early, edge, stranger()).await.unwrap();
    hq.clock().advance(60_000);
    let refused = come(&hq, &late, other, other_key.clone()).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Forbidden);
    assert_eq!(known(&hq, other).await, None);
    let anew = invite(&hq).await;
    come(&hq, &anew, other, other_key).await.unwrap();
}

#[tokio::test]
async fn whoever_is_invited_does_not_become_somebody_who_is_known() {
    let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
    pair(&hq, &edge).await;
    let id = edge.running().store.site().id;
    let code = invite(&hq).await;
    let refused = come(&hq, &code, id, stranger()).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Conflict);
    assert_eq!(known(&hq, id).await, Some(key(&edge)));
}

#[tokio::test]
async fn whoever_is_invited_does_not_become_somebody_who_was_known() {
    let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
    pair(&hq, &edge).await;
    remove(&hq).await;
    let id = edge.running().store.site().id;
    let code = invite(&hq).await;
    let refused = come(&hq, &code, id, stranger()).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Conflict);
    assert!(refused.message.contains("fieldpost link forget"), "{}", refused.message);
    // The invitation is still good for the one with the key.
    come(&hq, &code, id, key(&edge)).await.unwrap();
    assert_eq!(known(&hq, id).await, Some(key(&edge)));
}

#[tokio::test]
async fn a_key_is_forgotten_only_when_an_administrator_says_so() {
    let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
    pair(&hq, &edge).await;
    let id = edge.running().store.site().id;
    assert_eq!(forget(&hq, "edge").await.unwrap_err().kind, FailureKind::Conflict);
    assert_eq!(forget(&hq, "nobody").await.unwrap_err().kind, FailureKind::NotFound);
    remove(&hq).await;
    let name = fieldpost_model::Id::from_bytes(id.0).to_string();
    forget(&hq, &name).await.unwrap();
    assert_eq!(forget(&hq, "edge").await.unwrap_err().kind, FailureKind::NotFound);
    let code = invite(&hq).await;
    come(&hq, &code, id, stranger()).await.unwrap();
    assert_eq!(known(&hq, id).await, Some(stranger()));
    // The other side of an invitation is as careful.
    remove(&hq).await;
    let (own, code) = (hq.running().store.site().id, Code { site: id, key: key(&edge), ..code });
    let acceptable =
        move |rows: &mut dyn fieldpost_kernel::Rows| invite::require_acceptable(rows, own, &code);
    let refused = hq.running().store.read(acceptable).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Conflict);
}
