// Somebody with the official web app's state logic: a store that only the package's own actions and
// the events of the server change, and the package's own selectors to look at it.

import {EventEmitter, once} from 'node:events';

import {copy} from './copy.mjs';
import {differences} from './differences.mjs';
import {live} from './live.mjs';

const PATIENCE = 10_000;

/** Requests whose end the package does not note. */
const UNENDED = new Set(['posts.getPostThread']);

export class Person {
    constructor(url, name, password) {
        Object.assign(this, copy());
        Object.assign(this, {url, name, password});
        this.Client4.setUrl(url);
        this.store = this.createStore({});
        /** What went wrong in handling an event. */
        this.failures = [];
        /** How often events came, by name. */
        this.heard = new Map();
        this.events = new EventEmitter();
        /** Channels that this person has opened. */
        this.opened = new Set();
        /** Events are handled one after the other. */
        this.handled = Promise.resolve();
    }

    get state() {
        return this.store.getState();
    }

    get id() {
        return this.see.users.getCurrentUserId(this.state);
    }

    get team() {
        return this.see.teams.getCurrentTeam(this.state);
    }

    /** Runs an action of the package, which must succeed; gives what it gives. */
    async do(action) {
        const result = await this.store.dispatch(action);
        if (result?.error) {
            throw new Error(`${this.name}: ${result.error.stack ?? JSON.stringify(result.error)}`);
        }
        return result?.data;
    }

    /** Waits until what is looked at is as it should be. */
    sees(what, look, expected) {
        const {store} = this;
        const wrong = () => {
            try {
                return differences(look(store.getState()), expected);
            } catch (error) {
                return [error.stack];
            }
        };
        return new Promise((resolve, reject) => {
            const check = () => {
                if (wrong().length === 0) {
                    clearTimeout(late);
                    stop();
                    resolve();
                }
            };
            const stop = store.subscribe(check);
            // Made here, so that it says who waits.
            const unseen = new Error(`${this.name} does not see ${what}`);
            const late = setTimeout(() => {
                stop();
                reject(Object.assign(unseen, {wrong: wrong()}));
            }, PATIENCE);
            check();
        });
    }

    /** Fails unless an answer is as it should be. */
    is(what, actual, expected) {
        const wrong = differences(actual, expected);
        if (wrong.length > 0) {
            throw Object.assign(new Error(`${this.name}: it is not so that ${what}`), {wrong});
        }
    }

    async signIn() {
        await this.Client4.login(this.name, this.password);
    }

    /** Opens the package's socket; what it hears changes the store. */
    async listen() {
        const handle = live(this);
        this.socket = new this.WebSocketClient({});
        this.socket.addMessageListener((message) => {
            const {event} = message;
            this.handled = this.handled.then(() => handle(message)).catch((error) => {
                this.failures.push(`${this.name}: ${event}: ${error.stack}`);
            }).then(() => {
                this.heard.set(event, this.times(event) + 1);
                this.events.emit(event);
            });
        });
        const address = `${this.url.replace('http', 'ws')}/api/v4/websocket`;
        this.socket.initialize(address, this.Client4.getToken(), true);
        await this.sees('that the socket is open', (state) => state.websocket.connected, true);
    }

    /** Closes the socket: what happens now is missed. */
    hangUp() {
        this.socket.close();
        this.store.dispatch({type: this.types.GeneralTypes.WEBSOCKET_CLOSED, timestamp: Date.now()});
    }

    /** How often an event came. */
    times(event) {
        return this.heard.get(event) ?? 0;
    }

    /** Waits until an event has come so often. */
    async heardOf(event, times = 1) {
        while (this.times(event) < times) {
            await once(this.events, event, {signal: AbortSignal.timeout(PATIENCE)});
        }
    }

    /** Runs an action and waits for the event that tells of it, lest it undo what is done next. */
    async told(event, action) {
        const before = this.times(event);
        const result = await this.do(action);
        await this.heardOf(event, before + 1);
        return result;
    }

    /** Sentences about the errors that the package has recorded. */
    wrong() {
        const logged = this.state.errors.map(({error}) => `${this.name}: an error was logged: ${JSON.stringify(error)}`);
        const failed = Object.entries(this.state.requests).flatMap(([area, requests]) =>
            Object.entries(requests)
                .filter(([name, {status}]) => status === 'failure' || (status === 'started' && !UNENDED.has(`${area}.${name}`)))
                .map(([name, {status, error}]) => `${this.name}: requests.${area}.${name} is ${status}: ${JSON.stringify(error)}`));
        return [...this.failures, ...logged, ...failed];
    }
}
