// What was asked and heard in a run, and what was wrong with it. At the end it says whether all is
// as it was declared to be.

/** Collects calls, events and deviations. */
export class Ledger {
    constructor(published, routes) {
        Object.assign(this, {published, routes});
        /** Operations that were answered. */
        this.operations = new Set();
        /** Methods of the client that were called. */
        this.methods = new Set();
        /** Events that came, by name. */
        this.events = new Set();
        /** Deviations, by key: how often, and the first one. */
        this.deviations = new Map();
        /** What went wrong otherwise. */
        this.failures = [];
        this.waiting = [];
    }

    /** Notes that an operation was answered. */
    answered(method, path) {
        const operation = this.routes.find(method, path);
        if (operation) {
            this.operations.add(operation);
        } else {
            this.failures.push(`${method} ${path} is in no list of operations`);
        }
    }

    /** Notes what a method of the client answered. */
    answer(method, value) {
        this.#note(this.published.ofAnswer(method, value), `${method}()`);
    }

    /** Notes what an operation answered whose type is named by hand. */
    named(name, value, operation) {
        this.#note(this.published.ofNamed(name, value), operation);
    }

    /** Notes an event. */
    event(message) {
        this.events.add(message.event);
        if (this.published.events.has(message.event)) {
            this.#note(this.published.ofEvent(message), `event ${message.event}`);
        } else {
            this.failures.push(`no type is published for the event ${message.event}`);
        }
        for (const check of [...this.waiting]) {
            check();
        }
    }

    /** Waits until all of these events came, but for the excepted; 10 seconds at most. */
    heard(names, except) {
        const missing = () => [...names].some((name) => !this.events.has(name) && !except.has(name));
        return new Promise((resolve) => {
            const late = setTimeout(resolve, 10_000);
            const check = () => {
                if (!missing()) {
                    clearTimeout(late);
                    resolve();
                }
            };
            this.waiting.push(check);
            check();
        });
    }

    #note(found, where) {
        for (const deviation of found) {
            const before = this.deviations.get(deviation.key);
            const times = (before?.times ?? 0) + 1;
            this.deviations.set(deviation.key, before ? {...before, times} : {times, where, path: deviation.path});
        }
    }
}

/** Where two lists that are to be the same differ. */
function differences(found, declared, undeclared, idle) {
    return [
        ...found.filter((name) => !declared.has(name)).map(undeclared),
        ...[...declared.keys()].filter((name) => !found.includes(name)).map(idle),
    ];
}

/**
 * What is not as declared, as sentences; nothing if all is well.
 *
 * @param {Ledger} ledger What happened.
 * @param {Map<string, Set<string>>} reach What each method of the client can ask for.
 * @param {Set<string>} emitted The events that the server tells.
 * @param {{deviations: Map, operations: Map, methods: Map, events: Map}} declared The lists of exceptions.
 */
export function verdict(ledger, reach, emitted, declared) {
    const served = new Set(ledger.routes.served);
    const silent = [...served].filter((operation) => !ledger.operations.has(operation));
    const servedTo = (method) => [...reach.get(method)].filter((operation) => served.has(operation));
    const uncalled = [...reach.keys()].filter((method) => !ledger.methods.has(method) && servedTo(method).length > 0);
    const unknown = [...reach].filter(([, operations]) => operations.size === 0).map(([method]) => method);
    const unheard = [...emitted].filter((event) => !ledger.events.has(event));
    return [
        ...ledger.failures,
        ...differences([...ledger.deviations.keys()], declared.deviations, (key) => {
            const {times, where, path} = ledger.deviations.get(key);
            return `${key}, ${times} times, first in ${where} at ${path}`;
        }, (key) => `no longer so, take it off the list of deviations: ${key}`),
        ...differences(silent, declared.operations,
            (operation) => `served, and not asked for: ${operation}`,
            (operation) => `asked for or not served, take it off the list of operations: ${operation}`),
        ...differences(uncalled, declared.methods,
            (method) => `the client's ${method}() was not called: ${servedTo(method).join(', ')}`,
            (method) => `called or not served, take it off the list of methods: ${method}()`),
        ...unknown.map((method) => `what the client's ${method}() asks for is not found out`),
        ...differences(unheard, declared.events,
            (event) => `the server tells of ${event}, and it did not come`,
            (event) => `came or is not there, take it off the list of events: ${event}`),
    ];
}
