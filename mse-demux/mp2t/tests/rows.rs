//! The rows of the MPEG-2 TS byte stream format, on streams of a small writer: a program of MPEG
//! audio, and of H.264 where pictures matter.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::writer::*;
use mse_core::{Limits, MimeType, ResetReason};
use mse_mp2t::FORMAT;

#[test]
fn what_may_be_carried() {
    // TS-1, REG-3, MIM-6
    let supports = |text: &str| (FORMAT.supports)(&MimeType::parse(text).unwrap());
    assert!(
        supports("video/MP2T; codecs=\"avc1.4d401e, mp4a.40.2\"") && supports("audio/mp2t; codecs=\"ac-3\"")
    );
    assert!(!supports("audio/mp2t; codecs=\"avc1.4d401e\"") && !supports("video/mp2t; codecs=\"vp9\""));
    assert!((FORMAT.sniff)(&Writer::default().program(MP3).bytes) && !(FORMAT.sniff)(&[0x47; 100]));
}

#[test]
fn a_program_becomes_an_initialization_segment_once_its_sound_is_known() {
    // TS-2, TS-7, TS-23, TS-24, TS-25: two frames in a packet; the segment ends where the bytes do.
    let two = [mp3(), mp3()].concat();
    let stream = Writer::default().program(MP3).pes(AUDIO, 900, &two).pes(AUDIO, 5220, &mp3());
    assert_eq!(outputs(stream), "init(mp3) start 96@900+2160K 96@3060+2160K 96@5220+2160K end");
}

#[test]
fn frames_may_lie_across_packets() {
    // TS-24
    let (head, tail) = (mp3()[..50].to_vec(), [&mp3()[50..], &mp3()[..]].concat());
    let stream =
        Writer::default().program(MP3).pes(AUDIO, 0, &[mp3(), head].concat()).pes(AUDIO, 4321, &tail);
    assert_eq!(outputs(stream), "init(mp3) start 96@0+2160K 96@2160+2160K 96@4321+2160K end");
}

#[test]
fn tables_that_repeat_change_nothing_and_others_begin_anew() {
    // TS-9, TS-12
    let stream = Writer::default()
        .program(MP3)
        .pes(AUDIO, 0, &mp3())
        .program(MP3)
        .pes(AUDIO, 2160, &mp3())
        .program(&[(0x03, VIDEO, &[])])
        .pes(VIDEO, 4320, &mp3());
    assert_eq!(
        outputs(stream),
        "init(mp3) start 96@0+2160K 96@2160+2160K end init(mp3) start 96@4320+2160K end"
    );
}

#[test]
fn what_is_not_understood_is_passed_over_by_its_pid() {
    // TS-7, TS-22: other tables, null packets, streams of unknown type.
    let streams: &[(u8, u16, &[u8])] = &[(0x03, AUDIO, &[]), (0x86, 0x111, &[])];
    let stream = Writer::default()
        .program(streams)
        .unit(0x11, &[0; 30], 0)
        .unit(0x1FFF, &[0xFF; 30], 0)
        .pes(0x111, 0, b"scte")
        .pes(AUDIO, 0, &mp3());
    assert_eq!(outputs(stream), "init(mp3) start 96@0+2160K end");
}

#[test]
fn timed_id3_is_an_event() {
    let streams: &[(u8, u16, &[u8])] = &[(0x03, AUDIO, &[]), (0x15, 0x102, &[])];
    let stream = Writer::default().program(streams).pes(0x102, 90, b"ID3").pes(AUDIO, 0, &mp3());
    assert_eq!(outputs(stream), "event(ID3@90) init(mp3) start 96@0+2160K end");
}

#[test]
fn captions_of_a_picture_are_an_event() {
    let message = [&b"\x06\x04\x0D\xB5\x00\x31GA94\x03"[..], b"\x41\xFFcap", b"\x80"].concat();
    let picture = [&[0, 0, 1][..], &message, &[0, 0, 1, 0x65, 0x88, 1]].concat();
    let streams: &[(u8, u16, &[u8])] = &[(0x1B, VIDEO, &[])];
    let unit = pes(Some(3600), false, &picture);
    let stream = Writer::default().program(streams).unit(VIDEO, &unit, 0).unit(VIDEO, &unit, 0);
    assert_eq!(outputs(stream), "event(A\u{FFFD}cap@3600)");
}

