#!/usr/bin/env bash
# Makes the media files of this folder from generated pictures and tones.
# What each file is for stands in README.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make.sh [--out DIR] [--list] [--help] [FILE ...]

Makes small MP4 files with ffmpeg from generated pictures and tones.
Without FILE every file is made, with FILE (for example h264-aac.mp4) only those.

  --out DIR   where the files go; the folder of this script when not given
  --list      print the names of all files, one a line, and stop
  --help      print this text and stop

environment:
  FFMPEG      the ffmpeg to call (ffmpeg)
  MKVMERGE    the mkvmerge to call (mkvmerge); hevc-hdr.mp4 is made only when it is there
  PACKAGER    a Shaka Packager; packager-*.mp4, wvtt.mp4 and stpp.mp4 are made only when it is given
TEXT
}

ffmpeg=${FFMPEG:-ffmpeg}
mkvmerge=${MKVMERGE:-mkvmerge}
packager=${PACKAGER:-}
work= # a folder for passing files, removed at the end
current= # the file being made
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

ffmpeg_files=(
    h264-aac.mp4
    h264-video.mp4
    aac-audio.mp4
    h264-aac-no-edit-list.mp4
    h264-aac-empty-edit.mp4
    h264-open-gop.mp4
    h264-frame-per-fragment.mp4
    h264-dash-chunks.mp4
    h264-negative-cts.mp4
    h264-single-traf.mp4
    h264-aac-separate-moof.mp4
    h264-avc3.mp4
    h264-late-start.mp4
    h264-timescale-90000.mp4
    h264-timescale-30000.mp4
    h264-rotated.mp4
    h264-two-audio.mp4
    h264-switch-low.mp4
    h264-switch-high.mp4
    hevc.mp4
    hevc-open-gop.mp4
    av1.mp4
    vp9.mp4
    aac-mono-44100.mp4
    opus.mp4
    flac.mp4
    alac.mp4
    mp3.mp4
    ac3-edit-list.mp4
    eac3-edit-list.mp4
    h264-emsg.mp4
    h264-aac-progressive.mp4
)
mkvmerge_files=(
    hevc-hdr.mp4
)
packager_files=(
    packager-video.mp4
    packager-audio.mp4
    wvtt.mp4
    stpp.mp4
)

fail() {
    printf 'make.sh: %s\n' "$1" >&2
    exit 1
}

# The same bytes on every run: no dates, no encoder names, one thread.
bitexact=(-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1 -threads 1)

encode() { # ffmpeg arguments, the last of them the output file
    local last=${*: -1}
    "$ffmpeg" -nostdin -hide_banner -loglevel error -y "${@:1:$#-1}" "${bitexact[@]}" "$last"
}

# Inputs. SIZE and RATE are those of the picture; SECONDS may have a fraction.
pictures() { # SIZE RATE SECONDS
    input=(-f lavfi -i "testsrc2=size=$1:rate=$2:duration=$3,format=yuv420p")
}
tone() { # HERTZ SAMPLE_RATE SECONDS LAYOUT
    sound=(-f lavfi -i "sine=frequency=$1:sample_rate=$2:duration=$3,aformat=channel_layouts=$4")
}

# Encoders.
x264() { # KEYFRAME_DISTANCE B_FRAMES [MORE x264 PARAMETERS]
    video=(-c:v libx264 -preset slow -crf 38
        -x264-params "keyint=$1:min-keyint=$1:scenecut=0:bframes=$2:b-adapt=0${3:+:$3}")
}
x265() { # KEYFRAME_DISTANCE B_FRAMES MORE x265 PARAMETERS
    video=(-c:v libx265 -preset medium -crf 38
        -x265-params "keyint=$1:min-keyint=$1:scenecut=0:bframes=$2:b-adapt=0:pools=none:frame-threads=1:info=0:log-level=error:$3")
}
aac() { # BITRATE
    audio=(-c:a aac -b:a "$1")
}

