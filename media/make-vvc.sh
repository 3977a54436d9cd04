#!/usr/bin/env bash
# Makes the file with H.266 of this folder from generated pictures.
# What it is for stands in README.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make-vvc.sh [--out DIR] [--help]

Makes vvc.mp4. Debian's ffmpeg has no encoder for H.266; that of the Python package imageio-ffmpeg has libvvenc.

  --out DIR   where the file goes; the folder of this script when not given
  --help      print this text and stop

environment:
  FFMPEG      an ffmpeg with libvvenc (ffmpeg)
TEXT
}

# shellcheck source=media/script.sh
. "$(dirname "${BASH_SOURCE[0]}")/script.sh"
read_options "$@"

"$ffmpeg" -v error -y -f lavfi -i testsrc2=size=160x90:rate=25:duration=2 -pix_fmt yuv420p10le \
    -c:v libvvenc -preset faster -qp 40 -g 25 -threads 1 -vvenc-params decodingrefreshtype=idr \
    -fflags +bitexact -movflags frag_keyframe+empty_moov+delay_moov+default_base_moof "$out/vvc.mp4"
echo vvc.mp4
