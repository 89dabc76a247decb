// Compares a value that came over the wire with a type of TypeScript. What does not fit is a list
// of deviations, each named after the published property that it concerns.
//
// A value may have more properties than its type. It may not lack one that the type demands, and
// null fits only where the type says null.

import ts from 'typescript';

const {TypeFlags, SymbolFlags} = ts;

/** A difference between a value and its type. */
export class Deviation {
    /**
     * @param {string} at The published property, as `UserProfile.is_bot`.
     * @param {string} is What stands there: `missing`, `null`, `string`, …, or a text in quotes.
     * @param {string} path Where in the value it was.
     */
    constructor(at, is, path) {
        Object.assign(this, {at, is, path});
    }

    /** The name under which it is declared and counted. */
    get key() {
        return `${this.at} is ${this.is}`;
    }
}

/** What a value is, as JSON calls it. */
export function kindOf(value) {
    if (value === null) {
        return 'null';
    }
    return Array.isArray(value) ? 'array' : typeof value;
}

/** Where the comparison stands: which published property, and where in the value. */
class Place {
    constructor(at, path) {
        Object.assign(this, {at, path});
    }

    element(index) {
        return new Place(`${this.at}[]`, `${this.path}[${index}]`);
    }

    property(at, name) {
        return new Place(at, `${this.path}.${name}`);
    }

    is(what) {
        return [new Deviation(this.at, what, this.path)];
    }
}

/** Compares values with the types of one program. */
export class Comparison {
    constructor(checker) {
        this.checker = checker;
    }

    /** How a value differs from the type that fits it best; `at` names whose value it is. */
    deviations(value, types, at) {
        return this.#best(value, types, new Place(at, '$'));
    }

    #compare(value, type, place) {
        if (type.flags & (TypeFlags.Any | TypeFlags.Unknown | TypeFlags.TypeParameter)) {
            return [];
        }
        if (type.isUnion()) {
            return this.#best(value, type.types, place);
        }
        const kind = kindOf(value);
        if (this.#kind(type) !== kind) {
            return place.is(kind);
        }
        if (type.isStringLiteral() || type.isNumberLiteral()) {
            return type.value === value ? [] : place.is(JSON.stringify(value));
        }
        if (type.flags & TypeFlags.BooleanLiteral) {
            return this.checker.typeToString(type) === String(value) ? [] : place.is(String(value));
        }
        if (kind === 'array') {
            return this.#array(value, type, place);
        }
        return kind === 'object' ? this.#object(value, type, place) : [];
    }

    /** What a value of this type is. */
    #kind(type) {
        const {flags} = type;
        const simple = [
            [TypeFlags.StringLike, 'string'],
            [TypeFlags.NumberLike, 'number'],
            [TypeFlags.BooleanLike, 'boolean'],
            [TypeFlags.Null, 'null'],
            [TypeFlags.Undefined | TypeFlags.Void | TypeFlags.Never, 'undefined'],
        ].find(([flag]) => flags & flag);
        if (simple) {
            return simple[1];
        }
        const list = this.checker.isArrayType(type) || this.checker.isTupleType(type) || named(type, 'Set');
        return list ? 'array' : 'object';
    }

    /**
     * The alternative that fits, or of those of the right kind the one that fits best: what is wrong
     * deep inside says less of which one is meant than what the value itself has and lacks.
     */
    #best(value, types, place) {
        if (types.length === 1) {
            return this.#compare(value, types[0], place);
        }
        const kind = kindOf(value);
        const candidates = types.filter((one) => this.#kind(one) === kind);
        if (candidates.length === 0) {
            return place.is(kind);
        }
        const found = candidates.map((one) => this.#compare(value, one, place));
        const own = (one) => one.filter(({path}) => !/[.[]/.test(path.slice(place.path.length + 1))).length;
        return found.reduce((best, one) => (own(one) - own(best) || one.length - best.length) < 0 ? one : best);
    }

    #array(value, type, place) {
        const [item] = this.checker.getTypeArguments(type);
        return value.flatMap((one, index) => this.#compare(one, item, place.element(index)));
    }

    #object(value, type, place) {
        // A Map is an object on the wire: JSON has none.
        if (named(type, 'Map')) {
            const [, item] = this.checker.getTypeArguments(type);
            return Object.entries(value).flatMap(([key, one]) =>
                this.#compare(one, item, place.property(`${place.at}[]`, key)));
        }
        const properties = this.checker.getPropertiesOfType(type);
        const known = new Set(properties.map((property) => property.name));
        return [
            ...properties.flatMap((property) => this.#property(value, type, property, place)),
            ...this.#others(value, type, known, place),
        ];
    }

    #property(value, type, property, place) {
        const {name} = property;
        const alias = aliasOf(type);
        const here = place.property(alias ? `${alias}.${name}` : declaredName(property), name);
        if (!Object.hasOwn(value, name)) {
            return property.flags & SymbolFlags.Optional ? [] : here.is('missing');
        }
        const within = this.#encoded(property);
        if (within && typeof value[name] === 'string') {
            return this.#decoded(value[name], within, here);
        }
        return this.#compare(value[name], this.checker.getTypeOfSymbol(property), here);
    }

    /** The type of what a property's text holds, where it is declared to hold JSON. */
    #encoded(property) {
        const node = property.valueDeclaration?.type;
        const encoded = node && ts.isTypeReferenceNode(node) && node.typeName.getText() === 'JsonEncodedValue';
        return encoded ? this.checker.getTypeFromTypeNode(node.typeArguments[0]) : undefined;
    }

    #decoded(text, type, place) {
        try {
            return this.#compare(JSON.parse(text), type, place);
        } catch {
            return place.is('no JSON');
        }
    }

    /** The properties that only an index signature speaks of. */
    #others(value, type, known, place) {
        const index = this.checker.getIndexInfosOfType(type)
            .find((info) => info.keyType.flags & TypeFlags.StringLike);
        if (!index) {
            return [];
        }
        return Object.entries(value).filter(([name]) => !known.has(name)).flatMap(([name, one]) =>
            this.#compare(one, index.type, place.property(`${place.at}[]`, name)));
    }
}

function named(type, name) {
    return type.symbol?.name === name;
}

/** The published name of a type, if it has one of its own. */
function aliasOf(type) {
    return type.aliasTypeArguments ? undefined : type.aliasSymbol?.name;
}

/** The name of a property with what it is declared in, as `UserThread.post.channel_id`. */
function declaredName(property) {
    const names = [property.name];
    let node = property.declarations?.[0]?.parent;
    for (; node; node = node.parent) {
        if (ts.isPropertySignature(node) || ts.isPropertyDeclaration(node)) {
            names.unshift(node.name.getText());
        } else if (ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node)) {
            names.unshift(node.name.text);
        }
    }
    return names.join('.');
}
