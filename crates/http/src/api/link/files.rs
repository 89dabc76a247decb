//! Files that are not here yet: which come by themselves, and asking for the others.

use axum::extract::{Path, State};
use fieldpost_access::Caller;
use fieldpost_chat::file::{Stored, read};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows};
use fieldpost_link::budget::Most;
use fieldpost_link::files::Asked;
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

use super::budget::most;
use super::linker;
use crate::answer::{Answer, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::Body;
use crate::routes::Routes;

/// Files of which is told at once where they are.
const MOST: usize = 200;

/// Which files come over a link by themselves, as an administrator of this side has set it.
#[derive(Debug, Clone, Serialize)]
pub struct LinkFiles {
    /// Bytes of the largest; nothing if it may be as large as files may be here.
    pub largest: Option<u64>,
    /// The same while all there is are thin datagrams.
    pub largest_thin: Option<u64>,
    /// Their media types, each whole or as `image/*`; any, if there is none.
    pub types: Vec<String>,
    /// Bytes of the largest that the peer is given; nothing for no limit.
    pub gives_largest: Option<u64>,
    /// The media types that it is given; any, if there is none.
    pub gives_types: Vec<String>,
    /// How many files wait to be asked for, or for a better line.
    pub waiting: u64,
    /// How many bytes these have.
    pub waiting_bytes: u64,
}

/// Whether something is here.
#[derive(Debug, Clone)]
pub struct FileBody {
    /// `here`, `comes`, `waits` or `missing`.
    pub state: &'static str,
    /// Why it waits: `size`, `thin` or `type`; empty otherwise.
    pub why: &'static str,
    /// Whether somebody asked for it.
    pub asked: bool,
    /// From which site it comes; empty if it is here or missing.
    pub site: String,
    /// Bytes of it that are here, if not all are.
    pub received: u64,
}

/// Where a file is, and its preview.
#[derive(Serialize)]
struct Whereabouts {
    file_id: Id,
    /// `here`, `comes`, `waits` or `missing`.
    state: &'static str,
    /// Why it waits: `size`, `thin` or `type`; empty otherwise.
    why: &'static str,
    /// Whether somebody asked for it.
    asked: bool,
    /// From which site it comes.
    site: String,
    /// Bytes of it that are here, if not all are.
    received: u64,
    /// Bytes that it has.
    size: i64,
    /// The state of its preview; empty if it has none of its own.
    preview: &'static str,
    /// Whether somebody asked for the preview.
    preview_asked: bool,
}

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/fieldpost/link/files", told);
    routes.on("POST", "/api/v4/fieldpost/link/fetch", fetch);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/files", set);
}

#[derive(Deserialize)]
struct Policy {
    #[serde(default, deserialize_with = "most")]
    largest: Option<Most>,
    #[serde(default, deserialize_with = "most")]
    largest_thin: Option<Most>,
    types: Option<Vec<String>>,
    #[serde(default, deserialize_with = "most")]
    gives_largest: Option<Most>,
    gives_types: Option<Vec<String>>,
}

async fn set(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
    Body(policy): Body<Policy>,
) -> Answer<Done> {
    let Policy { largest, largest_thin, types, gives_largest, gives_types } = policy;
    let asked = Asked { largest, largest_thin, types, gives_largest, gives_types };
    linker(&app)?.set_files(session.caller(), peer, asked).await?;
    Ok(Done)
}

#[derive(Deserialize)]
struct Which {
    file_ids: Vec<Id>,
}

async fn told(
    State(app): State<App>,
    session: Session,
    Body(Which { file_ids }): Body<Which>,
) -> Answer<Json<Vec<Whereabouts>>> {
    let files = readable(&app, session.caller(), file_ids).await?;
    Ok(Json(whereabouts(&app, files).await?))
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Question {
    file_ids: Vec<Id>,
    /// Whether the preview alone is wanted.
    #[serde(default)]
    preview: bool,
    /// Whether it is asked for, or that is taken back.
    #[serde(default = "yes")]
    wanted: bool,
}

async fn fetch(
    State(app): State<App>,
    session: Session,
    Body(Question { file_ids, preview, wanted }): Body<Question>,
) -> Answer<Json<Vec<Whereabouts>>> {
    let files = readable(&app, session.caller(), file_ids).await?;
    let part = |file: &Stored| if preview { own_preview(file) } else { Some(file.content) };
    let contents: Vec<[u8; 32]> = files.iter().filter_map(part).collect();
    linker(&app)?.ask_for(contents, wanted).await?;
    Ok(Json(whereabouts(&app, files).await?))
}

/// Those of some files that somebody may read.
async fn readable(app: &App, caller: Caller, ids: Vec<Id>) -> Outcome<Vec<Stored>> {
    if ids.len() > MOST {
        return Err(Failure::invalid_body("file_ids"));
    }
    let one = move |rows: &mut dyn Rows, id| match read::one(rows, &caller, id) {
        Ok(file) => Ok(Some(file)),
        Err(Failure { kind: FailureKind::NotFound | FailureKind::Forbidden, .. }) => Ok(None),
        Err(failure) => Err(failure),
    };
    let all = move |rows: &mut dyn Rows| {
        let found: Outcome<Vec<Option<Stored>>> = ids.iter().map(|id| one(rows, *id)).collect();
        Ok(found?.into_iter().flatten().collect())
    };
    app.store().read(all).await
}

/// The preview of a file, unless that is the file itself.
fn own_preview(file: &Stored) -> Option<[u8; 32]> {
    file.preview.filter(|preview| *preview != file.content)
}

async fn whereabouts(app: &App, files: Vec<Stored>) -> Outcome<Vec<Whereabouts>> {
    let contents = files.iter().flat_map(|file| [Some(file.content), own_preview(file)]);
    let mut bodies = linker(app)?.bodies(contents.flatten().collect()).await?.into_iter();
    let mut told = Vec::new();
    for file in files {
        let Some(whole) = bodies.next() else { break };
        let preview = own_preview(&file).and_then(|_| bodies.next());
        told.push(Whereabouts {
            file_id: file.info.id,
            state: whole.state,
            why: whole.why,
            asked: whole.asked,
            site: whole.site,
            received: whole.received,
            size: file.info.size,
            preview: preview.as_ref().map_or("", |preview| preview.state),
            preview_asked: preview.is_some_and(|preview| preview.asked),
        });
    }
    Ok(told)
}
