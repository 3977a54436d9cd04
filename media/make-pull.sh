#!/usr/bin/env bash
# Makes the Ogg, FLAC and WAV files of this folder from generated tones.
# What each file is for stands in README-pull.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make-pull.sh [--out DIR] [--help]

  --out DIR   where the files go; the folder of this script when not given
  --help      print this text and stop

environment:
  FFMPEG      the ffmpeg to call (ffmpeg)
TEXT
}

out=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ffmpeg=${FFMPEG:-ffmpeg}
while [ $# -gt 0 ]; do
    case $1 in
        --out) out=$2; shift 2 ;;
        --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
mkdir -p "$out"

# encode FILE RATE SECONDS ARGUMENTS
encode() {
    local name=$1 rate=$2 seconds=$3
    shift 3
    "$ffmpeg" -v error -y -f lavfi -i "sine=frequency=440:sample_rate=$rate:duration=$seconds" "$@" \
        -fflags +bitexact -flags:a +bitexact "$out/$name"
    echo "$name"
}

encode opus.ogg 48000 1.0035 -c:a libopus -b:a 24k -ac 1 -page_duration 200000
encode vorbis.ogg 44100 1.1 -c:a libvorbis -q:a 0 -ac 1 -page_duration 200000
encode flac.ogg 16000 1 -c:a flac -frame_size 2048 -ac 1 -f ogg -page_duration 200000
encode flac.flac 16000 1.05 -c:a flac -frame_size 1024 -ac 2
encode pcm-s16.wav 8000 1 -c:a pcm_s16le -ac 1
encode pcm-f32-5.1.wav 8000 0.25 -c:a pcm_f32le -ac 6
