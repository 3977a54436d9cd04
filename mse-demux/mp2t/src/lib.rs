//! MPEG-2 TS byte stream format: a push demuxer for transport streams.

#![forbid(unsafe_code)]
