// A worker's requests are made by the thread that started it, whose network it is.

import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

export class WorkerNetwork {
    #port;
    #pending = new Map();
    #nextId = 1;

    constructor(port) {
        this.#port = port;
    }

    /** `details` is `{ method, url, headers, body }`; resolves to `{ url, status, statusText, headers: [[name, value]], body: ArrayBuffer }`. */
    request(details) {
        return new Promise((resolve, reject) => {
            const id = this.#nextId++;
            this.#pending.set(id, { resolve, reject });
            this.#port.postMessage({ kind: 'request', id, details });
        });
    }

    /** The same, and the thread waits. */
    requestSync(details) {
        const { port1, port2 } = new MessageChannel();
        const ready = new Int32Array(new SharedArrayBuffer(4));
        this.#port.postMessage({ kind: 'request', details, ready, port: port2 }, [port2]);
        Atomics.wait(ready, 0, 0);
        const { response, failure } = receiveMessageOnPort(port1).message;
        port1.close();
        if (failure !== undefined) throw networkError(failure);
        return response;
    }

    receive({ id, response, failure }) {
        const { resolve, reject } = this.#pending.get(id);
        this.#pending.delete(id);
        if (failure === undefined) resolve(response);
        else reject(networkError(failure));
    }

    /** `fetch()` of the worker, whose relative addresses are those of its script. */
    async fetch(input, init, base) {
        const request = input instanceof Request ? input : new Request(new URL(input, base), init);
        const body = request.body === null ? null : await request.arrayBuffer();
        const headers = Object.fromEntries(request.headers);
        let response;
        try {
            response = await this.request({ method: request.method, url: request.url, headers, body });
        } catch {
            throw new TypeError(`${request.url} cannot be fetched.`);
        }
        const { status, statusText } = response;
        const result = new Response([204, 205, 304].includes(status) ? null : response.body, { status, statusText, headers: response.headers });
        return Object.defineProperty(result, 'url', { value: response.url });
    }
}

const networkError = (message) => new DOMException(message, 'NetworkError');
