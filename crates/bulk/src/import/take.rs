//! Taking one line over, whole or not at all.

use std::sync::Arc;

use fieldpost_chat::import::{
    self, ImportedChannel, ImportedPost, ImportedReaction, ImportedTeam, Place, Where,
};
use fieldpost_identity::credential::{HashedPassword, Password};
use fieldpost_identity::import::{ImportedAccount, account};
use fieldpost_kernel::{Entropy, Failure, Outcome, Work};
use fieldpost_model::{ChannelType, Id, Millis};
use fieldpost_store::Store;

use super::Progress;
use crate::line::{Channel, DirectChannel, DirectPost, Line, Ours, Post, Said, Team, User};

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
    store: &Store,
    entropy: &Arc<dyn Entropy>,
    line: Line,
) -> Outcome<Progress> {
    match line {
        Line::Version { version: 1 } => Ok(Progress::default()),
        Line::Version { version } => Err(Failure::invalid(
            "app.import.bulk_import.unsupported_version.error",
            format!("version {version} of the format is not known"),
        )),
        Line::Team { team } => store.write(&[], move |work| take_team(work, &team)).await,
        Line::Channel { channel } => {
            store.write(&[], move |work| take_channel(work, &channel)).await
        }
        Line::User { user } => {
            let password = hashed(entropy, user.password.clone()).await?;
            store.write(&[], move |work| take_user(work, &user, password.as_ref())).await
        }
        Line::Post { post } => store.write(&[], move |work| take_post(work, &post)).await,
        Line::DirectChannel { direct_channel } => {
            store.write(&[], move |work| take_conversation(work, &direct_channel)).await
        }
        Line::DirectPost { direct_post } => {
            store.write(&[], move |work| take_direct_post(work, &direct_post)).await
        }
    }
}

async fn hashed(
    entropy: &Arc<dyn Entropy>,
    password: Option<String>,
) -> Outcome<Option<HashedPassword>> {
    let Some(password) = password else { return Ok(None) };
    let entropy = Arc::clone(entropy);
    let hash = tokio::task::spawn_blocking(move || Password::new(password)?.hash(&*entropy));
    Ok(Some(hash.await.map_err(Failure::internal)??))
}

fn ours(ours: Option<&Ours>) -> (Id, Millis, Id) {
    ours.map_or((Id::NONE, 0, Id::NONE), |ours| (ours.id, ours.create_at, ours.creator))
}

fn made(is_new: bool) -> Progress {
    Progress { places: u64::from(is_new), known: u64::from(!is_new), ..Progress::default() }
}

fn take_team(work: &mut Work<'_>, team: &Team) -> Outcome<Progress> {
    let (id, create_at, _) = ours(team.fieldpost.as_ref());
    let imported = ImportedTeam {
        id,
        name: team.name.clone(),
        display_name: team.display_name.clone(),
        description: team.description.clone(),
        open: team.kind == "O",
        open_invite: team.allow_open_invite,
        create_at,
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
    let (id, create_at, creator) = ours(channel.fieldpost.as_ref());
    let shown = if channel.display_name.is_empty() { &channel.name } else { &channel.display_name };
    let imported = ImportedChannel {
        id,
        team: channel.team.clone(),
        kind,
        name: channel.name.clone(),
        display_name: shown.clone(),
        header: channel.header.clone(),
        purpose: channel.purpose.clone(),
        create_at,
        creator,
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
    let (id, create_at, _) = ours(user.fieldpost.as_ref());
    let imported = ImportedAccount {
        id,
        username: user.username.clone(),
        email: user.email.clone(),
        nickname: user.nickname.clone(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        position: user.position.clone(),
        roles: user.roles.clone(),
        locale: user.locale.clone(),
        create_at,
        delete_at: user.delete_at.unwrap_or(0),
        password: password.cloned(),
    };
    let person = account(work, &imported)?;
    for team in &user.teams {
        let mut place =
            Place { person, team: team.name.clone(), channel: None, roles: team.roles.clone() };
        import::place(work, &place)?;
        // Everybody in a team is in its first channel, whether the file says so or not.
        let first = ("town-square".to_owned(), String::new());
        let named = team.channels.iter().map(|c| (c.name.clone(), c.roles.clone()));
        for (name, roles) in std::iter::once(first).chain(named) {
            (place.channel, place.roles) = (Some(name), roles);
            import::place(work, &place)?;
        }
    }
    Ok(Progress { people: 1, ..Progress::default() })
}

fn take_post(work: &mut Work<'_>, post: &Post) -> Outcome<Progress> {
    let place = Where::Channel(post.team.clone(), post.channel.clone());
    take_thread(work, &place, &post.said, post.replies.as_deref().unwrap_or_default())
}

fn take_direct_post(work: &mut Work<'_>, post: &DirectPost) -> Outcome<Progress> {
    let place = Where::Conversation(post.channel_members.clone());
    take_thread(work, &place, &post.said, post.replies.as_deref().unwrap_or_default())
}

fn take_thread(
    work: &mut Work<'_>,
    place: &Where,
    root: &Said,
    replies: &[Said],
) -> Outcome<Progress> {
    let mut progress = Progress::default();
    let (channel, root) = take_said(work, place, Id::NONE, root, &mut progress)?;
    for reply in replies {
        take_said(work, &Where::Known(channel), root, reply, &mut progress)?;
    }
    Ok(progress)
}

fn take_said(
    work: &mut Work<'_>,
    place: &Where,
    root: Id,
    said: &Said,
    progress: &mut Progress,
) -> Outcome<(Id, Id)> {
    if said.attachments.as_ref().is_some_and(|files| !files.is_empty()) {
        return Err(Failure::invalid(
            "api.fieldpost.import.attachments",
            "attachments are not taken over yet",
        ));
    }
    let (id, _, _) = ours(said.fieldpost.as_ref());
    let props = match &said.props {
        Some(props) if !props.is_empty() => {
            serde_json::to_string(props).map_err(Failure::internal)?
        }
        _ => String::new(),
    };
    let imported = ImportedPost {
        id,
        root,
        author: said.user.clone(),
        create_at: said.create_at,
        message: said.message.clone(),
        kind: said.kind.clone(),
        props,
        pinned: said.is_pinned.unwrap_or(false),
    };
    let (channel, post, is_new) = import::post(work, place, &imported)?;
    progress.posts += u64::from(is_new);
    progress.known += u64::from(!is_new);
    for reaction in said.reactions.iter().flatten() {
        let imported = ImportedReaction {
            person: reaction.user.clone(),
            emoji: reaction.emoji_name.clone(),
            create_at: reaction.create_at,
        };
        let is_new = import::reaction(work, channel, post, &imported)?;
        progress.reactions += u64::from(is_new);
    }
    Ok((channel, post))
}

fn take_conversation(work: &mut Work<'_>, conversation: &DirectChannel) -> Outcome<Progress> {
    let mut members = conversation.members.clone();
    if members.is_empty() {
        let named = conversation.participants.iter();
        members = named.filter_map(|p| Some(p.get("username")?.as_str()?.to_owned())).collect();
    }
    let (_, create_at, _) = ours(conversation.fieldpost.as_ref());
    import::conversation(work, &members, create_at)?;
    Ok(Progress { places: 1, ..Progress::default() })
}
