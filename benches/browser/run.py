#!/usr/bin/env python3
"""Times the appends of the benches' streams in headless browsers, for the report to show beside ours.

    benches/browser/run.py                                   in chromium and firefox-esr
    benches/browser/run.py --browser PATH --seconds 600

Installs the browsers if they are missing and it may (Debian's packages chromium and firefox-esr). Writes target/bench-media/browsers.tsv: the work
of a row and a figure of one browser a line. Streams are shorter than those of the report, by what a browser lets a SourceBuffer hold.
"""

import argparse
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
MEDIA = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "bench-media"
CHROMIUM = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-port=0",
]
# A page runs alone, starts nothing over the network, and has a clock that is not coarsened more than need be.
FIREFOX = """
user_pref("privacy.reduceTimerPrecision", false);
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


class Server(http.server.BaseHTTPRequestHandler):
    results, done = [], threading.Event()

    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        # Isolated pages have a finer clock.
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        name = self.path.rsplit("/", 1)[1]
        if self.path == "/":
            self.answer(pathlib.Path(__file__).with_name("page.html").read_bytes(), "text/html")
        elif self.path == "/streams.json" or self.path.startswith("/stream/") and (MEDIA / "browser" / name).is_file():
            self.answer((MEDIA / "browser" / name).read_bytes(), "application/octet-stream")
        else:
            self.send_error(404)

    def do_POST(self):
        Server.results = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(b"", "text/plain")
        Server.done.set()

    def log_message(self, *arguments):
        pass


def in_browser(browser, seconds):
    Server.results, Server.done = [], threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        url = f"http://127.0.0.1:{server.server_port}/"
        command = [browser, *CHROMIUM, f"--user-data-dir={profile}", url]
        if "firefox" in pathlib.Path(browser).name:
            pathlib.Path(profile, "user.js").write_text(FIREFOX)
            command = [browser, "--headless", "--no-remote", "--profile", profile, url]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        Server.done.wait(seconds)
        process.terminate()
        process.wait()
    server.shutdown()
    return Server.results


def figure(stream, result):
    """The figure of a row, as the report writes its own."""
    if "times" not in result:
        return "not supported" if result.get("unsupported") else result["error"]
    total = sum(result["times"]) * 1e6
    if stream["per"] == "second":
        return f"{sum(stream['segments']) / total:.3f} GB/s"
    count = stream["frames"] if stream["per"] == "frame" else len(stream["segments"])
    nanoseconds = total / count
    return f"{nanoseconds / 1000:.2f} µs/{stream['per']}" if nanoseconds >= 1000 else f"{nanoseconds:.0f} ns/{stream['per']}"


def version(browser):
    text = subprocess.run([browser, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"(Chromium|Firefox)\D*(\d+)", text)
    return f"{found[1]} {found[2]}" if found else pathlib.Path(browser).name


def install(browsers):
    missing = [browser for browser in browsers if not shutil.which(browser)]
    if missing and shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo"]
        subprocess.run([*root, "apt-get", "update"], check=True)
        subprocess.run([*root, "apt-get", "install", "-y", "--no-install-recommends", *missing], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--browser", action="append", help="a browser's command, once or more (default: chromium and firefox-esr)")
    parser.add_argument("--seconds", type=float, default=600, help="how long a browser may take (default: 600)")
    arguments = parser.parse_args()
    browsers = arguments.browser or ["chromium", "firefox-esr"]
    install(browsers)
    report = ["cargo", "run", "--release", "-p", "mse-benches", "--bin", "report", "--", "--media"]
    subprocess.run(report, check=True, cwd=ROOT)
    streams = json.loads((MEDIA / "browser/streams.json").read_text())
    lines, complete = [], True
    for browser in browsers:
        name, results = version(browser), in_browser(browser, arguments.seconds)
        complete &= bool(results)
        for stream, result in zip(streams, results):
            lines.append(f"{stream['work']}\t{name}: {figure(stream, result)}")
            print(f"{lines[-1]}    {stream['type']}")
        if not results:
            print(f"{name}: nothing came within {arguments.seconds} s", file=sys.stderr)
    (MEDIA / "browsers.tsv").write_text("".join(line + "\n" for line in lines))
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
