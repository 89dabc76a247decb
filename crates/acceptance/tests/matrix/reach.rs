//! Who finds what: searches and lists hold nothing that whoever asks may not read, and a linked
//! site has nothing but what is shared with it.

use serde_json::json;

use super::blocks;
use super::case::Case;
use super::role::Role;
use super::world::{World, id};

#[tokio::test]
async fn everybody_finds_what_is_declared_and_nothing_else() {
    let mut world = World::build().await;
    let mut differences = Vec::new();
    for block in blocks::read("finds.txt") {
        for (state, declared) in &block.rows {
            let mut case = Case::of_state(&mut world, &block.ask, state);
            let wanted = case.value(&block.name).await;
            case.world.site.indexed().await;
            for role in Role::signed() {
                let reply = case.ask(&block.ask, role).await;
                assert!(reply.status != 500, "{}: {}", block.ask.name(), reply.json());
                let text = String::from_utf8_lossy(&reply.bytes).into_owned();
                let finds = reply.status < 300 && text.contains(&wanted);
                if finds != declared.contains(&role) {
                    let does = if finds { "finds" } else { "does not find" };
                    let asked = format!("{}{}", block.ask.name(), block.ask.query);
                    differences.push(format!("{asked} {state}: {role} {does} the {}", block.name));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test]
async fn a_linked_site_has_what_is_shared_with_it_and_nothing_else() {
    let mut world = World::build().await;
    let author = world.person("author").clone();
    let mut said = Vec::new();
    let places = ["public", "private", "archived", "direct", "group", "default", "beta"];
    for name in places {
        let channel = world.place(name).channel.clone();
        if name == "beta" || name == "archived" {
            said.push((name, channel, None));
            continue;
        }
        let post = author.say(&channel, "quicksilver").await;
        said.push((name, channel, Some(id(&post))));
    }
    let stray = world.site.person("stray").await.id;
    let demote = format!("/users/{stray}/demote");
    world.person("founder").post(&demote, json!({})).await.expect(200);
    let shared = world.place("shared").channel.clone();
    let crossed = id(&author.say(&shared, "quicksilver").await);
    world.wire.settle().await.unwrap();
    world.edge.indexed().await;
    // She administers the other site, and sees all that is there.
    let rita = world.person("remote").at(world.edge.url());
    rita.get(&format!("/posts/{crossed}")).await.expect(200);
    for (name, channel, post) in said {
        assert_eq!(rita.get(&format!("/channels/{channel}")).await.status, 404, "{name} crossed");
        if let Some(post) = post {
            assert_eq!(rita.get(&format!("/posts/{post}")).await.status, 404, "{name} crossed");
        }
    }
    let found = rita.post("/posts/search", json!({ "terms": "quicksilver" })).await.expect(200);
    assert_eq!(found["order"], json!([crossed]));
    // Of people everybody who can be written to; of guests and bots those who are in what is shared
    // or wrote there.
    let hermit = world.person("hermit").id;
    rita.get(&format!("/users/{hermit}")).await.expect(200);
    rita.get(&format!("/users/{stray}")).await.expect(404);
}
