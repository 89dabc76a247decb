//! Short posts go ahead of their proof, and nothing else changes by it.

use std::sync::{Arc, Mutex};

use fieldpost_kernel::{Change, Kind, Position, Rows, RowsExt, params};
use fieldpost_link::share::{self, Which};
use fieldpost_link::{Ahead, PreviewDraft};
use fieldpost_log::SaltTree;
use fieldpost_model::Id;
use fieldpost_peer::{Early, Ended, Quiet};
use fieldpost_replica::{Mark, write_preview};
use fieldpost_testkit::Actor;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::bed::{Bed, administrator, content};

async fn sees(who: &Actor, post: &Value) -> bool {
    who.get(&format!("/posts/{}", post["id"].as_str().unwrap())).await.status == 200
}

async fn answer(who: &Actor, channel: &str, (root, text): (&Value, &str)) -> Value {
    let post = json!({ "channel_id": channel, "root_id": root["id"], "message": text });
    who.post("/posts", post).await.expect(201)
}

impl Bed {
    /// What one side would send ahead now.
    async fn early(&self, from: usize) -> Early {
        let quiet = Mutex::new(Quiet::default());
        self.wire.ends[from].session().early(&quiet, Instant::now()).await.unwrap()
    }

    async fn preview(&self, from: usize) -> Vec<u8> {
        let early = self.early(from).await;
        let preview = if let Early::This(preview) = early { Some(preview) } else { None };
        preview.unwrap()
    }

    async fn hear(&self, at: usize, preview: Vec<u8>) -> Result<(), Ended> {
        self.wire.ends[at].session().hear_preview(preview).await
    }

    /// How many changes the edge is not known to hold.
    async fn backlog(&self) -> u64 {
        let outgoing = Arc::clone(&self.wire.ends[0].outgoing);
        let store = &self.hq.running().store;
        let features = Arc::clone(store.features());
        let backlog = move |rows: &mut dyn Rows| outgoing.lock().unwrap().backlog(rows, &features);
        store.read(backlog).await.unwrap().changes
    }

    async fn assert_same_at_both(&mut self) {
        self.assert_agreed().await;
        assert_eq!(self.backlog().await, 0);
        assert_eq!(self.early(0).await, Early::Nothing, "nothing is left to be said");
    }

    /// What headquarters would send ahead now, before it is written.
    async fn draft(&self) -> PreviewDraft {
        let outgoing = Arc::clone(&self.wire.ends[0].outgoing);
        let store = &self.hq.running().store;
        let features = Arc::clone(store.features());
        let ahead = store.read(move |rows| outgoing.lock().unwrap().ahead(rows, &features)).await;
        let draft = if let Ahead::This(draft) = ahead.unwrap() { Some(draft) } else { None };
        *draft.unwrap()
    }

    /// A preview with what somebody changed in it, whose check is right all the same.
    async fn forged(&self, mut draft: PreviewDraft) -> Vec<u8> {
        let log = draft.run.log;
        let salts = self.hq.running().store.read(move |rows| {
            rows.first(
                "SELECT log.salts FROM log JOIN scope ON scope.key = log.scope_key \
                 WHERE scope.kind = 1 AND scope.id = ?1 AND log.site = ?2 AND log.epoch = ?3",
                params![&log.scope.id, &log.site.0, log.epoch.0.cast_signed()],
                |row| row.blob(0).to_vec(),
            )
        });
        let mut tree = SaltTree::decode_secret(&salts.await.unwrap().unwrap()).unwrap();
        draft.head.check = [0; 4];
        for (entry, sequence) in draft.run.entries.iter().zip(draft.run.first..) {
            let change = Change {
                position: Position::default(),
                name: log.change(sequence),
                stamp: entry.stamp,
                author: entry.author,
                kind: Kind::new(entry.kind),
                payload: entry.payload.clone(),
            };
            let leaf = change.leaf(&mut tree).unwrap();
            draft.head.check.iter_mut().zip(leaf.as_bytes()).for_each(|(sum, byte)| *sum ^= byte);
        }
        write_preview(&draft.head, &draft.known, &draft.run, &[]).unwrap()
    }

    async fn refuses(&self, preview: Vec<u8>) -> String {
        let heard = self.hear(1, preview).await;
        let why = if let Err(Ended::Offence(why)) = heard { Some(why) } else { None };
        why.unwrap()
    }
}

