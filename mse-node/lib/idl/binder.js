// Makes interface objects of a realm from the definitions: constructors, prototypes, attributes, operations, constants, brand checks.
// <https://webidl.spec.whatwg.org/#js-interfaces>

import { converter, defaultValue, isObject } from './convert.js';
import { exposure } from './definitions.js';
import { eventHandler } from './event-handler.js';
import { indexed } from './legacy-platform-object.js';

/** Defines an interface in the realm, or the members of one that is there already on its prototype; returns the interface object. */
export function defineInterface(realm, definition) {
    const { name } = definition;
    const existing = realm.existing(name);
    const constructor = existing ?? interfaceObject(realm, definition);
    for (const member of definition.members) {
        const exposed = exposure(member.extAttrs);
        if (!exposed || exposed.some((of) => realm.isExposed(of))) defineMember(realm, definition, constructor, member);
    }
    return constructor;
}

function interfaceObject(realm, definition) {
    const { name, inheritance } = definition;
    const declared = definition.members.find(({ type }) => type === 'constructor');
    const convert = declared && argumentsOf(realm, declared.arguments, `Failed to construct '${name}'`);
    const constructor = function (...values) {
        if (!new.target) throw new realm.TypeError(`${name} cannot be called without 'new'.`);
        if (!declared) throw new realm.TypeError('Illegal constructor');
        return realm.construct(name, convert(values), new.target);
    };
    const parent = inheritance && ofRealm(realm, realm.parent(inheritance));
    Object.setPrototypeOf(constructor, parent ?? realm.Function.prototype);
    const prototype = Object.create((parent ?? realm.Object).prototype);
    const length = declared ? required(declared.arguments) : 0;
    Object.defineProperties(constructor, {
        name: { value: name, configurable: true },
        length: { value: length, configurable: true },
        prototype: { value: prototype, writable: false, enumerable: false, configurable: false },
    });
    Object.defineProperties(prototype, {
        constructor: { value: constructor, writable: true, enumerable: false, configurable: true },
        [Symbol.toStringTag]: { value: name, writable: false, enumerable: false, configurable: true },
    });
    return constructor;
}

/** jsdom's interface objects are functions of Node's realm; what ours inherit from is the window's. */
function ofRealm(realm, parent) {
    let root = parent;
    while (Object.hasOwn(Object.getPrototypeOf(root), 'prototype')) root = Object.getPrototypeOf(root);
    Object.setPrototypeOf(root, realm.Function.prototype);
    return parent;
}

function defineMember(realm, definition, constructor, member) {
    const { prototype } = constructor;
    if (member.type === 'const') {
        const descriptor = { value: Number(member.value.value), writable: false, enumerable: true, configurable: false };
        for (const object of [constructor, prototype]) {
            if (!Object.hasOwn(object, member.name)) Object.defineProperty(object, member.name, descriptor);
        }
    } else if (member.type === 'attribute') {
        const object = member.special === 'static' ? constructor : prototype;
        Object.defineProperty(object, member.name, attribute(realm, definition, member));
    } else if (member.type === 'operation' && member.special === 'getter') {
        indexed(realm, prototype);
    } else if (member.type === 'operation') {
        const object = member.special === 'static' ? constructor : prototype;
        const value = operation(realm, definition, member);
        Object.defineProperty(object, member.name, { value, writable: true, enumerable: true, configurable: true });
    }
}

/** A function of the realm with a name and a length. */
function builtin(realm, name, length, call) {
    Object.setPrototypeOf(call, realm.Function.prototype);
    Object.defineProperties(call, {
        name: { value: name, configurable: true },
        length: { value: length, configurable: true },
    });
    return call;
}

// Methods of an object literal have neither `prototype` nor [[Construct]], as built-in functions have not.
const method = (call) => ({ method(...values) { return call(this, values); } }).method;

function attribute(realm, definition, member) {
    const { name } = member;
    if (member.idlType.idlType === 'EventHandler') return eventHandler(realm, definition, name, builtin, method);
    const isStatic = member.special === 'static';
    const target = (self) => (isStatic ? realm.implementations[definition.name] : realm.branded(self, definition.name));
    const get = builtin(realm, `get ${name}`, 0, method((self) => realm.wrap(target(self)[name])));
    if (member.readonly) return { get, set: undefined, enumerable: true, configurable: true };
    const convert = converter(realm, member.idlType);
    const isEnum = realm.isEnum(member.idlType.idlType);
    const context = `Failed to set the '${name}' property on '${definition.name}'`;
    const set = method((self, values) => {
        const impl = target(self);
        if (values.length === 0) throw new realm.TypeError(`${context}: 1 argument required, but only 0 present.`);
        let value = values[0];
        // An unknown enumeration value is ignored (GEN-2).
        if (isEnum && !realm.isEnumValue(member.idlType.idlType, value = `${value}`)) return;
        value = convert(value, context);
        realm.within(context, () => (impl[name] = value));
    });
    return { get, set: builtin(realm, `set ${name}`, 1, set), enumerable: true, configurable: true };
}

function operation(realm, definition, member) {
    const { name } = member;
    const length = required(member.arguments);
    const context = `Failed to execute '${name}' on '${definition.name}'`;
    const convert = argumentsOf(realm, member.arguments, context);
    if (member.special === 'static') {
        const impl = realm.implementations[definition.name];
        return builtin(realm, name, length, method((_, values) => realm.wrap(impl[name](...convert(values), realm))));
    }
    const call = (self, values) => {
        const impl = realm.branded(self, definition.name);
        const converted = convert(values);
        return realm.wrap(realm.within(context, () => impl[name](...converted)));
    };
    if (member.idlType.generic !== 'Promise') return builtin(realm, name, length, method(call));
    // What goes wrong rejects the promise.
    const promise = (self, values) => {
        try {
            return call(self, values);
        } catch (error) {
            return realm.Promise.reject(error);
        }
    };
    return builtin(realm, name, length, method(promise));
}

function required(declared) {
    return declared.filter(({ optional, variadic }) => !optional && !variadic).length;
}

/** A function from the values of a call to converted arguments. */
function argumentsOf(realm, declared, context) {
    const least = required(declared);
    const converters = declared.map(({ idlType }) => converter(realm, idlType));
    return (values) => {
        if (values.length < least) {
            const arguments_ = least === 1 ? 'argument' : 'arguments';
            throw new realm.TypeError(`${context}: ${least} ${arguments_} required, but only ${values.length} present.`);
        }
        const converted = [];
        for (let i = 0; i < declared.length; i++) {
            const { optional, default: fallback } = declared[i];
            const isDictionary = fallback?.type === 'dictionary';
            if (optional && values[i] === undefined && !isDictionary) {
                converted.push(fallback ? defaultValue(fallback) : undefined);
            } else {
                converted.push(converters[i](values[i], `${context}: Parameter ${i + 1}`));
            }
        }
        return converted;
    };
}

export { isObject };
