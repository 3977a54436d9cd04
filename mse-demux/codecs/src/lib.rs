//! Codec configuration records and bitstream headers, as far as a demuxer must understand them.
//!
//! Containers carry a record per track (`avcC`, `esds`, `dOps`, ...) that a decoder needs and a
//! demuxer passes on untouched. This crate reads out of them only what the engine itself needs: the
//! codec string ([`rfc6381`]), the picture size and shape, the sample rate and channels. It knows
//! no container and allocates nothing but strings and records that it makes.
//!
//! Every reader takes a slice and answers `None` when the bytes end early or contradict themselves.
//!
//! Ids that begin with `COD-` are rows of the requirements: docs/requirements/byte-streams.md.

#![forbid(unsafe_code)]

pub mod aac;
pub mod ac3;
pub mod ac4;
pub mod adts;
pub mod alac;
pub mod annexb;
pub mod av1;
pub mod avc;
mod bits;
pub mod cea608;
pub mod cue;
pub mod dts;
pub mod flac;
pub mod hevc;
pub mod iamf;
pub mod latm;
pub mod mlp;
pub mod mpeg_audio;
pub mod nal;
pub mod opus;
pub mod opus_ts;
pub mod picture_order;
mod program_config;
pub mod random_access;
pub mod rfc6381;
pub mod sei;
mod text_cue;
mod ttml;
pub mod vorbis;
pub mod vp9;
mod vui;
pub mod vvc;
pub mod webvtt;

pub use bits::BitReader;
