// The sidebar: headings of one's own, favourites, what is muted, and preferences.

import {away, open, write} from '../app.mjs';
import {sidebar as seen} from '../view.mjs';
import {shown} from './channels.mjs';
import {unread} from './posts.mjs';

const UPDATED = 'sidebar_category_updated';
const headings = (person) => (state) => seen(person, state).map(({display_name: name}) => name);
const heading = (person, id, field) => (state) => seen(person, state).find((category) => category.id === id)?.[field];

export async function sidebar(world) {
    away(world.cleo);
    world.square = world.cleo.see.channels.getChannelByName(world.cleo.state, 'town-square');
    world.work = await made(world);
    await moved(world);
    await favourite(world);
    await muted(world);
    await notified(world);
    await hidden(world);
    await preferences(world);
    await unmade(world);
}

async function made({cleo, deck, team}) {
    const {act} = cleo;
    const {id} = await cleo.do(act.channel_categories.createCategory(team.id, 'Work', [deck.id]));
    await cleo.sees('the heading', headings(cleo), ['Favorites', 'Work', 'Channels', 'Direct Messages']);
    await cleo.sees('the channel under it', heading(cleo, id, 'shown'), ['The deck']);
    await cleo.sees('it there no more', shown(cleo, 'channels'), ['Off-Topic', 'Town Square']);
    await cleo.told(UPDATED, act.channel_categories.renameCategory(id, 'At work'));
    await cleo.told(UPDATED, act.channel_categories.setCategoryCollapsed(id, true));
    await cleo.told(UPDATED, act.channel_categories.setCategorySorting(id, 'alpha'));
    await cleo.sees('its new name', headings(cleo), ['Favorites', 'At work', 'Channels', 'Direct Messages']);
    await cleo.sees('that it is folded', heading(cleo, id, 'collapsed'), true);
    await cleo.sees('how it is sorted', heading(cleo, id, 'sorting'), 'alpha');
    return id;
}

async function moved({cleo, square, team, work}) {
    const {act} = cleo;
    const topic = cleo.see.channels.getChannelByName(cleo.state, 'off-topic');
    await cleo.told(UPDATED, act.channel_categories.moveChannelToCategory(work, square.id, 1));
    await cleo.sees('both by name', heading(cleo, work, 'shown'), ['The deck', 'Town Square']);
    await cleo.told(UPDATED, act.channel_categories.setCategorySorting(work, 'manual'));
    await cleo.told(UPDATED, act.channel_categories.moveChannelsToCategory(work, [topic.id, square.id], 0));
    await cleo.sees('them as they were put', heading(cleo, work, 'shown'), ['Off-Topic', 'Town Square', 'The deck']);
    await cleo.do(act.channel_categories.moveCategory(team.id, work, 0));
    await cleo.sees('it on top', headings(cleo), ['At work', 'Favorites', 'Channels', 'Direct Messages']);
    await cleo.heardOf('sidebar_category_order_updated');
}

async function favourite({cleo, square, direct}) {
    const {act, see} = cleo;
    await cleo.do(act.channels.favoriteChannel(square.id));
    await cleo.sees('a favourite', shown(cleo, 'favorites'), ['Town Square']);
    await cleo.sees('that it is one', (state) => see.channels.isFavoriteChannel(state, square.id), true);
    await cleo.do(act.channels.favoriteChannel(direct.id));
    await cleo.sees('two favourites', (state) => shown(cleo, 'favorites')(state).length, 2);
    await cleo.do(act.channels.unfavoriteChannel(square.id));
    await cleo.sees('it as a channel', shown(cleo, 'channels'), ['Town Square']);
    await cleo.sees('that it is none', (state) => see.channels.isFavoriteChannel(state, square.id), false);
}

