//! A peer that reaches for conversations which are not between its people and ours gets nothing.

use fieldpost_chat::channel::{ChannelArchived, ChannelFounded, ChannelPatched, MemberJoined};
use fieldpost_chat::channel::{GroupConverted, MemberLeft};
use fieldpost_kernel::{Body, Change, Kind, Position, RowsExt, params};
use fieldpost_link::files::{self, May};
use fieldpost_log::{
    Frontier, Head, LogName, SaltTree, Scope, ScopeKind, SigningKey, Stamp, direct_conversation,
    group_conversation, sign_heads,
};
use fieldpost_model::{ChannelType, Id};
use fieldpost_replica::{Entry, Frame, Run, encode};
use fieldpost_testkit::Actor;
use serde_json::json;

use super::bed::{Bed, Wire, enter, pair, share, site};
use super::hostile::post_payload;

/// A change that a peer makes up: its author, its kind, its content.
pub(super) type Forged = (Id, u16, Vec<u8>);

impl Bed {
    /// A batch of some changes in a new log.
    pub(super) async fn batch_of(
        &self,
        log: LogName,
        key: &SigningKey,
        forged: Vec<Forged>,
    ) -> Frame {
        // Later than all that people did: the newest write is the one that could win.
        let stamp = Stamp::new(1_767_225_600_000 + 600_000, 0);
        let salts = SaltTree::new(&[9; 32]).encode_secret().to_vec();
        let mut tree = SaltTree::decode_secret(&salts).unwrap();
        let (mut frontier, mut entries) = (Frontier::new(), Vec::new());
        for ((author, kind, payload), sequence) in forged.into_iter().zip(0..) {
            let change = Change {
                position: Position::default(),
                name: log.change(sequence),
                stamp,
                author,
                kind: Kind::new(kind),
                payload: payload.clone(),
            };
            frontier.append(change.leaf(&mut tree).unwrap()).unwrap();
            entries.push(Entry { stamp, author, kind, payload });
        }
        let LogName { site, epoch, scope } = log;
        let (size, root) = (frontier.size(), frontier.root());
        let head = Head { site, epoch, scope, size, root };
        let run = Run { log, first: 0, entries, proof: Vec::new(), salts };
        Frame::Batch {
            number: self.number().await,
            signature: sign_heads(&[head], key).as_bytes().to_vec(),
            body: encode(&[run], &[]).unwrap(),
        }
    }

    /// What the peer says in a conversation, signed as it should be.
    async fn in_conversation(&self, conversation: Id, forged: Vec<Forged>) -> Frame {
        let scope = Scope::new(ScopeKind::Conversation, conversation);
        self.batch_of(self.log(scope), &self.key(), forged).await
    }

    /// What the peer says of a conversation and who takes part, and then in it.
    async fn founding(&self, conversation: Id, people: &[Id]) -> Frame {
        let author = self.edgar.id;
        let mut forged = vec![of(author, &founded(author))];
        forged.extend(people.iter().map(|person| of(author, &joined(*person))));
        forged.push((author, 0x0401, post_payload("forged")));
        self.in_conversation(conversation, forged).await
    }

    /// Somebody of headquarters, whom the peer knows.
    async fn olga(&mut self) -> Actor {
        let olga = self.hq.member(&self.admin, &self.team, "olga").await;
        olga.say(&self.channel, "here").await;
        self.wire.settle().await.unwrap();
        olga
    }
}

/// A change with a content that is what it should be.
fn of<B: Body>(author: Id, body: &B) -> Forged {
    (author, B::KIND.number(), postcard::to_stdvec(body).unwrap())
}

fn founded(creator: Id) -> ChannelFounded {
    ChannelFounded {
        team: Id::NONE,
        kind: ChannelType::Direct,
        name: "whatever".to_owned(),
        display_name: String::new(),
        header: String::new(),
        purpose: String::new(),
        creator,
        create_at: 2,
    }
}

fn joined(person: Id) -> MemberJoined {
    MemberJoined { person, guest: false, admin: false, explicit_roles: String::new() }
}

