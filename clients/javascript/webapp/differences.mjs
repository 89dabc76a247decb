// In what two values differ, in sentences.

/** Each place where they differ, with what is there and what should be. */
export function differences(actual, expected, path = '') {
    if (isObject(actual) && isObject(expected) && Array.isArray(actual) === Array.isArray(expected)) {
        const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
        return [...keys].flatMap((key) => differences(actual[key], expected[key], path ? `${path}.${key}` : key));
    }
    return Object.is(actual, expected) ? [] : [`${path || 'it'} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`];
}

function isObject(value) {
    return typeof value === 'object' && value !== null;
}
