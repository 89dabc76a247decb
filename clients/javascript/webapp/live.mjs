// What an event of the server changes in a store: which of the package's actions it runs, as the web
// app does, which keeps this part to itself.

import {people} from './live/people.mjs';
import {places} from './live/places.mjs';
import {posts} from './live/posts.mjs';
import {sidebar} from './live/sidebar.mjs';
import {threads} from './live/threads.mjs';

/** A function that takes an event to the store of this person. */
export function live(person) {
    const handlers = {...posts(person), ...threads(person), ...places(person), ...sidebar(person), ...people(person)};
    return async (message) => {
        const handler = handlers[message.event];
        if (!handler) {
            throw new Error('nobody handles it');
        }
        await handler(message.data, message.broadcast);
    };
}
