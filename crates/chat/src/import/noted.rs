//! What is noted of posts: how much they matter, and who acknowledged them.

use fieldpost_kernel::{Failure, Outcome, Work};
use fieldpost_model::{Id, Millis, PostPriority};

use super::person;
use crate::channel;
use crate::post::acknowledge::{self, PostAcknowledged};
use crate::post::flash::PostFlashed;
use crate::post::priority::{PostPrioritized, Priority};

/// Says of a post that is new how much it matters, in the name of its author.
pub fn priority(
    work: &mut Work<'_>,
    (channel, post): (Id, Id),
    author: &str,
    from: &PostPriority,
) -> Outcome<()> {
    let Some(priority) = Priority::asked(Some(from)) else { return Ok(()) };
    if !priority.fits() {
        return Err(Failure::invalid(
            "api.fieldpost.import.priority",
            format!("{:?} is not a priority", from.priority),
        ));
    }
    let author = person(work, author)?;
    let scope = channel::scope_of(work, channel)?;
    work.emit(scope, author, &PostPrioritized { post, priority })?;
    if from.flash && from.priority == "urgent" {
        work.emit(scope, author, &PostFlashed { post })?;
    }
    Ok(())
}

/// Adds an acknowledgement to a post, unless the person acknowledged it already.
pub fn acknowledgement(
    work: &mut Work<'_>,
    (channel, post): (Id, Id),
    by: &str,
    at: Millis,
) -> Outcome<()> {
    let person = person(work, by)?;
    if acknowledge::find(work, post, person)?.is_none() {
        let scope = channel::scope_of(work, channel)?;
        work.emit(scope, person, &PostAcknowledged { post, person, imported_at: at })?;
    }
    Ok(())
}
