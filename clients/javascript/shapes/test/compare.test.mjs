// What the comparison of values with types catches, and what it lets pass.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Comparison} from '../compare.mjs';
import {declared} from '../published.mjs';

const {checker, types} = declared(new URL('boat.d.ts', import.meta.url));
const comparison = new Comparison(checker);

const anna = {name: 'Anna', age: 40};
const boat = {
    name: 'Gull', afloat: true, light: 'red', berth: null, crew: [anna], cook: {...anna, knives: 3}, mate: {...anna, knots: 9},
    cargo: [anna], depths: {bow: 2}, posts: {helm: anna}, trip: {captain: anna}, diary: JSON.stringify(anna), anything: null,
};

/** The keys of what is wrong with the boat, once it was changed. */
function wrong(change) {
    return comparison.deviations({...boat, ...change}, [types.get('Boat')], 'boat').map(({key}) => key);
}

function without(name) {
    const {[name]: _, ...rest} = boat;
    return comparison.deviations(rest, [types.get('Boat')], 'boat').map(({key}) => key);
}

test('a value as declared passes, and so does one with more in it', () => {
    assert.deepEqual(wrong({}), []);
    assert.deepEqual(wrong({sails: 2, nickname: 'Gully', berth: 'B4', cargo: 'coal'}), []);
});

test('a missing property is caught, but for an optional one', () => {
    assert.deepEqual(without('name'), ['Boat.name is missing']);
    assert.deepEqual(without('anything'), ['Boat.anything is missing']);
    assert.deepEqual(without('nickname'), []);
});

test('a null is caught wherever the type does not say null', () => {
    assert.deepEqual(wrong({name: null}), ['Boat.name is null']);
    assert.deepEqual(wrong({nickname: null}), ['Boat.nickname is null']);
    assert.deepEqual(wrong({crew: null}), ['Boat.crew is null']);
    assert.deepEqual(wrong({crew: [null]}), ['Boat.crew[] is null']);
    assert.deepEqual(comparison.deviations(null, [types.get('Boat')], 'boat').map(({key}) => key), ['boat is null']);
});

test('a wrong kind of value is caught', () => {
    assert.deepEqual(wrong({name: 7}), ['Boat.name is number']);
    assert.deepEqual(wrong({afloat: 'true'}), ['Boat.afloat is string']);
    assert.deepEqual(wrong({crew: {}}), ['Boat.crew is object']);
    assert.deepEqual(wrong({cook: []}), ['Boat.cook is array']);
    assert.deepEqual(wrong({cargo: 7}), ['Boat.cargo is number']);
});

test('a text that is none of those allowed is caught', () => {
    assert.deepEqual(wrong({light: 'blue'}), ['Boat.light is "blue"']);
});

test('what is deep inside is caught under the name of the type that declares it', () => {
    const old = {name: 'Bo', age: '80'};
    assert.deepEqual(wrong({crew: [anna, old]}), ['Sailor.age is string']);
    assert.deepEqual(wrong({cook: {...old, knives: 1}}), ['Sailor.age is string']);
    assert.deepEqual(wrong({mate: {...old, knots: 9}}), ['Mate.age is string']);
    assert.deepEqual(wrong({cook: anna}), ['Boat.cook.knives is missing']);
    assert.deepEqual(wrong({cargo: [old]}), ['Sailor.age is string']);
    assert.deepEqual(wrong({posts: {helm: old}}), ['Sailor.age is string']);
    assert.deepEqual(wrong({depths: {bow: '2'}}), ['Boat.depths[] is string']);
});

test('of several types the one is meant whose properties the value has, whatever is wrong inside', () => {
    assert.deepEqual(wrong({trip: {captain: {}}}), ['Sailor.name is missing', 'Sailor.age is missing']);
    assert.deepEqual(wrong({trip: {course: 7}}), ['Race.course is number']);
});

test('a text that holds JSON is read, and compared with what it is to hold', () => {
    assert.deepEqual(wrong({diary: '{"name": "Cy"}'}), ['Sailor.age is missing']);
    assert.deepEqual(wrong({diary: 'wet'}), ['Boat.diary is no JSON']);
    assert.deepEqual(wrong({diary: anna}), ['Boat.diary is object']);
});

test('a deviation says where in the value it was', () => {
    const [found] = comparison.deviations({...boat, crew: [anna, {name: 'Bo'}]}, [types.get('Boat')], 'boat');
    assert.equal(found.path, '$.crew[1].age');
});
