#!/usr/bin/env bash
# Makes the transport streams of this folder from generated pictures and tones.
# What each file is for stands in README-ts.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make-ts.sh [--out DIR] [--help]

  --out DIR   where the files go; the folder of this script when not given
  --help      print this text and stop

environment:
  FFMPEG      the ffmpeg to call (ffmpeg)
TEXT
}

# shellcheck source=media/script.sh
. "$(dirname "${BASH_SOURCE[0]}")/script.sh"
read_options "$@"

# encode FILE SECONDS ARGUMENTS
encode() {
    local name=$1 seconds=$2
    shift 2
    "$ffmpeg" -v error -y -f lavfi -i "testsrc2=size=160x90:rate=25:duration=$seconds" \
        -f lavfi -i "sine=frequency=440:sample_rate=48000:duration=$seconds" "$@" \
        -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -threads 1 -f mpegts "$out/$name"
    echo "$name"
}

h264="-c:v libx264 -preset veryfast -b:v 60k -g 25 -bf 2"
hevc="-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=2:info=0 -b:v 40k -g 25"
aac="-c:a aac -b:a 32k -ac 2"
# shellcheck disable=SC2086
{
    encode h264-aac.ts 2 $h264 $aac
    encode hevc-aac.ts 1 $hevc $aac
    encode h264-ac3.ts 1 $h264 -c:a ac3 -b:a 64k -ac 2
    encode h264-eac3.ts 1 $h264 -c:a eac3 -b:a 64k -ac 2
    encode h264-mp3.ts 1 $h264 -c:a libmp3lame -b:a 48k -ac 1
    encode h264-ac3-m2ts.ts 1 $h264 -c:a ac3 -b:a 64k -ac 2 -mpegts_m2ts_mode 1
    encode h264-aac-rollover.ts 1 $h264 $aac -output_ts_offset 95441.9
    encode h264-two-audio.ts 1 -map 0 -map 1 -map 1 $h264 -c:a aac -b:a 24k -ac 1 \
        -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu
    encode aac.ts 1 -map 1 $aac
    encode opus.ts 1 -map 1 -c:a libopus -b:a 32k -ac 2
    encode opus-5.1.ts 1 -map 1 -af aformat=channel_layouts=5.1 -c:a libopus -b:a 96k
    encode aac-6.1.ts 1 -map 1 -af aformat=channel_layouts=6.1 -c:a aac -b:a 96k
    encode latm.ts 1 -map 1 $aac -mpegts_flags latm
}
