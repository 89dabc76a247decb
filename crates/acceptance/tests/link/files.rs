//! Files of a peer that cannot be had, or are not what was said of them.

use fieldpost_kernel::{Content, Rows, Work, params};
use fieldpost_link::files::{self, Over, Wanted};
use fieldpost_log::SiteId;
use fieldpost_testkit::TestSite;

use super::bed::site;

const PEER: SiteId = SiteId([7; 16]);

const MINUTE: i64 = 60 * 1000;

/// A site that wants some files of a peer.
async fn wanting(contents: impl IntoIterator<Item = Content>) -> TestSite {
    let site = site("hq", 1).await;
    for Content { hash, size, .. } in contents {
        let size = size.map_or(0, |size| i64::try_from(size).unwrap());
        let sql = "INSERT INTO link_wanted (site, content, size) VALUES (?1, ?2, ?3)";
        let store = &site.running().store;
        store
            .write(&[], move |work| work.execute(sql, params![&PEER.0, &hash, size]))
            .await
            .unwrap();
    }
    site
}

async fn wanted(site: &TestSite) -> Vec<Wanted> {
    let store = &site.running().store;
    let now = store.now();
    let over = Over { is_thin: false, largest: None, most: 100 };
    store.read(move |rows| files::wanted(rows, PEER, now, over)).await.unwrap()
}

async fn failed(site: &TestSite, content: [u8; 32], part: bool) -> bool {
    let store = &site.running().store;
    store.write(&[], move |work| files::failed(work, PEER, &content, part)).await.unwrap()
}

#[tokio::test]
async fn what_cannot_be_had_is_asked_for_again_after_growing_pauses() {
    let (one, other) = ([1; 32], [2; 32]);
    let site = wanting([one.into(), other.into()]).await;
    let mut pauses = Vec::new();
    for _ in 0..16 {
        assert_eq!(wanted(&site).await.len(), 2);
        failed(&site, one, true).await;
        let mut pause = 0;
        while wanted(&site).await.len() < 2 {
            let step = if pause < MINUTE { 1000 } else { MINUTE };
            site.clock().advance(step);
            pause += step;
        }
        pauses.push(pause);
    }
    assert!(pauses[0] <= 3000, "{pauses:?}");
    assert!(pauses[1] > pauses[0] && pauses[5] > 10 * pauses[0], "{pauses:?}");
    assert!(pauses.iter().all(|pause| *pause <= 61 * MINUTE), "{pauses:?}");
    assert!(pauses[15] > 50 * MINUTE, "{pauses:?}");
    let settled = move |work: &mut Work<'_>| files::settled(work, PEER, &one);
    site.running().store.write(&[], settled).await.unwrap();
    assert_eq!(wanted(&site).await, [Wanted { content: other, size: None, is_asked: false }]);
}

#[tokio::test]
async fn of_few_files_a_part_stays_that_a_peer_gave_up_to_send() {
    let contents: Vec<[u8; 32]> = (0..40).map(|n| [n; 32]).collect();
    let site = wanting(contents.iter().map(|content| (*content).into())).await;
    let mut stay = 0;
    for content in contents {
        let begun = move |work: &mut Work<'_>| files::begun(work, PEER, &content);
        site.running().store.write(&[], begun).await.unwrap();
        // What was not what it was said to be is thrown away as a whole.
        let part = content[0] % 3 != 0;
        stay += usize::from(failed(&site, content, part).await);
    }
    assert_eq!(stay, 16);
}

#[tokio::test]
async fn what_is_half_here_is_fetched_first() {
    let half = [9; 32];
    let half_here = Content { size: Some(7), ..half.into() };
    let site = wanting([[1; 32].into(), half_here]).await;
    let begun = move |work: &mut Work<'_>| files::begun(work, PEER, &half);
    site.running().store.write(&[], begun).await.unwrap();
    let first = Wanted { content: half, size: Some(7), is_asked: false };
    assert_eq!(wanted(&site).await[0], first);
}
