// What stands around the messages: emoji, files, bookmarks, groups, posts for later; and what is found.

import {away, open, write} from '../app.mjs';
import {picture} from '../../shapes/picture.mjs';
import {unread} from './posts.mjs';

export async function furniture(world) {
    await emoji(world);
    await files(world);
    await bookmarks(world);
    await groups(world);
    await later(world);
    await found(world);
}

async function emoji({admin, ben, cleo, deck, suffix}) {
    const name = `wheel${suffix}`;
    const known = (person) => (state) => person.see.emojis.getCustomEmojisByName(state).has(name);
    await admin.do(admin.act.emojis.createCustomEmoji({name, creator_id: admin.id}, picture()));
    for (const person of [ben, cleo]) {
        await person.sees('the new emoji', known(person), true);
    }
    const {id} = await write(ben, deck.id, `at the :${name}:`);
    await cleo.sees('the post', (state) => cleo.see.posts.getPost(state, id)?.message, `at the :${name}:`);
    await cleo.do(cleo.act.posts.addReaction(id, name));
    await ben.sees('the reaction', (state) => Object.keys(ben.see.posts.makeGetReactionsForPost()(state, id) ?? {}), [`${cleo.id}-${name}`]);
    await cleo.do(cleo.act.emojis.getCustomEmojis(0, 60, 'name', true));
    await cleo.do(cleo.act.emojis.searchCustomEmojis('wheel', {}, true));
    await cleo.do(cleo.act.emojis.autocompleteCustomEmojis('wheel'));
    await cleo.do(cleo.act.emojis.getCustomEmojisInText(':nothing: of the :kind:'));
    await cleo.sees('which do not exist', (state) => [...state.entities.emojis.nonExistentEmoji].sort(), ['kind', 'nothing']);
}

async function uploaded(person, channel, name, bookmark = false) {
    const form = new FormData();
    form.append('channel_id', channel);
    form.append('files', picture(name));
    const {file_infos: [file]} = await person.Client4.uploadFile(form, bookmark);
    return file;
}

async function files(world) {
    const {ben, cleo, deck, team} = world;
    const {act, see} = cleo;
    const file = await uploaded(ben, deck.id, 'chart.png');
    const post = await write(ben, deck.id, 'the chart', {files: [file]});
    const attached = see.files.makeGetFilesForPost();
    await cleo.sees('what is attached', (state) => attached(state, post.id).map(({name, width}) => ({name, width})), [{name: 'chart.png', width: 8}]);
    await cleo.do(act.files.getFilesForPost(post.id));
    await cleo.sees('the same', (state) => attached(state, post.id).map(({id}) => id), [file.id]);
    await cleo.do(act.channels.getChannelStats(deck.id, true));
    await cleo.sees('one file in the channel', (state) => see.channels.getAllChannelStats(state)[deck.id].files_count, 1);
    // A file is found once it has been read.
    const late = Date.now() + 10_000;
    do {
        await cleo.do(act.search.searchFilesWithParams(team.id, {terms: 'chart', is_or_search: false, page: 0, per_page: 20}));
    } while (see.files.getSearchFilesResults(cleo.state).length === 0 && Date.now() < late);
    await cleo.sees('the file that was found', (state) => see.files.getSearchFilesResults(state).map(({id}) => id), [file.id]);
    await cleo.do(act.search.getMoreFilesForSearch(team.id));
    await cleo.do(act.search.clearSearch());
    await cleo.sees('nothing found', (state) => see.files.getSearchFilesResults(state), []);
}

async function bookmarks({ben, cleo, deck}) {
    const {act} = ben;
    const link = {display_name: 'tides', type: 'link', link_url: 'https://tides.example.org', emoji: ''};
    const names = (person) => (state) => Object.values(person.see.channel_bookmarks.getChannelBookmarks(state, deck.id))
        .sort((a, b) => a.sort_order - b.sort_order).map(({display_name: name}) => name);
    const {connectionId: connection} = ben.state.websocket;
    const id = (name) => Object.values(ben.see.channel_bookmarks.getChannelBookmarks(ben.state, deck.id))
        .find((bookmark) => bookmark.display_name === name).id;
    await ben.do(act.channel_bookmarks.createBookmark(deck.id, link, connection));
    const file = await uploaded(ben, deck.id, 'plan.png', true);
    await ben.do(act.channel_bookmarks.createBookmark(deck.id, {display_name: 'plan', type: 'file', file_id: file.id}, connection));
    await cleo.sees('both bookmarks', names(cleo), ['tides', 'plan']);
    await ben.do(act.channel_bookmarks.editBookmark(deck.id, id('tides'), {display_name: 'the tides'}, connection));
    await ben.do(act.channel_bookmarks.reorderBookmark(deck.id, id('plan'), 0, connection));
    for (const person of [ben, cleo]) {
        await person.sees('them in their new order', names(person), ['plan', 'the tides']);
    }
    await ben.do(act.channel_bookmarks.createBookmark(deck.id, {...link, display_name: 'wrong'}, connection));
    await cleo.sees('a third', names(cleo), ['plan', 'the tides', 'wrong']);
    await ben.do(act.channel_bookmarks.deleteBookmark(deck.id, id('wrong'), connection));
    for (const person of [ben, cleo]) {
        await person.sees('two', names(person), ['plan', 'the tides']);
    }
}

