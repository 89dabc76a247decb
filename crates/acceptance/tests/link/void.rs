//! What no site can keep as it is: it counts as never said, the same at every site, and the link goes
//! on.

use fieldpost_chat::file::FileUploaded;
use fieldpost_chat::post::PostWritten;
use fieldpost_log::{Epoch, LogName, Scope, ScopeKind};
use fieldpost_model::Id;
use serde_json::json;

use super::bed::{Bed, content};

fn post(message: &str, kind: &str, props: &str) -> PostWritten {
    PostWritten {
        root: Id::NONE,
        kind: kind.to_owned(),
        message: message.to_owned(),
        props: props.to_owned(),
        files: Vec::new(),
        mentions: Vec::new(),
        imported: None,
    }
}

fn file(name: &str) -> FileUploaded {
    FileUploaded {
        id: Id::from_bytes([6; 16]),
        create_at: 1,
        name: name.to_owned(),
        extension: String::new(),
        mime_type: String::new(),
        size: 1,
        content: [6; 32],
        image: None,
        bookmark: false,
    }
}

/// Both engines take the same, so that a site on one has the state of a site on the other.
#[tokio::test]
async fn texts_that_one_engine_cannot_keep_are_void_on_both() {
    let mut bed = Bed::new().await;
    let (content_before, state_before, number) = bed.all_there_is().await;
    bed.write(&post("before\0after", "", "")).await.unwrap();
    bed.write(&post("fine", "custom_\0", "")).await.unwrap();
    bed.write(&post("fine", "", "{\"a\":\"\0\"}")).await.unwrap();
    bed.write(&file("of\0two.txt")).await.unwrap();
    // A header, and a reaction, as their features encode them.
    let mut header = vec![0, 0, 0, 1, 3];
    header.extend(b"a\0b");
    header.push(0);
    let said = content_before.keys().next().unwrap().parse::<Id>().unwrap();
    let mut reaction = [said.as_bytes().as_slice(), bed.edgar.id.as_bytes()].concat();
    reaction.extend([4, b'e', 0, b'e', b's', 0]);
    for (epoch, kind, payload) in [(501, 0x0302, header), (502, 0x0501, reaction)] {
        let log = LogName { epoch: Epoch(epoch), ..bed.log(bed.channel_scope()) };
        let frame = bed.batch_with(log, bed.edgar.id, (&bed.key(), kind), payload).await;
        bed.wire.forge(1, &frame).await.unwrap();
    }
    let after = bed.all_there_is().await;
    assert_eq!((content_before, state_before, number + 6), after);
    let path = format!("/channels/{}", bed.channel);
    assert_eq!(bed.admin.get(&path).await.expect(200)["header"], "");
    bed.admin.get(&format!("/files/{}/info", Id::from_bytes([6; 16]))).await.expect(404);
    // Somebody of such a name is nobody.
    let person = Id::from_bytes([7; 16]);
    let log = bed.log(Scope::new(ScopeKind::Person, person));
    let payload = [postcard::to_stdvec("ad\0min").unwrap(), vec![0; 11]].concat();
    let frame = bed.batch_with(log, person, (&bed.key(), 0x0101), payload).await;
    bed.wire.forge(1, &frame).await.unwrap();
    bed.admin.get(&format!("/users/{person}")).await.expect(404);
    goes_on(&mut bed).await;
}

#[tokio::test]
async fn contents_that_nobody_can_read_are_void_and_stop_nothing() {
    let mut bed = Bed::new().await;
    let (content_before, state_before, number) = bed.all_there_is().await;
    let payloads =
        [vec![], vec![0xff], vec![0xff; 64], [vec![0; 17], vec![2, 0xc3, 0x28]].concat()];
    let mut epoch = 600;
    for kind in [0x0401, 0x0402, 0x0302, 0x0501] {
        for payload in &payloads {
            epoch += 1;
            let log = LogName { epoch: Epoch(epoch), ..bed.log(bed.channel_scope()) };
            let key = (&bed.key(), kind);
            let frame = bed.batch_with(log, bed.edgar.id, key, payload.clone()).await;
            bed.wire.forge(1, &frame).await.unwrap();
        }
    }
    let after = bed.all_there_is().await;
    assert_eq!((content_before, state_before, number + 16), after);
    goes_on(&mut bed).await;
}

/// What is said afterwards comes, in both directions, and the log is whole.
async fn goes_on(bed: &mut Bed) {
    bed.write(&post("still heard", "", "")).await.unwrap();
    let seen = content(&bed.admin, &bed.channel).await;
    assert!(seen.values().any(|post| post["message"] == "still heard"));
    let answer = json!({ "channel_id": bed.channel, "message": "here too" });
    let answer = bed.admin.post("/posts", answer).await.expect(201);
    bed.wire.settle().await.unwrap();
    bed.edgar.get(&format!("/posts/{}", answer["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(bed.hq.running().store.verify().await.unwrap(), []);
}
