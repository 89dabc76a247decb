// Channels: made, joined, changed, converted, archived, left; conversations of two and of three.

import {away, open, write} from '../app.mjs';
import {sidebar} from '../view.mjs';

/** The names under a heading of the sidebar. */
export const shown = (person, type) => (state) => sidebar(person, state).find((category) => category.type === type).shown;
const field = (person, id, name) => (state) => person.see.channels.getChannel(state, id)[name];
const may = (person, team, id, permission) => (state) => person.see.roles.haveIChannelPermission(state, team.id, id, permission);

export async function channels(world) {
    world.deck = await deck(world);
    await changed(world);
    await converted(world);
    await archived(world);
    await left(world);
    await found(world);
    await direct(world);
    await several(world);
}

async function deck({admin, ben, cleo, team, suffix}) {
    const {act} = ben;
    const channel = await ben.do(act.channels.createChannel(
        {team_id: team.id, name: `deck-${suffix}`, display_name: 'Deck', type: 'O', purpose: '', header: ''}, ben.id));
    await ben.sees('the channel in the sidebar', shown(ben, 'channels'), ['Deck', 'Off-Topic', 'Town Square']);
    await ben.sees('that they lead it', may(ben, team, channel.id, 'manage_channel_roles'), true);
    await open(ben, channel.id);
    await ben.told('user_added', act.channels.addChannelMember(channel.id, cleo.id));
    // The action counts on, and so does whoever reads the count when the event comes: it may be one too many.
    await ben.do(act.channels.getChannelStats(channel.id, true));
    await cleo.sees('the channel in the sidebar', shown(cleo, 'channels'), ['Deck', 'Off-Topic', 'Town Square']);
    await cleo.sees('that they do not lead it', may(cleo, team, channel.id, 'manage_channel_roles'), false);
    await cleo.sees('that they may write', may(cleo, team, channel.id, 'create_post'), true);
    await ben.sees('two in the channel', (state) => ben.see.channels.getCurrentChannelStats(state).member_count, 2);
    await admin.do(admin.act.channels.joinChannel(admin.id, team.id, '', channel.name));
    await admin.sees('the channel in the sidebar', shown(admin, 'channels'), ['Deck', 'Off-Topic', 'Town Square']);
    await ben.sees('three in the channel', (state) => ben.see.channels.getCurrentChannelStats(state).member_count, 3);
    await ben.do(act.channels.updateChannelMemberSchemeRoles(channel.id, cleo.id, true, true));
    await cleo.sees('that they lead it now', may(cleo, team, channel.id, 'manage_channel_roles'), true);
    await ben.do(act.channels.updateChannelMemberSchemeRoles(channel.id, cleo.id, true, false));
    await cleo.sees('that they lead it no more', may(cleo, team, channel.id, 'manage_channel_roles'), false);
    return channel;
}

async function changed({ben, cleo, deck}) {
    await ben.do(ben.act.channels.patchChannel(deck.id, {header: 'the sea is calm', purpose: 'what goes on above'}));
    for (const person of [ben, cleo]) {
        await person.sees('the header', field(person, deck.id, 'header'), 'the sea is calm');
        await person.sees('the purpose', field(person, deck.id, 'purpose'), 'what goes on above');
    }
    await cleo.do(cleo.act.channels.patchChannel(deck.id, {display_name: 'The deck'}));
    await ben.sees('the new name in the sidebar', shown(ben, 'channels'), ['Off-Topic', 'The deck', 'Town Square']);
    await cleo.sees('the new name in the sidebar', shown(cleo, 'channels'), ['Off-Topic', 'The deck', 'Town Square']);
}

async function converted({admin, ben, deck}) {
    await admin.do(admin.act.channels.updateChannelPrivacy(deck.id, 'P'));
    await ben.sees('that the channel is private', field(ben, deck.id, 'type'), 'P');
    await admin.do(admin.act.channels.updateChannelPrivacy(deck.id, 'O'));
    await ben.sees('that the channel is open', field(ben, deck.id, 'type'), 'O');
}

async function archived({ben, cleo, admin, team, suffix}) {
    const hold = await ben.do(ben.act.channels.createChannel(
        {team_id: team.id, name: `hold-${suffix}`, display_name: 'Hold', type: 'P', purpose: '', header: ''}, ben.id));
    await ben.do(ben.act.channels.addChannelMembers(hold.id, [cleo.id, admin.id]));
    await cleo.sees('the private channel', shown(cleo, 'channels'), ['Hold', 'Off-Topic', 'The deck', 'Town Square']);
    await ben.do(ben.act.channels.deleteChannel(hold.id));
    for (const person of [ben, cleo]) {
        await person.sees('no archived channel', shown(person, 'channels'), ['Off-Topic', 'The deck', 'Town Square']);
        await person.sees('that it is archived', (state) => person.see.channels.getChannel(state, hold.id).delete_at > 0, true);
    }
    await admin.do(admin.act.channels.unarchiveChannel(hold.id));
    for (const person of [ben, cleo]) {
        await person.sees('the channel again', shown(person, 'channels'), ['Hold', 'Off-Topic', 'The deck', 'Town Square']);
    }
}

