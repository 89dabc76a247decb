// Threads: answered, followed, read.

export function threads(person) {
    const {act, see} = person;
    const {dispatch, getState} = person.store;

    return {
        thread_updated(data, {team_id: team}) {
            act.threads.handleThreadArrived(
                dispatch, getState, JSON.parse(data.thread), team, data.previous_unread_replies, data.previous_unread_mentions);
        },
        thread_read_changed(data, {team_id: team, channel_id: channel}) {
            if (data.thread_id) {
                dispatch(act.threads.handleReadChanged(data.thread_id, team, data.channel_id, {
                    lastViewedAt: data.timestamp,
                    prevUnreadMentions: data.previous_unread_mentions,
                    newUnreadMentions: data.unread_mentions,
                    prevUnreadReplies: data.previous_unread_replies,
                    newUnreadReplies: data.unread_replies,
                }));
            } else if (channel) {
                dispatch(act.threads.handleAllThreadsInChannelMarkedRead(channel, data.timestamp));
            } else {
                dispatch(act.threads.handleAllMarkedRead(team));
            }
        },
        async thread_follow_changed(data, {team_id: team}) {
            if (!see.threads.getThread(getState(), data.thread_id) && data.state && data.reply_count > 0) {
                await person.do(act.threads.getThread(person.id, team, data.thread_id));
            }
            act.threads.handleFollowChanged(dispatch, data.thread_id, team, data.state);
            await person.do(act.threads.getThreadCounts(person.id, team));
        },
    };
}
