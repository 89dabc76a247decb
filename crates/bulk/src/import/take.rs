//! Taking one line over, whole or not at all.

use std::sync::Arc;

use fieldpost_chat::import::{
    self, ImportedChannel, ImportedConversation, ImportedFile, ImportedPost, ImportedReaction,
    ImportedTeam, Place, PostVersion, Where,
};
use fieldpost_chat::post::ImportedVersion;
use fieldpost_identity::credential::{HashedPassword, Password};
use fieldpost_identity::import::{ImportedAccount, account, is_known};
use fieldpost_kernel::{Failure, Outcome, Work};
use fieldpost_log::Stamp;
use fieldpost_model::{ChannelType, Id, Props};

use super::{Progress, Target, bookmark, files};
use crate::line::{
    Channel, DirectChannel, Line, OurBookmark, OurPost, OurVersion, Said, Team, User,
};
use crate::source::Archive;

/// The stage of the file that a line belongs to: what an earlier stage made, a later one may need.
pub(super) fn stage(line: &Line) -> &'static str {
    match line {
        Line::Version { .. } => "version",
        Line::Team { .. } => "team",
        Line::Channel { .. } => "channel",
        Line::User { .. } => "user",
        Line::Post { .. } => "post",
        Line::DirectChannel { .. } => "direct_channel",
        Line::DirectPost { .. } => "direct_post",
    }
}

/// Takes a line over, in one transaction.
pub(super) async fn line(
    target: &Target,
    archive: Option<&Archive>,
    line: Line,
) -> Outcome<Progress> {
    let store = &target.store;
    match line {
        Line::Version { version: 1, .. } => Ok(Progress::default()),
        Line::Version { version, .. } => Err(Failure::invalid(
            "app.import.bulk_import.unsupported_version.error",
            format!("version {version} of the format is not known"),
        )),
        Line::Team { team } => store.write(&[], move |work| take_team(work, &team)).await,
        Line::Channel { channel } => {
            store.write(&[], move |work| take_channel(work, &channel)).await
        }
        Line::User { user } => {
            let password = hashed(target, &user).await?;
            let bookmarks = theirs(&user);
            let mut taken =
                store.write(&[], move |work| take_user(work, &user, password.as_ref())).await?;
            taken.add(&bookmark::bookmarks(target, archive, bookmarks).await?);
            Ok(taken)
        }
        Line::Post { post } => {
            let place = Where::Channel(post.team, post.channel);
            take_thread(target, archive, (place, post.said, post.replies)).await
        }
        Line::DirectChannel { direct_channel } => {
            let bookmarks = kept_in(&direct_channel);
            let mut taken =
                store.write(&[], move |work| take_conversation(work, &direct_channel)).await?;
            taken.add(&bookmark::bookmarks(target, archive, bookmarks).await?);
            Ok(taken)
        }
        Line::DirectPost { direct_post } => {
            let place = Where::Conversation(direct_post.channel_members);
            take_thread(target, archive, (place, direct_post.said, direct_post.replies)).await
        }
    }
}

/// The bookmarks that a person has in channels, each with its place.
fn theirs(user: &User) -> Vec<(Where, OurBookmark)> {
    let ours = user.fieldpost.iter().flat_map(|ours| &ours.bookmarks);
    ours.map(|kept| {
        let place = Where::Channel(kept.team.clone(), kept.channel.clone());
        (place, OurBookmark { user: user.username.clone(), ..kept.clone() })
    })
    .collect()
}

/// The bookmarks of a conversation, each with its place.
fn kept_in(conversation: &DirectChannel) -> Vec<(Where, OurBookmark)> {
    let ours = conversation.fieldpost.iter().flat_map(|ours| &ours.bookmarks);
    ours.map(|kept| (Where::Conversation(conversation.members.clone()), kept.clone())).collect()
}

/// The hash of a new person's password. It takes its time on purpose; people who are known keep the
/// one they have.
async fn hashed(target: &Target, user: &User) -> Outcome<Option<HashedPassword>> {
    let Some(password) = user.password.clone() else { return Ok(None) };
    let username = user.username.clone();
    if target.store.read(move |rows| is_known(rows, &username)).await? {
        return Ok(None);
    }
    let entropy = Arc::clone(&target.entropy);
    let hash = tokio::task::spawn_blocking(move || Password::new(password)?.hash(&*entropy));
    Ok(Some(hash.await.map_err(Failure::internal)??))
}

fn made(is_new: bool) -> Progress {
    Progress { places: u64::from(is_new), known: u64::from(!is_new), ..Progress::default() }
}

