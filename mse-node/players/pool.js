// Many jobs, each in a process of its own: one that crashes or never ends is a failure and no more.

import { spawn } from 'node:child_process';

/** A job that takes longer in reality hangs: milliseconds. */
const LIMIT = 600_000;

/** Runs `node SCRIPT ARGUMENTS` for each list of arguments, so many at once, and prints what they print. Resolves to how many failed. */
export async function runAll(script, jobs, parallel) {
    const waiting = [...jobs];
    let failures = 0;
    const worker = async () => {
        for (let job = waiting.shift(); job; job = waiting.shift()) {
            const { output, problem } = await runOne(script, job);
            process.stdout.write(output);
            if (problem) failures += 1;
            if (problem && problem !== 'exit 1') console.log(`FAIL ${job.join(' ')}: ${problem}`);
        }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    return failures;
}

function runOne(script, job) {
    return new Promise((resolve) => {
        const child = spawn(process.execPath, [script, ...job], { stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        let late = false;
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
        const timer = setTimeout(() => {
            late = true;
            child.kill('SIGKILL');
        }, LIMIT);
        child.on('close', (code, signal) => {
            clearTimeout(timer);
            const exit = signal ? `killed by ${signal}` : `exit ${code}`;
            resolve({ output, problem: late ? `does not end in ${LIMIT / 1000} s` : code !== 0 && exit });
        });
    });
}
