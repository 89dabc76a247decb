//! Slash commands: running them, finding out which there are, and giving teams their own.

mod custom;
mod manage;

use axum::extract::State;
use fieldpost_chat::command::{self, Act, Asked, Done, Elsewhere, Sent, arguments, suggest};
use fieldpost_identity::session;
use fieldpost_identity::status::{self, Wish};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::{Command, CommandResponse, CommandSuggestion, looks_like_id};
use serde::Deserialize;

use super::posts::query::Parameters;
use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::{Body, Ids};
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/commands/execute", execute);
    manage::add(routes);
    custom::add(routes);
    let of_team = "/api/v4/teams/{team_id}/commands";
    routes.on("GET", &format!("{of_team}/autocomplete"), suggested);
    routes.on("GET", &format!("{of_team}/autocomplete_suggestions"), suggestions);
}

/// A command as it was typed. Clients write nothing where they mean none.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Typed {
    command: String,
    channel_id: String,
    team_id: String,
    root_id: String,
}

impl Typed {
    fn sent(self) -> Outcome<Sent> {
        if !looks_like_id(&self.channel_id) || arguments::split(&self.command).is_none() {
            return Err(command::no_command());
        }
        let id = |text: &str| text.parse().unwrap_or_default();
        let (channel, root) = (id(&self.channel_id), id(&self.root_id));
        Ok(Sent { channel, root, team: id(&self.team_id), command: self.command })
    }
}

async fn execute(
    State(app): State<App>,
    session: Session,
    Body(typed): Body<Typed>,
) -> Answer<Json<CommandResponse>> {
    let (caller, sent) = (session.caller(), typed.sent()?);
    let site_url = app.settings().site_url.clone();
    let asked = app.store().read(move |rows| command::ask(rows, &caller, &sent, &site_url)).await?;
    let done = match command::built_in(&asked.trigger).map(|command| command.act) {
        None => custom::run(&app, &asked).await?,
        Some(act) => match do_it(&app, &session, &asked, act).await {
            Ok(done) => done,
            Err(failure) => tell(&app, &asked, command::reason(failure)?)?,
        },
    };
    for event in done.told {
        app.tell(event);
    }
    Ok(Json(done.response))
}

/// Does what a command of the server is for.
async fn do_it(app: &App, session: &Session, asked: &Asked, act: Act) -> Outcome<Done> {
    match act {
        Act::Here(act) => {
            let asked = asked.clone();
            app.store().write(&[], move |work| command::run(work, &asked, act)).await
        }
        Act::Elsewhere(what) => elsewhere(app, session, asked, what).await,
    }
}

/// Tells whoever typed a command something.
fn tell(app: &App, asked: &Asked, says: String) -> Outcome<Done> {
    command::tell(asked, (app.entropy().id(), app.now()), says)
}

/// Does what is not a matter of channels.
async fn elsewhere(app: &App, session: &Session, asked: &Asked, what: Elsewhere) -> Outcome<Done> {
    match what {
        Elsewhere::Status(status, says) => {
            set_status(app, session, status).await?;
            tell(app, asked, says.to_owned())
        }
        Elsewhere::CustomStatus => {
            let text = asked.text.trim();
            let cleared = text == "clear";
            if text.is_empty() {
                let says = "Say what you do: /status :emoji: text, or /status clear.";
                return tell(app, asked, says.to_owned());
            }
            let (emoji, text) = if cleared { ("", "") } else { arguments::emoji_and_text(text) };
            super::status::say(app, session, emoji, text).await.map_err(|refusal| refusal.0)?;
            let says = if cleared { "Your status is gone." } else { "Your status is set." };
            tell(app, asked, says.to_owned())
        }
        Elsewhere::Logout => {
            let (person, ended) = (session.caller().user, session.0.session.id);
            app.store().write(&[], move |work| session::close(work, person, vec![ended])).await?;
            app.forget_sessions(person);
            let goto_location = "/login".to_owned();
            let response = CommandResponse { goto_location, ..CommandResponse::default() };
            Ok(Done { response, told: Vec::new() })
        }
    }
}

async fn set_status(app: &App, session: &Session, status: &'static str) -> Outcome<()> {
    let caller = session.caller();
    let presence = app.presence().clone();
    let wish = Wish { status: status.to_owned(), dnd_end: 0 };
    app.store()
        .write(&[], move |work| status::set(work, &presence, &caller, caller.user, &wish))
        .await?;
    if status == "online" {
        app.presence().active(caller.user, app.now());
    }
    Ok(())
}

async fn suggested(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
) -> Answer<Json<Vec<Command>>> {
    let (caller, team) = (session.caller(), team.thing());
    Ok(Json(app.store().read(move |rows| suggest::commands(rows, &caller, team)).await?))
}

async fn suggestions(
    State(app): State<App>,
    session: Session,
    Ids([team]): Ids<1>,
    query: Parameters,
) -> Answer<Json<Vec<CommandSuggestion>>> {
    let (caller, team) = (session.caller(), team.thing());
    let typed = query.text("user_input").ok_or_else(|| Failure::invalid_url("user_input"))?;
    let typed = typed.to_owned();
    let found =
        app.store().read(move |rows| suggest::suggestions(rows, &caller, team, &typed)).await?;
    Ok(Json(found))
}
