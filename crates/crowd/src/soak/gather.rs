//! What is there at the end, read through the API like anything else.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use crate::Outcome;
use crate::history::{Held, History, Stamp};
use crate::people::Ground;
use crate::person::{Person, Post, PostList};

/// The most posts that the API gives at once.
const PAGE: usize = 200;

/// The posts of each channel, oldest first.
pub(super) type Ending = HashMap<String, Vec<Post>>;

/// Has everybody look where they belong, and somebody say a last thing in each channel in which
/// somebody wrote: whoever is told of it was told of all before it.
pub(super) async fn part(mut people: Vec<Person>, ground: &Arc<Ground>) -> Outcome<Vec<Person>> {
    people.sort_unstable_by_key(|person| person.number);
    for person in &mut people {
        if person.team.is_empty() {
            person.load().await?;
        }
        person.load_places().await?;
    }
    for channel in ground.recorder.written() {
        if let Some(person) = member(&mut people, &channel) {
            let last = json!({ "channel_id": channel, "root_id": "" });
            person.send_message(last, "this is the last").await?;
        }
    }
    Ok(people)
}

fn member<'p>(people: &'p mut [Person], channel: &str) -> Option<&'p mut Person> {
    people.iter_mut().find(|person| person.places.iter().any(|place| place.id == channel))
}

/// Reads every channel in which somebody wrote.
pub(super) async fn ending(people: &mut [Person], ground: &Arc<Ground>) -> Outcome<Ending> {
    let mut ending = Ending::new();
    for channel in ground.recorder.written() {
        if let Some(person) = member(people, &channel) {
            let posts = all_posts(person, &channel).await?;
            ending.insert(channel, posts);
        }
    }
    Ok(ending)
}

async fn all_posts(person: &mut Person, channel: &str) -> Outcome<Vec<Post>> {
    let mut newest_first = Vec::new();
    for page in 0.. {
        let path = format!("/channels/{channel}/posts?per_page={PAGE}&page={page}");
        let answer = person.get(&path).await?;
        let mut list: PostList = serde_json::from_slice(&answer.body)?;
        if list.order.is_empty() {
            break;
        }
        newest_first.extend(list.order.iter().filter_map(|id| list.posts.remove(id)));
    }
    newest_first.reverse();
    Ok(newest_first)
}

/// Puts it into the history.
pub(super) fn fill(history: &mut History, people: &[Person], ending: Ending) {
    let numbers: HashMap<&str, u32> = people
        .iter()
        .map(|person| (person.id.as_str(), u32::try_from(person.number).unwrap_or(u32::MAX)))
        .collect();
    for (channel, posts) in ending {
        let channel = history.name(&channel);
        let mut held = Vec::new();
        for post in posts {
            let stamp = Stamp::of(&post.message);
            let reactions = post.metadata.reactions.iter().flatten();
            held.push(Held {
                post: history.name(&post.id),
                mark: stamp.map(|stamp| stamp.mark),
                version: stamp.map_or(0, |stamp| stamp.version),
                reactions: reactions
                    .filter_map(|reaction| numbers.get(reaction.user_id.as_str()).copied())
                    .collect(),
            });
        }
        history.ending.insert(channel, held);
    }
}
