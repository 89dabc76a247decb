//! Making, changing and listing apps.

use fieldpost_access::{
    Caller, Permission, may_manage_oauth_app, may_trust_oauth_app, require_system,
};
use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, OAuthApp};

use super::change::{OAuthAppDeleted, OAuthAppSaved, OAuthSecretSet, OAuthTakenBack};
use super::{
    COLUMNS, LONGEST_ADDRESS, LONGEST_DESCRIPTION, LONGEST_ICON, LONGEST_LIST, LONGEST_NAME,
    MOST_APPS, app_of, no_app, redirect, scope,
};
use crate::account::site_scope;
use crate::session::Token;
use crate::target::denied;

/// An app without its secret, as everybody may know of it who is asked to let it in.
pub fn find(rows: &mut dyn Rows, id: Id) -> Outcome<OAuthApp> {
    let sql = format!("SELECT {COLUMNS} FROM oauth_app WHERE id = ?1");
    rows.first(&sql, params![&id], app_of)?.ok_or_else(no_app)
}

/// An app that the caller may manage.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<OAuthApp> {
    // Whoever has nothing to do with apps is not told which there are.
    require_system(caller, Permission::ManageOauth).map_err(denied)?;
    let app = find(rows, id)?;
    may_manage_oauth_app(caller, app.creator_id).map_err(denied)?;
    Ok(app)
}

