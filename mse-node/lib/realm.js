// A realm: one global object, a window, a worker's scope or Node's own, with the interfaces made for it.

import { defineInterface } from './idl/binder.js';
import { isObject } from './idl/convert.js';
import { enums, interfaces } from './idl/definitions.js';
import { proxyOf } from './idl/legacy-platform-object.js';
import { native } from './native.js';
import { ObjectUrls } from './object-url.js';
import { TaskQueue } from './task-queue.js';
import { Wakes } from './wakes.js';

/** The base of a class whose constructor puts its private fields onto an object that there is. */
class Existing {
    constructor(object) {
        return object;
    }
}

/** A page's object, or its proxy, with what implements it: in a private field, which costs a hundredth of a WeakMap's entry. */
class Implemented extends Existing {
    #impl;

    constructor(object, impl) {
        super(object);
        this.#impl = impl;
    }

    static implOf(value) {
        return isObject(value) && #impl in value ? value.#impl : undefined;
    }
}

/** The implementation of a page's object, of any realm. */
export const { implOf } = Implemented;

/** Interfaces that a realm may have already, whose prototypes then get our members. */
const PATCHED = new Set(['HTMLMediaElement', 'HTMLVideoElement', 'HTMLAudioElement', 'URL']);
/** Interfaces of other standards: those of the realm are used where it has them. */
const FOREIGN = new Set(['TrackEvent', 'QuotaExceededError', 'TextTrackCue', 'VTTCue']);
const LISTS = new Set(['SourceBufferList', 'AudioTrackList', 'VideoTrackList', 'TextTrackList', 'TextTrackCueList']);

/** Policies that are not left open. */
const chosen = (policies) => Object.fromEntries(Object.entries(policies).filter(([, value]) => value !== undefined));

export class Realm {
    /**
    * `exposed` is the global name by which [Exposed] is judged; '*' exposes everything. `profile` and `sourceOptions` go to every MediaSource.
    */
    constructor(global, implementations, { clock, exposed = 'Window', profile, sourceOptions = {}, canDecode = sourceOptions.canDecode, decrypts = false, wake }) {
        Object.assign(this, { global, clock, decrypts });
        const { withoutTypes, profile: ofSources = profile, canDecode: _, ...policies } = sourceOptions;
        this.sourceOptions = { profile: ofSources, policies: chosen(policies), withoutTypes, canDecode: this.#predicate(canDecode) };
        this.policies = this.#policies();
        Object.assign(this, { tasks: new TaskQueue(clock), objectUrls: new ObjectUrls(global), wakes: new Wakes(wake) });
        this.exposed = exposed;
        this.implementations = { ...implementations };
        const intrinsic = (name) => global[name] ?? globalThis[name];
        for (const name of ['Object', 'Function', 'Array', 'TypeError', 'Promise', 'EventTarget', 'Event', 'DOMException']) {
            this[name] = intrinsic(name);
        }
        this.globals = { Number: intrinsic('Number'), String: intrinsic('String'), TypeError: this.TypeError };
        this.constructors = new Map();
        for (const name of interfaces.keys()) this.define(name);
    }

    /** Whether the addon asks what can be decoded: then a source is in the midst of something. */
    isAsking = false;

    /** `canDecode` as a function: it may also be a list of codecs, each the beginning of codec strings up to a dot. */
    #predicate(canDecode) {
        if (canDecode === undefined) return undefined;
        const isListed = (codec) => canDecode.some((one) => codec === one || codec.startsWith(`${one}.`));
        const ask = typeof canDecode === 'function' ? canDecode : isListed;
        return (codec) => {
            this.isAsking = true;
            try {
                return Boolean(ask(codec));
            } catch (error) {
                this.global.console?.error(error);
                return false;
            } finally {
                this.isAsking = false;
            }
        };
    }

