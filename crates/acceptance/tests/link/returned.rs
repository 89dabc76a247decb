//! A site that was put back from a backup is given back what it wrote since, as far as it had left it.
//!
//! A database server has backups of its own, and a site on one only starts again in these tests: what it
//! wrote must be there in either case.

use std::path::PathBuf;

use fieldpost_kernel::{Change, Kind, Position, Rows, RowsExt};
use fieldpost_link::incoming;
use fieldpost_link::share::Which;
use fieldpost_log::{
    Epoch, Head, Held, LogName, SaltTree, Scope, ScopeKind, SigningKey, Stamp, sign_heads,
};
use fieldpost_model::Id;
use fieldpost_replica::{Entry, Frame, HeldLog, Run, Vouched, Voucher, encode};
use fieldpost_testkit::{Actor, Dice, TestSite};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::bed::{Bed, Wire, content, joined, pair, set_direct, share, site, state};
use super::relay::Net;

/// A backup of a site.
pub(super) struct Saved {
    _folder: TempDir,
    file: Option<PathBuf>,
}

pub(super) fn save(site: &TestSite) -> Saved {
    let folder = tempfile::tempdir().unwrap();
    let is_on_postgres =
        std::env::var("FIELDPOST_TEST_ENGINE").is_ok_and(|engine| engine == "postgres");
    let file = (!is_on_postgres).then(|| folder.path().join("saved"));
    if let Some(file) = &file {
        fieldpost_server::backup::save(site.data(), file).unwrap();
    }
    Saved { _folder: folder, file }
}

pub(super) async fn put_back(site: &mut TestSite, saved: &Saved) {
    match &saved.file {
        Some(file) => site.restore(file).await,
        None => site.restart().await,
    }
}

impl Bed {
    /// The edge is put back, and another conversation begins.
    async fn put_edge_back(&mut self, saved: &Saved) {
        self.wire.ends[1].hang_up();
        put_back(&mut self.edge, saved).await;
        self.edgar = self.edgar.at(self.edge.url());
        self.wire.cut([&self.hq, &self.edge], [false, true]).await;
    }
}

