//! `fieldpost mail`.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::local::{Local, Site};

#[derive(Subcommand)]
pub(crate) enum Mail {
    /// Sends a mail to an address, and returns once the mail server has taken it.
    Test {
        /// Where to.
        address: String,
        #[command(flatten)]
        site: Site,
    },
    /// Shows what waits, what was sent, and what was given up and why.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        site: Site,
    },
}

impl Mail {
    pub(crate) fn run(self) -> Result<(), String> {
        match self {
            Self::Test { address, site } => {
                let local = Local::running(&site.data)?;
                local.post("/fieldpost/mail/test", &json!({ "address": address }))?;
                println!("The mail server has taken a mail to {address}");
                Ok(())
            }
            Self::Status { json, site } => {
                let status = Local::running(&site.data)?.get("/fieldpost/mail")?;
                if json {
                    println!("{status:#}");
                } else {
                    print!("{}", shown(&status));
                }
                Ok(())
            }
        }
    }
}

/// How mail goes, for people.
fn shown(status: &Value) -> String {
    let number = |name: &str| status.get(name).and_then(Value::as_i64).unwrap_or_default();
    let words = |of: &Value, name: &str| {
        of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut lines = String::new();
    if status.get("on") != Some(&Value::Bool(true)) {
        lines.push_str("No mail is sent: mail.server is not set\n");
    }
    lines.push_str(&format!("waiting   {}\n", number("waiting")));
    lines.push_str(&format!("sent      {}\n", number("sent")));
    lines.push_str(&format!("given up  {}\n", number("given_up")));
    let last = words(status, "last_error");
    if !last.is_empty() {
        lines.push_str(&format!("last error of one that waits: {last}\n"));
    }
    for lost in status.get("failures").and_then(Value::as_array).into_iter().flatten() {
        lines.push_str(&format!("given up: {}: {}\n", words(lost, "kind"), words(lost, "error")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_is_shown_with_its_reason() {
        let status = json!({
            "on": true, "waiting": 2, "sent": 5, "given_up": 1, "last_error": "451 later",
            "failures": [{ "kind": "invitation", "failed_at": 1, "error": "550 nobody" }],
        });
        assert_eq!(
            shown(&status),
            "waiting   2\nsent      5\ngiven up  1\nlast error of one that waits: 451 later\n\
             given up: invitation: 550 nobody\n"
        );
        assert!(shown(&json!({ "on": false })).starts_with("No mail is sent"));
    }
}
