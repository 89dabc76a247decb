//! From rows to lines, in the order in which a reader needs them.

use std::collections::{BTreeSet, HashMap};

use fieldpost_blobs::Hash;
use fieldpost_chat::export::{self, After, Place, Team};
use fieldpost_identity::export::accounts;
use fieldpost_kernel::{Failure, Outcome, Rows};
use fieldpost_model::Id;
use serde_json::json;
use tokio::sync::mpsc;

use super::bookmark;
use super::thread::{Hangs, path, said, threads};
use super::{Options, Piece, Progress};
use crate::line::{Channel, DirectChannel, DirectPost, Line, OurBot, OurUser, Ours, Post, Said};
use crate::line::{User, UserChannel, UserTeam};
use crate::source::DATA;

/// Things read at once.
const PAGE: i64 = 64;

/// Reads a site and hands its lines on.
pub(super) struct Producer<'a> {
    rows: &'a mut dyn Rows,
    options: &'a Options,
    /// Whether attachments can be carried.
    carries: bool,
    has: &'a dyn Fn(Hash) -> Outcome<bool>,
    sender: mpsc::Sender<Piece>,
    progress: Progress,
    /// Whether some attachment was named by a line.
    named_files: bool,
}

/// What somebody outside is called to others: the name of a person of another site has a sign that
/// no name may have elsewhere.
pub(super) fn outward(username: &str) -> String {
    username.replace(':', ".")
}

impl<'a> Producer<'a> {
    pub(super) fn new(
        rows: &'a mut dyn Rows,
        options: &'a Options,
        is_archive: bool,
        has: &'a dyn Fn(Hash) -> Outcome<bool>,
        sender: mpsc::Sender<Piece>,
    ) -> Self {
        let carries = is_archive && !options.no_attachments;
        let progress = Progress::default();
        Self { rows, options, carries, has, sender, progress, named_files: false }
    }

    /// Everything, in the format's order; attachments after all lines.
    pub(super) fn all(mut self) -> Outcome<()> {
        let teams = self.teams()?;
        let info = json!({ "generator": "fieldpost", "version": env!("CARGO_PKG_VERSION") });
        self.line(&Line::Version { version: 1, info: Some(info) })?;
        for team in &teams {
            self.progress.places += 1;
            self.line(&Line::Team { team: team_line(team) })?;
        }
        for team in &teams {
            self.each_place(team.key, |this, place| {
                this.progress.places += 1;
                this.line(&Line::Channel { channel: channel_line(team, place) })
            })?;
        }
        self.people(&teams)?;
        for team in &teams {
            self.each_place(team.key, |this, place| {
                let names = (team.name.as_str(), place.name.as_str());
                this.posts(place.key, |said, replies| channel_post(names, said, replies))
            })?;
        }
        if self.is_whole() {
            self.conversations()?;
        }
        if self.named_files {
            for team in &teams {
                self.each_place(team.key, |this, place| this.files(place.key))?;
            }
            if self.is_whole() {
                self.each_place(0, |this, place| this.files(place.key))?;
            }
        }
        Ok(())
    }

    /// Conversations belong to no team: they are given out with everything only.
    fn is_whole(&self) -> bool {
        self.options.teams.is_empty()
    }

    fn teams(&mut self) -> Outcome<Vec<Team>> {
        let all = export::teams(self.rows)?;
        let wanted = &self.options.teams;
        if let Some(unknown) = wanted.iter().find(|name| !all.iter().any(|t| t.name == **name)) {
            return Err(Failure::not_found(
                "app.team.get_by_name.missing.app_error",
                format!("no team is called {unknown}"),
            ));
        }
        let is_wanted = |team: &Team| wanted.is_empty() || wanted.contains(&team.name);
        Ok(all.into_iter().filter(is_wanted).collect())
    }

    fn each_place(
        &mut self,
        team_key: i64,
        mut each: impl FnMut(&mut Self, &Place) -> Outcome<()>,
    ) -> Outcome<()> {
        let mut after: After = (0, Id::NONE);
        loop {
            let page = export::channels(self.rows, team_key, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.create_at, last.id);
            page.iter().try_for_each(|place| each(self, place))?;
        }
    }

