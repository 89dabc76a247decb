// The published types of the official client: what its methods answer, and what events hold.

import {fileURLToPath} from 'node:url';
import ts from 'typescript';

import {Comparison} from './compare.mjs';

const OPTIONS = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
};

/** Reads a file of type declarations; gives the checker, and the types it exports, by name. */
export function declared(url) {
    const path = fileURLToPath(url);
    const program = ts.createProgram({rootNames: [path], options: OPTIONS});
    const complaints = program.getSemanticDiagnostics(program.getSourceFile(path));
    if (complaints.length > 0) {
        const host = {getCanonicalFileName: (name) => name, getCurrentDirectory: () => '.', getNewLine: () => '\n'};
        throw new Error(ts.formatDiagnostics(complaints, host));
    }
    const checker = program.getTypeChecker();
    const module = checker.getSymbolAtLocation(program.getSourceFile(path));
    const types = checker.getExportsOfModule(module)
        .map((symbol) => [symbol.name, checker.getDeclaredTypeOfSymbol(symbol)]);
    return {checker, types: new Map(types)};
}

/** The published types, ready to compare with. */
export class Published {
    constructor() {
        const {checker, types} = declared(new URL('named.d.ts', import.meta.url));
        this.checker = checker;
        this.comparison = new Comparison(checker);
        this.named = types;
        this.answers = this.#answers(types.get('Client'));
        this.events = this.#events(types.get('Message'));
    }

    /** How a method's answer differs from what the method is declared to give. */
    ofAnswer(method, value) {
        const {types, wrapped} = this.answers.get(method);
        return this.comparison.deviations(wrapped ? value.data : value, types, `${method}()`);
    }

    /** How a value differs from a type of `named.d.ts`. */
    ofNamed(name, value) {
        if (!this.named.has(name)) {
            throw new Error(`named.d.ts has no type ${name}`);
        }
        return this.comparison.deviations(value, [this.named.get(name)], name);
    }

    /** How an event differs from its published type; none is published for some. */
    ofEvent(message) {
        return this.comparison.deviations(message, [this.events.get(message.event)], message.event);
    }

    /** The methods that answer over the network: what a promise of theirs holds. */
    #answers(client) {
        const answers = new Map();
        for (const member of this.checker.getPropertiesOfType(client).filter(isPublic)) {
            const signatures = this.checker.getTypeOfSymbol(member).getCallSignatures();
            const given = signatures.map((signature) => signature.getReturnType());
            if (given.length === 0 || !given.every((type) => type.symbol?.name === 'Promise')) {
                continue;
            }
            const types = given.map((type) => this.#held(this.checker.getTypeArguments(type)[0]));
            answers.set(member.name, {types: types.map(({type}) => type), wrapped: types[0].wrapped});
        }
        return answers;
    }

    /** What a promise holds, without the wrapper that some methods put around an answer. */
    #held(type) {
        if (type.aliasSymbol?.name === 'ClientResponse') {
            return {type: type.aliasTypeArguments[0], wrapped: true};
        }
        // The bare response of the network says nothing of what is in it.
        const bare = type.symbol?.name === 'Response' && !type.aliasSymbol;
        return {type: bare ? this.checker.getAnyType() : type, wrapped: false};
    }

    #events(message) {
        const events = new Map();
        for (const type of message.types) {
            const named = this.checker.getTypeOfSymbol(type.getProperty('event'));
            for (const one of named.isUnion() ? named.types : [named]) {
                events.set(one.value, type);
            }
        }
        return events;
    }
}

function isPublic(member) {
    return !(ts.getCombinedModifierFlags(member.declarations[0]) & ts.ModifierFlags.NonPublicAccessibilityModifier);
}
