#!/usr/bin/env bash
# Makes the ADTS and MPEG audio files of this folder from generated tones.
# What each file is for stands in README-mpeg-audio.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make-mpeg-audio.sh [--out DIR] [--help]

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

encode adts-stereo.aac 48000 1 -c:a aac -b:a 48k -ac 2
encode adts-mono-44100.aac 44100 1 -c:a aac -b:a 32k -ac 1
encode cbr.mp3 48000 1 -c:a libmp3lame -b:a 64k -ac 2 -write_xing 0 -id3v2_version 0
encode vbr.mp3 44100 1 -c:a libmp3lame -q:a 8 -ac 2 -write_id3v1 1 -metadata title=Tone
encode gapless.mp3 44100 1.2345 -c:a libmp3lame -b:a 48k -ac 1 -write_id3v1 1 -metadata title=Tone
encode mpeg2.mp3 22050 1 -c:a libmp3lame -b:a 32k -ac 1
encode mpeg25.mp3 11025 1 -c:a libmp3lame -b:a 16k -ac 1
encode layer2.mp2 48000 1 -c:a mp2 -b:a 64k -ac 1
