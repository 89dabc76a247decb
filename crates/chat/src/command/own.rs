//! Commands about what somebody sees for themselves.

use fieldpost_kernel::{Outcome, Work};
use fieldpost_model::Preference;

use super::{Asked, Reply, RunReply};
use crate::preference::update;

/// Shows images behind links no more until they are asked for.
pub(super) fn collapse(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    set(work, asked, true)
}

/// Shows images behind links.
pub(super) fn expand(work: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    set(work, asked, false)
}

fn set(work: &mut Work<'_>, asked: &Asked, collapsed: bool) -> Outcome<RunReply> {
    let person = asked.caller.user;
    let preference = Preference {
        user_id: person,
        category: "display_settings".to_owned(),
        name: "collapse_previews".to_owned(),
        value: collapsed.to_string(),
    };
    update::write(work, &asked.caller, person, std::slice::from_ref(&preference))?;
    let says = if collapsed {
        "Image previews are closed from now on, until you open one."
    } else {
        "Image previews are open from now on."
    };
    Ok(RunReply(Reply::Set { says: says.to_owned(), preference }))
}

/// Answers where a client did not do by itself what only a client can.
pub(super) fn of_the_client(_: &mut Work<'_>, asked: &Asked) -> Outcome<RunReply> {
    let says = format!("This client does not know /{}.", asked.trigger);
    Ok(RunReply(Reply::Told(says)))
}
