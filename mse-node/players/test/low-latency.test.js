// Low-latency HLS with blocking playlist reload (RFC 8216bis, 6.2.5.2): a server that holds requests until what they ask for is out, in virtual time.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VirtualClock } from '../../lib/clock.js';
import { openPage } from '../page.js';
import { scripts } from '../players.js';

const STREAM = path.join(path.dirname(fileURLToPath(import.meta.url)), '../streams/hls-fmp4');
const SEGMENT = 2;
const COUNT = 16;
/** Segments that are out when the clock starts. */
const LEAD = 4;

const MASTER = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="tone",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=270000,CODECS="avc1.64000c,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=25,AUDIO="a"
v1/index.m3u8
`;

const name = (n) => `${String(n).padStart(3, '0')}.m4s`;

/** The playlist with `out` segments, the last of them as parts too: a part is a segment long. */
function playlist(out) {
    const lines = [
        '#EXTM3U', '#EXT-X-VERSION:9', `#EXT-X-TARGETDURATION:${SEGMENT}`, `#EXT-X-PART-INF:PART-TARGET=${SEGMENT}`,
        `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${3 * SEGMENT}`, '#EXT-X-MEDIA-SEQUENCE:0', '#EXT-X-MAP:URI="init.mp4"',
    ];
    for (let n = 0; n < out; n += 1) {
        if (n >= out - 3) lines.push(`#EXT-X-PART:DURATION=${SEGMENT},INDEPENDENT=YES,URI="${name(n)}"`);
        lines.push(`#EXTINF:${SEGMENT},`, name(n));
    }
    lines.push(out < COUNT ? `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${name(out)}"` : '#EXT-X-ENDLIST');
    return `${lines.join('\n')}\n`;
}

/** `says`: whether the server tells that it waits. */
async function serve(clock, says) {
    const blocked = [];
    const outNow = () => Math.min(COUNT, Math.floor(LEAD + clock.now() / 1000 / SEGMENT + 1e-6));
    const server = createServer(async (request, response) => {
        const { pathname, searchParams } = new URL(request.url, 'http://media.test');
        const answer = async () => {
            if (pathname.endsWith('/master.m3u8')) return MASTER;
            return pathname.endsWith('.m3u8') ? playlist(outNow()) : readFile(path.join(STREAM, pathname));
        };
        const send = async () => response.end(await answer().catch(() => ''));
        const asked = /(\d+)\.m4s$/.exec(pathname)?.[1] ?? searchParams.get('_HLS_msn') ?? -1;
        const wanted = Math.min(Number(asked), COUNT - 1);
        if (outNow() > wanted) return send();
        blocked.push(pathname);
        if (says) response.writeProcessing();
        clock.setTimeout(send, (wanted + 1 - LEAD) * SEGMENT * 1000 - clock.now());
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = () => {
        server.closeAllConnections();
        server.close();
    };
    return { port: server.address().port, blocked, close };
}

async function play(says) {
    const clock = new VirtualClock();
    const server = await serve(clock, says);
    const page = openPage(clock, server.port);
    page.network.patience = says ? 10_000 : 50;
    try {
        const { window } = page;
        for (const script of await scripts('hls.js')) window.eval(script);
        const video = window.document.getElementById('video');
        const log = [];
        window.page = { log: (text) => log.push(text) };
        window.eval(`hls = new Hls({ lowLatencyMode: true }); hls.on(Hls.Events.ERROR, (_, d) => page.log(d.details));
            hls.loadSource('/master.m3u8'); hls.attachMedia(document.getElementById('video'));`);
        video.play();
        await clock.advanceUntil(() => video.ended || video.error, 120);
        return { ended: video.ended, end: video.currentTime, now: clock.now() / 1000, blocked: server.blocked, log };
    } finally {
        page.close();
        server.close();
    }
}

for (const says of [true, false]) {
    test(`hls.js follows a low-latency stream whose server holds its requests${says ? ', and says so' : ''}`, async () => {
        const { ended, end, now, blocked, log } = await play(says);
        assert.ok(ended, `${end} ${now} ${blocked} ${log}`);
        assert.ok(Math.abs(end - 32) < 0.2, `${end}`);
        // Each playlist is asked for once a segment, before that is out.
        const reloads = blocked.filter((path) => path.endsWith('.m3u8')).length;
        assert.ok(reloads >= COUNT - LEAD - 1, `${blocked}`);
        assert.ok(now < 40, `at most ${now - 24} s behind the live edge`);
    });
}

test('the same run twice is the same', async () => {
    assert.deepEqual(await play(true), await play(true));
});
