//! Sidebars: how a person groups the channels of a team.
//!
//! The three default categories are always there and are written only once somebody changes them.
//! A channel is in one category: where it was last put, or else in the default one of its kind.

mod change;
pub mod list;
pub mod update;

use fieldpost_kernel::{Failure, Features};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::Id;

pub use self::change::{About, CategoryState, Placement, SidebarEdited};

pub(crate) fn register(features: &mut Features) {
    change::register(features);
}

fn scope(person: Id) -> Scope {
    Scope::new(ScopeKind::Private, person)
}

/// The id of one of the default categories.
fn default_id(kind: &str, person: Id, team: Id) -> String {
    format!("{kind}_{person}_{team}")
}

/// There is no such category in this sidebar.
pub fn no_category() -> Failure {
    Failure::not_found(
        "app.channel.sidebar_categories.app_error",
        "There is no such category in this sidebar.",
    )
}
