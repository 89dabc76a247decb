//! Whether mail goes: for administrators who set it up.

use axum::extract::State;
use fieldpost_access::{Permission, require_system};
use fieldpost_chat::facts::denied;
use fieldpost_identity::account;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_mail::{Block, Mail, Page};

use crate::answer::{Answer, Done};
use crate::app::App;
use crate::auth::Session;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/email/test", test);
}

/// Sends a mail to whoever asks. The settings that clients send along are not taken: what is tried
/// is what is in force.
async fn test(State(app): State<App>, session: Session) -> Answer<Done> {
    require_system(&session.caller(), Permission::TestEmail).map_err(denied)?;
    let user = session.caller().user;
    let found = app.store().read(move |rows| account::by_id(rows, user)).await?;
    let address = found.map(|user| user.email).unwrap_or_default();
    send_test(&app, &address).await?;
    Ok(Done)
}

/// Sends a mail that says that mail goes, and returns once the mail server has it.
pub async fn send_test(app: &App, address: &str) -> Outcome<()> {
    let Some(sender) = app.sender() else {
        return Err(Failure::invalid(
            "api.admin.test_email.missing_server",
            "This server sends no e-mail: mail.server is not set.",
        ));
    };
    if fieldpost_text::name::check_email(&address.to_lowercase()).is_err() {
        return Err(Failure::invalid_body("address"));
    }
    let name = &app.settings().site_name;
    let says = "It appears your Fieldpost e-mail is set up correctly.";
    let mail = Mail {
        id: app.entropy().id(),
        to: address.to_owned(),
        subject: format!("[{name}] A test of e-mail"),
        page: Page::new("E-mail works").with(Block::Text(says.to_owned())),
        thread: None,
    };
    sender.send(&mail, app.now()).await.map_err(|undelivered| {
        Failure::new(
            FailureKind::Unavailable,
            "api.fieldpost.mail.undelivered",
            format!("The mail server did not take the mail: {}", undelivered.why),
        )
    })
}