#[tokio::test]
async fn a_short_post_is_there_before_its_proof_and_is_held_after_it() {
    let mut bed = Bed::new().await;
    let post = bed.admin.say(&bed.channel, "Fuel for two days, water for one. Thanks").await;
    let preview = bed.preview(0).await;
    assert!(preview.len() <= 40, "{} bytes", preview.len());
    assert_eq!(bed.early(0).await, Early::All, "it goes once");
    bed.hear(1, preview).await.unwrap();
    let seen = bed.edgar.get(&format!("/posts/{}", post["id"].as_str().unwrap())).await.expect(200);
    for field in ["message", "create_at", "user_id", "root_id"] {
        assert_eq!(seen[field], post[field], "{field}");
    }
    assert_eq!(bed.backlog().await, 1, "what is not proved is not known to be held");
    // The other way, with an answer to it and to what came before.
    let back = answer(&bed.edgar, &bed.channel, (&post, "On its way")).await;
    let preview = bed.preview(1).await;
    assert!(preview.len() <= 40, "{} bytes", preview.len());
    bed.hear(0, preview).await.unwrap();
    assert!(sees(&bed.admin, &back).await);
    let mention = bed.admin.say(&bed.channel, "@edgar good").await;
    let preview = bed.preview(0).await;
    assert!(preview.len() <= 40, "{} bytes", preview.len());
    bed.hear(1, preview).await.unwrap();
    assert!(sees(&bed.edgar, &mention).await);
    bed.assert_same_at_both().await;
}

#[tokio::test]
async fn a_preview_may_come_twice_or_late_or_be_lost() {
    let mut bed = Bed::new().await;
    let lost = bed.admin.say(&bed.channel, "lost").await;
    drop(bed.preview(0).await);
    let post = bed.admin.say(&bed.channel, "comes twice").await;
    let preview = bed.preview(0).await;
    bed.hear(1, preview.clone()).await.unwrap();
    bed.hear(1, preview.clone()).await.unwrap();
    assert!(sees(&bed.edgar, &post).await && !sees(&bed.edgar, &lost).await);
    bed.assert_same_at_both().await;
    assert!(sees(&bed.edgar, &lost).await);
    bed.hear(1, preview).await.unwrap();
    bed.assert_same_at_both().await;
}

#[tokio::test]
async fn sites_that_are_killed_between_a_preview_and_its_batch_lose_nothing() {
    for killed in [0, 1] {
        let mut bed = Bed::new().await;
        let post = bed.admin.say(&bed.channel, "before it was killed").await;
        let preview = bed.preview(0).await;
        if killed == 0 {
            bed.hear(1, preview).await.unwrap();
        }
        bed.wire.ends[killed].hang_up();
        let site = if killed == 0 { &mut bed.hq } else { &mut bed.edge };
        site.restart().await;
        bed.admin = bed.admin.at(bed.hq.url());
        bed.edgar = bed.edgar.at(bed.edge.url());
        let forgets = [killed == 0, killed == 1];
        bed.wire.cut([&bed.hq, &bed.edge], forgets).await;
        while bed.wire.step(0).await.unwrap() || bed.wire.step(1).await.unwrap() {}
        assert_eq!(bed.backlog().await, 1);
        // It goes ahead once more, for nobody knows whether it arrived.
        let again = bed.preview(0).await;
        bed.hear(1, again).await.unwrap();
        assert!(sees(&bed.edgar, &post).await);
        bed.assert_same_at_both().await;
    }
}

#[tokio::test]
async fn what_is_long_or_much_or_needs_an_introduction_goes_in_a_batch() {
    let mut bed = Bed::new().await;
    assert_eq!(bed.early(0).await, Early::Nothing);
    bed.admin.say(&bed.channel, &"long ".repeat(60)).await;
    assert_eq!(bed.early(0).await, Early::Batch);
    bed.assert_same_at_both().await;
    for text in ["a", "b", "c", "d"] {
        bed.admin.say(&bed.channel, text).await;
    }
    let preview = bed.preview(0).await;
    bed.hear(1, preview).await.unwrap();
    assert_eq!(content(&bed.admin, &bed.channel).await, content(&bed.edgar, &bed.channel).await);
    bed.assert_same_at_both().await;
    let stranger = bed.hq.member(&bed.admin, &bed.team, "stranger").await;
    assert_eq!(bed.early(0).await, Early::Batch, "nobody knows who joined");
    bed.assert_same_at_both().await;
    stranger.say(&bed.channel, "but now").await;
    drop(bed.preview(0).await);
    // In a channel that was shared just now nothing is held.
    let other = bed.admin.channel(&bed.team, "off-topic").await;
    bed.admin.say(&other, "not shared").await;
    assert_eq!(bed.early(0).await, Early::All);
    bed.assert_same_at_both().await;
}

