//! `fieldpost oauth`.

use clap::Subcommand;
use serde_json::Value;

use crate::local::{Local, Site, text};

/// Apps that are asked for at once.
const PAGE: usize = 200;

#[derive(Subcommand)]
pub(crate) enum OAuth {
    /// Lists the apps that people may let act in their name, and who made them.
    List {
        #[command(flatten)]
        site: Site,
    },
}

impl OAuth {
    pub(crate) fn run(self) -> Result<(), String> {
        match self {
            Self::List { site } => list(&site),
        }
    }
}

fn list(site: &Site) -> Result<(), String> {
    let local = Local::running(&site.data)?;
    for page in 0.. {
        let apps = local.get(&format!("/oauth/apps?page={page}&per_page={PAGE}"))?;
        let apps = apps.as_array().map(Vec::as_slice).unwrap_or_default();
        if apps.is_empty() {
            break;
        }
        let makers: Vec<&str> = apps
            .iter()
            .filter_map(|app| app["creator_id"].as_str())
            .filter(|id| !id.is_empty())
            .collect();
        let makers = local.post("/users/ids", &makers.into())?;
        for app in apps {
            println!("{}", shown(app, &makers)?);
        }
    }
    Ok(())
}

/// An app on a line. Whoever named it may have written anything, and this goes to a terminal.
fn shown(app: &Value, makers: &Value) -> Result<String, String> {
    let (id, name) = (text(app, "id")?, text(app, "name")?);
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    let makers = makers.as_array().map(Vec::as_slice).unwrap_or_default();
    let maker = makers.iter().find(|maker| maker["id"] == app["creator_id"]);
    Ok(match maker.and_then(|maker| maker["username"].as_str()) {
        Some(username) => format!("{id}: {name} (made by {username})"),
        None => format!("{id}: {name} (registered itself)"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_an_app_calls_itself_moves_no_cursor() {
        let app = json!({ "id": "x", "name": "A\u{1b}[2J\u{9b}b\n", "creator_id": "" });
        assert_eq!(shown(&app, &json!([])).unwrap(), "x: A[2Jb (registered itself)");
        let app = json!({ "id": "x", "name": "A", "creator_id": "u" });
        let makers = json!([{ "id": "u", "username": "anna" }]);
        assert_eq!(shown(&app, &makers).unwrap(), "x: A (made by anna)");
    }
}
