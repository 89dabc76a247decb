// The first morning: accounts, a team, who may what, and what is there from the beginning.

import {enter, start} from '../app.mjs';
import {sidebar} from '../view.mjs';

const mayInSystem = ({see}, permission) => (state) => see.roles.haveISystemPermission(state, {permission});

export async function morning(world) {
    const {admin, ben, cleo} = world;
    for (const person of [admin, ben, cleo]) {
        const user = {username: person.name, email: `${person.name}@example.com`, password: person.password};
        await person.do(person.act.users.createUser(user, '', ''));
        await start(person);
        await person.sees('their own name', person.see.users.getCurrentUserId, person.id);
        await person.sees('the version of the server', (state) => /^\d+\.\d+\.\d+/.test(person.see.general.getServerVersion(state)), true);
        await person.sees('no team', person.see.teams.getMyTeams, []);
    }
    await admin.sees('that they run the site', mayInSystem(admin, 'manage_system'), true);
    await ben.sees('that they do not', mayInSystem(ben, 'manage_system'), false);
    await ben.sees('that they may make a team', mayInSystem(ben, 'create_team'), true);
    world.team = await founded(world);
}

async function founded({admin, ben, cleo, suffix}) {
    const name = `crew-${suffix}`;
    const exists = await admin.do(admin.act.teams.checkIfTeamExists(name));
    if (exists) {
        throw new Error('a team exists before it is made');
    }
    const team = await admin.do(admin.act.teams.createTeam({name, display_name: 'The crew', type: 'O', allow_open_invite: true}));
    await ben.do(ben.act.teams.getTeamInviteInfo(team.invite_id));
    await ben.do(ben.act.teams.addUserToTeamFromInvite('', team.invite_id));
    await admin.do(admin.act.teams.addUsersToTeamGracefully(team.id, [cleo.id]));
    for (const person of [admin, ben, cleo]) {
        const {see} = person;
        await person.sees('the team', (state) => see.teams.getMyTeams(state).map(({id}) => id), [team.id]);
        await enter(person, team);
        await person.sees('the sidebar of a beginner', (state) => sidebar(person, state).map(({type, shown}) => ({type, shown})), [
            {type: 'favorites', shown: []},
            {type: 'channels', shown: ['Off-Topic', 'Town Square']},
            {type: 'direct_messages', shown: []},
        ]);
        await person.sees('where the team begins', see.channels.getRedirectChannelNameForCurrentTeam, 'town-square');
        await person.sees('that threads are folded', see.preferences.isCollapsedThreadsEnabled, true);
    }
    await admin.sees('that they lead the team', admin.see.teams.isCurrentUserCurrentTeamAdmin, true);
    await cleo.sees('that they do not', cleo.see.teams.isCurrentUserCurrentTeamAdmin, false);
    for (const [person, may] of [[admin, true], [ben, false]]) {
        await person.sees('who may change the team', (state) => person.see.roles.haveITeamPermission(state, team.id, 'manage_team'), may);
    }
    return team;
}