/// How many files a site asks its peers for.
async fn wanted_files(site: &TestSite) -> i64 {
    let count = |rows: &mut dyn Rows| rows.count("SELECT count(*) FROM link_wanted", &[]);
    site.running().store.read(count).await.unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn messages(who: &Actor, channel: &str) -> Vec<String> {
    content(who, channel).await.values().map(|post| text(&post["message"])).collect()
}

#[tokio::test]
async fn what_had_left_a_site_comes_back_to_it() {
    let mut bed = Bed::new().await;
    let (edgar, channel) = (bed.edgar.clone(), bed.channel.clone());
    let early = edgar.say(&channel, "before the backup").await;
    bed.wire.settle().await.unwrap();
    let saved = save(&bed.edge);

    let later = edgar.say(&channel, "since the backup").await;
    let path = format!("/posts/{}/patch", text(&early["id"]));
    edgar.put(&path, json!({ "message": "put differently" })).await.expect(200);
    let reaction = json!({
        "user_id": edgar.id, "post_id": later["id"], "emoji_name": "anchor",
    });
    edgar.post("/reactions", reaction).await.expect(200);
    let path = format!("/files?channel_id={channel}&filename=chart.txt");
    let file = edgar.send("POST".parse().unwrap(), &path, b"a chart".to_vec()).await.expect(201);
    let files = json!([file["file_infos"][0]["id"]]);
    let post = json!({ "channel_id": channel, "message": "the chart", "file_ids": files });
    edgar.post("/posts", post).await.expect(201);
    let gone = edgar.say(&channel, "taken away").await;
    edgar.delete(&format!("/posts/{}", text(&gone["id"]))).await.expect(200);
    bed.wire.settle().await.unwrap();
    let before = content(&bed.admin, &channel).await;

    bed.put_edge_back(&saved).await;
    bed.wire.settle().await.unwrap();
    assert_eq!(content(&bed.edgar, &channel).await, before);
    bed.assert_agreed_on(&channel).await;
    if saved.file.is_some() {
        assert_eq!(wanted_files(&bed.edge).await, 1);
    }

    // It goes on from there, and the next conversation begins without telling everything.
    bed.edgar.say(&channel, "and on").await;
    bed.wire.settle().await.unwrap();
    bed.assert_agreed_on(&channel).await;
    bed.wire.cut([&bed.hq, &bed.edge], [true, true]).await;
    for from in [0, 1] {
        while let Some(frame) = bed.wire.ends[from].next_frame() {
            assert!(!matches!(frame, Frame::Recount), "{frame:?}");
            bed.wire.step(from).await.unwrap();
        }
    }
}

#[tokio::test]
async fn people_channels_and_conversations_come_back() {
    let (hq, edge) = (site("hq", 41).await, site("edge", 42).await);
    let (admin, team) = hq.administrator_with_team("alpha").await;
    let channel = admin.channel(&team, "town-square").await;
    pair(&hq, &edge).await;
    share(&hq, "edge", Which::All).await;
    share(&edge, "hq", Which::All).await;
    set_direct(&hq, "edge", true).await;
    set_direct(&edge, "hq", true).await;
    let mut wire = Wire::new(&hq, &edge).await;
    wire.settle().await.unwrap();
    let edgar = joined(&edge, &team, &channel).await;
    wire.settle().await.unwrap();
    let saved = save(&edge);

    let fiona = edge.member(&edgar, &team, "fiona").await;
    let new = json!({ "team_id": team["id"], "name": "deck", "display_name": "D", "type": "O" });
    let deck = text(&fiona.post("/channels", new).await.expect(201)["id"]);
    fiona.say(&deck, "all hands").await;
    let people = json!([fiona.id, admin.id]);
    let talk = text(&fiona.post("/channels/direct", people).await.expect(201)["id"]);
    fiona.say(&talk, "between us").await;
    let mut bed = Bed { hq, edge, wire, admin, edgar, team, channel };
    bed.wire.settle().await.unwrap();

    bed.put_edge_back(&saved).await;
    bed.wire.settle().await.unwrap();
    bed.assert_agreed_on(&bed.channel).await;
    assert!(messages(&bed.edgar, &deck).await.contains(&"all hands".to_owned()));
    assert_eq!(state(&bed.edge, &deck).await, state(&bed.hq, &deck).await);
    assert_eq!(state_of_talk(&bed.edge, &talk).await, state_of_talk(&bed.hq, &talk).await);

    // What never leaves a site is lost with it: she needs another password, and is who she was.
    let local = bed.edge.local();
    let path = format!("/users/{}", fiona.id);
    assert_eq!(local.get(&path).await.expect(200)["username"], "fiona");
    assert!(local.get(&path).await.expect(200)["remote_id"].is_null());
    let password = json!({ "new_password": "another-Passw0rd" });
    local.put(&format!("{path}/password"), password).await.expect(200);
    let mut again = bed.edge.stranger();
    again.sign_in("fiona", "another-Passw0rd").await;
    assert!(messages(&again, &talk).await.contains(&"between us".to_owned()));
    again.say(&deck, "back again").await;
    bed.wire.settle().await.unwrap();
    assert_eq!(state(&bed.edge, &deck).await, state(&bed.hq, &deck).await);
}

#[tokio::test]
async fn a_name_that_was_taken_since_stays_with_the_newer_profile() {
    let mut bed = Bed::new().await;
    let saved = save(&bed.edge);
    let older = bed.edge.member(&bed.edgar, &bed.team, "fiona").await;
    let path = format!("/channels/{}/members", bed.channel);
    bed.edgar.post(&path, json!({ "user_id": older.id })).await.expect(201);
    older.say(&bed.channel, "I was here").await;
    bed.wire.settle().await.unwrap();
    bed.put_edge_back(&saved).await;
    if saved.file.is_none() {
        // Nobody could take it, since she is there.
        let name = bed.edgar.get(&format!("/users/{}", older.id)).await.expect(200);
        assert_eq!(name["username"], "fiona");
        return;
    }
    let newer = bed.edge.person("fiona").await;
    bed.wire.settle().await.unwrap();
    bed.assert_agreed_on(&bed.channel).await;
    let local = bed.edge.local();
    let named =
        async |who: Id| text(&local.get(&format!("/users/{who}")).await.expect(200)["username"]);
    assert_eq!(named(newer.id).await, "fiona");
    let apart = named(older.id).await;
    assert!(apart.starts_with("fiona:") && apart.len() == "fiona:".len() + 6, "{apart}");
    let path = format!("/users/{}/patch", older.id);
    local.put(&path, json!({ "nickname": "Fi" })).await.expect(200);
    assert_eq!(named(older.id).await, apart);
    let path = format!("/users/{}/patch", newer.id);
    local.put(&path, json!({ "username": "fiona.b" })).await.expect(200);
    assert_eq!(named(older.id).await, "fiona");
    bed.wire.settle().await.unwrap();
    let at_hq = bed.admin.get(&format!("/users/{}", older.id)).await.expect(200);
    assert_eq!(at_hq["username"], "fiona:edge");
}

async fn state_of_talk(site: &TestSite, talk: &str) -> String {
    let scope = Scope::new(ScopeKind::Conversation, talk.parse().unwrap());
    site.running().store.state_hash(scope).await.unwrap().to_string()
}

#[tokio::test]
async fn what_came_back_with_a_gap_goes_on_to_a_third_site() {
    let mut net = Net::new(&["hub", "edge", "far"], &[[0, 1], [1, 2]]).await;
    net.cut([1, 2]);
    let channel = net.channel.clone();
    let saved = save(&net.sites[1]);
    let mut dice = Dice::new(3);
    for number in 0..200 {
        let text: String = (0..40).map(|_| char::from(b'a' + dice.below(26) as u8)).collect();
        net.people[1].say(&channel, &format!("{text} {number}")).await;
    }
    // The newest goes first, and the line breaks before the rest.
    {
        let (_, wire) = &mut net.wires[0];
        wire.ends[1].speak().await.unwrap();
        wire.step(1).await.unwrap();
    }
    let arrived = messages(&net.people[0], &channel).await;
    assert!(arrived.iter().any(|one| one.ends_with(" 199")), "{arrived:?}");
    assert!(!arrived.iter().any(|one| one.ends_with(" 0")), "{arrived:?}");

    net.wires.clear();
    put_back(&mut net.sites[1], &saved).await;
    net.people[1] = net.people[1].at(net.sites[1].url());
    net.connect([0, 1]).await;
    net.settle().await;
    net.people[1].say(&channel, "after it").await;
    net.connect([1, 2]).await;
    net.settle().await;
    for (site, who) in net.sites.iter().zip(&net.people) {
        assert_eq!(content(who, &channel).await, content(&net.people[0], &channel).await);
        assert_eq!(state(site, &channel).await, state(&net.sites[0], &channel).await);
        assert_eq!(site.running().store.verify().await.unwrap(), []);
    }
    let seen = messages(&net.people[2], &channel).await;
    assert!(seen.iter().any(|one| one.ends_with(" 199")), "{seen:?}");
}

/// A post in the name of somebody at the edge, in a log of the edge's, signed with a key.
fn given_back(bed: &Bed, epoch: Epoch, key: &SigningKey) -> Frame {
    let scope = Scope::new(ScopeKind::Channel, bed.channel.parse().unwrap());
    let log = LogName { site: bed.edge_id(), epoch, scope };
    let author = bed.edgar.id;
    let kind = Kind::new(0x0401);
    let (stamp, payload) = (Stamp(1 << 40), vec![0; 12]);
    let position = Position::default();
    let name = log.change(0);
    let change = Change { position, name, stamp, author, kind, payload: payload.clone() };
    let mut tree = SaltTree::new(&[7; 32]);
    let mut held = Held::new();
    held.fill(0, &[change.leaf(&mut tree).unwrap()], &[]).unwrap();
    let LogName { site, epoch, scope } = log;
    let head = Head { site, epoch, scope, size: 1, root: held.frontier().root() };
    let signature = sign_heads(&[head], key).as_bytes().to_vec();
    let vouchers = vec![Voucher { signature, heads: vec![Vouched::Run(0)] }];
    let entries = vec![Entry { stamp, author, kind: kind.number(), payload }];
    let salts = SaltTree::new(&[7; 32]).encode_secret().to_vec();
    let run = Run { log, first: 0, entries, proof: Vec::new(), salts };
    let body = encode(&[run], &[]).unwrap();
    Frame::Relayed { number: 0, signature: Vec::new(), vouchers, body }
}

/// The edge believes that headquarters holds something of a log of its own that it has not, and asks for
/// it.
async fn asking(bed: &mut Bed, epoch: Epoch) {
    bed.edgar.say(&bed.channel, "something to be answered").await;
    bed.wire.ends[1].speak().await.unwrap();
    let scope = Scope::new(ScopeKind::Channel, bed.channel.parse().unwrap());
    let ranges = vec![(0, 3)];
    let logs = vec![HeldLog { scope, epoch, ranges }];
    let told = Frame::Holding { received: 0, logs, more: false };
    let site = bed.edge_id();
    let answers = bed.wire.ends[1].answers(told).await;
    assert!(matches!(&answers[..], [Frame::Wanted { site: asked, .. }] if *asked == site));
    let answers = bed.wire.ends[1].answers(Frame::RecountOf { site }).await;
    let logs = vec![HeldLog { scope, epoch, ranges: Vec::new() }];
    assert_eq!(answers, [Frame::HoldingOf { site, logs, more: false }]);
}

/// The edge takes nothing of a frame, and goes on with headquarters. Gives what it noted.
async fn set_aside(mut bed: Bed, frame: Frame) -> Vec<String> {
    let Frame::Relayed { signature, vouchers, body, .. } = frame else { unreachable!() };
    let hq = bed.hq.running().store.site().id;
    let held = bed.edge.running().store.read(move |rows| incoming::holding(rows, hq)).await;
    let number = held.unwrap().unwrap().0 + 1;
    let frame = Frame::Relayed { number, signature, vouchers, body };
    let before = content(&bed.edgar, &bed.channel).await;
    let site = bed.edge_id();
    let answers = bed.wire.ends[1].answers(frame).await;
    assert_eq!(answers[0], Frame::Unwanted { site });
    assert_eq!(content(&bed.edgar, &bed.channel).await, before);
    bed.admin.say(&bed.channel, "as if nothing had been").await;
    bed.wire.cut([&bed.hq, &bed.edge], [false, false]).await;
    bed.wire.settle().await.unwrap();
    bed.assert_agreed_on(&bed.channel).await;
    let audit = bed.edge.local().get("/fieldpost/link/audit").await.expect(200);
    let acts = audit.as_array().unwrap().iter();
    acts.map(|act| format!("{} {}", text(&act["action"]), text(&act["detail"]))).collect()
}

#[tokio::test]
async fn what_the_site_did_not_sign_is_not_taken_for_its_own() {
    let mut bed = Bed::new().await;
    asking(&mut bed, Epoch(77)).await;
    let forged = given_back(&bed, Epoch(77), &bed.hq.running().store.site().signing_key());
    let noted = set_aside(bed, forged).await;
    assert!(noted.iter().any(|act| act.starts_with("asked_back")), "{noted:?}");
    let why = "batch_refused what that site is said to have signed, it did not";
    assert!(noted.iter().any(|act| act == why), "{noted:?}");
}

#[tokio::test]
async fn what_nobody_asked_for_is_not_given_back() {
    let bed = Bed::new().await;
    let unasked = given_back(&bed, Epoch(77), &bed.edge.running().store.site().signing_key());
    let noted = set_aside(bed, unasked).await;
    let why = "batch_refused a log of a site that was not introduced";
    assert!(noted.iter().any(|act| act == why), "{noted:?}");
}

#[tokio::test]
async fn of_the_epoch_that_lasts_nothing_is_given_back() {
    let mut bed = Bed::new().await;
    asking(&mut bed, Epoch(77)).await;
    let site = bed.edge.running().store.site().clone();
    let forged = given_back(&bed, site.epoch, &site.signing_key());
    let noted = set_aside(bed, forged).await;
    let why = "batch_refused a log of this site that it did not ask for";
    assert!(noted.iter().any(|act| act == why), "{noted:?}");
}
