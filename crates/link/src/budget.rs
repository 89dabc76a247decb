//! The budget of a link: what an administrator of this side lets it use.

use fieldpost_access::Caller;
use fieldpost_kernel::{Applied, Applying, Body, Failure, Features, Kind, Outcome, Work, params};
use fieldpost_log::ScopeKind;
use serde::{Deserialize, Serialize};

use crate::Peer;
use crate::audit::{Action, Note};
use crate::peer::{named, require_links};
use crate::windows::{MOST, Window, Windows};

/// The slowest rate that a link may be limited to, in bits a second: below it each answer takes so long
/// that the other side takes the link for cut.
pub const SLOWEST: u64 = 1_000;

/// The fastest: beyond it nothing is limited.
pub const FASTEST: u64 = 1_000_000_000_000;

/// The fewest and the most bytes that a link may be given for a day.
pub const DAILY: (u64, u64) = (100_000, 1_000_000_000_000_000);

/// How much of something a link may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    /// As much as it can.
    Any,
    /// So much.
    Of(u64),
}

impl Most {
    pub(crate) const fn limit(self) -> Option<u64> {
        match self {
            Self::Any => None,
            Self::Of(most) => Some(most),
        }
    }
}

/// What is to be set of a budget; what is nothing stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// When the link may be used, each window as people write it; always, if there is none.
    pub windows: Option<Vec<String>>,
    /// How many bits a second this side sends at most.
    pub rate: Option<Most>,
    /// How many bytes this side sends at most in a day of UTC.
    pub daily: Option<Most>,
}

/// It was said when a link may be used: in these windows, or always if there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WindowsSet {
    /// The windows.
    pub(crate) windows: Vec<Window>,
}

impl Body for WindowsSet {
    const KIND: Kind = Kind::new(0x0890);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.windows.len() <= MOST && self.windows.iter().all(Window::is_whole)
    }
}

/// It was said how many bits a second this side sends at most over a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RateSet {
    /// Bits a second; as many as the link carries, if this is nothing.
    pub(crate) rate: Option<u64>,
}

impl Body for RateSet {
    const KIND: Kind = Kind::new(0x0891);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.rate.is_none_or(|rate| (SLOWEST..=FASTEST).contains(&rate))
    }
}

/// It was said how many bytes this side sends at most over a link in a day of UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DailySet {
    /// Bytes, with all headers; as many as there are to send, if this is nothing.
    pub(crate) bytes: Option<u64>,
}

impl Body for DailySet {
    const KIND: Kind = Kind::new(0x0892);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.bytes.is_none_or(|bytes| (DAILY.0..=DAILY.1).contains(&bytes))
    }
}

