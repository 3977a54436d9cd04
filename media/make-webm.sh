#!/usr/bin/env bash
# Makes the WebM and Matroska files of this folder from generated pictures and tones.
# What each file is for stands in README-webm.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make-webm.sh [--out DIR] [--help] [FILE ...]

Makes small WebM and Matroska files. Without FILE every file is made, with FILE only those.

  --out DIR   where the files go; the folder of this script when not given
  --help      print this text and stop

environment:
  FFMPEG      the ffmpeg to call (ffmpeg)
  MKVMERGE    the mkvmerge to call (mkvmerge): the laced files are made only when it is there
  PACKAGER    a Shaka Packager; the encrypted files are made only when it is given
TEXT
}

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$folder
ffmpeg=${FFMPEG:-ffmpeg}
mkvmerge=${MKVMERGE:-mkvmerge}
packager=${PACKAGER:-}
wanted=()
while [ $# -gt 0 ]; do
    case $1 in
        --out) out=$2; shift 2 ;;
        --help) usage; exit 0 ;;
        -*) usage >&2; exit 2 ;;
        *) wanted+=("$1"); shift ;;
    esac
done
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# wants FILE
wants() {
    [ ${#wanted[@]} -eq 0 ] && return 0
    local name
    for name in "${wanted[@]}"; do [ "$name" = "$1" ] && return 0; done
    return 1
}

picture() { echo "-f lavfi -i testsrc2=size=160x90:rate=25:duration=$1"; }
sound() { echo "-f lavfi -i sine=frequency=440:sample_rate=48000:duration=$1"; }

# encode FILE ARGUMENTS: with ffmpeg, the same bytes on every run
encode() {
    local name=$1
    shift
    wants "$name" || return 0
    "$ffmpeg" -v error -y "$@" -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -threads 1 "$out/$name"
    echo "$name"
}

vp9="-c:v libvpx-vp9 -b:v 60k -g 25 -cpu-used 8 -row-mt 0"
vp8="-c:v libvpx -b:v 60k -g 25 -cpu-used 8"
opus="-c:a libopus -b:a 24k -ac 2"
# shellcheck disable=SC2046,SC2086
{
    encode vp9-opus.webm $(picture 2) $(sound 2) $vp9 $opus -cluster_time_limit 1000
    encode vp8-vorbis.webm $(picture 2) $(sound 2) $vp8 -c:a libvorbis -q:a 0 -ac 2 -cluster_time_limit 1000
    encode av1.webm $(picture 1) -c:v libaom-av1 -b:v 40k -cpu-used 8 -g 25
    encode vp9-alpha.webm $(picture 1) -pix_fmt yuva420p -auto-alt-ref 0 $vp9
    encode opus-discard.webm -f lavfi -i sine=frequency=440:sample_rate=48000:duration=0.995 $opus
    encode vp9-live.webm $(picture 2) $vp9 -live 1 -dash 1 -cluster_time_limit 500
    encode webvtt.webm $(picture 1) -i "$folder/captions.vtt" $vp9 -c:s copy
    encode h264-aac.mkv $(picture 2) $(sound 2) -c:v libx264 -preset veryfast -b:v 60k -g 25 -bf 2 -c:a aac -b:a 32k
    encode hevc.mkv $(picture 1) -c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=2:info=0 -b:v 40k -g 25
    encode flac.mkv $(sound 1) -c:a flac -ac 1 -ar 16000
}

# lace FILE ENCODER ARGUMENTS: mkvmerge puts several frames of sound into a block
lace() {
    local name=$1
    shift
    wants "$name" || return 0
    # shellcheck disable=SC2046
    "$ffmpeg" -v error -y $(sound 1) "$@" -fflags +bitexact -flags:a +bitexact "$work/${name%.mkv}.mka"
    "$mkvmerge" -q --deterministic 1 -o "$out/$name" "$work/${name%.mkv}.mka"
    echo "$name"
}
if command -v "$mkvmerge" >/dev/null; then
    lace laced-mp3.mkv -c:a libmp3lame -b:a 48k -ac 1
    lace laced-vorbis.mkv -c:a libvorbis -q:a 0 -ac 1
    lace laced-ac3.mkv -c:a ac3 -b:a 64k -ac 1
    lace laced-opus.mkv -c:a libopus -b:a 16k -ac 1
fi

if [ -n "$packager" ]; then
    key_id=00112233445566778899aabbccddeeff
    key=0123456789abcdef0123456789abcdef
    # encrypt OUT IN STREAM [OPTION ...]
    encrypt() {
        local name=$1 in=$2 stream=$3
        shift 3
        wants "$name" || return 0
        "$packager" "in=$out/$in,stream=$stream,output=$out/$name" --segment_duration 1 --quiet \
            --enable_raw_key_encryption --keys "label=:key_id=$key_id:key=$key" --iv 0102030405060708 "$@"
        echo "$name"
    }
    encrypt cenc-vp9.webm vp9-opus.webm video --clear_lead 0
    encrypt cenc-opus.webm vp9-opus.webm audio --clear_lead 0
    encrypt cenc-clear-lead.webm vp9-opus.webm video --clear_lead 1
fi