# Movie fragments as Media Source Extensions want them: addresses relative to the moof.
fragmented=frag_keyframe+empty_moov+default_base_moof
# The moov waits for the first fragment, so that its edit lists can say where the tracks start.
with_edit_list=$fragmented+delay_moov

make_with_ffmpeg() { # NAME OUTPUT
    local out=$2 input sound video audio
    case $1 in
    h264-aac.mp4)
        pictures 160x90 25 4; tone 440 48000 4 stereo; x264 25 2; aac 32k
        encode "${input[@]}" "${sound[@]}" "${video[@]}" "${audio[@]}" -movflags "$with_edit_list" "$out" ;;
    h264-video.mp4)
        pictures 160x90 25 4; x264 25 2
        encode "${input[@]}" "${video[@]}" -movflags "$with_edit_list" "$out" ;;
    aac-audio.mp4)
        tone 440 48000 4 stereo; aac 32k
        encode "${sound[@]}" "${audio[@]}" -movflags "$with_edit_list" -frag_duration 1000000 "$out" ;;
    h264-aac-no-edit-list.mp4)
        pictures 160x90 25 2; tone 440 48000 2 mono; x264 25 2; aac 24k
        encode "${input[@]}" "${sound[@]}" "${video[@]}" "${audio[@]}" -movflags "$fragmented" "$out" ;;
    h264-aac-empty-edit.mp4)
        pictures 160x90 25 2; tone 440 48000 1.5 mono; x264 25 2; aac 24k
        encode "${input[@]}" -itsoffset 0.5 "${sound[@]}" "${video[@]}" "${audio[@]}" -movflags "$with_edit_list" "$out" ;;
    h264-open-gop.mp4)
        pictures 160x90 30000/1001 3; x264 15 3 open-gop=1:b-pyramid=normal
        encode "${input[@]}" "${video[@]}" -movflags "$with_edit_list" "$out" ;;
    h264-frame-per-fragment.mp4)
        pictures 160x90 25 1; x264 25 0
        encode "${input[@]}" "${video[@]}" -profile:v baseline -tune zerolatency -write_prft pts \
            -movflags cmaf+dash+frag_every_frame+skip_trailer "$out" ;;
    h264-dash-chunks.mp4)
        # segments of 1 s in chunks of 0.2 s, joined as a player would append them
        pictures 160x90 25 2; x264 25 2
        mkdir -p "$work/dash"
        encode "${input[@]}" "${video[@]}" -f dash -seg_duration 1 \
            -streaming 1 -ldash 1 -frag_type duration -frag_duration 0.2 -use_template 1 -use_timeline 0 \
            -init_seg_name init.mp4 -media_seg_name '$Number$.m4s' -format_options write_prft=pts "$work/dash/manifest.mpd"
        cat "$work/dash/init.mp4" "$work/dash/1.m4s" "$work/dash/2.m4s" >"$out" ;;
    h264-negative-cts.mp4)
        pictures 160x90 25 2; x264 25 2
        encode "${input[@]}" "${video[@]}" -movflags "$fragmented+negative_cts_offsets" "$out" ;;
    h264-single-traf.mp4)
        pictures 160x90 25 2; x264 25 0
        encode "${input[@]}" "${video[@]}" -movflags frag_keyframe+empty_moov+omit_tfhd_offset "$out" ;;
    h264-aac-separate-moof.mp4)
        pictures 160x90 25 2; tone 440 48000 2 mono; x264 25 2; aac 24k
        encode "${input[@]}" "${sound[@]}" "${video[@]}" "${audio[@]}" \
            -movflags frag_keyframe+empty_moov+delay_moov+omit_tfhd_offset+separate_moof "$out" ;;
    h264-avc3.mp4)
        pictures 160x90 25 2; x264 25 2 repeat-headers=1
        encode "${input[@]}" "${video[@]}" -tag:v avc3 -movflags "$with_edit_list" "$out" ;;
    h264-late-start.mp4)
        # 27 hours at 90 kHz: more than 32 bits of ticks
        pictures 160x90 25 2; x264 25 2
        encode "${input[@]}" "${video[@]}" -video_track_timescale 90000 -output_ts_offset 97200 \
            -movflags "$with_edit_list+frag_discont" "$out" ;;
    h264-timescale-90000.mp4)
        pictures 160x90 30000/1001 2; x264 30 2
        encode "${input[@]}" "${video[@]}" -video_track_timescale 90000 -movflags "$with_edit_list" "$out" ;;
    h264-timescale-30000.mp4)
        # 1251.25 ticks a frame: the durations are uneven
        pictures 160x90 24000/1001 2; x264 24 2
        encode "${input[@]}" "${video[@]}" -video_track_timescale 30000 -movflags "$with_edit_list" "$out" ;;
    h264-rotated.mp4)
        pictures 176x144 25 1; x264 25 0
        encode "${input[@]}" "${video[@]}" -vf setsar=12/11 \
            -color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 "$work/upright.mp4"
        encode -i "$work/upright.mp4" -c copy -metadata:s:v:0 rotate=90 -metadata:s:v:0 language=deu \
            -movflags "$fragmented" "$out" ;;
    h264-two-audio.mp4)
        pictures 160x90 25 2; x264 25 0; aac 24k
        tone 440 48000 2 mono; local english=("${sound[@]}")
        tone 660 48000 2 mono
        encode "${input[@]}" "${english[@]}" "${sound[@]}" -map 0 -map 1 -map 2 "${video[@]}" "${audio[@]}" \
            -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu -metadata:s:a:1 handler_name=Deutsch \
            -frag_interleave 10 -movflags "$with_edit_list" "$out" ;;
    h264-switch-low.mp4)
        pictures 320x180 25 3; x264 25 2
        encode "${input[@]}" "${video[@]}" -vf scale=160:90:flags=bilinear+bitexact -movflags "$with_edit_list" "$out" ;;
    h264-switch-high.mp4)
        pictures 320x180 25 3; x264 25 2
        encode "${input[@]}" "${video[@]}" -movflags "$with_edit_list" "$out" ;;
    hevc.mp4)
        pictures 160x90 25 2; x265 25 3 open-gop=0
        encode "${input[@]}" "${video[@]}" -tag:v hvc1 -movflags "$with_edit_list" "$out" ;;
    hevc-open-gop.mp4)
        pictures 160x90 25 2; x265 15 3 open-gop=1:repeat-headers=1
        encode "${input[@]}" "${video[@]}" -tag:v hev1 -movflags "$with_edit_list" "$out" ;;
    av1.mp4)
        pictures 160x90 25 2
        encode "${input[@]}" -c:v libaom-av1 -cpu-used 6 -crf 50 -g 25 -keyint_min 25 -movflags "$with_edit_list" "$out" ;;
    vp9.mp4)
        pictures 160x90 25 2
        # two passes, else there are no alternate reference frames and so no superframes
        video=(-c:v libvpx-vp9 -cpu-used 2 -crf 50 -b:v 0 -g 25 -keyint_min 25 -auto-alt-ref 1 -lag-in-frames 16
            -passlogfile "$work/vp9")
        encode "${input[@]}" "${video[@]}" -pass 1 -f null -
        encode "${input[@]}" "${video[@]}" -pass 2 -movflags "$with_edit_list" "$out" ;;
    aac-mono-44100.mp4)
        tone 440 44100 2 mono; aac 24k
        encode "${sound[@]}" "${audio[@]}" -movflags "$with_edit_list" -frag_duration 200000 "$out" ;;
    opus.mp4)
        tone 440 48000 2 stereo
        encode "${sound[@]}" -c:a libopus -b:a 24k -movflags "$with_edit_list" -frag_duration 1000000 "$out" ;;
    flac.mp4)
        tone 440 24000 1 mono
        encode "${sound[@]}" -c:a flac -strict experimental -movflags "$with_edit_list" -frag_duration 500000 "$out" ;;
    alac.mp4)
        tone 440 24000 1 mono
        encode "${sound[@]}" -c:a alac -movflags "$with_edit_list" -frag_duration 500000 "$out" ;;
    mp3.mp4)
        tone 440 48000 2 mono
        encode "${sound[@]}" -c:a libmp3lame -b:a 32k -movflags "$with_edit_list" -frag_duration 1000000 "$out" ;;
    ac3-edit-list.mp4)
        tone 440 48000 2 stereo
        encode "${sound[@]}" -c:a ac3 -b:a 48k -movflags "$with_edit_list" -frag_duration 1000000 "$out" ;;
    eac3-edit-list.mp4)
        tone 440 48000 2 5.1
        encode "${sound[@]}" -c:a eac3 -b:a 64k -movflags "$with_edit_list" -frag_duration 1000000 "$out" ;;
    h264-emsg.mp4)
        pictures 160x90 25 2; x264 25 0
        encode "${input[@]}" "${video[@]}" -movflags "$fragmented+skip_trailer" "$work/no-events.mp4"
        insert_events "$work/no-events.mp4" "$out" ;;
    h264-aac-progressive.mp4)
        # not fragmented, the moov in front
        pictures 160x90 25 1; tone 440 48000 1 mono; x264 25 2; aac 24k
        encode "${input[@]}" "${sound[@]}" "${video[@]}" "${audio[@]}" -movflags +faststart "$out" ;;
    esac
}

