//! What people do, as the calls that a client makes.

mod keep;
mod look;
mod read;
mod write;

use crate::Outcome;
use crate::person::Person;
use crate::weights::Action;

impl Person {
    /// Does something.
    pub(crate) async fn act(&mut self, action: Action) -> Outcome<()> {
        match action {
            Action::SwitchChannel => self.switch(false).await,
            Action::OpenDirect => self.switch(true).await,
            Action::ScrollBack => self.scroll_back().await,
            Action::CheckUnread => self.check_unread().await,
            Action::GlobalThreads => self.global_threads().await,
            Action::ReadThread => self.read_thread().await,
            Action::ReadAllThreads => self.read_all_threads().await,
            Action::OpenPermalink => self.open_permalink().await,
            Action::ViewThread => self.view_thread().await,
            Action::Reconnect => self.reconnect().await,
            Action::Reload => self.load().await,
            Action::CreatePost => self.write().await,
            Action::EditPost => self.edit().await,
            Action::DeletePost => self.delete().await,
            Action::AddReaction => self.react().await,
            Action::AcknowledgePost => self.acknowledge().await,
            Action::UpsertDraft | Action::DeleteDraft | Action::GetDrafts => {
                self.draft(action).await
            }
            Action::CreateScheduled
            | Action::UpdateScheduled
            | Action::DeleteScheduled
            | Action::SendScheduled => self.schedule(action).await,
            Action::SearchUsers
            | Action::SearchTeamPosts
            | Action::SearchAllPosts
            | Action::SearchGroups
            | Action::SearchChannels => self.search(action).await,
            Action::OpenProfile => self.open_profile().await,
            Action::CreateDirect
            | Action::CreateGroup
            | Action::CreatePrivate
            | Action::CreatePublic => self.create_channel(action).await,
            Action::JoinChannel => self.join_or_leave().await,
            Action::UnfollowThread | Action::FollowThread => self.follow(action).await,
            Action::UpdateCategory | Action::CreateCategory => self.categories(action).await,
            Action::UpdateProfile | Action::SetCustomStatus | Action::ClearCustomStatus => {
                self.present(action).await
            }
            Action::SetReminder => self.remind().await,
            Action::AddBookmark
            | Action::UpdateBookmark
            | Action::SortBookmark
            | Action::DeleteBookmark => self.bookmark(action).await,
        }
    }
}