pub(crate) fn register(features: &mut Features) {
    features.on(apply_windows);
    features.on(|set: &RateSet, cx: &mut Applying<'_>| apply_limit(cx, "rate", set.rate));
    features.on(|set: &DailySet, cx: &mut Applying<'_>| apply_limit(cx, "daily", set.bytes));
}

/// A limit in a column, where 0 stands for none.
fn apply_limit(
    cx: &mut Applying<'_>,
    column: &'static str,
    limit: Option<u64>,
) -> Outcome<Applied> {
    let limit = i64::try_from(limit.unwrap_or_default()).map_err(Failure::internal)?;
    let sql = format!("UPDATE link_peer SET {column} = ?2 WHERE site = ?1");
    cx.rows.execute(&sql, params![&cx.change.name.scope.id, limit])?;
    Ok(Applied::Done)
}

fn apply_windows(set: &WindowsSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let windows = Windows::new(set.windows.clone()).to_string();
    cx.rows.execute(
        "UPDATE link_peer SET windows = ?2 WHERE site = ?1",
        params![&cx.change.name.scope.id, &windows],
    )?;
    Ok(Applied::Done)
}

/// Sets what a link may use.
pub fn set(work: &mut Work<'_>, caller: &Caller, name: &str, asked: &Asked) -> Outcome<Peer> {
    require_links(caller)?;
    let mut peer = named(work, name)?;
    let mut said = Vec::new();
    if let Some(windows) = asked.windows.as_deref().map(read_windows).transpose()? {
        let set = Windows::new(windows.clone());
        if set != peer.windows {
            work.emit(crate::scope(peer.site), caller.user, &WindowsSet { windows })?;
            said.push(match &set.texts()[..] {
                [] => "no windows".to_owned(),
                texts => format!("windows {}", texts.join("; ")),
            });
            peer.windows = set;
        }
    }
    if let Some(most) = asked.rate
        && most.limit() != peer.rate
    {
        let rate = read_rate(most)?;
        work.emit(crate::scope(peer.site), caller.user, &RateSet { rate })?;
        said.push(match rate {
            None => "no rate".to_owned(),
            Some(rate) => format!("rate {rate} bit/s"),
        });
        peer.rate = rate;
    }
    if let Some(most) = asked.daily
        && most.limit() != peer.daily
    {
        let bytes = read_daily(most)?;
        work.emit(crate::scope(peer.site), caller.user, &DailySet { bytes })?;
        said.push(match bytes {
            None => "no limit of bytes a day".to_owned(),
            Some(bytes) => format!("{bytes} bytes a day"),
        });
        peer.daily = bytes;
    }
    if !said.is_empty() {
        Note::of(Action::BudgetSet).about(&peer).saying(said.join("; ")).by(work, caller)?;
    }
    Ok(peer)
}

fn read_rate(most: Most) -> Outcome<Option<u64>> {
    let set = RateSet { rate: most.limit() };
    if set.fits() {
        return Ok(set.rate);
    }
    Err(Failure::invalid(
        "api.fieldpost.link.rate",
        format!(
            "A rate is {SLOWEST} to {FASTEST} bit/s. To send nothing for a while, pause the link or \
             silence it."
        ),
    ))
}

fn read_daily(most: Most) -> Outcome<Option<u64>> {
    let set = DailySet { bytes: most.limit() };
    if set.fits() {
        return Ok(set.bytes);
    }
    let (fewest, most) = DAILY;
    Err(Failure::invalid(
        "api.fieldpost.link.bytes_per_day",
        format!(
            "A link may be given {fewest} to {most} bytes a day. To send nothing for a while, pause \
             the link or silence it."
        ),
    ))
}

fn read_windows(texts: &[String]) -> Outcome<Vec<Window>> {
    if texts.len() > MOST {
        return Err(Failure::invalid(
            "api.fieldpost.link.windows",
            format!("A link has at most {MOST} windows."),
        ));
    }
    let refused = |why: String| Failure::invalid("api.fieldpost.link.window", why);
    texts.iter().map(|text| text.parse().map_err(refused)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is stored for ever: if this fails, the code is wrong.
    #[test]
    fn the_form_on_the_log() {
        assert_eq!(WindowsSet::KIND, Kind::new(0x0890));
        let windows = ["sat,sun 22:00-04:00", "00:01-24:00"].map(|text| text.parse().unwrap());
        let set = WindowsSet { windows: windows.to_vec() };
        let literal = [2, 0x60, 0xa8, 0x0a, 0xf0, 0x01, 0x7f, 1, 0xa0, 0x0b];
        assert_eq!(postcard::to_stdvec(&set).unwrap(), literal);
        assert_eq!(postcard::from_bytes::<WindowsSet>(&literal), Ok(set));
        assert_eq!(postcard::to_stdvec(&WindowsSet { windows: Vec::new() }).unwrap(), [0]);
    }

    /// As above.
    #[test]
    fn the_form_of_a_rate_on_the_log() {
        assert_eq!(RateSet::KIND, Kind::new(0x0891));
        let bytes = |rate| postcard::to_stdvec(&RateSet { rate }).unwrap();
        assert_eq!(bytes(Some(32_000)), [1, 0x80, 0xfa, 0x01]);
        assert_eq!(bytes(None), [0]);
        let fits = |rate| RateSet { rate }.fits();
        assert!(fits(None) && fits(Some(SLOWEST)) && fits(Some(FASTEST)));
        assert!(!fits(Some(0)) && !fits(Some(SLOWEST - 1)) && !fits(Some(FASTEST + 1)));
    }

    /// As above.
    #[test]
    fn the_form_of_bytes_a_day_on_the_log() {
        assert_eq!(DailySet::KIND, Kind::new(0x0892));
        let bytes = |bytes| postcard::to_stdvec(&DailySet { bytes }).unwrap();
        assert_eq!(bytes(Some(50_000_000)), [1, 0x80, 0xe1, 0xeb, 0x17]);
        assert_eq!(bytes(None), [0]);
        let fits = |bytes| DailySet { bytes }.fits();
        assert!(fits(None) && fits(Some(DAILY.0)) && fits(Some(DAILY.1)));
        assert!(!fits(Some(0)) && !fits(Some(DAILY.0 - 1)) && !fits(Some(DAILY.1 + 1)));
    }

    #[test]
    fn what_is_no_window_does_not_fit() {
        let fits = |bytes: &[u8]| postcard::from_bytes::<WindowsSet>(bytes).unwrap().fits();
        assert!(fits(&[1, 0x7f, 0, 1]));
        assert!(!fits(&[1, 0, 0, 1]), "no day");
        assert!(!fits(&[1, 0x80, 0, 1]), "an eighth day");
        assert!(!fits(&[1, 0x7f, 1, 1]), "no time");
        assert!(!fits(&[1, 0x7f, 0xa0, 0x0b, 1]), "it begins after the day");
        assert!(!fits(&[1, 0x7f, 0, 0xa1, 0x0b]), "it ends after the day");
        let window = "22:00-04:00".parse().unwrap();
        assert!(WindowsSet { windows: vec![window; MOST] }.fits());
        assert!(!WindowsSet { windows: vec![window; MOST + 1] }.fits());
    }
}
