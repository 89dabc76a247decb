// Threads: answered, read, unread again, followed, deleted, and one between two people.

import {away, open, remove, write} from '../app.mjs';
import {unread} from './posts.mjs';

// How many threads there are in all, the package only learns when it asks.
const counts = (person) => (state) => {
    const {total_unread_threads: threads, total_unread_mentions: mentions} = person.see.threads.getThreadCountsInCurrentTeam(state);
    return {threads, mentions};
};
const order = (person) => person.see.threads.getThreadOrderInCurrentTeam;
const unreadOrder = (person) => person.see.threads.getUnreadThreadOrderInCurrentTeam;

export async function threads(world) {
    const {ben, cleo, deck} = world;
    await open(cleo, deck.id);
    await open(ben, deck.id);
    world.watch = await write(ben, deck.id, 'who has the watch?');
    away(ben);
    await answered(world);
    await read(world);
    await followed(world);
    await withdrawn(world);
    await between(world);
    await gone(world);
}

async function answered({admin, ben, cleo, deck, watch}) {
    const answer = await write(cleo, deck.id, `you, @${ben.name}`, {root_id: watch.id});
    await ben.sees('one thread unread, and it is for them', counts(ben), {threads: 1, mentions: 1});
    await ben.sees('nothing unread in the channel', unread(ben, deck.id), {showUnread: false, messages: 0, mentions: 0, hasUrgent: false});
    await cleo.sees('nothing unread of their own', counts(cleo), {threads: 0, mentions: 0});
    await cleo.sees('one reply', (state) => cleo.see.posts.getPostRepliesCount(state, watch.id), 1);
    await ben.do(ben.act.threads.getThreadsForCurrentTeam());
    await ben.do(ben.act.threads.getThreadsForCurrentTeam({unread: true}));
    await ben.sees('the thread', order(ben), [watch.id]);
    await ben.sees('it as unread', unreadOrder(ben), [watch.id]);
    await ben.do(ben.act.posts.getPostThread(watch.id));
    const written = ben.see.posts.makeGetPostsForThread();
    await ben.sees('what is in it', (state) => written(state, watch.id).map(({id}) => id), [answer.id, watch.id]);
    const more = await write(admin, deck.id, 'I take it', {root_id: watch.id});
    await ben.sees('that it goes on', (state) => written(state, watch.id).map(({id}) => id), [more.id, answer.id, watch.id]);
    await ben.sees('who takes part', (state) => ben.see.threads.getThread(state, watch.id).participants.map(({id}) => id).sort(),
        [admin.id, cleo.id].sort());
    await ben.sees('two replies', (state) => ben.see.threads.getThread(state, watch.id).reply_count, 2);
    await ben.do(ben.act.posts.getNewestPostThread(watch.id));
}

async function read({ben, cleo, deck, team, watch}) {
    const {act} = ben;
    await ben.do(act.threads.updateThreadRead(ben.id, team.id, watch.id, Date.now()));
    await ben.sees('nothing unread', counts(ben), {threads: 0, mentions: 0});
    await ben.sees('no unread thread', unreadOrder(ben), []);
    const {id} = await write(cleo, deck.id, `@${ben.name}, really`, {root_id: watch.id});
    await ben.sees('the next answer', counts(ben), {threads: 1, mentions: 1});
    await ben.do(act.threads.markAllThreadsInTeamRead(ben.id, team.id));
    await ben.sees('nothing unread', counts(ben), {threads: 0, mentions: 0});
    await ben.do(act.threads.markThreadAsUnread(ben.id, team.id, watch.id, id));
    await ben.sees('it unread again', counts(ben), {threads: 1, mentions: 1});
    await ben.do(act.threads.updateThreadRead(ben.id, team.id, watch.id, Date.now()));
    await ben.sees('nothing unread', counts(ben), {threads: 0, mentions: 0});
}

async function followed({ben, cleo, deck, team, watch}) {
    const {act} = ben;
    await ben.do(act.threads.setThreadFollow(ben.id, team.id, watch.id, false));
    await ben.sees('no thread', order(ben), []);
    await ben.sees('none in the count', (state) => ben.see.threads.getThreadCountsInCurrentTeam(state).total, 0);
    await write(cleo, deck.id, 'nobody listens', {root_id: watch.id});
    await ben.do(act.threads.setThreadFollow(ben.id, team.id, watch.id, true));
    await ben.sees('the thread again', order(ben), [watch.id]);
    await ben.sees('one in the count', (state) => ben.see.threads.getThreadCountsInCurrentTeam(state).total, 1);
    await ben.do(act.threads.getThread(ben.id, team.id, watch.id));
    await ben.do(act.threads.updateThreadRead(ben.id, team.id, watch.id, Date.now()));
    await ben.sees('nothing unread', counts(ben), {threads: 0, mentions: 0});
}

async function withdrawn({ben, cleo, deck, watch}) {
    const reply = await write(cleo, deck.id, `wait, @${ben.name}`, {root_id: watch.id});
    await ben.sees('another for them', counts(ben), {threads: 1, mentions: 1});
    const replies = ben.see.posts.getPostRepliesCount(ben.state, watch.id);
    await remove(cleo, reply);
    await ben.sees('that it is not for them any more', (state) => counts(ben)(state).mentions, 0);
    await ben.sees('one reply less', (state) => ben.see.posts.getPostRepliesCount(state, watch.id), replies - 1);
}

async function between({ben, cleo, direct}) {
    const root = await write(ben, direct.id, 'a word');
    await write(cleo, direct.id, 'say it', {root_id: root.id});
    await ben.sees('the answer', (state) => ben.see.threads.getThread(state, root.id)?.unread_replies, 1);
    await ben.sees('that it is for them', counts(ben), {threads: 1, mentions: 1});
}

async function gone({ben, cleo, deck}) {
    const root = await write(cleo, deck.id, 'never mind');
    await write(ben, deck.id, 'what?', {root_id: root.id});
    await cleo.sees('the answer', (state) => cleo.see.threads.getThread(state, root.id)?.unread_replies, 1);
    await remove(cleo, root);
    await cleo.sees('no such thread', (state) => cleo.see.threads.getThread(state, root.id), undefined);
    await ben.sees('no such thread', (state) => ben.see.threads.getThread(state, root.id), undefined);
}