/// A page of the apps that the caller may manage, oldest first.
pub fn list(
    rows: &mut dyn Rows,
    caller: &Caller,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<OAuthApp>> {
    require_system(caller, Permission::ManageOauth).map_err(denied)?;
    let all = require_system(caller, Permission::ManageSystemWideOauth).is_ok();
    let creator = (!all).then_some(caller.user);
    let sql = format!(
        "SELECT {COLUMNS} FROM oauth_app WHERE (CAST(?1 AS BLOB) IS NULL OR creator = ?1) \
         ORDER BY key LIMIT ?2 OFFSET ?3"
    );
    rows.all(&sql, params![creator.as_ref(), limit, offset], app_of)
}

/// Makes an app, and gives it with its secret, which nobody can ask for again.
pub fn create(work: &mut Work<'_>, caller: &Caller, new: &OAuthApp) -> Outcome<OAuthApp> {
    require_system(caller, Permission::ManageOauth).map_err(denied)?;
    if new.is_trusted {
        may_trust_oauth_app(caller).map_err(denied)?;
    }
    require_sound(new)?;
    let made = OAuthApp {
        id: Id::NONE,
        creator_id: caller.user,
        is_dynamically_registered: false,
        ..new.clone()
    };
    make(work, caller.user, &made)
}

/// Makes an app, if there is room for one more.
pub(super) fn make(work: &mut Work<'_>, author: Id, app: &OAuthApp) -> Outcome<OAuthApp> {
    // Those that register themselves must not take the places of the others.
    let sql = "SELECT count(*) FROM oauth_app WHERE is_dynamic = ?1";
    if work.count(sql, params![app.is_dynamically_registered])? >= MOST_APPS {
        return Err(Failure::invalid(
            "api.fieldpost.too_many_kept",
            format!("There are as many apps as there may be ({MOST_APPS}). Remove some first."),
        ));
    }
    let id = work.random_id();
    save(work, author, &OAuthApp { id, ..app.clone() })?;
    if app.is_public { find(work, id) } else { give_secret(work, author, id) }
}

/// Changes an app. Who made it, its secret and whether it can keep one stay.
pub fn update(work: &mut Work<'_>, caller: &Caller, id: Id, new: &OAuthApp) -> Outcome<OAuthApp> {
    let app = one(work, caller, id)?;
    require_sound(new)?;
    // Whoever may not say whom to trust leaves it as it is.
    let is_trusted = match may_trust_oauth_app(caller) {
        Ok(()) => new.is_trusted,
        Err(_) => app.is_trusted,
    };
    let changed = OAuthApp {
        id,
        creator_id: app.creator_id,
        is_trusted,
        is_public: app.is_public,
        is_dynamically_registered: app.is_dynamically_registered,
        ..new.clone()
    };
    save(work, caller.user, &changed)?;
    find(work, id)
}

/// Gives an app another secret: the old one is good for nothing, and the tokens that it has stay.
pub fn regenerate(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<OAuthApp> {
    let app = one(work, caller, id)?;
    if app.is_public {
        return Err(Failure::invalid(
            "api.oauth.regenerate_secret.public_client.app_error",
            "A public app has no secret.",
        ));
    }
    give_secret(work, caller.user, id)
}

fn give_secret(work: &mut Work<'_>, author: Id, id: Id) -> Outcome<OAuthApp> {
    let secret = Token::new(work);
    work.emit(scope(id), author, &OAuthSecretSet { hash: secret.digest() })?;
    Ok(OAuthApp { client_secret: secret.reveal().to_owned(), ..find(work, id)? })
}

/// Deletes an app: whoever let it in, it acts for nobody any more. Gives who that was.
pub fn delete(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<Vec<Id>> {
    one(work, caller, id)?;
    let people = work.all(
        "SELECT account.id FROM oauth_grant g JOIN account ON account.key = g.account_key \
         WHERE g.app = ?1 ORDER BY account.key",
        params![&id],
        |row| row.id(0),
    )?;
    for person in &people {
        work.emit(site_scope(*person), caller.user, &OAuthTakenBack { app: id })?;
    }
    work.emit(scope(id), caller.user, &OAuthAppDeleted)?;
    Ok(people)
}

fn save(work: &mut Work<'_>, author: Id, app: &OAuthApp) -> Outcome<()> {
    let saved = OAuthAppSaved {
        creator: app.creator_id,
        name: app.name.trim().to_owned(),
        description: app.description.clone(),
        icon_url: app.icon_url.clone(),
        callback_urls: app.callback_urls.clone(),
        homepage: app.homepage.clone(),
        trusted: app.is_trusted,
        public: app.is_public,
        dynamic: app.is_dynamically_registered,
    };
    work.emit(scope(app.id), author, &saved)?;
    Ok(())
}

/// Refuses what no app may be.
pub(super) fn require_sound(app: &OAuthApp) -> Outcome<()> {
    let refuse = |id, says: &'static str| Err(Failure::invalid(id, says));
    let long = |text: &str, most: usize| text.chars().count() > most;
    if app.name.trim().is_empty() || long(&app.name, LONGEST_NAME) {
        return refuse("model.oauth.is_valid.name.app_error", "A name has 1 to 64 letters.");
    }
    if long(&app.description, LONGEST_DESCRIPTION) {
        return refuse(
            "model.oauth.is_valid.description.app_error",
            "A description has at most 512 letters.",
        );
    }
    if !is_list(&app.callback_urls, redirect::is_sound) {
        return refuse(
            "model.oauth.is_valid.callback.app_error",
            "There must be addresses to be sent back to, each beginning with http:// or https:// \
             and without a fragment, of 1024 bytes at most together.",
        );
    }
    if app.homepage.len() > LONGEST_ADDRESS || !redirect::is_sound(&app.homepage) {
        return refuse(
            "model.oauth.is_valid.homepage.app_error",
            "The home page must be an address that begins with http:// or https://.",
        );
    }
    let icon = &app.icon_url;
    let web = |url: &String| url.starts_with("http://") || url.starts_with("https://");
    if !icon.is_empty() && (icon.len() > LONGEST_ICON || !web(icon)) {
        return refuse(
            "model.oauth.is_valid.icon_url.app_error",
            "The picture must be an address that begins with http:// or https://.",
        );
    }
    Ok(())
}

/// Whether a list of places to be sent back to may be kept.
pub(super) fn is_list(urls: &[String], each: impl Fn(&str) -> bool) -> bool {
    let length: usize = urls.iter().map(String::len).sum();
    !urls.is_empty() && length <= LONGEST_LIST && urls.iter().all(|url| each(url))
}
