// A program that uses all that index.d.ts declares: types.test.js compiles it as strictly as TypeScript can, and runs it.

import {
    BufferedChangeEvent, createMediaElement, handles, HTMLAudioElement, HTMLMediaElement, HTMLVideoElement, inspect, install, lastReceipt,
    ManagedMediaSource, ManagedSourceBuffer, MediaSource, MediaSourceHandle, memoryCleanup, messageOf, postMessage, QuotaExceededError, RealClock,
    SourceBuffer, SourceBufferList, TimeRanges, URL, VirtualClock, VirtualNetwork,
} from 'mse-node';
import type {
    AudioTrack, Clock, Handles, Installed, InstallOptions, MediaSourceInspection, Policies, Profile, Range, Receipt, SourceBufferInspection, TextTrack, VideoTrack,
    WorkerRequest, WorkerResponse,
} from 'mse-node';

export interface Given {
    window: Window & typeof globalThis;
    media: ArrayBuffer;
}

const TYPE = 'video/mp4; codecs="avc1.64000b,mp4a.40.2"';

function assert(condition: unknown, text: string): asserts condition {
    if (!condition) throw new Error(text);
}

/** All keys of a type, each once: TypeScript wants them complete, and `has()` that they are those of an object. */
type Keys<T> = Record<keyof T, true>;

function has<T extends object>(keys: Keys<T>, object: T): void {
    const found = Object.keys(object).sort().join();
    assert(found === Object.keys(keys).sort().join(), `declared ${Object.keys(keys).sort().join()}, found ${found}`);
}

const RECEIPT: Keys<Receipt> = {
    append: true, bytes: true, initializationSegments: true, mediaSegments: true, frames: true, dropped: true, droppedFrames: true, replaced: true,
    discontinuities: true, losses: true, lost: true, leftOut: true, notes: true, awaits: true, bytesLost: true, inbandEvents: true,
    tracks: true, highestEnd: true, duration: true, undeclaredCodecs: true, evicted: true, error: true,
};
const SOURCE: Keys<MediaSourceInspection> = { readyState: true, duration: true, streaming: true, policies: true, sourceBuffers: true };
const POLICIES: Keys<Policies> = {
    gapPolicy: true, coverage: true, backwardsKeyFrames: true, removedTails: true, endedRanges: true, appendWindow: true, seekPreRoll: true, discontinuity: true, discontinuityScope: true, tailTolerance: true, openGroups: true, readerLateStart: true,
    readerSmallGap: true, lateStart: true, smallGap: true, enoughAhead: true, waitsForSeek: true, audioQuota: true, videoQuota: true, textQuota: true,
    eviction: true, maxSourceBuffers: true, maxSourceBuffersOfAKind: true, frameOverhead: true, frameOrder: true, generatedOffsets: true, streamStarts: true, offsetPrecision: true, closingEvents: true, lateSourceBuffers: true, emptyEnds: true, durationGrowth: true, segmentStarts: true, pictureDurations: true, storedTrims: true, lastBlocks: true, transportStreams: true, types: true,
};
const BUFFER: Keys<SourceBufferInspection> = {
    id: true, updating: true, buffered: true, quota: true, memory: true, evictions: true, receipt: true, tracks: true,
};
const TRACK: Keys<SourceBufferInspection['tracks'][number]> = {
    id: true, kind: true, codecs: true, frames: true, bytes: true, ranges: true, groups: true, gaps: true,
};
const GROUP: Keys<SourceBufferInspection['tracks'][number]['groups'][number]> = {
    randomAccessPoint: true, start: true, end: true, frames: true, bytes: true, codec: true, appends: true,
};
const ERROR: Keys<NonNullable<Receipt['error']>> = { code: true, row: true, offset: true, path: true, track: true, detail: true };
const DROPPED: Keys<Receipt['droppedFrames'][number]> = {
    track: true, presentationTimestamp: true, decodeTimestamp: true, duration: true, row: true, reason: true,
};

const once = (target: EventTarget, type: string) =>
    new Promise<Event>((resolve) => target.addEventListener(type, resolve, { once: true }));

