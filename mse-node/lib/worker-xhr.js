// XMLHttpRequest for workers, as far as players use it. All requests of a worker are made by the thread that started it, whose
// network it is (`worker-network.js`).

const STATES = { UNSENT: 0, OPENED: 1, HEADERS_RECEIVED: 2, LOADING: 3, DONE: 4 };
const EVENTS = ['loadstart', 'progress', 'abort', 'error', 'load', 'timeout', 'loadend'];

function defineXMLHttpRequest({ network, base, EventTarget, Event, defineHandlers }) {
    class XMLHttpRequestEventTarget extends EventTarget {}
    defineHandlers(XMLHttpRequestEventTarget.prototype, EVENTS);

    class XMLHttpRequest extends XMLHttpRequestEventTarget {
        #details;
        #headers = {};
        #response;
        #sent = 0;
        #responseType = '';
        readyState = STATES.UNSENT;
        timeout = 0;
        withCredentials = false;
        upload = new XMLHttpRequestEventTarget();

        open(method, url, asynchronous = true) {
            this.#details = { method: String(method).toUpperCase(), url: new URL(url, base).href, asynchronous };
            this.#headers = {};
            this.#sent += 1;
            this.#response = undefined;
            this.#enter(STATES.OPENED);
        }

        setRequestHeader(name, value) {
            this.#require(STATES.OPENED);
            this.#headers[name] = this.#headers[name] === undefined ? String(value) : `${this.#headers[name]}, ${value}`;
        }

        send(body = null) {
            this.#require(STATES.OPENED);
            const details = { ...this.#details, headers: this.#headers, body };
            if (!this.#details.asynchronous) return this.#sendNow(details);
            const turn = (this.#sent += 1);
            const timer = this.timeout > 0 ? setTimeout(() => this.#fail('timeout', turn), this.timeout) : undefined;
            this.#fire('loadstart');
            network.request(details).then(
                (response) => { clearTimeout(timer); if (this.#sent === turn) this.#receive(response); },
                () => { clearTimeout(timer); this.#fail('error', turn); },
            );
        }

        #sendNow(details) {
            try {
                this.#response = network.requestSync(details);
            } catch {
                this.readyState = STATES.DONE;
                throw new DOMException(`${details.url} cannot be loaded.`, 'NetworkError');
            }
            this.#enter(STATES.DONE);
            this.#fire('load');
            this.#fire('loadend');
        }

        abort() {
            const sending = this.#response === undefined && this.readyState === STATES.OPENED;
            this.#sent += 1;
            if (sending) this.#fail('abort', this.#sent);
            this.readyState = STATES.UNSENT;
        }

        #receive(response) {
            this.#response = response;
            this.#enter(STATES.HEADERS_RECEIVED);
            this.#enter(STATES.LOADING);
            this.#fire('progress');
            this.#enter(STATES.DONE);
            this.#fire('load');
            this.#fire('loadend');
        }

        #fail(type, turn) {
            if (this.#sent !== turn) return;
            this.#sent += 1;
            this.#response = undefined;
            this.#enter(STATES.DONE);
            this.#fire(type);
            this.#fire('loadend');
        }

        #enter(state) {
            this.readyState = state;
            this.dispatchEvent(new Event('readystatechange'));
        }

        #fire(type) {
            const event = new Event(type);
            const total = this.#response?.body.byteLength ?? 0;
            const loaded = type === 'loadstart' ? 0 : total;
            for (const [name, value] of Object.entries({ loaded, total, lengthComputable: total > 0 })) {
                Object.defineProperty(event, name, { value, enumerable: true });
            }
            this.dispatchEvent(event);
        }

        #require(state) {
            if (this.readyState !== state) throw new DOMException('The request is not open.', 'InvalidStateError');
        }

        get status() { return this.#response?.status ?? 0; }
        get statusText() { return this.#response?.statusText ?? ''; }
        get responseURL() { return this.#response?.url ?? ''; }
        get responseXML() { return null; }
        get responseType() { return this.#responseType; }
        set responseType(type) { this.#responseType = String(type); }

        get responseText() {
            if (!['', 'text'].includes(this.#responseType)) throw new DOMException('The response is not text.', 'InvalidStateError');
            return this.#response === undefined ? '' : new TextDecoder().decode(this.#response.body);
        }

        get response() {
            if (['', 'text'].includes(this.#responseType)) return this.responseText;
            if (this.#response === undefined || this.readyState !== STATES.DONE) return null;
            return (this.#response.decoded ??= decode(this.#responseType, this.#response));
        }

        getResponseHeader(name) {
            return this.#response?.headers.find(([key]) => key === String(name).toLowerCase())?.[1] ?? null;
        }

        getAllResponseHeaders() {
            return (this.#response?.headers ?? []).map(([key, value]) => `${key}: ${value}\r\n`).join('');
        }

        overrideMimeType() {}
    }
    defineHandlers(XMLHttpRequest.prototype, ['readystatechange']);
    for (const [name, value] of Object.entries(STATES)) {
        for (const target of [XMLHttpRequest, XMLHttpRequest.prototype]) Object.defineProperty(target, name, { value, enumerable: true });
    }
    return { XMLHttpRequest, XMLHttpRequestEventTarget };
}

function decode(type, { body, headers }) {
    if (type === 'arraybuffer') return body;
    if (type === 'blob') return new Blob([body], { type: headers.find(([key]) => key === 'content-type')?.[1] ?? '' });
    if (type !== 'json') return null;
    try {
        return JSON.parse(new TextDecoder().decode(body));
    } catch {
        return null;
    }
}

export { defineXMLHttpRequest };