#[test]
fn a_packet_that_comes_twice_counts_once_and_a_hole_drops_the_torn_frame() {
    // TS-19
    let mut stream = Writer::default().program(MP3).pes(AUDIO, 0, &mp3());
    let last = stream.bytes[stream.bytes.len() - 188..].to_vec();
    stream.bytes.extend_from_slice(&last);
    let long = [mp3(), mp3()].concat();
    let unit = pes(Some(2160), true, &long);
    stream.packet(AUDIO, true, &unit[..150], 0);
    let mut stream = stream.skip_counter(AUDIO);
    stream.packet(AUDIO, false, &unit[150..], 0);
    // The frame in front of the hole is whole.
    let lost = "lost 96 bytes lost at byte 752 in pid 257/PES, track 257: A frame of which a part is missing. (mp2t.frame-torn)";
    assert_eq!(
        outputs(stream.pes(AUDIO, 9000, &mp3())),
        format!("init(mp3) start 96@0+2160K 96@2160+2160K {lost} 96@9000+2160K end")
    );
}

#[test]
fn rollover_and_discontinuity_go_on_without_a_gap() {
    // TS-15, TS-16, EX-23
    let top = (1 << 33) - 3000;
    let stream = Writer::default().program(MP3).pes(AUDIO, top, &mp3()).pes(AUDIO, 600, &mp3());
    assert_eq!(
        outputs(stream),
        format!("init(mp3) start 96@{top}+2160K 96@{}+2160K end", (1_u64 << 33) + 600)
    );
    const DISCONTINUITY: u8 = 0x80;
    let jump = pes(Some(9_000_000), true, &mp3());
    let stream = Writer::default().program(MP3).pes(AUDIO, 0, &mp3()).unit(AUDIO, &jump, DISCONTINUITY);
    assert_eq!(outputs(stream), "init(mp3) start 96@0+2160K 96@2160+2160K end");
}

#[test]
fn the_offset_of_a_discontinuity_goes_with_abort_and_timestamp_offset() {
    // TS-17
    let jump = pes(Some(9_000_000), true, &mp3());
    let stream = Writer::default().program(MP3).pes(AUDIO, 0, &mp3()).unit(AUDIO, &jump, 0x80);
    for (reason, time) in [
        (ResetReason::Abort, 9_002_160),
        (ResetReason::TimestampOffsetSet, 9_002_160),
        (ResetReason::AppendError, 4320),
    ] {
        let mut demuxer = demuxer();
        demuxer.push(stream.bytes.clone().into());
        assert_eq!(words(demuxer.as_mut()).len(), 5);
        demuxer.reset(reason);
        let next = Writer { counters: [(AUDIO, 2)].into(), ..Writer::default() };
        // Two packets, so that the layout is known again.
        demuxer.push(next.pes(AUDIO, 9_002_160, &mp3()).unit(0x1FFF, &[], 0).bytes.into());
        assert_eq!(words(demuxer.as_mut())[1], format!("96@{time}+2160K"), "{reason:?}");
    }
}

/// The codes of losses.
fn losses(words: &str) -> Vec<&str> {
    words
        .split('(')
        .filter_map(|part| part.split_once(')'))
        .map(|(code, _)| code)
        .filter(|code| code.starts_with("mp2t"))
        .collect()
}

/// All that comes out, up to and with the end of the stream.
fn all_outputs(writer: Writer) -> String {
    let mut demuxer = demuxer();
    demuxer.push(Bytes::from(writer.bytes));
    let mut all = words(demuxer.as_mut());
    demuxer.flush();
    all.extend(words(demuxer.as_mut()));
    all.join(" ")
}

#[test]
fn what_violates_the_format_is_told_and_the_stream_goes_on() {
    let good = || Writer::default().program(MP3).pes(AUDIO, 0, &mp3());
    let more =
        |writer: Writer| writer.pes(AUDIO, 2160, &mp3()).pes(AUDIO, 4320, &mp3()).pes(AUDIO, 6480, &mp3());
    let broken = |at: usize, value: u8| {
        let mut stream = more(good());
        stream.bytes[at] = value;
        stream
    };
    let again = |stream: Writer| more(stream.program(MP3).pes(AUDIO, 0, &mp3()));
    let rows: [(Writer, &str, usize); 8] = [
        // TS-3, TS-26
        (broken(188 * 2, 0), "mp2t.sync-lost", 3),
        // TS-6
        (broken(188 * 2 + 1, 0xC1), "mp2t.transport-error", 3),
        // TS-19
        (broken(188 * 2 + 3, 0xF0), "mp2t.scrambled", 3),
        (broken(188 * 2 + 4, 200), "mp2t.adaptation-field", 3),
        // TS-20
        (again(broken(187, 1)), "mp2t.section-invalid", 4),
        (again(broken(188 * 2 - 1, 1)), "mp2t.section-invalid", 4),
        // TS-10
        (more(Writer::default().program(MP3).unit(AUDIO, &pes(None, true, &mp3()), 0)), "", 4),
        // TS-21
        (
            more(Writer::default().program(MP3).unit(
                AUDIO,
                b"\0\0\x02\xC0\0\x09\x80\x80\x05\0\0\0\0\0\0",
                0,
            )),
            "mp2t.pes-invalid",
            3,
        ),
    ];
    for (stream, code, frames) in rows {
        let words = all_outputs(stream);
        assert_eq!(losses(&words).contains(&code), !code.is_empty(), "{code}: {words}");
        assert_eq!(words.matches("96@").count(), frames, "{code}: {words}");
    }
}

