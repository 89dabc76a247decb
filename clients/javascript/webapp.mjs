// The state of the official web app, by its own code: `mattermost-redux`, unmodified, is the client of
// a live server for three people, each with a store of their own. After each act its selectors say what
// they see; in the evening the stores are compared with stores that were started anew.
//
//   node webapp.mjs URL
//
// URL is an empty site that knows its address. docs/compatibility-tests.md says more.

import {enter, open, start} from './webapp/app.mjs';
import {channels} from './webapp/day/channels.mjs';
import {furniture} from './webapp/day/furniture.mjs';
import {integrations} from './webapp/day/integrations.mjs';
import {people} from './webapp/day/people.mjs';
import {posts} from './webapp/day/posts.mjs';
import {sidebar} from './webapp/day/sidebar.mjs';
import {morning} from './webapp/day/start.mjs';
import {threads} from './webapp/day/threads.mjs';
import {Person} from './webapp/person.mjs';
import {Traffic} from './webapp/traffic.mjs';
import {view} from './webapp/view.mjs';

const DAY = {morning, channels, posts, threads, sidebar, furniture, people, integrations};

const [url] = process.argv.slice(2);
const suffix = Math.random().toString(36).slice(2, 8);
const password = 'correct horse battery';

// The library tells the console of every socket.
const say = console.log;
console.log = () => {};

const traffic = new Traffic();
const [admin, ben, cleo] = ['admin', 'ben', 'cleo'].map((name) => new Person(url, `${name}${suffix}`, password));
const everybody = [admin, ben, cleo];
const world = {url, suffix, password, traffic, admin, ben, cleo};

/** Compares what this person sees with what they would see if they came now. */
async function compared(person) {
    const anew = new Person(url, person.name, password);
    await start(anew);
    await enter(anew, person.team);
    await anew.do(anew.act.emojis.getCustomEmojis());
    const opened = [...person.opened];
    for (const channel of opened) {
        await open(anew, channel);
        for (let more = true; more;) {
            const {order} = anew.see.posts.getRecentPostsChunkInChannel(anew.state, channel);
            ({prev_post_id: more} = await anew.do(anew.act.posts.getPostsBefore(channel, order.at(-1))));
        }
    }
    anew.store.dispatch(anew.act.channels.selectChannel(person.see.channels.getCurrentChannelId(person.state)));
    // The list of threads is on a page of its own, which both open now.
    await person.do(person.act.threads.getThreadsForCurrentTeam());
    await anew.do(anew.act.threads.getThreadsForCurrentTeam());
    await anew.do(anew.act.threads.getThreadCounts(anew.id, anew.team.id));
    await person.sees('the same as somebody who comes now', () => view(person, opened), view(anew, opened));
    anew.socket.close();
    return anew;
}

let wrong = [];
const stores = [...everybody];
try {
    for (const chapter of Object.values(DAY)) {
        await chapter(world);
    }
    for (const person of everybody) {
        stores.push(await compared(person));
    }
    await Promise.all(stores.map((person) => person.handled));
    await traffic.rests();
} catch (error) {
    wrong.push([error.stack, ...error.wrong ?? []].join('\n    '));
}
wrong = [...wrong, ...stores.flatMap((person) => person.wrong()), ...traffic.wrong()];
const heard = new Set(everybody.flatMap((person) => [...person.heard.keys()]));
say(`the state of the web app: ${traffic.asked.length} requests and ${heard.size} kinds of event, seen by the official selectors`);
for (const sentence of wrong) {
    console.error(`- ${sentence}`);
}
process.exit(wrong.length > 0 ? 1 : 0);
