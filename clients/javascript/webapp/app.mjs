// What the web app does of itself: when it is opened, when a team is chosen, when a channel is opened.

/** Signs in and loads what belongs to the person, in the order in which the web app does. */
export async function start(person) {
    const {act, see} = person;
    // The emoji that everybody has come with the app, and are not asked for.
    act.emojis.setSystemEmojis(new Set(['thumbsup', 'anchor']));
    await person.signIn();
    await person.do(act.users.loadMe());
    await person.sees('who they are', see.users.getCurrentUser, person.state.entities.users.profiles[person.id]);
    await person.listen();
    await person.do(act.general.getCustomProfileAttributeFields());
    await person.do(act.agents.getAgentsStatus());
    if (see.users.isCurrentUserSystemAdmin(person.state)) {
        await person.do(act.general.getFirstAdminSetupComplete());
    }
}

/** Enters a team: its channels, its sidebar, its threads, what is written for later. */
export async function enter(person, team) {
    const {act, see} = person;
    person.store.dispatch(act.teams.selectTeam(team));
    await Promise.all([
        person.do(act.channels.fetchAllMyTeamsChannels()),
        person.do(act.channels.fetchAllMyChannelMembers()),
    ]);
    await Promise.all([
        person.do(act.channel_categories.fetchMyCategories(team.id)),
        person.do(act.threads.getThreadCounts(person.id, team.id)),
        person.do(act.scheduled_posts.fetchTeamScheduledPosts(team.id, true)),
        person.do(act.groups.getGroupsByUserId(person.id)),
        person.do(act.groups.getGroups({filter_allow_reference: true, page: 0, per_page: 60, include_member_count: true})),
        person.do(act.groups.getAllGroupsAssociatedToChannelsInTeam(team.id, true)),
        person.do(act.teams.getInProductNotices(team.id, 'web', '')),
    ]);
    const direct = see.channels.getAllDirectChannels(person.state);
    const mates = direct.map(({teammate_id: mate}) => mate).filter(Boolean);
    await person.do(act.users.getMissingProfilesByIds(mates));
    const several = see.channels.getGroupChannels(person.state).map(({id}) => id);
    if (several.length > 0) {
        await person.do(act.users.getProfilesInGroupChannels(several));
    }
    await person.do(act.users.getStatusesByIds([person.id, ...mates]));
}

/** Opens a channel where its first unread post is, and so reads it. */
export async function open(person, channel) {
    const {act, see} = person;
    person.store.dispatch(act.channels.selectChannel(channel));
    const {next_post_id: newer} = await person.do(act.posts.getPostsUnread(channel));
    if (newer) {
        await person.do(act.posts.getPosts(channel));
    }
    await person.do(act.channels.getChannelStats(channel, true));
    await person.do(act.channel_bookmarks.fetchChannelBookmarks(channel));
    await person.do(act.users.getProfilesInChannel(channel, 0));
    await person.do(act.channels.markChannelAsRead(channel));
    person.opened.add(channel);
    await person.sees('that the channel is read', (state) => see.channels.makeGetChannelUnreadCount()(state, channel).showUnread, false);
}

/** Looks at no channel. */
export function away(person) {
    person.store.dispatch(person.act.channels.selectChannel(''));
}

/** Writes a post; gives it as the server has it. */
export function write(person, channel, message, {files, ...more} = {}) {
    return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${person.name} could not write: ${message}`)), 10_000);
        const done = ({created}) => {
            clearTimeout(late);
            resolve(created);
        };
        const post = {channel_id: channel, message, user_id: person.id, metadata: {}, props: {}, root_id: '', ...more};
        person.do(person.act.posts.createPost(post, files, done)).catch(reject);
    });
}

/** Deletes a post of one's own, which leaves no trace on the own screen. */
export async function remove(person, post) {
    await person.do(person.act.posts.deletePost(post));
    await person.do(person.act.posts.removePost(post));
}
