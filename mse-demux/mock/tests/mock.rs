//! The mock byte stream: what the writers write, the demuxer reads, from any chunking.

#![allow(clippy::unwrap_used)]

use bytes::{Bytes, BytesMut};
use mse_core::{Demuxed, Demuxer, Limits, MediaTime, MimeType, ParseError, ResetReason, TrackId, TrackKind};
use mse_mock::frames::{frames, frames_of, full_token, ms};
use mse_mock::mock::{self, MockTrack};

fn demuxer() -> Box<dyn Demuxer> {
    let mime = MimeType::parse(mock::MUXED).unwrap();
    assert!((mock::FORMAT.supports)(&mime));
    (mock::FORMAT.new_demuxer)(&mime, &Limits::default())
}

/// Everything that comes out, as words.
fn drain(demuxer: &mut dyn Demuxer, items: &mut Vec<String>) -> Result<(), ParseError> {
    loop {
        items.push(match demuxer.poll()? {
            Demuxed::NeedMoreData => return Ok(()),
            Demuxed::InitSegment(init) => {
                let tracks: Vec<_> =
                    init.tracks.iter().map(|track| format!("{}={}", track.id, track.kind)).collect();
                format!("init {:?} {}", init.duration, tracks.join(","))
            }
            Demuxed::MediaSegmentStart => "start".to_owned(),
            Demuxed::Frame(frame) => format!("{}/{}", frame.track_id, full_token(&frame)),
            Demuxed::MediaSegmentEnd => "end".to_owned(),
            Demuxed::InitData(_) => "data".to_owned(),
            Demuxed::Lost(loss) => format!("lost {loss}"),
            Demuxed::InbandEvent(event) => format!("event {}", event.scheme_id_uri),
        });
    }
}

fn items(bytes: &[u8], piece: usize) -> Result<Vec<String>, ParseError> {
    let (mut demuxer, mut items) = (demuxer(), Vec::new());
    for part in bytes.chunks(piece) {
        demuxer.push(Bytes::copy_from_slice(part));
        drain(demuxer.as_mut(), &mut items)?;
    }
    Ok(items)
}

fn stream() -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.extend_from_slice(&mock::skip(30));
    bytes.extend_from_slice(&mock::init(Some(ms(1500)), &[MockTrack::video(1), MockTrack::audio(2)]));
    bytes.extend_from_slice(&mock::skip(8));
    let mut group = frames("0K 40|20 20|40D20");
    group.extend(frames_of(TrackId(2), "0K 23.219955K"));
    bytes.extend_from_slice(&mock::segment(&group));
    bytes.extend_from_slice(&mock::segment(&[]));
    bytes.freeze()
}

#[test]
fn any_split_gives_the_same_items() {
    let bytes = stream();
    let whole = items(&bytes, bytes.len()).unwrap();
    assert_eq!(
        whole,
        [
            "init Some(1.5s) 1=video,2=audio",
            "start",
            "1/0D20K:0K",
            "1/40|20D20:40|20",
            "1/20|40D20:20|40D20",
            "2/0D23.219955K:0K",
            "2/23.219955D23.219955K:23.219955K",
            "end",
            "start",
            "end"
        ]
    );
    for piece in 1..bytes.len() {
        assert_eq!(items(&bytes, piece).unwrap(), whole, "pieces of {piece}");
    }
}

#[test]
fn a_truncated_stream_waits() {
    let bytes = stream();
    let whole = items(&bytes, bytes.len()).unwrap();
    for len in 0..bytes.len() {
        let part = items(&bytes[..len], len.max(1)).unwrap();
        assert_eq!(part[..], whole[..part.len()]);
    }
}

#[test]
fn a_frame_leaves_when_its_own_bytes_are_there() {
    let mut demuxer = demuxer();
    let frame = &frames("0K")[0];
    demuxer.push(mock::init(None, &[MockTrack::video(1)]));
    demuxer.push(Bytes::from_static(mock::FRAGMENT_START));
    demuxer.push(mock::sample(frame, mock::TIMESCALE));
    let mut items = Vec::new();
    drain(demuxer.as_mut(), &mut items).unwrap();
    assert_eq!(items, ["init None 1=video", "start", "1/0D1000K:0K"]);
}