async fn says(who: &Actor, conversation: Id) -> Vec<String> {
    let seen = super::bed::content(who, &conversation.to_string()).await;
    seen.values().map(|post| post["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_conversation_with_one_of_ours_that_is_made_by_hand_is_taken_and_put_right() {
    let mut bed = Bed::with_direct().await;
    let (ours, theirs) = (bed.admin.id, bed.edgar.id);
    let conversation = direct_conversation(ours, theirs);
    let frame = bed.founding(conversation, &[ours, theirs]).await;
    bed.wire.forge(1, &frame).await.unwrap();
    assert_eq!(says(&bed.admin, conversation).await, ["forged"]);
    // What it is called follows from who takes part in it.
    let mut names = [ours.to_string(), theirs.to_string()];
    names.sort_unstable();
    let channel = bed.admin.get(&format!("/channels/{conversation}")).await.expect(200);
    assert_eq!(channel["name"], names.join("__"));
}

#[tokio::test]
async fn nobody_speaks_for_ours_in_a_conversation() {
    let mut bed = Bed::with_direct().await;
    let conversation: Id = bed.open(&bed.admin).await.parse().unwrap();
    bed.wire.settle().await.unwrap();
    for author in [bed.admin.id, Id::from_bytes([5; 16])] {
        let forged = vec![(author, 0x0401, post_payload("forged"))];
        let frame = bed.in_conversation(conversation, forged).await;
        assert!(bed.refused(&frame).await.contains("in the name of"));
    }
    assert_eq!(says(&bed.admin, conversation).await, [""; 0]);
}

#[tokio::test]
async fn a_peer_gets_into_no_conversation_of_others() {
    let mut bed = Bed::with_direct().await;
    let olga = bed.olga().await;
    let ship = site("ship", 3).await;
    pair(&bed.hq, &ship).await;
    let square = fieldpost_link::share::Which::One("alpha:town-square".to_owned());
    share(&bed.hq, "ship", square).await;
    let mut other = Wire::new(&bed.hq, &ship).await;
    other.settle().await.unwrap();
    let sailor = ship.person("sailor").await;
    enter(&sailor, &bed.team, &bed.channel).await;
    other.settle().await.unwrap();

    let (admin, edgar, olga_id, sailor_id) = (bed.admin.id, bed.edgar.id, olga.id, sailor.id);
    let ours = direct_conversation(admin, olga_id);
    let stranger = Id::from_bytes([5; 16]);
    for opened in [false, true] {
        if opened {
            let pair = json!([admin, olga_id]);
            let made = bed.admin.post("/channels/direct", pair).await.expect(201);
            assert_eq!(made["id"], ours.to_string());
            bed.admin.say(&ours.to_string(), "between us").await;
        }
        for (conversation, people) in [
            // Of ours alone, whatever it says of who takes part.
            (ours, &[admin, olga_id][..]),
            (ours, &[edgar, olga_id]),
            (ours, &[admin, olga_id, edgar]),
            (ours, &[]),
            // Of the peer's alone, and of nobody.
            (direct_conversation(edgar, edgar), &[edgar]),
            (direct_conversation(edgar, stranger), &[edgar, stranger]),
            (Id::from_bytes([3; 16]), &[admin, edgar]),
            // With people of a third site, who are known here.
            (direct_conversation(admin, sailor_id), &[admin, sailor_id]),
            (direct_conversation(edgar, sailor_id), &[edgar, sailor_id]),
            (group_conversation(&[admin, edgar, sailor_id]), &[admin, edgar, sailor_id]),
            // With somebody whom nobody introduced.
            (direct_conversation(admin, stranger), &[admin, stranger]),
        ] {
            let frame = bed.founding(conversation, people).await;
            let why = bed.refused(&frame).await;
            assert!(why.contains("not between people of the two sites"), "{why}: {people:?}");
        }
    }
    assert_eq!(says(&olga, ours).await, ["between us"]);
    bed.wire.settle().await.unwrap();
    bed.edgar.get(&format!("/channels/{ours}")).await.expect(404);
}

#[tokio::test]
async fn nobody_is_put_into_a_conversation_or_taken_out_of_it() {
    let mut bed = Bed::with_direct().await;
    let olga = bed.olga().await;
    let (admin, edgar) = (bed.admin.id, bed.edgar.id);
    let conversation: Id = bed.open(&bed.admin).await.parse().unwrap();
    bed.admin.say(&conversation.to_string(), "between us").await;
    bed.wire.settle().await.unwrap();
    let channel = format!("/channels/{conversation}");
    let before = bed.admin.get(&channel).await.expect(200);
    let mallory = bed.edge.person("mallory").await;
    for person in [mallory.id, olga.id] {
        let frame = bed.in_conversation(conversation, vec![of(edgar, &joined(person))]).await;
        assert!(bed.refused(&frame).await.contains("not between people of the two sites"));
    }
    let converted = GroupConverted {
        team: bed.team["id"].as_str().unwrap().parse().unwrap(),
        name: "ours".to_owned(),
        display_name: "Ours".to_owned(),
    };
    let frame = bed.in_conversation(conversation, vec![of(edgar, &converted)]).await;
    assert!(bed.refused(&frame).await.contains("become something else"));
    let patched = ChannelPatched {
        kind: Some(ChannelType::Open),
        name: Some("open".to_owned()),
        ..ChannelPatched::default()
    };
    let forged = vec![
        of(edgar, &MemberLeft { person: admin }),
        of(edgar, &ChannelArchived { at: 5 }),
        of(edgar, &patched),
    ];
    let frame = bed.in_conversation(conversation, forged).await;
    bed.wire.forge(1, &frame).await.unwrap();
    let after = bed.admin.get(&channel).await.expect(200);
    for field in ["type", "name", "delete_at", "team_id"] {
        assert_eq!(before[field], after[field], "{field}");
    }
    let members = bed.admin.get(&format!("{channel}/members")).await.expect(200);
    assert_eq!(members.as_array().unwrap().len(), 2);
    assert_eq!(says(&bed.admin, conversation).await, ["between us"]);
}

#[tokio::test]
async fn a_peer_that_says_that_it_may_opens_nothing() {
    let mut bed = Bed::new().await;
    let conversation = direct_conversation(bed.admin.id, bed.edgar.id);
    let people = [bed.admin.id, bed.edgar.id];
    bed.wire.forge(1, &Frame::Direct { on: true }).await.unwrap();
    let frame = bed.founding(conversation, &people).await;
    assert!(bed.refused(&frame).await.contains("not shared"));
    // Nor does one that says it may not, and does.
    super::bed::set_direct(&bed.hq, "edge", true).await;
    bed.wire.forge(1, &Frame::Direct { on: false }).await.unwrap();
    let frame = bed.founding(conversation, &people).await;
    assert!(bed.refused(&frame).await.contains("not shared"));
    bed.admin.get(&format!("/channels/{conversation}")).await.expect(404);
}

#[tokio::test]
async fn a_peer_that_says_over_and_over_whether_it_may_is_hung_up_on() {
    let bed = Bed::with_direct().await;
    let session = bed.wire.ends[0].session();
    let mut said = 0;
    let ended = loop {
        match session.hear(Frame::Direct { on: said % 2 == 0 }).await {
            Ok(_) => said += 1,
            Err(ended) => break ended,
        }
    };
    assert!(said > 100 && ended.to_string().contains("in an hour"), "{said}: {ended}");
}

#[tokio::test]
async fn a_peer_fetches_files_of_conversations_with_its_people_alone() {
    let mut bed = Bed::with_direct().await;
    let olga = bed.olga().await;
    let pair = json!([bed.admin.id, olga.id]);
    let ours = bed.admin.post("/channels/direct", pair).await.expect(201);
    let ours = ours["id"].as_str().unwrap().to_owned();
    let theirs = bed.open(&bed.admin).await;
    let edge = bed.edge_id();
    let mut may = Vec::new();
    for (channel, bytes) in [(&ours, "between us"), (&theirs, "between the sites")] {
        let path = format!("/files?channel_id={channel}&filename=x.txt");
        let file = bed.admin.send("POST".parse().unwrap(), &path, bytes.into()).await.expect(201);
        let files = json!([file["file_infos"][0]["id"]]);
        let post = json!({ "channel_id": channel, "message": "x", "file_ids": files });
        bed.admin.post("/posts", post).await.expect(201);
        let store = &bed.hq.running().store;
        let id: Id = file["file_infos"][0]["id"].as_str().unwrap().parse().unwrap();
        let content = store.read(move |rows| {
            let sql = "SELECT content FROM file WHERE id = ?1";
            rows.first(sql, params![&id], |row| row.blob(0).try_into().unwrap())
        });
        let content: [u8; 32] = content.await.unwrap().unwrap();
        may.push(store.read(move |rows| files::may_fetch(rows, edge, &content)).await.unwrap());
    }
    assert_eq!(may, [May::Not, May::Have]);
}
