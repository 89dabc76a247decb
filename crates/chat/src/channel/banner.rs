//! The banner of a channel: a line above its messages, with a colour.
//!
//! Whoever sets one decides all of it, so that the text of one site never stands on the colour of
//! another. It has no say in what may be done in the channel.

use fieldpost_access::{Caller, may_set_banner, may_update_channel};
use fieldpost_kernel::{
    Applied, Applying, Body, Change, Failure, Features, Kind, Outcome, Rows, RowsExt, Shown, Work,
    params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{ChannelBanner, Id};
use serde::{Deserialize, Serialize};

use super::{convert, property};
use crate::facts::{self, denied};
use crate::register::standing;

/// The bytes that a banner's text has at most.
const LONGEST: usize = 1024;

/// Somebody set the banner of a channel. Of several the newest stands, as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelBannerSet {
    /// Whether it is shown.
    pub enabled: bool,
    /// What it says, in Markdown.
    pub text: String,
    /// What it stands on, like `#rgb` or `#rrggbb`.
    pub background_color: String,
}

impl Body for ChannelBannerSet {
    const KIND: Kind = Kind::new(0x0307);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn fits(&self) -> bool {
        require_sound(&self.banner()).is_ok()
    }
}

impl ChannelBannerSet {
    fn new(banner: &ChannelBanner) -> Self {
        let ChannelBanner { enabled, text, background_color } = banner.clone();
        Self { enabled, text, background_color }
    }

    fn banner(&self) -> ChannelBanner {
        let Self { enabled, text, background_color } = self.clone();
        ChannelBanner { enabled, text, background_color }
    }
}

pub(super) fn register(features: &mut Features) {
    features.replaces(|_: &ChannelBannerSet, scope, rows| standing(rows, scope.id, &["banner"]));
    features.on(apply_set);
    features.show(show_set);
}

fn apply_set(set: &ChannelBannerSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let scope = cx.change.name.scope;
    let id = scope.id;
    let Some(before) = stored(cx.rows, id)? else { return Ok(Applied::Waits(id)) };
    // A conversation has none until it became a channel.
    if scope.kind == ScopeKind::Conversation && !convert::is_converted(cx.rows, id)? {
        return Ok(Applied::Waits(convert::conversion_id(id)));
    }
    let written = serde_json::to_string(&set.banner()).map_err(Failure::internal)?;
    property::write(cx, "banner", &written)?;
    let after = stored(cx.rows, id)?.unwrap_or_default();
    cx.hash.replace(canonical(id, &before), canonical(id, &after));
    Ok(Applied::Done)
}

/// What stands in the row of a channel that is here.
fn stored(rows: &mut dyn Rows, channel: Id) -> Outcome<Option<String>> {
    let sql = "SELECT banner FROM channel WHERE id = ?1";
    rows.first(sql, params![&channel], |row| row.text(0).to_owned())
}

/// The banner that a row holds; none where none was ever set.
pub(crate) fn read(stored: &str) -> Option<ChannelBanner> {
    serde_json::from_str(stored).ok()
}

/// A banner in the form that is hashed; a channel without one has none.
fn canonical(channel: Id, stored: &str) -> Option<Vec<u8>> {
    let ChannelBanner { enabled, text, background_color } = read(stored)?;
    let whole = ("channel banner", channel, enabled, text, background_color);
    Some(postcard::to_stdvec(&whole).unwrap_or_default())
}

fn show_set(_: &ChannelBannerSet, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    super::shown(rows, change.name.scope.id)
}

/// How a banner is to be; what is not given stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BannerPatch {
    /// Whether it is shown.
    pub enabled: Option<bool>,
    /// What it says.
    pub text: Option<String>,
    /// What it stands on.
    pub background_color: Option<String>,
}

impl BannerPatch {
    /// The banner that it makes of another; none if there was none and it says nothing.
    fn merged(&self, old: Option<&ChannelBanner>) -> Option<ChannelBanner> {
        let says = self.enabled.is_some() || self.text.is_some() || self.background_color.is_some();
        if old.is_none() && !says {
            return None;
        }
        let old = old.cloned().unwrap_or_default();
        Some(ChannelBanner {
            enabled: self.enabled.unwrap_or(old.enabled),
            text: self.text.clone().unwrap_or(old.text),
            background_color: self.background_color.clone().unwrap_or(old.background_color),
        })
    }
}

/// Refuses those who may not set the banner of a channel, and whoever wants one in a conversation.
pub(super) fn require_right(caller: &Caller, channel: &facts::Channel) -> Outcome<()> {
    if channel.facts.kind.is_team() {
        return may_set_banner(caller, &channel.facts).map_err(denied);
    }
    may_update_channel(caller, &channel.facts).map_err(denied)?;
    Err(Failure::invalid(
        "model.channel.is_valid.banner_info.channel_type.app_error",
        "Direct and group messages have no banner.",
    ))
}

/// Sets the banner of a channel to what a patch makes of it, if that differs.
pub(super) fn patch(
    work: &mut Work<'_>,
    author: Id,
    channel: Id,
    patch: &BannerPatch,
) -> Outcome<()> {
    let old = stored(work, channel)?.and_then(|stored| read(&stored));
    match patch.merged(old.as_ref()) {
        Some(banner) => set(work, author, channel, &banner),
        None => Ok(()),
    }
}

/// Makes the banner of a channel this one, if it differs.
pub(crate) fn set(
    work: &mut Work<'_>,
    author: Id,
    channel: Id,
    banner: &ChannelBanner,
) -> Outcome<()> {
    require_sound(banner)?;
    if stored(work, channel)?.and_then(|stored| read(&stored)).as_ref() == Some(banner) {
        return Ok(());
    }
    let scope = super::scope_of(work, channel)?;
    work.emit(scope, author, &ChannelBannerSet::new(banner))?;
    Ok(())
}

/// Refuses what cannot be a banner. One that is not shown may lack a text and a colour.
fn require_sound(banner: &ChannelBanner) -> Outcome<()> {
    let ChannelBanner { enabled, text, background_color } = banner;
    if *enabled && text.trim().is_empty() {
        return Err(Failure::invalid(
            "model.channel.is_valid.banner_info.text.empty.app_error",
            "A banner that is shown has a text.",
        ));
    }
    if text.len() > LONGEST {
        let says = "The text of a banner has at most 1024 bytes.";
        return Err(Failure::invalid(
            "model.channel.is_valid.banner_info.text.invalid_length.app_error",
            says,
        ));
    }
    if *enabled && background_color.is_empty() {
        return Err(Failure::invalid(
            "model.channel.is_valid.banner_info.background_color.empty.app_error",
            "A banner that is shown has a colour.",
        ));
    }
    if !background_color.is_empty() && !is_color(background_color) {
        let says = "The colour of a banner is like #rgb or #rrggbb.";
        return Err(Failure::invalid(
            "model.channel.is_valid.banner_info.background_color.invalid.app_error",
            says,
        ));
    }
    Ok(())
}

fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    matches!(digits.len(), 3 | 6) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}
