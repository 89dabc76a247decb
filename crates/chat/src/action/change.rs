//! What the buttons and menus of a post do.

use fieldpost_kernel::{Applied, Applying, Body, Features, Kind, Outcome, at_most, params};
use fieldpost_log::ScopeKind;
use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

use crate::post::create::LONGEST_PROPS;

/// Buttons and menus that one post has at most.
pub(super) const MOST: usize = 200;

/// What a button or menu does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Kept {
    /// Its id within the post.
    pub id: String,
    /// `button` or `select`.
    pub kind: String,
    /// From where a menu's options come.
    pub source: String,
    /// Who is told that it was chosen.
    pub url: String,
    /// What they are told besides, as JSON; empty for nothing.
    pub context: String,
}

/// What the buttons and menus of a post do from now on: all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionsKept {
    /// Of which post.
    pub post: Id,
    /// What they do.
    pub actions: Vec<Kept>,
}

impl Body for ActionsKept {
    const KIND: Kind = Kind::new(0x0d08);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.actions.len() <= MOST && self.actions.iter().all(Kept::fits)
    }
}

impl Kept {
    fn fits(&self) -> bool {
        let names = [&self.id, &self.kind, &self.source];
        names.iter().all(|name| at_most(name, 128))
            && at_most(&self.url, 2048)
            && at_most(&self.context, LONGEST_PROPS)
    }
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_kept);
}

fn apply_kept(kept: &ActionsKept, cx: &mut Applying<'_>) -> Outcome<Applied> {
    cx.rows.execute("DELETE FROM post_action WHERE post = ?1", params![&kept.post])?;
    for action in &kept.actions {
        cx.rows.execute(
            "INSERT INTO post_action (post, action, kind, source, url, context) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (post, action) DO NOTHING",
            params![
                &kept.post,
                &action.id,
                &action.kind,
                &action.source,
                &action.url,
                &action.context,
            ],
        )?;
    }
    Ok(Applied::Done)
}
