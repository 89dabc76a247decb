//! Buttons, menus and dialogs: telling whoever answers for them, and showing what they say.

use axum::extract::{Path, State};
use fieldpost_access::{Caller, Permission, may_read_channel, require_team};
use fieldpost_chat::action::{self, Pressed, Update};
use fieldpost_chat::facts::{self, POLICY, denied};
use fieldpost_chat::post::ephemeral;
use fieldpost_kernel::{Audience, Event, Failure, Outcome, Work, events};
use fieldpost_model::{Id, Post, Props, looks_like_id};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::integration;
use crate::request::Body;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/posts/{post_id}/actions/{action_id}", press);
    routes.on("POST", "/api/v4/actions/dialogs/open", open);
    routes.on("POST", "/api/v4/actions/dialogs/submit", submit);
    routes.on("POST", "/api/v4/actions/dialogs/lookup", look_up);
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Chosen {
    selected_option: Option<String>,
}

async fn press(
    State(app): State<App>,
    session: Session,
    Path((post, name)): Path<(String, String)>,
    Body(chosen): Body<Chosen>,
) -> Answer<Json<Value>> {
    if !looks_like_id(&post) {
        return Err(Failure::invalid_url("post_id").into());
    }
    let (caller, post) = (session.caller(), post.parse().unwrap_or_default());
    let pressed = app.store().read(move |rows| action::pressed(rows, &caller, post, &name)).await?;
    let trigger = app.triggers().give(app.entropy().id(), caller.user, app.now());
    let asked = asked(&caller, &pressed, &trigger, chosen.selected_option);
    let said = integration::ask(&app, &pressed.action.url, &asked).await?;
    show(&app, caller, pressed, &said).await?;
    let mut answer = json!({ "status": "OK", "trigger_id": trigger });
    if let Some(goto) = said.get("goto_location").filter(|goto| goto.is_string()) {
        answer["goto_location"] = goto.clone();
    }
    Ok(Json(answer))
}

/// What whoever answers for a button is told.
fn asked(caller: &Caller, pressed: &Pressed, trigger: &str, chosen: Option<String>) -> Value {
    let Pressed { action, post, channel, team, username, .. } = pressed;
    let mut context: Map<String, Value> = serde_json::from_str(&action.context).unwrap_or_default();
    if let Some(chosen) = chosen.filter(|chosen| !chosen.is_empty()) {
        context.insert("selected_option".to_owned(), chosen.into());
    }
    json!({
        "user_id": caller.user,
        "user_name": username,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "team_id": channel.team_id,
        "team_domain": team.as_ref().map_or("", |team| team.name.as_str()),
        "post_id": post.id,
        "trigger_id": trigger,
        "type": action.kind,
        "data_source": action.source,
        "context": context,
    })
}

/// Makes of the post, and tells whoever pressed the button, what was answered.
async fn show(app: &App, caller: Caller, pressed: Pressed, said: &Value) -> Outcome<()> {
    let text = said.get("ephemeral_text").and_then(Value::as_str).unwrap_or_default();
    let about = (pressed.channel.id, pressed.post.root_id);
    let note = (!text.is_empty()).then(|| note(app, caller.user, about, text)).transpose()?;
    if let Some(update) = said.get("update").and_then(update_of) {
        let update =
            move |work: &mut Work<'_>| action::update(work, caller.user, &pressed, &update);
        if let Some(event) = app.store().write(&[], update).await? {
            app.tell(event);
        }
    }
    if let Some(event) = note {
        app.tell(event);
    }
    Ok(())
}

fn update_of(said: &Value) -> Option<Update> {
    let said = said.as_object()?;
    let props: Option<Props> = said.get("props").and_then(Value::as_object).cloned();
    let message = said.get("message").and_then(Value::as_str).map(str::to_owned);
    Some(Update { message, props })
}

