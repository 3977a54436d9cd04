// Types of mse-node. The interfaces are those of TypeScript's lib.dom, with what it has not; a program without a DOM needs that library too.

/** A clock: what playback and tasks go by. */
export interface Clock {
    /** Milliseconds since it was made. */
    now(): number;
    setTimeout(callback: () => void, ms: number): unknown;
    clearTimeout(id: unknown): void;
    /** Runs a task of the event loop when those before it are done; `setTimeout(task, 0)` where it is missing. */
    queueTask?(task: () => void): void;
    /** Says that something is under way in reality, until the result is called; for a clock that waits for it. */
    hold?(): () => void;
    /** A source of things that happen in reality, to be asked before time moves; the result takes it away again. Where there is `advance()`. */
    addSource?(source: ClockSource): () => void;
}

export interface ClockSource {
    /** Waits until what it has to deliver is there, and delivers it; resolves to whether there was anything. */
    settle(): Promise<boolean>;
}

/** The time of the process. */
export class RealClock implements Clock {
    now(): number;
    setTimeout<Args extends unknown[]>(callback: (...args: Args) => void, ms?: number, ...args: Args): unknown;
    clearTimeout(id: unknown): void;
    queueTask(task: () => void): void;
    hold(): () => void;
    addSource(source: ClockSource): () => void;
}

/** Time that moves only when it is told to. */
export class VirtualClock implements Clock {
    /** `epoch` is the date at time 0, in milliseconds since 1970. */
    constructor(options?: { epoch?: number });
    epoch: number;
    now(): number;
    /** Milliseconds since 1970. */
    date(): number;
    setTimeout<Args extends unknown[]>(callback: (...args: Args) => void, ms?: number, ...args: Args): number;
    clearTimeout(id: unknown): void;
    queueTask(task: () => void): void;
    hold(): () => void;
    addSource(source: ClockSource): () => void;
    /** Waits until nothing is under way. No time passes. */
    settle(): Promise<void>;
    /** Lets seconds pass. */
    advance(seconds: number): Promise<void>;
    /** Lets time pass until the condition holds; resolves to whether it does. */
    advanceUntil(condition: () => boolean, seconds?: number): Promise<boolean>;
    /** Takes the place of a window's timers, Date and performance.now(). */
    install(window: object, options?: { seed?: number }): void;
}

/** A page's network: what comes back reaches it when it would have come over a link of that latency and bandwidth, whatever the socket did. */
export class VirtualNetwork implements ClockSource {
    /** `hosts` maps names such as `media.test` to ports of 127.0.0.1; no others are reached. */
    constructor(clock: VirtualClock, options?: { latency?: number; bandwidth?: number; patience?: number; hosts?: Record<string, number> });
    /** Milliseconds from a request to the first byte of its response. */
    latency: number;
    /** Bits a second, of one link for all responses. */
    bandwidth: number;
    /**
     * Milliseconds of reality for which no virtual time passes while a server is silent; then time goes on, and the answer comes when it comes. A server
     * that means to wait says so at once by 102 Processing.
     */
    patience: number;
    /** A response is complete. */
    onresponse: ((response: { method: string; url: string; status: number; size: number }) => void) | null;
    /** Puts `XMLHttpRequest` into a window. */
    install(window: object): void;
    close(): void;
    settle(): Promise<boolean>;
}

export type Profile = 'web' | 'letter' | 'chromium' | 'firefox' | 'safari';

