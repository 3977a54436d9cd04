#!/usr/bin/env bash
# Makes captions-608.mp4 and captions-608.ts: two seconds of black pictures with CEA-608 captions.
# What each file is for stands in README.md and README-ts.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make-captions.sh [--out DIR] [--help]

  --out DIR   where the files go; the folder of this script when not given
  --help      print this text and stop

environment:
  FFMPEG      the ffmpeg to call (ffmpeg)
TEXT
}

# shellcheck source=media/script.sh
. "$(dirname "${BASH_SOURCE[0]}")/script.sh"
read_options "$@"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

picture=(-f lavfi -i "color=c=black:s=32x32:r=30:d=2")
x264=(-c:v libx264 -profile:v baseline -g 30 -x264-params "threads=1:keyint=30:scenecut=0")

# A track of its own, whose samples hold all pairs of a caption.
cat >"$work/captions.scc" <<'SCC'
Scenarist_SCC V1.0

00:00:00:10	1420 1420 142e 142e 1470 1470 4845 4c4c 4f00 142f 142f

00:00:01:00	142c 142c

00:00:01:10	1420 142e 1470 5457 4f00 142f
SCC
"$ffmpeg" -v error -y "${picture[@]}" -i "$work/captions.scc" -map 0:v -map 1:s "${x264[@]}" -c:s copy \
    -fflags +bitexact -f mov -movflags frag_keyframe+empty_moov+default_base_moof "$out/captions-608.mp4"

# A pair in each picture: the first caption is shown from 0.5 s to 1 s, the second from 1.5 s on.
"$ffmpeg" -v error -y "${picture[@]}" "${x264[@]}" -f h264 "$work/plain.h264"
python3 - "$work/plain.h264" "$work/captioned.h264" <<'PYTHON'
import sys

# Pairs by picture.
PAIRS = {}
for first, pairs in [
    (5, "1420 1420 142e 142e 1470 1470 4845 4c4c 4f00"), (15, "142f 142f"), (30, "142c 142c"), (36, "1420 142e 1470 5457 4f00"), (45, "142f"),
]:
    for at, pair in enumerate(pairs.split()):
        PAIRS[first + at] = bytes.fromhex(pair)

def message(picture):
    cc_data = bytes([0x41, 0xFF, 0xFC]) + PAIRS.get(picture, bytes([0x80, 0x80])) + b"\xFF"
    payload = b"\xB5\x00\x31GA94\x03" + cc_data
    return b"\x00\x00\x00\x01\x06\x04" + bytes([len(payload)]) + payload + b"\x80"

data = open(sys.argv[1], "rb").read()
at = data.find(b"\x00\x00\x01")
out, picture = bytearray(data[:at]), 0
while at < len(data):
    end = data.find(b"\x00\x00\x01", at + 3)
    unit = data[at:end if end > 0 else len(data)]
    at = end if end > 0 else len(data)
    # A slice begins its picture.
    if unit[3] & 0x1F in (1, 5):
        out += message(picture)
        picture += 1
    out += unit
open(sys.argv[2], "wb").write(out)
PYTHON
"$ffmpeg" -v error -y -r 30 -f h264 -i "$work/captioned.h264" -c copy -muxdelay 0 -muxpreload 0 -fflags +bitexact -f mpegts "$out/captions-608.ts"
