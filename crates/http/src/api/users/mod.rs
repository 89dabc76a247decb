//! People, and how they sign in.

mod change;
mod counted;
mod elsewhere;
mod guests;
mod list;
mod mail;
mod mfa;
mod one;
mod sessions;
mod sign;

use fieldpost_access::{Permission, require_system};
use fieldpost_identity::account::site_scope;
use fieldpost_identity::credential::{HashedPassword, Password};
use fieldpost_identity::session::{self, Candidate};
use fieldpost_kernel::Outcome;
use fieldpost_model::{Id, User, View};

use crate::app::{App, apart};
use crate::auth::Session;
use crate::origin::By;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    sign::add(routes);
    one::add(routes);
    list::add(routes);
    change::add(routes);
    mail::add(routes);
    sessions::add(routes);
    mfa::add(routes);
    guests::add(routes);
    elsewhere::add(routes);
    counted::add(routes);
}

/// What a caller may see of an account: all of their own, more as an administrator.
pub(crate) fn seen_by(session: &Session, user: User) -> User {
    let view = if session.caller().user == user.id { View::Own } else { list_view(session) };
    user.sanitized(view)
}

/// What a caller sees of everybody in a list, themselves included.
pub(crate) fn list_view(session: &Session) -> View {
    if require_system(&session.caller(), Permission::ManageSystem).is_ok() {
        View::Administrator
    } else {
        OTHERS
    }
}

/// What people see of each other, until the privacy settings say otherwise.
const OTHERS: View = View::Other { email: true, full_name: true };

/// The hash of a password that may be kept.
pub(crate) async fn hash(app: &App, password: String) -> Outcome<HashedPassword> {
    let entropy = app.entropy().clone();
    app.with_password(move || Password::new(password)?.hash(&*entropy)).await?
}

/// Whether a text is the account's password. A wrong one counts, before another has its turn.
async fn shows_password(app: &App, account: Id, typed: String, by: &By) -> Outcome<bool> {
    let turn = app.password_turn().await?;
    // Others may have guessed too often while this one waited.
    let candidate = app.store().read(move |rows| session::candidate_of(rows, account)).await?;
    let Some(candidate) = candidate else { return Ok(false) };
    candidate.admissible()?;
    let Candidate { password, .. } = candidate;
    let (matches, _turn) = apart(move || (password.matches(&typed), turn)).await?;
    if !matches {
        let by = by.clone();
        app.store()
            .write(&[site_scope(account)], move |work| {
                session::note_failure(work, account)?;
                by.note(work, account, "failure - wrong password")
            })
            .await?;
    }
    Ok(matches)
}
