//! A site with people in it, each with a secret of their own.

use std::io::{BufWriter, Write};
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::Outcome;
use crate::bench::Bench;
use crate::client::{Client, text};
use crate::server::{Place, Server};

/// The name and password of the administrator.
pub(crate) const ADMIN: (&str, &str) = ("ada", "correct horse battery");

/// The team and the channel that everybody is in.
pub(crate) const TEAM: &str = "field";
pub(crate) const CHANNEL: &str = "ops";

/// How many are asked for at once.
const AT_ONCE: usize = 100;

/// Somebody who uses the API.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// A running site's people and the channel that all of them are in.
pub(crate) struct Crowd {
    pub(crate) channel: String,
    pub(crate) people: Vec<Person>,
}

/// Makes the administrator's account on an empty site.
pub(crate) async fn sign_up(client: &mut Client) -> Outcome<()> {
    let account = json!({
        "username": ADMIN.0, "email": "ada@example.com", "password": ADMIN.1,
    });
    client.post("/users", &account).await?.expect(201)?;
    Ok(())
}

/// The line of a bulk file for somebody in a team's channels.
pub(crate) fn user_line(name: &str, password: Option<&str>, channels: &[String]) -> Value {
    let channels: Vec<Value> =
        channels.iter().map(|name| json!({ "name": name, "roles": "channel_user" })).collect();
    let roles = match password {
        Some(_) => "system_admin system_user",
        None => "system_user system_user_access_token",
    };
    json!({ "type": "user", "user": {
        "username": name, "email": format!("{name}@example.com"), "password": password,
        "roles": roles, "teams": [{ "name": TEAM, "roles": "team_user", "channels": channels }],
    } })
}

/// The first lines of a bulk file: the team, channels, the administrator and people in them.
pub(crate) fn first_lines(channels: &[String], people: usize) -> Vec<Value> {
    let mut lines = vec![
        json!({ "type": "version", "version": 1 }),
        json!({ "type": "team", "team": {
            "name": TEAM, "display_name": "Field", "type": "O", "allow_open_invite": true } }),
    ];
    lines.extend(channels.iter().map(|name| {
        json!({ "type": "channel", "channel": {
            "team": TEAM, "name": name, "display_name": name, "type": "O" } })
    }));
    lines.push(user_line(ADMIN.0, Some(ADMIN.1), channels));
    lines.extend((0..people).map(|n| user_line(&person(n), None, channels)));
    lines
}

/// The username of somebody of the crowd.
pub(crate) fn person(number: usize) -> String {
    format!("person{number}")
}

/// Puts people into an empty place, starts a server on it, and gives everybody a secret.
pub(crate) async fn gather(
    bench: &Bench,
    place: &Place,
    people: usize,
) -> Outcome<(Server, Crowd)> {
    populate(bench, place, people)?;
    let server = place.start(bench)?;
    let crowd = meet(server.address, people).await?;
    Ok((server, crowd))
}

/// Puts people into an empty place.
///
/// They come with a bulk file: making so many accounts with passwords takes minutes, because
/// hashing a password is slow on purpose.
pub(crate) fn populate(bench: &Bench, place: &Place, people: usize) -> Outcome<()> {
    let mut file = tempfile::NamedTempFile::new_in(&bench.kept)?;
    let mut writer = BufWriter::new(file.as_file_mut());
    for line in first_lines(&[CHANNEL.to_owned()], people) {
        writeln!(writer, "{line}")?;
    }
    writer.flush()?;
    drop(writer);
    place.import(bench, file.path())?;
    Ok(())
}

/// Gives a secret to everybody of a running site.
pub(crate) async fn meet(address: SocketAddr, people: usize) -> Outcome<Crowd> {
    let mut client = Client::open(address, "").await?;
    let (token, _) = client.sign_in(ADMIN.0, ADMIN.1).await?;
    let mut admin = Client::open(address, &token).await?;
    let found = admin.get(&format!("/teams/name/{TEAM}/channels/name/{CHANNEL}")).await?;
    let channel = text(&found.expect(200)?, "id")?;
    let names: Vec<String> = (0..people).map(person).collect();
    let mut crowd = Crowd { channel, people: Vec::new() };
    for names in names.chunks(AT_ONCE) {
        let found = admin.post("/users/usernames", &json!(names)).await?.expect(200)?;
        for user in found.as_array().into_iter().flatten() {
            let id = text(user, "id")?;
            let path = format!("/users/{id}/tokens");
            let made = admin.post(&path, &json!({ "description": "bench" })).await?.expect(200)?;
            crowd.people.push(Person { id, token: text(&made, "token")? });
        }
    }
    if crowd.people.len() != people {
        return Err(format!("{} people of {people}", crowd.people.len()).into());
    }
    Ok(crowd)
}
