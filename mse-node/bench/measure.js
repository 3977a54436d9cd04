// What a page can measure of Media Source Extensions. The same code runs in a browser's page and in Node.

/** Top-level boxes of a fragmented MP4: the initialization segment, and each moof with its mdat. */
function segments(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const parts = [];
    let start = 0;
    for (let at = 0; at + 8 <= bytes.length;) {
        const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
        if (type === 'moof' || type === 'mfra') {
            parts.push(bytes.slice(start, at));
            start = at;
        }
        at += view.getUint32(at);
    }
    parts.push(bytes.slice(start));
    const [initialization, ...media] = parts.filter(({ length }) => length > 0);
    return { initialization, media: media.filter((part) => String.fromCharCode(...part.subarray(4, 8)) === 'moof') };
}

const event = (target, type) => new Promise((resolve) => { target.addEventListener(type, resolve, { once: true }); });

async function append(buffer, bytes) {
    const done = event(buffer, 'updateend');
    buffer.appendBuffer(bytes);
    await done;
}

/** `rounds` times all media segments, each behind the last, one appendBuffer() to updateend after the other. */
async function roundTrips(source, buffer, media, rounds) {
    let inTheCall = 0;
    const begin = performance.now();
    for (let round = 0; round < rounds; round++) {
        buffer.timestampOffset = round * 4;
        for (const segment of media) {
            const done = event(buffer, 'updateend');
            const call = performance.now();
            buffer.appendBuffer(segment);
            inTheCall += performance.now() - call;
            await done;
        }
    }
    const count = rounds * media.length;
    return { roundTrip: ((performance.now() - begin) * 1000) / count, call: (inTheCall * 1000) / count };
}

function reads(count, read) {
    const begin = performance.now();
    for (let i = 0; i < count; i++) read();
    return ((performance.now() - begin) * 1e6) / count;
}

/** The best of some batches: what else the machine does only ever adds. */
async function best(batches, batch) {
    const results = [];
    for (let i = 0; i < batches; i++) results.push(await batch());
    return Math.min(...results);
}

/** Microseconds of a round trip and of the call alone; nanoseconds of reading attributes. */
export async function measure({ MediaSource, URL, video, type, bytes }) {
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await event(source, 'sourceopen');
    const buffer = source.addSourceBuffer(type);
    const { initialization, media } = segments(bytes);
    await append(buffer, initialization);
    await roundTrips(source, buffer, media, 5); // compilers warm up
    const appends = [];
    const roundTrip = await best(40, async () => {
        appends.push(await roundTrips(source, buffer, media, 2));
        return appends.at(-1).roundTrip;
    });
    const nanoseconds = (read) => best(40, () => reads(5_000, read));
    return {
        segment: Math.round(media.reduce((sum, { length }) => sum + length, 0) / media.length),
        roundTrip,
        call: Math.min(...appends.map(({ call }) => call)),
        buffered: await nanoseconds(() => buffer.buffered),
        bufferedEnd: await nanoseconds(() => buffer.buffered.end(0)),
        elementBuffered: await nanoseconds(() => video.buffered),
        elementSeekable: await nanoseconds(() => video.seekable),
        elementTime: await nanoseconds(() => video.currentTime),
        updating: await nanoseconds(() => buffer.updating),
    };
}
