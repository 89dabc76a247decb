// The events that the server tells: those in the list of its source. Nothing that is not there is
// told, because an event is made with one of the names in it.

import {readFileSync} from 'node:fs';

const LIST = new URL('../../../crates/kernel/src/events.rs', import.meta.url);

/** The names of the events that the server tells. */
export function told() {
    const names = namesIn(readFileSync(LIST, 'utf8'));
    if (names.size === 0) {
        throw new Error(`the list of events is not in ${LIST.pathname} any more`);
    }
    return names;
}

/** The names between the braces of `told! { POSTED = "posted"; … }`. */
export function namesIn(source) {
    const list = source.match(/^told! \{$(.*?)^\}$/ms)?.[1] ?? '';
    return new Set([...list.matchAll(/^ +[A-Z_]+ = "(\w+)";$/gm)].map(([, name]) => name));
}
