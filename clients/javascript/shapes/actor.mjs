// Somebody with the official client in hand, whose every answer and event is compared with its
// published type.

import {AsyncLocalStorage} from 'node:async_hooks';
import {createRequire} from 'node:module';
import WebSocket from 'ws';

// The library looks for the browser's class to name the states of a socket.
globalThis.WebSocket = WebSocket;

const {Client4, WebSocketClient} = createRequire(import.meta.url)('@mattermost/client');

/** The refusal that whoever fetches something expects. */
const expected = new AsyncLocalStorage();

/** Notes in the ledger whatever is answered over the network from now on. */
export function overhear(ledger) {
    const network = globalThis.fetch;
    globalThis.fetch = async (address, options = {}) => {
        const response = await network(address, options);
        const refusal = expected.getStore();
        if (response.ok || response.status === refusal?.status) {
            ledger.answered(options.method ?? 'GET', new URL(address).pathname);
        }
        if (refusal) {
            refusal.heard = {status: response.status, text: await response.clone().text()};
        }
        return response;
    };
}

/** The client, unmodified, with an eye on what its methods give. */
function watched(client, ledger) {
    return new Proxy(client, {
        get(target, name) {
            const member = Reflect.get(target, name);
            if (typeof member !== 'function') {
                return member;
            }
            if (!ledger.published.answers.has(name)) {
                return member.bind(target);
            }
            return async (...given) => {
                ledger.methods.add(name);
                const answer = await member.apply(target, given);
                ledger.answer(name, answer);
                return answer;
            };
        },
    });
}

/** A person or a bot at the site. */
export class Actor {
    constructor(url, ledger) {
        Object.assign(this, {url, ledger});
        const client = new Client4();
        client.setUrl(url);
        client.setEnableLogging(true);
        this.client = watched(client, ledger);
    }

    /** Makes an account and signs in to it. */
    static async signedUp(url, ledger, username, password, inviteId = '') {
        const actor = new Actor(url, ledger);
        const email = `${username}@example.com`;
        await actor.client.createUser({username, email, password}, '', inviteId);
        await actor.signIn(username, password);
        return actor;
    }

    async signIn(username, password, code) {
        this.user = await this.client.login(username, password, code);
        this.id = this.user.id;
        this.client.setUserId(this.id);
        if (this.socket) {
            this.socket.close();
            await this.listen();
        }
    }

    /** Opens the official client's socket; every event on it goes into the ledger. */
    async listen() {
        this.socket = new WebSocketClient({
            newWebSocketFn: (address) => {
                const socket = new WebSocket(address);
                socket.addEventListener('message', ({data}) => this.#hear(JSON.parse(data)));
                return socket;
            },
        });
        const greeted = new Promise((resolve, reject) => {
            setTimeout(() => reject(new Error('the socket was not greeted within 10 s')), 10_000).unref();
            this.socket.addFirstConnectListener(resolve);
        });
        this.socket.initialize(`${this.url.replace('http', 'ws')}/api/v4/websocket`, this.client.getToken(), true);
        await greeted;
        this.ledger.answered('GET', '/api/v4/websocket');
    }

    /** Asks over the socket, by one of its methods; what is replied holds data of a type of `named.d.ts`. */
    async asks(method, given, type) {
        const reply = await new Promise((resolve, reject) => {
            setTimeout(() => reject(new Error(`no reply to ${method}() within 10 s`)), 10_000).unref();
            this.socket[method](...given, resolve);
        });
        this.ledger.named('Reply', reply, `the socket's ${method}()`);
        this.ledger.named(type, reply.data, `the socket's ${method}()`);
    }

    #hear(message) {
        if (message.event) {
            this.ledger.event(message, this);
        }
    }

    /** Asks for what the client has no method for; `type` is one of `named.d.ts`. */
    async ask(method, path, {body, type}) {
        const response = await this.fetch(method, `/api/v4${path}`, {
            body: body === undefined ? undefined : JSON.stringify(body),
            headers: {'Content-Type': 'application/json'},
        });
        const answer = await response.json();
        this.ledger.named(type, answer, `${method} ${path}`);
        return answer;
    }

    /** Asks for what is refused to everybody: with this status, and an error as all errors are. */
    async refused(status, ask, {empty = false} = {}) {
        const refusal = {status};
        await expected.run(refusal, () => ask(this.client)).catch(() => {});
        const {heard} = refusal;
        if (heard?.status !== status || empty !== (heard.text === '')) {
            throw new Error(`${ask} was answered with ${heard?.status} ${heard?.text}, not ${status}`);
        }
        if (!empty) {
            this.ledger.named('Refusal', JSON.parse(heard.text), `${ask}`);
        }
    }

    /** Asks for what is no JSON: its bytes. */
    async bytes(method, path, options) {
        const response = await this.fetch(method, path, options);
        return Buffer.from(await response.arrayBuffer());
    }

    /** Asks with this actor's session, and fails if it is refused. */
    async fetch(method, path, options) {
        const response = await this.raw(method, path, options);
        if (!response.ok) {
            throw new Error(`${method} ${path} was answered with ${response.status}: ${await response.text()}`);
        }
        return response;
    }

    /** Asks with this actor's session, whatever comes of it. */
    raw(method, path, {body, headers} = {}) {
        const token = this.client.getToken();
        const signed = token ? {Authorization: `Bearer ${token}`, ...headers} : headers;
        return fetch(this.url + path, {method, body, headers: signed});
    }
}
