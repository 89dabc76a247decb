//! Where messages are that were written at this site, for those who read them.

use axum::extract::State;
use fieldpost_kernel::Failure;
use fieldpost_link::whereabouts;
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::Body;
use crate::routes::Routes;

/// Posts of which is told at once where they are.
const MOST: usize = 200;

/// Where a post is that was written at this site.
#[derive(Serialize)]
struct Whereabouts {
    post_id: Id,
    /// The sites that share its channel.
    sites: Vec<At>,
}

/// Whether a site has a post.
#[derive(Serialize)]
struct At {
    /// What the site is called here.
    site: String,
    /// Whether it is known to have it.
    there: bool,
}

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/fieldpost/link/whereabouts", asked);
}

#[derive(Deserialize)]
struct Asked {
    channel_id: Id,
    post_ids: Vec<Id>,
}

async fn asked(
    State(app): State<App>,
    session: Session,
    Body(Asked { channel_id, post_ids }): Body<Asked>,
) -> Answer<Json<Vec<Whereabouts>>> {
    if post_ids.len() > MOST {
        return Err(Failure::invalid_body("post_ids").into());
    }
    let (store, person) = (app.store(), session.caller().user);
    let own = store.site().id;
    let found =
        store.read(move |rows| whereabouts(rows, own, (channel_id, person), &post_ids)).await?;
    let told = found.into_iter().map(|post| Whereabouts {
        post_id: post.post,
        sites: post.sites.into_iter().map(|(site, there)| At { site, there }).collect(),
    });
    Ok(Json(told.collect()))
}
