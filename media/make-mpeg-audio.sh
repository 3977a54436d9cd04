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

# shellcheck source=media/script.sh
. "$(dirname "${BASH_SOURCE[0]}")/script.sh"
read_options "$@"

tone adts-stereo.aac 48000 1 -c:a aac -b:a 48k -ac 2
tone adts-mono-44100.aac 44100 1 -c:a aac -b:a 32k -ac 1
# Seven channels have no channel configuration: a program config element says them.
tone adts-6.1.aac 48000 0.5 -af aformat=channel_layouts=6.1 -c:a aac -b:a 96k
tone cbr.mp3 48000 1 -c:a libmp3lame -b:a 64k -ac 2 -write_xing 0 -id3v2_version 0
tone vbr.mp3 44100 1 -c:a libmp3lame -q:a 8 -ac 2 -write_id3v1 1 -metadata title=Tone
tone gapless.mp3 44100 1.2345 -c:a libmp3lame -b:a 48k -ac 1 -write_id3v1 1 -metadata title=Tone
tone mpeg2.mp3 22050 1 -c:a libmp3lame -b:a 32k -ac 1
tone mpeg25.mp3 11025 1 -c:a libmp3lame -b:a 16k -ac 1
tone layer2.mp2 48000 1 -c:a mp2 -b:a 64k -ac 1
