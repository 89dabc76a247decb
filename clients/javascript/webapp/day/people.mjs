// People: names, states, pictures, roles, and those who leave.

import {enter} from '../app.mjs';
import {picture} from '../../shapes/picture.mjs';

const named = (person, other) => (state) => person.see.users.makeGetDisplayName()(state, other.id);
const profile = (person, other) => (state) => person.see.users.getUser(state, other.id);

export async function people(world) {
    await names(world);
    await states(world);
    await pictures(world);
    await found(world);
    await roles(world);
    await team(world);
    await leaving(world);
}

async function names({ben, cleo}) {
    const {act} = cleo;
    const notify = {...cleo.see.users.getCurrentUser(cleo.state).notify_props, mention_keys: `${cleo.name},bosun`};
    await cleo.do(act.users.updateMe({first_name: 'Cleo', last_name: 'Oar', nickname: 'Bosun', position: 'on deck', notify_props: notify}));
    await cleo.sees('their own position', (state) => cleo.see.users.getCurrentUser(state).position, 'on deck');
    await ben.sees('the nickname of another', (state) => profile(ben, cleo)(state).nickname, 'Bosun');
    const name = async (value, expected) => {
        const preference = {user_id: ben.id, category: 'display_settings', name: 'name_format', value};
        await ben.do(ben.act.preferences.savePreferences(ben.id, [preference]));
        await ben.sees('people by the name they want', named(ben, cleo), expected);
    };
    await name('full_name', 'Cleo Oar');
    await name('nickname_full_name', 'Bosun');
    await ben.sees('it in the sidebar', (state) => ben.see.channels.getAllDirectChannels(state).map(({display_name: shown}) => shown)
        .includes('Bosun'), true);
    await name('username', cleo.name);
}

async function states({ben, cleo}) {
    const {act} = cleo;
    const status = (person, other) => (state) => person.see.users.getStatusForUserId(state, other.id);
    await cleo.do(act.users.setStatus({user_id: cleo.id, status: 'dnd'}));
    await cleo.sees('that they are not to be disturbed', status(cleo, cleo), 'dnd');
    await ben.do(ben.act.users.getStatusesByIds([cleo.id]));
    await ben.sees('the state of another', status(ben, cleo), 'dnd');
    await cleo.do(act.users.setStatus({user_id: cleo.id, status: 'online'}));
    await cleo.do(act.users.setCustomStatus({emoji: 'anchor', text: 'ashore', duration: '', expires_at: ''}));
    await ben.sees('what another says of themselves', (state) => JSON.parse(profile(ben, cleo)(state).props.customStatus).text, 'ashore');
    await cleo.sees('it', (state) => JSON.parse(cleo.see.users.getCurrentUser(state).props.customStatus).text, 'ashore');
    await cleo.do(act.users.unsetCustomStatus());
    await ben.sees('nothing', (state) => profile(ben, cleo)(state).props?.customStatus || '', '');
}

async function pictures({ben, cleo}) {
    const {act} = cleo;
    const pictured = () => profile(ben, cleo)(ben.state).last_picture_update ?? 0;
    const before = pictured();
    await cleo.do(act.users.uploadProfileImage(cleo.id, picture()));
    await ben.sees('a new picture', () => pictured() > before, true);
    const between = pictured();
    await cleo.do(act.users.setDefaultProfileImage(cleo.id));
    await ben.sees('another', () => pictured() !== between, true);
}

async function found({admin, ben, cleo, deck, team, suffix}) {
    const {act} = ben;
    const {users, out_of_channel: out} = await ben.do(act.users.autocompleteUsers('cleo', team.id, deck.id));
    ben.is('somebody is completed', [users.map(({id}) => id), out ?? []], [[cleo.id], []]);
    const hits = await ben.do(act.users.searchProfiles('bosun', {team_id: team.id}));
    ben.is('somebody is found by their nickname', hits.map(({id}) => id), [cleo.id]);
    await ben.do(act.users.getProfilesInTeam(team.id, 0));
    await ben.sees('who is in the team', (state) => ben.see.users.getProfilesInCurrentTeam(state).map(({username}) => username).sort(),
        [admin.name, ben.name, cleo.name].sort());
    await ben.do(act.users.getProfilesNotInChannel(team.id, deck.id, false, 0));
    await ben.do(act.users.getProfiles(0, 60));
    await ben.do(act.users.getUserByUsername(cleo.name));
    await ben.do(act.users.getProfilesByUsernames([cleo.name, admin.name]));
    await ben.do(act.users.getKnownUsers());
    await ben.do(act.users.canUserDirectMessage(ben.id, cleo.id));
    await ben.do(act.users.getSessions(ben.id));
    await ben.do(act.users.getUserAudits(ben.id));
    await ben.do(act.users.getTotalUsersStats());
    await ben.do(act.teams.getTeamMembers(team.id));
    await ben.do(act.teams.getTeamMembersByIds(team.id, [cleo.id]));
    await ben.sees('all of the team', (state) => Object.keys(ben.see.teams.getMembersInTeam(state, team.id)).length, 3);
    await ben.do(act.teams.getTeamStats(team.id));
    await ben.sees('how many they are', (state) => ben.see.teams.getCurrentTeamStats(state).total_member_count, 3);
    await admin.do(admin.act.users.getUserByEmail(`cleo${suffix}@example.com`));
    await admin.do(admin.act.users.getFilteredUsersStats({in_team: team.id}));
}

