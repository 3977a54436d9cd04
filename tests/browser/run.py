#!/usr/bin/env python3
"""Runs scenarios in a headless browser and holds the engine's traces against the browser's.

    tests/browser/run.py                          every scenario of tests/scenarios that a browser can run
    tests/browser/run.py SCENARIO.json ...        only these
    tests/browser/run.py --browser PATH --mse PATH --traces FOLDER

Needs a Chromium (`apt-get install chromium`) and a built `mse` (`cargo build --release`). Engine-only scenarios (mock types, `config`) are left
out. What is compared is what docs/scenario-format.md says, times to 2 µs. Exit status 1 when a record differs.
"""

import argparse
import http.server
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENGINE_ONLY = {"appendFrames", "read"}
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]


def runs_in_a_browser(scenario):
    if not isinstance(scenario, dict) or "config" in scenario:
        return False
    steps = scenario["steps"]
    mock = any("x-mse-mock" in step.get("type", "") for step in steps)
    return not mock and not any(step["do"] == "appendFrames" for step in steps)


def for_a_browser(scenario):
    """Steps without those that only the engine has; a trace is compared by position among the others."""
    return {**scenario, "steps": [step for step in scenario["steps"] if step["do"] not in ENGINE_ONLY]}


class Server(http.server.BaseHTTPRequestHandler):
    scenarios, traces, done = {}, {}, threading.Event()

    def answer(self, body, kind="application/json"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        parts = self.path.strip("/").split("/")
        if parts == [""]:
            self.answer(b"<!doctype html><body><script src=/runner.js></script>", "text/html")
        elif parts == ["runner.js"]:
            self.answer(pathlib.Path(__file__).with_name("runner.js").read_bytes(), "text/javascript")
        elif parts == ["scenarios"]:
            self.answer(json.dumps(list(self.scenarios)).encode())
        elif parts[0] == "scenario":
            self.answer(json.dumps(self.scenarios[parts[1]][1]).encode())
        elif parts[0] == "media":
            file, scenario = self.scenarios[parts[1]]
            self.answer((file.parent / scenario["media"][parts[2]]).read_bytes(), "application/octet-stream")
        else:
            self.send_error(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/done":
            self.done.set()
        else:
            self.traces[self.path.rsplit("/", 1)[1]] = json.loads(body)
        self.answer(b"")

    def log_message(self, *arguments):
        pass


def in_browser(browser, scenarios, seconds):
    Server.scenarios = scenarios
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as profile:
        url = f"http://127.0.0.1:{server.server_port}/"
        process = subprocess.Popen(
            [browser, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", url],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        Server.done.wait(seconds)
        process.terminate()
        process.wait()
    server.shutdown()
    return Server.traces


def in_engine(mse, file):
    output = subprocess.run([mse, "run", file], capture_output=True, text=True, check=True).stdout
    return [record for record in map(json.loads, output.splitlines()) if record["do"] not in ENGINE_ONLY]


def differences(ours, theirs, path=""):
    """Paths of members that differ, with both values."""
    if path == ".element.readyState" and isinstance(ours, int) and isinstance(theirs, int):
        ours, theirs = min(ours, 1), min(theirs, 1)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in theirs:
            yield from differences(ours.get(key), theirs[key], f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (a, b) in enumerate(zip(ours, theirs)):
            yield from differences(a, b, f"{path}[{index}]")
    elif isinstance(ours, (int, float)) and isinstance(theirs, (int, float)) and not isinstance(ours, bool):
        if not math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=2e-6):
            yield path, ours, theirs
    elif ours != theirs:
        yield path, ours, theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path, metavar="SCENARIO.json")
    parser.add_argument("--browser", default="chromium", help="the browser's command (default: chromium)")
    parser.add_argument("--mse", default=str(ROOT / "target/release/mse"), help="the mse command (default: target/release/mse)")
    parser.add_argument("--traces", type=pathlib.Path, help="keep the browser's traces in this folder")
    parser.add_argument("--seconds", type=float, default=300, help="how long the browser may take (default: 300)")
    arguments = parser.parse_args()
    for command in (arguments.browser, arguments.mse):
        if not shutil.which(command):
            parser.error(f"there is no {command}")
    scenarios = {}
    for file in arguments.files or sorted((ROOT / "tests/scenarios").glob("*.json")):
        scenario = json.loads(file.read_text())
        if runs_in_a_browser(scenario):
            scenarios[file.stem] = (file, for_a_browser(scenario))
    traces = in_browser(arguments.browser, scenarios, arguments.seconds)
    compared = equal = 0
    for name, (file, scenario) in scenarios.items():
        trace = traces.get(name)
        if not isinstance(trace, list):
            print(f"{name}: the browser gave no trace ({trace})")
            continue
        if arguments.traces:
            arguments.traces.mkdir(parents=True, exist_ok=True)
            lines = "".join(json.dumps(record) + "\n" for record in trace)
            (arguments.traces / f"{name}.jsonl").write_text(lines)
        for step, ours, theirs in zip(scenario["steps"], in_engine(arguments.mse, file), trace):
            theirs.pop("step")
            found = list(differences(ours, theirs))
            compared, equal = compared + 1, equal + (not found)
            for path, a, b in found:
                print(f"{name}, step {ours['step']} {json.dumps(step)[:90]}\n    {path[1:]}: ours {a}, browser {b}")
    print(f"{compared} records compared, {equal} equal")
    return 0 if compared == equal else 1


if __name__ == "__main__":
    sys.exit(main())
