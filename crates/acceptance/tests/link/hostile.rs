//! A peer that does not keep to the rules is found out, and leaves no trace.

use std::collections::BTreeMap;

use fieldpost_chat::file::FileUploaded;
use fieldpost_chat::post::acknowledge::PostAcknowledged;
use fieldpost_chat::post::{Imported, PostWritten};
use fieldpost_kernel::{Body, RowsExt, params};
use fieldpost_link::share::Which;
use fieldpost_log::{Epoch, LogName, Scope, ScopeKind, SigningKey, SiteId, Suite, derive_id};
use fieldpost_model::Id;
use fieldpost_peer::Ended;
use fieldpost_replica::{Frame, HeldLog, Offer, decode};
use serde_json::{Value, json};

use super::bed::{Bed, administrator, content, share, state};

impl Bed {
    pub(super) fn key(&self) -> SigningKey {
        self.edge.running().store.site().signing_key()
    }

    pub(super) fn log(&self, scope: Scope) -> LogName {
        LogName { site: self.edge_id(), epoch: Epoch(77), scope }
    }

    pub(super) fn channel_scope(&self) -> Scope {
        Scope::new(ScopeKind::Channel, self.channel.parse().unwrap())
    }

    /// The number that the next batch of the peer's must have.
    pub(super) async fn number(&self) -> u64 {
        let site = self.edge_id();
        let peer = self
            .hq
            .running()
            .store
            .read(move |rows| fieldpost_link::peer::by_site(rows, site))
            .await
            .unwrap();
        peer.unwrap().received + 1
    }

    /// A batch of one post, or what is called one, in a new log, as a peer with this key makes it.
    async fn batch(&self, log: LogName, author: Id, key: &SigningKey, kind: u16) -> Frame {
        self.batch_with(log, author, (key, kind), post_payload("forged")).await
    }

    /// A batch of one change in a new log.
    pub(super) async fn batch_with(
        &self,
        log: LogName,
        author: Id,
        (key, kind): (&SigningKey, u16),
        payload: Vec<u8>,
    ) -> Frame {
        self.batch_of(log, key, vec![(author, kind, payload)]).await
    }

    /// Lets the peer say something that it must not, and looks that nothing came of it.
    pub(super) async fn refused(&mut self, frame: &Frame) -> String {
        let Err(Ended::Offence(why)) = self.untaken(frame).await else { unreachable!() };
        why
    }

    /// Lets the peer say something, and looks that nothing came of it.
    async fn untaken(&mut self, frame: &Frame) -> Result<(), Ended> {
        let before = self.all_there_is().await;
        let ended = self.wire.forge(1, frame).await;
        assert_eq!(before, self.all_there_is().await);
        assert_eq!(self.hq.running().store.verify().await.unwrap(), []);
        ended
    }

    pub(super) async fn all_there_is(&self) -> (BTreeMap<String, Value>, String, u64) {
        let content = content(&self.admin, &self.channel).await;
        (content, state(&self.hq, &self.channel).await, self.number().await)
    }
}

/// The content of a post, as its feature encodes it.
pub(super) fn post_payload(text: &str) -> Vec<u8> {
    let mut payload = vec![0; 16];
    payload.extend([0, text.len() as u8]);
    payload.extend_from_slice(text.as_bytes());
    payload.extend([0, 0, 0, 0]);
    payload
}

#[tokio::test]
async fn an_honest_batch_made_by_hand_is_taken() {
    let mut bed = Bed::new().await;
    let frame = bed.batch(bed.log(bed.channel_scope()), bed.edgar.id, &bed.key(), 0x0401).await;
    bed.wire.forge(1, &frame).await.unwrap();
    let seen = content(&bed.admin, &bed.channel).await;
    assert!(seen.values().any(|post| post["message"] == "forged"));
    // Once more, it is known.
    bed.wire.forge(1, &frame).await.unwrap();
    assert_eq!(content(&bed.admin, &bed.channel).await, seen);
}

#[tokio::test]
async fn nobody_speaks_for_people_of_another_site() {
    let mut bed = Bed::new().await;
    let log = bed.log(bed.channel_scope());
    for author in [bed.admin.id, Id::from_bytes([5; 16])] {
        let frame = bed.batch(log, author, &bed.key(), 0x0401).await;
        assert!(bed.refused(&frame).await.contains("in the name of"));
    }
    let profile = bed.log(Scope::new(ScopeKind::Person, bed.admin.id));
    let frame = bed.batch(profile, bed.admin.id, &bed.key(), 0x0101).await;
    assert!(bed.refused(&frame).await.contains("not shared"));
}

