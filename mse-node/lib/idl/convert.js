// Conversions between JavaScript values and IDL types. <https://webidl.spec.whatwg.org/#js-type-mapping>

import conversions from 'webidl-conversions';
import { dictionaries, enums, interfaces, typedefs } from './definitions.js';

/** A function (value, context) that converts to the type or throws a TypeError of the realm. */
export function converter(realm, idlType) {
    const inner = innerConverter(realm, idlType);
    if (!idlType.nullable) return inner;
    return (value, context) => (value === null || value === undefined ? null : inner(value, context));
}

function innerConverter(realm, idlType) {
    if (idlType.union) return union(realm, idlType.idlType);
    const name = idlType.idlType;
    if (typedefs.has(name)) return converter(realm, typedefs.get(name));
    if (enums.has(name)) return enumeration(realm, name);
    if (dictionaries.has(name)) return dictionary(realm, name);
    if (name === 'BufferSource') return bufferSource(realm);
    if (name === 'EventHandler') return (value) => (isObject(value) ? value : null);
    if (interfaces.has(name) || !conversions[name]) return platformObject(realm, name);
    const options = { globals: realm.globals };
    const convert = conversions[name];
    return (value, context) => {
        options.context = `${context}: The value`;
        return ended(() => convert(value, options));
    };
}

/** What webidl-conversions says of a value has no full stop. */
function ended(convert) {
    try {
        return convert();
    } catch (error) {
        if (typeof error?.message === 'string' && !error.message.endsWith('.')) error.message += '.';
        throw error;
    }
}

export function isObject(value) {
    return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function enumeration(realm, name) {
    const values = enums.get(name);
    const string = converter(realm, { idlType: 'DOMString' });
    return (value, context) => {
        const text = string(value, context);
        if (values.has(text)) return text;
        throw new realm.TypeError(`${context}: '${text}' is not a value of ${name}.`);
    };
}

/** An interface type: the object that implements it, or the value itself for one that is not ours. */
function platformObject(realm, name) {
    return (value, context) => {
        const found = instance(realm, name, value);
        if (found !== undefined) return found;
        throw new realm.TypeError(`${context}: The value is not of type ${name}.`);
    };
}

function instance(realm, name, value) {
    if (!isObject(value)) return undefined;
    if (realm.implementations[name]) {
        const impl = realm.implOf(value);
        return impl instanceof realm.implementations[name] ? impl : undefined;
    }
    const Foreign = realm.global[name];
    return typeof Foreign === 'function' && value instanceof Foreign ? value : undefined;
}

/** A union of interface types, the only unions there are here. */
function union(realm, types) {
    const names = types.map((type) => type.idlType);
    return (value, context) => {
        for (const name of names) {
            const found = instance(realm, name, value);
            if (found !== undefined) return found;
        }
        throw new realm.TypeError(`${context}: The value is none of ${names.join(', ')}.`);
    };
}

function dictionary(realm, name) {
    const members = [];
    for (let of = dictionaries.get(name); of; of = dictionaries.get(of.inheritance)) {
        members.unshift(...of.members);
    }
    const fields = members.map((member) => ({
        name: member.name,
        convert: converter(realm, member.idlType),
        default: member.default && defaultValue(member.default),
        required: member.required,
    }));
    return (value, context) => {
        if (value !== undefined && value !== null && !isObject(value)) {
            throw new realm.TypeError(`${context}: The value cannot be converted to ${name}.`);
        }
        const result = {};
        for (const field of fields) {
            const given = value?.[field.name];
            if (given !== undefined) result[field.name] = field.convert(given, `${context}, ${field.name}`);
            else if (field.default !== undefined) result[field.name] = field.default;
            else if (field.required) throw new realm.TypeError(`${context}: The member '${field.name}' is required.`);
        }
        return result;
    };
}

export function defaultValue({ type, value }) {
    if (type === 'null') return null;
    if (type === 'dictionary') return {};
    if (type === 'number') return Number(value);
    return value;
}

const isShared = (buffer) => {
    try {
        sharedByteLength.call(buffer);
        return true;
    } catch {
        return false;
    }
};
const sharedByteLength = Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength').get;
const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get;
const resizable = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'resizable')?.get;
const isArrayBuffer = (value) => {
    try {
        byteLength.call(value);
        return true;
    } catch {
        return false;
    }
};

/** A Uint8Array of the bytes, not copied. Of a detached buffer it is empty. Shared and resizable buffers are refused. */
function bufferSource(realm) {
    const none = new Uint8Array(0);
    return (value, context) => {
        const view = ArrayBuffer.isView(value);
        const buffer = view ? value.buffer : value;
        if (view ? isShared(buffer) : !isArrayBuffer(buffer)) {
            throw new realm.TypeError(`${context}: The value is not an ArrayBuffer or a view of one.`);
        }
        if (resizable?.call(buffer)) throw new realm.TypeError(`${context}: The ArrayBuffer is resizable.`);
        if (!view) return buffer.detached || buffer.byteLength === 0 ? none : new Uint8Array(buffer);
        if (value.byteLength === 0) return none;
        return value instanceof Uint8Array ? value : new Uint8Array(buffer, value.byteOffset, value.byteLength);
    };
}