/** What a profile chooses: times in seconds, quotas in bytes. */
export interface Policies {
    /** Which gaps do not show in `buffered`: those of up to one frame, or smaller than two, or than so many seconds. */
    gapPolicy: 'one-frame' | 'frames' | 'frame-starts' | number;
    /** What of stored frames shows in `buffered`. */
    coverage: 'frames' | 'coded-frame-groups';
    /** What a random access point does whose time goes back within an append. */
    backwardsKeyFrames: 'same-group' | 'new-group';
    /** What a removal does to the coded frame group whose last frame it takes. */
    removedTails: 'end-group' | 'end-track' | 'group-goes-on';
    /** Which end of the stream extends the last ranges. */
    endedRanges: 'extended' | 'unless-by-error' | 'until-data';
    /** What becomes of sound across an end of the append window. */
    appendWindow: 'drop-frames' | 'trim-audio' | 'trim-all';
    /** Whether a reader of sound that begins anew gets the frames that its decoder needs before. */
    seekPreRoll: boolean;
    /** By twice which frame decode timestamps may jump. */
    discontinuity: 'last-frame' | 'longest-frame-of-group';
    /** Which tracks wait for a random access point after a jump. */
    discontinuityScope: 'one-track' | 'all-tracks';
    /** How far a new frame may reach into an older group that it spares. */
    tailTolerance: number;
    /** What goes with pictures that are shown before the random access point of their group. */
    openGroups: 'leading-pictures' | 'whole-group' | 'nothing';
    /** In which order frames of the tracks of a media segment are processed. */
    frameOrder: 'interleaved' | 'pictures-first';
    /** How `timestampOffset` moves in a format without timestamps. */
    generatedOffsets: 'by-frame' | 'by-append';
    /** What becomes of sound before time 0 of its stream. */
    streamStarts: 'as-stored' | 'cut';
    /** Whether `timestampOffset` and the append window count in ticks of the track. */
    offsetPrecision: 'exact' | 'ticks';
    /** How late media may begin for a reader without an element, and which gaps it passes over. */
    readerLateStart: number;
    readerSmallGap: number;
    /** How late media may begin for an element, and which gaps it plays over. */
    lateStart: number;
    smallGap: number;
    /** How much ahead is HAVE_ENOUGH_DATA. */
    enoughAhead: number;
    /** Whether `readyState` falls to HAVE_METADATA in every seek. */
    waitsForSeek: boolean;
    audioQuota: number;
    videoQuota: number;
    textQuota: number;
    /** Bytes that each stored frame counts against the quota beside its payload. */
    frameOverhead: number;
    /** `standard`, `without-last-step`, or `keep-window` with seconds behind and ahead. */
    eviction: string;
    maxSourceBuffers: number;
    maxSourceBuffersOfAKind: number;
    /** In which order the events of a source that closes are dispatched. */
    closingEvents: 'lost-lists' | 'lists-first' | 'close-first';
    /** Whether a SourceBuffer can be added once all have an initialization segment. */
    lateSourceBuffers: 'added' | 'refused';
    /** What an end of the stream does where nothing is buffered. */
    emptyEnds: 'zero-duration' | 'keep-duration';
    /** What the duration grows to after an append. */
    durationGrowth: 'frames' | 'group-end';
    /** The box that a media segment of MP4 begins with. */
    segmentStarts: 'movie-fragment' | 'segment-type';
    /** How long a picture lasts where others are missing behind it. */
    pictureDurations: 'until-next-shown' | 'as-stored';
    /** Whether DiscardPadding shortens frames of WebM. */
    storedTrims: 'shorten' | 'keep';
    /** How long the last frame of a Cluster lasts. */
    lastBlocks: 'by-codec' | 'like-before' | 'longest';
    /** When frames come out of transport streams. */
    transportStreams: 'as-they-come' | 'by-append';
    /** `all`, `chromium`, `firefox`, `safari`, or a table. */
    types: string;
}

export type CanDecode = string[] | ((codec: string) => boolean);

export interface InstallOptions {
    /** The clock on the wall by default. */
    clock?: Clock;
    /** The global name by which [Exposed] is judged: `Window` by default. */
    exposed?: 'Window' | 'DedicatedWorker' | '*';
    /** Whose choices are made where the standard leaves one or browsers depart from it: `web`, what they have in common, by default. */
    profile?: Profile;
    /** Holds for every MediaSource: policies, and byte stream formats to do without, each by one of its MIME types. */
    sourceOptions?: Partial<Policies> & { withoutTypes?: string[]; canDecode?: CanDecode };
    /** Which codec strings can be decoded. A list, each the beginning of codec strings up to a dot, holds in workers too. */
    canDecode?: CanDecode;
    /** Media elements have the keys of whatever is encrypted. Without, they stay at HAVE_METADATA. */
    decrypts?: boolean;
    /** Makes the http requests of a window's workers; Node's `fetch()` by default. */
    load?(request: WorkerRequest): Promise<WorkerResponse>;
    /** What is random in a window's workers under a virtual clock comes from it. */
    seed?: number;
    /** Reaches `wake(key)` of the result in the realms of other threads. */
    wake?(key: number): void;
}

/** A request of a worker: of its script, of `importScripts()`, XMLHttpRequest or `fetch()`. */
export interface WorkerRequest {
    method: string;
    url: string;
    headers: Record<string, string>;
    body: unknown;
}

export interface WorkerResponse {
    url: string;
    status: number;
    statusText: string;
    headers: [string, string][];
    body: ArrayBuffer;
}

/** What transferring a MediaSourceHandle takes. */
export interface Handles {
    isHandle(value: unknown): boolean;
    /** Throws a DataCloneError if the handle cannot be transferred. */
    check(handle: globalThis.MediaSourceHandle): void;
    /** The transfer steps: a number that stands for the handle until it arrives, in any thread of the process. */
    detach(handle: globalThis.MediaSourceHandle): number;
    /** The transfer-receiving steps; a number is good once. */
    revive(token: number): globalThis.MediaSourceHandle;
}