/// What one person is told in a channel or thread.
fn note(app: &App, person: Id, (channel, root): (Id, Id), text: &str) -> Outcome<Event> {
    let post = Post { channel_id: channel, root_id: root, message: text.into(), ..Post::default() };
    ephemeral::note((app.entropy().id(), app.now()), person, post)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Opening {
    trigger_id: String,
    url: String,
    dialog: Map<String, Value>,
}

/// Opens a dialog for whoever gave the trigger: it is all that is asked of an integration.
async fn open(State(app): State<App>, Body(opening): Body<Opening>) -> Answer<Done> {
    let person = app.triggers().person(&opening.trigger_id, app.now())?;
    if opening.url.is_empty() {
        return Err(Failure::invalid_body("url").into());
    }
    if opening.dialog.get("title").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(Failure::invalid_body("dialog").into());
    }
    let Opening { trigger_id, url, mut dialog } = opening;
    complete(&mut dialog);
    let dialog = json!({ "trigger_id": trigger_id, "url": url, "dialog": dialog }).to_string();
    app.tell(Event::new(events::OPEN_DIALOG, Audience::user(person), json!({ "dialog": dialog })));
    Ok(Done)
}

/// The elements of a dialog that are completed; no client shows as many.
const MOST_ELEMENTS: usize = 100;

/// Says of each element of a dialog what its integration left out: clients read all of it.
fn complete(dialog: &mut Map<String, Value>) {
    dialog.retain(|_, value| !value.is_null());
    let elements = dialog.get_mut("elements").and_then(Value::as_array_mut).into_iter().flatten();
    for element in elements.take(MOST_ELEMENTS).filter_map(Value::as_object_mut) {
        for name in ["subtype", "default", "placeholder", "help_text", "data_source"] {
            fill(element, name, "".into());
        }
        fill(element, "optional", false.into());
        fill(element, "min_length", 0.into());
        fill(element, "max_length", 0.into());
        fill(element, "options", json!([]));
    }
}

fn fill(element: &mut Map<String, Value>, name: &str, with: Value) {
    let said = element.entry(name).or_insert(Value::Null);
    if said.is_null() {
        *said = with;
    }
}

/// What somebody wrote into a dialog, or is about to.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Written {
    url: String,
    callback_id: String,
    state: String,
    channel_id: String,
    team_id: String,
    submission: Map<String, Value>,
    cancelled: bool,
    #[serde(rename = "type")]
    kind: String,
}

impl Written {
    /// Passes it on to whoever answers for the dialog.
    async fn pass_on(self, app: &App, session: &Session, kind: &str) -> Outcome<Value> {
        let caller = session.caller();
        if self.url.is_empty() {
            return Err(Failure::invalid_body("url"));
        }
        let channel: Id =
            self.channel_id.parse().map_err(|_| Failure::invalid_body("channel_id"))?;
        let named: Id = self.team_id.parse().unwrap_or_default();
        let team = app
            .store()
            .read(move |rows| {
                let place = facts::channel(rows, &caller, channel)?;
                may_read_channel(&caller, &POLICY, &place.facts).map_err(denied)?;
                let of_channel = place.facts.team.map_or(Id::NONE, |team| team.id);
                let team = of_channel.some().unwrap_or(named);
                if !team.is_none() {
                    let found = facts::team(rows, &caller, team)?;
                    require_team(&caller, &found.facts, Permission::ViewTeam).map_err(denied)?;
                }
                Ok(team)
            })
            .await?;
        let body = json!({
            "type": kind,
            "url": self.url,
            "callback_id": self.callback_id,
            "state": self.state,
            "user_id": caller.user,
            "channel_id": channel,
            "team_id": team,
            "submission": self.submission,
            "cancelled": self.cancelled,
        });
        integration::ask(app, &self.url, &body).await
    }
}

/// What of an answer is passed back to a client.
fn passed_back(mut said: Value, names: &[&str]) -> Json<Value> {
    if let Some(said) = said.as_object_mut() {
        said.retain(|name, value| names.contains(&name.as_str()) && !value.is_null());
    }
    Json(said)
}

async fn submit(
    State(app): State<App>,
    session: Session,
    Body(written): Body<Written>,
) -> Answer<Json<Value>> {
    // A form that asks to be made anew says so.
    let kind = if written.kind == "refresh" { "refresh" } else { "dialog_submission" };
    let mut said = written.pass_on(&app, &session, kind).await?;
    if let Some(form) = said.get_mut("form").and_then(Value::as_object_mut) {
        complete(form);
    }
    Ok(passed_back(said, &["error", "errors", "type", "form", "goto_location"]))
}

async fn look_up(
    State(app): State<App>,
    session: Session,
    Body(written): Body<Written>,
) -> Answer<Json<Value>> {
    let said = written.pass_on(&app, &session, "dialog_lookup").await?;
    Ok(passed_back(said, &["items"]))
}