#[tokio::test]
async fn what_is_not_held_or_not_shared_or_in_another_name_is_refused() {
    let mut bed = Bed::new().await;
    let before = bed.admin.say(&bed.channel, "before").await;
    bed.assert_same_at_both().await;
    let post = bed.admin.say(&bed.channel, "genuine").await;
    let mut draft = bed.draft().await;
    let genuine = write_preview(&draft.head, &draft.known, &draft.run, &draft.hints).unwrap();
    assert!(bed.refuses(Vec::new()).await.contains("too much"));
    assert!(bed.refuses(vec![7; 300]).await.contains("long"));
    // In the name of somebody of the edge's own, and of nobody who is known.
    for author in [bed.edgar.id, Id::from_bytes([9; 16])] {
        let genuine = std::mem::replace(&mut draft.run.entries[0].author, author);
        let forged = write_draft(&bed, &draft).await;
        assert!(bed.refuses(forged).await.contains("not of that site"));
        draft.run.entries[0].author = genuine;
    }
    let scope = std::mem::take(&mut draft.head.scope);
    draft.head.scope = Mark::among(&[!scope.bytes()[0]; 8], std::iter::empty(), 7);
    let unknown = write_preview(&draft.head, &draft.known, &draft.run, &draft.hints).unwrap();
    assert!(bed.refuses(unknown).await.contains("not held"));
    // What was spoilt, or rests on something else, is passed over. Of the last byte not all bits count.
    for at in 3..genuine.len() - 1 {
        let mut spoilt = genuine.clone();
        spoilt[at] ^= 0x10;
        assert!(matches!(bed.hear(1, spoilt).await, Ok(()) | Err(Ended::Offence(_))));
        assert!(!sees(&bed.edgar, &post).await);
    }
    assert!(sees(&bed.edgar, &before).await);
    assert_eq!(content(&bed.edgar, &bed.channel).await.len() + 1, {
        content(&bed.admin, &bed.channel).await.len()
    });
    // What an administrator of the edge has ended is passed over, as the peer has not heard of that.
    let store = bed.edge.running().store.clone();
    let ended = store.write(&[], |work| {
        let which = Which::One("alpha:town-square".to_owned());
        share::unshare(work, &administrator(), "hq", &which).map(drop)
    });
    ended.await.unwrap();
    bed.hear(1, genuine).await.unwrap();
    assert!(!sees(&bed.edgar, &post).await);
}

async fn write_draft(bed: &Bed, draft: &PreviewDraft) -> Vec<u8> {
    let PreviewDraft { head, known, run, hints, passing } = draft;
    let (head, known) = (head.clone(), known.clone());
    bed.forged(PreviewDraft {
        head,
        known,
        run: run.clone(),
        hints: hints.clone(),
        passing: passing.clone(),
    })
    .await
}

#[tokio::test]
async fn a_preview_that_its_proof_contradicts_ends_the_conversation_and_damages_nothing() {
    let mut bed = Bed::new().await;
    let before = bed.admin.say(&bed.channel, "before").await;
    bed.assert_same_at_both().await;
    let post = bed.admin.say(&bed.channel, "the truth").await;
    let mut draft = bed.draft().await;
    let payload = &mut draft.run.entries[0].payload;
    let at = payload.windows(5).position(|word| word == b"truth").unwrap();
    payload[at..at + 5].copy_from_slice(b"false");
    let forged = bed.forged(draft).await;
    bed.hear(1, forged).await.unwrap();
    let seen = bed.edgar.get(&format!("/posts/{}", post["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(seen["message"], "the false");
    assert!(matches!(bed.wire.settle().await, Err(Ended::Failed(_))));
    assert_eq!(bed.edge.running().store.verify().await.unwrap(), []);
    assert!(sees(&bed.edgar, &before).await);
    assert_eq!(bed.backlog().await, 1, "it is not held");
}

#[tokio::test]
async fn a_word_in_a_direct_conversation_goes_ahead_too() {
    let mut bed = Bed::with_direct().await;
    let conversation = bed.open(&bed.admin).await;
    bed.admin.say(&conversation, "first of all").await;
    assert_eq!(bed.early(0).await, Early::Batch, "its founding has to come first");
    bed.wire.settle().await.unwrap();
    let post = bed.admin.say(&conversation, "Are you there?").await;
    let preview = bed.preview(0).await;
    bed.hear(1, preview).await.unwrap();
    assert!(sees(&bed.edgar, &post).await);
    bed.wire.settle().await.unwrap();
    bed.assert_same(&conversation).await;
}
