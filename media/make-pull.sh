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

# shellcheck source=media/script.sh
. "$(dirname "${BASH_SOURCE[0]}")/script.sh"
read_options "$@"

tone opus.ogg 48000 1.0035 -c:a libopus -b:a 24k -ac 1 -page_duration 200000
tone vorbis.ogg 44100 1.1 -c:a libvorbis -q:a 0 -ac 1 -page_duration 200000
tone flac.ogg 16000 1 -c:a flac -frame_size 2048 -ac 1 -f ogg -page_duration 200000
tone flac.flac 16000 1.05 -c:a flac -frame_size 1024 -ac 2
tone pcm-s16.wav 8000 1 -c:a pcm_s16le -ac 1
tone pcm-f32-5.1.wav 8000 0.25 -c:a pcm_f32le -ac 6
