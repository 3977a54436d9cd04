#!/usr/bin/env python3
"""Writes random scenarios over the files of media/ that every browser plays, to be run by run.py.

    tests/browser/generate.py --seed 1 --count 100 target/random-scenarios
    tests/browser/generate.py --seed 1 --count 100 --formats ts,sound target/random-scenarios

The same seed and formats give the same scenarios. `mp4` stands for MP4 and WebM, `ts` for transport streams, `sound` for ADTS and MP3,
which Chromium alone takes. Each adds one or two SourceBuffers, appends whole segments in any order and at any offset, removes,
sets attributes, changes types, ends and reopens the stream, seeks and detaches.
"""

import argparse
import json
import os
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parents[2]
VIDEO = {
    "h264-video.mp4": 'video/mp4; codecs="avc1.64000b"',
    "h264-switch-low.mp4": 'video/mp4; codecs="avc1.64000b"',
    "h264-switch-high.mp4": 'video/mp4; codecs="avc1.64000c"',
    "vp9-live.webm": 'video/webm; codecs="vp9"',
}
AUDIO = {
    "aac-audio.mp4": 'audio/mp4; codecs="mp4a.40.2"',
    "aac-mono-44100.mp4": 'audio/mp4; codecs="mp4a.40.2"',
}
MUXED = {"h264-aac.mp4": 'video/mp4; codecs="avc1.64000b,mp4a.40.2"'}

TS = {"h264-aac.ts": 'video/mp2t; codecs="avc1.64000b,mp4a.40.2"'}
TS_AUDIO = {"aac.ts": 'video/mp2t; codecs="mp4a.40.2"'}
ADTS = {"adts-stereo.aac": "audio/aac", "adts-mono-44100.aac": "audio/aac"}
MP3 = {"cbr.mp3": "audio/mpeg"}
KINDS = {"v": VIDEO, "a": AUDIO, "m": MUXED, "t": TS, "s": TS_AUDIO, "d": ADTS, "p": MP3}
FORMATS = {
    "mp4": [["v"], ["a"], ["v", "a"], ["m"]],
    "ts": [["t"], ["t"], ["s"]],
    "sound": [["d"], ["p"]],
}


def box_sizes(data):
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at:at + 4], "big")
        yield data[at + 4:at + 8], at, at + size
        at += size


def vint(data, at):
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at:at + length], "big") & ((1 << 7 * length) - 1)
    return value, at + length, value == (1 << 7 * length) - 1


def packet_starts(data):
    """Packets of the PAT that come right before a random access point, as segments of HLS begin."""
    pat, starts = 0, []
    for at in range(0, len(data), 188):
        pid = int.from_bytes(data[at + 1:at + 3], "big") & 0x1FFF
        pat = at if pid == 0 else pat
        has_field = data[at + 3] & 0x20 and data[at + 4] > 0
        if pid == 256 and has_field and data[at + 5] & 0x40 and (not starts or pat > starts[-1] + 4000):
            starts.append(pat if starts else 0)
    return starts


def sound_starts(data):
    """Every tenth frame of ADTS or MP3."""
    rates = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    at, frames = 0, []
    while at + 7 <= len(data):
        if data[at] != 0xFF:
            at += 1
            continue
        frames.append(at)
        if data[at + 1] & 6 == 0:
            size = int.from_bytes(data[at + 3:at + 6], "big") >> 5 & 0x1FFF
        else:
            size = 144000 * rates[data[at + 2] >> 4] // [44100, 48000, 32000][data[at + 2] >> 2 & 3] + (data[at + 2] >> 1 & 1)
        at += max(size, 1)
    return frames[::10]


def segments(file):
    """Where the initialization segment ends, and the media segments: offsets of `moof` boxes, of Clusters."""
    data = file.read_bytes()
    if file.suffix in (".ts", ".aac", ".mp3"):
        starts = packet_starts(data) if file.suffix == ".ts" else sound_starts(data)
        return 0, list(zip(starts, starts[1:] + [len(data)]))
    if file.suffix == ".mp4":
        starts = [start for kind, start, _ in box_sizes(data) if kind == b"moof"]
    else:
        starts, at = [], data.find(b"\x1f\x43\xb6\x75")
        while at != -1:
            starts.append(at)
            at = data.find(b"\x1f\x43\xb6\x75", at + 4)
    return starts[0], list(zip(starts, starts[1:] + [len(data)]))