#[tokio::test]
async fn nobody_writes_where_nothing_is_shared_with_them() {
    let mut bed = Bed::new().await;
    let off_topic = bed.admin.channel(&bed.team, "off-topic").await;
    for scope in [
        Scope::new(ScopeKind::Channel, off_topic.parse().unwrap()),
        Scope::new(ScopeKind::Site, Id::NONE),
        Scope::new(ScopeKind::Private, bed.edgar.id),
        Scope::new(ScopeKind::Conversation, Id::from_bytes([3; 16])),
        Scope::new(ScopeKind::TeamMembers, bed.team["id"].as_str().unwrap().parse().unwrap()),
    ] {
        let frame = bed.batch(bed.log(scope), bed.edgar.id, &bed.key(), 0x0401).await;
        assert!(bed.refused(&frame).await.contains("not shared"), "{scope:?}");
    }
    let other = LogName { site: SiteId([8; 16]), ..bed.log(bed.channel_scope()) };
    let frame = bed.batch(other, bed.edgar.id, &bed.key(), 0x0401).await;
    let before = bed.all_there_is().await;
    // Whose fault that is, is not known: it is not taken, and the link goes on.
    let answers = bed.wire.ends[0].answers(frame).await;
    assert_eq!(answers[0], Frame::Unwanted { site: other.site });
    assert_eq!(before, bed.all_there_is().await);
}

#[tokio::test]
async fn a_batch_under_another_signature_or_spoilt_is_refused() {
    let mut bed = Bed::new().await;
    let stranger = SigningKey::from_seed(Suite::One, &[6; 32]);
    let log = bed.log(bed.channel_scope());
    let frame = bed.batch(log, bed.edgar.id, &stranger, 0x0401).await;
    assert!(bed.refused(&frame).await.contains("signature"));
    let Frame::Batch { number, signature, body } =
        bed.batch(log, bed.edgar.id, &bed.key(), 0x0401).await
    else {
        unreachable!()
    };
    for at in 0..body.len() {
        let mut spoilt = body.clone();
        spoilt[at] ^= 0x40;
        // A compressed block may be written in several ways that mean the same.
        if decode(&spoilt) == decode(&body) {
            continue;
        }
        let spoilt = Frame::Batch { number, signature: signature.clone(), body: spoilt };
        drop(bed.untaken(&spoilt).await);
    }
    let cut = body[..body.len() - 7].to_vec();
    let cut = Frame::Batch { number, signature: signature.clone(), body: cut };
    drop(bed.untaken(&cut).await);
    // A batch that pretends to come later is not heard at all.
    let later = Frame::Batch { number: number + 5, signature, body };
    bed.wire.forge(1, &later).await.unwrap();
    assert_eq!(bed.number().await, number);
}

#[tokio::test]
async fn an_offer_of_somebody_elses_channel_opens_nothing() {
    let mut bed = Bed::new().await;
    let off_topic = bed.admin.channel(&bed.team, "off-topic").await;
    let team: Id = bed.team["id"].as_str().unwrap().parse().unwrap();
    bed.admin.say(&off_topic, "for us").await;
    let open = vec![
        Offer { channel: bed.channel.parse().unwrap(), team },
        Offer { channel: off_topic.parse().unwrap(), team },
    ];
    bed.wire.forge(1, &Frame::Offers { open, closed: Vec::new(), all: true }).await.unwrap();
    bed.wire.settle().await.unwrap();
    bed.edgar.get(&format!("/channels/{off_topic}")).await.expect(404);
}

