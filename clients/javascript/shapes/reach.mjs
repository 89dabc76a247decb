// Which operations each method of the official client can ask for: found out by calling every
// method with stand-ins for its arguments, while nothing goes over the network.

import {createRequire} from 'node:module';

const {Client4} = createRequire(import.meta.url)('@mattermost/client');

const BASE = 'http://nowhere.invalid';

/** Something that can be an id, an object with whatever property is asked for, or a list. */
function anything() {
    const inside = (target, name) => {
        switch (name) {
            case Symbol.toPrimitive:
            case 'toString':
            case 'toJSON':
                return () => 'x';
            case Symbol.iterator:
                return function* none() {};
            case 'then':
                return undefined;
            case 'length':
                return 0;
            default:
                return anything();
        }
    };
    return new Proxy(() => 'x', {get: inside, apply: anything, ownKeys: () => [], has: () => true});
}

/** What each method asks for, as a map from its name to the names of operations. */
export async function reach(published, routes) {
    const asked = [];
    const network = globalThis.fetch;
    globalThis.fetch = async (url, options) => {
        asked.push(routes.find(options.method, new URL(url, BASE).pathname) ?? 'what is no operation');
        return new Response('{}', {headers: {'Content-Type': 'application/json'}});
    };
    try {
        const found = new Map();
        for (const name of published.answers.keys()) {
            asked.length = 0;
            await probe(name);
            found.set(name, new Set(asked));
        }
        return found;
    } finally {
        globalThis.fetch = network;
    }
}

async function probe(name) {
    const client = new Client4();
    client.setUrl(BASE);
    client.setEnableLogging(true);
    for (const stand of [anything, () => '']) {
        try {
            await client[name](...Array.from({length: 8}, stand));
        } catch {
            // Some take no such argument; what they asked for until then counts.
        }
    }
}
