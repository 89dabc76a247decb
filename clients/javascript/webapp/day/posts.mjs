// Posts: unread and read, changed, reacted to, pinned, saved, deleted, urgent, many, missed.

import {away, open, remove, write} from '../app.mjs';

const READ = {showUnread: false, messages: 0, mentions: 0, hasUrgent: false};

/** What the badge of a channel says. */
export const unread = (person, channel) => (state) => person.see.channels.makeGetChannelUnreadCount()(state, channel);
const post = (person, id) => (state) => person.see.posts.getPost(state, id);
const said = (person, id) => (state) => post(person, id)(state).message;

/** The messages of a channel, newest first, without those of the system. */
export const messages = (person, channel) => (state) => person.see.posts.getRecentPostsChunkInChannel(state, channel).order
    .map((id) => person.see.posts.getPost(state, id)).filter(({type}) => type === '').map(({message}) => message);

export async function posts(world) {
    await unreadAndRead(world);
    await edited(world);
    await reactedTo(world);
    await pinned(world);
    await saved(world);
    await markedUnread(world);
    await deleted(world);
    await urgent(world);
    await linked(world);
    await many(world);
    await missed(world);
}

async function unreadAndRead(world) {
    const {ben, cleo, deck} = world;
    await cleo.do(cleo.act.teams.markAllInTeamAsRead(cleo.id, cleo.team.id));
    await cleo.do(cleo.act.channels.readAllMessages(cleo.id));
    await cleo.sees('nothing unread', cleo.see.channels.getUnreadStatus, false);
    await open(ben, deck.id);
    world.one = await write(ben, deck.id, 'one');
    world.two = await write(ben, deck.id, `two, @${cleo.name}`);
    world.three = await write(ben, deck.id, 'three');
    await ben.sees('nothing unread of their own', unread(ben, deck.id), READ);
    await cleo.sees('three unread, one of them for them', unread(cleo, deck.id), {showUnread: true, messages: 3, mentions: 1, hasUrgent: false});
    await cleo.sees('which channel is unread', cleo.see.channels.getUnreadChannelIds, [deck.id]);
    await cleo.sees('one on the badge', cleo.see.channels.getUnreadStatus, 1);
    await cleo.do(cleo.act.teams.getMyTeamUnreads(true));
    await cleo.sees('the badge of the team', cleo.see.teams.makeGetBadgeCountForTeamId(), 0);
    await open(cleo, deck.id);
    await cleo.sees('them in order', messages(cleo, deck.id), ['three', `two, @${cleo.name}`, 'one']);
    await cleo.sees('nothing on the badge', cleo.see.channels.getUnreadStatus, false);
    await write(ben, deck.id, 'four');
    await cleo.sees('what is written before their eyes', messages(cleo, deck.id), ['four', 'three', `two, @${cleo.name}`, 'one']);
    await cleo.sees('it as read', unread(cleo, deck.id), READ);
    await cleo.sees('who wrote', (state) => cleo.see.users.makeGetDisplayName()(state, post(cleo, world.one.id)(state).user_id), ben.name);
    ben.socket.userTyping(deck.id, '');
    const typing = cleo.see.typing.makeGetUsersTypingByChannelAndPost();
    await cleo.sees('who is typing', (state) => typing(state, {channelId: deck.id, postId: ''}), [ben.name]);
}

async function edited({ben, cleo, one}) {
    await ben.do(ben.act.posts.editPost({id: one.id, message: 'one, but better'}));
    await cleo.sees('the new wording', said(cleo, one.id), 'one, but better');
    await cleo.sees('that it was edited', (state) => post(cleo, one.id)(state).edit_at > 0, true);
    const [before] = await ben.do(ben.act.posts.getPostEditHistory(one.id));
    await ben.sees('the wording before', (state) => state.entities.posts.postEditHistory.map(({message}) => message), ['one']);
    await ben.do(ben.act.posts.restorePostVersion(one.id, before.id, ben.state.websocket.connectionId));
    await cleo.sees('the old wording', said(cleo, one.id), 'one');
}

