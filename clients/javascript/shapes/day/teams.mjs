// Teams: made, found, changed, joined, left, archived.

import {picture} from '../picture.mjs';

export async function teams(world) {
    const {admin, member, other, suffix} = world;
    const team = await admin.client.createTeam({name: `team-${suffix}`, display_name: 'Bridge', type: 'O'});
    world.team = team;
    await joining(world);
    await admin.client.patchTeam({id: team.id, description: 'of the bridge', allow_open_invite: true});
    await admin.client.updateTeam({...team, company_name: 'Sea', allow_open_invite: true});
    await admin.client.regenerateTeamInviteId(team.id);
    await admin.ask('PUT', `/teams/${team.id}/privacy`, {body: {privacy: 'O'}, type: 'OneTeam'});
    await admin.client.setTeamIcon(team.id, picture());
    await admin.bytes('GET', `/api/v4/teams/${team.id}/image`);
    await admin.client.removeTeamIcon(team.id);
    await found(world);
    await members(world);
    const spare = await admin.client.createTeam({name: `spare-${suffix}`, display_name: 'Spare', type: 'I'});
    await admin.client.addUsersToTeam(spare.id, [other.id]);
    await admin.client.deleteTeam(spare.id);
    await admin.client.unarchiveTeam(spare.id);
    await admin.client.removeFromTeam(spare.id, other.id);
    await member.client.getMyTeamUnreads(true);
}

async function joining({admin, member, other, team}) {
    await admin.client.addToTeam(team.id, member.id);
    await admin.client.addUsersToTeamGracefully(team.id, [other.id]);
    await admin.client.removeFromTeam(team.id, other.id);
    await other.client.addToTeamFromInvite('', team.invite_id);
    await admin.client.removeFromTeam(team.id, other.id);
    await other.client.joinTeam(team.invite_id);
    await member.client.getTeamInviteInfo(team.invite_id);
}

async function found({admin, member, team}) {
    await member.client.getTeam(team.id);
    await member.client.getTeamByName(team.name);
    await member.client.checkIfTeamExists(team.name);
    await member.client.getMyTeams();
    await member.client.getTeamsForUser(member.id);
    await admin.client.getTeams();
    await admin.client.getTeams(0, 10, true);
    await admin.client.searchTeams('bridge', {});
    await admin.client.searchTeams('bridge', {page: 0, per_page: 10});
    await member.client.getTeamStats(team.id);
}

async function members({admin, member, other, team}) {
    await member.client.getMyTeamMembers();
    await member.client.getTeamMembers(team.id);
    await admin.client.getTeamMembersForUser(member.id);
    await member.client.getTeamMember(team.id, other.id);
    await member.client.getTeamMembersByIds(team.id, [member.id, other.id]);
    await admin.client.updateTeamMemberRoles(team.id, other.id, 'team_user team_admin');
    await admin.client.updateTeamMemberSchemeRoles(team.id, other.id, true, false);
    await member.client.getProfilesInTeam(team.id);
    await member.client.getProfilesNotInTeam(team.id, false);
    await member.client.getMyTeamUnreads();
    await member.ask('GET', `/users/me/teams/${team.id}/unread`, {type: 'UnreadOfTeam'});
}
