// EventTarget for a worker's global object, which cannot be constructed as one, and event handler attributes.

/** Dispatches events at `target`, which may be any object. https://dom.spec.whatwg.org/#interface-eventtarget without the tree. */
export function eventTargetMethods(target, report) {
    const listeners = new Map(); // type to [{ callback, once, removed }]
    const of = (type) => listeners.get(String(type)) ?? [];
    return {
        addEventListener(type, callback, options) {
            if (callback === null || callback === undefined || of(type).some((entry) => entry.callback === callback)) return;
            listeners.set(String(type), [...of(type), { callback, once: options?.once === true }]);
        },
        removeEventListener(type, callback) {
            for (const entry of of(type)) entry.removed ||= entry.callback === callback;
            listeners.set(String(type), of(type).filter((entry) => !entry.removed));
        },
        dispatchEvent(event) {
            for (const name of ['target', 'currentTarget', 'srcElement']) {
                Object.defineProperty(event, name, { value: target, configurable: true });
            }
            for (const entry of of(event.type)) {
                if (entry.removed) continue;
                if (entry.once) this.removeEventListener(event.type, entry.callback);
                try {
                    if (typeof entry.callback === 'function') entry.callback.call(target, event);
                    else entry.callback.handleEvent(event);
                } catch (error) {
                    report(error);
                }
            }
            return !event.defaultPrevented;
        },
    };
}

/** `onmessage` and the like: a handler takes its place among the listeners when it is first set. */
export function defineHandlers(prototype, types) {
    for (const type of types) {
        const handlers = new WeakMap();
        Object.defineProperty(prototype, `on${type}`, {
            configurable: true,
            enumerable: true,
            get() {
                return handlers.get(this ?? globalThis)?.handler ?? null;
            },
            set(handler) {
                const self = this ?? globalThis;
                const value = typeof handler === 'function' ? handler : null;
                const entry = handlers.get(self);
                if (entry) {
                    entry.handler = value;
                    return;
                }
                const fresh = { handler: value };
                handlers.set(self, fresh);
                self.addEventListener(type, (event) => {
                    // https://html.spec.whatwg.org/multipage/webappapis.html#the-event-handler-processing-algorithm
                    if (type === 'error' && self === globalThis && 'message' in event) {
                        const { message, filename, lineno, colno, error } = event;
                        if (fresh.handler?.call(self, message, filename, lineno, colno, error) === true) event.preventDefault();
                    } else if (fresh.handler?.call(self, event) === false) {
                        event.preventDefault();
                    }
                });
            },
        });
    }
}