# ffmpeg writes no emsg: one of version 0 goes before the first moof, one of version 1 that holds an ID3 tag before the second.
insert_events() { # IN OUT
    python3 - "$@" <<'PYTHON'
import struct, sys

def full_box(kind, version, payload):
    return struct.pack(">I4sI", 12 + len(payload), kind, version << 24) + payload

def text(*strings):
    return b"".join(string.encode() + b"\0" for string in strings)

title = b"\3one\0"
frame = b"TIT2" + struct.pack(">IH", len(title), 0) + title
id3 = b"ID3\4\0\0" + struct.pack(">I", len(frame)) + frame
# timescale, time (from the start of the segment; from the start of the movie), duration, id
relative = text("urn:example:events", "chapter") + struct.pack(">4I", 1000, 200, 500, 7) + b"hello"
absolute = struct.pack(">IQ2I", 1000, 1500, 0xFFFFFFFF, 8) + text("https://aomedia.org/emsg/ID3", "") + id3
events = [full_box(b"emsg", 0, relative), full_box(b"emsg", 1, absolute)]

source, out, at = open(sys.argv[1], "rb").read(), b"", 0
while at < len(source):
    size, kind = struct.unpack_from(">I4s", source, at)
    if kind == b"moof" and events:
        out += events.pop(0)
    out += source[at:at + size]
    at += size
open(sys.argv[2], "wb").write(out)
PYTHON
}

