// One player plays one stream.

import { createHash } from 'node:crypto';
import { VirtualClock } from '../lib/clock.js';
import { openPage } from './page.js';
import { scripts, version } from './players.js';
import { Recorder, ranges, round } from './recorder.js';
import { act, SCENARIOS } from './scenarios.js';
import { serve } from './server/serve.js';
import { STREAMS } from './streams.js';

/**
 * Plays until the element has ended or an error stops it, at the latest after three times the stream's duration. Resolves to
 * `{ player, version, stream, scenario, outcome, counts, digest, transcript, errors }`.
 */
export async function play(player, streamName, { folder, scenario, profile, verbose = false, seed = 1 }) {
    const stream = STREAMS[streamName];
    const clock = new VirtualClock();
    const server = await serve(folder, clock);
    let unhandled = () => {};
    const page = openPage(clock, server.port, { verbose, seed, profile });
    try {
        const { window, network } = page;
        const recorder = new Recorder(window, clock);
        network.onresponse = ({ method, url, status, size }) => recorder.note(`network ${method} ${url} ${status} ${size} bytes`);
        const video = window.document.getElementById('video');
        recorder.watchElement(video);
        for (const script of await scripts(player)) window.eval(script);
        unhandled = (reason) => recorder.note(`page leaves unhandled ${reason?.name}: ${reason?.message}`);
        process.on('unhandledRejection', unhandled);
        window.page.log = (text) => recorder.note(`player ${text}`);
        const sizes = [];
        video.addEventListener('resize', () => sizes.push(sizeOf(video)));
        await run({ clock, window, network, video, recorder, stream, scenario });
        return report({ player, streamName, scenario, sizes, video, recorder, page, clock });
    } finally {
        process.off('unhandledRejection', unhandled);
        page.close();
        server.close();
    }
}

async function run({ clock, window, network, video, recorder, stream, scenario }) {
    const over = () => video.ended || video.error !== null;
    const failed = (error) => recorder.note(`page fails ${error}`);
    const attempt = async (action) => action();
    const { who, link, afterStart, steps } = SCENARIOS[scenario] ?? {};
    if (link) act(`link ${link}`, { network });
    attempt(() => window.page.load(video, stream.url)).catch(failed);
    if (afterStart) await clock.advanceUntil(() => over() || video.currentTime > 0, 30);
    for (const [wait, action] of steps?.(stream) ?? []) {
        await clock.advance(wait);
        recorder.note(`${who} ${action}`);
        attempt(() => act(action, { video, page: window.page, network })).catch(failed);
    }
    await clock.advanceUntil(over, 3 * stream.duration);
    // What a player still does at the end belongs to it.
    await clock.advance(1);
}

function report({ player, streamName, scenario, sizes, video, recorder, page, clock }) {
    const transcript = recorder.lines;
    return {
        player,
        version: version(player),
        stream: streamName,
        scenario,
        outcome: {
            ended: video.ended,
            error: video.error?.code ?? null,
            currentTime: round(video.currentTime),
            duration: round(video.duration),
            readyState: video.readyState,
            size: sizeOf(video),
            // Which renditions were shown, where the player chose them.
            ...(scenario === 'network' && { sizes }),
            buffered: ranges(video),
            textTracks: Array.from(video.textTracks ?? [], textTrack),
            sourceBuffers: recorder.sourceBuffers.map(ranges),
            seconds: round(clock.now() / 1000),
        },
        counts: counts(transcript),
        digest: createHash('sha256').update(transcript.join('\n')).digest('hex').slice(0, 16),
        errors: page.errors,
        transcript,
    };
}

function sizeOf({ videoWidth, videoHeight }) {
    return `${videoWidth}x${videoHeight}`;
}

function textTrack({ kind, label, mode, cues }) {
    return `${kind} ${label} ${mode} ${cues?.length ?? 0} cues`;
}

/** How often each call and event stands in the transcript. */
function counts(transcript) {
    const counted = {};
    for (const line of transcript) {
        const word = /^\S+ (?:(network \w+)|\w+?\d*\.(\w+)|(player|viewer|page) |\w+ (\w+))/.exec(line);
        const name = word && (word[1] ?? word[2] ?? word[3] ?? word[4]);
        if (name) counted[name] = (counted[name] ?? 0) + 1;
    }
    return Object.fromEntries(Object.entries(counted).sort(([one], [other]) => (one < other ? -1 : 1)));
}
