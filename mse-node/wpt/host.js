// A process that runs tests, one after the other, each in a window of its own. `run.js` sends `{ test, origin, limit, options }`
// and gets `{ harness, message, subtests: [[name, status, message]] }`; when a test crashes or hangs the process, it starts another.

import { JSDOM, VirtualConsole } from 'jsdom';
import { VirtualClock } from '../lib/clock.js';
import { install } from '../index.js';
import { installSurroundings, reportRejections } from './surroundings.js';

const HARNESS = ['OK', 'ERROR', 'TIMEOUT', 'PRECONDITION_FAILED'];
const SUBTEST = ['PASS', 'FAIL', 'TIMEOUT', 'NOTRUN', 'PRECONDITION_FAILED'];

/** Seconds of the clock between two looks at whether the test is complete. */
const STEP = 0.25;

let current; // the window under test, to which rejections belong

async function runTest({ test, origin, limit, options, verbose }) {
    const clock = new VirtualClock();
    let result;
    const dom = await JSDOM.fromURL(`${origin}/${test}`, {
        runScripts: 'dangerously',
        resources: 'usable',
        pretendToBeVisual: true,
        virtualConsole: verbose ? new VirtualConsole().sendTo(console) : new VirtualConsole(),
        beforeParse(window) {
            current = window;
            clock.install(window);
            installSurroundings(window, clock);
            install(window, { clock, ...options });
            window.wptHost = {
                complete: (subtests, harness) => { result ??= { subtests: [...subtests], harness: [...harness] }; },
            };
        },
    });
    await loaded(dom.window, clock);
    for (let time = 0; time < limit && result === undefined; time += STEP) {
        await clock.advanceUntil(() => result !== undefined, STEP);
    }
    dom.window.close();
    current = undefined;
    if (result === undefined) return { harness: 'TIMEOUT', message: `not complete after ${limit} s`, subtests: [] };
    return {
        harness: HARNESS[result.harness[0]],
        message: result.harness[1],
        subtests: result.subtests.map(([name, status, message]) => [name, SUBTEST[status], message]),
    };
}

/** No time passes while the page loads. */
function loaded(window, clock) {
    const release = clock.hold();
    return new Promise((resolve) => {
        const done = () => { release(); resolve(); };
        if (window.document.readyState === 'complete') done();
        else window.addEventListener('load', () => setImmediate(done), { once: true });
    });
}

reportRejections(() => current);

process.on('message', async (request) => {
    try {
        process.send(await runTest(request));
    } catch (error) {
        process.send({ harness: 'CRASH', message: error.stack, subtests: [] });
    }
});
process.on('disconnect', () => process.exit());
process.send('ready');
