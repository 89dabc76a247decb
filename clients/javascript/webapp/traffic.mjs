// What goes over the network: what was refused though nobody expected it, and what was answered in a
// way that the client makes nothing of.

import {setTimeout as sleep} from 'node:timers/promises';

/** How long the last answers may take, in milliseconds. */
const PATIENCE = 10_000;

/** The content types that the client decodes. */
const DECODED = new Set(['application/json', 'application/x-ndjson']);

/** Everything that was asked for from now on. */
export class Traffic {
    constructor() {
        this.asked = [];
        this.expected = [];
        const network = globalThis.fetch;
        globalThis.fetch = async (address, options = {}) => {
            const {pathname} = new URL(address);
            if (!pathname.startsWith('/api/v4/')) {
                return network(address, options);
            }
            const request = {name: `${options.method?.toUpperCase() ?? 'GET'} ${pathname}`};
            this.asked.push(request);
            request.response = await network(address, options);
            return request.response;
        };
    }

    /** Says that these refusals are meant: `GET /api/v4/emoji/name/…` and the status. */
    expect(name, status) {
        this.expected.push({name, status, times: 0});
    }

    /**
     * Waits until everything that was asked is answered and read. The client asks for people it has not
     * met without anybody waiting for that, so the last of it may still be under way in the evening.
     */
    async rests() {
        const late = Date.now() + PATIENCE;
        while (this.asked.some(({response}) => !response?.bodyUsed) && Date.now() < late) {
            await sleep(20);
        }
    }

    /** Sentences about what was wrong. */
    wrong() {
        const sentences = this.asked.flatMap((request) => this.#about(request));
        const unmet = this.expected.filter(({times}) => times === 0);
        return [...sentences, ...unmet.map(({name, status}) => `${name} was not answered with ${status}`)];
    }

    #about({name, response}) {
        if (!response) {
            return [`${name} was not answered`];
        }
        const meant = this.expected.find((one) => one.name === name && one.status === response.status);
        if (meant) {
            meant.times += 1;
        } else if (!response.ok) {
            return [`${name} was answered with ${response.status}`];
        }
        if (!DECODED.has(response.headers.get('content-type'))) {
            return [`${name} was answered with ${response.headers.get('content-type')}, which the client leaves as text`];
        }
        return response.bodyUsed ? [] : [`nobody read the answer to ${name}`];
    }
}