async function reactedTo({ben, cleo, one}) {
    const reactions = (person) => (state) => Object.keys(person.see.posts.makeGetReactionsForPost()(state, one.id) ?? {}).sort();
    await cleo.do(cleo.act.posts.addReaction(one.id, 'thumbsup'));
    await ben.sees('the reaction', reactions(ben), [`${cleo.id}-thumbsup`]);
    await ben.do(ben.act.posts.addReaction(one.id, 'thumbsup'));
    await cleo.sees('both', reactions(cleo), [`${ben.id}-thumbsup`, `${cleo.id}-thumbsup`].sort());
    await cleo.do(cleo.act.posts.removeReaction(one.id, 'thumbsup'));
    await ben.sees('only their own', reactions(ben), [`${ben.id}-thumbsup`]);
}

async function pinned({ben, cleo, deck, one}) {
    const pins = (state) => ben.see.channels.getAllChannelStats(state)[deck.id].pinnedpost_count;
    await ben.do(ben.act.posts.pinPost(one.id));
    await ben.sees('one pin', pins, 1);
    await cleo.sees('that it is pinned', (state) => post(cleo, one.id)(state).is_pinned, true);
    await cleo.do(cleo.act.search.getPinnedPosts(deck.id));
    await cleo.sees('the pinned posts', (state) => state.entities.search.pinned[deck.id], [one.id]);
    await ben.do(ben.act.posts.unpinPost(one.id));
    await cleo.sees('that it is pinned no more', (state) => post(cleo, one.id)(state).is_pinned, false);
    await ben.sees('no pin', pins, 0);
    await ben.do(ben.act.channels.getChannelStats(deck.id, true));
    await ben.sees('no pin', pins, 0);
}

async function saved({cleo, one, two}) {
    const {act, see} = cleo;
    for (const {id} of [one, two]) {
        // The action does not wait for the server.
        await cleo.told('preferences_changed', act.posts.flagPost(id));
        await cleo.sees('that it is saved', (state) => see.posts.isPostFlagged(state, id), true);
    }
    await cleo.do(act.search.getFlaggedPosts());
    await cleo.sees('what is saved, the newest first', (state) => state.entities.search.flagged, [two.id, one.id]);
    await cleo.do(act.posts.unflagPost(two.id));
    await cleo.heardOf('preferences_deleted');
    await cleo.sees('what is saved', (state) => state.entities.search.flagged, [one.id]);
    await cleo.do(act.posts.addPostReminder(cleo.id, two.id, Math.floor(Date.now() / 1000) + 3600));
}

async function markedUnread({ben, cleo, deck, two}) {
    const {act, see} = cleo;
    await cleo.do(act.posts.setUnreadPost(cleo.id, two.id));
    await cleo.sees('three unread', unread(cleo, deck.id), {showUnread: true, messages: 3, mentions: 1, hasUrgent: false});
    await cleo.sees('that they chose so', (state) => see.channels.isManuallyUnread(state, deck.id), true);
    await cleo.heardOf('post_unread');
    await write(ben, deck.id, 'five');
    await cleo.sees('four unread', unread(cleo, deck.id), {showUnread: true, messages: 4, mentions: 1, hasUrgent: false});
    const {order} = await cleo.do(act.posts.getPostsUnread(deck.id));
    cleo.is('the first unread is among them', order.includes(two.id), true);
    await open(cleo, deck.id);
    await cleo.sees('that it is read again', (state) => see.channels.isManuallyUnread(state, deck.id), false);
}

async function deleted({ben, cleo, deck, three}) {
    await remove(ben, three);
    await cleo.sees('that it is deleted', (state) => post(cleo, three.id)(state).state, 'DELETED');
    await ben.sees('no trace of it', (state) => messages(ben, deck.id)(state).includes('three'), false);
}

