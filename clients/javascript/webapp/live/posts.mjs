// Posts: written, changed, deleted, reacted to, marked.

export function posts(person) {
    const {act, see, types, batch} = person;
    const {dispatch, getState} = person.store;
    const collapsed = () => see.preferences.isCollapsedThreadsEnabled(getState());

    /** Whether the channel was loaded after the post was written, and so has counted it. */
    function known({id, channel_id: channel, create_at: at}) {
        const {last_post_at: last} = see.channels.getChannel(getState(), channel);
        const another = () => Object.values(see.posts.getAllPosts(getState()))
            .some((post) => post.channel_id === channel && post.create_at === at && post.id !== id);
        return last > at || (last === at && !another());
    }

    /** Counts a post that came, and takes it as read if it is the person's own or before their eyes. */
    function count(post, {team_id: team, mentions}, counted) {
        const channel = post.channel_id;
        if (person.posts.shouldIgnorePost(post, person.id)) {
            return;
        }
        const own = post.user_id === person.id && !post.props.from_webhook;
        const seen = channel === see.channels.getCurrentChannelId(getState()) && !see.channels.isManuallyUnread(getState(), channel);
        if (!own) {
            const mentioned = mentions ? JSON.parse(mentions) : [];
            const priority = post.metadata?.priority?.priority;
            dispatch(batch(act.channels.actionsToMarkChannelAsUnread(
                getState, team, channel, mentioned, counted, post.root_id === '', priority)));
        }
        if (own || seen) {
            dispatch(batch(act.channels.actionsToMarkChannelAsRead(getState, channel)));
        }
        if (seen && !own) {
            return person.do(act.channels.markChannelAsViewedOnServer(channel));
        }
    }

    /** Shows a conversation in the sidebar again in which somebody writes. */
    async function shown(channel, type) {
        if (type === 'D') {
            const {teammate_id: mate} = see.channels.makeGetChannel()(getState(), channel);
            if (see.preferences.get(getState(), 'direct_channel_show', mate, 'false') !== 'true') {
                await person.do(act.preferences.savePreferences(
                    person.id, [{user_id: person.id, category: 'direct_channel_show', name: mate, value: 'true'}]));
            }
        } else if (type === 'G' && !see.preferences.isGroupChannelManuallyVisible(getState(), channel)) {
            await person.do(act.channels.markGroupChannelOpen(channel));
        }
    }

    return {
        async posted(data) {
            const post = JSON.parse(data.post);
            await dispatch(act.posts.getPostThreads([post]));
            if (!see.channels.getMyChannelMember(getState(), post.channel_id)) {
                await person.do(act.channels.getChannelAndMyMember(post.channel_id));
            }
            const counted = known(post);
            dispatch(act.posts.receivedNewPost(post, collapsed()));
            dispatch(act.status_profile_polling.batchFetchStatusesProfilesGroupsFromPosts([post]));
            await count(post, data, counted);
            await shown(post.channel_id, data.channel_type);
        },
        ephemeral_message(data) {
            dispatch(act.posts.receivedNewPost(JSON.parse(data.post), collapsed()));
        },
        post_edited(data) {
            const post = JSON.parse(data.post);
            dispatch(act.posts.receivedPost(post, collapsed()));
            dispatch(act.status_profile_polling.batchFetchStatusesProfilesGroupsFromPosts([post]));
        },
        post_deleted(data) {
            const post = JSON.parse(data.post);
            if (post.root_id === '' && collapsed()) {
                dispatch(act.threads.decrementThreadCounts(post));
            }
            dispatch(act.posts.postDeleted(post));
            if (post.is_pinned) {
                dispatch(act.posts.decrementPinnedPostCount(post.channel_id));
            }
        },
        async reaction_added(data) {
            const reaction = JSON.parse(data.reaction);
            await dispatch(act.posts.getCustomEmojiForReaction(reaction.emoji_name));
            dispatch({type: types.PostTypes.RECEIVED_REACTION, data: reaction});
        },
        reaction_removed(data) {
            dispatch({type: types.PostTypes.REACTION_DELETED, data: JSON.parse(data.reaction)});
        },
        post_unread(data, {channel_id: channel, team_id: team}) {
            const member = see.channels.getMyChannelMember(getState(), channel);
            dispatch({
                type: types.ChannelTypes.POST_UNREAD_SUCCESS,
                data: {
                    teamId: team,
                    channelId: channel,
                    msgCount: data.msg_count,
                    mentionCount: data.mention_count,
                    msgCountRoot: data.msg_count_root,
                    mentionCountRoot: data.mention_count_root,
                    urgentMentionCount: data.urgent_mention_count,
                    lastViewedAt: data.last_viewed_at,
                    deltaMsgs: member.msg_count - data.msg_count,
                    deltaMsgsRoot: member.msg_count_root - data.msg_count_root,
                },
            });
        },
        post_acknowledgement_added(data) {
            dispatch({type: types.PostTypes.CREATE_ACK_POST_SUCCESS, data: JSON.parse(data.acknowledgement)});
        },
        post_acknowledgement_removed(data) {
            dispatch({type: types.PostTypes.DELETE_ACK_POST_SUCCESS, data: JSON.parse(data.acknowledgement)});
        },
        typing(data, {channel_id: channel}) {
            dispatch({
                type: types.WebSocketTypes.TYPING,
                data: {id: channel + data.parent_id, userId: data.user_id, now: Date.now()},
            });
        },
        scheduled_post_created({scheduledPost}) {
            const post = JSON.parse(scheduledPost);
            const teamId = see.channels.getChannel(getState(), post.channel_id)?.team_id;
            dispatch({type: types.ScheduledPostTypes.SINGLE_SCHEDULED_POST_RECEIVED, data: {scheduledPost: post, teamId}});
        },
        scheduled_post_updated({scheduledPost}) {
            dispatch({type: types.ScheduledPostTypes.SCHEDULED_POST_UPDATED, data: {scheduledPost: JSON.parse(scheduledPost)}});
        },
        scheduled_post_deleted({scheduledPost}) {
            dispatch({type: types.ScheduledPostTypes.SCHEDULED_POST_DELETED, data: {scheduledPost: JSON.parse(scheduledPost)}});
        },
    };
}
