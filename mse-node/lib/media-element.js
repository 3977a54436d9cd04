// HTMLMediaElement: what a page sees of the addon's element. Playing, seeking and readiness are the addon's; play promises, attributes
// and tasks are here, resource selection is in resource-selection.js.

import { dispatch, fire } from './dispatch.js';
import { native } from './native.js';
import { Resource } from './resource.js';
import { fetcher } from './resource-fetch.js';
import { ResourceSelection } from './resource-selection.js';
import { TrackRegistry } from './tracks.js';

/** For the addon, a step after all others. */
const EVERY_STEP = -1;

export class HTMLMediaElement {
    #buffered;
    #error = null;
    #scriptTime;
    #timer = null;
    #due = Infinity;
    /** Tasks that are queued and have not polled their event. */
    #waiting = 0;
    #mark = EVERY_STEP;
    /** The number of the source behind the handle that is attached. */
    #key;
    #sent = 0;
    #lists = {};
    #playPromises = [];
    #defaultPlaybackRate = 1;
    #playbackRate = 1;
    #volume = 1;
    #muted;

    constructor(realm, wrapper) {
        Object.assign(this, { realm, wrapper, native: new native.HTMLMediaElement() });
        this.selection = new ResourceSelection(this);
        this.native.setHasKeys(realm.decrypts);
        this.native.setLoop(this.loop);
        this.native.setAutoplay(this.autoplay);
        this.native.advance(this.#time());
    }

    // Time.

    /** Seconds of the clock, the same as long as a script runs. */
    #time() {
        if (this.#scriptTime === undefined) {
            this.#scriptTime = this.realm.clock.now() / 1000;
            queueMicrotask(() => (this.#scriptTime = undefined));
        }
        return this.#scriptTime;
    }

    /** Plays up to now, and takes in what the source has said. */
    advance() {
        this.native.advance(this.#time());
    }

    /** A call of the addon at the time that it is, and tasks for what comes of it. */
    call(nativeCall) {
        this.advance();
        try {
            return this.realm.call(nativeCall);
        } finally {
            this.sync();
        }
    }

    /** Queues tasks for events that have none yet, and sets the timer for what happens by itself. */
    sync() {
        for (let more = this.native.eventsDue(this.#mark) - this.#waiting; more > 0; more--) {
            this.#waiting++;
            this.realm.tasks.push(this.#turn);
        }
        this.#schedule();
        this.source?.driver.sync();
        this.#tellSource();
    }

    // A source behind a handle, on another thread or in another realm of this one.

    #watch(key) {
        this.#key = key;
        this.realm.wakes.watch(key, this);
        this.realm.wakes.send(key);
    }

    #tellSource() {
        if (this.#key === undefined || this.native.messagesSent() === this.#sent) return;
        this.#sent = this.native.messagesSent();
        this.realm.wakes.send(this.#key);
    }

    #unwatch() {
        if (this.#key === undefined) return;
        this.realm.wakes.unwatch(this.#key, this);
        this.realm.wakes.send(this.#key);
        this.#key = undefined;
    }

    /** The source has said something. */
    wake() {
        this.catchUp();
    }

    /** The place of a step among the source's outputs has come: the events it queued come next. */
    step(number) {
        this.advance();
        this.native.step(number);
        this.#mark = number;
        const more = this.native.eventsDue(number) - this.#waiting;
        if (more > 0) {
            this.#waiting += more;
            this.realm.tasks.unshift(...Array(more).fill(this.#turn));
        }
        this.#schedule();
    }

    #turn = () => {
        this.#waiting--;
        const output = this.native.pollEvent();
        if (output) this.#dispatch(output);
        this.sync();
    };

    #schedule() {
        const { clock } = this.realm;
        const left = this.native.nextAdvance();
        // Whole milliseconds, as timers have them, and never none: time has to pass.
        const due = left === null ? Infinity : clock.now() + Math.max(1, Math.ceil(left * 1000));
        if (due === this.#due) return;
        if (this.#timer !== null) clock.clearTimeout(this.#timer);
        this.#due = due;
        this.#timer = due === Infinity ? null : clock.setTimeout(this.#tick, due - clock.now());
    }

    #tick = () => {
        this.#timer = null;
        this.#due = Infinity;
        this.catchUp();
    };

    // Events.

    #dispatch(output) {
        if (output.target !== 'element') return this.#dispatchAtTracks(output);
        const { realm } = this;
        const promises = this.#promisesSettledBy(output.name);
        if (output.name === 'encrypted') this.#encrypted(output);
        else fire(realm, this, output.name);
        for (const settle of promises) settle();
    }

    #dispatchAtTracks({ target, name, track }) {
        if (target === 'textTrack') return this.textTracks.fireAtTrack(name, track);
        const list = this[target];
        if (track === undefined) fire(this.realm, list, name);
        else list.fireTrackEvent(name, track);
    }

    #encrypted({ initDataType, initData }) {
        const { realm } = this;
        const MediaEncryptedEvent = realm.constructors.get('MediaEncryptedEvent');
        const data = initData && new (realm.global.ArrayBuffer ?? ArrayBuffer)(initData.length);
        if (data) new Uint8Array(data).set(initData);
        dispatch(realm, this.wrapper, new MediaEncryptedEvent('encrypted', { initDataType, initData: data ?? null }));
    }

    // Play promises. They count as handled: a page that does not look at what play() returned is not told of it.

    #promisesSettledBy(event) {
        if (event === 'playing') return this.#takePromises('resolve');
        if (event === 'pause') return this.#takePromises('AbortError', 'The play() request was interrupted by pause()');
        if (event === 'error') return this.#takePromises('NotSupportedError', 'the media cannot be played');
        return [];
    }

    #takePromises(how, message) {
        return this.#playPromises.splice(0).map(({ resolve, reject }) =>
            how === 'resolve' ? () => resolve() : () => reject(this.realm.within(undefined, () => this.realm.exception(how, message))));
    }

    play() {
        const { realm } = this;
        if (this.native.error() === 4) {
            const refused = realm.Promise.reject(realm.exception('NotSupportedError', 'the media cannot be played'));
            refused.catch(() => {});
            return refused;
        }
        const promise = new realm.Promise((resolve, reject) => this.#playPromises.push({ resolve, reject }));
        promise.catch(() => {});
        this.selection.selectIfEmpty();
        const wasPaused = this.native.paused();
        this.call(() => this.native.play());
        if (!wasPaused && this.native.readyState() >= 3) {
            realm.tasks.push(() => this.#takePromises('resolve').forEach((settle) => settle()));
        }
        return promise;
    }

    pause() {
        this.selection.selectIfEmpty();
        this.call(() => this.native.pause());
    }

    /** It left its document. */
    pauseRemoved() {
        if (this.networkState !== 0) this.call(() => this.native.pause());
    }

    // Loading.

    load() {
        this.selection.load();
    }

    /** The media element load algorithm, before resource selection. */
    reset() {
        this.realm.tasks.remove(this.#turn);
        this.#waiting = 0;
        this.#takePromises('AbortError', 'The play() request was interrupted by load()').forEach((settle) => settle());
        const { source } = this;
        this.native.advance(this.#time());
        this.native.load();
        this.#error = null;
        this.#mark = EVERY_STEP;
        this.#unwatch();
        this.source = null;
        this.trackRegistry = null;
        if (source) source.driver.element = null;
        source?.close?.();
        source?.driver.sync();
        if (this.#playbackRate !== this.#defaultPlaybackRate) this.playbackRate = this.#defaultPlaybackRate;
        this.sync();
    }

    /** Attaches a MediaSource, a MediaSourceHandle, a Blob or what a URL leads to, or fails. */
    attach(provider, url) {
        const { MediaSource, MediaSourceHandle } = this.realm.implementations;
        this.advance();
        if (provider instanceof MediaSource) {
            if (this.native.attach(provider.native)) {
                this.source = provider;
                provider.driver.element = this;
                this.#mark = this.native.stepsCarriedOut();
            }
        } else if (provider instanceof MediaSourceHandle) {
            if (this.native.attachHandle(provider.native)) this.#watch(provider.native.key());
        } else if (!this.#attachResource(provider, url)) {
            this.native.attachNothing();
        }
        this.catchUp();
    }

    #attachResource(blob, url) {
        const fetched = fetcher(this.realm, url, blob);
        if (!fetched) return false;
        this.source = new Resource(this, fetched);
        this.native.attach(this.source.native);
        this.#mark = this.native.stepsCarriedOut();
        this.source.driver.sync();
        return true;
    }

    get src() {
        return this.selection.src;
    }

    set src(src) {
        this.selection.src = src;
    }

    get srcObject() {
        return this.selection.srcObject;
    }

    set srcObject(provider) {
        this.selection.srcObject = provider;
    }

    get currentSrc() {
        return this.selection.currentSrc;
    }

    get networkState() {
        return this.selection.networkState ?? this.native.networkState();
    }

    get error() {
        const code = this.native.error();
        if (code === null) this.#error = null;
        else if (this.#error?.code !== code) this.#error = this.realm.create('MediaError', code, this.native.errorMessage());
        return this.#error;
    }

    canPlayType(type) {
        if (!this.realm.isTypeSupported(type)) return '';
        return /codecs\s*=/i.test(type) ? 'probably' : 'maybe';
    }

    // State.

    get readyState() {
        this.look();
        return this.native.readyState();
    }

    get seeking() {
        this.look();
        return this.native.seeking();
    }

    get duration() {
        this.look();
        return this.native.duration();
    }

    get paused() {
        this.look();
        return this.native.paused();
    }

    get ended() {
        this.look();
        return this.native.ended();
    }

    get currentTime() {
        this.look();
        return this.native.currentTime();
    }

    set currentTime(time) {
        this.call(() => this.native.setCurrentTime(time));
    }

    fastSeek(time) {
        this.currentTime = time;
    }

    get buffered() {
        // The same object while the ranges are the same (EL-4).
        if (this.look() & native.BUFFERED) this.#buffered = this.realm.create('TimeRanges', this.native.buffered());
        return this.#buffered;
    }

    get seekable() {
        this.look();
        return this.realm.create('TimeRanges', this.native.seekable());
    }

    get played() {
        this.look();
        return this.realm.create('TimeRanges', this.native.played());
    }

    /** Follows every turn of the source: the element is never behind (docs/media-element.md). */
    catchUp() {
        this.advance();
        this.sync();
    }

    /** What a getter does first: the same in one call of the addon where there is nothing new. Says what `native.look()` did. */
    look() {
        for (;;) {
            const found = this.native.look(this.#time(), this.#mark, this.#waiting);
            if (!(found & native.EVENTS)) return found;
            this.sync();
        }
    }

    // Attributes.

    get defaultPlaybackRate() {
        return this.#defaultPlaybackRate;
    }

    set defaultPlaybackRate(rate) {
        if (rate === this.#defaultPlaybackRate) return;
        this.#defaultPlaybackRate = rate;
        this.realm.tasks.push(() => fire(this.realm, this, 'ratechange'));
    }

    get playbackRate() {
        return this.#playbackRate;
    }

    set playbackRate(rate) {
        this.#playbackRate = rate;
        this.call(() => this.native.setPlaybackRate(rate));
    }

    preservesPitch = true;

    get volume() {
        return this.#volume;
    }

    set volume(volume) {
        if (volume < 0 || volume > 1) throw this.realm.exception('IndexSizeError', 'the volume is not in [0, 1]');
        if (volume === this.#volume) return;
        this.#volume = volume;
        this.realm.tasks.push(() => fire(this.realm, this, 'volumechange'));
    }

    get muted() {
        return this.#muted ?? this.defaultMuted;
    }

    set muted(muted) {
        if (muted === this.muted) return;
        this.#muted = muted;
        this.realm.tasks.push(() => fire(this.realm, this, 'volumechange'));
    }

    get loop() {
        return this.content.has('loop');
    }

    set loop(loop) {
        this.content.toggle('loop', loop);
        this.native.setLoop(loop);
    }

    get autoplay() {
        return this.content.has('autoplay');
    }

    set autoplay(autoplay) {
        this.content.toggle('autoplay', autoplay);
        this.native.setAutoplay(autoplay);
    }

    get controls() {
        return this.content.has('controls');
    }

    set controls(controls) {
        this.content.toggle('controls', controls);
    }

    get defaultMuted() {
        return this.content.has('muted');
    }

    set defaultMuted(muted) {
        this.content.toggle('muted', muted);
    }

    get preload() {
        const value = this.content.get('preload')?.toLowerCase();
        if (value === '') return 'auto';
        return ['none', 'metadata', 'auto'].includes(value) ? value : 'metadata';
    }

    set preload(preload) {
        this.content.set('preload', preload);
    }

    get crossOrigin() {
        const value = this.content.get('crossorigin');
        if (value === null) return null;
        return value.toLowerCase() === 'use-credentials' ? 'use-credentials' : 'anonymous';
    }

    set crossOrigin(value) {
        if (value === null) this.content.remove('crossorigin');
        else this.content.set('crossorigin', value);
    }

    get content() {
        return this.selection.content;
    }

    // Tracks.

    get audioTracks() {
        return this.#list('AudioTrackList', 'audio');
    }

    get videoTracks() {
        return this.#list('VideoTrackList', 'video');
    }

    get textTracks() {
        return this.#list('TextTrackList', 'text');
    }

    #list(name, media) {
        const states = () => this.native.tracks().filter((track) => track.media === media);
        this.#lists[media] ??= this.realm.create(name, () => this.#registry, states, this);
        return this.#lists[media];
    }

    /** With a source of this context the lists hold its track objects (TRK-3), else objects of their own. */
    get #registry() {
        if (this.source) return this.source.trackRegistry;
        const owner = {
            setTrackState: (...state) => this.native.setTrackState(...state),
            states: () => this.native.tracks(),
            cues: (object) => this.native.cues(object),
        };
        this.trackRegistry ??= new TrackRegistry(this.realm, owner, () => null, () => this.sync());
        return this.trackRegistry;
    }

    addTextTrack(kind, label, language) {
        const track = this.realm.create('TextTrack', null, { kind, label, language, id: '' });
        this.textTracks.add(track);
        return track;
    }
}

export class HTMLVideoElement extends HTMLMediaElement {
    get videoWidth() {
        return this.readyState === 0 ? 0 : this.native.videoWidth();
    }

    get videoHeight() {
        return this.readyState === 0 ? 0 : this.native.videoHeight();
    }

    getVideoPlaybackQuality() {
        this.look();
        const { performance } = this.realm.global;
        return this.realm.create('VideoPlaybackQuality', {
            creationTime: performance?.now() ?? this.realm.clock.now(),
            ...this.native.videoPlaybackQuality(),
        });
    }
}

export class HTMLAudioElement extends HTMLMediaElement {}
