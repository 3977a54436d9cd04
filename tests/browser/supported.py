#!/usr/bin/env python3
"""Asks browsers which types they take, and writes the answers to supported.tsv.

    tests/browser/supported.py                    Chromium and Firefox, into tests/browser/supported.tsv
    tests/browser/supported.py --list             the strings, without a browser

Needs the browsers (`apt-get install chromium firefox-esr`). A row is a string and a column for each browser: `y` or `n` as isTypeSupported() has
it, then what addSourceBuffer() and changeType() did: `y` taken, `n` NotSupportedError, `t` TypeError, `?` anything else.
"""

import argparse
import http.server
import json
import pathlib
import subprocess
import sys
import threading

from run import visit

TABLE = pathlib.Path(__file__).with_name("supported.tsv")

CONTAINERS = {
    "video/mp4": True, "audio/mp4": True, "video/webm": True, "audio/webm": True, "video/mp2t": True, "audio/mpeg": True, "audio/aac": True,
}
OTHERS = """
    audio/mp2t video/x-matroska audio/x-matroska video/matroska audio/ogg video/ogg application/ogg audio/wav audio/x-wav audio/wave audio/flac audio/x-flac
    audio/x-m4a video/x-m4v audio/m4a audio/mp3 audio/x-mp3 audio/x-mpeg audio/aacp audio/x-aac audio/3gpp video/3gpp video/quicktime
    application/mp4 application/x-mpegurl application/vnd.apple.mpegurl text/vtt text/plain audio/ac3 audio/eac3 audio/opus video/mpeg video/avi
    image/png application/octet-stream audio/basic
""".split()
VIDEO = """
    avc1.42E01E avc1.42e01e avc1.42001E avc1.42C01E avc1.42000A avc1.4D401F avc1.4d0028 avc1.58A01E avc1.640028 avc1.64001f avc1.640034 avc1.64003E
    avc1.6E0028 avc1.7A0028 avc1.F40028 avc1.2C0028 avc1.640000 avc1.6400FF avc1.530028 avc1 avc1.42 avc1.42E0 avc1.42E01 avc1.42E01EFF avc1.42E01G
    avc1.66.30 avc1.77.30 avc1.100.40 AVC1.42E01E Avc1.42E01E avc2.42E01E avc3.42E01E avc3.640028 avc4.42E01E h264
    hev1.1.6.L93.B0 hvc1.1.6.L93.B0 hvc1.1.6.H120.90 hvc1.2.4.L120.B0 hvc1.4.10.L120.B0 hvc1 hev1.1 HVC1.1.6.L93.B0
    vvc1.1.L51.CQA.O1+3 vvi1.1.L51.CQA.O1+3
    vp8 vp8.0 VP8 Vp8 vp9 vp9.0 VP9 vp9.1 vp08.00.10.08 vp08 vp09 vp09.00.10.08 vp09.00.51.08 vp09.00.62.08 vp09.00.99.08 vp09.01.10.08 vp09.02.10.10
    vp09.02.10.12 vp09.03.10.10 vp09.04.10.08 vp09.00.10.09 vp09.00.10 vp09.00.10.08.01 vp09.00.10.08.01.01.01.01.00 vp09.02.10.10.01.09.16.09.01
    vp09.00.10.08.05.01.01.01.00 vp09.00.10.08.01.99.01.01.00 vp09.0.10.08 VP09.00.10.08
    av01 av01.0.04M.08 av01.0.04M.10 av01.0.04M.12 av01.0.31H.08 av01.0.24M.08 av01.1.04M.08 av01.1.04H.10 av01.2.04M.08 av01.2.15H.12 av01.3.04M.08
    av01.0.04X.08 av01.0.4M.08 av01.0.04M.08.0 av01.0.04M.10.0.110.09.16.09.0 av01.0.04M.08.0.110.01.01.01.0 av01.0.04M.10.1 AV01.0.04M.08 av1
    dvh1.05.06 dvhe.05.06 dvhe.08.06 dvh1.08.06 dva1.09.05 dvav.09.05 dav1.10.06 theora mp4v.20.8 mp4v.20.240 s263 mjpg foo foo.1 x
""".split()
AUDIO = """
    mp4a.40.2 mp4a.40.02 mp4a.40.5 mp4a.40.05 mp4a.40.29 mp4a.40.1 mp4a.40.3 mp4a.40.4 mp4a.40.23 mp4a.40.34 mp4a.40.36 mp4a.40.38 mp4a.40.42 mp4a.40.99
    mp4a.40 mp4a mp4a.40. mp4a.66 mp4a.67 mp4a.68 mp4a.69 mp4a.6B mp4a.6b mp4a.67.2 mp4a.a5 mp4a.A5 mp4a.a6 mp4a.A6 mp4a.a9 mp4a.AD mp4a.E1 mp4a.DD MP4A.40.2 Mp4a.40.2 aac
    mp3 MP3 mp4a.6B.1 opus Opus OPUS opus.1 flac fLaC FLAC vorbis Vorbis VORBIS alac ac-3 AC-3 ec-3 ac3 eac3 ac-4 ac-4.02.01.00 dtsc dtse dtsx mha1 mha1.0x0D
    mhm1.0x0D iamf iamf.000.000.Opus iamf.001.001.mp4a.40.2 1 ipcm fpcm pcm-s16 lpcm ulaw samr speex mlpa
""".split()
TEXT = "wvtt stpp stpp.ttml.im1t tx3g".split()
LISTS = """
    avc1.42E01E,mp4a.40.2 avc1.640028,mp4a.40.5 avc1.640028,mp4a.67 mp4a.40.2,avc1.42E01E avc1.640028,opus avc1.640028,Opus avc1.640028,flac avc1.640028,mp3
    avc1.640028,mp4a.6B avc1.640028,ac-3 avc1.640028,ec-3 avc1.640028,vorbis avc3.640028,mp4a.40.2 hvc1.1.6.L93.B0,mp4a.40.2 vp09.00.10.08,opus
    vp09.00.10.08,mp4a.40.2 vp9,opus vp9,vorbis vp8,opus vp8,vorbis vp8,mp4a.40.2 av01.0.04M.08,opus av01.0.04M.08,mp4a.40.2 av01.0.04M.08,vorbis
    avc1.42E01E,avc1.640028 avc1.640028,vp09.00.10.08 mp4a.40.2,mp4a.40.5 mp4a.40.2,opus opus,vorbis vp8,vp9 avc1.42E01E,mp4a.40.2,opus avc1.640028,wvtt
    avc1.42E01E,foo foo,mp4a.40.2 vp9,foo avc1.42E01E,avc1.42E01E opus,opus
""".split()
WRITTEN = [
    "", " ", "video", "video/", "/mp4", "mp4", "video/mp4/x", "video mp4", "video/mp4;", " video/mp4", "video/mp4 ", "video /mp4", "VIDEO/MP4", "Video/Mp4", "VIDEO/WEBM",
    "xvideo/mp4", "video/xmp4", "*/*", "video/*", "invalid",
    'VIDEO/MP4; codecs="avc1.42E01E"', 'video/MP4; codecs="avc1.42E01E"', 'VIDEO/WEBM; CODECS="vp9"', 'Video/WebM; Codecs="vp8"',
    'video/mp4; CODECS="avc1.42E01E"', 'video/mp4; Codecs="avc1.42E01E"', 'video/mp4;codecs="avc1.42E01E"', "video/mp4;codecs=avc1.42E01E",
    "video/mp4; codecs=avc1.42E01E", "video/mp4;  codecs=avc1.42E01E  ", "video/mp4 ; codecs=avc1.42E01E", 'video/mp4 ; codecs="avc1.42E01E"',
    "video/mp4;codecs='avc1.42E01E'", "video/mp4; codecs=avc1.42E01E,mp4a.40.2", "video/mp4; codecs=avc1.42E01E, mp4a.40.2", "video/mp4; codecs=avc1.42E01E mp4a.40.2",
    'video/mp4; codecs="avc1.42E01E, mp4a.40.2"', 'video/mp4; codecs="avc1.42E01E ,mp4a.40.2"', 'video/mp4; codecs=" avc1.42E01E , mp4a.40.2 "',
    'video/mp4; codecs="avc1.42E01E mp4a.40.2"', 'video/mp4; codecs="avc1.42E01E;mp4a.40.2"', 'video/mp4; codecs="avc1.42E01E,"', 'video/mp4; codecs=",avc1.42E01E"',
    'video/mp4; codecs="avc1.42E01E,,mp4a.40.2"', 'video/mp4; codecs=","', 'video/mp4; codecs=""', 'video/mp4; codecs=" "', "video/mp4; codecs=", "video/mp4; codecs",
    'video/mp4; codecs="avc1.42E01E', 'video/mp4; codecs=avc1.42E01E"', 'video/mp4; codecs = "avc1.42E01E"', 'video/mp4; codecs ="avc1.42E01E"', 'video/mp4; codecs= "avc1.42E01E"',
    'video/mp4; codecs="avc1.42E01E"; codecs="foo"', 'video/mp4; codecs="foo"; codecs="avc1.42E01E"', 'video/mp4; codecs="avc1.42E01E"; profiles="isom"',
    'video/mp4; profiles="isom"; codecs="avc1.42E01E"', 'video/mp4; width=640; codecs="avc1.42E01E"', 'video/mp4; codecs="avc1.42E01E"; width=640',
    'video/mp4; codecs="avc1.42E01E"; width=99999', 'video/mp4; codecs="avc1.42E01E"; framerate=9999', 'video/mp4; codecs="avc1.42E01E"; bitrate=999999999',
    'video/mp4; codecs="avc1.42E01E"; eotf=smpte2084', 'video/mp4; codecs="avc1.42E01E"; eotf=catavision', 'video/mp4; codecs="avc1.42E01E"; cryptoblockformat=x',
    'video/webm; codecs="vp9"; eotf=bt709', 'video/webm; codecs="vp9"; width=99999', 'audio/mp4; codecs="mp4a.40.2"; channels=99', 'audio/webm; codecs="opus"; channels=2',
    "video/mp4; codecs*=utf-8''avc1.42E01E", "video/mp4; codecs*=''avc1.42E01E", 'video/mp4; codecs="avc1%2E42E01E"', 'video/mp4; codecs="%61vc1.42E01E"',
    'video/mp4; charset=utf-8', 'video/webm; charset=utf-8', "video/mp4; foo", 'video/mp4,codecs="avc1.42E01E"', 'video/mp4 codecs="avc1.42E01E"',
    "video/webm;codecs=vp8", 'video/webm;codecs="vp8"', "video/webm;codecs=vp8,vorbis", 'video/webm; codecs=vp8,opus', 'video/webm; codecs="vp9 , opus"', 'video/webm;codecs="vp8, vorbis"; foo=bar',
    'video/webm; codecs=""', "video/webm; codecs=", 'video/webm; codecs=","', 'audio/webm; codecs=""', 'audio/mp4; codecs=""', 'audio/mpeg; codecs=""', 'audio/aac; codecs=""',
]


