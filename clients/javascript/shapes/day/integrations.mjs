// Bots, webhooks, slash commands, buttons and dialogs, programs that are let in.

export async function integrations(world) {
    await bots(world);
    await incoming(world);
    await outgoing(world);
    await commands(world);
    await dialogs(world);
    await apps(world);
}

async function bots({admin, member, suffix}) {
    const bot = await admin.client.createBot({username: `bot${suffix}`, display_name: 'Bosun', description: 'whistles'});
    await admin.client.patchBot(bot.user_id, {username: bot.username, display_name: 'The bosun', description: ''});
    await admin.client.getBot(bot.user_id);
    await admin.client.getBots();
    await admin.client.disableBot(bot.user_id);
    await admin.client.getBotsIncludeDeleted();
    await admin.client.getBotsOrphaned();
    await admin.client.enableBot(bot.user_id);
    await admin.client.assignBot(bot.user_id, member.id);
    await member.client.getUser(bot.user_id);
}

async function incoming({admin, team, deck}) {
    const hook = await admin.client.createIncomingWebhook({channel_id: deck.id, display_name: 'weather'});
    await admin.client.getIncomingWebhook(hook.id);
    await admin.client.getIncomingWebhooks(team.id);
    await admin.client.getIncomingWebhooks(team.id, 0, 10, true);
    await admin.client.updateIncomingWebhook({...hook, description: 'of the weather'});
    await admin.bytes('POST', `/hooks/${hook.id}`, {body: JSON.stringify({text: 'a gale'})});
    await admin.client.removeIncomingWebhook(hook.id);
}

async function outgoing({admin, team, deck, receiver}) {
    const hook = await admin.client.createOutgoingWebhook({
        team_id: team.id, channel_id: deck.id, display_name: 'depth', trigger_words: ['depth'],
        callback_urls: [receiver.at('/depth', {})],
    });
    await admin.client.getOutgoingWebhook(hook.id);
    await admin.client.getOutgoingWebhooks(deck.id, team.id);
    await admin.client.updateOutgoingWebhook({...hook, description: 'asks the lead'});
    await admin.client.regenOutgoingHookToken(hook.id);
    await admin.client.removeOutgoingWebhook(hook.id);
}

async function commands({admin, member, team, deck, receiver}) {
    const command = await admin.client.addCommand({
        team_id: team.id, trigger: 'bearing', method: 'P', display_name: 'bearing', auto_complete: true,
        url: receiver.at('/bearing', {text: 'north by east', response_type: 'ephemeral'}),
    });
    await admin.client.editCommand({...command, description: 'asks the compass'});
    await admin.client.getCommandsList(team.id);
    await admin.client.getCustomTeamCommands(team.id);
    await admin.ask('GET', `/commands/${command.id}`, {type: 'OneCommand'});
    await admin.client.regenCommandToken(command.id);
    await member.client.getAutocompleteCommandsList(team.id);
    await member.client.getCommandAutocompleteSuggestionsList('/be', team.id, {channel_id: deck.id, team_id: team.id});
    await member.client.executeCommand('/shrug hm', {channel_id: deck.id, team_id: team.id});
    await member.client.executeCommand('/collapse', {channel_id: deck.id, team_id: team.id});
    await member.client.executeCommand('/bearing', {channel_id: deck.id, team_id: team.id});
    const later = new URL(receiver.form('/bearing').response_url).pathname;
    await member.bytes('POST', later, {body: JSON.stringify({text: 'north'}), headers: {'Content-Type': 'application/json'}});
    await admin.ask('PUT', `/commands/${command.id}/move`, {body: {team_id: team.id}, type: 'Done'});
    await admin.client.deleteCommand(command.id);
}

async function dialogs({admin, member, team, deck, receiver}) {
    const url = receiver.at('/button', {ephemeral_text: 'pressed', update: {message: 'steered'}});
    const post = await admin.client.createPost({
        channel_id: deck.id,
        message: 'which way?',
        props: {attachments: [{text: 'steer', actions: [{id: 'port', name: 'Port', integration: {url}}]}]},
    });
    await member.client.doPostAction(post.id, 'port');
    await member.client.doPostActionWithQuery(post.id, 'port', {to: 'port'});
    const {trigger_id} = await member.client.doPostActionWithCookie(post.id, 'port', '');
    const answers = receiver.at('/dialog', {items: [{text: 'Port', value: 'port'}]});
    const dialog = {
        callback_id: 'course', title: 'The course', submit_label: 'Steer',
        elements: [{display_name: 'Degrees', name: 'degrees', type: 'text'}],
    };
    await admin.ask('POST', '/actions/dialogs/open', {body: {trigger_id, url: answers, dialog}, type: 'Done'});
    const written = {
        url: answers, callback_id: 'course', state: '', user_id: member.id, channel_id: deck.id, team_id: team.id,
        submission: {degrees: '10'}, cancelled: false,
    };
    await member.client.lookupInteractiveDialog(written);
    receiver.at('/dialog', {errors: {degrees: 'between 0 and 359'}});
    await member.client.submitInteractiveDialog(written);
}

async function apps({admin, member}) {
    const back = 'http://127.0.0.1:9/back';
    const app = await admin.client.createOAuthApp({
        name: 'Barometer', description: 'reads it', homepage: 'http://127.0.0.1:9/', callback_urls: [back],
    });
    await admin.client.getOAuthApps();
    await admin.client.getOAuthApp(app.id);
    await admin.client.editOAuthApp({...app, description: 'reads the barometer'});
    const {client_secret} = await admin.client.regenOAuthAppSecret(app.id);
    await member.client.getOAuthAppInfo(app.id);
    const asked = {response_type: 'code', client_id: app.id, redirect_uri: back};
    await member.bytes('GET', `/oauth/authorize?${new URLSearchParams(asked)}`);
    await member.client.authorizeOAuthApp('code', app.id, back, 'rising', 'user');
    const answer = await member.bytes('POST', '/oauth/authorize', {body: JSON.stringify(asked)});
    const code = new URL(JSON.parse(answer).redirect).searchParams.get('code');
    const form = {grant_type: 'authorization_code', client_id: app.id, client_secret, code, redirect_uri: back};
    await fetch(`${member.url}/oauth/access_token`, {method: 'POST', body: new URLSearchParams(form)});
    await member.bytes('GET', '/.well-known/oauth-authorization-server');
    await member.client.getAuthorizedOAuthApps(member.id);
    await member.client.deauthorizeOAuthApp(app.id);
    await admin.client.deleteOAuthApp(app.id);
    // Programs do not register themselves unless an administrator lets them.
    await admin.refused(501, () => admin.raw('POST', '/api/v4/oauth/apps/register', {body: '{}'}));
}
