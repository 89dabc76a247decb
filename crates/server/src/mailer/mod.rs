//! Sends the mail that waits.

mod compose;
mod news;
mod notifier;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use fieldpost_http::{App, LocalAdministrator, refusal, send_test};
use fieldpost_identity::presence::Presence;
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_mail::queue::{self, Claimed};
use fieldpost_mail::{Mail, Sender, notice};
use fieldpost_store::Store;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval};

use self::compose::Composer;
use crate::site::Config;

/// How often it is looked whether anything is to be sent.
const LOOK: Duration = Duration::from_secs(2);

/// Sends the mail that waits, one after another.
///
/// Of several servers on one database every one looks, and each mail is sent by the one that claims
/// it first.
#[derive(Clone)]
pub struct Mailer(Arc<Shared>);

struct Shared {
    store: Store,
    sender: Option<Sender>,
    composer: Composer,
    /// Whether people are told of what was written to them.
    notifies: bool,
    /// Whether addresses have to be confirmed.
    verifies: bool,
    presence: Arc<Presence>,
    /// Whoever is at it.
    turn: Mutex<()>,
}

/// What became of the letter whose turn it was.
enum Tried {
    /// There was none.
    Nothing,
    /// It is out of the way.
    Done,
    /// It waits for another try, and the others may have to as well.
    Waits,
}

impl Mailer {
    /// The mailer of a site; it lends the API its way to the mail server.
    pub(crate) fn new(config: &Config, store: &Store, app: &App) -> Outcome<Self> {
        let sender = Sender::new(&config.mail)?;
        if let Some(sender) = &sender {
            app.mail_by(sender.clone());
        }
        let composer = Composer::new(config);
        Ok(Self(Arc::new(Shared {
            store: store.clone(),
            sender,
            composer,
            notifies: config.mail.notifications,
            verifies: config.mail.verify,
            presence: Arc::clone(app.presence()),
            turn: Mutex::default(),
        })))
    }

    /// Looks again and again, for as long as the site runs.
    pub(crate) async fn keep_looking(self) {
        if self.0.sender.is_none() {
            return;
        }
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(failure) = self.look().await {
                tracing::warn!(%failure, "the mail waits");
            }
        }
    }

    /// Sends what is to be sent by now; stops where the mail server does not take a mail at the
    /// moment.
    pub async fn look(&self) -> Outcome<()> {
        let Some(sender) = &self.0.sender else { return Ok(()) };
        let _turn = self.0.turn.lock().await;
        let store = &self.0.store;
        if self.0.notifies {
            // Whatever it is, the mail that waits already goes.
            if let Err(failure) = self.notify().await {
                tracing::warn!(%failure, "nobody is told of what was written");
            }
        }
        loop {
            let now = store.now();
            if !store.read(move |rows| queue::is_due(rows, now)).await? {
                return Ok(());
            }
            match self.try_next(sender).await? {
                Tried::Done => {}
                Tried::Nothing | Tried::Waits => return Ok(()),
            }
        }
    }

    /// Finds whom to tell of what is new, and makes letters for those whose time has come.
    async fn notify(&self) -> Outcome<()> {
        let store = &self.0.store;
        notifier::follow(store, &self.0.presence, self.0.verifies).await?;
        let now = store.now();
        while store.read(move |rows| notice::is_due(rows, now)).await? {
            let untold = store.write(&[], notice::gather).await?;
            if untold > 0 {
                tracing::warn!(untold, "people are not told: too many mails wait");
            }
        }
        Ok(())
    }

    async fn try_next(&self, sender: &Sender) -> Outcome<Tried> {
        let store = &self.0.store;
        let composer = self.0.composer.clone();
        // Claimed and composed in one: what a link in it grants is granted when the mail goes.
        let next = store.write(&[], move |work| {
            let Some(claimed) = queue::claim(work)? else { return Ok(None) };
            let mail = composer.compose(work, &claimed)?;
            if mail.is_none() {
                queue::drop_it(work, &claimed)?;
            }
            Ok(Some((claimed, mail)))
        });
        match next.await? {
            None => Ok(Tried::Nothing),
            Some((_, None)) => Ok(Tried::Done),
            Some((claimed, Some(mail))) => self.send(sender, claimed, &mail).await,
        }
    }

    async fn send(&self, sender: &Sender, claimed: Claimed, mail: &Mail) -> Outcome<Tried> {
        let store = &self.0.store;
        let kind = claimed.letter.kind();
        let Err(undelivered) = sender.send(mail, store.now()).await else {
            store.write(&[], move |work| queue::sent(work, &claimed)).await?;
            return Ok(Tried::Done);
        };
        let (for_good, why) = (undelivered.for_good, undelivered.why.clone());
        let given_up =
            store.write(&[], move |work| queue::failed(work, &claimed, for_good, &why)).await?;
        let why = undelivered.why;
        if given_up {
            tracing::error!(kind, why, "a mail was given up");
        } else {
            tracing::warn!(kind, why, "a mail waits for another try");
        }
        Ok(if for_good { Tried::Done } else { Tried::Waits })
    }
}

/// The routes by which an administrator sees how mail goes, for the site's own socket alone.
pub(crate) fn router(mailer: Mailer) -> Router<App> {
    let status = move |_: LocalAdministrator| {
        let mailer = mailer.clone();
        async move { status(&mailer).await }
    };
    Router::new()
        .route("/api/v4/fieldpost/mail", get(status))
        .route("/api/v4/fieldpost/mail/test", post(test))
}

async fn status(mailer: &Mailer) -> Response {
    match mailer.0.store.read(queue::status).await {
        Ok(status) => {
            let mut shown = json!(status);
            shown["on"] = json!(mailer.0.sender.is_some());
            Json(shown).into_response()
        }
        Err(failure) => refusal(failure),
    }
}

#[derive(Deserialize)]
struct Test {
    address: String,
}

async fn test(_: LocalAdministrator, State(app): State<App>, body: Bytes) -> Response {
    let Ok(test) = serde_json::from_slice::<Test>(&body) else {
        return refusal(Failure::invalid_body("address"));
    };
    match send_test(&app, &test.address).await {
        Ok(()) => Json(json!({ "status": "OK" })).into_response(),
        Err(failure) => refusal(failure),
    }
}
