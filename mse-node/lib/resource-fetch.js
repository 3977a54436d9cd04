// The bytes of a resource that a media element plays by its URL: by requests for ranges where the server has them.

import { bytesOf } from './worker-loader.js';

/** Bytes of one request. */
const PIECE = 1 << 20;

export const isFetchable = (url) => /^(https?|data):/.test(url ?? '');

/** `{ next(hear), abort() }`; undefined for what cannot be fetched. `next` calls `hear({ data, type, isLast })`, or `hear({ failed: true })`. */
export function fetcher(realm, url, blob) {
    if (blob && typeof blob.slice === 'function') return new BlobFetch(realm, blob);
    return blob || !isFetchable(url) ? undefined : new UrlFetch(realm, url);
}

class BlobFetch {
    constructor(realm, blob) {
        Object.assign(this, { realm, blob });
    }

    next(hear) {
        const release = this.realm.clock.hold?.() ?? (() => {});
        const read = (data) => hear({ data: new Uint8Array(data), type: this.blob.type, isLast: true });
        bytesOf(this.realm.global, this.blob).then(read, () => hear({ failed: true })).finally(release);
    }

    abort() {}
}

class UrlFetch {
    #from = 0;
    #total = Infinity;
    #abort = () => {};

    constructor(realm, url) {
        Object.assign(this, { realm, url });
    }

    next(hear) {
        const headers = { Range: `bytes=${this.#from}-${Math.min(this.#from + PIECE, this.#total) - 1}` };
        const { XMLHttpRequest } = this.realm.global;
        const isByScript = this.url.startsWith('data:') || typeof XMLHttpRequest !== 'function';
        const request = isByScript ? fetched : requested;
        this.#abort = request(this.realm, this.url, headers, (response) => this.#receive(response, hear));
    }

    #receive({ status, header, body }, hear) {
        const [, from, total] = /bytes (\d+)-\d+\/(\d+)/.exec(header('content-range') ?? '') ?? [];
        // Another range than was asked for, and everything but the first of what has no ranges, is of no use.
        const isRange = status === 206 && Number(from) === this.#from;
        if (!isRange && (status !== 200 || this.#from > 0)) return hear({ failed: true });
        this.#from += body.length;
        this.#total = isRange ? Number(total) : this.#from;
        if (body.length === 0 && this.#from < this.#total) return hear({ failed: true });
        return hear({ data: body, type: header('content-type') ?? '', isLast: this.#from >= this.#total });
    }

    abort() {
        this.#abort();
    }
}

/** By the page's own network. */
function requested({ global }, url, headers, receive) {
    const request = new global.XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'arraybuffer';
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.onloadend = () => {
        const body = new Uint8Array(request.response ?? new ArrayBuffer(0));
        receive({ status: request.status, header: (name) => request.getResponseHeader(name), body });
    };
    request.send();
    return () => {
        request.onloadend = null;
        request.abort();
    };
}

/** By Node's. */
function fetched({ clock }, url, headers, receive) {
    const release = clock.hold?.() ?? (() => {});
    const controller = new AbortController();
    const get = async () => {
        const response = await fetch(url, { headers, signal: controller.signal });
        const body = new Uint8Array(await response.arrayBuffer());
        return { status: response.status, header: (name) => response.headers.get(name), body };
    };
    const hear = (response) => controller.signal.aborted || receive(response);
    get().catch(() => ({ status: 0, header: () => null, body: new Uint8Array(0) })).then(hear).finally(release);
    return () => controller.abort();
}
