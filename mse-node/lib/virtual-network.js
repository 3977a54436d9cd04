// A page's network under a virtual clock. Requests go out over real HTTP, and what comes back reaches the page when it would have come over a link
// of the given latency and bandwidth: a function of the requests and their sizes, whatever the socket did.

import http from 'node:http';
import { Exchange } from './virtual-exchange.js';
import { installXmlHttpRequest } from './virtual-xhr.js';

/** How often a page hears of the progress of a download, in milliseconds (XHR's own interval). */
const PROGRESS_INTERVAL = 50;

export class VirtualNetwork {
    /** Milliseconds from a request to the first byte of its response. */
    latency;
    /** Bits a second. One link for all responses, in the order of the requests. May be changed at any time, for responses that have not begun. */
    bandwidth;
    /**
     * Milliseconds of reality for which no virtual time passes while a server says nothing to a request. Then time goes on, and the answer comes when it
     * comes. A server that means to wait says so at once by 102 Processing (`response.writeProcessing()`).
     */
    patience;
    /** Called with `{ method, url, status, size }` when a response is complete. */
    onresponse = null;

    #clock;
    #hosts;
    #agent = new http.Agent({ keepAlive: true });
    #underWay = []; // sent, and not all planned yet
    #linkFree = 0; // when the last planned response ends

    /** `hosts` maps names such as `media.test` to ports of 127.0.0.1, so that no transcript depends on a port. Other names are not reached. */
    constructor(clock, { latency = 20, bandwidth = 10e6, patience = 1000, hosts = {} } = {}) {
        this.#clock = clock;
        this.#hosts = hosts;
        this.latency = latency;
        this.bandwidth = bandwidth;
        this.patience = patience;
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
        const exchange = new Exchange(this.#clock.now(), receiver);
        exchange.method = request.method;
        this.#underWay.push(exchange);
        this.#start(exchange, request);
        return () => {
            exchange.abort();
            for (const timer of exchange.timers) this.#clock.clearTimeout(timer);
        };
    }

    #start(exchange, { method, url, headers, body }) {
        const { protocol, hostname, pathname, search, host } = new URL(url);
        const port = this.#hosts[hostname];
        if (protocol !== 'http:' || !port) return exchange.fail(new Error(`the virtual network does not reach ${url}`));
        const options = { agent: this.#agent, host: '127.0.0.1', port, method, path: pathname + search, headers: { ...headers, host } };
        exchange.start(options, url, body);
    }

    /** For the clock: waits for all responses that come, and plans them in the order in which they were asked for. */
    async settle() {
        let came = false;
        for (const exchange of [...this.#underWay]) {
            if (!(await exchange.settle(this.patience))) continue;
            came = true;
            this.#plan(exchange);
        }
        this.#underWay = this.#underWay.filter(({ isOver }) => !isOver);
        return came;
    }

    /** What has come since the last time. */
    #plan(exchange) {
        const { response, error, receiver, aborted, isOver } = exchange;
        if (aborted) return;
        const now = this.#clock.now();
        if (error) {
            this.#at(Math.max(exchange.sent + this.latency, now), exchange, () => receiver.error(error));
            return;
        }
        if (!response) return;
        const body = exchange.take();
        const begin = Math.max(exchange.sent + this.latency, now, this.#linkFree);
        const perByte = 8000 / this.bandwidth;
        const end = begin + body.length * perByte;
        this.#linkFree = end;
        if (!exchange.isBegun) this.#at(begin, exchange, () => receiver.headers(response));
        exchange.isBegun = true;
        exchange.size = (exchange.size ?? 0) + body.length;
        const piece = Math.max(1, Math.floor(PROGRESS_INTERVAL / perByte));
        for (let from = 0; from < body.length; from += piece) {
            const to = Math.min(body.length, from + piece);
            this.#at(begin + to * perByte, exchange, () => receiver.data(body.subarray(from, to)));
        }
        if (!isOver) return;
        this.#at(end, exchange, () => {
            this.onresponse?.({ method: exchange.method, url: response.url, status: response.status, size: exchange.size });
            receiver.end();
        });
    }

    #at(time, exchange, action) {
        const run = () => exchange.aborted || action();
        exchange.timers.push(this.#clock.setTimeout(run, time - this.#clock.now()));
    }
}
