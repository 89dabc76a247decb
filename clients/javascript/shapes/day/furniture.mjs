// What stands around the messages: emoji, bookmarks, the sidebar, groups of people.

import {picture} from '../picture.mjs';

export async function furniture(world) {
    await emoji(world);
    await bookmarks(world);
    await sidebar(world);
    await groups(world);
}

async function emoji({admin, member, deck, suffix}) {
    const name = `wheel${suffix}`;
    const made = await admin.client.createCustomEmoji({name, creator_id: admin.id}, picture());
    await member.client.getCustomEmoji(made.id);
    await member.client.getCustomEmojiByName(name);
    await member.client.getCustomEmojisByNames([name]);
    await member.client.getCustomEmojis();
    await member.client.searchCustomEmoji('wheel');
    await member.client.autocompleteCustomEmoji('wheel');
    await member.bytes('GET', `/api/v4/emoji/${made.id}/image`);
    const post = await member.client.createPost({channel_id: deck.id, message: `at the :${name}:`});
    await member.client.addReaction(member.id, post.id, name);
    await member.client.getPost(post.id);
    await admin.client.deleteCustomEmoji(made.id);
}

async function bookmarks({member, deck}) {
    const form = new FormData();
    form.append('channel_id', deck.id);
    form.append('files', picture('plan.png'));
    const {file_infos: [file]} = await member.client.uploadFile(form, true);
    const link = await member.client.createChannelBookmark(
        deck.id, {display_name: 'tides', type: 'link', link_url: 'https://tides.example.org', emoji: 'ocean'}, '');
    const plan = await member.client.createChannelBookmark(deck.id, {display_name: 'plan', type: 'file', file_id: file.id}, '');
    await member.client.updateChannelBookmark(deck.id, link.id, {display_name: 'the tides'}, '');
    await member.client.updateChannelBookmarkSortOrder(deck.id, plan.id, 0, '');
    await member.client.getChannelBookmarks(deck.id);
    await member.client.deleteChannelBookmark(deck.id, link.id, '');
}

async function sidebar({member, team, deck}) {
    const {order, categories} = await member.client.getChannelCategories(member.id, team.id);
    const made = await member.client.createChannelCategory(member.id, team.id, {
        user_id: member.id, team_id: team.id, display_name: 'Afloat', type: 'custom', channel_ids: [deck.id],
    });
    await member.client.getChannelCategoryOrder(member.id, team.id);
    await member.client.updateChannelCategoryOrder(member.id, team.id, [made.id, ...order]);
    await member.client.getChannelCategory(member.id, team.id, made.id);
    await member.client.updateChannelCategory(member.id, team.id, {...made, display_name: 'At sea', collapsed: true});
    await member.client.updateChannelCategories(member.id, team.id, [{...categories[0], sorting: 'recent'}]);
    await member.client.deleteChannelCategory(member.id, team.id, made.id);
}

async function groups(world) {
    const {admin, member, other, suffix} = world;
    const group = await admin.client.createGroupWithUserIds({
        name: `watch-${suffix}`, display_name: 'The watch', allow_reference: true, source: 'custom', user_ids: [member.id],
    });
    await admin.client.addUsersToGroup(group.id, [other.id, admin.id]);
    await admin.client.getGroup(group.id, true);
    await admin.client.getGroupStats(group.id);
    await admin.client.getGroups({page: 0, per_page: 10, include_member_count: true, include_member_ids: true});
    await admin.client.searchGroups({q: 'watch', page: 0, per_page: 10});
    await member.client.getGroupsByUserId(member.id);
    await member.client.getGroupsByNames([group.name]);
    await admin.client.getProfilesInGroup(group.id);
    await admin.client.getProfilesNotInGroup(group.id);
    await admin.ask('GET', `/groups/${group.id}/members`, {type: 'GroupPage'});
    await groupsOfPlaces(world);
    await admin.client.removeUsersFromGroup(group.id, [other.id]);
    await admin.client.patchGroup(group.id, {name: group.name, display_name: 'The dog watch'});
    await admin.client.archiveGroup(group.id);
    await admin.client.restoreGroup(group.id);
}

async function groupsOfPlaces({admin, team, deck}) {
    await admin.client.getGroupsNotAssociatedToTeam(team.id);
    await admin.client.getGroupsNotAssociatedToChannel(deck.id);
    await admin.client.getGroupsAssociatedToTeam(team.id);
    await admin.client.getGroupsAssociatedToChannel(deck.id);
    await admin.client.getAllGroupsAssociatedToTeam(team.id);
    await admin.client.getAllGroupsAssociatedToChannel(deck.id);
    await admin.client.getAllGroupsAssociatedToChannelsInTeam(team.id);
    await admin.client.getChannelMemberCountsByGroup(deck.id, true);
}
