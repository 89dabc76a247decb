//! Trying out how one is notified.

use fieldpost_kernel::{Outcome, Work};
use fieldpost_model::Id;
use serde_json::json;

use crate::channel;
use crate::post::system::{self, Notice};

/// Says something to a person, in the name of the system's bot, of which clients notify whatever
/// their settings.
pub fn try_out(work: &mut Work<'_>, bot: Id, person: Id) -> Outcome<()> {
    let says = "If you received this test notification, it worked!".to_owned();
    let props = json!({ "force_notification": work.random_id() });
    let conversation = channel::create::conversation(work, bot, [bot, person])?;
    system::post(work, conversation, &Notice::new("", bot, says, props).mentioning(person))
}
