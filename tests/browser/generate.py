#!/usr/bin/env python3
"""Writes random scenarios over the files of media/ that every browser plays, to be run by run.py.

    tests/browser/generate.py --seed 1 --count 100 target/random-scenarios
    tests/browser/generate.py --seed 1 --count 100 --formats ts,sound target/random-scenarios

The same seed and formats give the same scenarios. `mp4` stands for MP4 and WebM, `ts` for transport streams, `sound` for ADTS and MP3,
which Chromium alone takes. Each adds one or two SourceBuffers, appends whole segments in any order and at any offset, removes,
sets attributes, changes types, ends and reopens the stream, seeks and detaches.

`overlap` lays segments over each other in every order: of MP4 and WebM in more codecs, with small offsets, windows, both modes, seeks, and
reads in between (which only the engine does). `hls` does so with transport streams, as players do: a segment that does not follow the one
before comes after abort(). `quota` fills a SourceBuffer of sound beyond what browsers hold.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess

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
MORE_VIDEO = {
    **VIDEO,
    "h264-negative-cts.mp4": 'video/mp4; codecs="avc1.64000b"',
    "h264-timescale-30000.mp4": 'video/mp4; codecs="avc1.64000b"',
    "h264-dash-chunks.mp4": 'video/mp4; codecs="avc1.64000b"',
    "h264-frame-per-fragment.mp4": 'video/mp4; codecs="avc1.64000b"',
    "vp9.mp4": 'video/mp4; codecs="vp09.00.10.08"',
    "av1.mp4": 'video/mp4; codecs="av01.0.00M.08"',
}
OPEN = {"h264-open-gop.mp4": 'video/mp4; codecs="avc1.64000b"'}
MORE_AUDIO = {
    **AUDIO,
    "opus.mp4": 'audio/mp4; codecs="opus"',
    "flac.mp4": 'audio/mp4; codecs="flac"',
    "opus-discard.webm": 'audio/webm; codecs="opus"',
}
MORE_MUXED = {
    **MUXED,
    "vp9-opus.webm": 'video/webm; codecs="vp9,opus"',
    "vp8-vorbis.webm": 'video/webm; codecs="vp8,vorbis"',
}
LOUD = {"flac-noise.mp4": 'audio/mp4; codecs="flac"'}
KINDS = {"V": MORE_VIDEO, "O": OPEN, "A": MORE_AUDIO, "M": MORE_MUXED, "T": TS, "S": TS_AUDIO, "q": LOUD, "v": VIDEO, "a": AUDIO, "m": MUXED, "t": TS, "s": TS_AUDIO, "d": ADTS, "p": MP3}
FORMATS = {
    "mp4": [["v"], ["a"], ["v", "a"], ["m"]],
    "ts": [["t"], ["t"], ["s"]],
    "sound": [["d"], ["p"]],
    "overlap": [["V"], ["V"], ["O"], ["A"], ["A"], ["V", "A"], ["M"], ["M"]],
    "hls": [["T"], ["T"], ["S"]],
    "quota": [["q"]],
}
# Out of 100 steps in each kind of scenario: the rest are appends.
WEIGHTS = {"remove": 10, "offset": 16, "window": 5, "mode": 4, "abort": 4, "change": 3, "end": 3, "duration": 2, "seek": 4, "read": 6}


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


def media_file(name):
    """A file of media/, or sound that is too much for any browser, made once."""
    if name not in LOUD:
        return ROOT / "media" / name
    file = ROOT / "target" / name
    if not file.exists():
        noise = "anoisesrc=d=24:c=white:r=48000:seed=1:a=0.9"
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", noise, "-ac", "2", "-c:a", "flac", "-sample_fmt", "s32", "-strict", "-2",
                   "-movflags", "+empty_moov+default_base_moof+cmaf", "-frag_duration", "2000000", "-f", "mp4", str(file)]
        subprocess.run(command, check=True)
    return file


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
        self.last = {}

    def step(self, do, **fields):
        self.steps.append({"do": do, **fields})

    def use(self, file):
        key = file.rsplit(".", 1)[0]
        self.media[key] = os.path.relpath(media_file(file), self.folder)
        return key

    def init(self, sb, file):
        end, _ = segments(media_file(file))
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

    def place(self, sb):
        """Appends a segment somewhere among or beside what is there: the next one, the same one, or any, most often at another offset."""
        file = self.at[sb]
        all_of_them = segments(media_file(file))[1]
        before = self.last.get((sb, file), -1)
        index = self.random.choice([(before + 1) % len(all_of_them), max(before, 0), self.random.randrange(len(all_of_them))])
        start, end = all_of_them[index]
        if file in TS or file in TS_AUDIO:
            # Without it the counters of its packets jump.
            if index != before + 1:
                self.step("abort", sb=sb)
        self.last[sb, file] = index
        extra = {"pieces": self.random.choice([300, 1000, 3000])} if self.random.random() < 0.15 else {}
        self.step("append", sb=sb, media=self.use(file), **{"from": start, "to": end}, **extra)

    def shift(self, sb):
        if self.at[sb] in TS or self.at[sb] in TS_AUDIO:
            self.step("abort", sb=sb)
            self.last.pop((sb, self.at[sb]), None)
        offset = self.random.choice([
            0, round(self.random.uniform(-0.2, 0.2), 3), round(self.random.uniform(0, 3), 2), self.random.randint(0, 4), self.random.randint(0, 50) / 25,
        ])
        self.step("set", sb=sb, timestampOffset=offset)

    def overlapping_step(self, names):
        sb = self.random.choice(names)
        roll, kind = self.random.uniform(0, 100), None
        for kind, weight in WEIGHTS.items():
            if roll < weight:
                break
            roll -= weight
        else:
            return self.place(sb)
        if kind == "remove":
            start = self.random.choice([0, self.time(4), round(self.random.uniform(0, 4), 3)])
            length = self.random.choice([0.04, 0.3, 1, round(self.random.uniform(0.01, 3), 3), "Infinity"])
            self.step("remove", sb=sb, start=start, end=length if length == "Infinity" else round(start + length, 3))
        elif kind == "offset":
            self.shift(sb)
        elif kind == "window":
            start = self.random.choice([0, round(self.random.uniform(0, 3), self.random.choice([1, 3]))])
            self.step("set", sb=sb, appendWindowEnd="Infinity", appendWindowStart=start)
            self.step("set", sb=sb, appendWindowEnd=self.random.choice([round(start + self.random.uniform(0.1, 2.5), 3), "Infinity"]))
        elif kind == "mode":
            self.step("set", sb=sb, mode=self.random.choice(["segments", "sequence"]))
        elif kind == "abort":
            self.step("abort", sb=sb)
            self.last.pop((sb, self.at[sb]), None)
        elif kind == "change":
            if len(KINDS[sb]) > 1:
                kinds = KINDS[sb]
                file = self.random.choice(list(kinds))
                self.step("changeType", sb=sb, type=kinds[file])
                self.init(sb, file)
        elif kind == "end":
            self.step("endOfStream")
        elif kind == "duration":
            self.step("duration", value=self.random.choice([self.time(12), 10, "Infinity"]))
        elif kind == "seek":
            self.step("seek", time=self.time(5))
        else:
            count, seek = self.random.randint(1, 30), {"seek": self.time(4)} if self.random.random() < 0.5 else {}
            if self.at[sb] not in TS and self.at[sb] not in TS_AUDIO:
                self.step("read", sb=sb, count=count, **seek)
        return None

    def filling_step(self, names):
        """Twice in three times more at the end; else a seek, a removal or something of before once more."""
        roll, sb = self.random.random(), names[0]
        parts = segments(media_file(self.at[sb]))[1]
        if roll < 0.7:
            position = self.last.get(sb, 0)
            self.last[sb] = position + 1
        elif roll < 0.8:
            return self.step("seek", time=self.random.randint(0, 2 * self.last.get(sb, 1)))
        elif roll < 0.9:
            start = self.random.randint(0, 2 * self.last.get(sb, 1))
            return self.step("remove", sb=sb, start=start, end=start + self.random.randint(1, 12))
        else:
            position = self.random.randint(0, self.last.get(sb, 0))
        laps, part = divmod(position, len(parts))
        self.step("set", sb=sb, timestampOffset=24 * laps)
        self.step("append", sb=sb, media=self.use(self.at[sb]), **{"from": parts[part][0], "to": parts[part][1]})
        return None

    def scenario(self, name):
        names = self.random.choice(self.groups)
        for sb in names:
            self.add(sb, KINDS[sb])
        names = list(names)
        filling, overlapping = names == ["q"], names[0] in "VOAMTS"
        for _ in range(self.random.randint(70, 110) if filling else self.random.randint(6, 18) if overlapping else self.random.randint(4, 14)):
            if filling:
                self.filling_step(names)
            elif overlapping:
                self.overlapping_step(names)
            elif not self.any_step(names):
                break
        if self.random.random() < 0.05:
            self.step("detach")
        return {"scenario": 1, "name": name, "media": self.media, "steps": self.steps}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--formats", default="mp4", help="mp4, overlap, quota, ts, hls, sound, with commas between (default: mp4)")
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
