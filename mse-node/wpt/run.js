#!/usr/bin/env node
// Runs web-platform-tests in jsdom with mse-node. See README.md beside this file.

import { fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as expected from './expected.js';
import { serve } from './server.js';
import { markdown, table } from './table.js';
import { listTests, timeLimit } from './tests.js';

const HELP = `usage: npm run wpt -- [FOLDER or TEST]... [options]

Runs the tests below the folders (default: media-source) of a checkout of web-platform-tests, compares each subtest with what is
expected of it, and prints a table of files. get.sh obtains a checkout.

  --filter TEXT     only tests whose path contains TEXT
  --without TYPE    as if the MIME type TYPE were not supported, such as video/mp4, which most tests take if they can
  --json FILE       write all results to FILE
  --update          write what came out as what is expected
  --jobs N          processes (default: the number of CPUs)
  --verbose         what the tests write to the console, and the message of each subtest that does not pass
  --markdown        the table as README.md has it
  --list            only list the tests
  --help

environment: WPT_DIR, the checkout (default: target/wpt of this repository)

exit status: 0 all as expected, 1 not, 2 wrong usage, 3 no tests there.`;

const here = path.dirname(fileURLToPath(import.meta.url));
/** Real seconds after which a process is given up: virtual time stands still while a test hangs. */
const HANG = 60;

async function main() {
    const { values, positionals } = parseArguments();
    if (values.help) return say(HELP, 0);
    const root = path.resolve(process.env.WPT_DIR ?? path.join(here, '../../target/wpt'));
    if (!fs.existsSync(path.join(root, 'resources/testharness.js'))) {
        return say(`There are no web-platform-tests in ${root}. Get them by mse-node/wpt/get.sh, or set WPT_DIR.`, 3);
    }
    const tests = chosenTests(root, positionals, values.filter);
    if (tests.length === 0) return say('No such test.', 2);
    if (values.list) return say(tests.join('\n'), 0);
    const results = await runAll(root, tests, values);
    const file = path.join(here, 'expected', values.without ? `without-${values.without.replace('/', '-')}.txt` : 'all.txt');
    const wanted = expected.read(file);
    const differences = tests.flatMap((test) => expected.compare(test, wanted.get(test), results.get(test)));
    if (values.json) writeJson(values.json, results);
    if (values.update) expected.write(file, new Map([...new Map([...wanted, ...results])].sort(byName)));
    if (values.verbose) printMessages(results);
    console.log(values.markdown ? markdown(results) : table(results, !values.without));
    if (differences.length > 0) console.log(`\nnot as expected in ${path.relative(process.cwd(), file)}:\n${differences.join('\n')}`);
    return differences.length === 0 || values.update ? 0 : 1;
}

function parseArguments() {
    try {
        return parseArgs({
            allowPositionals: true,
            options: {
                filter: { type: 'string' },
                without: { type: 'string' },
                json: { type: 'string' },
                jobs: { type: 'string', default: String(os.availableParallelism()) },
                update: { type: 'boolean' },
                verbose: { type: 'boolean' },
                markdown: { type: 'boolean' },
                list: { type: 'boolean' },
                help: { type: 'boolean' },
            },
        });
    } catch (error) {
        console.error(`${error.message}\n\n${HELP}`);
        process.exit(2);
    }
}

const say = (text, status) => {
    (status === 0 ? console.log : console.error)(text);
    return status;
};

const byName = ([a], [b]) => (a < b ? -1 : 1);

function chosenTests(root, folders, filter = '') {
    const chosen = folders.length > 0 ? folders : ['media-source'];
    for (const folder of chosen) {
        if (fs.existsSync(path.join(root, folder)) || fs.existsSync(path.join(root, folder.replace(/html$/, 'js')))) continue;
        console.error(`${path.join(root, folder)}: no such file or folder`);
        process.exit(2);
    }
    return chosen.flatMap((folder) => listTests(root, folder)).filter((test) => test.includes(filter));
}

/** A Map from test to result, in order of the tests. */
async function runAll(root, tests, { jobs, without, verbose }) {
    const server = await serve(root);
    const waiting = [...tests];
    const results = new Map(tests.map((test) => [test, undefined]));
    const work = async () => {
        const host = new Host();
        for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
            const options = { sourceOptions: { withoutTypes: without ? [without] : [] } };
            const start = performance.now();
            const result = await host.run({ test, origin: server.origin, limit: timeLimit(root, test), options, verbose });
            results.set(test, { ...shape(result), seconds: (performance.now() - start) / 1000 });
        }
        host.end();
    };
    await Promise.all(Array.from({ length: Number(jobs) || 1 }, work));
    server.close();
    return results;
}

/** A process that runs tests; a new one after each that crashed or hung. */
class Host {
    #child;

    async run(request) {
        this.#child ??= await started(fork(path.join(here, 'host.js')));
        const child = this.#child;
        return new Promise((resolve) => {
            const finish = (result, over) => {
                clearTimeout(timer);
                child.removeAllListeners();
                if (over) this.end();
                resolve(result);
            };
            const failed = (harness, message) => finish({ harness, message, subtests: [] }, true);
            const timer = setTimeout(() => failed('TIMEOUT', `nothing happened for ${HANG} s`), HANG * 1000);
            child.once('message', (result) => finish(result, result.harness === 'CRASH'));
            child.once('exit', (code, signal) => failed('CRASH', `the process ended with ${signal ?? code}`));
            child.send(request);
        });
    }

    end() {
        this.#child?.kill('SIGKILL');
        this.#child = undefined;
    }
}

/** What keeps a process from starting keeps every test from running. */
function started(child) {
    return new Promise((resolve) => {
        const failed = () => process.exit(say('The process that runs the tests does not start.', 1));
        child.once('exit', failed);
        child.once('message', () => {
            child.off('exit', failed);
            resolve(child);
        });
    });
}

/** Two subtests of one name get numbers. */
function shape({ harness, message, subtests }) {
    const result = { harness, message, subtests: new Map(), messages: new Map() };
    for (const [name, status, text] of subtests) {
        let unique = name;
        for (let number = 2; result.subtests.has(unique); number += 1) unique = `${name} (${number})`;
        result.subtests.set(unique, status);
        if (text) result.messages.set(unique, text);
    }
    return result;
}

function printMessages(results) {
    for (const [test, { harness, message, subtests, messages }] of results) {
        if (harness !== 'OK') console.log(`${test}: ${harness}: ${message}`);
        for (const [name, status] of subtests) {
            if (status !== 'PASS') console.log(`${test}: ${status}: ${name}\n    ${messages.get(name) ?? ''}`);
        }
    }
}

function writeJson(file, results) {
    const json = [...results].map(([test, { harness, message, subtests, messages, seconds }]) => ({
        test,
        seconds: Number(seconds.toFixed(3)),
        status: harness,
        message: message ?? null,
        subtests: [...subtests].map(([name, status]) => ({ name, status, message: messages.get(name) ?? null })),
    }));
    fs.writeFileSync(file, `${JSON.stringify({ results: json }, null, 1)}\n`);
}

process.exitCode = await main();
