//! What somebody else claims, before or after, is never taken from whom it belongs to.

use std::collections::BTreeMap;

use fieldpost_chat::bookmark::{BookmarkAdded, BookmarkImported, BookmarkPatched};
use fieldpost_chat::channel::moderation::ChannelRestricted;
use fieldpost_chat::file::FileUploaded;
use fieldpost_chat::post::{Imported, ImportedVersion, PostEdited, PostWritten};
use fieldpost_kernel::{Body, Change, Position, RowsExt, params};
use fieldpost_log::{ChangeName, Epoch, LogName, Scope, ScopeKind, SiteId, Stamp, derive_id};
use fieldpost_model::Id;
use fieldpost_testkit::{Actor, SeededEntropy, TestSite};
use serde_json::json;

const FORGER: SiteId = SiteId([0x77; 16]);

async fn site(seed: u64) -> TestSite {
    TestSite::start_with(|config| {
        config.entropy = std::sync::Arc::new(SeededEntropy::new(seed));
    })
    .await
}

/// A home site with two channels, and somebody there in whose name another site speaks.
struct Home {
    site: TestSite,
    admin: Actor,
    mallory: Actor,
    square: String,
    off_topic: String,
}

impl Home {
    async fn new() -> Self {
        let site = site(1).await;
        let (admin, team) = site.administrator_with_team("alpha").await;
        let mallory = site.member(&admin, &team, "mallory").await;
        let square = admin.channel(&team, "town-square").await;
        let off_topic = admin.channel(&team, "off-topic").await;
        Self { site, admin, mallory, square, off_topic }
    }

    fn scope(&self, channel: &str) -> Scope {
        Scope::new(ScopeKind::Channel, channel.parse().unwrap())
    }

    /// The name of the next change that this site writes in a channel.
    async fn next(&self, channel: &str) -> ChangeName {
        let store = &self.site.running().store;
        let (site, epoch) = (store.site().id, store.site().epoch);
        let scope = self.scope(channel);
        let size = store.read(move |rows| {
            rows.count(
                "SELECT log.size FROM log JOIN scope ON scope.key = log.scope_key \
                 WHERE scope.kind = 1 AND scope.id = ?1 AND log.site = ?2",
                params![&scope.id, &site.0],
            )
        });
        let sequence = u64::try_from(size.await.unwrap()).unwrap();
        LogName { site, epoch, scope }.change(sequence)
    }

    /// A change that another site writes in a channel, in the name of somebody of its own.
    fn forged<B: Body>(&self, channel: &str, sequence: u64, body: &B) -> Change {
        Change {
            position: Position::default(),
            name: LogName { site: FORGER, epoch: Epoch(1), scope: self.scope(channel) }
                .change(sequence),
            stamp: Stamp::new(1_767_225_600_000 + 600_000, 0),
            author: self.mallory.id,
            kind: B::KIND,
            payload: postcard::to_stdvec(body).unwrap(),
        }
    }

    async fn shareable(&self) -> Vec<Change> {
        // A database server may hold the newest back for a moment.
        self.site.settle().await;
        let all = self.site.running().store.changes_after(Position::default(), 1_000_000);
        all.await.unwrap().into_iter().filter(|change| change.name.scope.is_chained()).collect()
    }
}

async fn take<'c>(site: &TestSite, changes: impl IntoIterator<Item = &'c Change>) {
    for change in changes {
        let change = change.clone();
        site.running().store.write(&[], move |work| work.receive(&change)).await.unwrap();
    }
}

/// The posts of a site that stand, with their versions, and the digests of both channels.
type State = (BTreeMap<String, Vec<String>>, Vec<String>);

async fn state(site: &TestSite, home: &Home) -> State {
    let store = &site.running().store;
    let found = store.read(|rows| {
        rows.all(
            "SELECT post.id, post.message, post.edit_at, root.id, revision.id, revision.message \
             FROM post LEFT JOIN post root ON root.key = post.root_key \
             LEFT JOIN revision ON revision.post_key = post.key WHERE post.delete_at = 0 \
             ORDER BY post.id, revision.stamp, revision.site",
            &[],
            |row| {
                let version = format!("{} {}", row.id(4), row.text(5));
                let post = format!("{} {} {version}", row.text(1), row.int(2));
                (row.id(0).to_string(), format!("{post} in {}", row.id(3)))
            },
        )
    });
    let mut posts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, version) in found.await.unwrap() {
        posts.entry(id).or_default().push(version);
    }
    let mut digests = Vec::new();
    for channel in [&home.square, &home.off_topic] {
        digests.push(store.state_hash(home.scope(channel)).await.unwrap().to_string());
    }
    (posts, digests)
}

async fn post(actor: &Actor, channel: &str, message: &str) -> Id {
    actor.say(channel, message).await["id"].as_str().unwrap().parse().unwrap()
}