#[test]
fn of_several_programs_the_first_that_is_read_is_played() {
    // TS-5
    let two = pat(&[(1, PMT), (2, 0x1001)]);
    let streams = Writer::default().psi(0, &two).psi(0x1001, &pmt(&[(0x03, VIDEO, &[])])).psi(PMT, &pmt(MP3));
    let stream = streams.pes(VIDEO, 0, &mp3()).pes(AUDIO, 90, &mp3());
    assert_eq!(outputs(stream), "init(mp3) start 96@90+2160K end");
    let unread = Writer::default().psi(0, &two).psi(PMT, &pmt(&[(0x02, AUDIO, &[])]));
    let stream = unread.psi(0x1001, &pmt(&[(0x03, VIDEO, &[])])).pes(VIDEO, 0, &mp3());
    assert_eq!(outputs(stream), "init(mp3) start 96@0+2160K end");
}

#[test]
fn what_cannot_be_played_is_an_error() {
    // TS-22
    let latm = |payload: &[u8]| Writer::default().program(&[(0x11, AUDIO, &[])]).pes(AUDIO, 0, payload);
    // Two programs. One such element may be a damaged one.
    let programs = b"\x56\xE0\x0A\x20\x08\0\0\0\0\0\0\0\0";
    let twice = [&programs[..], programs].concat();
    assert_eq!(outputs(latm(&twice)), "TS-22 mp2t.elementary-unsupported in pid 257/PES");
    let unread: &[(u8, u16, &[u8])] = &[(0x02, VIDEO, &[]), (0x82, AUDIO, &[])];
    assert_eq!(outputs(Writer::default().program(unread)), "TS-22 mp2t.nothing-readable in PMT");
    let scrambled = |count: usize| {
        let mut stream = Writer::default().program(MP3);
        for index in 0..count {
            stream = stream.pes(AUDIO, 0, &mp3());
            stream.bytes[188 * (2 + index) + 3] |= 0x80;
        }
        stream
    };
    assert_eq!(outputs(scrambled(16)), "TS-19 mp2t.scrambled in pid 257/PES");
    // TS-4
    let large = Limits { max_frame_size: 100, ..Limits::default() };
    let mut demuxer = (FORMAT.new_demuxer)(&MimeType::parse("video/mp2t").unwrap(), &large);
    let unit = pes(Some(0), false, &[0; 300]);
    demuxer.push(Writer::default().program(MP3).unit(AUDIO, &unit, 0).bytes.into());
    assert_eq!(words(demuxer.as_mut()), ["TS-4 mp2t.pes-too-large in pid 257/PES"]);
    // More streams than tracks may be.
    let many: Vec<(u8, u16, &[u8])> = (0..130).map(|pid| (0x03, 0x200 + pid, &[][..])).collect();
    assert_eq!(outputs(Writer::default().program(&many)), "TS-22 mp2t.too-many-tracks in PMT");
}

#[test]
fn pictures_wait_for_the_next_and_come_with_their_parameter_sets() {
    // TS-13, TS-23, TS-24: the sets of a real file, slices that say only whether they are first.
    const SPS: &[u8] = &[
        0x67, 0x64, 0x00, 0x0b, 0xac, 0xd9, 0x82, 0x8d, 0xf9, 0x30, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00,
        0x00, 0x03, 0x00, 0x32, 0x0f, 0x14, 0x29, 0x9a,
    ];
    const BEFORE: &str = "Frames before the first configuration: pictures before a random access point with \
        parameter sets, LATM before its StreamMuxConfig.";
    const PPS: &[u8] = &[0x68, 0xe9, 0x78, 0x31, 0x2c, 0x8b];
    let nal = |unit: &[u8]| [&[0, 0, 0, 1][..], unit].concat();
    let key = [nal(&[9, 0x10]), nal(SPS), nal(PPS), nal(&[0x65, 0x88, 1])].concat();
    let other = [nal(&[9, 0x30]), nal(&[0x41, 0x9A, 1])].concat();
    let (key_size, other_size) = (key.len(), other.len());
    let picture = |writer: Writer, pts, data: &[u8]| writer.unit(VIDEO, &pes(Some(pts), false, data), 0);
    // A picture before any random access point, and one across two packets (TS-4), are no harm.
    let (half, rest) = (other[..8].to_vec(), other[8..].to_vec());
    let mut stream = Writer::default().program(&[(0x1B, VIDEO, &[])]);
    stream = picture(stream, 0, &other);
    stream = picture(stream, 3600, &key);
    stream = picture(stream, 7200, &other);
    stream = picture(stream, 10_800, &[half, rest].concat());
    let mut demuxer = demuxer();
    demuxer.push(stream.bytes.into());
    assert_eq!(
        words(demuxer.as_mut()).join(" "),
        format!(
            "init(avc3.64000b) lost {other_size} bytes lost at byte 376 in pid 256/PES, track 256: {BEFORE} \
             (mp2t.no-configuration) start {key_size}@3600+3600K end"
        )
    );
    demuxer.flush();
    assert_eq!(
        words(demuxer.as_mut()).join(" "),
        format!("start {other_size}@7200+3600 {other_size}@10800+3600 end")
    );
}