class Writer:
    def __init__(self, seed, folder, groups):
        self.groups = groups
        self.random = random.Random(seed)
        self.folder = folder
        self.media = {}
        self.steps = []
        self.at = {}

    def step(self, do, **fields):
        self.steps.append({"do": do, **fields})

    def use(self, file):
        key = file.rsplit(".", 1)[0]
        self.media[key] = os.path.relpath(ROOT / "media" / file, self.folder)
        return key

    def init(self, sb, file):
        end, _ = segments(ROOT / "media" / file)
        self.at[sb] = file
        if end:
            self.step("append", sb=sb, media=self.use(file), **{"from": 0, "to": end})

    def add(self, sb, kinds):
        file = self.random.choice(list(kinds))
        self.step("addSourceBuffer", sb=sb, type=kinds[file])
        self.init(sb, file)

    def append(self, sb):
        file = self.at[sb]
        start, end = self.random.choice(segments(ROOT / "media" / file)[1])
        extra = {"pieces": self.random.choice([500, 1000, 5000])} if self.random.random() < 0.2 else {}
        self.step("append", sb=sb, media=self.use(file), **{"from": start, "to": end}, **extra)

    def time(self, until=8):
        return round(self.random.uniform(0, until), self.random.choice([0, 1, 3]))

    def change(self, sb):
        kinds = next(kinds for kinds in KINDS.values() if self.at[sb] in kinds)
        file = self.random.choice(list(kinds))
        self.step("changeType", sb=sb, type=kinds[file])
        self.init(sb, file)

    def any_step(self, names):
        sb = self.random.choice(names)
        roll = self.random.random()
        if roll < 0.45:
            self.append(sb)
        elif roll < 0.60:
            start = self.time()
            self.step("remove", sb=sb, start=start, end=self.random.choice([round(start + self.time(3) + 0.1, 3), "Infinity"]))
        elif roll < 0.68:
            self.step("set", sb=sb, timestampOffset=self.random.choice([0, self.time(), 2, -1]))
        elif roll < 0.72:
            start = self.random.choice([0, self.time(4)])
            self.step("set", sb=sb, appendWindowEnd="Infinity", appendWindowStart=start)
            self.step("set", sb=sb, appendWindowEnd=self.random.choice([round(start + 3, 3), "Infinity"]))
        elif roll < 0.75:
            self.step("set", sb=sb, mode=self.random.choice(["segments", "sequence"]))
        elif roll < 0.80:
            self.step("abort", sb=sb)
        elif roll < 0.84:
            self.change(sb)
        elif roll < 0.89:
            self.step("endOfStream")
        elif roll < 0.93:
            self.step("duration", value=self.random.choice([self.time(12), 10, "Infinity"]))
        elif roll < 0.96:
            self.step("seek", time=self.time())
        elif roll < 0.98:
            self.step("liveSeekable", start=1, end=self.random.choice([4, 20]))
        else:
            self.step("removeSourceBuffer", sb=sb)
            names.remove(sb)
            return bool(names)
        return True

    def scenario(self, name):
        names = self.random.choice(self.groups)
        for sb in names:
            self.add(sb, KINDS[sb])
        names = list(names)
        for _ in range(self.random.randint(4, 14)):
            if not self.any_step(names):
                break
        if self.random.random() < 0.05:
            self.step("detach")
        return {"scenario": 1, "name": name, "media": self.media, "steps": self.steps}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--formats", default="mp4", help="mp4, ts, sound, with commas between (default: mp4)")
    arguments = parser.parse_args()
    groups = [group for name in arguments.formats.split(",") for group in FORMATS[name]]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for index in range(arguments.count):
        name = f"random-{arguments.seed}-{index:03}"
        scenario = Writer(f"{arguments.seed}/{index}", arguments.folder, groups).scenario(name)
        (arguments.folder / f"{name}.json").write_text(json.dumps(scenario, indent=1) + "\n")
    print(f"{arguments.count} scenarios in {arguments.folder}")


if __name__ == "__main__":
    main()
