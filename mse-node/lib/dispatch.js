// Firing events.

/** Fires an event of the realm at an implementation's object. */
export function fire(realm, impl, type, init = {}) {
    dispatch(realm, impl.wrapper, new realm.Event(type, init));
}

/** Dispatches an event; as a trusted one where the DOM lets us (jsdom). */
export function dispatch(realm, target, event) {
    const [eventImpl, targetImpl] = [inside(event), inside(target)];
    if (eventImpl && typeof targetImpl?._dispatch === 'function') {
        eventImpl.isTrusted = true;
        targetImpl._dispatch(eventImpl);
    } else {
        realm.EventTarget.prototype.dispatchEvent.call(target, event);
    }
}

function inside(object) {
    const symbol = Object.getOwnPropertySymbols(object).find(({ description }) => description === 'impl');
    return symbol && object[symbol];
}
