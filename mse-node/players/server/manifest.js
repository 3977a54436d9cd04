// Manifests of DASH (ISO/IEC 23009-1), made of those that ffmpeg writes.

const TEMPLATE = /<SegmentTemplate timescale="(\d+)" ([^>]*?)startNumber="1">\s*<SegmentTimeline>([\s\S]*?)<\/SegmentTimeline>\s*<\/SegmentTemplate>/g;

/** A live manifest: the segments that are out at `edge`, of the last `window` seconds; static once all `duration` is out. `start` in milliseconds since 1970. */
export function live(manifest, { edge, window, duration, start }) {
    const ended = edge >= duration;
    const shown = (segment, timescale) => {
        const end = (segment.t + segment.d) / timescale;
        return end <= edge + 0.05 && end > Math.min(edge, duration) - window;
    };
    const text = String(manifest).replace(TEMPLATE, (_, timescale, attributes, timeline) => {
        const all = expand(timeline);
        const first = all.findIndex((segment) => shown(segment, timescale));
        const rows = all.filter((segment) => shown(segment, timescale)).map(({ t, d }) => `<S t="${t}" d="${d}"/>`);
        return template(`timescale="${timescale}" ${attributes}startNumber="${first + 1}"`, rows);
    });
    if (ended) return text;
    const now = new Date(start + edge * 1000).toISOString();
    const dynamic = [
        'type="dynamic"', `availabilityStartTime="${new Date(start).toISOString()}"`, `publishTime="${now}"`, 'minimumUpdatePeriod="PT2S"',
        `timeShiftBufferDepth="PT${window}S"`, 'suggestedPresentationDelay="PT4S"',
    ];
    return text.replace('type="static"', dynamic.join(' '))
        .replace(/\s*mediaPresentationDuration="[^"]*"/, '')
        .replace('</Period>', `</Period><UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="${now}"/>`);
}

/** The same without timelines: segments of `length` seconds, by number, for `duration` seconds. */
export function numbered(manifest, duration, length) {
    return String(manifest)
        .replace(TEMPLATE, (_, timescale, attributes) => `<SegmentTemplate timescale="${timescale}" duration="${length * timescale}" ${attributes}startNumber="1"/>`)
        .replace(/mediaPresentationDuration="[^"]*"/, `mediaPresentationDuration="PT${duration}S"`)
        .replaceAll('$Number%03d$', '$Number$');
}

/** The first `seconds` of the manifest, and a period of as many with the segments of `part`. */
export function periods(manifest, seconds) {
    const video = [60_000, 180_000, 400_000].map((bandwidth, id) => representation(id, `mimeType="video/mp4" codecs="avc1.64000d" bandwidth="${bandwidth}" width="320" height="180" frameRate="30/1"`));
    const audio = [representation(3, 'mimeType="audio/mp4" codecs="mp4a.40.2" bandwidth="64000" audioSamplingRate="44100"')];
    const second = `<Period id="1" start="PT${seconds}S" duration="PT${seconds}S">
        ${adaptationSet(0, 'video', video, '/part/fmp4')}
        ${adaptationSet(1, 'audio', audio, '/part/fmp4-a')}
        </Period>`;
    return String(manifest)
        .replace(TEMPLATE, (_, timescale, attributes, timeline) => {
            const rows = expand(timeline).filter(({ t }) => t < seconds * timescale).map(({ t, d }) => `<S t="${t}" d="${d}"/>`);
            return template(`timescale="${timescale}" ${attributes}startNumber="1"`, rows);
        })
        .replace('<Period id="0" start="PT0.0S">', `<BaseURL>/dash/</BaseURL><Period id="0" start="PT0S" duration="PT${seconds}S">`)
        .replace('</Period>', `</Period>${second}`)
        .replace(/mediaPresentationDuration="[^"]*"/, `mediaPresentationDuration="PT${2 * seconds}S"`);
}

/** The same without a word of encryption: the page, which has no EME, finds out from the media. */
export function withoutProtection(manifest) {
    return String(manifest).replace(/\s*<ContentProtection[^>]*(\/>|>[\s\S]*?<\/ContentProtection>)/g, '');
}

function adaptationSet(id, kind, representations, folder) {
    return `<AdaptationSet id="${id}" contentType="${kind}" startWithSAP="1" segmentAlignment="true">
        <SegmentTemplate timescale="1" duration="2" startNumber="0" initialization="${folder}/init.mp4" media="${folder}/$Number%03d$.m4s"/>
        ${representations.join('')}</AdaptationSet>`;
}

/** As many as in the first period, with the same names and below the same address: so VHS knows which goes on with which. */
function representation(id, attributes) {
    return `<Representation id="${id}" ${attributes}/>`;
}

/** The rows of a SegmentTimeline, one a segment, each with its time. */
function expand(timeline) {
    const segments = [];
    let time = 0;
    for (const [, attributes] of timeline.matchAll(/<S ([^>]*)\/>/g)) {
        const attribute = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? Number.NaN);
        if (!Number.isNaN(attribute('t'))) time = attribute('t');
        for (let n = attribute('r') || 0; n >= 0; n -= 1) {
            segments.push({ t: time, d: attribute('d') });
            time += attribute('d');
        }
    }
    return segments;
}

function template(attributes, rows) {
    return `<SegmentTemplate ${attributes}><SegmentTimeline>${rows.join('')}</SegmentTimeline></SegmentTemplate>`;
}
