#!/usr/bin/env bash
# Makes the HE-AAC files of this folder from a generated tone. Debian's ffmpeg cannot encode HE-AAC; the crate fdk-aac, which brings
# the encoder's sources, can. What each file is for stands in README.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: make-he-aac.sh [--out DIR] [--help]

  --out DIR   where the files go; the folder of this script when not given
  --help      print this text and stop

environment:
  CARGO       the cargo to call (cargo), with a C++ compiler beside it
  FFMPEG      the ffmpeg to call (ffmpeg)
  MKVMERGE    the mkvmerge to call (mkvmerge)
TEXT
}

# shellcheck source=media/script.sh
. "$(dirname "${BASH_SOURCE[0]}")/script.sh"
read_options "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/src"
cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "he-aac"
version = "0.0.0"
edition = "2024"

[dependencies]
fdk-aac = "=0.8.0"

[workspace]
TOML
# Interleaved 16-bit samples of two channels at 48 kHz from standard input, ADTS to standard output.
cat >"$work/src/main.rs" <<'RUST'
use fdk_aac::enc::{AudioObjectType, BitRate, ChannelMode, Encoder, EncoderParams, Transport};
use std::io::{Read, Write};

fn main() {
    let audio_object_type = match std::env::args().nth(1).as_deref() {
        Some("v1") => AudioObjectType::Mpeg4HeAac,
        _ => AudioObjectType::Mpeg4HeAacV2,
    };
    let encoder = Encoder::new(EncoderParams {
        bit_rate: BitRate::Cbr(24_000),
        sample_rate: 48_000,
        transport: Transport::Adts,
        channels: ChannelMode::Stereo,
        audio_object_type,
    });
    let encoder = encoder.unwrap();
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).unwrap();
    let samples: Vec<i16> = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let mut adts = [0; 4096];
    let mut rest = &samples[..];
    while !rest.is_empty() {
        let done = encoder.encode(rest, &mut adts).unwrap();
        std::io::stdout().write_all(&adts[..done.output_size]).unwrap();
        rest = &rest[done.input_consumed..];
        if done.input_consumed == 0 && done.output_size == 0 {
            break;
        }
    }
}
RUST

for version in v1 v2; do
    "$ffmpeg" -v error -f lavfi -i sine=frequency=440:sample_rate=48000:duration=1 -ac 2 -f s16le - |
        CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$work/target} "${CARGO:-cargo}" run -q --release --manifest-path "$work/Cargo.toml" -- $version >"$work/$version.aac"
done

# fragment IN OUT
fragment() {
    "$ffmpeg" -v error -y -i "$1" -c copy -bsf:a aac_adtstoasc -map_metadata -1 -fflags +bitexact \
        -movflags frag_keyframe+empty_moov+default_base_moof+delay_moov -frag_duration 500000 "$out/$2"
    echo "$2"
}
# mkvmerge writes the extension into the AudioSpecificConfig, behind that of AAC-LC; ADTS as it is says nothing of it.
"$mkvmerge" -q --deterministic 1 -o "$work/v1.mka" --aac-is-sbr 0:1 "$work/v1.aac"
fragment "$work/v1.mka" he-aac.mp4
fragment "$work/v1.aac" he-aac-implicit.mp4
fragment "$work/v2.aac" he-aac-v2-implicit.mp4
