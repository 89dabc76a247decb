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
        if look(person).await.is_err() {
            // The line that somebody kept through a kill breaks when it is used.
            look(person).await?;
        }
    }
    for channel in ground.recorder.written() {
        if let Some(person) = member(&mut people, &channel) {
            let last = json!({ "channel_id": channel, "root_id": "" });
            person.send_message(last, "this is the last").await?;
        }
    }
    Ok(people)
}

/// Learns where somebody belongs.
async fn look(person: &mut Person) -> Outcome<()> {
    if person.team.is_empty() {
        person.load().await?;
    }
    person.load_places().await
}

fn member<'p>(people: &'p mut [Person], channel: &str) -> Option<&'p mut Person> {
    people.iter_mut().find(|person| person.belongs_to(channel))
}

/// Reads every channel of which somebody knows a post: not only those in which somebody wrote.
pub(super) async fn ending(people: &mut [Person], ground: &Arc<Ground>) -> Outcome<Ending> {
    let mut ending = Ending::new();
    for channel in ground.recorder.seen() {
        let posts = read(people, &channel).await?;
        ending.insert(channel, posts);
    }
    Ok(ending)
}

/// Reads a channel as one of its members; as anybody who may, if the last of them left it.
async fn read(people: &mut [Person], channel: &str) -> Outcome<Vec<Post>> {
    for is_member in [true, false] {
        for person in people.iter_mut().filter(|person| person.belongs_to(channel) == is_member) {
            if let Some(posts) = all_posts(person, channel).await? {
                return Ok(posts);
            }
        }
    }
    // It would look as if all of it were lost.
    Err(format!("nobody may read {channel}").into())
}

/// All of a channel, unless that person may not read it.
async fn all_posts(person: &mut Person, channel: &str) -> Outcome<Option<Vec<Post>>> {
    let mut newest_first = Vec::new();
    for page in 0.. {
        let path = format!("/channels/{channel}/posts?per_page={PAGE}&page={page}");
        let answer = person.get(&path).await?;
        if matches!(answer.status, 403 | 404) {
            return Ok(None);
        }
        let mut list: PostList = serde_json::from_value(answer.expect(200)?)?;
        if list.order.is_empty() {
            break;
        }
        newest_first.extend(list.order.iter().filter_map(|id| list.posts.remove(id)));
    }
    newest_first.reverse();
    Ok(Some(newest_first))
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
