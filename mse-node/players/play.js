#!/usr/bin/env node
// The command: players play streams, and what came of it is compared with expected/.

import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { check, checkProfile, isComparable, record, recordProfile } from './expected.js';
import { PLAYERS, version } from './players.js';
import { runAll } from './pool.js';
import { SCENARIOS } from './scenarios.js';
import { play } from './session.js';
import { STREAMS } from './streams.js';

const here = path.dirname(fileURLToPath(import.meta.url));

const USAGE = `usage: play.js PLAYER STREAM [options]
       play.js --all [PLAYER] [STREAM] [options]

Plays a stream with an unmodified player on mse-node, under a virtual clock, until the media element has ended. Writes a transcript of every call and
event with its virtual time, and compares what came of it with expected/.

  --actions    with quality switches, a pause, seeks and changes of rate on the way; with --all, both with and without
  --network    over a link that gets slower and faster, so that the player adapts; with --all, some streams with it too
  --profile P  with what one browser does alone: chromium, firefox or safari. What then comes otherwise than without is compared with
               expected/profiles/; with --all, each stream once
  --all        all players with all streams that they play, or all of one
  --long       with --all, the two-hour streams too
  --jobs N     with --all, so many at once (as many as there are processors)
  --twice      play everything twice: both transcripts must be the same. It is done without being asked where expected/ was made from other bytes
               (of another ffmpeg), and has no transcript to compare with
  --record     write expected/ anew
  --out DIR    where the transcripts go (out/ beside this file)
  --streams DIR  where the streams are (streams/ beside this file; made when they are not there)
  --seed N     of what is random in the page (1)
  --verbose    print the transcript, and the page's console
  --json       print the report as JSON
  --help       print this text and stop

PLAYER  ${Object.keys(PLAYERS).join(', ')}
STREAM  ${Object.entries(STREAMS).map(([name, { description }]) => `${name.padEnd(24)}${description}`).join('\n        ')}
`;

const PROFILES = ['chromium', 'firefox', 'safari'];

/** Streams of more seconds are played with --long, and without actions. */
const LONG = 100;

const OPTIONS = {
    actions: { type: 'boolean' },
    network: { type: 'boolean' },
    profile: { type: 'string' },
    all: { type: 'boolean' },
    long: { type: 'boolean' },
    jobs: { type: 'string', default: String(os.availableParallelism()) },
    twice: { type: 'boolean' },
    record: { type: 'boolean' },
    out: { type: 'string', default: path.join(here, 'out') },
    streams: { type: 'string', default: path.join(here, 'streams') },
    seed: { type: 'string', default: '1' },
    verbose: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
};

async function main() {
    const { values: options, positionals } = parse();
    if (options.help) return console.log(USAGE);
    const jobs = chooseJobs(options, positionals);
    makeStreams(options.streams);
    await mkdir(options.out, { recursive: true });
    if (!options.all) return finish((await run(jobs[0], options)) ? 0 : 1);
    const failures = await runAll(fileURLToPath(import.meta.url), jobs.map((job) => command(job, options)), Number(options.jobs));
    console.log(`${jobs.length - failures} of ${jobs.length} as expected`);
    return finish(failures);
}

/** Sockets that are kept alive do not keep us. */
function finish(failures) {
    process.exit(failures === 0 ? 0 : 1);
}

/** The arguments for one job of many. */
function command({ player, stream, scenario }, options) {
    const flags = ['twice', 'record', 'verbose', 'json'].filter((name) => options[name]).map((name) => `--${name}`);
    const values = ['out', 'streams', 'seed', 'profile'].filter((name) => options[name]).flatMap((name) => [`--${name}`, options[name]]);
    return [player, stream, ...(scenario ? [`--${scenario}`] : []), ...flags, ...values];
}

function parse() {
    try {
        return parseArgs({ options: OPTIONS, allowPositionals: true });
    } catch (error) {
        return fail(error.message);
    }
}