async function muted({ben, cleo, deck, work}) {
    const {act, see} = cleo;
    await cleo.do(act.channel_categories.setCategoryMuted(work, true));
    await cleo.sees('that the channel is muted', (state) => see.channels.isMutedChannel(state, deck.id), true);
    await cleo.heardOf('channel_member_updated');
    await write(ben, deck.id, 'into the void');
    const {id} = await write(ben, deck.id, 'and again');
    await cleo.sees('it in the store', (state) => see.posts.getPost(state, id)?.id, id);
    await cleo.sees('nothing unread of a muted channel', (state) => unread(cleo, deck.id)(state).showUnread, false);
    await write(ben, deck.id, `but @${cleo.name}`);
    await cleo.sees('what is for them', (state) => unread(cleo, deck.id)(state).mentions, 1);
    await open(cleo, deck.id);
    away(cleo);
    await cleo.do(act.channel_categories.setCategoryMuted(work, false));
    await cleo.sees('that it is muted no more', (state) => see.channels.isMutedChannel(state, deck.id), false);
}

async function notified({cleo, deck, square}) {
    const {act, see} = cleo;
    const props = (id) => (state) => see.channels.getMyChannelMember(state, id).notify_props;
    await cleo.do(act.channels.updateChannelNotifyProps(cleo.id, deck.id, {desktop: 'all', push: 'none'}));
    await cleo.sees('what they are told of', (state) => [props(deck.id)(state).desktop, props(deck.id)(state).push], ['all', 'none']);
    await cleo.do(act.channels.updateChannelNotifyProps(cleo.id, square.id, {mark_unread: 'mention'}));
    await cleo.sees('that it is muted', (state) => see.channels.isMutedChannel(state, square.id), true);
    await cleo.do(act.channels.getMyChannelMember(deck.id));
    await cleo.sees('the same of the server', (state) => [props(deck.id)(state).desktop, props(deck.id)(state).push], ['all', 'none']);
}

async function hidden({admin, ben, cleo, several}) {
    const {act} = ben;
    const conversations = [cleo.name, `${admin.name}, ${cleo.name}`];
    await ben.sees('two conversations', (state) => shown(ben, 'direct_messages')(state).toSorted(), conversations.toSorted());
    const preference = {user_id: ben.id, category: 'group_channel_show', name: several.id, value: 'false'};
    await ben.do(act.preferences.savePreferences(ben.id, [preference]));
    await ben.sees('one', shown(ben, 'direct_messages'), [cleo.name]);
    await write(cleo, several.id, 'still here?');
    await ben.sees('both again', (state) => shown(ben, 'direct_messages')(state).toSorted(), conversations.toSorted());
}

async function preferences({cleo, team}) {
    const {act, see} = cleo;
    const theme = see.preferences.getTheme(cleo.state);
    await cleo.do(act.preferences.saveTheme('', {...theme, type: 'custom', sidebarBg: '#123456'}));
    await cleo.sees('their colours', (state) => see.preferences.getTheme(state).sidebarBg, '#123456');
    await cleo.do(act.preferences.saveTheme(team.id, {...theme, type: 'custom', sidebarBg: '#654321'}));
    await cleo.sees('those of the team', (state) => see.preferences.getTheme(state).sidebarBg, '#654321');
    await cleo.do(act.preferences.deleteTeamSpecificThemes());
    await cleo.sees('their colours', (state) => see.preferences.getTheme(state).sidebarBg, '#123456');
    const limit = {user_id: cleo.id, category: 'sidebar_settings', name: 'limit_visible_dms_gms', value: '10'};
    await cleo.do(act.preferences.savePreferences(cleo.id, [limit]));
    await cleo.sees('how many conversations are shown', see.preferences.getVisibleDmGmLimit, 10);
    await cleo.do(act.preferences.getMyPreferences());
    await cleo.sees('it still', see.preferences.getVisibleDmGmLimit, 10);
}

async function unmade({ben, cleo, team}) {
    const {act} = cleo;
    const {id} = await cleo.do(act.channel_categories.createCategory(team.id, 'Later'));
    await cleo.sees('the heading', (state) => headings(cleo)(state).includes('Later'), true);
    await cleo.do(act.channel_categories.deleteCategory(id));
    await cleo.sees('it no more', headings(cleo), ['At work', 'Favorites', 'Channels', 'Direct Messages']);
    await cleo.sees('the favourite conversation', shown(cleo, 'favorites'), [ben.name]);
}