fn take_team(work: &mut Work<'_>, team: &Team) -> Outcome<Progress> {
    let ours = team.fieldpost.clone().unwrap_or_default();
    let imported = ImportedTeam {
        id: ours.id,
        name: team.name.clone(),
        display_name: team.display_name.clone(),
        description: team.description.clone(),
        open: team.kind == "O",
        open_invite: team.allow_open_invite,
        allowed_domains: ours.allowed_domains,
        company_name: ours.company_name,
        create_at: ours.create_at,
        delete_at: ours.delete_at,
    };
    import::team(work, &imported).map(made)
}

fn take_channel(work: &mut Work<'_>, channel: &Channel) -> Outcome<Progress> {
    let kind =
        ChannelType::from_letter(&channel.kind).filter(|kind| kind.is_team()).ok_or_else(|| {
            Failure::invalid(
                "app.import.validate_channel_import_data.type_invalid.error",
                "a channel is of type O or P",
            )
        })?;
    let ours = channel.fieldpost.clone().unwrap_or_default();
    let imported = ImportedChannel {
        id: ours.id,
        team: channel.team.clone(),
        kind,
        name: channel.name.clone(),
        display_name: channel.display_name.clone().filter(|name| !name.is_empty()),
        header: channel.header.clone(),
        purpose: channel.purpose.clone(),
        create_at: ours.create_at,
        delete_at: channel.deleted_at.unwrap_or(0),
        creator: ours.creator,
        conversation: ours.conversation,
        restricted: ours.restricted,
        banner: ours.banner,
    };
    import::channel(work, &imported).map(made)
}