/** Puts the interfaces into a window, or into a worker's scope. */
export function install(window: object, options?: InstallOptions): Installed;

export interface Installed {
    clock: Clock;
    handles: Handles;
    /** All policies with their values. */
    policies: Policies;
    /** A source or an element with that key, of another realm, has said something. */
    wake(key: number): void;
}

/** Of the interfaces that this module exports. */
export const handles: Handles;

/** Posts a message to a worker_threads port or Worker; MediaSourceHandles in the list of objects to transfer go along. */
export function postMessage(port: { postMessage(message: any, transfer?: any): void }, message: unknown, transfer?: unknown[]): void;

/** The message that `postMessage()` sent, out of what the port received. */
export function messageOf(received: unknown): any;

export type Range = [start: number, end: number];

/** Frames that went to make room: the ranges that were removed, and what that took of each track. */
export interface Evicted {
    bytes: number;
    ranges: Range[];
    tracks: { frames: number; bytes: number; lost: Range[] }[];
}

export interface Receipt {
    append: number;
    bytes: number;
    initializationSegments: number;
    mediaSegments: number;
    frames: number;
    /** Frames that were not stored, by the row of the standard that dropped them. */
    dropped: Record<string, number>;
    droppedFrames: { track: number; presentationTimestamp: number; decodeTimestamp: number; duration: number; row: string; reason: string }[];
    /** Older frames that were removed, by row. */
    replaced: Record<string, number>;
    /** Decode timestamps that jumped, and the position of the track buffer whose they are. */
    discontinuities: { track: number; presentationTimestamp: number; decodeTimestamp: number; lastDecodeTimestamp: number }[];
    /** Stretches of the input that became no frame though the append went on, by code. */
    losses: Record<string, number>;
    /** The first 64 of them; `offset` and `bytes` in bytes. */
    lost: { code: string; row: string; offset: number; bytes: number; path: string; track: number | null; detail: string }[];
    /** Tracks that the input declares and that are not read. */
    leftOut: { number: number; format: string; path: string; reason: string }[];
    /** What is not as the stream says, though nothing is lost by it. */
    notes: { code: string; row: string; offset: number; path: string; track: number | null; detail: string }[];
    /** The structure that the input ends inside of. */
    awaits: { what: string; offset: number; have: number; need: number | null } | null;
    /** Bytes of them. */
    bytesLost: number;
    /** Messages in the stream, such as `emsg`; times in seconds. */
    inbandEvents: {
        schemeIdUri: string;
        value: string;
        id: number;
        track: number | null;
        presentationTime: number | null;
        duration: number | null;
        data: Uint8Array;
    }[];
    tracks: { gained: Range[]; lost: Range[] }[];
    highestEnd: number | null;
    duration: number | null;
    undeclaredCodecs: { track: number; found: string; declared: string }[];
    evicted: Evicted | null;
    error: { code: string; row: string; offset: number; path: string; track: number | null; detail: string } | null;
}

export interface SourceBufferInspection {
    id: number;
    updating: boolean;
    buffered: Range[] | null;
    /** Bytes. */
    quota: { used: number; capacity: number; evictable: number };
    /** Bytes. */
    memory: { payload: number; retained: number; bookkeeping: number };
    evictions: (Evicted & { cause: string })[];
    receipt: Receipt;
    tracks: {
        id: number;
        kind: 'audio' | 'video' | 'text';
        codecs: string[];
        frames: number;
        bytes: number;
        ranges: Range[];
        groups: { randomAccessPoint: number; start: number; end: number; frames: number; bytes: number; codec: string | null; appends: [number, number] }[];
        gaps: { start: number; end: number; cause: string }[];
    }[];
}

export interface MediaSourceInspection {
    readyState: 'closed' | 'open' | 'ended';
    duration: number | null;
    streaming: boolean;
    policies: Policies;
    sourceBuffers: SourceBufferInspection[];
}

export function inspect(object: globalThis.MediaSource): MediaSourceInspection;
export function inspect(object: globalThis.SourceBuffer): SourceBufferInspection;

/** What the last append of a SourceBuffer did. */
export function lastReceipt(sourceBuffer: globalThis.SourceBuffer): Receipt;

/** Tells a ManagedMediaSource that memory is short. */
export function memoryCleanup(mediaSource: globalThis.MediaSource): void;

/**
 * A media element without a document: the members of HTMLMediaElement and of EventTarget, and none that an element has for being in a document.
 */
export function createMediaElement(localName: 'video'): HTMLVideoElement;
export function createMediaElement(localName: 'audio'): HTMLAudioElement;

// The interfaces.

type OrNone<T> = T | null;
/** As lib.dom has them, for `instanceof`: `new` throws. */
type NotConstructible<T> = { prototype: T; new (): T };
type Handler<This, E extends Event = Event> = OrNone<(this: This, event: E) => any>;