def types():
    rows = list(WRITTEN)
    rows += [*CONTAINERS, *OTHERS]
    rows += [f'{container}; codecs="{codec}"' for container in CONTAINERS for codec in [*VIDEO, *AUDIO, *TEXT, *LISTS]]
    common = ["avc1.42E01E", "mp4a.40.2", "mp3", "vp9", "opus", "vorbis", "flac", "1", "theora"]
    rows += [f'{container}; codecs="{codec}"' for container in OTHERS for codec in common]
    return list(dict.fromkeys(rows))


PAGE = """<!doctype html><body><script>
const said = (steps) => {
    try { steps(); return 'y'; } catch (error) { return { NotSupportedError: 'n', TypeError: 't' }[error.name] ?? '?'; }
};
const open = () => new Promise((resolve) => {
    const source = new MediaSource();
    const video = document.createElement('video');
    document.body.append(video);
    video.src = URL.createObjectURL(source);
    source.onsourceopen = () => resolve(source);
});
(async () => {
    const answers = [];
    const source = await open();
    const before = source.addSourceBuffer('video/webm; codecs="vp8"');
    for (const type of await (await fetch('types')).json()) {
        const supported = MediaSource.isTypeSupported(type) ? 'y' : 'n';
        let buffer;
        const added = said(() => { buffer = source.addSourceBuffer(type); });
        if (buffer) source.removeSourceBuffer(buffer);
        const changed = said(() => before.changeType(type));
        if (changed === 'y') before.changeType('video/webm; codecs="vp8"');
        answers.push(supported + added + changed);
    }
    const limits = {};
    for (const type of ['video/webm; codecs="vp8"', 'audio/webm; codecs="opus"', 'video/webm; codecs="vp8,opus"', 'video/mp4; codecs="avc1.42E01E"']) {
        const source = await open();
        let count = 0, error = '';
        try { for (; count < 100; count++) source.addSourceBuffer(type); } catch (thrown) { error = thrown.name; }
        limits[type] = `${count} ${error}`;
    }
    await fetch('answers', { method: 'POST', body: JSON.stringify({ agent: navigator.userAgent, answers, limits }) });
})();
</script>"""


