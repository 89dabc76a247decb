// A mail server that keeps what it is sent.

import {createServer} from 'node:net';

/** Takes mail at a port of this machine. */
export class Mailbox {
    constructor() {
        this.mails = [];
        this.waiting = [];
    }

    static listening(port) {
        const box = new Mailbox();
        box.server = createServer((socket) => box.#talk(socket));
        return new Promise((resolve) => box.server.listen(port, '127.0.0.1', () => resolve(box)));
    }

    /** The token of a link in a mail to an address, now or later; a word of the link says which. */
    token(to, word) {
        return new Promise((resolve, reject) => {
            const check = () => {
                const mail = this.mails.find((one) => one.to.includes(to) && one.text.includes(word) && tokenIn(one.text));
                if (mail) {
                    clearTimeout(late);
                    this.mails.splice(this.mails.indexOf(mail), 1);
                    this.waiting = this.waiting.filter((one) => one !== check);
                    resolve(tokenIn(mail.text));
                }
            };
            const late = setTimeout(() => reject(new Error(`no mail to ${to} within 20 s`)), 20_000);
            this.waiting.push(check);
            check();
        });
    }

    #talk(socket) {
        let pending = '';
        const talk = new Conversation((mail) => this.#keep(mail));
        socket.on('error', () => {});
        socket.on('data', (bytes) => {
            const lines = (pending + bytes).split('\r\n');
            pending = lines.pop();
            for (const answer of lines.map((line) => talk.hear(line)).filter(Boolean)) {
                socket.write(`${answer}\r\n`);
            }
        });
        socket.write('220 mailbox\r\n');
    }

    #keep(mail) {
        this.mails.push(mail);
        for (const check of [...this.waiting]) {
            check();
        }
    }

    close() {
        this.server.close();
    }
}

/** The token in a mail's link, whose lines may be broken by the encoding of the mail. */
function tokenIn(text) {
    const plain = text.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
    return plain.match(/[?&](?:token|t)=([A-Za-z0-9]+)/)?.[1];
}

/** What is said on one connection, line by line. */
class Conversation {
    constructor(keep) {
        Object.assign(this, {keep, to: [], text: [], writing: false});
    }

    /** The answer to a line, if it has one. */
    hear(line) {
        if (this.writing) {
            return this.#write(line);
        }
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'RCPT') {
            this.to.push(line.replace(/^.*<(.*)>.*$/, '$1'));
        }
        this.writing = verb === 'DATA';
        return {DATA: '354 go on', QUIT: '221 bye'}[verb] ?? '250 mailbox';
    }

    #write(line) {
        if (line !== '.') {
            this.text.push(line);
            return undefined;
        }
        this.keep({to: this.to, text: this.text.join('\n')});
        Object.assign(this, {to: [], text: [], writing: false});
        return '250 kept';
    }
}