# ffmpeg 5.1 takes mastering display and light level for the sample entry from Matroska only, and mkvmerge writes them there.
make_with_mkvmerge() { # NAME OUTPUT
    local out=$2 input video
    case $1 in
    hevc-hdr.mp4)
        local display='G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)'
        pictures 160x90 25 1
        x265 25 3 "open-gop=0:hdr10=1:master-display=$display:max-cll=1000,400"
        encode "${input[@]}" "${video[@]}" -pix_fmt yuv420p10le -color_range tv -colorspace bt2020nc \
            -color_primaries bt2020 -color_trc smpte2084 "$work/hdr.mp4"
        "$mkvmerge" -q --deterministic 1 -o "$work/hdr.mkv" --max-content-light 0:1000 --max-frame-light 0:400 \
            --chromaticity-coordinates 0:0.68,0.32,0.265,0.69,0.15,0.06 --white-colour-coordinates 0:0.3127,0.329 \
            --max-luminance 0:1000 --min-luminance 0:0.0001 "$work/hdr.mp4"
        encode -i "$work/hdr.mkv" -c copy -tag:v hvc1 -movflags "$with_edit_list+write_colr" "$out" ;;
    esac
}
make_with_packager() { # NAME OUTPUT
    local out=$2 source=$work/source.mp4 directory=$work/$1.parts
    local options=(--segment_duration 1 --fragment_duration 1 --single_threaded --use_fake_clock_for_muxer --quiet)
    local captions="in=$folder/captions.vtt,stream=text,lang=en,out=$out"
    case $1 in
    wvtt.mp4) "$packager" "$captions,format=vtt+mp4" "${options[@]}"; return ;;
    stpp.mp4) "$packager" "$captions,format=ttml+mp4" "${options[@]}"; return ;;
    esac
    make_with_ffmpeg h264-aac.mp4 "$source"
    case $1 in
    packager-video.mp4)
        # an initialization segment and four media segments, joined as a player would append them
        mkdir -p "$directory"
        "$packager" "in=$source,stream=video,init_segment=$directory/init.mp4,segment_template=$directory/\$Number\$.m4s" \
            "${options[@]}" --generate_sidx_in_media_segments
        cat "$directory"/init.mp4 "$directory"/{1,2,3,4}.m4s >"$out" ;;
    packager-audio.mp4)
        "$packager" "in=$source,stream=audio,out=$out" "${options[@]}" ;;
    esac
}

