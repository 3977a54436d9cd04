// Values that came out of a message port are objects of Node's own realm; a page expects those of its window.

const KINDS = [
    'Object', 'Array', 'Map', 'Set', 'Date', 'RegExp', 'ArrayBuffer', 'DataView', 'Error', 'EvalError', 'RangeError', 'ReferenceError',
    'SyntaxError', 'TypeError', 'URIError', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array',
    'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'Boolean', 'Number', 'String', 'BigInt',
];

/** A function that makes an object of this realm one of the window's, by its prototype: what is inside belongs to no realm. */
export function adoptInto(window) {
    const prototypes = new Map();
    for (const kind of KINDS) {
        const theirs = window.eval(kind).prototype;
        if (theirs !== globalThis[kind].prototype) prototypes.set(globalThis[kind].prototype, theirs);
    }
    return (value) => {
        const theirs = prototypes.get(Object.getPrototypeOf(value));
        if (theirs !== undefined) Object.setPrototypeOf(value, theirs);
        if (ArrayBuffer.isView(value)) adoptBuffer(value.buffer, prototypes);
        return value;
    };
}

function adoptBuffer(buffer, prototypes) {
    const theirs = prototypes.get(Object.getPrototypeOf(buffer));
    if (theirs !== undefined) Object.setPrototypeOf(buffer, theirs);
}
