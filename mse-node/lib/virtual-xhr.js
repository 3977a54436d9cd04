// XMLHttpRequest over a virtual network, for asynchronous requests. https://xhr.spec.whatwg.org/

const UNSENT = 0;
const OPENED = 1;
const HEADERS_RECEIVED = 2;
const LOADING = 3;
const DONE = 4;
const STATES = { UNSENT, OPENED, HEADERS_RECEIVED, LOADING, DONE };
const EVENTS = ['loadstart', 'progress', 'abort', 'error', 'load', 'timeout', 'loadend'];

export function installXmlHttpRequest(window, network, clock) {
    class XMLHttpRequestEventTarget extends window.EventTarget {}
    for (const type of EVENTS) handlerAttribute(XMLHttpRequestEventTarget.prototype, type);

    class XMLHttpRequestUpload extends XMLHttpRequestEventTarget {}

    class XMLHttpRequest extends XMLHttpRequestEventTarget {
        #state = UNSENT;
        #request = null;
        #sent = false;
        #response = null; // once its headers are there
        #pieces = [];
        #body = null; // a value of the response type, once asked for
        #abort = () => {};
        #timer = 0;
        #mimeType = null;

        upload = new XMLHttpRequestUpload();
        responseType = '';
        timeout = 0;
        withCredentials = false;

        get readyState() {
            return this.#state;
        }

        get status() {
            return this.#response?.status ?? 0;
        }

        get statusText() {
            return this.#response?.statusText ?? '';
        }

        get responseURL() {
            return this.#response?.url ?? '';
        }

        get response() {
            const text = this.responseType === '' || this.responseType === 'text';
            if (text) return this.#state >= LOADING ? decode(this.#bytes(), this.#type()) : '';
            if (this.#state !== DONE || !this.#response) return null;
            this.#body ??= this.#convert(this.#bytes());
            return this.#body;
        }

        get responseText() {
            if (this.responseType !== '' && this.responseType !== 'text') throw new window.DOMException('the response is no text', 'InvalidStateError');
            return this.response;
        }

        get responseXML() {
            return this.#state === DONE && this.#response ? this.#document(this.#bytes()) : null;
        }

        open(method, url, async = true) {
            if (!async) throw new window.DOMException('no time passes in a synchronous request', 'InvalidAccessError');
            this.#abort();
            this.#reset();
            this.#request = { method: String(method).toUpperCase(), url: new URL(url, window.document.baseURI).href, headers: {} };
            this.#enter(OPENED);
        }

        setRequestHeader(name, value) {
            this.#mustBeOpen();
            const { headers } = this.#request;
            headers[name] = headers[name] ? `${headers[name]}, ${value}` : String(value);
        }

        overrideMimeType(type) {
            this.#mimeType = String(type);
        }

        getResponseHeader(name) {
            const value = this.#response?.headers[String(name).toLowerCase()];
            return value === undefined ? null : String(value);
        }

        getAllResponseHeaders() {
            const headers = Object.entries(this.#response?.headers ?? {});
            return headers.map(([name, value]) => `${name}: ${value}\r\n`).sort().join('');
        }

        send(body = null) {
            this.#mustBeOpen();
            this.#sent = true;
            this.#fire('loadstart');
            if (this.#state !== OPENED || !this.#sent) return;
            const request = { ...this.#request, body: bytesOf(body) };
            const cancel = network.send(request, {
                headers: (response) => this.#headers(response),
                data: (piece) => this.#data(piece),
                end: () => this.#finish('load'),
                error: () => this.#fail('error'),
            });
            this.#abort = cancel;
            if (this.timeout > 0) this.#timer = clock.setTimeout(() => this.#fail('timeout'), this.timeout);
        }

        abort() {
            this.#abort();
            if (this.#sent && this.#state !== DONE) this.#fail('abort');
            if (this.#state === DONE) {
                this.#state = UNSENT;
                this.#response = null;
            }
        }

        #headers(response) {
            this.#response = response;
            this.#enter(HEADERS_RECEIVED);
        }

        #data(piece) {
            this.#pieces.push(piece);
            this.#enter(LOADING);
            if (this.#sent) this.#fire('progress');
        }

        #fail(type) {
            this.#abort();
            this.#response = null;
            this.#pieces = [];
            this.#finish(type);
        }

        #finish(type) {
            clock.clearTimeout(this.#timer);
            this.#sent = false;
            this.#enter(DONE);
            this.#fire(type);
            this.#fire('loadend');
        }

        #reset() {
            clock.clearTimeout(this.#timer);
            this.#sent = false;
            this.#response = null;
            this.#pieces = [];
            this.#body = null;
        }

        #mustBeOpen() {
            if (this.#state !== OPENED || this.#sent) throw new window.DOMException('the request is not open', 'InvalidStateError');
        }

        #enter(state) {
            this.#state = state;
            this.dispatchEvent(new window.Event('readystatechange'));
        }

        #fire(type) {
            const total = Number(this.#response?.headers['content-length'] ?? 0);
            const loaded = this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
            this.dispatchEvent(new window.ProgressEvent(type, { lengthComputable: total > 0, loaded, total }));
        }

        #bytes() {
            if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
            return this.#pieces[0] ?? Buffer.alloc(0);
        }

        /** The response as an object of the window's realm. */
        #convert(bytes) {
            switch (this.responseType) {
                case 'arraybuffer': return arrayBuffer(window, bytes);
                case 'blob': return new window.Blob([arrayBuffer(window, bytes)], { type: this.#type() });
                case 'document': return this.#document(bytes);
                case 'json': return json(window, bytes);
                default: return null;
            }
        }

        #document(bytes) {
            const type = this.#type().includes('html') ? 'text/html' : 'application/xml';
            return new window.DOMParser().parseFromString(bytes.toString('utf8'), type);
        }

        #type() {
            return this.#mimeType ?? this.getResponseHeader('content-type') ?? 'text/xml';
        }
    }
    handlerAttribute(XMLHttpRequest.prototype, 'readystatechange');
    for (const [name, value] of Object.entries(STATES)) {
        Object.defineProperty(XMLHttpRequest, name, { value, enumerable: true });
        Object.defineProperty(XMLHttpRequest.prototype, name, { value, enumerable: true });
    }
    for (const value of [XMLHttpRequestEventTarget, XMLHttpRequestUpload, XMLHttpRequest]) {
        Object.defineProperty(window, value.name, { value, configurable: true, writable: true });
    }
}