    /** All policies; what is wrong with those that were chosen is said before a page sees anything. */
    #policies() {
        try {
            return JSON.parse(native.policies(this.sourceOptions.profile, this.sourceOptions.policies));
        } catch (error) {
            throw new TypeError(error.message);
        }
    }

    isTypeSupported(type) {
        return native.isTypeSupported(type, this.sourceOptions);
    }

    define(name) {
        const definition = interfaces.get(name);
        if (this.constructors.has(name) || !this.isWanted(definition)) return;
        if (interfaces.has(definition.inheritance)) this.define(definition.inheritance);
        this.constructors.set(name, defineInterface(this, definition));
    }

    isWanted({ name, exposed }) {
        if (name === 'URL') return typeof this.global.URL === 'function';
        if (FOREIGN.has(name) && typeof this.global[name] === 'function') {
            delete this.implementations[name];
            return false;
        }
        return !exposed || exposed.some((of) => this.isExposed(of));
    }

    isExposed(name) {
        return name === '*' || this.exposed === '*' || name === this.exposed;
    }

    /** An interface object of the realm's own that is to be patched. */
    existing(name) {
        return PATCHED.has(name) ? this.global[name] : undefined;
    }

    /** The interface object that another inherits from. */
    parent(name) {
        return this.constructors.get(name) ?? this.global[name] ?? this[name] ?? this.EventTarget;
    }

    isEnum(name) {
        return enums.has(name);
    }

    isEnumValue(name, value) {
        return enums.get(name).has(value);
    }

    implOf(value) {
        return implOf(value) ?? this.adopt(value);
    }

    /** A media element of the DOM gets what implements it when it is first used. */
    adopt(value) {
        for (const name of ['HTMLVideoElement', 'HTMLAudioElement', 'HTMLMediaElement']) {
            const Existing = this.existing(name);
            if (Existing && value instanceof Existing && value !== Existing.prototype) {
                const impl = new this.implementations[name](this, value);
                new Implemented(value, impl);
                return impl;
            }
        }
        return undefined;
    }

    /** The implementation behind `this` of a member, or a TypeError. */
    branded(self, name) {
        const value = self ?? this.global;
        const impl = implOf(value) ?? this.adopt(value);
        if (impl instanceof this.implementations[name]) return impl;
        throw new this.TypeError('Illegal invocation');
    }

    /** What events are dispatched at: the page's object. */
    target(self) {
        return implOf(self)?.wrapper ?? self;
    }

    wrap(value) {
        return value?.wrapper ?? value;
    }

    /** `new Interface(...)` of a page. */
    construct(name, values, newTarget) {
        return this.make(name, values, newTarget).wrapper;
    }

    /** A new object of an interface; its implementation. */
    create(name, ...values) {
        return this.make(name, values, this.constructors.get(name));
    }

    make(name, values, newTarget) {
        const Implementation = this.implementations[name];
        const root = rootOf(name);
        // No page constructs an object of a root interface.
        const wrapper = root === name
            ? Object.create(newTarget.prototype)
            : Reflect.construct(this[root] ?? this.EventTarget, Implementation.parentArguments?.(...values) ?? [], newTarget);
        const impl = new Implementation(this, wrapper, ...values);
        new Implemented(wrapper, impl);
        if (LISTS.has(name)) {
            impl.wrapper = proxyOf(this, wrapper, impl);
            new Implemented(impl.wrapper, impl);
            presentAs(wrapper, impl.wrapper);
        }
        return impl;
    }

    /** `message` in a sentence, behind the member of an interface that is called. */
    exception(name, reason) {
        const message = this.context ? `${this.context}: ${sentence(reason)}` : sentence(reason);
        if (name === 'TypeError') return new this.TypeError(message);
        if (name === 'QuotaExceededError') {
            const QuotaExceededError = this.constructors.get(name) ?? this.global.QuotaExceededError;
            return new QuotaExceededError(message);
        }
        return new this.DOMException(message, name);
    }

    /** Calls a member of an interface; what it throws says which. */
    within(context, call) {
        const outer = this.context;
        this.context = context;
        try {
            return call();
        } finally {
            this.context = outer;
        }
    }

    /** Runs a call of the addon; its exceptions become those of the realm. */
    call(native) {
        try {
            return native();
        } catch (error) {
            throw typeof error.code === 'string' ? this.exception(error.code, error.message) : error;
        }
    }
}

/** Words with a capital letter and a full stop; the name of a member keeps its small one. */
function sentence(words) {
    const isName = /^[a-z]+([A-Z]|\()/.test(words);
    const begun = isName ? words : words.charAt(0).toUpperCase() + words.slice(1);
    return /[.!?]$/.test(begun) || begun === '' ? begun : `${begun}.`;
}

function rootOf(name) {
    let root = name;
    while (interfaces.get(root)?.inheritance) root = interfaces.get(root).inheritance;
    return root;
}

/** Where a DOM keeps a way from its inside back to the page's object (jsdom), it leads to the proxy from now on. */
function presentAs(wrapper, proxy) {
    for (const symbol of Object.getOwnPropertySymbols(wrapper)) {
        const inside = wrapper[symbol];
        for (const back of Object.getOwnPropertySymbols(inside ?? {})) {
            if (inside[back] === wrapper) inside[back] = proxy;
        }
    }
}
