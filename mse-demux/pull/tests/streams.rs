//! Streams as recorders, radio stations and editors make them, written byte by byte.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod writers;

use bytes::Bytes;
use mse_core::{ByteStreamFormat, Demuxed, Demuxer, Limits, MimeType, ResetReason};
use mse_pull::{FLAC, OGG, WAV};
use mse_testkit::hostile;
use writers::{Pages, chunk, fmt, media, opus_head, riff, wav};

fn new(format: &ByteStreamFormat) -> Box<dyn Demuxer> {
    (format.new_demuxer)(&MimeType::parse(format.mime_types[0]).unwrap(), &Limits::default())
}

/// All items in words: `init(opus)`, `0+960` in samples, `lost(5@3)`, and the code of an error.
fn words(demuxer: &mut dyn Demuxer) -> String {
    let mut words = Vec::new();
    let mut scale = std::num::NonZeroU32::MIN;
    loop {
        words.push(match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return words.join(" "),
            Ok(Demuxed::InitSegment(init)) => {
                scale = init.tracks[0].timescale;
                let left = init.left_out.iter().map(|track| format!(" -{}", track.format));
                format!("init({}{})", init.tracks[0].descriptions[0].codec, left.collect::<String>())
            }
            Ok(Demuxed::Frame(frame)) => {
                if scale.get() == 1 {
                    scale = std::num::NonZeroU32::new(48_000).unwrap();
                }
                let ticks = |time: mse_core::MediaTime| time.to_ticks(scale);
                let (start, duration) = (ticks(frame.presentation_timestamp), ticks(frame.duration));
                match (ticks(frame.discard.start), ticks(frame.discard.end)) {
                    (0, 0) => format!("{start}+{duration}"),
                    (before, behind) => format!("{start}+{duration}-{before}-{behind}"),
                }
            }
            Ok(Demuxed::Lost(loss)) => format!("lost({}@{})", loss.bytes, loss.offset),
            Ok(_) => continue,
            Err(error) => {
                words.push(format!("{} at {}: {}", error.code, error.offset, error.detail));
                return words.join(" ");
            }
        });
    }
}

/// All of a stream, which is the same for every split.
fn all(format: &ByteStreamFormat, bytes: &[u8]) -> String {
    for piece in [1, 7, 100, 1021] {
        hostile::check(format, bytes, piece);
    }
    let mut demuxer = new(format);
    demuxer.push(Bytes::copy_from_slice(bytes));
    demuxer.flush();
    words(demuxer.as_mut())
}

/// An Opus packet of 20 ms.
fn packet(fill: u8) -> Vec<u8> {
    [&[0x78][..], &[fill; 9]].concat()
}

/// A link of Opus: headers, and pages of two packets.
fn link(serial: u32, count: usize) -> Vec<u8> {
    let mut pages = Pages::new(serial);
    pages.add(2, 0, &[&opus_head(312)]);
    pages.add(0, 0, &[b"OpusTags\0\0\0\0\0\0\0\0"]);
    for index in 1..=count as i64 {
        let flags = if index == count as i64 { 4 } else { 0 };
        pages.add(flags, index * 1920, &[&packet(index as u8), &packet(0)]);
    }
    pages.bytes
}

#[test]
fn links_follow_each_other() {
    let one = "init(opus) 0+960 960+960 1920+960 2880+960";
    assert_eq!(all(&OGG, &link(1, 2)), one);
    let second = "init(opus) 3840+960 4800+960";
    for serial in [1, 2] {
        assert_eq!(all(&OGG, &[link(1, 2), link(serial, 1)].concat()), format!("{one} {second}"));
    }
    // One that was joined late begins late in the file, and follows all the same.
    let mut late = Pages::new(3);
    late.add(2, 0, &[&opus_head(0)]);
    late.add(0, 0, &[b"OpusTags\0\0\0\0\0\0\0\0"]);
    late.add(0, 96_000, &[&packet(1)]);
    assert_eq!(all(&OGG, &[link(1, 2), late.bytes.clone()].concat()), format!("{one} init(opus) 3840+960"));
    assert_eq!(all(&OGG, &late.bytes), "init(opus) 95040+960");
    // Behind an abort, or a new timestampOffset, times are those of the file.
    for reason in [ResetReason::Abort, ResetReason::TimestampOffsetSet] {
        let mut demuxer = new(&OGG);
        demuxer.push(link(1, 2).into());
        assert_eq!(words(demuxer.as_mut()), one);
        demuxer.reset(reason);
        demuxer.push(link(2, 2).into());
        assert_eq!(words(demuxer.as_mut()), one);
    }
}

