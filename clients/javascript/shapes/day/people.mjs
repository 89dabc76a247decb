// People: accounts, profiles, presence, preferences.

import {picture} from '../picture.mjs';

export async function people({admin, member, other, password}) {
    await profiles(admin, member, other);
    await lists(admin, member, other);
    await attributes(admin, member);
    await presence(member, other);
    await preferences(member);
    await accounts(admin, other, password);
}

async function profiles(admin, member, other) {
    const me = await member.client.getMe();
    await member.client.patchMe({nickname: 'Em', position: 'second mate', first_name: 'Emma'});
    await admin.client.patchUser({id: member.id, last_name: 'Berg'});
    await member.client.updateUser({...me, nickname: 'Emmy'});
    await member.client.getUser(other.id);
    await member.client.getUserByUsername(other.user.username);
    await admin.client.getUserByEmail(other.user.email);
    await member.client.uploadProfileImage(member.id, picture());
    await member.bytes('GET', `/api/v4/users/${member.id}/image`);
    await member.bytes('GET', `/api/v4/users/${member.id}/image/default`);
    await member.client.setDefaultProfileImage(member.id);
}

async function lists(admin, member, other) {
    await member.client.getProfiles();
    await member.client.getProfilesByIds([member.id, other.id]);
    await member.client.getProfilesByUsernames([other.user.username]);
    await admin.client.getProfilesWithoutTeam();
    await member.client.searchUsers('m', {});
    await member.client.getKnownUsers();
    await admin.client.getTotalUsersStats();
    await admin.client.getFilteredUsersStats({include_bots: true, include_deleted: true});
}

async function attributes(admin, member) {
    await member.ask('GET', '/custom_profile_attributes/group', {type: 'GroupOfFields'});
    const made = (name, type, attrs) => admin.client.createCustomProfileAttributeField({name, type, attrs});
    const rank = await made('Rank', 'text', {sort_order: 1, visibility: 'always', value_type: ''});
    const watches = await made('Watches', 'multiselect', {
        sort_order: 2, visibility: 'when_set', value_type: '', options: [{id: '', name: 'First', color: '#123456'}],
    });
    await admin.client.patchCustomProfileAttributeField(rank.id, {name: 'Grade'});
    await member.client.getCustomProfileAttributeFields();
    await member.client.updateCustomProfileAttributeValues({[rank.id]: 'mate', [watches.id]: [watches.attrs.options[0].id]});
    await admin.client.updateUserCustomProfileAttributesValues(member.id, {[rank.id]: 'second mate'});
    await member.client.getUserCustomProfileAttributesValues(member.id);
    await admin.client.deleteCustomProfileAttributeField(rank.id);
}

async function presence(member, other) {
    await member.client.updateStatus({user_id: member.id, status: 'dnd', dnd_end_time: inAnHour() / 1000 | 0});
    await member.client.getStatus(member.id);
    await member.client.updateStatus({user_id: member.id, status: 'online'});
    await member.client.getStatusesByIds([member.id, other.id]);
    await member.asks('getStatuses', [], 'Statuses');
    await member.asks('getStatusesByIds', [[other.id]], 'Statuses');
    await member.asks('userUpdateActiveStatus', [true, false], 'Nothing');
    const status = {emoji: 'anchor', text: 'on watch', duration: 'one_hour', expires_at: new Date(inAnHour()).toISOString()};
    await member.client.updateCustomStatus(status);
    await member.client.getMe();
    await member.client.unsetCustomStatus();
    await member.client.removeRecentCustomStatus(status);
    await member.client.updateCustomStatus(status);
    await member.ask('DELETE', '/users/me/status/custom/recent', {body: status, type: 'Done'});
}

async function preferences(member) {
    const mine = [{user_id: member.id, category: 'display_settings', name: 'use_military_time', value: 'true'}];
    await member.client.savePreferences(member.id, mine);
    await member.client.getMyPreferences();
    await member.client.getUserPreferences(member.id);
    await member.ask('GET', '/users/me/preferences/display_settings', {type: 'Preferences'});
    await member.ask('GET', '/users/me/preferences/display_settings/name/use_military_time', {type: 'Preference'});
    await member.client.deletePreferences(member.id, mine);
}

async function accounts(admin, other, password) {
    await admin.client.updateUserRoles(other.id, 'system_user system_manager');
    await admin.client.updateUserRoles(other.id, 'system_user');
    await other.client.updateUserPassword(other.id, password, `${password}!`);
    await other.client.updateUserPassword(other.id, `${password}!`, password);
    await admin.client.resetFailedAttempts(other.id);
    await admin.client.updateUserActive(other.id, false);
    await admin.client.updateUserActive(other.id, true);
    await other.signIn(other.user.username, password);
    await other.client.loginById(other.id, password);
    await admin.ask('DELETE', `/users/${(await spare(admin)).id}`, {type: 'Done'});
}

/** An account of which nobody has any further need. */
function spare(admin) {
    const account = {username: `spare${admin.user.username}`, email: 'spare@example.com', password: 'a good one, and long'};
    return admin.client.createUser(account, '', '');
}

function inAnHour() {
    return Date.now() + 3_600_000;
}
