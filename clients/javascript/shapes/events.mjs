// The events that the server knows: the published names that stand in its source as literals.

import {readFileSync, readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

/** The crates that tell clients of something. */
const CRATES = ['chat', 'http', 'identity', 'kernel', 'socket'];

/** Those of the published events that the source of the server names. */
export function emitted(published) {
    const source = CRATES.flatMap(sources).map((file) => readFileSync(file, 'utf8')).join('\n');
    return new Set([...published.events.keys()].filter((name) => source.includes(`"${name}"`)));
}

function sources(crate) {
    const folder = fileURLToPath(new URL(`../../../crates/${crate}/src/`, import.meta.url));
    return readdirSync(folder, {recursive: true}).filter((name) => name.endsWith('.rs')).map((name) => folder + name);
}
