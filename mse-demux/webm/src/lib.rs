//! WebM byte stream format: a push demuxer for WebM and Matroska.

#![forbid(unsafe_code)]