async function urgent({ben, cleo, deck}) {
    const {act, see} = cleo;
    await cleo.sees('that posts have priorities', see.posts.isPostPriorityEnabled, true);
    await cleo.sees('that posts are acknowledged', see.posts.isPostAcknowledgementsEnabled, true);
    away(cleo);
    const leak = await write(ben, deck.id, `a leak, @${cleo.name}`, {metadata: {priority: {priority: 'urgent', requested_ack: true}}});
    await cleo.sees('that it is urgent', unread(cleo, deck.id), {showUnread: true, messages: 1, mentions: 1, hasUrgent: true});
    await open(cleo, deck.id);
    await cleo.sees('nothing urgent', unread(cleo, deck.id), READ);
    const acknowledged = (person) => (state) => Object.keys(person.see.posts.getPostAcknowledgements(state, leak.id) ?? {});
    await cleo.do(act.posts.acknowledgePost(leak.id));
    await ben.sees('who has taken note', acknowledged(ben), [cleo.id]);
    await cleo.do(act.posts.unacknowledgePost(leak.id));
    await ben.sees('that nobody has', acknowledged(ben), []);
    await cleo.do(act.posts.acknowledgePost(leak.id));
    await ben.sees('who has taken note', acknowledged(ben), [cleo.id]);
}

async function linked({ben, cleo, deck, one, team}) {
    const {SiteURL: site} = ben.see.general.getConfig(ben.state);
    const link = await write(ben, deck.id, `${site}/${team.name}/pl/${one.id}`);
    const preview = (state) => post(cleo, link.id)(state).metadata.embeds.map(({type, data}) => [type, data.post_id, data.post.message]);
    await cleo.sees('what is behind the link', preview, [['permalink', one.id, 'one']]);
}

async function many({ben, cleo, deck}) {
    const {act} = cleo;
    away(cleo);
    const before = messages(ben, deck.id)(ben.state);
    const written = [];
    for (let number = 1; number <= 90; number += 1) {
        const {id} = await write(ben, deck.id, `${number}`);
        written.unshift({id, message: `${number}`});
    }
    await cleo.sees('ninety unread', unread(cleo, deck.id), {showUnread: true, messages: 90, mentions: 0, hasUrgent: false});
    // Somebody who comes anew has nothing of the channel, and begins at the first unread post.
    cleo.store.dispatch(act.posts.receivedPostsInChannel({order: [], posts: {}}, deck.id));
    await cleo.do(act.posts.resetReloadPostsInChannel(deck.id));
    const around = await cleo.do(act.posts.getPostsUnread(deck.id));
    cleo.is('thirty that are unread come', around.order.filter((id) => written.some((one) => one.id === id)).length, 30);
    let newest = around.order[0];
    for (let more = around.next_post_id; more;) {
        const {order, next_post_id: next} = await cleo.do(act.posts.getPostsAfter(deck.id, newest, 0, 40));
        [newest, more] = [order[0], next];
    }
    await cleo.sees('all of them in one piece', messages(cleo, deck.id), [...written.map(({message}) => message), ...before]);
    await open(cleo, deck.id);
    // The other way: from the newest back to the oldest.
    await ben.do(ben.act.posts.resetReloadPostsInChannel(deck.id));
    const recent = await ben.do(ben.act.posts.getPosts(deck.id, 0, 30));
    for (let {order, prev_post_id: more} = recent; more;) {
        ({order, prev_post_id: more} = await ben.do(ben.act.posts.getPostsBefore(deck.id, order.at(-1), 0, 30)));
    }
    await ben.sees('all of them in one piece', messages(ben, deck.id), [...written.map(({message}) => message), ...before]);
    // And into the middle of it, from a link.
    const middle = written[45];
    const {order} = await cleo.do(act.posts.getPostsAround(deck.id, middle.id, 5));
    cleo.is('five on each side', order, written.slice(40, 51).map(({id}) => id));
}

async function missed({ben, cleo, deck, two}) {
    const {act} = cleo;
    const since = Date.now();
    cleo.hangUp();
    const gone = await write(ben, deck.id, 'nobody hears this');
    await write(ben, deck.id, 'missed');
    await ben.do(ben.act.posts.editPost({id: two.id, message: 'two, for somebody'}));
    await remove(ben, gone);
    await cleo.listen();
    await cleo.do(act.channels.fetchAllMyTeamsChannels());
    await cleo.do(act.channels.fetchAllMyChannelMembers());
    await cleo.do(act.users.checkForModifiedUsers());
    await cleo.do(act.posts.getPostsSince(deck.id, since));
    await cleo.sees('what they missed', (state) => messages(cleo, deck.id)(state).slice(0, 2), ['missed', '90']);
    await cleo.sees('what was changed meanwhile', said(cleo, two.id), 'two, for somebody');
    await open(cleo, deck.id);
}
