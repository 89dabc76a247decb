// The operations of the API as `fieldpost routes --json` lists them: which one a request is.

/** Finds operations by method and path. */
export class Routes {
    /** @param {Array<{method: string, path: string, served: boolean}>} list */
    constructor(list) {
        this.served = list.filter((operation) => operation.served).map(nameOf);
        this.patterns = list.map((operation) => ({
            name: nameOf(operation),
            method: operation.method,
            parts: operation.path.split('/'),
        }));
    }

    /** The name of the operation that a request asks for: the one with the most literal path. */
    find(method, path) {
        const parts = path.split('/');
        const fitting = this.patterns.filter((pattern) =>
            pattern.method === method.toUpperCase() && fits(pattern.parts, parts));
        fitting.sort((a, b) => open(a.parts) - open(b.parts));
        return fitting[0]?.name;
    }
}

function nameOf({method, path}) {
    return `${method} ${path}`;
}

function isOpen(part) {
    return part.startsWith('{');
}

function open(parts) {
    return parts.filter(isOpen).length;
}

function fits(pattern, parts) {
    return pattern.length === parts.length &&
        pattern.every((part, index) => (isOpen(part) ? parts[index] !== '' : part === parts[index]));
}
