// Somebody on the network who answers for commands, hooks, buttons and dialogs.

import {createServer} from 'node:http';

/** Answers each path with what it was told to: JSON, or a file. */
export class Receiver {
    constructor() {
        this.answers = new Map();
        this.asked = [];
    }

    static listening() {
        const receiver = new Receiver();
        receiver.server = createServer((request, response) => receiver.#answer(request, response));
        return new Promise((resolve) =>
            receiver.server.listen(0, '127.0.0.1', () => {
                receiver.url = `http://127.0.0.1:${receiver.server.address().port}`;
                resolve(receiver);
            }));
    }

    /** From now on a path is answered so; gives its address. */
    at(path, answer) {
        this.answers.set(path, answer);
        return this.url + path;
    }

    async #answer(request, response) {
        const pieces = [];
        for await (const piece of request) {
            pieces.push(piece);
        }
        const {pathname} = new URL(request.url, this.url);
        this.asked.push({path: pathname, body: Buffer.concat(pieces).toString()});
        const answer = this.answers.get(pathname) ?? {};
        const picture = answer instanceof Blob;
        response.writeHead(200, {'Content-Type': picture ? answer.type : 'application/json'});
        response.end(picture ? Buffer.from(await answer.arrayBuffer()) : JSON.stringify(answer));
    }

    /** The fields of the last form that was sent to a path. */
    form(path) {
        return Object.fromEntries(new URLSearchParams(this.asked.findLast((one) => one.path === path).body));
    }

    close() {
        this.server.close();
        this.server.closeAllConnections();
    }
}
