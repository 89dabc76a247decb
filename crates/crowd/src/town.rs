//! The site in which the people are: teams, channels, conversations, and what was said before.
//!
//! Of somebody's channels, 60 in 100 are direct conversations, 10 conversations of groups, 20
//! public and 10 private channels, as in the load model; the default channels of the team come on
//! top of that.

use std::io::{BufWriter, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Outcome;
use crate::client::{Client, text};
use crate::dice::Dice;
use crate::people::Secret;
use crate::words;

/// People of a team.
pub const TEAM: usize = 500;

/// The name and password of the administrator.
pub const ADMIN: (&str, &str) = ("ada", "correct horse battery");

/// Direct conversations that each person begins; as many are begun with them.
const DIRECT: usize = 3;

/// Members of public and private channels.
const PUBLIC: usize = 40;
const PRIVATE: usize = 20;

/// What was said in each channel, and in each conversation.
const SAID: usize = 20;
const SAID_DIRECT: usize = 2;

/// How many are asked for, and get secrets, at the same time.
const AT_ONCE: usize = 100;
const CLIENTS: usize = 8;

/// The username of somebody.
pub fn name(person: usize) -> String {
    format!("person{person}")
}

/// Puts so many people into an empty place. `command` is the binary's import, with the place named.
pub fn populate(mut command: Command, scratch: &Path, people: usize, seed: u64) -> Outcome<()> {
    let file = scratch.join("town.jsonl");
    let mut writer = BufWriter::with_capacity(1 << 20, std::fs::File::create(&file)?);
    Town { people, dice: Dice::new(seed), at: 1_700_000_000_000 }.write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    let output = command.arg(&file).output()?;
    std::fs::remove_file(&file)?;
    if output.stdout.is_empty() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(())
}

/// Gives everybody an access token: hashing so many passwords would take minutes, on purpose.
pub async fn secrets(address: SocketAddr, people: usize) -> Outcome<Vec<Secret>> {
    let mut client = Client::open(address, "").await?;
    let (token, _) = client.sign_in(ADMIN.0, ADMIN.1).await?;
    let mut tasks = JoinSet::new();
    for slice in 0..CLIENTS {
        let token = token.clone();
        tasks.spawn(async move {
            let mut admin = Client::open(address, &token).await?;
            let numbers: Vec<usize> = (slice..people).step_by(CLIENTS).collect();
            let mut made = Vec::new();
            for numbers in numbers.chunks(AT_ONCE) {
                made.extend(give(&mut admin, numbers).await?);
            }
            Outcome::Ok(made)
        });
    }
    let mut all = Vec::new();
    while let Some(made) = tasks.join_next().await {
        all.extend(made??);
    }
    all.sort_unstable_by_key(|(number, _)| *number);
    if all.len() != people {
        return Err(format!("{} people of {people}", all.len()).into());
    }
    Ok(all.into_iter().map(|(_, secret)| secret).collect())
}

async fn give(admin: &mut Client, numbers: &[usize]) -> Outcome<Vec<(usize, Secret)>> {
    let names: Vec<String> = numbers.iter().map(|number| name(*number)).collect();
    let found = admin.post("/users/usernames", &json!(names)).await?.expect(200)?;
    let mut made = Vec::new();
    for user in found.as_array().into_iter().flatten() {
        let (id, username) = (text(user, "id")?, text(user, "username")?);
        let number = username.trim_start_matches("person").parse()?;
        let path = format!("/users/{id}/tokens");
        let token = admin.post(&path, &json!({ "description": "crowd" })).await?.expect(200)?;
        made.push((number, Secret { id, token: text(&token, "token")? }));
    }
    Ok(made)
}

struct Town {
    people: usize,
    dice: Dice,
    at: i64,
}

impl Town {
    fn write(mut self, to: &mut impl Write) -> Outcome<()> {
        writeln!(to, "{}", json!({ "type": "version", "version": 1 }))?;
        let teams = self.people.div_ceil(TEAM);
        for team in 0..teams {
            let line = json!({ "name": format!("team{team}"), "display_name": "Team", "type": "O",
                "allow_open_invite": true });
            writeln!(to, "{}", json!({ "type": "team", "team": line }))?;
            for (kind, name) in self.channels(team) {
                let line = json!({ "team": format!("team{team}"), "name": name,
                    "display_name": name, "type": kind });
                writeln!(to, "{}", json!({ "type": "channel", "channel": line }))?;
            }
        }
        writeln!(to, "{}", self.user(ADMIN.0, Some(ADMIN.1), 0, &[]))?;
        let mut members: Vec<Vec<usize>> = Vec::new();
        for person in 0..self.people {
            let team = person / TEAM;
            let all = self.channels(team);
            let chosen = self.chosen(&all);
            members.push(chosen.clone());
            let names: Vec<String> = chosen.iter().map(|n| all[*n].1.clone()).collect();
            writeln!(to, "{}", self.user(&name(person), None, team, &names))?;
        }
        self.write_posts(to, &members)?;
        self.write_conversations(to)
    }

    /// Public and private channels of a team, so many that each has its members.
    fn channels(&self, team: usize) -> Vec<(&'static str, String)> {
        let people = TEAM.min(self.people - team * TEAM);
        let public = (0..(people * 2).div_ceil(PUBLIC)).map(|n| ("O", format!("open{n}")));
        let private = (0..people.div_ceil(PRIVATE)).map(|n| ("P", format!("closed{n}")));
        public.chain(private).collect()
    }

    /// Two public channels and a private one.
    fn chosen(&mut self, all: &[(&str, String)]) -> Vec<usize> {
        let public = all.iter().filter(|(kind, _)| *kind == "O").count();
        let first = self.dice.below(public);
        let private = public + self.dice.below(all.len() - public);
        let mut chosen = vec![first, (first + 1) % public, private];
        chosen.dedup();
        chosen
    }

    fn user(&self, name: &str, password: Option<&str>, team: usize, channels: &[String]) -> Value {
        let channels: Vec<Value> =
            channels.iter().map(|name| json!({ "name": name, "roles": "channel_user" })).collect();
        let roles = match password {
            Some(_) => "system_admin system_user",
            None => "system_user system_user_access_token",
        };
        json!({ "type": "user", "user": {
            "username": name, "email": format!("{name}@example.com"), "password": password,
            "roles": roles, "teams": [{
                "name": format!("team{team}"), "roles": "team_user", "channels": channels }],
        } })
    }

    fn said(&mut self, person: usize, is_reply: bool) -> Value {
        self.at += 1 + self.dice.below(60_000) as i64;
        let message = words::message(&mut self.dice, is_reply);
        json!({ "user": name(person), "message": message, "create_at": self.at })
    }

    /// Half of what was said are replies.
    fn write_posts(&mut self, to: &mut impl Write, members: &[Vec<usize>]) -> Outcome<()> {
        for team in 0..self.people.div_ceil(TEAM) {
            let all = self.channels(team);
            for (n, (_, channel)) in all.iter().enumerate() {
                let first = team * TEAM;
                let there: Vec<usize> = (first..self.people.min(first + TEAM))
                    .filter(|person| members[*person].contains(&n))
                    .collect();
                for _ in 0..SAID / 2 {
                    let Some(author) = self.dice.pick(&there).copied() else { break };
                    let mut post = self.said(author, false);
                    let other = self.dice.pick(&there).copied().unwrap_or(author);
                    post["replies"] = json!([self.said(other, true)]);
                    post["team"] = json!(format!("team{team}"));
                    post["channel"] = json!(channel);
                    writeln!(to, "{}", json!({ "type": "post", "post": post }))?;
                }
            }
        }
        Ok(())
    }

    /// Conversations with people of the same team, who have neighbouring numbers.
    fn write_conversations(&mut self, to: &mut impl Write) -> Outcome<()> {
        for person in 0..self.people {
            let first = person / TEAM * TEAM;
            let count = TEAM.min(self.people - first);
            let place = person - first;
            let mate = |distance: usize| first + (place + distance) % count;
            let mut sets: Vec<Vec<usize>> =
                (1..=DIRECT).map(|n| vec![person, mate(n * 7)]).collect();
            if person % 4 == 0 {
                sets.push(vec![person, mate(1), mate(2), mate(3)]);
            }
            for mut set in sets {
                set.sort_unstable();
                set.dedup();
                // A small site has too few people for that.
                if set.len() < 2 || set.len() == 3 && count < 4 {
                    continue;
                }
                let names: Vec<String> = set.iter().map(|person| name(*person)).collect();
                let line = json!({ "members": names });
                writeln!(to, "{}", json!({ "type": "direct_channel", "direct_channel": line }))?;
                for _ in 0..SAID_DIRECT {
                    let author = self.dice.pick(&set).copied().unwrap_or(person);
                    let mut post = self.said(author, false);
                    post["channel_members"] = json!(names);
                    writeln!(to, "{}", json!({ "type": "direct_post", "direct_post": post }))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_town_again() {
        let write = |seed| {
            let mut bytes = Vec::new();
            let town = Town { people: 60, dice: Dice::new(seed), at: 0 };
            town.write(&mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let town = write(1);
        assert_eq!(town, write(1));
        assert_ne!(town, write(2));
        let count = |kind: &str| town.matches(&format!("\"type\":\"{kind}\"")).count();
        assert_eq!((count("team"), count("user")), (1, 61));
        assert_eq!(count("direct_channel"), 60 * DIRECT + 15);
    }
}
