// The shape of every answer and event, compared with the published types of the official client.
//
//   node shapes.mjs URL ROUTES MAIL_PORT
//
// URL is an empty site that sends its mail to MAIL_PORT of this machine, may ask this machine for
// commands, and has guests and public links switched on. ROUTES is a file with what
// `fieldpost routes --json` printed. docs/compatibility-tests.md says more.

import {readFileSync} from 'node:fs';

import {Actor, overhear} from './shapes/actor.mjs';
import {channels} from './shapes/day/channels.mjs';
import {doors} from './shapes/day/doors.mjs';
import {files} from './shapes/day/files.mjs';
import {furniture} from './shapes/day/furniture.mjs';
import {integrations} from './shapes/day/integrations.mjs';
import {people} from './shapes/day/people.mjs';
import {posts} from './shapes/day/posts.mjs';
import {site} from './shapes/day/site.mjs';
import {teams} from './shapes/day/teams.mjs';
import {threads} from './shapes/day/threads.mjs';
import {unsent} from './shapes/day/unsent.mjs';
import * as declared from './shapes/declared.mjs';
import {told} from './shapes/events.mjs';
import {Ledger, verdict} from './shapes/ledger.mjs';
import {Mailbox} from './shapes/mailbox.mjs';
import {Published} from './shapes/published.mjs';
import {reach} from './shapes/reach.mjs';
import {Receiver} from './shapes/receiver.mjs';
import {Routes} from './shapes/routes.mjs';

const DAY = {people, teams, channels, posts, threads, files, unsent, furniture, integrations, site, doors};

const [url, list, mailPort] = process.argv.slice(2);
const published = new Published();
const routes = new Routes(JSON.parse(readFileSync(list, 'utf8')));
const reached = await reach(published, routes);
const ledger = new Ledger(published, routes);
const events = told();

/** Who is there, and what they need. */
async function world() {
    const suffix = Math.random().toString(36).slice(2, 8);
    const password = 'correct horse battery';
    const person = async (name) => {
        const actor = await Actor.signedUp(url, ledger, `${name}${suffix}`, password);
        await actor.listen();
        return actor;
    };
    const mailbox = await Mailbox.listening(Number(mailPort));
    const [admin, member, other] = [await person('admin'), await person('member'), await person('other')];
    const receiver = await Receiver.listening();
    return {url, ledger, suffix, password, admin, member, other, mailbox, receiver};
}

// The library tells the console of every socket.
const say = console.log;
console.log = () => {};

overhear(ledger);
const present = await world();
for (const [name, chapter] of Object.entries(DAY)) {
    try {
        await chapter(present);
    } catch (error) {
        ledger.failures.push(`${name}: ${error.stack}`);
    }
}
await ledger.heard(events, declared.events);

const wrong = verdict(ledger, reached, events, declared);
say(`${ledger.operations.size} operations, ${ledger.methods.size} methods of the client and ` +
    `${ledger.events.size} events compared with the published types, ${declared.deviations.size} known deviations`);
for (const sentence of wrong) {
    console.error(`- ${sentence}`);
}
process.exit(wrong.length > 0 ? 1 : 0);
