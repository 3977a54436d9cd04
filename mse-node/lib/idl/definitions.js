// The interface definitions, read from the .idl files beside this one.

import { readFileSync } from 'node:fs';
import { parse } from 'webidl2';

export const interfaces = new Map(); // name -> { name, inheritance, exposed, members, partial }
export const enums = new Map(); // name -> Set of values
export const dictionaries = new Map(); // name -> { inheritance, members }
export const typedefs = new Map(); // name -> idlType

for (const file of ['media-source.idl', 'html.idl']) {
    const text = readFileSync(new URL(file, import.meta.url), 'utf8');
    for (const definition of parse(text, { sourceName: file })) add(definition);
}

function add(definition) {
    const { type, name } = definition;
    if (type === 'enum') enums.set(name, new Set(definition.values.map(({ value }) => value)));
    else if (type === 'dictionary') dictionaries.set(name, definition);
    else if (type === 'typedef') typedefs.set(name, definition.idlType);
    else if (type === 'interface') {
        const { inheritance = null, members, partial } = definition;
        interfaces.set(name, { name, inheritance, members, partial, exposed: exposure(definition.extAttrs) });
    }
}

/** The global names of [Exposed]; null where there is none, and '*' for all. */
export function exposure(extAttrs) {
    const exposed = extAttrs.find(({ name }) => name === 'Exposed');
    if (!exposed) return null;
    const { type, value } = exposed.rhs;
    if (type === '*') return ['*'];
    return type === 'identifier' ? [value] : value.map((one) => one.value);
}