async function roles({admin, cleo, deck, team}) {
    const mayTeam = (permission) => (state) => cleo.see.roles.haveITeamPermission(state, team.id, permission);
    await admin.do(admin.act.teams.updateTeamMemberSchemeRoles(team.id, cleo.id, true, true));
    await cleo.sees('that they lead the team', mayTeam('manage_team'), true);
    await admin.do(admin.act.teams.updateTeamMemberSchemeRoles(team.id, cleo.id, true, false));
    await cleo.sees('that they lead it no more', mayTeam('manage_team'), false);
    const maySystem = (permission) => (state) => cleo.see.roles.haveISystemPermission(state, {permission});
    await admin.do(admin.act.users.updateUserRoles(cleo.id, 'system_user system_manager'));
    await cleo.sees('that they help to run the site', maySystem('sysconsole_read_environment_web_server'), true);
    await admin.do(admin.act.users.updateUserRoles(cleo.id, 'system_user'));
    await cleo.sees('that they do not', maySystem('sysconsole_read_environment_web_server'), false);
    await admin.do(admin.act.roles.getRoleByName('channel_user'));
    await cleo.sees('that they may react', (state) => cleo.see.reactions.canAddReactions(state, deck.id), true);
}

async function team({admin, ben, team: {id}}) {
    await admin.do(admin.act.teams.patchTeam({id, description: 'all hands'}));
    await ben.sees('what the team is about', (state) => ben.see.teams.getTeam(state, id).description, 'all hands');
    await admin.do(admin.act.teams.setTeamIcon(id, picture()));
    await ben.sees('its picture', (state) => ben.see.teams.getTeam(state, id).last_team_icon_update > 0, true);
    await admin.do(admin.act.teams.regenerateTeamInviteId(id));
}

async function leaving({admin, ben, cleo, team: crew, suffix}) {
    const mine = (state) => cleo.see.teams.getMyTeams(state).map(({name}) => name).sort();
    const spare = await admin.do(admin.act.teams.createTeam({name: `spare-${suffix}`, display_name: 'Spare', type: 'O'}));
    // Both channels of the team say that somebody came. Before that is heard, nobody is taken out of it:
    // the package cannot bear to be refused a channel that it has just heard of.
    const added = async () => {
        const before = cleo.times('posted');
        await admin.do(admin.act.teams.addUserToTeam(spare.id, cleo.id));
        await cleo.sees('two teams', mine, [crew.name, spare.name].sort());
        await cleo.heardOf('posted', before + 2);
    };
    await added();
    await admin.do(admin.act.teams.removeUserFromTeam(spare.id, cleo.id));
    await cleo.sees('one', mine, [crew.name]);
    await added();
    // The package goes on counting what is unread in a team that was deleted.
    await cleo.do(cleo.act.channels.readMultipleChannels(cleo.see.channels.getAllTeamsUnreadChannelIds(cleo.state)));
    await admin.do(admin.act.teams.deleteTeam(spare.id));
    await cleo.sees('one', mine, [crew.name]);
    await enter(admin, crew);
    const dan = await admin.do(admin.act.users.createUser(
        {username: `dan${suffix}`, email: `dan${suffix}@example.com`, password: admin.password}, '', ''));
    await ben.sees('a new face', (state) => ben.see.users.getUser(state, dan.id)?.username, dan.username);
    await admin.do(admin.act.users.updateUserActive(dan.id, false));
    await ben.sees('that they are gone', (state) => ben.see.users.getUser(state, dan.id).delete_at > 0, true);
}