/** Without a DOM, in real time. */
async function alone(media: ArrayBuffer): Promise<void> {
    const video: HTMLVideoElement = createMediaElement('video');
    const source: MediaSource = new ManagedMediaSource();
    assert(source instanceof MediaSource && MediaSource.isTypeSupported(TYPE) && MediaSource.canConstructInDedicatedWorker, 'MediaSource');
    video.src = URL.createObjectURL(source);
    await once(source, 'sourceopen');
    const buffer: SourceBuffer = source.addSourceBuffer(TYPE);
    const managed = buffer as ManagedSourceBuffer;
    assert(managed instanceof ManagedSourceBuffer && managed instanceof SourceBuffer, 'SourceBuffer');
    const change = new Promise<BufferedChangeEvent>((resolve) => {
        managed.onbufferedchange = function (event) {
            resolve(event);
            this.onbufferedchange = null;
        };
    });
    buffer.appendWindowEnd = 3;
    buffer.appendBuffer(new Uint8Array(media));
    await once(buffer, 'updateend');
    const event = await change;
    const { addedRanges }: { addedRanges: TimeRanges } = event;
    assert(event instanceof BufferedChangeEvent && addedRanges instanceof TimeRanges && addedRanges.length === 1, 'bufferedchange');
    const lists: SourceBufferList[] = [source.sourceBuffers, source.activeSourceBuffers];
    assert(lists.every((list) => list instanceof SourceBufferList && list[0] === buffer), 'SourceBufferList');

    const receipt: Receipt = lastReceipt(buffer);
    has(RECEIPT, receipt);
    assert(receipt.droppedFrames[0] && receipt.droppedFrames[0].row in receipt.dropped, 'dropped frames');
    has(DROPPED, receipt.droppedFrames[0]);
    has(SOURCE, inspect(source));
    const inspection = inspect(buffer);
    has(BUFFER, inspection);
    const [range]: Range[] = inspection.buffered ?? [];
    const [track] = inspection.tracks;
    assert(range && track?.groups[0] && range[0] < range[1], 'inspect()');
    has(TRACK, track);
    has(GROUP, track.groups[0]);
    memoryCleanup(source);

    const [sound, picture]: [AudioTrack | undefined, VideoTrack | undefined] = [buffer.audioTracks[0], video.videoTracks[0]];
    assert(sound?.enabled && picture?.selected && picture.sourceBuffer === buffer, 'tracks');
    assert(video.videoTracks.selectedIndex === 0 && video.audioTracks.getTrackById(sound.id) === sound, 'track lists');
    const cues: TextTrack = video.addTextTrack('metadata') as TextTrack;
    assert(video.textTracks[0] === cues && !cues.sourceBuffer, 'text tracks');
    const audio: HTMLAudioElement = createMediaElement('audio');
    const elements: HTMLMediaElement[] = [video, audio];
    assert(elements.every((element) => element instanceof HTMLMediaElement), 'media elements');
    assert(video instanceof HTMLVideoElement && audio instanceof HTMLAudioElement && audio.error === null, 'elements');
    const ofTheDom: globalThis.HTMLVideoElement = video; // as players take them
    assert(ofTheDom.videoWidth > 0, 'a size');

    buffer.appendBuffer(new TextEncoder().encode('\0\0\0\x04moov'));
    await once(buffer, 'error');
    const { error } = lastReceipt(buffer);
    assert(error, 'the error of a receipt');
    has(ERROR, error);
    const quota = new QuotaExceededError('full', { quota: 5 });
    assert(quota instanceof DOMException && quota.quota === 5 && quota.requested === null, 'QuotaExceededError');
}

/** A handle goes through a port, and to the same realm by number. */
async function transferred(): Promise<void> {
    const channel = new MessageChannel();
    const handle: MediaSourceHandle = new MediaSource().handle;
    const all: Handles = handles;
    assert(all.isHandle(handle) && handle instanceof MediaSourceHandle, 'handles');
    const arrived = new Promise<{ handle: MediaSourceHandle }>((resolve) => {
        channel.port2.onmessage = ({ data }) => resolve(messageOf(data));
    });
    postMessage(channel.port1, { handle }, [handle]);
    const { handle: there } = await arrived;
    channel.port1.close();
    all.check(there);
    createMediaElement('video').srcObject = all.revive(all.detach(there));
}

/** In a window, under a virtual clock. */
async function inWindow({ window, media }: Given): Promise<void> {
    const clock = new VirtualClock({ epoch: 0 });
    clock.install(window, { seed: 2 });
    const network = new VirtualNetwork(clock, { latency: 5, hosts: { 'page.test': 1 } });
    network.onresponse = ({ url, size }) => { network.bandwidth = size + url.length; };
    network.install(window);
    network.close();
    const load = async ({ url }: WorkerRequest): Promise<WorkerResponse> =>
        ({ url, status: 404, statusText: 'Not Found', headers: [['x', 'y']], body: new ArrayBuffer(0) });
    const options: InstallOptions = { clock, load, profile: 'firefox' satisfies Profile, sourceOptions: { videoQuota: 1e6, types: 'all', withoutTypes: ['audio/mpeg'] } };
    const installed: Installed = install(window, options);
    const clocks: Clock[] = [installed.clock, clock, new RealClock()];
    assert(clocks[0] === clocks[1] && !window.MediaSource.isTypeSupported('audio/mpeg'), 'install()');
    has(POLICIES, installed.policies);
    assert(installed.policies.videoQuota === 1e6 && installed.policies.discontinuity === 'longest-frame-of-group', 'policies');
    installed.wake(0);
    const source = new window.MediaSource();
    const video = window.document.createElement('video');
    video.src = window.URL.createObjectURL(source);
    await clock.advance(0);
    const buffer = source.addSourceBuffer(TYPE);
    buffer.appendBuffer(media);
    buffer.onupdateend = () => source.endOfStream();
    await clock.advanceUntil(() => source.readyState === 'ended', 5);
    has(SOURCE, inspect(source));
    void video.play();
    clock.setTimeout((rate: number) => { video.playbackRate = rate; }, 1000, 2);
    const release = clock.hold();
    clock.queueTask(release);
    release();
    const remove = clock.addSource({ settle: async () => false });
    await clock.settle();
    await clock.advance(4);
    remove();
    assert(video.ended && clock.now() === 4000 && clock.date() === 4000 && clock.epoch === 0, 'the end');
}

export async function run(given: Given): Promise<string> {
    await alone(given.media);
    await transferred();
    await inWindow(given);
    return 'done';
}
