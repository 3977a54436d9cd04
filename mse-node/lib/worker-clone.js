// The other doors by which an object leaves a worker's scope or is copied in it: structuredClone(), MessagePort, BroadcastChannel. None of Node's
// knows MediaSourceHandles.

import { clone, deserialize, post } from './worker-message.js';

/** The member of a message that is an envelope with handles. */
const ENVELOPE = 'mse-node envelope';

export function installCloning(global, handles) {
    const define = (object, name, value) => Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
    const { MessagePort, BroadcastChannel, MessageEvent } = global;
    const posts = [MessagePort, BroadcastChannel].map(({ prototype }) => prototype.postMessage);
    const copy = clone;
    define(global, 'structuredClone', {
        structuredClone(value, options) {
            return copy(value, options, handles);
        },
    }.structuredClone);
    define(MessagePort.prototype, 'postMessage', function postMessage(message, transfer) {
        const port = { postMessage: (sent, list) => posts[0].call(this, sent, list) };
        post(port, message, transfer, handles, (envelope) => (envelope.handles.length > 0 ? { [ENVELOPE]: envelope } : envelope.data));
    });
    define(BroadcastChannel.prototype, 'postMessage', function postMessage(message) {
        post({ postMessage: (sent) => posts[1].call(this, sent) }, message, [], handles, (envelope) => envelope.data);
    });
    reviveIn(MessageEvent.prototype, handles);
}

/** What arrives with handles becomes a message when it is asked for, once. */
function reviveIn(prototype, handles) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, 'data');
    const revived = new WeakMap();
    Object.defineProperty(prototype, 'data', {
        ...descriptor,
        get() {
            const data = descriptor.get.call(this);
            const envelope = data?.[ENVELOPE];
            if (!envelope) return data;
            if (!revived.has(this)) revived.set(this, deserialize(envelope, handles));
            return revived.get(this);
        },
    });
}
