// The site itself: its settings and state, search, and what it answers to everybody alike.

import {picture} from '../picture.mjs';

export async function site(world) {
    const {admin, member, team} = world;
    await admin.client.ping(true);
    await member.client.getClientConfig();
    await member.client.getClientLicenseOld();
    await member.client.getLicenseLoadMetric();
    await member.client.logClientError('it is dark');
    await member.client.getInProductNotices(team.id, 'web', '11.0.0');
    await member.client.updateNoticesAsViewed([]);
    await member.client.getWebappPlugins();
    await admin.client.getServerLimits();
    await admin.client.getFirstAdminSetupComplete();
    await admin.client.completeSetup({organization: 'Sea', install_plugins: []});
    await admin.client.sendTestNotificaiton();
    await roles(admin);
    await terms(world);
    await agents(member);
    await elsewhere(world);
    await byHand(world);
    await search(world);
    await refusals(world);
}

async function roles(admin) {
    const [user] = await admin.client.getRolesByNames(['system_user', 'team_user']);
    await admin.client.getRole(user.id);
    await admin.client.getRoleByName('system_user');
    await admin.ask('GET', '/roles', {type: 'Roles'});
}

async function terms({admin, member}) {
    const {id} = await admin.client.createTermsOfService('Be kind.');
    await member.client.getTermsOfService();
    await member.client.updateMyTermsOfServiceStatus(id, true);
    await member.ask('GET', '/users/me/terms_of_service', {type: 'Acceptance'});
    await member.client.getMe();
}

async function agents(member) {
    await member.client.getAgents();
    await member.client.getAgentsStatus();
    await member.client.getLLMServices();
    await member.ask('GET', '/ai/agents', {type: 'Agents'});
}

/** Other sites that this one is linked with: none. */
async function elsewhere({admin, member, other, team, deck}) {
    await admin.client.getRemoteClusters();
    await member.client.getSharedChannelRemoteInfos(deck.id);
    await member.client.canUserDirectMessage(member.id, other.id);
    await admin.ask('GET', `/sharedchannels/${team.id}`, {type: 'SharedChannels'});
}

async function byHand({member, receiver}) {
    const now = Date.now();
    const figures = {version: '0.1.0', start: now - 1000, end: now, counters: [], histograms: []};
    await member.ask('GET', '/openapi.json', {type: 'Description'});
    await member.ask('GET', '/system/timezones', {type: 'Texts'});
    await member.ask('POST', '/client_perf', {body: figures, type: 'Done'});
    await member.ask('GET', '/redirect_location?url=https%3A%2F%2Fnowhere.invalid', {type: 'Location'});
    const elsewhere = encodeURIComponent(receiver.at('/tide.png', picture()));
    await member.bytes('GET', `/api/v4/image?url=${elsewhere}`);
}

async function search({member, team}) {
    await member.client.searchPosts(team.id, 'ahoy', false);
    await member.client.searchPosts('', 'ahoy', false);
    await member.client.searchPostsWithParams(team.id, {terms: 'chart', is_or_search: false, page: 0, per_page: 10});
    await member.client.searchFiles(team.id, 'chart', false);
    await member.client.searchFiles('', 'chart', false);
    await member.client.searchFilesWithParams(team.id, {terms: 'soundings', is_or_search: false});
}

/** Operations that nobody can succeed with here; they say so as every refusal is said. */
async function refusals({member, url, ledger}) {
    const email = member.user.email;
    await member.refused(501, (client) => client.switchEmailToLdap(email, 'x', 'id', 'x'));
    await member.refused(501, (client) => client.switchLdapToEmail('x', email, 'x'));
    await member.refused(501, (client) => client.switchEmailToOAuth('gitlab', email, 'x'));
    await member.refused(501, (client) => client.switchOAuthToEmail('gitlab', email, 'x'));
    await member.refused(401, (client) => client.loginWithDesktopToken('x'));
    const exchange = JSON.stringify({login_code: 'x', code_verifier: 'x', state: 'x'});
    await member.refused(400, () => fetch(`${url}/api/v4/users/login/sso/code-exchange`, {method: 'POST', body: exchange}));
    await member.refused(404, (client) => client.getUserLoginType(member.user.username), {empty: true});
    await member.refused(404, () => member.raw('GET', '/api/v4/brand/image'), {empty: true});
    await member.refused(501, () => member.raw('POST', '/api/v4/notifications/ack', {body: '{"id": "x"}'}));
}
