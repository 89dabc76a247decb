// Teams and channels: joined, left, made, changed, archived.

export function places(person) {
    const {act, see, types} = person;
    const {dispatch, getState} = person.store;
    const {ChannelTypes, TeamTypes, UserTypes, ChannelBookmarkTypes} = types;

    /** Loads a channel that the person is in from now on. */
    async function entered(id) {
        const {channel} = await person.do(act.channels.getChannelAndMyMember(id));
        await dispatch(act.channel_categories.addChannelToInitialCategory(channel));
        return channel;
    }

    async function direct(_, {channel_id: id}) {
        await entered(id);
        await person.do(act.users.getProfilesInGroupChannels([id]));
        const {teammate_id: mate} = see.channels.makeGetChannel()(getState(), id);
        if (mate) {
            await person.do(act.users.getMissingProfilesByIds([mate]));
        }
    }

    return {
        async added_to_team(data) {
            await person.do(act.teams.getTeam(data.team_id));
            await person.do(act.teams.getMyTeamMembers());
            await person.do(act.teams.getMyTeamUnreads(see.preferences.isCollapsedThreadsEnabled(getState())));
            await person.do(act.channels.fetchChannelsAndMembers(data.team_id));
            await person.do(act.channel_categories.fetchMyCategories(data.team_id));
        },
        leave_team(data) {
            if (data.user_id === person.id) {
                dispatch({type: TeamTypes.LEAVE_TEAM, data: {id: data.team_id}});
                return;
            }
            dispatch({type: UserTypes.RECEIVED_PROFILE_NOT_IN_TEAM, data: {id: data.team_id, user_id: data.user_id}});
            dispatch({type: TeamTypes.REMOVE_MEMBER_FROM_TEAM, data});
        },
        update_team(data) {
            dispatch({type: TeamTypes.UPDATED_TEAM, data: JSON.parse(data.team)});
        },
        delete_team(data) {
            dispatch({type: TeamTypes.RECEIVED_TEAM_DELETED, data: JSON.parse(data.team)});
        },
        restore_team(data) {
            dispatch({type: TeamTypes.RECEIVED_TEAM_UNARCHIVED, data: JSON.parse(data.team)});
        },
        memberrole_updated(data) {
            const member = JSON.parse(data.member);
            dispatch({type: TeamTypes.RECEIVED_MY_TEAM_MEMBER, data: member});
            return person.do(act.roles.loadRolesIfNeeded(member.roles.split(' ')));
        },
        async channel_created(data) {
            await entered(data.channel_id);
        },
        direct_added: direct,
        group_added: direct,
        channel_updated(data, {channel_id: id}) {
            return data.channel
                ? dispatch({type: ChannelTypes.RECEIVED_CHANNEL, data: JSON.parse(data.channel)})
                : person.do(act.channels.getChannel(data.channel_id ?? id));
        },
        channel_converted(data) {
            return person.do(act.channels.getChannel(data.channel_id));
        },
        channel_deleted(data) {
            dispatch({type: ChannelTypes.RECEIVED_CHANNEL_DELETED, data: {id: data.channel_id, deleteAt: data.delete_at}});
        },
        channel_restored(data) {
            dispatch({type: ChannelTypes.RECEIVED_CHANNEL_UNARCHIVED, data: {id: data.channel_id}});
        },
        channel_member_updated(data) {
            const member = JSON.parse(data.channelMember);
            dispatch({type: ChannelTypes.RECEIVED_MY_CHANNEL_MEMBER, data: member});
            return person.do(act.roles.loadRolesIfNeeded(member.roles.split(' ')));
        },
        multiple_channels_viewed(data) {
            return person.do(act.channels.markMultipleChannelsAsRead(data.channel_times));
        },
        async user_added(data, {channel_id: id}) {
            if (data.user_id === person.id) {
                await entered(id);
                return;
            }
            await person.do(act.users.getMissingProfilesByIds([data.user_id]));
            const profiles = getState().entities.users.profilesInChannel[id];
            if (!profiles?.has(data.user_id)) {
                dispatch({type: UserTypes.RECEIVED_PROFILE_IN_CHANNEL, data: {id, user_id: data.user_id}});
                dispatch({type: ChannelTypes.ADD_CHANNEL_MEMBER_SUCCESS, id});
            }
        },
        user_removed(data, {channel_id: id}) {
            if (data.user_id && data.user_id !== person.id) {
                if (getState().entities.users.profilesInChannel[id]?.has(data.user_id)) {
                    dispatch({type: ChannelTypes.REMOVE_CHANNEL_MEMBER_SUCCESS, id});
                }
                dispatch({type: UserTypes.RECEIVED_PROFILE_NOT_IN_CHANNEL, data: {id, user_id: data.user_id}});
                return;
            }
            const channel = see.channels.getChannel(getState(), data.channel_id ?? id);
            if (channel) {
                dispatch({type: ChannelTypes.LEAVE_CHANNEL, data: {...channel, user_id: person.id}});
            }
        },
        channel_bookmark_created(data) {
            dispatch({type: ChannelBookmarkTypes.RECEIVED_BOOKMARK, data: JSON.parse(data.bookmark)});
        },
        channel_bookmark_updated(data) {
            const {updated, deleted} = JSON.parse(data.bookmarks);
            if (updated) {
                dispatch({type: ChannelBookmarkTypes.RECEIVED_BOOKMARK, data: updated});
            }
            if (deleted) {
                dispatch({type: ChannelBookmarkTypes.BOOKMARK_DELETED, data: deleted});
            }
        },
        channel_bookmark_deleted(data) {
            dispatch({type: ChannelBookmarkTypes.BOOKMARK_DELETED, data: JSON.parse(data.bookmark)});
        },
        channel_bookmark_sorted(data, {channel_id: channelId}) {
            dispatch({type: ChannelBookmarkTypes.RECEIVED_BOOKMARKS, data: {channelId, bookmarks: JSON.parse(data.bookmarks)}});
        },
    };
}
