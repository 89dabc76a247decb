//! Properties by which a post says that a program wrote it: people's posts have none of them.

use fieldpost_model::Props;

/// Clients show such a post under the name and picture it gives, and outgoing webhooks are not told
/// of it.
const MARKS: [&str; 8] = [
    "from_bot",
    "from_oauth_app",
    "from_plugin",
    "from_webhook",
    "override_icon_emoji",
    "override_icon_url",
    "override_username",
    "webhook_display_name",
];

/// What a program does not say of its own posts either: the server does, or nobody.
const RESERVED: [&str; 5] = [
    "add_channel_member",
    "attachments",
    "force_notification",
    "from_oauth_app",
    "silent_notification",
];

/// Takes off what a program sent all that is not its own to say: who posts, and how it is shown.
pub(crate) fn restrict(props: &mut Props) {
    unmark(props);
    for reserved in RESERVED {
        props.remove(reserved);
    }
}

/// Takes the marks of a program off what a person sent.
pub fn unmark(props: &mut Props) {
    for mark in MARKS {
        props.remove(mark);
    }
}

/// Says of a post that an app wrote it, in the name of somebody who lets it.
pub fn mark_app(props: &mut Props) {
    props.insert("from_oauth_app".to_owned(), "true".into());
}

/// Leaves a post those marks of a program that it had, whatever else becomes of it.
pub(crate) fn keep_marks(props: &mut Props, before: &Props) {
    unmark(props);
    for mark in MARKS {
        if let Some(value) = before.get(mark) {
            props.insert(mark.to_owned(), value.clone());
        }
    }
}
