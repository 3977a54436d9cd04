//! The words of Media Source Extensions.
//!
//! This crate holds what every other crate of the engine speaks: the number line of time, ranges,
//! MIME types, tracks, coded frames, the seam of the byte stream formats, events, and the WebIDL
//! surface as traits. It knows no container, stores no frame and runs no algorithm; the two small
//! state machines here are pure.
//!
//! Row ids such as `SB-12` are those of the requirement checklist that the tests cite.

#![forbid(unsafe_code)]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub mod codec;
mod decoder_configuration;
mod demuxer;
mod encoded_chunk;
mod encryption;
mod error;
mod error_code;
mod event;
mod frame;
mod frame_run;
mod input_buffer;
pub mod interface;
mod limits;
mod loss;
mod media_track;
mod message;
pub mod mime;
mod pre_roll;
mod ranges;
mod read_ahead;
mod reading;
mod ready_state;
mod time;
mod track;
mod track_kind;
mod update_state;

pub use codec::{Codec, CodecFamily};
pub use decoder_configuration::{ConfigurationForm, DecoderConfiguration};
pub use demuxer::{
    ByteStreamFormat, CodecsParameter, Demuxed, Demuxer, InbandEvent, InitData, InitSegment, ResetReason,
    RuntimeFormat,
};
pub use encoded_chunk::{AudioDecoderConfig, EncodedChunk, SourceBufferConfig, VideoDecoderConfig};
pub use encryption::{
    AuxiliaryLayout, EncryptionParameters, EncryptionPattern, FrameEncryption, KeyId, ProtectionScheme,
    Subsample,
};
pub use error::{Exception, ExceptionName, ParseError};
pub use error_code::{ErrorCode, OUT_OF_MEMORY};
pub use event::{BufferedChange, Event, EventDetail, EventName, EventTarget};
pub use frame::{CodedFrame, DiscardPadding, FrameData, SideData};
pub use frame_run::{FrameRun, Room, RunFrame};
pub use input_buffer::InputBuffer;
pub use interface::AppendMode;
pub use limits::Limits;
pub use loss::{Awaited, LeftOutTrack, Loss, Note, Place};
pub use media_track::{MediaTrack, MediaTrackId, TextTrackMode, TrackState};
pub use message::{ElementMessage, ElementReadyState, ElementState, EndOfStreamError};
pub use mime::MimeType;
pub use pre_roll::PreRoll;
pub use ranges::{TimeRange, TimeRanges};
pub use read_ahead::ReadAhead;
pub use reading::{LastBlocks, PictureDurations, Reading, SegmentStarts, StoredTrims, TransportStreams};
pub use ready_state::ReadyState;
pub use time::{MediaTime, NotADuration};
pub use track::{
    AudioDescription, ChannelLayout, CodecConfiguration, Colour, ContentLightLevel, DolbyVision,
    MasteringDisplay, MediaDescription, Projection, SourceBufferId, TextDescription, Track, TrackDescription,
    TrackId, TrackKey, VideoDescription,
};
pub use track_kind::TrackKind;
pub use update_state::UpdateState;
