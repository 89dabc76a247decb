// What a person sees, by the package's own selectors: of a store that lived through the day and of one
// that was started after it, this must be the same.

/** What is shown of a channel; more comes with it from some of the lists in which it is found. */
const SHOWN = [
    'id', 'name', 'display_name', 'type', 'team_id', 'teammate_id', 'header', 'purpose', 'creator_id', 'create_at', 'delete_at',
    'scheme_id', 'group_constrained', 'shared', 'policy_id',
];

/** The whole view; `opened` are the channels whose posts are looked at. */
export function view(person, opened) {
    const {state} = person;
    return {
        me: me(person, state),
        teams: teams(person, state),
        sidebar: sidebar(person, state),
        channels: channels(person, state),
        preferences: person.see.preferences.getMyPreferences(state),
        threads: threads(person, state),
        rest: rest(person, state),
        opened: Object.fromEntries(opened.map((id) => [id, channel(person, state, id)])),
    };
}

function me({see, permissions}, state) {
    const {last_activity_at: _, update_at: __, ...user} = see.users.getCurrentUser(state);
    return {
        user,
        name: see.users.makeGetDisplayName()(state, user.id),
        may: Object.values(permissions).filter((permission) => see.roles.haveISystemPermission(state, {permission})),
    };
}

function teams({see, permissions}, state) {
    // Who may invite, and to whom one writes, is not told to everybody who hears that a team was changed.
    return see.teams.getMyTeams(state).map(({invite_id: _, email: __, ...team}) => ({
        ...team,
        roles: see.teams.getMyTeamMember(state, team.id).roles,
        may: Object.values(permissions).filter((permission) => see.roles.haveITeamPermission(state, team.id, permission)),
    }));
}

/** The sidebar: its categories, and what is shown in each. */
export function sidebar({see}, state) {
    const team = see.teams.getCurrentTeamId(state);
    const name = see.channels.makeGetChannel();
    return see.channel_categories.makeGetNonManagedCategoriesForTeam()(state, team).map(({channel_ids: ids, ...category}) => {
        const shown = see.channel_categories.makeGetChannelIdsForCategory()(state, {...category, channel_ids: ids});
        return {...category, shown: shown.map((id) => name(state, id).display_name)};
    });
}

function channels({see, permissions}, state) {
    const full = see.channels.makeGetChannel();
    const unread = see.channels.makeGetChannelUnreadCount();
    // The package keeps the channels of a team that was deleted; nothing shows them.
    const teams = new Set(['', ...see.teams.getMyTeams(state).map(({id}) => id)]);
    const own = Object.keys(see.channels.getMyChannelMemberships(state)).filter((id) => teams.has(full(state, id).team_id)).sort();
    return {
        unread: see.channels.getUnreadStatus(state),
        team: see.channels.getUnreadStatusInCurrentTeam(state),
        ids: [...see.channels.getUnreadChannelIds(state)].sort(),
        own: Object.fromEntries(own.map((id) => {
            const channel = full(state, id);
            const member = see.channels.getMyChannelMembership(state, id);
            // Whose they are is added by the package when it changes them.
            const {user_id: _, channel_id: __, ...notify} = member.notify_props;
            return [id, {
                ...Object.fromEntries(SHOWN.map((field) => [field, channel[field]])),
                roles: member.roles,
                notify,
                muted: see.channels.isMutedChannel(state, id),
                favourite: see.channels.isFavoriteChannel(state, id),
                unread: unread(state, id),
                may: Object.values(permissions)
                    .filter((permission) => see.roles.haveIChannelPermission(state, channel.team_id, id, permission)),
            }];
        })),
    };
}

function threads({see}, state) {
    // How many there are in all, the package only learns when it asks.
    const {total: _, total_unread_urgent_mentions: urgent = 0, ...counts} = see.threads.getThreadCountsInCurrentTeam(state);
    return {
        counts: {...counts, urgent},
        order: see.threads.getThreadOrderInCurrentTeam(state),
        unread: see.threads.getUnreadThreadOrderInCurrentTeam(state),
        threads: see.threads.getThreadOrderInCurrentTeam(state).map((id) => {
            const thread = see.threads.getThread(state, id);
            return {
                id,
                following: thread.is_following,
                replies: thread.reply_count,
                unread: thread.unread_replies,
                mentions: thread.unread_mentions,
                participants: thread.participants.map((user) => user.id).sort(),
            };
        }),
    };
}

function rest({see}, state) {
    const team = see.teams.getCurrentTeamId(state);
    return {
        config: see.general.getConfig(state),
        license: see.general.getLicense(state),
        emoji: [...see.emojis.getCustomEmojisByName(state).keys()].sort(),
        groups: see.groups.getMyGroups(state).map(({name}) => name).sort(),
        later: see.scheduled_posts.makeGetScheduledPostsByTeam()(state, team, true).map(({id, message}) => ({id, message})),
    };
}

function channel({see}, state, id) {
    const order = see.posts.getRecentPostsChunkInChannel(state, id)?.order ?? [];
    // Until one comes anew, the screen says where posts were deleted and what nobody else is told.
    const posts = order.map((post) => see.posts.getPost(state, post))
        .filter((post) => post.state !== 'DELETED' && post.type !== 'system_ephemeral');
    const reactions = see.posts.makeGetReactionsForPost();
    const files = see.files.makeGetFilesForPost();
    return {
        posts: posts.map((post) => ({
            id: post.id,
            by: see.users.makeGetDisplayName()(state, post.user_id),
            message: post.message,
            type: post.type,
            edited: post.edit_at,
            pinned: post.is_pinned,
            saved: see.posts.isPostFlagged(state, post.id),
            replies: see.posts.getPostRepliesCount(state, post.id),
            reactions: Object.keys(reactions(state, post.id) ?? {}).sort(),
            files: files(state, post.id).map((file) => file.name),
            acknowledged: Object.keys(see.posts.getPostAcknowledgements(state, post.id) ?? {}).sort(),
            embeds: (post.metadata.embeds ?? []).map(({type, data}) => ({type, of: data?.post_id, message: data?.post?.message})),
            priority: post.metadata.priority,
        })),
        members: see.channels.getAllChannelStats(state)[id].member_count,
        bookmarks: Object.values(see.channel_bookmarks.getChannelBookmarks(state, id))
            .sort((a, b) => a.sort_order - b.sort_order).map(({display_name: name, type, link_url: link}) => ({name, type, link})),
    };
}