fn version(post: Id, id: Id, stamp: Stamp, site: SiteId) -> PostEdited {
    PostEdited {
        post,
        message: "claimed".to_owned(),
        props: String::new(),
        files: Vec::new(),
        visibly: true,
        imported: Some(ImportedVersion { id, stamp, site: Id::from_bytes(site.0) }),
    }
}

#[tokio::test]
async fn a_version_whose_id_or_place_was_claimed_is_still_that_of_whoever_edits() {
    let home = Home::new().await;
    let one = post(&home.admin, &home.square, "one").await;
    let two = post(&home.admin, &home.square, "two").await;
    let third = post(&home.admin, &home.off_topic, "three").await;
    let untouched = state(&home.site, &home).await;

    let next = home.next(&home.square).await;
    let later = Stamp::new(1_767_225_600_000 + 300_000, 0);
    let mine = derive_id("revision", &next, 0);
    let nobody = ChangeName {
        site: SiteId([0; 16]),
        epoch: Epoch(0),
        scope: Scope::new(ScopeKind::Channel, one),
        sequence: 0,
    };
    let first = derive_id("revision", &nobody, 0);
    let mut forged = vec![
        home.forged(&home.square, 0, &version(two, mine, later, FORGER)),
        home.forged(&home.off_topic, 0, &version(third, first, later, FORGER)),
        home.forged(&home.square, 1, &version(one, first, later, FORGER)),
    ];
    take(&home.site, &forged[..2]).await;
    assert_ne!(state(&home.site, &home).await, untouched);

    let patch = json!({ "message": "one, edited" });
    let edited = home.admin.put(&format!("/posts/{one}/patch"), patch).await.expect(200);
    assert_eq!(edited["message"], "one, edited");
    let history = home.admin.get(&format!("/posts/{one}/edit_history")).await.expect(200);
    assert_eq!(history[0]["message"], "one");
    let shareable = home.shareable().await;
    let edit = shareable.iter().find(|change| change.name == next).unwrap();
    let place = version(one, Id::from_bytes([8; 16]), edit.stamp, next.site);
    forged.push(home.forged(&home.square, 2, &place));
    take(&home.site, &forged).await;

    let (before, after, never) = (site(2).await, site(3).await, site(4).await);
    take(&before, shareable.iter().filter(|change| change.name != next)).await;
    take(&before, &forged).await;
    take(&before, [edit]).await;
    take(&after, &shareable).await;
    take(&after, forged.iter().rev()).await;
    take(&never, &shareable).await;
    let clean = state(&never, &home).await;
    assert_eq!(state(&home.site, &home).await, clean);
    assert_eq!(state(&before, &home).await, clean);
    assert_eq!(state(&after, &home).await, clean);
}

fn said(message: &str, root: Id, id: Id) -> PostWritten {
    PostWritten {
        root,
        kind: String::new(),
        message: message.to_owned(),
        props: String::new(),
        files: Vec::new(),
        mentions: Vec::new(),
        imported: (!id.is_none()).then_some(Imported { id, create_at: 0, edit_at: 0 }),
    }
}

#[tokio::test]
async fn what_was_said_under_a_claimed_id_leaves_no_trace_in_the_state_of_any_channel() {
    for claim_in in ["square", "off-topic"] {
        let home = Home::new().await;
        let channel = if claim_in == "square" { &home.square } else { &home.off_topic };
        let next = home.next(&home.square).await;
        let claimed = derive_id("post", &next, 0);
        let forged = [
            home.forged(channel, 0, &said("claim", Id::NONE, claimed)),
            home.forged(channel, 1, &said("reply", claimed, Id::NONE)),
        ];
        take(&home.site, &forged).await;
        assert_eq!(post(&home.admin, &home.square, "what is said").await, claimed);
        let shareable = home.shareable().await;
        let own = |change: &&Change| change.name.site != FORGER;
        let after = site(2).await;
        take(&after, shareable.iter().filter(own)).await;
        take(&after, &forged).await;
        let here = state(&home.site, &home).await;
        assert_eq!(here, state(&after, &home).await, "{claim_in}");
        // A reply to it is one to what has the id in truth, if that is in the same channel.
        let replies = here.0.values().flatten().filter(|post| post.starts_with("reply"));
        assert_eq!(replies.count(), usize::from(claim_in == "square"));
    }
}