#[tokio::test]
async fn a_reaction_in_anothers_name_is_void() {
    let mut bed = Bed::new().await;
    let post = bed.admin.say(&bed.channel, "well").await;
    let id: Id = post["id"].as_str().unwrap().parse().unwrap();
    let mut payload = id.as_bytes().to_vec();
    payload.extend_from_slice(bed.admin.id.as_bytes());
    payload.extend([4, b'e', b'y', b'e', b's', 0]);
    let log = bed.log(bed.channel_scope());
    let frame = bed.batch_with(log, bed.edgar.id, (&bed.key(), 0x0501), payload).await;
    bed.wire.forge(1, &frame).await.unwrap();
    let seen = content(&bed.admin, &bed.channel).await;
    assert_eq!(seen[post["id"].as_str().unwrap()]["reactions"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_change_where_it_does_not_belong_is_void() {
    let mut bed = Bed::new().await;
    let path = format!("/teams/{}", bed.team["id"].as_str().unwrap());
    let before = bed.admin.get(&path).await.expect(200);
    // The secret of the team's invitation link belongs to this site alone.
    let mut payload = vec![0, 26];
    payload.extend_from_slice(&[b'x'; 26]);
    let team = Scope::new(ScopeKind::Team, bed.team["id"].as_str().unwrap().parse().unwrap());
    let log = bed.log(team);
    let frame = bed.batch_with(log, bed.edgar.id, (&bed.key(), 0x0202), payload).await;
    bed.wire.forge(1, &frame).await.unwrap();
    let after = bed.admin.get(&path).await.expect(200);
    assert_eq!(before["invite_id"], after["invite_id"]);
    assert_eq!(after["invite_id"].as_str().unwrap().len(), 26);
}

/// The content of the founding of a channel, as its feature encodes it.
fn founding_payload(team: Id, creator: Id) -> Vec<u8> {
    let mut payload = team.as_bytes().to_vec();
    payload.extend([0, 1, b'x', 1, b'x', 0, 0]);
    payload.extend_from_slice(creator.as_bytes());
    payload.push(2);
    payload
}

#[tokio::test]
async fn nobody_takes_a_channel_from_its_home_or_opens_it_again() {
    let mut bed = Bed::new().await;
    let team: Id = bed.team["id"].as_str().unwrap().parse().unwrap();
    let payload = founding_payload(team, bed.edgar.id);
    let log = bed.log(bed.channel_scope());
    let frame = bed.batch_with(log, bed.edgar.id, (&bed.key(), 0x0301), payload).await;
    bed.wire.forge(1, &frame).await.unwrap();
    let path = format!("/channels/{}", bed.channel);
    assert_ne!(bed.admin.get(&path).await.expect(200)["creator_id"], bed.edgar.id.to_string());
    // An administrator ends it, and the peer offers it again.
    let which = Which::One(bed.channel.clone());
    let store = &bed.hq.running().store;
    let ended = store.write(&[], move |work| {
        fieldpost_link::share::unshare(work, &administrator(), "edge", &which)
    });
    ended.await.unwrap();
    let offer = Offer { channel: bed.channel.parse().unwrap(), team };
    for (open, closed) in [(Vec::new(), vec![offer.channel]), (vec![offer], Vec::new())] {
        bed.wire.forge(1, &Frame::Offers { open, closed, all: false }).await.unwrap();
    }
    let edge = bed.edge_id();
    let store = &bed.hq.running().store;
    let mine = store.read(move |rows| fieldpost_link::share::mine(rows, edge)).await.unwrap();
    assert_eq!(mine, []);
}

#[tokio::test]
async fn nobody_answers_in_the_threads_of_another_channel() {
    let mut bed = Bed::new().await;
    let off_topic = bed.admin.channel(&bed.team, "off-topic").await;
    let root = bed.admin.say(&off_topic, "among us").await;
    let root = root["id"].as_str().unwrap().to_owned();
    let mut payload = post_payload("forged");
    payload[..16].copy_from_slice(root.parse::<Id>().unwrap().as_bytes());
    let log = bed.log(bed.channel_scope());
    let frame = bed.batch_with(log, bed.edgar.id, (&bed.key(), 0x0401), payload).await;
    bed.wire.forge(1, &frame).await.unwrap();
    let thread = bed.admin.get(&format!("/posts/{root}/thread")).await.expect(200);
    assert_eq!(thread["order"].as_array().unwrap().len(), 1);
    let post = bed.admin.get(&format!("/posts/{root}")).await.expect(200);
    assert_eq!(post["reply_count"], 0);
}

#[tokio::test]
async fn an_id_that_was_claimed_in_advance_is_still_that_of_what_is_said() {
    let mut bed = Bed::new().await;
    let site = bed.hq.running().store.site();
    let log = LogName { site: site.id, epoch: site.epoch, scope: bed.channel_scope() };
    let channel = bed.channel_scope().id;
    let next = bed.hq.running().store.read(move |rows| {
        rows.count(
            "SELECT log.size FROM log JOIN scope ON scope.key = log.scope_key \
             WHERE scope.kind = 1 AND scope.id = ?1 AND log.site = ?2",
            params![&channel, &log.site.0],
        )
    });
    let next = u64::try_from(next.await.unwrap()).unwrap();
    let claimed = derive_id("post", &log.change(next), 0);
    let mut payload = post_payload("forged");
    payload.pop();
    payload.push(1);
    payload.extend_from_slice(claimed.as_bytes());
    payload.extend([0, 0]);
    let theirs = bed.log(bed.channel_scope());
    let frame = bed.batch_with(theirs, bed.edgar.id, (&bed.key(), 0x0401), payload).await;
    bed.wire.forge(1, &frame).await.unwrap();
    let said = bed.admin.say(&bed.channel, "what was said").await;
    assert_eq!(
        (said["id"].as_str(), &said["message"]),
        (Some(claimed.to_string().as_str()), &Value::from("what was said"))
    );
    let seen = content(&bed.admin, &bed.channel).await;
    assert_eq!(seen[&claimed.to_string()]["message"], "what was said");
    assert!(seen.values().all(|post| post["message"] != "forged"));
    bed.wire.settle().await.unwrap();
}

#[tokio::test]
async fn an_offer_in_another_team_and_a_channel_made_there_open_no_team() {
    let mut bed = Bed::new().await;
    let other = json!({ "name": "bravo", "display_name": "Bravo", "type": "I" });
    let other = bed.admin.post("/teams", other).await.expect(201);
    let team: Id = other["id"].as_str().unwrap().parse().unwrap();
    // A channel of the peer's own, which was founded in the team that is shared.
    let shared: Id = bed.team["id"].as_str().unwrap().parse().unwrap();
    let own = Id::from_bytes([42; 16]);
    let square = Offer { channel: bed.channel.parse().unwrap(), team: shared };
    let offers = |team| vec![square, Offer { channel: own, team }];
    let frame = |open, closed| Frame::Offers { open, closed, all: false };
    bed.wire.forge(1, &frame(offers(shared), Vec::new())).await.unwrap();
    let log = bed.log(Scope::new(ScopeKind::Channel, own));
    // It is not made in a team that is not.
    let payload = founding_payload(team, bed.edgar.id);
    let batch = bed.batch_with(log, bed.edgar.id, (&bed.key(), 0x0301), payload).await;
    assert!(bed.refused(&batch).await.contains("not shared"));
    let payload = founding_payload(shared, bed.edgar.id);
    let batch = bed.batch_with(log, bed.edgar.id, (&bed.key(), 0x0301), payload).await;
    bed.wire.forge(1, &batch).await.unwrap();
    bed.admin.get(&format!("/channels/{own}")).await.expect(200);
    // And once it is here, nothing that is said of its team counts.
    bed.wire.forge(1, &frame(vec![square], vec![own])).await.unwrap();
    bed.wire.forge(1, &frame(offers(team), Vec::new())).await.unwrap();
    let log = bed.log(Scope::new(ScopeKind::Team, team));
    let batch = bed.batch_with(log, bed.edgar.id, (&bed.key(), 0x0207), vec![2]).await;
    assert!(bed.refused(&batch).await.contains("not shared"));
}

#[tokio::test]
async fn a_peer_that_holds_what_this_site_has_lost_does_not_stop_the_rest() {
    let mut bed = Bed::new().await;
    let off_topic = bed.admin.channel(&bed.team, "off-topic").await;
    share(&bed.hq, "edge", Which::One("alpha:off-topic".to_owned())).await;
    bed.wire.settle().await.unwrap();
    let epoch = bed.hq.running().store.site().epoch;
    // What is told answers a batch.
    bed.admin.say(&bed.channel, "of the same channel").await;
    bed.wire.ends[0].speak().await.unwrap();
    let received = bed.wire.ends[0].outgoing.lock().unwrap().under_way() as u64;
    let ranges = vec![(0, 1), (1000, 1004), (u64::MAX - 1, u64::MAX), (9, 3)];
    let logs = vec![HeldLog { scope: bed.channel_scope(), epoch, ranges }];
    let told = Frame::Holding { received: received + 50, logs, more: false };
    bed.wire.forge(1, &told).await.unwrap();
    let said = bed.admin.say(&off_topic, "of the other channel").await;
    bed.wire.ends[0].speak().await.unwrap();
    // Whoever says what is true again gets it all.
    bed.wire.cut([&bed.hq, &bed.edge], [false, false]).await;
    bed.wire.settle().await.unwrap();
    bed.edgar.get(&format!("/posts/{}", said["id"].as_str().unwrap())).await.expect(200);
}

#[tokio::test]
async fn a_peer_makes_nobody_of_this_site_an_administrator() {
    let mut bed = Bed::new().await;
    let pat = bed.hq.member(&bed.admin, &bed.team, "pat").await;
    let mut payload = pat.id.as_bytes().to_vec();
    payload.extend([0, 1, 12]);
    payload.extend_from_slice(b"system_admin");
    for (kind, epoch) in [(0x0310, 77), (0x0312, 78)] {
        let log = LogName { epoch: Epoch(epoch), ..bed.log(bed.channel_scope()) };
        let frame = bed.batch_with(log, bed.edgar.id, (&bed.key(), kind), payload.clone()).await;
        bed.wire.forge(1, &frame).await.unwrap();
    }
    let path = format!("/channels/{}/members/{}", bed.channel, pat.id);
    let place = bed.admin.get(&path).await.expect(200);
    assert_eq!((&place["scheme_admin"], &place["explicit_roles"]), (&json!(false), &json!("")));
    assert_eq!(place["roles"], "channel_user");
}

/// A text as a feature encodes it.
fn text(letters: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut length = letters;
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(std::iter::repeat_n(b'x', letters));
    bytes
}

/// The profile of somebody with a name of so many letters, as its feature encodes it.
fn profile_payload(letters: usize) -> Vec<u8> {
    let mut payload = text(letters);
    // Nickname, first and last name, position, locale, time zone, properties; made, deactivated;
    // no bot, no picture.
    payload.extend([0; 11]);
    payload
}

#[tokio::test]
async fn people_with_endless_names_are_kept_in_the_log_and_shown_to_nobody() {
    let mut bed = Bed::new().await;
    for (letters, seen) in [(64, 200), (65, 404), (100_000, 404)] {
        let person = Id::from_bytes([letters as u8; 16]);
        let log = bed.log(Scope::new(ScopeKind::Person, person));
        let payload = profile_payload(letters);
        let frame = bed.batch_with(log, person, (&bed.key(), 0x0101), payload).await;
        bed.wire.forge(1, &frame).await.unwrap();
        bed.admin.get(&format!("/users/{person}")).await.expect(seen);
    }
    assert_eq!(bed.hq.running().store.verify().await.unwrap(), []);
}

#[tokio::test]
async fn names_of_elsewhere_are_made_of_what_names_are_made_of_here() {
    let mut bed = Bed::new().await;
    for (n, (name, seen)) in
        [("ad\u{202e}min\n@х", "admin:edge"), ("Ж", "somebody:edge")].into_iter().enumerate()
    {
        let person = Id::from_bytes([n as u8 + 1; 16]);
        let log = bed.log(Scope::new(ScopeKind::Person, person));
        let payload = [postcard::to_stdvec(name).unwrap(), vec![0; 11]].concat();
        let frame = bed.batch_with(log, person, (&bed.key(), 0x0101), payload).await;
        bed.wire.forge(1, &frame).await.unwrap();
        let found = bed.admin.get(&format!("/users/{person}")).await.expect(200);
        assert_eq!(found["username"], seen);
    }
}

#[tokio::test]
async fn what_is_longer_than_anybody_could_write_it_changes_nothing() {
    let mut bed = Bed::new().await;
    let header = |letters| {
        let mut payload = vec![0, 0, 0, 1];
        payload.extend(text(letters));
        payload.push(0);
        payload
    };
    let message = |letters| {
        let mut payload = vec![0; 17];
        payload.extend(text(letters));
        payload.extend([0, 0, 0, 0]);
        payload
    };
    let mut epoch = 100;
    let mut say = async |bed: &mut Bed, kind, payload| {
        epoch += 1;
        let log = LogName { epoch: Epoch(epoch), ..bed.log(bed.channel_scope()) };
        let frame = bed.batch_with(log, bed.edgar.id, (&bed.key(), kind), payload).await;
        bed.wire.forge(1, &frame).await.unwrap();
    };
    let longest = |seen: &BTreeMap<String, Value>| {
        seen.values().map(|post| post["message"].as_str().unwrap().len()).max().unwrap()
    };
    say(&mut bed, 0x0401, message(16_383)).await;
    let before = bed.all_there_is().await;
    assert_eq!(longest(&before.0), 16_383);
    say(&mut bed, 0x0401, message(16_384)).await;
    say(&mut bed, 0x0302, header(1025)).await;
    let after = bed.all_there_is().await;
    assert_eq!((before.0, before.1, before.2 + 2), after);
    let path = format!("/channels/{}", bed.channel);
    assert_eq!(bed.admin.get(&path).await.expect(200)["header"], "");
    say(&mut bed, 0x0302, header(1024)).await;
    let header = bed.admin.get(&path).await.expect(200)["header"].as_str().unwrap().len();
    assert_eq!(header, 1024);
    assert_eq!(bed.hq.running().store.verify().await.unwrap(), []);
}

impl Bed {
    /// Lets the peer write something in the channel that its own server would not.
    pub(super) async fn write<B: Body>(&mut self, body: &B) -> Result<(), Ended> {
        let payload = postcard::to_stdvec(body).unwrap();
        let kind = (&self.key(), B::KIND.number());
        let epoch = Epoch(1000 + self.number().await);
        let log = LogName { epoch, ..self.log(self.channel_scope()) };
        let frame = self.batch_with(log, self.edgar.id, kind, payload).await;
        self.wire.forge(1, &frame).await
    }
}

#[tokio::test]
async fn a_file_of_more_bytes_than_can_be_counted_is_void_and_holds_nothing_up() {
    let mut bed = Bed::new().await;
    let id = Id::from_bytes([6; 16]);
    let file = FileUploaded {
        id,
        create_at: 1,
        name: "endless".to_owned(),
        extension: String::new(),
        mime_type: String::new(),
        size: u64::MAX,
        content: [6; 32],
        image: None,
        bookmark: false,
    };
    bed.write(&file).await.unwrap();
    bed.admin.get(&format!("/files/{id}/info")).await.expect(404);
}

#[tokio::test]
async fn a_time_that_no_clock_shows_keeps_nobody_from_reading() {
    let mut bed = Bed::new().await;
    let root = bed.admin.say(&bed.channel, "who is there?").await;
    bed.wire.settle().await.unwrap();
    let reply = json!({ "channel_id": bed.channel, "root_id": root["id"], "message": "I am" });
    bed.edgar.post("/posts", reply).await.expect(201);
    bed.wire.settle().await.unwrap();
    let written = PostWritten {
        root: Id::NONE,
        kind: String::new(),
        message: "of the year 36000000".to_owned(),
        props: String::new(),
        files: Vec::new(),
        mentions: Vec::new(),
        imported: Some(Imported { id: Id::NONE, create_at: 1 << 60, edit_at: 0 }),
    };
    bed.write(&written).await.unwrap();
    let view = json!({ "channel_id": bed.channel });
    bed.admin.post("/channels/members/me/view", view).await.expect(200);
    let seen = content(&bed.admin, &bed.channel).await;
    assert!(seen.values().all(|post| post["message"] != written.message));
    let post = root["id"].as_str().unwrap();
    let acknowledged = PostAcknowledged {
        post: post.parse().unwrap(),
        person: bed.edgar.id,
        imported_at: i64::MIN,
    };
    bed.write(&acknowledged).await.unwrap();
    let post = bed.admin.get(&format!("/posts/{post}")).await.expect(200);
    assert_eq!(post["metadata"]["acknowledgements"], Value::Null);
}

#[tokio::test]
async fn somebody_made_before_all_time_does_not_silence_the_sockets() {
    let mut bed = Bed::new().await;
    let mut socket = bed.admin.socket().await;
    let person = Id::from_bytes([6; 16]);
    let mut payload = text(8);
    // As above, but that the account was made as early as a number can say.
    payload.extend([0; 7]);
    payload.extend(postcard::to_stdvec(&i64::MIN).unwrap());
    payload.extend([0; 3]);
    let log = bed.log(Scope::new(ScopeKind::Person, person));
    let frame = bed.batch_with(log, person, (&bed.key(), 0x0101), payload).await;
    bed.wire.forge(1, &frame).await.unwrap();
    bed.admin.get(&format!("/users/{person}")).await.expect(200);
    bed.admin.say(&bed.channel, "still heard").await;
    socket.event("posted").await;
}

#[tokio::test]
async fn a_peer_that_claims_the_last_number_there_is_stops_nothing() {
    let mut bed = Bed::new().await;
    let said = bed.admin.say(&bed.channel, "the first").await;
    // What is told answers a batch.
    bed.wire.ends[0].speak().await.unwrap();
    let told = Frame::Holding { received: u64::MAX, logs: Vec::new(), more: false };
    bed.wire.forge(1, &told).await.unwrap();
    bed.wire.ends[0].speak().await.unwrap();
    bed.wire.cut([&bed.hq, &bed.edge], [false, false]).await;
    bed.wire.settle().await.unwrap();
    bed.edgar.get(&format!("/posts/{}", said["id"].as_str().unwrap())).await.expect(200);
}
