//! What simulated people do, how often, and how long they pause: a published load model, whose
//! weights are ratios to writing a post, as measured on a large public service.

use crate::dice::Dice;

/// Something that a person does. Each is several calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Action {
    SwitchChannel,
    ScrollBack,
    DeleteDraft,
    CreatePost,
    CheckUnread,
    OpenDirect,
    GlobalThreads,
    UpsertDraft,
    ReadThread,
    OpenPermalink,
    ViewThread,
    Reconnect,
    AddReaction,
    EditPost,
    DeletePost,
    GetDrafts,
    SearchUsers,
    SearchTeamPosts,
    SearchAllPosts,
    SearchGroups,
    SearchChannels,
    OpenProfile,
    CreateDirect,
    CreateGroup,
    CreatePrivate,
    CreatePublic,
    UnfollowThread,
    FollowThread,
    JoinChannel,
    UpdateCategory,
    UpdateProfile,
    SetCustomStatus,
    ClearCustomStatus,
    CreateScheduled,
    UpdateScheduled,
    DeleteScheduled,
    SendScheduled,
    Reload,
    SetReminder,
    AddBookmark,
    UpdateBookmark,
    SortBookmark,
    DeleteBookmark,
    CreateCategory,
    AcknowledgePost,
    ReadAllThreads,
}

/// Every action with its weight. The time that a log-out and the change of a team take is that of
/// a reload, so their weights are added to it.
const WEIGHTS: [(Action, f64); 46] = [
    (Action::SwitchChannel, 6.5219),
    (Action::ScrollBack, 1.9873),
    (Action::DeleteDraft, 1.41),
    (Action::CreatePost, 1.0),
    (Action::CheckUnread, 1.0),
    (Action::OpenDirect, 0.9843),
    (Action::GlobalThreads, 0.6023),
    (Action::UpsertDraft, 0.504),
    (Action::ReadThread, 0.3236),
    (Action::OpenPermalink, 0.3),
    (Action::ViewThread, 0.2841),
    (Action::Reconnect, 0.144),
    (Action::AddReaction, 0.1306),
    (Action::EditPost, 0.04),
    (Action::DeletePost, 0.0049),
    (Action::GetDrafts, 0.037),
    (Action::SearchUsers, 0.032),
    (Action::SearchTeamPosts, 0.0218),
    (Action::SearchAllPosts, 0.0109),
    (Action::SearchGroups, 0.0204),
    (Action::SearchChannels, 0.015),
    (Action::OpenProfile, 0.03),
    (Action::CreateDirect, 0.0055),
    (Action::CreateGroup, 0.0029),
    (Action::CreatePrivate, 0.0002),
    (Action::CreatePublic, 0.0001),
    (Action::UnfollowThread, 0.005),
    (Action::FollowThread, 0.0005),
    (Action::JoinChannel, 0.0049),
    (Action::UpdateCategory, 0.004),
    (Action::UpdateProfile, 0.004),
    (Action::SetCustomStatus, 0.0028),
    (Action::ClearCustomStatus, 0.0026),
    (Action::CreateScheduled, 0.001),
    (Action::UpdateScheduled, 0.001),
    (Action::DeleteScheduled, 0.001),
    (Action::SendScheduled, 0.001),
    (Action::Reload, 0.0008 + 0.0006 + 0.0003),
    (Action::SetReminder, 0.0005),
    (Action::AddBookmark, 0.0003),
    (Action::UpdateBookmark, 0.0002),
    (Action::SortBookmark, 0.0001),
    (Action::DeleteBookmark, 0.0001),
    (Action::CreateCategory, 0.0003),
    (Action::AcknowledgePost, 0.0002),
    (Action::ReadAllThreads, 0.0002),
];

/// How much slower than the base some share of the people is: (share in hundredths, factor).
const RATES: [(usize, f64); 5] = [(5, 1.0), (10, 2.0), (15, 3.0), (40, 6.0), (30, 30.0)];

/// The pause between two actions of the fastest people, in seconds: the ends of a uniform spread.
const PAUSE: (f64, f64) = (1.0, 39.0);

/// Draws the next action.
pub(crate) fn next(dice: &mut Dice) -> Action {
    let all: f64 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
    let mut left = dice.between(0.0, all);
    for (action, weight) in WEIGHTS {
        left -= weight;
        if left < 0.0 {
            return action;
        }
    }
    Action::SwitchChannel
}

/// How much slower than the base somebody is: the same share of any hundred people in a row.
pub(crate) fn rate(person: usize) -> f64 {
    // 37 and 100 have no common divisor, so every hundred is visited once, out of order.
    let mut place = person * 37 % 100;
    for (share, factor) in RATES {
        if place < share {
            return factor;
        }
        place -= share;
    }
    1.0
}

/// A pause of somebody of this rate, in seconds.
pub(crate) fn pause(dice: &mut Dice, rate: f64) -> f64 {
    dice.between(PAUSE.0, PAUSE.1) * rate
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn actions_come_as_often_as_they_weigh() {
        let mut dice = Dice::new(3);
        let mut drawn: BTreeMap<Action, usize> = BTreeMap::new();
        for _ in 0..100_000 {
            *drawn.entry(next(&mut dice)).or_default() += 1;
        }
        let all: f64 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        for (action, weight) in WEIGHTS.iter().filter(|(_, weight)| *weight >= 0.1) {
            let (got, wanted) = (drawn[action] as f64, weight / all * 100_000.0);
            assert!((0.8..1.2).contains(&(got / wanted)), "{action:?}: {got} for {wanted}");
        }
        assert_eq!(
            WEIGHTS.len(),
            WEIGHTS.iter().map(|(a, _)| a).collect::<std::collections::BTreeSet<_>>().len()
        );
    }

    #[test]
    fn people_act_as_often_as_the_model_says() {
        // 0.0113 actions a second for each of many people.
        let each = (0..1000).map(|person| 1.0 / (20.0 * rate(person))).sum::<f64>() / 1000.0;
        assert!((0.0112..0.0114).contains(&each), "{each}");
    }
}
