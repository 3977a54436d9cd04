/** A clock: what playback and tasks go by. */
export interface Clock {
    /** Milliseconds since it was made. */
    now(): number;
    setTimeout(callback: () => void, ms: number): unknown;
    clearTimeout(id: unknown): void;
    /** Runs a task of the event loop when those before it are done; `setTimeout(task, 0)` where it is missing. */
    queueTask?(task: () => void): void;
}

/** The time of the process. */
export class RealClock implements Clock {
    now(): number;
    setTimeout(callback: () => void, ms: number): unknown;
    clearTimeout(id: unknown): void;
    queueTask(task: () => void): void;
}

/** Time that moves only when it is told to. */
export class VirtualClock implements Clock {
    constructor(options?: { epoch?: number });
    now(): number;
    date(): number;
    setTimeout(callback: () => void, ms?: number): unknown;
    clearTimeout(id: unknown): void;
    queueTask(task: () => void): void;
    /** Says that something is under way in reality; no time passes until the result is called. */
    hold(): () => void;
    settle(): Promise<void>;
    /** Lets seconds pass. */
    advance(seconds: number): Promise<void>;
    /** Lets time pass until the condition holds; resolves to whether it does. */
    advanceUntil(condition: () => boolean, seconds?: number): Promise<boolean>;
    /** Takes the place of a window's timers, Date and performance.now(). */
    install(window: object, options?: { seed?: number }): void;
}

export interface InstallOptions {
    /** The clock on the wall by default. */
    clock?: Clock;
    /** The global name by which [Exposed] is judged: `Window` by default. */
    exposed?: 'Window' | 'DedicatedWorker' | '*';
    /** Holds for every MediaSource: quotas in bytes, and byte stream formats to do without, each by one of its MIME types. */
    sourceOptions?: { audioQuota?: number; videoQuota?: number; textQuota?: number; withoutTypes?: string[] };
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
    check(handle: MediaSourceHandle): void;
    /** The transfer steps: a number that stands for the handle until it arrives, in any thread of the process. */
    detach(handle: MediaSourceHandle): number;
    /** The transfer-receiving steps; a number is good once. */
    revive(token: number): MediaSourceHandle;
}

/** Puts the interfaces into a window, or into a worker's scope. */
export function install(window: object, options?: InstallOptions): { clock: Clock; handles: Handles; wake(key: number): void };

/** Of the interfaces that this module exports. */
export const handles: Handles;

/** Posts a message to a worker_threads port or Worker; MediaSourceHandles in the list of objects to transfer go along. */
export function postMessage(port: { postMessage(message: unknown, transfer?: readonly any[]): void }, message: unknown, transfer?: unknown[]): void;

/** The message that `postMessage()` sent, out of what the port received. */
export function messageOf(received: unknown): any;

export type Range = [start: number, end: number];

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
    tracks: { gained: Range[]; lost: Range[] }[];
    highestEnd: number | null;
    duration: number | null;
    undeclaredCodecs: { track: number; found: string; declared: string }[];
    evicted: { bytes: number; ranges: Range[] } | null;
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
    evictions: { bytes: number; ranges: Range[]; cause: string }[];
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
    sourceBuffers: SourceBufferInspection[];
}

export function inspect(object: MediaSource): MediaSourceInspection;
export function inspect(object: SourceBuffer): SourceBufferInspection;

/** What the last append of a SourceBuffer did. */
export function lastReceipt(sourceBuffer: SourceBuffer): Receipt;

/** Tells a ManagedMediaSource that memory is short. */
export function memoryCleanup(mediaSource: MediaSource): void;

/** A media element without a document. */
export function createMediaElement(localName: 'video'): HTMLVideoElement;
export function createMediaElement(localName: 'audio'): HTMLAudioElement;

// The interfaces are those of TypeScript's lib.dom, where it has them.
export interface ManagedMediaSource extends MediaSource {
    readonly streaming: boolean;
    onstartstreaming: ((event: Event) => void) | null;
    onendstreaming: ((event: Event) => void) | null;
}

export interface ManagedSourceBuffer extends SourceBuffer {
    onbufferedchange: ((event: BufferedChangeEvent) => void) | null;
}

export interface BufferedChangeEvent extends Event {
    readonly addedRanges: TimeRanges;
    readonly removedRanges: TimeRanges;
}

export const ManagedMediaSource: { prototype: ManagedMediaSource; new (): ManagedMediaSource; isTypeSupported(type: string): boolean };
export const ManagedSourceBuffer: { prototype: ManagedSourceBuffer };
export const BufferedChangeEvent: {
    prototype: BufferedChangeEvent;
    new (type: string, init?: EventInit & { addedRanges?: TimeRanges; removedRanges?: TimeRanges }): BufferedChangeEvent;
};

type Dom = typeof globalThis;
declare const MediaSourceOfNode: Dom['MediaSource'];
declare const SourceBufferOfNode: Dom['SourceBuffer'];
declare const SourceBufferListOfNode: Dom['SourceBufferList'];
declare const TimeRangesOfNode: Dom['TimeRanges'];
declare const HTMLMediaElementOfNode: Dom['HTMLMediaElement'];
declare const HTMLVideoElementOfNode: Dom['HTMLVideoElement'];
declare const HTMLAudioElementOfNode: Dom['HTMLAudioElement'];
declare const URLOfNode: Dom['URL'];
export {
    MediaSourceOfNode as MediaSource,
    SourceBufferOfNode as SourceBuffer,
    SourceBufferListOfNode as SourceBufferList,
    TimeRangesOfNode as TimeRanges,
    HTMLMediaElementOfNode as HTMLMediaElement,
    HTMLVideoElementOfNode as HTMLVideoElement,
    HTMLAudioElementOfNode as HTMLAudioElement,
    URLOfNode as URL,
};
