//! `fieldpost admin`.

use clap::Subcommand;
use fieldpost_server::backup::DATABASE;
use fieldpost_server::{Config, explain};
use serde_json::Value;

use crate::local::{Local, encoded, text};
use crate::place::Place;

#[derive(Subcommand)]
pub(crate) enum Admin {
    /// Looks into notifications.
    #[command(subcommand)]
    Notify(Notify),
}

#[derive(Subcommand)]
pub(crate) enum Notify {
    /// Says how somebody would be told of a post, were it written now; and where not, why.
    Explain {
        /// The id of the post.
        post: String,
        /// The person's name.
        user: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
}

impl Admin {
    pub(crate) fn run(self) -> Result<(), String> {
        let Self::Notify(Notify::Explain { post, user, json, place }) = self;
        let explanation = found(&place, &post, &user)?;
        if json {
            println!("{explanation:#}");
        } else {
            print!("{}", shown(&user, &explanation)?);
        }
        Ok(())
    }
}

/// Asks the server, or the database of one that does not run.
fn found(place: &Place, post: &str, user: &str) -> Result<Value, String> {
    if let Some(local) = Local::find(&place.data)? {
        place.require_own_database()?;
        let path =
            format!("/fieldpost/notify/explain?post={}&name={}", encoded(post), encoded(user));
        return local.get(&path);
    }
    let settings = place.settings()?;
    if settings.database.url.is_empty() && !place.data.join(DATABASE).exists() {
        return Err(format!("there is no embedded database in {}", place.data.display()));
    }
    let config = Config::of(place.data.clone(), &settings);
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let explained = runtime.block_on(explain::stopped(&config, post, user));
    let explained = explained.map_err(|failure| failure.to_string())?;
    serde_json::to_value(&explained).map_err(|error| error.to_string())
}

/// The explanation, for people.
fn shown(user: &str, explanation: &Value) -> Result<String, String> {
    let is = |name: &str| explanation.get(name) == Some(&Value::Bool(true));
    let mut lines = format!("{user} is {}", text(explanation, "status")?);
    for (name, yes, no) in [
        ("mentioned", "mentioned by the post", "not mentioned by the post"),
        ("read", "has read it", "has not read it"),
    ] {
        lines.push_str(&format!(", {}", if is(name) { yes } else { no }));
    }
    for (name, words) in [("urgent", "and it counts as urgent"), ("follows", "follows the thread")]
    {
        if is(name) {
            lines.push_str(&format!(", {words}"));
        }
    }
    lines.push('\n');
    for way in ["desktop", "email", "push"] {
        let verdict = explanation.get(way).ok_or("the server's answer makes no sense")?;
        let words = match text(verdict, "reason")? {
            "" => "yes".to_owned(),
            reason => format!("no: {reason}"),
        };
        lines.push_str(&format!("{way:<8} {words}\n"));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_way_has_its_verdict() {
        let explanation = json!({
            "status": "away", "mentioned": true, "urgent": true, "read": false, "follows": false,
            "desktop": { "told": true, "reason": "" },
            "email": { "told": false, "reason": "they muted the channel" },
            "push": { "told": false, "reason": "this site pushes nothing" },
        });
        assert_eq!(
            shown("anna", &explanation).unwrap(),
            "anna is away, mentioned by the post, has not read it, and it counts as urgent\n\
             desktop  yes\nemail    no: they muted the channel\n\
             push     no: this site pushes nothing\n"
        );
    }
}
