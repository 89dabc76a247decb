// Ways in and out: sessions, access tokens, the second factor, mail, guests.

import {totp} from '../totp.mjs';

export async function doors(world) {
    await tokens(world);
    await secondFactor(world);
    await sessions(world);
    await mail(world);
    await invitations(world);
    await guests(world);
    await audits(world);
    await everybodyOut(world);
}

async function tokens({admin}) {
    const token = await admin.client.createUserAccessToken(admin.id, 'for scripts');
    await admin.client.getUserAccessToken(token.id);
    await admin.client.getUserAccessTokensForUser(admin.id);
    await admin.client.getUserAccessTokens();
    await admin.ask('POST', '/users/tokens/search', {body: {term: admin.user.username}, type: 'Tokens'});
    await admin.client.disableUserAccessToken(token.id);
    await admin.client.enableUserAccessToken(token.id);
    await admin.client.revokeUserAccessToken(token.id);
}

async function secondFactor({other, password}) {
    await other.client.checkUserMfa(other.user.username);
    const {secret} = await other.client.generateMfaSecret(other.id);
    await other.client.updateUserMfa(other.id, true, totp(secret, 0));
    await other.client.getMe();
    await other.signIn(other.user.username, password, totp(secret, 1));
    await other.client.updateUserMfa(other.id, false, '');
}

async function sessions({admin, other, password}) {
    await other.ask('PUT', '/users/sessions/device', {body: {device_id: 'apple:1'}, type: 'Done'});
    const [session] = await other.client.getSessions(other.id);
    await other.client.revokeSession(other.id, session.id);
    await admin.client.revokeAllSessionsForUser(other.id);
    await other.signIn(other.user.username, password);
    await other.client.logout();
    await other.signIn(other.user.username, password);
}

async function mail({admin, member, other, mailbox, password}) {
    await admin.client.testEmail();
    await member.client.verifyUserEmail(await mailbox.token(member.user.email, 'do_verify_email'));
    await other.client.sendVerificationEmail(other.user.email);
    await other.client.sendPasswordResetEmail(other.user.email);
    await other.client.resetUserPassword(await mailbox.token(other.user.email, 'reset_password_complete'), password);
    await other.signIn(other.user.username, password);
    await admin.ask('POST', `/users/${other.id}/email/verify/member`, {type: 'User'});
}

async function invitations({admin, team, deck}) {
    await admin.client.sendEmailInvitesToTeam(team.id, ['a@example.com']);
    await admin.client.sendEmailInvitesToTeamGracefully(team.id, ['b@example.com', 'nonsense']);
    await admin.client.sendEmailInvitesToTeamAndChannelsGracefully(team.id, [deck.id], ['c@example.com'], 'come aboard');
    await admin.client.sendEmailGuestInvitesToChannels(team.id, [deck.id], ['d@example.com'], 'look around');
    await admin.client.sendEmailGuestInvitesToChannelsGracefully(team.id, [deck.id], ['e@example.com', 'nonsense'], '');
    await admin.client.invalidateAllEmailInvites();
}

async function guests({admin, other, deck, password}) {
    await admin.client.demoteUserToGuest(other.id);
    await other.signIn(other.user.username, password);
    await admin.client.createPost({channel_id: deck.id, message: 'welcome aboard'});
    await other.client.getMe();
    await other.client.getMyTeams();
    await other.client.getMyTeamMembers();
    await other.client.getPosts(deck.id);
    await other.client.getMyChannelMember(deck.id);
    await other.client.getKnownUsers();
    await other.client.getProfiles();
    await admin.client.promoteGuestToUser(other.id);
    await other.signIn(other.user.username, password);
}

async function audits({admin, member}) {
    await admin.client.getAudits();
    await member.client.getUserAudits(member.id);
}

async function everybodyOut({admin, member, other, password}) {
    await admin.client.revokeSessionsForAllUsers();
    for (const person of [admin, member, other]) {
        await person.signIn(person.user.username, password);
    }
}