#[tokio::test]
async fn a_file_stays_its_uploaders_whoever_claims_its_id() {
    let home = Home::new().await;
    let path = format!("/files?channel_id={}&filename=map.txt", home.square);
    let file = home.admin.send("POST".parse().unwrap(), &path, b"the map".to_vec()).await;
    let file: Id = file.expect(201)["file_infos"][0]["id"].as_str().unwrap().parse().unwrap();
    let uploaded = FileUploaded {
        id: file,
        create_at: 1,
        name: "claim.txt".to_owned(),
        extension: "txt".to_owned(),
        mime_type: "text/plain".to_owned(),
        size: 1,
        content: [5; 32],
        image: None,
        bookmark: false,
    };
    let claim =
        |message: &str| PostWritten { files: vec![file], ..said(message, Id::NONE, Id::NONE) };
    let forged = [
        home.forged(&home.square, 0, &uploaded),
        home.forged(&home.square, 1, &claim("mine")),
        home.forged(&home.off_topic, 0, &uploaded),
        home.forged(&home.off_topic, 1, &claim("mine too")),
    ];
    take(&home.site, &forged).await;
    let sent = json!({ "channel_id": home.square, "message": "the map", "file_ids": [file] });
    let sent = home.admin.post("/posts", sent).await.expect(201);
    assert_eq!(sent["metadata"]["files"][0]["name"], "map.txt");
    let theirs = home.site.running().store.read(|rows| {
        rows.all("SELECT id FROM post WHERE message LIKE 'mine%'", &[], |row| row.id(0))
    });
    for post in theirs.await.unwrap() {
        home.admin.delete(&format!("/posts/{post}")).await.expect(200);
    }
    let read = home.admin.get(&format!("/files/{file}")).await;
    assert_eq!((read.status, read.bytes.as_slice()), (200, b"the map".as_slice()));

    let shareable = home.shareable().await;
    let (before, after) = (site(2).await, site(3).await);
    take(&before, &forged).await;
    take(&before, &shareable).await;
    take(&after, &shareable).await;
    take(&after, forged.iter().rev()).await;
    let here = state(&home.site, &home).await;
    assert_eq!(here, state(&before, &home).await);
    assert_eq!(here, state(&after, &home).await);
}

#[tokio::test]
async fn a_bookmark_is_as_its_maker_made_it_whoever_claims_to_have_taken_it_over() {
    let home = Home::new().await;
    let next = home.next(&home.square).await;
    let id = derive_id("bookmark", &next, 0);
    let claim = |name: &str| BookmarkImported {
        site: next.site,
        epoch: next.epoch,
        sequence: next.sequence,
        create_at: 1,
        added: BookmarkAdded {
            file: Id::NONE,
            display_name: name.to_owned(),
            link_url: "https://example.org/claim".to_owned(),
            image_url: String::new(),
            emoji: "skull".to_owned(),
            place: 7,
            original: Id::NONE,
            replaces: Id::NONE,
        },
    };
    let emoji = BookmarkPatched {
        bookmark: id,
        emoji: Some("anchor".to_owned()),
        ..BookmarkPatched::default()
    };
    let forged = [
        home.forged(&home.square, 0, &claim("claim")),
        home.forged(&home.square, 1, &claim("a later claim")),
        home.forged(&home.square, 2, &emoji),
        // Elsewhere the same change would have made another bookmark.
        home.forged(&home.off_topic, 0, &claim("elsewhere")),
    ];
    take(&home.site, &forged).await;
    let path = format!("/channels/{}/bookmarks", home.square);
    let claimed = home.admin.get(&path).await.expect(200);
    assert_eq!(claimed[0]["display_name"], "claim");
    let new = json!({ "type": "link", "display_name": "plan", "link_url": "https://example.org" });
    home.admin.post(&path, new).await.expect(201);
    let found = home.admin.get(&path).await.expect(200);
    assert_eq!(found.as_array().unwrap().len(), 1);
    let (made, admin) = (&found[0], &home.admin.id);
    assert_eq!((&made["id"], &made["owner_id"]), (&json!(id), &json!(admin)));
    assert_eq!((&made["display_name"], &made["emoji"]), (&json!("plan"), &json!("anchor")));
    assert_eq!(made["link_url"], "https://example.org");

    let shareable = home.shareable().await;
    let own = |change: &&Change| change.name.site != FORGER;
    let (before, after) = (site(2).await, site(3).await);
    take(&before, forged.iter().rev()).await;
    take(&before, shareable.iter().filter(own)).await;
    take(&after, shareable.iter().filter(own)).await;
    take(&after, &forged).await;
    let here = state(&home.site, &home).await;
    assert_eq!(here, state(&before, &home).await);
    assert_eq!(here, state(&after, &home).await);
}

#[tokio::test]
async fn no_other_site_lifts_what_a_channel_takes_or_takes_more() {
    let home = Home::new().await;
    let path = format!("/channels/{}/moderations", home.square);
    let closed = json!([{ "name": "create_post", "roles": { "members": false } }]);
    home.admin.put(&format!("{path}/patch"), closed).await.expect(200);
    let before = home.admin.get(&path).await.expect(200);
    let scope = home.scope(&home.square);
    let state = home.site.running().store.state_hash(scope).await.unwrap();
    // Lifts posting, and takes reactions.
    let body = ChannelRestricted { switches: vec![(0, false), (1, true)] };
    take(&home.site, [&home.forged(&home.square, 0, &body)]).await;
    assert_eq!(home.admin.get(&path).await.expect(200), before);
    assert_eq!(home.site.running().store.state_hash(scope).await.unwrap(), state);
    let post = json!({ "channel_id": home.square, "message": "still closed" });
    home.mallory.post("/posts", post).await.expect(403);
}
