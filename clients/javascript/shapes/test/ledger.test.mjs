// When a run fails: what was not asked for, did not come, deviates, or no longer does.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {namesIn, told} from '../events.mjs';
import {Ledger, verdict} from '../ledger.mjs';
import {Published} from '../published.mjs';
import {reach} from '../reach.mjs';
import {Routes} from '../routes.mjs';

const published = new Published();
const routes = new Routes([
    {method: 'GET', path: '/api/v4/posts/{post_id}/info', served: true},
    {method: 'GET', path: '/api/v4/users/known', served: true},
    {method: 'GET', path: '/api/v4/jobs', served: false},
]);
const reached = await reach(published, routes);
const NOTHING = {deviations: new Map(), operations: new Map(), methods: new Map(), events: new Map()};
const hello = {
    event: 'hello', seq: 0, data: {server_version: '1', connection_id: 'c'},
    broadcast: {omit_users: {}, user_id: '', channel_id: '', team_id: ''},
};

/** A day on which everything was asked for. */
function day() {
    const ledger = new Ledger(published, routes);
    ledger.answered('GET', '/api/v4/users/known');
    ledger.answered('get', '/api/v4/posts/abc/info');
    ledger.answer('getKnownUsers', ['abc']);
    ledger.methods.add('getKnownUsers').add('getPostInfo');
    ledger.event(hello);
    return ledger;
}

function said(ledger, {declared = {}, emitted = ['hello']} = {}) {
    return verdict(ledger, reached, new Set(emitted), {...NOTHING, ...declared});
}

test('a day without fault passes', () => {
    assert.deepEqual(said(day()), []);
});

test('an operation that is served has to be asked for, unless it is excepted', () => {
    const ledger = day();
    ledger.operations.delete('GET /api/v4/users/known');
    assert.match(said(ledger).join(), /served, and not asked for: GET \/api\/v4\/users\/known/);
    const operations = new Map([['GET /api/v4/users/known', 'a reason']]);
    assert.deepEqual(said(ledger, {declared: {operations}}), []);
    assert.match(said(day(), {declared: {operations}}).join(), /take it off the list of operations/);
});

test('a method of the client that can ask for a served operation has to be called', () => {
    const ledger = day();
    ledger.methods.delete('getKnownUsers');
    assert.match(said(ledger).join(), /the client's getKnownUsers\(\) was not called/);
});

test('an event that the server knows has to come', () => {
    assert.match(said(day(), {emitted: ['hello', 'posted']}).join(), /tells of posted, and it did not come/);
});

test('a deviation fails the day unless it is declared, and a declared one if it is not there', () => {
    const ledger = day();
    ledger.answer('getKnownUsers', [null]);
    assert.match(said(ledger).join(), /getKnownUsers\(\)\[\] is null, 1 times, first in getKnownUsers\(\) at \$\[0\]/);
    const deviations = new Map([['getKnownUsers()[] is null', 'a reason']]);
    assert.deepEqual(said(ledger, {declared: {deviations}}), []);
    assert.match(said(day(), {declared: {deviations}}).join(), /no longer so/);
});

test('an event with a wrong field, and one that nobody published, fail the day', () => {
    const ledger = day();
    ledger.event({...hello, data: {server_version: 1, connection_id: 'c'}});
    ledger.event({...hello, event: 'mutiny'});
    const complaints = said(ledger).join();
    assert.match(complaints, /Hello\.server_version is number/);
    assert.match(complaints, /no type is published for the event mutiny/);
});

test('text in an event that holds JSON is compared with the type of what it holds', () => {
    const ledger = day();
    const reaction = JSON.stringify({user_id: 'u', post_id: 'p', emoji_name: 'anchor'});
    ledger.event({...hello, event: 'reaction_added', data: {reaction}});
    assert.match(said(ledger).join(), /Reaction\.create_at is missing/);
});

test('the most literal path is the operation that was asked for', () => {
    const served = (path) => ({method: 'GET', path, served: true});
    const both = new Routes([served('/api/v4/users/{user_id}'), served('/api/v4/users/known')]);
    assert.equal(both.find('GET', '/api/v4/users/known'), 'GET /api/v4/users/known');
    assert.equal(both.find('get', '/api/v4/users/abc'), 'GET /api/v4/users/{user_id}');
    assert.equal(both.find('POST', '/api/v4/users/abc'), undefined);
    assert.equal(both.find('GET', '/api/v4/users/'), undefined);
});

test('the events that are told are those in the list of the source, and of no other list', () => {
    const source = 'macro_rules! told {\n    A = "a";\n}\n\ntold! {\n    POSTED = "posted";\n    HELLO = "hello";\n}\nX = "x";\n';
    assert.deepEqual([...namesIn(source)], ['posted', 'hello']);
    assert.ok(told().has('posted'));
});