contains() { # WORD LIST...
    local word=$1 other
    shift
    for other; do [[ $other == "$word" ]] && return 0; done
    return 1
}

main() {
    local out_directory=$folder name
    local names=()
    while (($#)); do
        case $1 in
        --help | -h) usage; return ;;
        --list) printf '%s\n' "${ffmpeg_files[@]}" "${mkvmerge_files[@]}" "${packager_files[@]}"; return ;;
        --out) (($# > 1)) || fail '--out needs a folder'; out_directory=$2; shift ;;
        --out=*) out_directory=${1#--out=} ;;
        -*) fail "unknown option $1 (--help shows all)" ;;
        *) names+=("$1") ;;
        esac
        shift
    done

    if ((${#names[@]} == 0)); then
        names=("${ffmpeg_files[@]}")
        if command -v "$mkvmerge" >/dev/null; then names+=("${mkvmerge_files[@]}"); fi
        if [[ -n $packager ]]; then names+=("${packager_files[@]}"); fi
    fi
    for name in "${names[@]}"; do
        if contains "$name" "${packager_files[@]}"; then
            [[ -n $packager ]] || fail "$name needs a Shaka Packager: set PACKAGER to its path"
            command -v "$packager" >/dev/null || fail "PACKAGER=$packager cannot be run"
        elif contains "$name" "${mkvmerge_files[@]}"; then
            command -v "$mkvmerge" >/dev/null || fail "$name needs $mkvmerge; on Debian and Ubuntu: apt-get install mkvtoolnix"
        else
            contains "$name" "${ffmpeg_files[@]}" || fail "no such file: $name (--list shows all)"
        fi
    done
    command -v "$ffmpeg" >/dev/null || fail "$ffmpeg not found; on Debian and Ubuntu: apt-get install ffmpeg"

    mkdir -p "$out_directory"
    work=$(mktemp -d)
    trap 'status=$?; rm -rf "$work"; ((status == 0)) || printf "make.sh: %s could not be made\n" "$current" >&2' EXIT

    local number=0
    for current in "${names[@]}"; do
        number=$((number + 1))
        if contains "$current" "${packager_files[@]}"; then
            make_with_packager "$current" "$work/$current"
        elif contains "$current" "${mkvmerge_files[@]}"; then
            make_with_mkvmerge "$current" "$work/$current"
        else
            make_with_ffmpeg "$current" "$work/$current"
        fi
        mv "$work/$current" "$out_directory/$current"
        printf '%2d/%d  %-28s %7d bytes\n' "$number" "${#names[@]}" "$current" "$(wc -c <"$out_directory/$current")"
    done
}

main "$@"