#[test]
fn headers_alone_are_an_initialization_segment() {
    assert_eq!(all(&OGG, &link(1, 0)), "init(opus)");
    let flac = media("flac.flac");
    assert_eq!(all(&FLAC, &flac[..42]), "");
    let header = [&b"fLaC\x80\0\0\x22"[..], &flac[8..42]].concat();
    assert_eq!(all(&FLAC, &header), "init(flac)");
    // And a seek is an abort, and any page.
    let whole = link(1, 4);
    let mut demuxer = new(&OGG);
    demuxer.push(link(1, 0).into());
    words(demuxer.as_mut());
    demuxer.reset(ResetReason::Abort);
    demuxer.push(whole[whole.len() - 2 * 49..].to_vec().into());
    assert_eq!(words(demuxer.as_mut()), "3840+960 4800+960 5760+960 6720+960");
}

#[test]
fn headers_that_are_said_again_are_no_frames() {
    let mut pages = Pages::new(7);
    pages.bytes = link(7, 2);
    pages.sequence = 4;
    pages.add(0, 3840, &[&opus_head(312)]);
    pages.add(0, 3840, &[b"OpusTags\0\0\0\0\0\0\0\0"]);
    pages.add(0, 4800, &[&packet(9)]);
    let expected = "init(opus) 0+960 960+960 1920+960 2880+960 3840+960";
    assert_eq!(all(&OGG, &pages.bytes), expected);
    // As a first page, the same stream is a link that follows.
    let mut again = Pages::new(7);
    again.add(2, 0, &[&opus_head(312)]);
    again.add(0, 0, &[b"OpusTags\0\0\0\0\0\0\0\0"]);
    again.add(0, 3840 + 960, &[&packet(9)]);
    assert_eq!(
        all(&OGG, &[link(7, 2), again.bytes].concat()),
        "init(opus) 0+960 960+960 1920+960 2880+960 init(opus) 3840+960"
    );
}

#[test]
fn streams_that_are_not_read_are_named() {
    let beside = |first: &[u8]| {
        let (mut other, mut sound) = (Pages::new(2), Pages::new(1));
        other.add(2, 0, &[first]);
        sound.add(2, 0, &[&opus_head(0)]);
        let begin = [std::mem::take(&mut other.bytes), std::mem::take(&mut sound.bytes)].concat();
        sound.add(0, 0, &[b"OpusTags\0\0\0\0\0\0\0\0"]);
        other.add(0, 0, &[&[0x81; 300], &[0x82; 70_000]]);
        [begin, other.bytes, sound.bytes].concat()
    };
    for (first, name) in [
        (&b"fishead\0\x03\0"[..], "Skeleton"),
        (b"\x80theora\x03\x02", "Theora"),
        (b"Speex   1.2", "Speex"),
        (b"\x80kate\0\0\0", "Kate"),
        (b"whatever", "unknown"),
    ] {
        assert_eq!(all(&OGG, &beside(first)), format!("init(opus -{name})"));
        let mut alone = Pages::new(1);
        alone.add(2, 0, &[first]);
        alone.add(0, 0, &[b"comments"]);
        let error = all(&OGG, &alone.bytes);
        assert!(
            error.starts_with("pull.unsupported at") && error.ends_with(&format!("read: {name}")),
            "{error}"
        );
    }
}

