//! The last picture where its PES packet has no length and fills its last packet to the byte, so
//! that nothing shows where it ends (TS-25).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::writer::*;

const SPS: &[u8] = &[
    0x67, 0x64, 0x00, 0x0b, 0xac, 0xd9, 0x82, 0x8d, 0xf9, 0x30, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00,
    0x00, 0x03, 0x00, 0x32, 0x0f, 0x14, 0x29, 0x9a,
];
const PPS: &[u8] = &[0x68, 0xe9, 0x78, 0x31, 0x2c, 0x8b];
const VIDEO_ALONE: &[(u8, u16, &[u8])] = &[(0x1B, VIDEO, &[])];
const BOTH: &[(u8, u16, &[u8])] = &[(0x1B, VIDEO, &[]), (0x03, AUDIO, &[])];

fn nals(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&[0, 0, 0, 1][..], unit].concat()).collect()
}

fn key() -> Vec<u8> {
    nals(&[&[9, 0x10], SPS, PPS, &[0x65, 0x88, 0x84, 0, 0x20, 1]])
}

/// A picture whose PES packet fills so many packets.
fn filling(packets: usize) -> Vec<u8> {
    let head = nals(&[&[9, 0x30], &[0x41, 0x9A, 0x24, 0x6C, 0x41]]);
    let header = pes(Some(0), false, &[]).len();
    [head.clone(), vec![7; packets * 184 - header - head.len()]].concat()
}

fn picture(pts: u64, data: &[u8]) -> Vec<u8> {
    pes(Some(pts), false, data)
}

/// Tables, a key picture, sound if there is any, and a picture that fills two packets.
fn stream(streams: &[(u8, u16, &[u8])]) -> Writer {
    let mut stream = Writer::default().program(streams);
    if streams.len() > 1 {
        stream = stream.pes(AUDIO, 0, &mp3());
    }
    stream.unit(VIDEO, &picture(0, &key()), 0).full_unit(VIDEO, &picture(3600, &filling(2)))
}

/// Items that come and those of an end, and whether something is awaited then.
fn at_end(bytes: Vec<u8>) -> (String, bool) {
    let mut demuxer = demuxer();
    demuxer.push(Bytes::from(bytes));
    let mut all = words(demuxer.as_mut());
    demuxer.flush();
    all.extend(words(demuxer.as_mut()));
    (all.join(" "), demuxer.awaits().is_some())
}

#[test]
fn it_comes_out_at_an_end() {
    let last = format!("{}@3600+3600", filling(2).len());
    // Alone, and where packets of another stream stand behind it.
    let (words, awaits) = at_end(stream(VIDEO_ALONE).bytes);
    assert!(words.contains(&last) && awaits, "{words}");
    let (words, _) = at_end(stream(BOTH).pes(AUDIO, 2160, &mp3()).bytes);
    assert!(words.contains(&last), "{words}");
}

#[test]
fn it_waits_where_it_may_go_on() {
    // Beside a stream of sound, and within a packet.
    for bytes in [
        stream(BOTH).bytes,
        [stream(VIDEO_ALONE).bytes, vec![0x47]].concat(),
        [stream(BOTH).bytes, vec![0x47, 0x01]].concat(),
    ] {
        let (words, awaits) = at_end(bytes);
        assert!(!words.contains("@3600") && awaits, "{words}");
    }
    // Where pictures go on behind packets of other streams.
    let mut writer = stream(BOTH);
    for pts in [7200, 10_800] {
        let unit = picture(pts, &filling(2));
        writer.full_packet(VIDEO, true, &unit[..184]);
        writer = writer.pes(AUDIO, pts, &mp3());
        if pts == 7200 {
            writer.full_packet(VIDEO, false, &unit[184..]);
        }
    }
    let (words, awaits) = at_end(writer.bytes);
    assert!(words.contains("@7200") && !words.contains("@10800+3600") && awaits, "{words}");
}

/// A picture that an end was reached in comes again, whole, if more of it comes.
#[test]
fn it_comes_again_if_it_was_not_whole() {
    let whole = picture(3600, &filling(3));
    let next = picture(7200, &filling(1));
    let end = |writer: Writer| writer.full_unit(VIDEO, &next).bytes;
    for cut in [1, 2] {
        let begun = Writer::default().program(VIDEO_ALONE).unit(VIDEO, &picture(0, &key()), 0);
        let mut writer = begun;
        let mut streamed = demuxer();
        for (index, payload) in whole.chunks(184).enumerate() {
            if index == cut {
                streamed.push(Bytes::from(std::mem::take(&mut writer.bytes)));
                let words_before = words(streamed.as_mut()).join(" ");
                assert!(!words_before.contains("@3600"), "{words_before}");
                streamed.flush();
                let words_at_end = words(streamed.as_mut()).join(" ");
                assert!(words_at_end.contains("@3600+3600"), "{cut}: {words_before} | {words_at_end}");
            }
            writer.full_packet(VIDEO, index == 0, payload);
        }
        streamed.push(Bytes::from(end(writer)));
        let mut rest = words(streamed.as_mut());
        streamed.flush();
        rest.extend(words(streamed.as_mut()));
        let rest = rest.join(" ");
        assert!(rest.contains(&format!("{}@3600+3600", filling(3).len())), "{rest}");
        assert!(!rest.contains("lost") && rest.contains(&format!("{}@7200", filling(1).len())), "{rest}");
    }
}

/// A picture that was let out is whole if the next PES packet begins another.
#[test]
fn it_comes_once_if_it_was_whole() {
    let mut demuxer = demuxer();
    let Writer { bytes, counters } = stream(VIDEO_ALONE);
    demuxer.push(Bytes::from(bytes));
    let mut before = words(demuxer.as_mut());
    demuxer.flush();
    before.extend(words(demuxer.as_mut()));
    let before = before.join(" ");
    let next = Writer { bytes: Vec::new(), counters }.full_unit(VIDEO, &picture(7200, &filling(1)));
    demuxer.push(Bytes::from(next.bytes));
    let mut after = words(demuxer.as_mut());
    demuxer.flush();
    after.extend(words(demuxer.as_mut()));
    let after = after.join(" ");
    assert!(
        before.contains("@3600") && !after.contains("@3600") && after.contains("@7200"),
        "{before} {after}"
    );
}
