//! MPEG audio byte stream format: a push demuxer for ADTS and MP3.

#![forbid(unsafe_code)]
