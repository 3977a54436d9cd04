// Event handler IDL attributes. <https://html.spec.whatwg.org/#event-handler-idl-attributes>

import { isObject } from './convert.js';

/** Per object: event type -> { value, listener }. */
const handlers = new WeakMap();

export function eventHandler(realm, definition, name, builtin, method) {
    const type = name.slice(2);
    const get = method((self) => {
        realm.branded(self, definition.name);
        return handlers.get(realm.target(self))?.get(type)?.value ?? null;
    });
    const set = method((self, [value]) => {
        realm.branded(self, definition.name);
        assign(realm, realm.target(self), type, isObject(value) ? value : null);
    });
    return {
        get: builtin(realm, `get ${name}`, 0, get),
        set: builtin(realm, `set ${name}`, 1, set),
        enumerable: true,
        configurable: true,
    };
}

/** The listener takes its place among the others when a handler is first set, and keeps it while one is set. */
function assign(realm, object, type, value) {
    if (!handlers.has(object)) handlers.set(object, new Map());
    const ofObject = handlers.get(object);
    const handler = ofObject.get(type);
    const { addEventListener, removeEventListener } = realm.EventTarget.prototype;
    if (value === null) {
        if (handler) removeEventListener.call(object, type, handler.listener);
        ofObject.delete(type);
    } else if (handler) {
        handler.value = value;
    } else {
        const added = { value, listener: (event) => handle(added.value, event) };
        ofObject.set(type, added);
        addEventListener.call(object, type, added.listener);
    }
}

function handle(value, event) {
    if (typeof value !== 'function') return;
    if (value.call(event.currentTarget, event) === false) event.preventDefault();
}