class Server(http.server.BaseHTTPRequestHandler):
    result, done = None, threading.Event()

    def do_GET(self):
        body, kind = (json.dumps(types()).encode(), "application/json") if self.path == "/types" else (PAGE.encode(), "text/html")
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        Server.result = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        Server.done.set()

    def log_message(self, *arguments):
        pass


def ask(browser, seconds):
    Server.result = None
    visit(browser, Server, seconds)
    if not Server.result:
        sys.exit(f"no answer from {browser} within {seconds} s")
    return Server.result


def version(browser):
    return subprocess.run([browser, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="write the strings, one a line, and ask nobody")
    parser.add_argument("--seconds", type=float, default=120, help="how long a browser may take (default: 120)")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(types()))
        return
    browsers = {"chromium": "chromium", "firefox": "firefox-esr"}
    asked = {name: ask(browser, arguments.seconds) for name, browser in browsers.items()}
    with TABLE.open("w") as out:
        for name, browser in browsers.items():
            out.write(f"# {name}: {version(browser)}\n")
            for type, limit in asked[name]["limits"].items():
                out.write(f"# {name}: SourceBuffers of {type}: {limit}\n")
        out.write("\t".join(["type", *browsers]) + "\n")
        for index, type in enumerate(types()):
            out.write("\t".join([type, *(asked[name]["answers"][index] for name in browsers)]) + "\n")


if __name__ == "__main__":
    main()
