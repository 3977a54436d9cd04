// Which media provider a media element plays: src, srcObject, source children. <https://html.spec.whatwg.org/#concept-media-load-resource>

import { fire } from './dispatch.js';
import { isFetchable } from './resource-fetch.js';

const NETWORK_LOADING = 2;
const NETWORK_NO_SOURCE = 3;

export class ResourceSelection {
    #srcObject = null;
    /** What the URL of src stood for when it was set; revoking it later does not matter. */
    #srcProvider;
    /** Counts selections: an older one that waits for a stable state is void. */
    #run = 0;
    /** While the algorithm runs: NETWORK_NO_SOURCE, then NETWORK_LOADING. */
    networkState = null;
    currentSrc = '';

    constructor(element) {
        this.element = element;
        this.realm = element.realm;
        this.content = contentAttributes(element.wrapper);
        const src = this.content.get('src');
        if (src !== null) this.#srcProvider = this.#resolve(src);
    }

    get src() {
        const src = this.content.get('src');
        return src === null ? '' : this.#parse(src) ?? src;
    }

    set src(src) {
        this.content.set('src', src);
        // In a document the attribute's change is seen (document.js).
        if (!this.content.isWatched) this.srcChanged(src);
    }

    /** The content attribute was set or changed. */
    srcChanged(src) {
        this.#srcProvider = this.#resolve(src);
        this.load();
    }

    get srcObject() {
        return this.#srcObject;
    }

    set srcObject(provider) {
        this.#srcObject = provider;
        // EL-7.
        provider?.native?.assign?.();
        this.load();
    }

    #parse(url) {
        const { URL, document } = this.realm.global;
        try {
            return new URL(url, document?.baseURI).href;
        } catch {
            return undefined;
        }
    }

    #resolve(url) {
        const parsed = this.#parse(url);
        return parsed && { url: parsed, object: this.realm.objectUrls.get(parsed) };
    }

    /** The media element load algorithm. */
    load() {
        this.#run++;
        this.networkState = null;
        this.element.reset();
        this.#select();
    }

    selectIfEmpty() {
        if (this.element.networkState === 0) this.#select();
    }

    /** The resource selection algorithm: the part after a stable state runs as a microtask, and attaching is a task (ATT-2). */
    #select() {
        const run = ++this.#run;
        this.networkState = NETWORK_NO_SOURCE;
        queueMicrotask(() => {
            if (run === this.#run) this.#choose();
        });
    }

    #choose() {
        if (this.#srcObject !== null) {
            this.#attach('', this.#srcObject);
        } else if (this.content.get('src') !== null) {
            const provider = this.content.get('src') === '' ? undefined : this.#srcProvider;
            this.#attach(provider?.url ?? '', provider?.object);
        } else {
            this.#chooseChild();
        }
    }

    #attach(url, provider) {
        const run = this.#run;
        this.currentSrc = url;
        this.networkState = NETWORK_LOADING;
        this.realm.tasks.push(() => {
            if (run !== this.#run) return;
            this.networkState = null;
            this.element.attach(provider, url);
        });
    }

    /** The first source child that can be played; those before it get an error. */
    #chooseChild() {
        const { element, realm } = this;
        const sources = [...(element.wrapper.children ?? [])].filter(({ localName }) => localName === 'source');
        if (sources.length === 0) this.networkState = null;
        for (const source of sources) {
            const src = source.getAttribute('src');
            const type = source.getAttribute('type');
            const provider = src ? this.#resolve(src) : undefined;
            const playable = (provider?.object || isFetchable(provider?.url)) && (!type || element.canPlayType(type) !== '' || !isMediaType(type));
            if (playable) {
                this.#attach(provider.url, provider.object);
                return;
            }
            realm.tasks.push(() => fire(realm, { wrapper: source }, 'error'));
        }
    }
}

const isMediaType = (type) => /^(video|audio)\//i.test(type.trim());

/** The content attributes of an element of a DOM, or of one without. */
function contentAttributes(wrapper) {
    if (typeof wrapper.getAttribute === 'function') {
        return {
            isWatched: true,
            get: (name) => wrapper.getAttribute(name),
            set: (name, value) => wrapper.setAttribute(name, value),
            remove: (name) => wrapper.removeAttribute(name),
            has: (name) => wrapper.hasAttribute(name),
            toggle: (name, on) => (on ? wrapper.setAttribute(name, '') : wrapper.removeAttribute(name)),
        };
    }
    const values = new Map();
    return {
        get: (name) => values.get(name) ?? null,
        set: (name, value) => values.set(name, value),
        remove: (name) => values.delete(name),
        has: (name) => values.has(name),
        toggle: (name, on) => (on ? values.set(name, '') : values.delete(name)),
    };
}
