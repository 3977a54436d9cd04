//! Formats of pull demuxers: symphonia behind a blocking source on a thread of its own.

#![forbid(unsafe_code)]