#[test]
fn pages_of_a_stream_whose_first_page_is_missing_are_passed_over_and_told() {
    let whole = link(5, 4);
    let frames = "init(opus) 0+960 960+960 1920+960 2880+960 3840+960 4800+960 5760+960 6720+960";
    assert_eq!(all(&OGG, &whole), frames);
    // Alone; in front of a whole stream; with rubbish and a broken page between; in the middle of
    // one.
    let second = whole.windows(4).enumerate().skip(1).find(|(_, bytes)| bytes == b"OggS").unwrap().0;
    let torn = &whole[second..];
    let pages: Vec<usize> =
        (0..torn.len()).filter(|at| torn[*at..].starts_with(b"OggS")).chain([torn.len()]).collect();
    let lost = |at: usize| {
        let each = pages.windows(2).map(|page| format!("lost({}@{})", page[1] - page[0], at + page[0]));
        each.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(all(&OGG, torn), lost(0));
    let before = [torn, &whole].concat();
    assert_eq!(all(&OGG, &before), format!("{} {frames}", lost(0)));
    let rubbish = [torn, b"rubbish", &whole].concat();
    assert_eq!(all(&OGG, &rubbish), format!("{} lost(7@{}) {frames}", lost(0), torn.len()));
    let other = link(6, 4);
    let place = other.windows(4).rposition(|bytes| bytes == b"OggS").unwrap();
    let middle = [&other[..place], torn, &other[place..]].concat();
    let (start, end) = frames.split_at(frames.find(" 5760").unwrap());
    assert_eq!(all(&OGG, &middle), format!("{start} {}{end}", lost(place)));
}

#[test]
fn packets_go_over_pages_and_their_loss_is_told() {
    let long = [&[0x78][..], &[5; 1000]].concat();
    let mut pages = Pages::new(1);
    pages.add(2, 0, &[&opus_head(0)]);
    pages.add(0, 0, &[b"OpusTags\0\0\0\0\0\0\0\0"]);
    let headers = pages.bytes.len();
    pages.add_lacing(0, -1, &[255, 255], &long[..510]);
    let second = pages.bytes.len();
    pages.add_lacing(1, 1920, &[255, 236, 10], &[&long[510..], &packet(1)].concat());
    let third = pages.bytes.len();
    pages.add(0, 2880, &[&packet(2)]);
    let bytes = pages.bytes;
    assert_eq!(all(&OGG, &bytes), "init(opus) 0+960 960+960 1920+960");
    // The first half is missing, then the second; a page comes twice; rubbish; a page is damaged.
    let without_first = [&bytes[..headers], &bytes[second..]].concat();
    let from = headers;
    assert_eq!(
        all(&OGG, &without_first),
        format!("init(opus) lost(0@{from}) lost(491@{from}) 960+960 1920+960")
    );
    let without_second = [&bytes[..second], &bytes[third..]].concat();
    assert_eq!(all(&OGG, &without_second), format!("init(opus) lost(510@{second}) 1920+960"));
    let twice = [&bytes[..third], &bytes[second..]].concat();
    let size = third - second;
    assert_eq!(all(&OGG, &twice), format!("init(opus) 0+960 960+960 lost({size}@{third}) 1920+960"));
    let rubbish = [&bytes[..third], b"rubbish OggS", &bytes[third..]].concat();
    assert_eq!(all(&OGG, &rubbish), format!("init(opus) 0+960 960+960 lost(12@{third}) 1920+960"));
    let mut damaged = bytes.clone();
    damaged[second + 40] ^= 1;
    assert_eq!(all(&OGG, &damaged), format!("init(opus) lost({size}@{second}) lost(510@{third}) 1920+960"),);
}

#[test]
fn a_page_whose_size_is_damaged_holds_nothing_up_for_ever() {
    let mut bytes = link(1, 3);
    let page = bytes.len() - 2 * 49;
    // 255 lacing values.
    bytes[page + 26] = 255;
    let words = all(&OGG, &bytes);
    assert_eq!(
        words,
        format!("init(opus) 0+960 960+960 lost(49@{page}) lost(0@{}) 3840+960 4800+960", page + 49)
    );
}

#[test]
fn the_first_and_last_granule_position_cut() {
    // The end is in the middle of the last packet but one.
    let mut pages = Pages::new(1);
    pages.bytes = link(1, 0);
    pages.sequence = 2;
    pages.add(0, 1920, &[&packet(1), &packet(2)]);
    pages.add(4, 2400, &[&packet(3), &packet(4)]);
    assert_eq!(all(&OGG, &pages.bytes), "init(opus) 0+960 960+960 1920+480-0-480 2400+0-0-960");
    // One page is all.
    let mut pages = Pages::new(1);
    pages.bytes = link(1, 0);
    pages.sequence = 2;
    pages.add(4, 1000, &[&packet(1), &packet(2)]);
    assert_eq!(all(&OGG, &pages.bytes), "init(opus) 0+960 960+40-0-920");
}

#[test]
fn wav_of_every_header() {
    let pcm = fmt(1, 1, 8000, 16, &[]);
    let data: Vec<u8> = (0..200).collect();
    let simple = wav(&[chunk(b"fmt ", &pcm), chunk(b"data", &data)]);
    let whole = "init(pcm-s16) 0+100";
    assert_eq!(all(&WAV, &simple), whole);
    // `fmt ` of any size.
    for more in [2, 3, 4, 100] {
        let pcm = fmt(1, 1, 8000, 16, &vec![0; more]);
        assert_eq!(all(&WAV, &wav(&[chunk(b"fmt ", &pcm), chunk(b"data", &data)])), whole, "{more}");
    }
    // Other chunks, of odd sizes, with and without the byte that makes them even.
    let mut unpadded = chunk(b"LIST", b"INFOodd");
    unpadded.pop();
    for list in [chunk(b"LIST", b"INFOodd"), unpadded, chunk(b"JUNK", &[0; 1000]), chunk(b"bext", b"x")] {
        let around = [list.clone(), chunk(b"fmt ", &pcm), list.clone(), chunk(b"data", &data), list];
        assert_eq!(all(&WAV, &wav(&around)), whole);
    }
    // WAVEFORMATEXTENSIBLE.
    let tail = b"\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71";
    let extension = [&[22, 0, 16, 0, 4, 0, 0, 0, 1, 0][..], tail].concat();
    let extensible = fmt(0xFFFE, 1, 8000, 16, &extension);
    assert_eq!(all(&WAV, &wav(&[chunk(b"fmt ", &extensible), chunk(b"data", &data)])), whole);
    // 24 bits in 32, and what is not read.
    let wide = fmt(1, 1, 8000, 24, &[]);
    let mut wide_block = wide.clone();
    wide_block[12] = 4;
    assert_eq!(all(&WAV, &wav(&[chunk(b"fmt ", &wide_block), chunk(b"data", &data)])), "init(pcm-s32) 0+50");
    let adpcm = wav(&[chunk(b"fmt ", &fmt(0x11, 1, 8000, 4, &[])), chunk(b"data", &data)]);
    assert!(all(&WAV, &adpcm).contains("pull.unsupported at 12: format tag 0x0011 (IMA ADPCM)"));
    let none = wav(&[chunk(b"data", &data)]);
    assert_eq!(all(&WAV, &none), "pull.malformed at 12: no fmt before the data");
}

#[test]
fn wav_of_unknown_and_of_large_size() {
    let pcm = chunk(b"fmt ", &fmt(1, 1, 8000, 16, &[]));
    let data: Vec<u8> = (0..200).collect();
    let open = |riff_size: u32, size: u32| {
        let head = [&b"data"[..], &size.to_le_bytes()].concat();
        riff(b"RIFF", riff_size, &[&pcm[..], &head, &data].concat())
    };
    for bytes in [open(0, 0), open(u32::MAX, u32::MAX), open(0x7FFF_FFFF, 0x7FFF_FFD3), open(36, 0)] {
        assert_eq!(all(&WAV, &bytes), "init(pcm-s16) 0+100");
        assert!((WAV.sniff)(&bytes));
    }
    let sizes = chunk(b"ds64", &[&300_u64.to_le_bytes()[..], &200_u64.to_le_bytes(), &[0; 12]].concat());
    let head = [&b"data"[..], &u32::MAX.to_le_bytes()].concat();
    for form in [b"RF64", b"BW64"] {
        let bytes =
            riff(form, u32::MAX, &[&sizes[..], &pcm, &head, &data, &chunk(b"LIST", b"INFO")].concat());
        assert_eq!(all(&WAV, &bytes), "init(pcm-s16) 0+100");
        assert!((WAV.sniff)(&bytes));
    }
    // Less than a sample is left, rubbish behind the data, another file behind it.
    let odd = wav(&[pcm.clone(), chunk(b"data", &data[..199])]);
    assert_eq!(all(&WAV, &odd), "init(pcm-s16) 0+99 lost(1@242)");
    let simple = wav(&[pcm, chunk(b"data", &data)]);
    let end = simple.len();
    let expected = format!("init(pcm-s16) 0+100 lost(9@{end}) init(pcm-s16) 0+100");
    assert_eq!(all(&WAV, &[&simple[..], &[1; 9], &simple].concat()), expected);
}

/// Offset of the first frame, behind the metadata of a file.
fn first_frame(file: &[u8]) -> usize {
    let mut at = 4;
    loop {
        let is_last = file[at] & 0x80 != 0;
        at += 4 + usize::from(file[at + 2]) * 256 + usize::from(file[at + 3]);
        if is_last {
            return at;
        }
    }
}

#[test]
fn flac_behind_tags_and_with_any_metadata() {
    let file = media("flac.flac");
    let expected = all(&FLAC, &file);
    let (info, frames) = (&file[8..42], &file[first_frame(&file)..]);
    let blocks = |blocks: &[(u8, usize)]| {
        let mut bytes = [&b"fLaC\0\0\0\x22"[..], info].concat();
        for (index, (kind, size)) in blocks.iter().enumerate() {
            let last = if index + 1 == blocks.len() { 0x80 } else { 0 };
            bytes.extend([kind | last, (size >> 16) as u8, (size >> 8) as u8, *size as u8]);
            bytes.resize(bytes.len() + size, 0xFF);
        }
        [&bytes, frames].concat()
    };
    for others in [&[(1, 0)][..], &[(4, 40), (6, 70_000)], &[(2, 9), (3, 18), (5, 400), (100, 3)], &[]] {
        assert_eq!(all(&FLAC, &blocks(others)), expected, "{others:?}");
    }
    let tag = b"ID3\x04\0\0\0\0\0\x04xxxx";
    let id3v1 = [&b"TAG"[..], &[b'x'; 125]].concat();
    for front in [&tag[..], &[&tag[..], tag].concat()] {
        let bytes = [front, &file, &id3v1].concat();
        assert_eq!(all(&FLAC, &bytes), expected);
        assert!((FLAC.sniff)(&bytes));
    }
    // A file behind another, with a tag between or without, whole or cut.
    let twice = format!("{expected} {expected}");
    assert_eq!(all(&FLAC, &[&file[..], &file].concat()), twice);
    assert_eq!(all(&FLAC, &[&file[..], tag, &file, &id3v1, &file].concat()), format!("{twice} {expected}"));
    let cut = all(&FLAC, &[&file[..file.len() - 50], &file].concat());
    let lost = cut.split(' ').filter(|word| word.starts_with("lost")).count();
    assert_eq!((cut.matches('+').count(), lost), (2 * expected.matches('+').count() - 1, 1), "{cut}");
}

#[test]
fn damage_in_flac_costs_its_frame() {
    let file = media("flac.flac");
    let expected = all(&FLAC, &file);
    let frames: Vec<&str> = expected.split(' ').skip(1).collect();
    for at in (first_frame(&file)..file.len()).step_by(97) {
        let mut damaged = file.to_vec();
        damaged[at] ^= 0x10;
        let words = all(&FLAC, &damaged);
        let whole: Vec<&str> = words.split(' ').skip(1).filter(|word| !word.starts_with("lost")).collect();
        // The last frame is known to be none only when more comes.
        let is_in_last = whole[..] == frames[..frames.len() - 1];
        assert!(
            whole.len() + 1 == frames.len() && (words.contains("lost") || is_in_last),
            "byte {at}: {words}"
        );
        assert!(whole.iter().all(|frame| frames.contains(frame)), "byte {at}");
    }
}
