// What is no person: hooks, commands, bots, applications.

import {write} from '../app.mjs';

export async function integrations(world) {
    await incoming(world);
    await outgoing(world);
    await commands(world);
    await bots(world);
    await applications(world);
}

async function incoming({admin, ben, deck, team, url, suffix}) {
    const {act, see} = admin;
    const hook = await admin.do(act.integrations.createIncomingHook({channel_id: deck.id, display_name: 'lookout', description: ''}));
    await admin.do(act.integrations.updateIncomingHook({...hook, display_name: 'the lookout'}));
    await admin.do(act.integrations.getIncomingHooks(team.id, 0, 60, true));
    await admin.sees('the hook', (state) => see.integrations.getIncomingHooks(state)[hook.id].display_name, 'the lookout');
    const text = `land ahoy ${suffix}`;
    const response = await fetch(`${url}/hooks/${hook.id}`, {method: 'POST', body: JSON.stringify({text, username: 'lookout'})});
    await response.text();
    const seen = (state) => Object.values(ben.see.posts.getAllPosts(state)).find(({message}) => message === text)?.props;
    await ben.sees('that a hook wrote', (state) => seen(state)?.from_webhook, 'true');
    await admin.do(act.integrations.removeIncomingHook(hook.id));
    await admin.sees('no hook', (state) => see.integrations.getIncomingHooks(state), {});
}

async function outgoing({admin, deck, team}) {
    const {act, see} = admin;
    const hooks = (state) => Object.values(see.integrations.getOutgoingHooks(state)).map(({display_name: name}) => name);
    const hook = await admin.do(act.integrations.createOutgoingHook({
        team_id: team.id, channel_id: deck.id, display_name: 'echo', trigger_words: ['echo!'], callback_urls: ['https://echo.example.org/'],
    }));
    await admin.do(act.integrations.updateOutgoingHook({...hook, display_name: 'the echo'}));
    await admin.do(act.integrations.regenOutgoingHookToken(hook.id));
    await admin.do(act.integrations.getOutgoingHooks('', team.id));
    await admin.sees('the hook', hooks, ['the echo']);
    await admin.do(act.integrations.removeOutgoingHook(hook.id));
    await admin.sees('no hook', hooks, []);
}

async function commands({admin, ben, cleo, deck, team, suffix}) {
    const {act, see} = admin;
    const command = await admin.do(act.integrations.addCommand({
        team_id: team.id, trigger: `bell${suffix}`, method: 'P', url: 'https://bell.example.org/', display_name: 'bell', auto_complete: true,
    }));
    await admin.do(act.integrations.editCommand({...command, display_name: 'the bell'}));
    await admin.do(act.integrations.regenCommandToken(command.id));
    await admin.do(act.integrations.getCustomTeamCommands(team.id));
    await admin.sees('the command', (state) => see.integrations.getCommands(state)[command.id].display_name, 'the bell');
    const offered = await ben.do(ben.act.integrations.getAutocompleteCommands(team.id));
    ben.is('it is offered', offered.some(({trigger}) => trigger === command.trigger), true);
    await admin.do(act.integrations.deleteCommand(command.id));
    await admin.sees('no command', (state) => see.integrations.getCommands(state), {});
    await ben.do(ben.act.integrations.executeCommand('/shrug who knows', {channel_id: deck.id, team_id: team.id}));
    const shrug = (state) => Object.values(cleo.see.posts.getAllPosts(state)).some(({message}) => message.startsWith('who knows '));
    await cleo.sees('what the command wrote', shrug, true);
    await ben.do(ben.act.integrations.executeCommand('/away', {channel_id: deck.id, team_id: team.id}));
    await ben.sees('what only they are told', (state) => Object.values(ben.see.posts.getAllPosts(state))
        .some(({type}) => type === 'system_ephemeral'), true);
    await ben.sees('that they are away', (state) => ben.see.users.getStatusForUserId(state, ben.id), 'away');
    await ben.do(ben.act.users.setStatus({user_id: ben.id, status: 'online'}));
    await write(ben, deck.id, 'back');
}

async function bots({admin, cleo, suffix}) {
    const {act, see} = admin;
    const bot = (field) => (state) => see.bots.getBotAccounts(state)[id]?.[field];
    const {user_id: id} = await admin.do(act.bots.createBot({username: `gull${suffix}`, display_name: 'Gull', description: ''}));
    await admin.do(act.bots.patchBot(id, {username: `gull${suffix}`, display_name: 'The gull'}));
    await admin.sees('the bot', bot('display_name'), 'The gull');
    await admin.do(act.bots.disableBot(id));
    await admin.sees('that it sleeps', (state) => bot('delete_at')(state) > 0, true);
    await admin.do(act.bots.enableBot(id));
    await admin.sees('that it is awake', bot('delete_at'), 0);
    await admin.do(act.bots.assignBot(id, cleo.id));
    await admin.sees('whose it is', bot('owner_id'), cleo.id);
    await admin.do(act.bots.loadBots());
    await admin.do(act.bots.loadBot(id));
}

async function applications({admin}) {
    const {act, see} = admin;
    if (see.general.getConfig(admin.state).EnableOAuthServiceProvider !== 'true') {
        throw new Error('the site is no provider of OAuth');
    }
    const app = await admin.do(act.integrations.addOAuthApp({
        name: 'compass', description: 'points north', homepage: 'https://compass.example.org', icon_url: '',
        callback_urls: ['https://compass.example.org/'], is_trusted: false,
    }));
    await admin.do(act.integrations.editOAuthApp({...app, name: 'the compass'}));
    await admin.do(act.integrations.regenOAuthAppSecret(app.id));
    await admin.do(act.integrations.getOAuthApps());
    await admin.sees('the application', (state) => see.integrations.getOAuthApps(state)[app.id].name, 'the compass');
    await admin.do(act.integrations.getAuthorizedOAuthApps());
    await admin.do(act.integrations.deleteOAuthApp(app.id));
    await admin.sees('no application', (state) => see.integrations.getOAuthApps(state), {});
}