async function left({ben, cleo, admin}) {
    const hold = cleo.see.channels.getMyChannels(cleo.state).find((channel) => channel.display_name === 'Hold');
    await open(ben, hold.id);
    await cleo.do(cleo.act.channels.leaveChannel(hold.id));
    await cleo.sees('no channel that they left', shown(cleo, 'channels'), ['Off-Topic', 'The deck', 'Town Square']);
    await ben.sees('two in it', (state) => ben.see.channels.getCurrentChannelStats(state).member_count, 2);
    await ben.do(ben.act.channels.removeChannelMember(hold.id, admin.id));
    await admin.sees('no channel that they were taken out of', shown(admin, 'channels'), ['Off-Topic', 'The deck', 'Town Square']);
    await ben.sees('one in it', (state) => ben.see.channels.getCurrentChannelStats(state).member_count, 1);
    away(ben);
}

async function found({admin, cleo, team, deck}) {
    const {act} = cleo;
    const listed = async (action) => (await cleo.do(action)).map(({name}) => name).sort();
    const names = await listed(act.channels.getChannels(team.id));
    cleo.is('every open channel is listed', names, [deck.name, 'off-topic', 'town-square'].sort());
    cleo.is('a channel is found', await listed(act.channels.searchChannels(team.id, 'deck')), [deck.name]);
    cleo.is('a channel is completed', await listed(act.channels.autocompleteChannels(team.id, 'dec')), [deck.name]);
    await cleo.do(act.channels.autocompleteChannelsForSearch(team.id, 'dec'));
    await cleo.do(act.channels.getArchivedChannels(team.id));
    await cleo.do(act.channels.getChannelByNameAndTeamName(team.name, deck.name));
    await cleo.do(act.channels.getChannelTimezones(deck.id));
    await cleo.do(act.channels.getChannelMembers(deck.id));
    await cleo.sees('who is in the channel', (state) => Object.keys(cleo.see.channels.getChannelMembersInChannels(state)[deck.id]).length, 3);
    await admin.do(admin.act.channels.getAllChannelsWithCount());
    await admin.do(admin.act.channels.searchAllChannels('deck', {}));
    await admin.do(admin.act.channels.getChannelModerations(deck.id));
    await admin.sees('the moderation of the channel', (state) => admin.see.channels.getChannelModerations(state, deck.id).length > 0, true);
}

async function direct(world) {
    const {ben, cleo} = world;
    world.direct = await ben.do(ben.act.channels.createDirectChannel(ben.id, cleo.id));
    await ben.sees('the conversation', shown(ben, 'direct_messages'), [cleo.name]);
    await write(ben, world.direct.id, 'are you there?');
    await cleo.sees('who wrote', shown(cleo, 'direct_messages'), [ben.name]);
    const unread = cleo.see.channels.makeGetChannelUnreadCount();
    await cleo.sees('that it is for them', (state) => unread(state, world.direct.id).mentions, 1);
    await open(cleo, world.direct.id);
    await write(cleo, world.direct.id, 'always');
    await ben.sees('the answer as unread', (state) => unread(state, world.direct.id),
        {showUnread: true, messages: 1, mentions: 1, hasUrgent: false});
    await open(ben, world.direct.id);
    away(ben);
    away(cleo);
}

async function several(world) {
    const {admin, ben, cleo, team} = world;
    world.several = await ben.do(ben.act.channels.createGroupChannel([admin.id, ben.id, cleo.id]));
    await write(ben, world.several.id, 'all of us');
    await ben.do(ben.act.users.getProfilesInGroupChannels([world.several.id]));
    await cleo.sees('both names', (state) => shown(cleo, 'direct_messages')(state).toSorted(), [ben.name, `${admin.name}, ${ben.name}`].sort());
    await admin.sees('both names', shown(admin, 'direct_messages'), [`${ben.name}, ${cleo.name}`]);
    const common = await ben.Client4.getGroupMessageMembersCommonTeams(world.several.id);
    ben.is('they share the team', common.data.map(({id}) => id), [team.id]);
}
