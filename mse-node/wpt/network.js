// The network of a window under test: jsdom's, with the clock standing still while a request is under way.

/** Holds the clock from `send()` to `loadend` of each XMLHttpRequest. */
export function trackRequests(window, clock) {
    const { prototype } = window.XMLHttpRequest;
    const { send } = prototype;
    prototype.send = function (body) {
        const release = clock.hold();
        this.addEventListener('loadend', () => setImmediate(release), { once: true });
        return send.call(this, body);
    };
}

/** `fetch()`, which jsdom has not. */
export function installFetch(window, clock) {
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