#[test]
fn a_reset_forgets_the_segment_and_keeps_the_tracks() {
    let mut demuxer = demuxer();
    demuxer.push(mock::init(None, &[MockTrack::video(1)]));
    demuxer.push(Bytes::from_static(b"\0\0\0\x08frag\0\0\0\x40smp"));
    let mut items = Vec::new();
    drain(demuxer.as_mut(), &mut items).unwrap();
    demuxer.reset(ResetReason::Abort);
    demuxer.push(mock::segment(&frames("7K")));
    drain(demuxer.as_mut(), &mut items).unwrap();
    assert_eq!(items[1..], ["start", "start", "1/7D1000K:7K", "end"]);
}

#[test]
fn timescales_of_a_track_round_trip() {
    let tracks = [MockTrack::audio(1).timescale(44_100).sample_rate(44_100)];
    let bytes =
        [mock::init(None, &tracks), mock::segment_of(&tracks, &frames("23.219955D23.219955K"))].concat();
    let exact = MediaTime::from_ticks(1024, 44_100.try_into().unwrap()).unwrap();
    let mut demuxer = demuxer();
    demuxer.push(bytes.into());
    let init = demuxer.poll().unwrap();
    let Demuxed::InitSegment(init) = init else { panic!("{init:?}") };
    assert_eq!(init.tracks[0].kind, TrackKind::Audio);
    assert_eq!(init.tracks[0].descriptions[0].sample_rate().unwrap().get(), 44_100);
    assert_eq!(demuxer.poll().unwrap(), Demuxed::MediaSegmentStart);
    let frame = demuxer.poll().unwrap();
    let Demuxed::Frame(frame) = frame else { panic!("{frame:?}") };
    assert_eq!((frame.presentation_timestamp, frame.duration), (exact, exact));
}

#[test]
fn malformed_bytes_name_code_offset_and_path() {
    let init = mock::init(None, &[MockTrack::video(1)]);
    let after = init.len() as u64;
    let twice = mock::init(None, &[MockTrack::video(1), MockTrack::audio(1)]);
    let stranger = mock::segment(&frames_of(TrackId(9), "0K"));
    let mut negative = frames("0K");
    negative[0].duration = ms(-1);
    let inside = [mock::FRAGMENT_START, mock::FRAGMENT_START].concat();
    for (bytes, code, offset, path) in [
        (mock::BOOM.to_vec(), "mock.boom", after, "boom"),
        (b"\0\0\0\x08moov".to_vec(), "mock.unknown-box", after, "moov"),
        (b"\0\0\0\x07skip".to_vec(), "mock.box-size", after, "skip"),
        (b"\0\0\0\x09frag\0".to_vec(), "mock.box-size", after, "frag"),
        (b"\0\0\0\x0binitabc".to_vec(), "mock.box-size", after + 8, "init"),
        (b"\xff\xff\xff\xffinit".to_vec(), "mock.box-size", after, "init"),
        (mock::FRAGMENT_END.to_vec(), "mock.unexpected-box", after, "fend"),
        (inside, "mock.unexpected-box", after + 8, "frag"),
        (stranger.to_vec(), "mock.unknown-track", after + 8, "smpl"),
        (mock::segment(&negative).to_vec(), "mock.timestamp", after + 8, "smpl"),
        (twice.to_vec(), "mock.duplicate-track", after + twice.len() as u64, "init"),
    ] {
        for piece in [1, bytes.len() + init.len()] {
            let error = items(&[&init[..], &bytes].concat(), piece).unwrap_err();
            assert_eq!((error.code, error.offset, &*error.path), (code, offset, path));
        }
    }
}

#[test]
fn the_type_says_the_kinds_of_tracks() {
    let supported = |text| {
        let mime = MimeType::parse(text).unwrap();
        let format = [mock::FORMAT, mock::FORMAT_GENERATE_TIMESTAMPS]
            .into_iter()
            .find(|format| format.mime_types.contains(&mime.essence()));
        format.is_some_and(|format| (format.supports)(&mime))
    };
    for text in
        [mock::VIDEO, mock::AUDIO, mock::MUXED, mock::GENERATED, "video/x-mse-mock;codecs=\"audio, text\""]
    {
        assert!(supported(text), "{text}");
    }
    for text in
        ["video/x-mse-mock;codecs=vp8", "audio/x-mse-mock;codecs=video", "audio/x-mse-mock;codecs=\",\""]
    {
        assert!(!supported(text), "{text}");
    }
}
