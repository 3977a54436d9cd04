// Structured clone with transfer, for the one kind of object that Node's own does not know: MediaSourceHandle.
//
// A handle goes from one thread to another as a token of the addon. In the message its place is taken by an empty object; as structured
// clone keeps identity within one message, the list of handles beside it says which objects those were.
//
// `handles` in these functions is how the realm deals with its handles:
//   isHandle(value)        whether this is a MediaSourceHandle
//   isOther(value)         whether this is another object of our interfaces, which cannot be cloned
//   check(handle)          throws a DataCloneError if the handle cannot be transferred
//   detach(handle)         takes the handle out of this realm; returns its token
//   revive(token)          the MediaSourceHandle of this realm for a token
//   dataCloneError(text)   the exception to throw

// That of a worker's scope is another one (worker-clone.js).
const { structuredClone: cloneOfNode } = globalThis;

/** `handles` of a realm that has none. */
export const noHandles = (DOMException) => ({
    isHandle: () => false,
    isOther: () => false,
    dataCloneError: (text) => new DOMException(text, 'DataCloneError'),
});

/**
 * `StructuredSerializeWithTransfer(message, transfer)`. Returns `[envelope, transferList]` for a worker_threads port; throws a
 * DataCloneError with nothing transferred. `transfer` is an array, or `{ transfer }`.
 */
function serialize(message, transfer, handles) {
    const list = transferList(transfer);
    const placeholders = new Map();
    for (const [index, item] of list.entries()) {
        if (list.indexOf(item) !== index) throw handles.dataCloneError('An object is twice in the list of objects to transfer.');
        if (isDetachedBuffer(item)) throw handles.dataCloneError('An ArrayBuffer to transfer is detached.');
        if (!handles.isHandle(item)) continue;
        handles.check(item);
        placeholders.set(item, {});
    }
    const data = replace(message, (value) => {
        if (handles.isOther(value)) throw handles.dataCloneError(`An object of ${tag(value)} cannot be cloned.`);
        if (!handles.isHandle(value)) return value;
        if (!placeholders.has(value)) throw handles.dataCloneError('A MediaSourceHandle can only be transferred.');
        return placeholders.get(value);
    });
    return [{ data, handles: [...placeholders] }, list.filter((item) => !placeholders.has(item))];
}

/** Posts a message on a worker_threads port or Worker, with `wrap` around what is sent. Handles leave only once nothing can fail. */
function post(port, message, transfer, handles, wrap = (envelope) => envelope) {
    const [envelope, list] = serialize(message, transfer, handles);
    // Whether all of the rest can be cloned is known only by trying, and a handle must not be lost in the attempt.
    if (envelope.handles.length > 0) cloneable(envelope.data, list, handles);
    envelope.handles = envelope.handles.map(([handle, placeholder]) => [handles.detach(handle), placeholder]);
    try {
        port.postMessage(wrap(envelope), list);
    } catch (error) {
        throw handles.dataCloneError(error.message);
    }
}

/** `structuredClone()`, by that of Node. */
function clone(message, transfer, handles) {
    let copy;
    post({ postMessage: (envelope, list) => (copy = cloneOfNode(envelope, { transfer: list })) }, message, transfer, handles);
    return deserialize(copy, handles);
}

/** `StructuredDeserializeWithTransfer`: the message of an envelope that came out of a port. */
function deserialize(envelope, handles, adopt = (value) => value) {
    const revived = new Map(envelope.handles.map(([token, placeholder]) => [placeholder, handles.revive(token)]));
    return replace(envelope.data, (value) => (revived.has(value) ? revived.get(value) : adopt(value)), true);
}

function transferList(transfer) {
    if (transfer === undefined || transfer === null) return [];
    if (typeof transfer[Symbol.iterator] === 'function') return [...transfer];
    return transfer.transfer === undefined ? [] : [...transfer.transfer];
}

function isDetachedBuffer(item) {
    if (tag(item) !== 'ArrayBuffer' || item.byteLength > 0) return false;
    try {
        return new Uint8Array(item) === undefined;
    } catch {
        return true;
    }
}

function cloneable(data, list, handles) {
    const buffers = list.filter((item) => tag(item) === 'ArrayBuffer');
    try {
        if (buffers.length === list.length) cloneOfNode(data);
    } catch (error) {
        throw handles.dataCloneError(error.message);
    }
}

/**
 * Calls `visit` for each object of a message and puts what it returns in the object's place. With `inPlace` the containers are kept,
 * otherwise those of which something was replaced are copied.
 */
function replace(message, visit, inPlace = false) {
    const seen = new Map();
    let replaced = false;
    const walk = (value) => {
        if (typeof value !== 'object' || value === null) return value;
        if (seen.has(value)) return seen.get(value);
        const visited = visit(value);
        seen.set(value, visited);
        if (visited !== value) {
            replaced = true;
            return visited;
        }
        const kind = containerKind(value);
        if (kind === undefined) return value;
        const target = inPlace ? value : kind.empty(value);
        seen.set(value, target);
        kind.fill(target, value, walk);
        return target;
    };
    const result = walk(message);
    return replaced || inPlace ? result : message;
}

const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);

// The containers of structured clone, of whatever realm.
const CONTAINERS = {
    Object: {
        empty: () => ({}),
        fill: (target, value, walk) => { for (const key of Object.keys(value)) target[key] = walk(value[key]); },
    },
    Array: {
        empty: (value) => new Array(value.length),
        fill: (target, value, walk) => { for (const key of Object.keys(value)) target[key] = walk(value[key]); },
    },
    Map: {
        empty: () => new Map(),
        fill: (target, value, walk) => {
            const entries = [...value];
            target.clear();
            for (const [key, item] of entries) target.set(walk(key), walk(item));
        },
    },
    Set: {
        empty: () => new Set(),
        fill: (target, value, walk) => {
            const items = [...value];
            target.clear();
            for (const item of items) target.add(walk(item));
        },
    },
};
const containerKind = (value) => CONTAINERS[tag(value)];

export { clone, deserialize, post };
