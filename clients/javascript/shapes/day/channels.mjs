// Channels and conversations: made, found, changed, joined, archived.

export async function channels(world) {
    const {admin, member, other, team, suffix} = world;
    world.square = await admin.client.getChannelByName(team.id, 'town-square');
    const named = (name, type) => ({team_id: team.id, name: `${name}-${suffix}`, display_name: name, type});
    const deck = await admin.client.createChannel(named('deck', 'O'));
    world.deck = deck;
    await member.client.addToChannel(member.id, deck.id);
    await admin.client.addToChannels([other.id], deck.id);
    world.cabin = await admin.client.createChannel(named('cabin', 'P'));
    await changes(world);
    await conversations(world);
    await found(world);
    await members(world);
    await moderated(world);
    const hold = await admin.client.createChannel(named('hold', 'O'));
    await admin.client.deleteChannel(hold.id);
    await admin.client.getArchivedChannels(team.id);
    await admin.ask('POST', `/teams/${team.id}/channels/search_archived`, {body: {term: 'hold'}, type: 'Channels'});
    await admin.client.unarchiveChannel(hold.id);
    const quay = await admin.client.createTeam({name: `quay-${suffix}`, display_name: 'Quay', type: 'O'});
    await admin.ask('POST', `/channels/${hold.id}/move`, {body: {team_id: quay.id, force: true}, type: 'OneChannel'});
}

async function changes({admin, deck, cabin, other}) {
    await admin.client.patchChannel(deck.id, {header: 'of wood', purpose: 'to stand on', display_name: 'Deck'});
    await admin.client.patchChannel(deck.id, {banner_info: {enabled: true, text: 'Wet paint', background_color: '#c8102e'}});
    await admin.client.updateChannel({...deck, display_name: 'The deck', header: 'of steel'});
    await admin.client.addToChannel(other.id, cabin.id);
    await admin.client.updateChannelPrivacy(cabin.id, 'O');
    await admin.client.updateChannelPrivacy(cabin.id, 'P');
    await admin.client.removeFromChannel(other.id, cabin.id);
}

async function conversations(world) {
    const {admin, member, other} = world;
    world.direct = await member.client.createDirectChannel([member.id, admin.id]);
    world.group = await member.client.createGroupChannel([member.id, admin.id, other.id]);
    await member.client.searchGroupChannels(other.user.username);
    await member.client.getProfilesInGroupChannels([world.group.id]);
    await member.client.getGroupMessageMembersCommonTeams(world.group.id);
    await member.client.convertGroupMessageToPrivateChannel(world.group.id, world.team.id, 'The three', `three-${world.suffix}`);
}

async function found({admin, member, team, deck, cabin}) {
    await member.client.getChannel(deck.id);
    await member.client.getChannelByNameAndTeamName(team.name, deck.name);
    await member.client.getChannels(team.id);
    await member.client.getAllTeamsChannels();
    await member.client.getMyChannels(team.id);
    await member.client.autocompleteChannels(team.id, 'de');
    await member.client.autocompleteChannelsForSearch(team.id, 'de');
    await member.client.searchChannels(team.id, 'de');
    await member.client.searchAllChannels('de', {nonAdminSearch: true});
    await admin.client.searchAllChannels('de', {public: true});
    await admin.client.searchAllChannels('de', {page: 0, per_page: 10, include_deleted: true});
    await member.ask('POST', `/teams/${team.id}/channels/ids`, {body: [deck.id], type: 'Channels'});
    await admin.ask('GET', `/teams/${team.id}/channels/private`, {type: 'Channels'});
    await admin.client.getAllChannels(0, 10, '', false, false, false, false, false, false);
    await admin.client.getAllChannels(0, 10, '', false, true, true, false, false, false);
    await member.client.getChannelStats(deck.id, true);
    await member.client.getChannelsMemberCount([deck.id]);
    await member.client.getChannelTimezones(deck.id);
    await member.client.getProfilesInChannel(deck.id);
    await admin.client.getProfilesNotInChannel(team.id, cabin.id, false);
    await admin.client.getProfilesMatchingChannelPolicy(team.id, cabin.id, false);
    await admin.client.getProfilesMatchingTeamPolicy(team.id);
    await member.client.autocompleteUsers('m', team.id, deck.id);
}

async function members({admin, member, other, team, deck}) {
    await member.client.getMyChannelMember(deck.id);
    await member.client.getMyChannelMembers(team.id);
    await member.client.getAllChannelsMembers(member.id);
    await member.client.getChannelMembers(deck.id);
    await member.client.getChannelMember(deck.id, other.id);
    await member.client.getChannelMembersByIds(deck.id, [other.id]);
    await admin.client.updateChannelMemberRoles(deck.id, other.id, 'channel_user channel_admin');
    await admin.client.updateChannelMemberSchemeRoles(deck.id, other.id, true, false);
    await member.client.updateChannelNotifyProps({channel_id: deck.id, user_id: member.id, desktop: 'all', push: 'mention'});
    await member.refused(403, (client) => client.setMyChannelAutotranslation(deck.id, false));
}

async function moderated({admin, member, deck}) {
    const set = (members) => admin.client.patchChannelModerations(deck.id, [{name: 'create_reactions', roles: {members}}]);
    await set(false);
    await admin.client.getChannelModerations(deck.id);
    const {roles} = await member.client.getMyChannelMember(deck.id);
    await member.client.getRolesByNames(roles.split(' '));
    await set(true);
}
