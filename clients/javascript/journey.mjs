// The official JavaScript library, unmodified, against a live server: sign up, sign in, post, read
// back, and hear of it over the library's own WebSocket client.
//
//   node journey.mjs http://127.0.0.1:8065
//
// For an address with https, NODE_EXTRA_CA_CERTS names the certificate to trust.

import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import WebSocket from 'ws';

// The library looks for the browser's class to name the states of a socket.
globalThis.WebSocket = WebSocket;

const require = createRequire(import.meta.url);
const {Client4, WebSocketClient} = require('@mattermost/client');

const url = process.argv[2];
const suffix = Math.random().toString(36).slice(2, 8);
const password = 'correct horse battery';

function client() {
    const made = new Client4();
    made.setUrl(url);
    return made;
}

async function signedUp(username) {
    const person = client();
    const email = `${username}@example.com`;
    await person.createUser({username, email, password}, '', '');
    const user = await person.login(username, password);
    assert.equal(user.username, username);
    person.setUserId(user.id);
    return {person, user};
}

/** A socket that keeps what it hears, and hands over the first message a test asks for. */
async function listening(person) {
    const heard = [];
    const waiting = [];
    const socket = new WebSocketClient({
        newWebSocketFn: (address) => new WebSocket(address),
        clientPingInterval: 1000,
    });
    socket.addMessageListener((message) => {
        heard.push(message);
        for (const check of [...waiting]) {
            check();
        }
    });
    const greeted = new Promise((resolve) => socket.addFirstConnectListener(resolve));
    socket.initialize(`${url.replace('http', 'ws')}/api/v4/websocket`, person.getToken());
    await greeted;
    const event = (name, matches = () => true) =>
        new Promise((resolve, reject) => {
            const late = setTimeout(() => reject(new Error(`no ${name} within 10 s`)), 10_000);
            const check = () => {
                const found = heard.find((message) => message.event === name && matches(message));
                if (found) {
                    clearTimeout(late);
                    waiting.splice(waiting.indexOf(check), 1);
                    resolve(found);
                }
            };
            waiting.push(check);
            check();
        });
    return {socket, event};
}

const {person: admin, user: adminUser} = await signedUp(`admin${suffix}`);
const {person: member, user: memberUser} = await signedUp(`member${suffix}`);

const team = await admin.createTeam({
    name: `team-${suffix}`,
    display_name: 'Journey',
    type: 'O',
});
await admin.addToTeam(team.id, memberUser.id);
const square = await admin.getChannelByName(team.id, 'town-square');
const {socket, event} = await listening(member);
// The library says who it is once the socket is open: it is told of what comes after the greeting.
await event('hello');

const pending = `${adminUser.id}:${Date.now()}`;
const post = await admin.createPost({
    channel_id: square.id,
    message: 'Hello from the official client',
    pending_post_id: pending,
});
assert.equal(post.pending_post_id, pending);

const posted = await event('posted', (message) => message.data.post.includes(post.id));
assert.equal(posted.broadcast.channel_id, square.id);
assert.equal(JSON.parse(posted.data.post).message, post.message);

const list = await member.getPosts(square.id);
assert.equal(list.order[0], post.id);
assert.equal(list.posts[post.id].message, post.message);

const mine = await member.getMyTeams();
assert.deepEqual(mine.map((found) => found.id), [team.id]);
await assert.rejects(member.getUser('me2'), (error) => error.status_code === 400);

const direct = await member.createDirectChannel([memberUser.id, adminUser.id]);
await member.createPost({channel_id: direct.id, message: 'and back'});

socket.close();
await member.logout();
console.log('the JavaScript library: signed up, posted, read back, heard it');
process.exit(0);
