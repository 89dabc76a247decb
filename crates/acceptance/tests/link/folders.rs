//! Folders in which bundles come and go as files.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fieldpost_faultfs::Machine;
use fieldpost_link::share::Which;
use fieldpost_peer::{Inbox, Outbox, Packing, Repair};
use fieldpost_store::Medium;
use fieldpost_testkit::{Actor, SeededEntropy, TestSite};
use serde_json::json;
use tempfile::TempDir;

use super::audit::{entries, newest};
use super::bed::{Bed, content, enter, pair, share, site, state};
use super::bundles::{bundle, bundle_with, bundles};

/// The names of the files and folders in a folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(found) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// How many entries of an action there are.
async fn count(reader: &Actor, action: &str) -> usize {
    entries(reader).await.iter().filter(|entry| entry["action"] == action).count()
}

async fn look(inbox: &mut Inbox, times: usize) {
    for _ in 0..times {
        inbox.look().await;
    }
}

fn outbox(of: &TestSite, folder: &TempDir) -> Outbox {
    Outbox::new(&of.running().links, folder.path())
}

fn inbox(of: &TestSite, folder: &TempDir) -> Inbox {
    Inbox::new(&of.running().links, folder.path())
}

async fn backlog(at: &TestSite) -> u64 {
    at.running().links.status().await.unwrap().peers[0].backlog.changes
}

/// Two sites, each with a folder that the other's bundles are put into.
struct Post {
    down: TempDir,
    up: TempDir,
    out: [Outbox; 2],
    into: [Inbox; 2],
}

impl Post {
    fn new(hq: &TestSite, edge: &TestSite) -> Self {
        let (down, up) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let out = [outbox(hq, &down), outbox(edge, &up)];
        let into = [inbox(hq, &up), inbox(edge, &down)];
        Self { down, up, out, into }
    }