export interface MediaSource extends globalThis.MediaSource {
    readonly handle: MediaSourceHandle;
    readonly sourceBuffers: SourceBufferList;
    readonly activeSourceBuffers: SourceBufferList;
    addSourceBuffer(type: string): SourceBuffer;
}
export const MediaSource: {
    prototype: MediaSource;
    new (): MediaSource;
    readonly canConstructInDedicatedWorker: boolean;
    isTypeSupported(type: string): boolean;
};

export interface ManagedMediaSource extends MediaSource {
    readonly streaming: boolean;
    onstartstreaming: Handler<this>;
    onendstreaming: Handler<this>;
}
export const ManagedMediaSource: {
    prototype: ManagedMediaSource;
    new (): ManagedMediaSource;
    readonly canConstructInDedicatedWorker: boolean;
    isTypeSupported(type: string): boolean;
};

export interface MediaSourceHandle extends globalThis.MediaSourceHandle {}
export const MediaSourceHandle: NotConstructible<MediaSourceHandle>;

export interface SourceBuffer extends globalThis.SourceBuffer {
    readonly audioTracks: AudioTrackList;
    readonly videoTracks: VideoTrackList;
    readonly textTracks: TextTrackList;
}
export const SourceBuffer: NotConstructible<SourceBuffer>;

export interface ManagedSourceBuffer extends SourceBuffer {
    onbufferedchange: Handler<this, BufferedChangeEvent>;
}
export const ManagedSourceBuffer: NotConstructible<ManagedSourceBuffer>;

export interface SourceBufferList extends globalThis.SourceBufferList {
    [index: number]: SourceBuffer;
}
export const SourceBufferList: NotConstructible<SourceBufferList>;

export interface BufferedChangeEvent extends Event {
    readonly addedRanges: TimeRanges;
    readonly removedRanges: TimeRanges;
}
export const BufferedChangeEvent: {
    prototype: BufferedChangeEvent;
    new (type: string, init?: EventInit & { addedRanges?: TimeRanges; removedRanges?: TimeRanges }): BufferedChangeEvent;
};

export interface TimeRanges extends globalThis.TimeRanges {}
export const TimeRanges: NotConstructible<TimeRanges>;

export interface QuotaExceededError extends DOMException {
    readonly quota: OrNone<number>;
    readonly requested: OrNone<number>;
}
export const QuotaExceededError: {
    prototype: QuotaExceededError;
    new (message?: string, options?: { quota?: number; requested?: number }): QuotaExceededError;
};

interface Track {
    readonly id: string;
    readonly kind: string;
    readonly label: string;
    readonly language: string;
    readonly sourceBuffer: OrNone<SourceBuffer>;
}

export interface AudioTrack extends Track {
    enabled: boolean;
}

export interface VideoTrack extends Track {
    selected: boolean;
}

export interface TextTrack extends globalThis.TextTrack {
    readonly sourceBuffer: OrNone<SourceBuffer>;
}

interface TrackList<T> extends EventTarget {
    readonly length: number;
    readonly [index: number]: T;
    getTrackById(id: string): OrNone<T>;
    onchange: Handler<this>;
    onaddtrack: Handler<this, globalThis.TrackEvent>;
    onremovetrack: Handler<this, globalThis.TrackEvent>;
}

export interface AudioTrackList extends TrackList<AudioTrack> {}

export interface VideoTrackList extends TrackList<VideoTrack> {
    readonly selectedIndex: number;
}

export interface TextTrackList extends globalThis.TextTrackList {
    readonly [index: number]: TextTrack;
    getTrackById(id: string): OrNone<TextTrack>;
}

interface MediaExtensions {
    readonly audioTracks: AudioTrackList;
    readonly videoTracks: VideoTrackList;
    readonly textTracks: TextTrackList;
    get srcObject(): OrNone<MediaProvider>;
    set srcObject(provider: OrNone<MediaProvider | globalThis.MediaSourceHandle>);
}

export interface HTMLMediaElement extends Omit<globalThis.HTMLMediaElement, keyof MediaExtensions>, MediaExtensions {}
export const HTMLMediaElement: NotConstructible<HTMLMediaElement>;

export interface HTMLVideoElement extends Omit<globalThis.HTMLVideoElement, keyof MediaExtensions>, MediaExtensions {}
export const HTMLVideoElement: NotConstructible<HTMLVideoElement>;

export interface HTMLAudioElement extends Omit<globalThis.HTMLAudioElement, keyof MediaExtensions>, MediaExtensions {}
export const HTMLAudioElement: NotConstructible<HTMLAudioElement>;

/** Node's URL, whose `createObjectURL()` takes a MediaSource too. */
export const URL: typeof globalThis.URL;
