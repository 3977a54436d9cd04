#!/usr/bin/env python3
"""Runs scenarios in headless browsers and holds the engine's traces against theirs.

    tests/browser/run.py                          every scenario of tests/scenarios that a browser can run, in chromium
    tests/browser/run.py SCENARIO.json ...        only these
    tests/browser/run.py --browser chromium --browser firefox-esr ...
    tests/browser/run.py --browser PATH --mse PATH --traces FOLDER

Needs the browsers (`apt-get install chromium firefox-esr`) and a built `mse` (`cargo build --release`). Engine-only scenarios (mock types, `config`)
are left out. What is compared is what docs/scenario-format.md says, times to 2 µs. With several browsers, only the records on which all of them
agree are held against the engine's. Exit status 1 when a record differs.
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
CHROMIUM = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0",
]
# A page runs alone, starts nothing over the network, and may play.
FIREFOX = """
user_pref("media.autoplay.default", 0);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.server", "data:,");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
"""


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


def command(browser, profile, url):
    if "firefox" in pathlib.Path(browser).name:
        pathlib.Path(profile, "user.js").write_text(FIREFOX)
        return [browser, "--headless", "--no-remote", "--profile", profile, url]
    return [browser, *CHROMIUM, f"--user-data-dir={profile}", url]


def visit(browser, handler, seconds):
    """Opens the page that a handler serves in a browser, until `handler.done` is set or the time is over."""
    handler.done = threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        url = f"http://127.0.0.1:{server.server_port}/"
        process = subprocess.Popen(command(browser, profile, url), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        handler.done.wait(seconds)
        process.terminate()
        process.wait()
    server.shutdown()


def in_browser(browser, scenarios, seconds):
    Server.scenarios, Server.traces = scenarios, {}
    visit(browser, Server, seconds)
    return Server.traces


def in_engine(mse, file):
    output = subprocess.run([*mse, file], capture_output=True, text=True, check=True).stdout
    return [record for record in map(json.loads, output.splitlines()) if record["do"] not in ENGINE_ONLY]


TOLERANCE = 2e-6


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
        if not math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=TOLERANCE):
            yield path, ours, theirs
    elif ours != theirs:
        yield path, ours, theirs


def same(ours, theirs):
    return not any(differences(ours, theirs))


def buffered(ours, theirs):
    """For each SourceBuffer of a record, whether both have the same `buffered`."""
    for name, of in theirs.get("sb", {}).items():
        yield same(ours.get("sb", {}).get(name, {}).get("buffered"), of["buffered"])


def keep(folder, name, trace):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in trace))


def kept(folder):
    return {file.stem: [json.loads(line) for line in file.read_text().splitlines()] for file in folder.glob("*.jsonl")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path, metavar="SCENARIO.json")
    parser.add_argument("--browser", action="append", help="a browser's command, once or more (default: chromium)")
    parser.add_argument("--mse", default=str(ROOT / "target/release/mse"), help="the mse command (default: target/release/mse)")
    parser.add_argument("--preset", help="what the engine does where browsers differ: a preset of `mse run`")
    parser.add_argument("--traces", type=pathlib.Path, help="keep the browsers' traces in this folder, a folder each")
    parser.add_argument("--kept", type=pathlib.Path, help="start no browser: take the traces that --traces kept in this folder")
    parser.add_argument("--seconds", type=float, default=300, help="how long a browser may take (default: 300)")
    parser.add_argument("--tolerance", type=float, default=2e-6, help="seconds that times may differ (default: 2e-6)")
    arguments = parser.parse_args()
    global TOLERANCE
    TOLERANCE = arguments.tolerance
    browsers = arguments.browser or ["chromium"]
    engine = [arguments.mse, "run", *(["--preset", arguments.preset] if arguments.preset else [])]
    for needed in (*([] if arguments.kept else browsers), arguments.mse):
        if not shutil.which(needed):
            parser.error(f"there is no {needed}")
    scenarios = {}
    for file in arguments.files or sorted((ROOT / "tests/scenarios").glob("*.json")):
        scenario = json.loads(file.read_text())
        if runs_in_a_browser(scenario):
            scenarios[file.stem] = (file, for_a_browser(scenario))
    traces_of = (lambda browser: kept(arguments.kept / pathlib.Path(browser).name)) if arguments.kept else (
        lambda browser: in_browser(browser, scenarios, arguments.seconds))
    by_browser = {browser: traces_of(browser) for browser in browsers}
    if arguments.traces:
        for browser, traces in by_browser.items():
            for name, trace in traces.items():
                if isinstance(trace, list):
                    keep(arguments.traces / pathlib.Path(browser).name, name, trace)
    records = agreed = equal = 0
    ranges = []
    for name, (file, scenario) in scenarios.items():
        traces = [by_browser[browser].get(name) for browser in browsers]
        if not all(isinstance(trace, list) for trace in traces):
            print(f"{name}: no trace from {', '.join(b for b, t in zip(browsers, traces) if not isinstance(t, list))}")
            continue
        for step, ours, first, *others in zip(scenario["steps"], in_engine(engine, file), *traces):
            records += 1
            if not all(same(first, other) for other in others):
                continue
            first.pop("step")
            ranges += buffered(ours, first)
            found = list(differences(ours, first))
            agreed, equal = agreed + 1, equal + (not found)
            for path, a, b in found:
                print(f"{name}, step {ours['step']} {json.dumps(step)[:90]}\n    {path[1:]}: ours {a}, {' and '.join(browsers)} {b}")
    share = f" ({100 * equal / agreed:.2f} %)" if agreed else ""
    if len(browsers) > 1:
        print(f"{records} records, {' and '.join(browsers)} agree on {agreed}, the engine with them on {equal}{share}")
    else:
        print(f"{records} records compared, {equal} equal{share}")
    if ranges:
        print(f"{len(ranges)} times buffered, {sum(ranges)} equal ({100 * sum(ranges) / len(ranges):.2f} %)")
    return 0 if agreed == equal else 1


if __name__ == "__main__":
    sys.exit(main())