async function groups({admin, ben, cleo, deck, suffix}) {
    const {act} = admin;
    const member = (person, id) => (state) => person.see.groups.isMyGroup(state, id);
    const group = await admin.do(act.groups.createGroupWithUserIds(
        {name: `watch-${suffix}`, display_name: 'The watch', allow_reference: true, source: 'custom', user_ids: [cleo.id]}));
    await cleo.sees('that they are in the group', member(cleo, group.id), true);
    away(cleo);
    await write(ben, deck.id, `@${group.name}, all hands`);
    await cleo.sees('that it is for them', (state) => unread(cleo, deck.id)(state).mentions, 1);
    await open(cleo, deck.id);
    await admin.do(act.groups.addUsersToGroup(group.id, [ben.id]));
    await ben.sees('that they are in the group', member(ben, group.id), true);
    await ben.sees('its name', (state) => ben.see.groups.getMyGroups(state).map(({display_name: name}) => name), ['The watch']);
    await admin.do(act.groups.getGroupStats(group.id));
    await admin.sees('how many they are', (state) => admin.see.groups.getGroupStats(state, group.id).total_member_count, 2);
    await admin.do(act.users.getProfilesInGroup(group.id));
    await admin.do(act.groups.removeUsersFromGroup(group.id, [ben.id]));
    await ben.sees('that they are out of it', member(ben, group.id), false);
    await admin.do(act.groups.patchGroup(group.id, {display_name: 'The dog watch'}));
    await admin.sees('its new name', (state) => admin.see.groups.getGroup(state, group.id).display_name, 'The dog watch');
    await cleo.sees('its new name', (state) => cleo.see.groups.getGroup(state, group.id).display_name, 'The dog watch');
    await ben.do(ben.act.groups.searchGroups({q: 'watch', filter_allow_reference: true, page: 0, per_page: 20, include_member_count: true}));
    await ben.do(ben.act.groups.getGroupsByNames([group.name]));
    await admin.do(act.groups.archiveGroup(group.id));
    await admin.sees('that it is archived', (state) => admin.see.groups.getArchivedGroups(state).map(({id}) => id), [group.id]);
    await admin.do(act.groups.restoreGroup(group.id));
    await admin.sees('that it is back', (state) => admin.see.groups.getArchivedGroups(state), []);
}

async function later({cleo, deck, direct, team}) {
    const {act, see} = cleo;
    const connection = cleo.state.websocket.connectionId;
    const at = Date.now() + 3_600_000;
    const planned = see.scheduled_posts.makeGetScheduledPostsByTeam();
    const texts = (state) => planned(state, team.id, true).map(({message}) => message);
    await cleo.sees('that posts can wait', see.scheduled_posts.isScheduledPostsEnabled, true);
    const {data: post} = await cleo.do(act.scheduled_posts.createSchedulePost(
        {channel_id: deck.id, user_id: cleo.id, root_id: '', message: 'the watch ends', scheduled_at: at, create_at: 0, update_at: 0, props: {}},
        team.id, connection));
    await cleo.sees('what is planned', texts, ['the watch ends']);
    await cleo.do(act.scheduled_posts.updateScheduledPost({...post, message: 'the watch is over', scheduled_at: at + 1000}, connection));
    await cleo.sees('what is planned now', texts, ['the watch is over']);
    const {data: other} = await cleo.do(act.scheduled_posts.createSchedulePost(
        {channel_id: direct.id, user_id: cleo.id, root_id: '', message: 'good night', scheduled_at: at + 2000, create_at: 0, update_at: 0, props: {}},
        '', connection));
    await cleo.sees('both', texts, ['the watch is over', 'good night']);
    await cleo.do(act.scheduled_posts.deleteScheduledPost(cleo.id, other.id, connection));
    await cleo.sees('one', texts, ['the watch is over']);
    await cleo.sees('it in the channel', (state) => see.scheduled_posts.showChannelOrThreadScheduledPostIndicator(state, deck.id).count, 1);
}

async function found({ben, cleo, team}) {
    const {act, see} = cleo;
    await cleo.do(act.search.searchPosts(team.id, 'leak', false, false));
    await cleo.sees('what was found', (state) => see.posts.getSearchResults(state).map(({message}) => message), [`a leak, @${cleo.name}`]);
    await cleo.do(act.search.searchPosts(team.id, `from:${ben.name} in:town-square watch`, false, false));
    await cleo.sees('nothing', see.posts.getSearchResults, []);
    await cleo.do(act.search.searchPostsWithParams(team.id, {terms: `from:${ben.name} missed`, is_or_search: false, page: 0, per_page: 20}));
    await cleo.sees('what ben wrote', (state) => see.posts.getSearchResults(state).map(({message}) => message), ['missed']);
    await cleo.do(act.search.getMorePostsForSearch(team.id));
    await cleo.sees('no more of it', (state) => see.posts.getSearchResults(state).length, 1);
    await cleo.do(act.search.clearSearch());
    await cleo.sees('nothing', see.posts.getSearchResults, []);
}
