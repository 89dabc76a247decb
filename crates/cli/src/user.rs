//! `fieldpost user`.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Subcommand;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use serde_json::json;

use crate::local::{Local, Site, encoded, text};

#[derive(Subcommand)]
pub(crate) enum User {
    /// Sets the password of an account, and ends its sessions: asks for it twice, or reads a line
    /// from standard input.
    Password {
        /// The account's name.
        name: String,
        #[command(flatten)]
        site: Site,
    },
    /// Looks after second factors.
    Mfa {
        #[command(subcommand)]
        what: Mfa,
    },
    /// Confirms the e-mail address of an account, which then can be signed in to.
    Verify {
        /// The account's name.
        name: String,
        #[command(flatten)]
        site: Site,
    },
}

#[derive(Subcommand)]
pub(crate) enum Mfa {
    /// Switches an account's second factor off, for whoever lost their device.
    Reset {
        /// The account's name.
        name: String,
        #[command(flatten)]
        site: Site,
    },
}

impl User {
    pub(crate) fn run(self) -> Result<(), String> {
        match self {
            Self::Password { name, site } => password(&site, &name),
            Self::Mfa { what: Mfa::Reset { name, site } } => reset_mfa(&site, &name),
            Self::Verify { name, site } => verify(&site, &name),
        }
    }
}

fn reset_mfa(site: &Site, name: &str) -> Result<(), String> {
    let local = Local::running(&site.data)?;
    let user = local.get(&format!("/users/username/{}", encoded(name)))?;
    local.put(&format!("/users/{}/mfa", text(&user, "id")?), &json!({ "activate": false }))?;
    println!("The second factor of {} is off", text(&user, "username")?);
    Ok(())
}

fn password(site: &Site, name: &str) -> Result<(), String> {
    let local = Local::running(&site.data)?;
    let user = local.get(&format!("/users/username/{}", encoded(name)))?;
    let path = format!("/users/{}/password", text(&user, "id")?);
    local.put(&path, &json!({ "new_password": typed(name)? }))?;
    println!("The password of {} is set", text(&user, "username")?);
    Ok(())
}

fn verify(site: &Site, name: &str) -> Result<(), String> {
    let local = Local::running(&site.data)?;
    let user = local.get(&format!("/users/username/{}", encoded(name)))?;
    let path = format!("/users/{}/email/verify/member", text(&user, "id")?);
    local.post(&path, &json!({}))?;
    println!("The address of {} is confirmed", text(&user, "username")?);
    Ok(())
}

/// The password that somebody types, or that another program writes.
fn typed(name: &str) -> Result<String, String> {
    if !io::stdin().is_terminal() {
        return line();
    }
    let hidden = Hidden::begin()?;
    let first = asked(&format!("New password of {name}: "))?;
    let again = asked("The same again: ")?;
    drop(hidden);
    if first == again { Ok(first) } else { Err("they are not the same".to_owned()) }
}

fn asked(question: &str) -> Result<String, String> {
    let mut terminal = io::stderr();
    let said = terminal.write_all(question.as_bytes()).and_then(|()| terminal.flush());
    said.map_err(|error| error.to_string())?;
    let answer = line();
    // The end of the line was not shown either.
    drop(terminal.write_all(b"\n"));
    answer
}

fn line() -> Result<String, String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| error.to_string())?;
    let typed = line.strip_suffix('\n').unwrap_or(&line);
    Ok(typed.strip_suffix('\r').unwrap_or(typed).to_owned())
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> Result<Self, String> {
        let before = tcgetattr(io::stdin()).map_err(|error| error.to_string())?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)
            .map_err(|error| error.to_string())?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _terminal_is_gone = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}
