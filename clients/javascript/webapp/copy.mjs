// Copies of `mattermost-redux`. The package holds one client for all who use it, so each person gets
// the package anew: every module of it, and of the client library under it, is loaded once more.

import {readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import WebSocket from 'ws';

// What people run is a build for production, which does not freeze the state.
process.env.NODE_ENV = 'production';
// The library looks for the browser's class to name the states of a socket, and for the browser's window
// for its clocks and to hear that the network is there again.
globalThis.WebSocket = WebSocket;
globalThis.window = Object.assign(new EventTarget(), {setTimeout, clearTimeout, setInterval, clearInterval});

const require = createRequire(import.meta.url);
const LIB = path.resolve(path.dirname(require.resolve('mattermost-redux/client')), '..');
const OWN = [LIB, path.dirname(require.resolve('@mattermost/client'))];

/** The package, with a client and caches of its own. */
export function copy() {
    for (const file of Object.keys(require.cache)) {
        if (OWN.some((folder) => file.startsWith(folder + path.sep))) {
            delete require.cache[file];
        }
    }
    const {Client4} = require('mattermost-redux/client');
    const {WebSocketClient} = require('@mattermost/client');
    return {
        Client4,
        WebSocketClient,
        createStore: require('mattermost-redux/store').default,
        types: require('mattermost-redux/action_types'),
        constants: require('mattermost-redux/constants'),
        permissions: require('mattermost-redux/constants').Permissions,
        posts: require('mattermost-redux/utils/post_utils'),
        batch: require('redux-batched-actions').batchActions,
        act: all('actions'),
        see: all('selectors/entities'),
    };
}

/** The modules of a folder of the package, by name. */
function all(folder) {
    const files = readdirSync(path.join(LIB, folder), {withFileTypes: true});
    const names = files.filter((file) => file.isFile() && /^(?!index).*\.js$/.test(file.name));
    return Object.fromEntries(names.map(({name}) => {
        const module = name.slice(0, -'.js'.length);
        return [module, require(`mattermost-redux/${folder}/${module}`)];
    }));
}
