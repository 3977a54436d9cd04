// Object URLs of MediaSources, and of Blobs where the DOM has none. <https://w3c.github.io/FileAPI/#creating-revoking>

/** The blob URLs of one realm. */
export class ObjectUrls {
    #objects = new Map();
    #next = 0;

    constructor(global) {
        this.global = global;
        // What the DOM or Node does with Blobs.
        const { createObjectURL, revokeObjectURL } = global.URL ?? {};
        this.native = createObjectURL && { createObjectURL, revokeObjectURL };
    }

    create(object) {
        const { URL } = this.global;
        if (this.native && !object.wrapper) return this.native.createObjectURL.call(URL, object);
        const origin = this.global.location?.origin ?? 'null';
        // Numbered, not random: the same run gives the same URLs.
        const number = (++this.#next).toString(16).padStart(12, '0');
        const url = `blob:${origin}/00000000-0000-4000-8000-${number}`;
        this.#objects.set(url, object);
        return url;
    }

    revoke(url) {
        this.#objects.delete(url);
        this.native?.revokeObjectURL.call(this.global.URL, url);
    }

    /** The object behind a URL; its fragment does not matter. */
    get(url) {
        return this.#objects.get(url.split('#')[0]);
    }
}

/** The static members of URL. */
export class URL {
    static createObjectURL(object, realm) {
        return realm.objectUrls.create(object);
    }

    static revokeObjectURL(url, realm) {
        realm.objectUrls.revoke(url);
    }
}