function fail(message) {
    console.error(`play.js: ${message}\n\n${USAGE}`);
    process.exit(2);
}

/** `[{ player, stream, scenario }]` */
function chooseJobs(options, names) {
    if (options.profile && !PROFILES.includes(options.profile)) fail(`there is no profile called ${options.profile}`);
    for (const name of names) if (!PLAYERS[name] && !STREAMS[name]) fail(`there is neither a player nor a stream called ${name}`);
    const [player] = names.filter((name) => PLAYERS[name]);
    const [stream] = names.filter((name) => STREAMS[name]);
    if (!options.all) {
        if (!player || !stream) fail('a player and a stream, or --all');
        if (!PLAYERS[player].kinds.includes(STREAMS[stream].kind)) fail(`${player} does not play ${STREAMS[stream].kind}`);
        return [{ player, stream, scenario: Object.keys(SCENARIOS).find((name) => options[name]) }];
    }
    const jobs = [];
    for (const name of player ? [player] : Object.keys(PLAYERS)) {
        for (const [streamName, { kind, duration, adapts }] of Object.entries(STREAMS)) {
            if (!PLAYERS[name].kinds.includes(kind) || (stream && stream !== streamName)) continue;
            if (duration > LONG && !options.long && !stream) continue;
            jobs.push({ player: name, stream: streamName });
            if (options.actions && duration <= LONG) jobs.push({ player: name, stream: streamName, scenario: 'actions' });
            if (options.network && adapts && PLAYERS[name].adapts !== false) jobs.push({ player: name, stream: streamName, scenario: 'network' });
        }
    }
    return jobs;
}

function makeStreams(folder) {
    const made = spawnSync(path.join(here, 'make-streams.sh'), ['--out', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (made.status !== 0) throw new Error('make-streams.sh failed');
}

/** Plays one job and prints its line. Resolves to whether it went as expected. */
async function run({ player, stream, scenario }, options) {
    const name = [player, stream, scenario].filter(Boolean).join('-');
    const { profile } = options;
    const settings = { folder: options.streams, scenario, profile, verbose: options.verbose, seed: Number(options.seed) };
    const started = performance.now();
    const report = await play(player, stream, settings);
    const wall = ((performance.now() - started) / 1000).toFixed(1);
    await writeFile(path.join(options.out, `${[name, profile].filter(Boolean).join('-')}.json`), `${JSON.stringify(report, null, 1)}\n`);
    if (options.verbose) console.log(report.transcript.join('\n'));
    const problems = profile ? await compareProfile(name, report, options) : options.record ? await record(name, report, options.streams) : await check(name, report, options.streams);
    if (options.twice || (!profile && !(await isComparable(name, options.streams)))) {
        const again = await play(player, stream, settings);
        const line = report.transcript.findIndex((text, n) => text !== again.transcript[n]);
        if (again.digest !== report.digest) problems.push(`the second run differs in line ${line}: ${report.transcript[line]} | ${again.transcript[line]}`);
    }
    if (options.json) console.log(JSON.stringify({ ...report, transcript: undefined }, null, 1));
    else console.log(line({ name: [name, profile].filter(Boolean).join(' '), report, problems, wall }));
    return problems.length === 0;
}

function compareProfile(name, report, { profile, record: isRecorded }) {
    return isRecorded ? recordProfile(name, profile, report) : checkProfile(name, profile, report);
}

function line({ name, report, problems, wall }) {
    const { outcome } = report;
    const end = outcome.ended ? 'ended' : `error ${outcome.error ?? 'none: stopped'} at ${outcome.currentTime}`;
    const head = `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(44)} ${version(report.player).padEnd(7)} ${end} ${outcome.buffered} ${outcome.seconds} s in ${wall} s`;
    return [head, ...problems.map((problem) => `       ${problem}`)].join('\n');
}

await main();