    /// Lets both write and read until neither writes any more; gives how many bundles went.
    async fn settle(&mut self) -> usize {
        let carried = |post: &Self| {
            let taken =
                [&post.down, &post.up].map(|folder| names(&folder.path().join("taken")).len());
            taken[0] + taken[1]
        };
        let before = carried(self);
        let mut last = None;
        for _ in 0..12 {
            if last == Some(carried(self)) {
                break;
            }
            last = Some(carried(self));
            for (from, to) in [(0, 1), (1, 0)] {
                self.out[from].write().await;
                look(&mut self.into[to], 2).await;
            }
        }
        assert_eq!(last, Some(carried(self)), "bundles without end");
        carried(self) - before
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sites_whose_folders_are_each_others_hold_one_conversation() {
    let (hq, edge) = (site("hq", 1).await, site("edge", 2).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let channel = admin.channel(&team, "town-square").await;
    admin.say(&channel, "from headquarters").await;
    pair(&hq, &edge).await;
    let mut post = Post::new(&hq, &edge);
    assert_eq!(post.settle().await, 0, "nothing is shared");
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    // The offer, that it is taken, what was said, and that it arrived.
    assert_eq!(post.settle().await, 4);
    let edgar = edge.person("edgar").await;
    enter(&edgar, &team, &channel).await;
    edgar.say(&channel, "from the edge").await;
    post.settle().await;
    assert_eq!(content(&admin, &channel).await, content(&edgar, &channel).await);
    assert_eq!(state(&hq, &channel).await, state(&edge, &channel).await);
    assert_eq!((backlog(&hq).await, backlog(&edge).await), (0, 0));
    assert_eq!(names(post.down.path()), ["taken"]);
    assert_eq!(names(post.up.path()), ["taken"]);
    assert_eq!(post.settle().await, 0, "nothing is owed");
    // A receipt that is lost is written again, since what it was for comes again.
    admin.say(&channel, "is anybody there").await;
    post.out[0].write().await;
    look(&mut post.into[1], 2).await;
    post.out[1].write().await;
    for lost in names(post.up.path()).iter().filter(|name| name.ends_with(".fpbundle")) {
        fs::remove_file(post.up.path().join(lost)).unwrap();
    }
    post.settle().await;
    assert_eq!(backlog(&hq).await, 0);
    assert_eq!(newest(&admin, "bundle_written").await["by"], "this_site");
    assert_eq!(newest(&edgar, "bundle_taken").await["by"], "other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_left_until_it_is_whole_and_refused_if_it_never_is() {
    let bed = Bed::new().await;
    bed.admin.say(&bed.channel, "bit by bit").await;
    let bytes = bundle(&bed.hq, "edge").await;
    let folder = tempfile::tempdir().unwrap();
    let mut inbox = inbox(&bed.edge, &folder);
    // Whatever it is called.
    let file = folder.path().join("growing.bin");
    let mut growing = OpenOptions::new().create_new(true).append(true).open(&file).unwrap();
    for part in bytes.chunks(bytes.len().div_ceil(3)) {
        growing.write_all(part).unwrap();
        look(&mut inbox, 1).await;
        assert_eq!(names(folder.path()), ["growing.bin"]);
    }
    assert_eq!(bundles(&bed.edge).await, []);
    look(&mut inbox, 1).await;
    assert_eq!(names(&folder.path().join("taken")), ["growing.bin"]);
    assert_eq!(state(&bed.hq, &bed.channel).await, state(&bed.edge, &bed.channel).await);
    fs::write(folder.path().join("cut.fpbundle"), &bytes[..bytes.len() / 2]).unwrap();
    look(&mut inbox, 2).await;
    let refused = folder.path().join("refused");
    assert_eq!(names(&refused), ["cut.fpbundle", "cut.fpbundle.txt"]);
    let why = fs::read_to_string(refused.join("cut.fpbundle.txt")).unwrap();
    assert!(why.contains("a part of it is missing"), "{why}");
    let noted = newest(&bed.edgar, "bundle_refused").await;
    assert_eq!((noted["by"].as_str(), noted["detail"].as_str()), (Some("other"), Some(why.trim())));
    assert_eq!(names(folder.path()), ["refused", "taken"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_are_taken_too_and_refused_if_there_are_too_few() {
    let bed = Bed::new().await;
    for n in 0..60u64 {
        let code = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bed.admin.say(&bed.channel, &format!("the code of report {n} is {code:016x}")).await;
    }
    let packing = Packing { repair: Repair::percent(15), ..Packing::plain(u64::MAX) };
    let bytes = bundle_with(&bed.hq, "edge", packing).await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("few"), &bytes[..1200]).unwrap();
    // Some of its beginning is lost.
    fs::write(folder.path().join("most"), &bytes[700..]).unwrap();
    look(&mut inbox(&bed.edge, &folder), 2).await;
    assert_eq!(names(&folder.path().join("taken")), ["most"]);
    assert_eq!(names(&folder.path().join("refused")), ["few", "few.txt"]);
    let noted = newest(&bed.edgar, "bundle_refused").await;
    assert!(noted["detail"].as_str().unwrap().contains("too little"), "{noted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_for_this_site_is_left_alone() {
    let bed = Bed::new().await;
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let for_edge = bundle(&bed.hq, "edge").await;
    fs::write(elsewhere.path().join("bundle"), &for_edge).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    put("notes.txt", b"buy batteries");
    put("empty", b"");
    put("to-hq.fpbundle", &bundle(&bed.edge, "hq").await);
    put(".hidden", &for_edge);
    std::os::unix::fs::symlink(elsewhere.path().join("bundle"), folder.path().join("link"))
        .unwrap();
    let before = names(folder.path());
    let mut inbox = inbox(&bed.edge, &folder);
    look(&mut inbox, 3).await;
    assert_eq!(names(folder.path()), before);
    assert!(bundles(&bed.edge).await.iter().all(|bundle| bundle.is_ours));
    assert_eq!(count(&bed.edgar, "bundle_refused").await, 0);
    // A file that becomes a bundle is one.
    put("notes.txt", &for_edge);
    look(&mut inbox, 2).await;
    assert_eq!(names(&folder.path().join("taken")), ["notes.txt"]);
    // A folder that goes and comes back is looked at again.
    let moved = elsewhere.path().join("moved");
    fs::rename(folder.path(), &moved).unwrap();
    look(&mut inbox, 1).await;
    fs::rename(&moved, folder.path()).unwrap();
    fs::rename(folder.path().join("taken/notes.txt"), folder.path().join("notes.txt")).unwrap();
    look(&mut inbox, 1).await;
    assert!(names(&folder.path().join("taken")).is_empty());
    look(&mut inbox, 1).await;
    assert_eq!(names(&folder.path().join("taken")), ["notes.txt"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_moved_is_taken_in_once_and_a_restart_loses_nothing() {
    let mut bed = Bed::new().await;
    bed.admin.say(&bed.channel, "before the restart").await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.fpbundle"), bundle(&bed.hq, "edge").await).unwrap();
    // As on a medium that cannot be written: no folder can be made.
    fs::write(folder.path().join("taken"), b"").unwrap();
    look(&mut inbox(&bed.edge, &folder), 1).await;
    bed.wire.ends.iter_mut().for_each(super::bed::End::hang_up);
    bed.edge.restart().await;
    let mut inbox = inbox(&bed.edge, &folder);
    look(&mut inbox, 4).await;
    assert_eq!(names(folder.path()), ["a.fpbundle", "taken"]);
    let edgar = bed.edge.local();
    assert_eq!(count(&edgar, "bundle_taken").await, 1);
    assert_eq!(state(&bed.hq, &bed.channel).await, state(&bed.edge, &bed.channel).await);
    // Another of that name is another.
    bed.admin.say(&bed.channel, "behind it").await;
    fs::write(folder.path().join("a.fpbundle"), bundle(&bed.hq, "edge").await).unwrap();
    look(&mut inbox, 4).await;
    assert_eq!(count(&edgar, "bundle_taken").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_there_is_no_room_for_is_tried_again_later() {
    let machine = Machine::new(1);
    let hq = site("hq", 1).await;
    let edge = TestSite::start_with(|config| {
        config.site_name = "edge".to_owned();
        config.entropy = Arc::new(SeededEntropy::new(2));
        config.database = None;
        config.medium = Medium { vfs: Some(machine.vfs()), ..Medium::default() };
    })
    .await;
    hq.administrator_with_team("alpha").await;
    pair(&hq, &edge).await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), bundle(&hq, "edge").await).unwrap();
    let mut inbox = inbox(&edge, &folder);
    machine.limit(Some(machine.used()));
    look(&mut inbox, 3).await;
    assert_eq!(names(folder.path()), ["a"]);
    machine.limit(None);
    look(&mut inbox, 3).await;
    assert_eq!(names(folder.path()), ["a"], "not before some time has passed");
    edge.clock().advance(5000);
    look(&mut inbox, 1).await;
    assert_eq!(names(&folder.path().join("taken")), ["a"]);
    assert_eq!(bundles(&edge).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_is_written_when_there_is_news_and_takes_the_place_of_the_last() {
    let bed = Bed::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = outbox(&bed.hq, &folder);
    let mut write = async || {
        bed.hq.clock().advance(60_000);
        outbox.write().await;
        names(folder.path())
    };
    let first = write().await;
    assert!(first.is_empty(), "{first:?}");
    bed.admin.say(&bed.channel, "news").await;
    for act in ["pause", "silence"] {
        bed.admin.post(&format!("/fieldpost/link/edge/{act}"), json!({})).await.expect(200);
        assert!(write().await.is_empty());
    }
    bed.admin.post("/fieldpost/link/edge/resume", json!({})).await.expect(200);
    let first = write().await;
    let [name] = &first[..] else { panic!("{first:?}") };
    let stamp = name.strip_prefix("hq-to-edge-").and_then(|name| name.strip_suffix("Z.fpbundle"));
    assert_eq!(stamp.map(str::len), Some("20260101T000000".len()), "{name}");
    assert_eq!(write().await, first, "nothing has changed");
    // Somebody else's are not this site's to remove, whatever they are called.
    let foreign = "hq-to-edge-1.fpbundle".to_owned();
    fs::write(folder.path().join(&foreign), bundle(&bed.edge, "hq").await).unwrap();
    bed.admin.say(&bed.channel, "more news").await;
    let second = write().await;
    assert!(second.len() == 2 && second.contains(&foreign) && !second.contains(name), "{second:?}");
    // What is gone may be lost.
    let newest = second.iter().find(|name| **name != foreign).unwrap();
    let path = folder.path().join(newest);
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(write().await.len(), 2);
    super::bundles::take(&bed.edge, &bytes).await.unwrap();
    assert_eq!(state(&bed.hq, &bed.channel).await, state(&bed.edge, &bed.channel).await);
    super::bundles::take(&bed.hq, &bundle(&bed.edge, "hq").await).await.unwrap();
    let before = names(folder.path());
    assert_eq!(write().await, before, "all has arrived");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_site_watches_the_folders_of_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let hq = TestSite::start_with(|config| {
        config.site_name = "hq".to_owned();
        config.link.bundles_out = path.clone();
        config.link.bundles_every = 1;
    })
    .await;
    let edge = TestSite::start_with(|config| {
        config.site_name = "edge".to_owned();
        config.entropy = Arc::new(SeededEntropy::new(2));
        config.link.bundles_in = path.clone();
    })
    .await;
    hq.administrator_with_team("alpha").await;
    pair(&hq, &edge).await;
    share(&hq, "edge", Which::One("alpha:town-square".to_owned())).await;
    let came = async {
        while bundles(&edge).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), came).await.expect("it comes");
    assert!(!bundles(&hq).await.is_empty());
}
