//! Notifications: trying them, and hearing that a device has one.

use axum::extract::State;
use bytes::Bytes;
use fieldpost_chat::notify;
use fieldpost_identity::bot;
use fieldpost_kernel::{Failure, FailureKind};
use serde::Deserialize;

use crate::answer::{Answer, Done};
use crate::app::App;
use crate::auth::Session;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/notifications/test", test);
    routes.on("POST", "/api/v4/notifications/ack", acknowledge);
}

/// The system's bot writes to whoever asks, who is notified as of any message.
async fn test(State(app): State<App>, session: Session) -> Answer<Done> {
    let person = session.caller().user;
    let store = app.store();
    let bot = match store.write(&[], bot::system).await {
        Ok(bot) => bot,
        // Another server may have made it at the same moment; then it is there now.
        Err(_) => store.write(&[], bot::system).await?,
    };
    store.write(&[], move |work| notify::try_out(work, bot, person)).await?;
    Ok(Done)
}

/// What a device says that has shown a notification.
#[derive(Deserialize)]
struct Acknowledged {
    #[serde(default, rename = "id")]
    _id: String,
}

/// No notification is pushed from here, and so none is acknowledged.
async fn acknowledge(_: Session, body: Bytes) -> Answer<Done> {
    if serde_json::from_slice::<Acknowledged>(&body).is_err() {
        return Err(Failure::invalid(
            "api.push_notifications_ack.message.parse.app_error",
            "An error occurred building the push notification ack message.",
        )
        .into());
    }
    Err(Failure::new(
        FailureKind::NotBuilt,
        "api.push_notification.disabled.app_error",
        "Push notifications are disabled on this server.",
    )
    .into())
}
