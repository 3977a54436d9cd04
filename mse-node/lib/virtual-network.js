// A page's network under a virtual clock. Requests go out over real HTTP, and what comes back reaches the page when it would have come over a link
// of the given latency and bandwidth: a function of the requests and their sizes, whatever the socket did.

import http from 'node:http';
import { installXmlHttpRequest } from './virtual-xhr.js';

/** How often a page hears of the progress of a download, in milliseconds (XHR's own interval). */
const PROGRESS_INTERVAL = 50;

export class VirtualNetwork {
    /** Milliseconds from a request to the first byte of its response. */
    latency;
    /** Bits a second. One link for all responses, in the order of the requests. May be changed at any time, for responses that have not begun. */
    bandwidth;
    /** Called with `{ method, url, status, size }` when a response is complete. */
    onresponse = null;

    #clock;
    #hosts;
    #agent = new http.Agent({ keepAlive: true });
    #underWay = []; // sent, and not yet planned
    #linkFree = 0; // when the last planned response ends

    /** `hosts` maps names such as `media.test` to ports of 127.0.0.1, so that no transcript depends on a port. Other names are not reached. */
    constructor(clock, { latency = 20, bandwidth = 10e6, hosts = {} } = {}) {
        this.#clock = clock;
        this.#hosts = hosts;
        this.latency = latency;
        this.bandwidth = bandwidth;
        clock.addSource(this);
    }

    /** Puts `XMLHttpRequest` into the window. */
    install(window) {
        installXmlHttpRequest(window, this, this.#clock);
    }

    close() {
        this.#agent.destroy();
    }

    /**
     * Sends a request. `receiver` hears `headers(response)`, `data(bytes)` and `end()`, or `error(error)`, in virtual time.
     * Returns a function that aborts: the receiver hears no more.
     */
    send(request, receiver) {
        const exchange = { request, sent: this.#clock.now(), receiver, timers: [], aborted: false };
        exchange.response = this.#exchange(request).catch((error) => ({ error }));
        this.#underWay.push(exchange);
        return () => {
            exchange.aborted = true;
            for (const timer of exchange.timers) this.#clock.clearTimeout(timer);
        };
    }

    /** For the clock: waits for all responses, and plans them in the order in which they were asked for. */
    async settle() {
        const exchanges = this.#underWay;
        this.#underWay = [];
        for (const exchange of exchanges) this.#plan(exchange, await exchange.response);
        return exchanges.length > 0;
    }

    #plan(exchange, response) {
        const start = exchange.sent + this.latency;
        if (exchange.aborted) return;
        if (response.error) {
            this.#at(start, exchange, () => exchange.receiver.error(response.error));
            return;
        }
        const { body } = response;
        const begin = Math.max(start, this.#linkFree);
        const perByte = 8000 / this.bandwidth;
        const end = begin + body.length * perByte;
        this.#linkFree = end;
        this.#at(begin, exchange, () => exchange.receiver.headers(response));
        const piece = Math.max(1, Math.floor(PROGRESS_INTERVAL / perByte));
        for (let from = 0; from < body.length; from += piece) {
            const to = Math.min(body.length, from + piece);
            this.#at(begin + to * perByte, exchange, () => exchange.receiver.data(body.subarray(from, to)));
        }
        this.#at(end, exchange, () => {
            this.onresponse?.({ method: exchange.request.method, url: response.url, status: response.status, size: body.length });
            exchange.receiver.end();
        });
    }

    #at(time, exchange, action) {
        const run = () => exchange.aborted || action();
        exchange.timers.push(this.#clock.setTimeout(run, time - this.#clock.now()));
    }

    /** The exchange in reality: all of the response, or an exception. */
    #exchange({ method, url, headers, body }) {
        const { protocol, hostname, pathname, search, host } = new URL(url);
        const port = this.#hosts[hostname];
        if (protocol !== 'http:' || !port) return Promise.reject(new Error(`the virtual network does not reach ${url}`));
        return new Promise((resolve, reject) => {
            const options = { agent: this.#agent, host: '127.0.0.1', port, method, path: pathname + search, headers: { ...headers, host } };
            const request = http.request(options, (response) => {
                const pieces = [];
                response.on('data', (piece) => pieces.push(piece));
                response.on('error', reject);
                response.on('end', () => resolve({
                    url,
                    status: response.statusCode,
                    statusText: response.statusMessage,
                    headers: response.headers,
                    body: Buffer.concat(pieces),
                }));
            });
            request.on('error', reject);
            request.end(body);
        });
    }
}