    /// Everybody, or everybody whom the chosen teams' history speaks of.
    fn people(&mut self, teams: &[Team]) -> Outcome<()> {
        let mut chosen = BTreeSet::new();
        if !self.is_whole() {
            for team in teams {
                chosen.extend(export::people_of(self.rows, team.key)?);
            }
        }
        let mut after = Id::NONE;
        loop {
            let page = accounts(self.rows, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for account in page {
                if !self.is_whole() && !chosen.contains(&account.key) {
                    continue;
                }
                let mut places = export::places(self.rows, account.key)?;
                places.retain(|place| teams.iter().any(|team| team.key == place.team_key));
                self.progress.people += 1;
                let mut bookmarks = export::bookmarks_of(self.rows, account.key)?;
                bookmarks.retain(|kept| teams.iter().any(|team| team.name == kept.team));
                let bookmarks = self.carried(bookmarks)?;
                let mut user = user_line(account, places);
                if let Some(ours) = &mut user.fieldpost {
                    ours.bookmarks = bookmarks.into_iter().map(bookmark::in_a_channel).collect();
                }
                self.line(&Line::User { user: Box::new(user) })?;
            }
        }
    }

    fn conversations(&mut self) -> Outcome<()> {
        self.each_place(0, |this, place| {
            this.progress.places += 1;
            let members = this.members(place)?;
            let bookmarks = export::bookmarks_in(this.rows, place.key)?;
            let bookmarks = this.carried(bookmarks)?;
            let mut direct_channel = conversation_line(place, members);
            if let Some(ours) = &mut direct_channel.fieldpost {
                ours.bookmarks = bookmarks.into_iter().map(bookmark::of).collect();
            }
            this.line(&Line::DirectChannel { direct_channel })
        })?;
        self.each_place(0, |this, place| {
            let members = this.members(place)?;
            this.posts(place.key, |said, replies| {
                let channel_members = members.clone();
                let direct_post = Box::new(DirectPost { channel_members, said, replies });
                Line::DirectPost { direct_post }
            })
        })
    }

    fn members(&mut self, place: &Place) -> Outcome<Vec<String>> {
        let members = export::members(self.rows, place.key)?;
        Ok(members.iter().map(|name| outward(name)).collect())
    }

    /// The threads of a place, each as a line.
    fn posts(
        &mut self,
        channel_key: i64,
        line: impl Fn(Said, Option<Vec<Said>>) -> Line,
    ) -> Outcome<()> {
        let mut after: After = (0, Id::NONE);
        while let Some(page) = threads(self.rows, channel_key, &mut after, PAGE)? {
            let (roots, mut hangs) = page;
            self.leave_out(&mut hangs)?;
            for root in roots {
                let replies = hangs.replies.remove(&root.key).unwrap_or_default();
                self.progress.posts += 1 + replies.len() as u64;
                let root = self.said(root, &mut hangs);
                let replies: Vec<Said> =
                    replies.into_iter().map(|reply| self.said(reply, &mut hangs)).collect();
                self.line(&line(root, (!replies.is_empty()).then_some(replies)))?;
            }
        }
        Ok(())
    }

    fn said(&mut self, post: export::Said, hangs: &mut Hangs) -> Said {
        let said = said(post, hangs);
        self.progress.reactions += said.reactions.as_ref().map_or(0, Vec::len) as u64;
        said
    }

    /// Leaves out the attachments that cannot be carried.
    fn leave_out(&mut self, hangs: &mut Hangs) -> Outcome<()> {
        for files in hangs.files.values_mut() {
            let all = files.len();
            let mut kept = Vec::with_capacity(all);
            for file in std::mem::take(files) {
                if self.carries && (self.has)(Hash(file.content))? {
                    kept.push(file);
                }
            }
            self.named_files |= !kept.is_empty();
            self.progress.left_out += (all - kept.len()) as u64;
            *files = kept;
        }
        Ok(())
    }

    /// Those of some bookmarks that are no file, or one that can be carried.
    fn carried(&mut self, bookmarks: Vec<export::Bookmark>) -> Outcome<Vec<export::Bookmark>> {
        let mut carried = Vec::with_capacity(bookmarks.len());
        for bookmark in bookmarks {
            if bookmark.file_id.is_none() {
                carried.push(bookmark);
                continue;
            }
            let content = bookmark.file.as_ref().map(|(_, file)| Hash(file.content));
            match content {
                Some(content) if self.carries && (self.has)(content)? => {
                    self.named_files = true;
                    carried.push(bookmark);
                }
                _ => self.progress.left_out += 1,
            }
        }
        Ok(carried)
    }

    /// The attachments of a place: those of its posts, then those of its bookmarks.
    fn files(&mut self, channel_key: i64) -> Outcome<()> {
        let mut after: After = (0, Id::NONE);
        while let Some((_, hangs)) = threads(self.rows, channel_key, &mut after, PAGE)? {
            let mut files: Vec<_> = hangs.files.into_values().flatten().collect();
            files.sort_by_key(|file| file.id);
            files.iter().try_for_each(|file| self.file(file))?;
        }
        let bookmarks = export::bookmarks_in(self.rows, channel_key)?;
        let mut files: Vec<_> =
            bookmarks.into_iter().filter_map(|kept| Some(kept.file?.1)).collect();
        files.sort_by_key(|file| file.id);
        files.dedup_by_key(|file| file.id);
        files.iter().try_for_each(|file| self.file(file))
    }

    fn file(&self, file: &export::File) -> Outcome<()> {
        let content = Hash(file.content);
        if !(self.has)(content)? {
            return Ok(());
        }
        let path = format!("{DATA}/{}", path(file));
        self.send(Piece::File { path, content })
    }

    fn line(&mut self, line: &Line) -> Outcome<()> {
        self.progress.lines += 1;
        let bytes = serde_json::to_vec(line).map_err(Failure::internal)?;
        self.send(Piece::Line(bytes, self.progress))
    }

    fn send(&self, piece: Piece) -> Outcome<()> {
        let gone = |_| Failure::internal("nobody writes what is read");
        self.sender.blocking_send(piece).map_err(gone)
    }
}

fn team_line(team: &Team) -> crate::line::Team {
    crate::line::Team {
        name: team.name.clone(),
        display_name: team.display_name.clone(),
        kind: team.kind.clone(),
        description: team.description.clone(),
        allow_open_invite: team.open_invite,
        fieldpost: Some(Ours {
            id: team.id,
            create_at: team.create_at,
            delete_at: team.delete_at,
            allowed_domains: team.allowed_domains.clone(),
            company_name: team.company_name.clone(),
            ..Ours::default()
        }),
    }
}

fn channel_line(team: &Team, place: &Place) -> Channel {
    Channel {
        team: team.name.clone(),
        name: place.name.clone(),
        display_name: Some(place.display_name.clone()),
        kind: place.kind.clone(),
        header: Some(place.header.clone()),
        purpose: Some(place.purpose.clone()),
        deleted_at: Some(place.delete_at).filter(|at| *at != 0),
        fieldpost: Some(Ours { conversation: place.conversation, ..ours(place) }),
    }
}

fn ours(place: &Place) -> Ours {
    Ours {
        id: place.id,
        create_at: place.create_at,
        creator: place.creator,
        restricted: place.restricted,
        banner: place.banner.clone(),
        ..Ours::default()
    }
}

fn conversation_line(place: &Place, members: Vec<String>) -> DirectChannel {
    let display_name = place.display_name.clone();
    DirectChannel {
        members,
        header: Some(place.header.clone()),
        participants: Vec::new(),
        fieldpost: Some(Ours { display_name, ..ours(place) }),
    }
}

fn channel_post((team, channel): (&str, &str), said: Said, replies: Option<Vec<Said>>) -> Line {
    let (team, channel) = (team.to_owned(), channel.to_owned());
    Line::Post { post: Box::new(Post { team, channel, said, replies }) }
}

fn user_line(
    account: fieldpost_identity::export::ExportedAccount,
    places: Vec<export::Belonging>,
) -> User {
    let username = outward(&account.username);
    let no_email = account.email.is_empty();
    let email = if no_email { format!("{username}@localhost") } else { account.email };
    let channel = |m: export::Member| UserChannel { name: m.name, roles: m.roles };
    let team = |place: export::Belonging| UserTeam {
        name: place.team.name,
        roles: place.team.roles,
        channels: place.channels.into_iter().map(channel).collect(),
    };
    User {
        username,
        email,
        nickname: account.nickname,
        first_name: account.first_name,
        last_name: account.last_name,
        position: account.position,
        roles: account.roles,
        locale: account.locale,
        delete_at: Some(account.delete_at).filter(|at| *at != 0),
        teams: places.into_iter().map(team).collect(),
        fieldpost: Some(OurUser {
            id: account.id,
            create_at: account.create_at,
            no_email,
            timezone: Some(account.timezone),
            props: Some(account.props).filter(|props| !props.is_empty()),
            bot: account.bot.map(|(owner, description)| OurBot { owner, description }),
            ..OurUser::default()
        }),
        ..User::default()
    }
}

/// What hangs on posts, by the keys of their rows.
pub(super) type ByPost<T> = HashMap<i64, Vec<T>>;
