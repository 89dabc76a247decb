//! Posts that one person is shown, and that are kept nowhere.

use axum::extract::State;
use fieldpost_chat::post::ephemeral;
use fieldpost_kernel::Work;
use fieldpost_model::{Id, Post};
use serde::Deserialize;

use crate::answer::{Answer, Created};
use crate::app::App;
use crate::auth::Session;
use crate::request::Body;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/posts/ephemeral", show);
}

/// What is to be shown, and to whom.
#[derive(Deserialize)]
struct Shown {
    user_id: Id,
    post: Post,
}

async fn show(
    State(app): State<App>,
    session: Session,
    Body(sent): Body<Shown>,
) -> Answer<Created<Post>> {
    let caller = session.caller();
    let show = move |work: &mut Work<'_>| ephemeral::show(work, &caller, sent.user_id, &sent.post);
    let (post, event) = app.store().write(&[], show).await?;
    app.tell(event);
    Ok(Created(post))
}