/** Text of the charset in a MIME type, UTF-8 if there is none. With x-user-defined a page gets at each byte. */
function decode(bytes, type) {
    const charset = /charset="?([^";]+)/i.exec(type)?.[1] ?? 'utf-8';
    if (charset !== 'x-user-defined') return new TextDecoder(charset).decode(bytes);
    return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : 0xf700 + byte)).join('');
}

function arrayBuffer(window, bytes) {
    const buffer = new window.ArrayBuffer(bytes.length);
    new Uint8Array(buffer).set(bytes);
    return buffer;
}

function json(window, bytes) {
    try {
        return window.JSON.parse(bytes.toString('utf8'));
    } catch {
        return null;
    }
}

function bytesOf(body) {
    if (body === null || body === undefined) return undefined;
    if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return Buffer.from(new Uint8Array(body));
    return Buffer.from(String(body));
}

/** `ontype` as an attribute: its handler stands where the first one was set among the listeners. */
function handlerAttribute(prototype, type) {
    const handlers = new WeakMap(); // object to { listener, handler }
    Object.defineProperty(prototype, `on${type}`, {
        configurable: true,
        enumerable: true,
        get() {
            return handlers.get(this)?.handler ?? null;
        },
        set(handler) {
            const callable = typeof handler === 'function' ? handler : null;
            const entry = handlers.get(this);
            if (entry) {
                entry.handler = callable;
                return;
            }
            const fresh = { handler: callable };
            handlers.set(this, fresh);
            this.addEventListener(type, (event) => fresh.handler?.call(this, event));
        },
    });
}
