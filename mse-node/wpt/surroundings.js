// What the tests ask of a browser beside Media Source Extensions, and jsdom has not.

/** Puts all of it into a window under test. */
export function installSurroundings(window, clock) {
    trackRequests(window, clock);
    installFetch(window, clock);
    installTransfer(window);
}

/** No time passes from `send()` to `loadend` of an XMLHttpRequest. */
function trackRequests(window, clock) {
    const { prototype } = window.XMLHttpRequest;
    const { send } = prototype;
    prototype.send = function (body) {
        const release = clock.hold();
        this.addEventListener('loadend', () => setImmediate(release), { once: true });
        return send.call(this, body);
    };
}

/** `fetch()`. */
function installFetch(window, clock) {
    window.fetch = async (input, init) => {
        const release = clock.hold();
        try {
            const response = await fetch(new URL(input, window.document.baseURI), init);
            return new Response(await response.arrayBuffer(), response);
        } finally {
            setImmediate(release);
        }
    };
}

/** `window.postMessage()` that detaches the buffers that it transfers. */
function installTransfer(window) {
    const { postMessage } = window;
    window.postMessage = (message, targetOrigin, transfer = []) => {
        const clone = transfer.length > 0 ? structuredClone(message, { transfer }) : message;
        return postMessage.call(window, clone, targetOrigin);
    };
}

/**
 * `unhandledrejection` at the window that `current()` gives.
 * https://html.spec.whatwg.org/multipage/webappapis.html#unhandled-promise-rejections
 */
export function reportRejections(current) {
    process.on('unhandledRejection', (reason, promise) => {
        const window = current();
        if (window === undefined) return;
        const event = new window.Event('unhandledrejection', { cancelable: true });
        window.dispatchEvent(Object.assign(event, { reason, promise }));
    });
}