/// An E-AC-3 frame of 16 bytes and 32 ms at 48 kHz.
fn eac3(substream_type: u8) -> Vec<u8> {
    let mut frame = vec![0x0B, 0x77, substream_type << 6, 7, 0x34, 16 << 3];
    frame.resize(16, 0);
    frame
}

#[test]
fn dependent_substreams_go_with_the_frame_before() {
    // TS-22, TS-24
    let (main, more) = (eac3(0), eac3(1));
    let unit = [&main[..], &more].concat();
    let two = [&unit[..], &unit].concat();
    let streams: &[(u8, u16, &[u8])] = &[(0x87, AUDIO, &[])];
    let stream =
        |first: &[u8]| Writer::default().program(streams).pes(AUDIO, 0, first).pes(AUDIO, 5760, &unit);
    assert_eq!(outputs(stream(&two)), "init(ec-3) start 32@0+2880K 32@2880+2880K 32@5760+2880K end");
    // Those that come first belong to nothing.
    let stray = [&more[..], &main, &main].concat();
    let lost = "lost 16 bytes lost at byte 376 in pid 257/PES, track 257: No frame header where one must be. (mp2t.frame-invalid)";
    assert_eq!(
        outputs(stream(&stray)),
        format!("init(ec-3) {lost} start 16@0+2880K 16@2880+2880K 32@5760+2880K end")
    );
    // A unit may lie across packets.
    let (head, tail) = two.split_at(40);
    let across =
        Writer::default().program(streams).pes(AUDIO, 0, head).pes(AUDIO, 5760, &[tail, &unit].concat());
    assert_eq!(outputs(across), "init(ec-3) start 32@0+2880K 32@2880+2880K 32@5760+2880K end");
}

/// The descriptors of Opus with this `channel_config_code`.
fn opus_descriptors(code: u8) -> Vec<u8> {
    [&[5, 4][..], b"Opus", &[0x7F, 2, 0x80, code]].concat()
}

/// A packet of 20 ms behind its control header, with these trims.
fn opus(start_trim: u16, end_trim: u16) -> Vec<u8> {
    let (start, end) = (start_trim.to_be_bytes(), end_trim.to_be_bytes());
    [&[0x7F, 0xF8, 3][..], &start, &end, &[0xF8, b'x', b'x']].concat()
}

#[test]
fn opus_is_cut_as_its_control_headers_say() {
    // TS-22, TS-24
    let descriptors = opus_descriptors(2);
    let streams: &[(u8, u16, &[u8])] = &[(0x06, AUDIO, &descriptors)];
    let packets = [opus(960, 0), opus(480, 0), opus(0, 240), opus(8000, 8000)].concat();
    let stream = Writer::default().program(streams).pes(AUDIO, 0, &packets);
    assert_eq!(outputs(stream), "init(opus) start 3@1800+0K 3@2700+900K 3@3600+1350K 3@7200+0K end");
    let damaged = Writer::default().program(streams).pes(AUDIO, 0, b"xxx").pes(AUDIO, 1800, &opus(0, 0));
    let lost = "lost 3 bytes lost at byte 376 in pid 257/PES, track 257: No frame header where one must be. (mp2t.frame-invalid)";
    assert_eq!(outputs(damaged), format!("init(opus) {lost} start 3@1800+1800K end"));
    let reserved = opus_descriptors(9);
    let unknown = Writer::default().program(&[(0x06, AUDIO, &reserved)]).pes(AUDIO, 0, &opus(0, 0));
    assert_eq!(outputs(unknown), "TS-22 mp2t.elementary-unsupported in pid 257/PES");
}