fn take_user(
    work: &mut Work<'_>,
    user: &User,
    password: Option<&HashedPassword>,
) -> Outcome<Progress> {
    if !user.auth_service.is_empty() && user.auth_service != "email" {
        return Err(Failure::invalid(
            "app.import.validate_user_import_data.auth_service.error",
            format!("sign-in by {} is not built", user.auth_service),
        ));
    }
    let is_ours = user.fieldpost.is_some();
    let ours = user.fieldpost.clone().unwrap_or_default();
    let imported = ImportedAccount {
        id: ours.id,
        username: user.username.clone(),
        email: (!ours.no_email).then(|| user.email.clone()),
        nickname: user.nickname.clone(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        position: user.position.clone(),
        roles: user.roles.clone(),
        locale: user.locale.clone(),
        create_at: ours.create_at,
        delete_at: user.delete_at.unwrap_or(0),
        timezone: ours.timezone,
        props: ours.props,
        bot: ours.bot.map(|bot| (bot.owner, bot.description)),
        password: password.cloned(),
    };
    let person = account(work, &imported)?;
    for team in &user.teams {
        let mut place =
            Place { person, team: team.name.clone(), channel: None, roles: team.roles.clone() };
        import::place(work, &place)?;
        // Everybody in a team is in its first channel, unless a file of ours says otherwise.
        let first = (!is_ours).then(|| ("town-square".to_owned(), String::new()));
        let named = team.channels.iter().map(|c| (c.name.clone(), c.roles.clone()));
        for (name, roles) in first.into_iter().chain(named) {
            (place.channel, place.roles) = (Some(name), roles);
            import::place(work, &place)?;
        }
    }
    Ok(Progress { people: 1, ..Progress::default() })
}

/// A post and the replies to it, as they are taken over.
struct Thread {
    place: Where,
    posts: Vec<(Said, ImportedPost, Vec<ImportedFile>)>,
}

/// Takes a thread over, after its files.
async fn take_thread(
    target: &Target,
    archive: Option<&Archive>,
    (place, root, replies): (Where, Said, Option<Vec<Said>>),
) -> Outcome<Progress> {
    let mut posts = Vec::new();
    for said in std::iter::once(root).chain(replies.unwrap_or_default()) {
        let imported = imported(&said)?;
        posts.push((said, imported, Vec::new()));
    }
    let mut thread = Thread { place, posts };
    if thread.posts.iter().any(|(said, ..)| said.attachments.is_some()) {
        fetch_files(target, archive, &mut thread).await?;
    }
    target.store.write(&[], move |work| write_thread(work, &thread)).await
}

/// Fetches the files of those posts of a thread that are not there yet; none, unless all are in
/// the archive.
async fn fetch_files(
    target: &Target,
    archive: Option<&Archive>,
    thread: &mut Thread,
) -> Outcome<()> {
    let place = thread.place.clone();
    let asked: Vec<ImportedPost> = thread.posts.iter().map(|(_, post, _)| post.clone()).collect();
    let known = target
        .store
        .read(move |rows| {
            asked.iter().map(|post| import::known(rows, &place, post)).collect::<Outcome<Vec<_>>>()
        })
        .await?;
    let mut wanted = Vec::new();
    for ((said, _, kept), known) in thread.posts.iter_mut().zip(known) {
        if known.is_none() {
            wanted.push((files::find(archive, said.attachments.as_deref().unwrap_or(&[]))?, kept));
        }
    }
    let Some(archive) = archive else { return Ok(()) };
    for (found, kept) in wanted {
        for found in found {
            kept.push(files::keep(target, archive, &found).await?);
        }
    }
    Ok(())
}

fn write_thread(work: &mut Work<'_>, thread: &Thread) -> Outcome<Progress> {
    let mut progress = Progress::default();
    let mut place = thread.place.clone();
    let mut root = Id::NONE;
    for (said, post, files) in &thread.posts {
        let post = ImportedPost { root, ..post.clone() };
        let (channel, id, is_new) = import::post(work, &place, &post, files)?;
        place = Where::Known(channel);
        root = root.some().unwrap_or(id);
        progress.posts += u64::from(is_new);
        progress.known += u64::from(!is_new);
        progress.files += if is_new { files.len() as u64 } else { 0 };
        if let Some(ours) = &said.fieldpost {
            note(work, (channel, id), (said, ours), is_new)?;
        }
        for reaction in said.reactions.iter().flatten() {
            let imported = ImportedReaction {
                person: reaction.user.clone(),
                emoji: reaction.emoji_name.clone(),
                create_at: reaction.create_at,
            };
            let is_new = import::reaction(work, channel, id, &imported)?;
            progress.reactions += u64::from(is_new);
        }
    }
    Ok(progress)
}

/// Takes over what is noted of a post of ours.
fn note(
    work: &mut Work<'_>,
    place: (Id, Id),
    (said, ours): (&Said, &OurPost),
    is_new: bool,
) -> Outcome<()> {
    if let Some(priority) = ours.priority.as_ref().filter(|_| is_new) {
        import::priority(work, place, &said.user, priority)?;
    }
    for acknowledgement in &ours.acknowledgements {
        import::acknowledgement(work, place, &acknowledgement.user, acknowledgement.at)?;
    }
    Ok(())
}

fn imported(said: &Said) -> Outcome<ImportedPost> {
    let ours = said.fieldpost.clone().unwrap_or_default();
    let mut versions = Vec::with_capacity(ours.versions.len());
    for version in &ours.versions {
        versions.push(post_version(version)?);
    }
    if let Some(standing) = versions.last_mut() {
        standing.message.clone_from(&said.message);
        standing.props = json_of(said.props.as_ref())?;
    }
    Ok(ImportedPost {
        id: ours.id,
        root: Id::NONE,
        author: said.user.clone(),
        create_at: said.create_at,
        edit_at: said.edit_at.unwrap_or(0),
        message: said.message.clone(),
        kind: said.kind.clone(),
        props: json_of(said.props.as_ref())?,
        pinned: said.is_pinned.unwrap_or(false),
        versions,
    })
}

fn post_version(version: &OurVersion) -> Outcome<PostVersion> {
    let stamp = match version.stamp.as_str() {
        "" => Ok(0),
        text => u64::from_str_radix(text, 16),
    };
    let stamp = stamp.map_err(|_| {
        Failure::invalid("api.fieldpost.import.versions", "the stamp of a version is malformed")
    })?;
    Ok(PostVersion {
        version: ImportedVersion { id: version.id, stamp: Stamp(stamp), site: version.site },
        visibly: version.visibly,
        message: version.message.clone().unwrap_or_default(),
        props: json_of(version.props.as_ref())?,
        files: version.files.clone(),
    })
}

/// Properties as they are kept: none are no text.
fn json_of(props: Option<&Props>) -> Outcome<String> {
    match props {
        Some(props) if !props.is_empty() => serde_json::to_string(props).map_err(Failure::internal),
        _ => Ok(String::new()),
    }
}

fn take_conversation(work: &mut Work<'_>, conversation: &DirectChannel) -> Outcome<Progress> {
    let mut usernames = conversation.members.clone();
    if usernames.is_empty() {
        let named = conversation.participants.iter();
        usernames = named.filter_map(|p| Some(p.get("username")?.as_str()?.to_owned())).collect();
    }
    let ours = conversation.fieldpost.clone().unwrap_or_default();
    let imported = ImportedConversation {
        usernames,
        header: conversation.header.clone(),
        display_name: ours.display_name,
        create_at: ours.create_at,
        creator: ours.creator,
    };
    import::conversation(work, &imported).map(|(_, is_new)| made(is_new))
}
