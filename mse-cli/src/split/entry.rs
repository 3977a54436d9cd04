//! Sample entries: taken from a `moov`, or made from a description.

use super::boxes::{boxed, full};
use crate::bmff::Child;
use mse::{
    CodecConfiguration, CodedFrame, EncryptionParameters, MediaDescription, Track, TrackDescription, TrackId,
    VideoDescription,
};
use mse_codecs::annexb;

/// The `stsd` of each track of a `moov`, as it is.
pub(super) fn sample_entries<'a>(moov: Child<'a>) -> impl Iterator<Item = (TrackId, Vec<u8>)> + 'a {
    moov.children().filter(|child| child.kind == *b"trak").filter_map(|trak| {
        let (version, _, fields) = trak.child(b"tkhd")?.full()?;
        let at = if version == 0 { 8 } else { 16 };
        let id = u32::from_be_bytes(*fields.get(at..)?.first_chunk::<4>()?);
        let stbl = trak.child(b"mdia")?.child(b"minf")?.child(b"stbl")?;
        Some((TrackId(id.into()), boxed(b"stsd", &[stbl.child(b"stsd")?.payload])))
    })
}

/// The `stsd` of a track that comes from another container; why there is none.
pub(super) fn made(track: &Track, first: &CodedFrame) -> Result<Vec<u8>, String> {
    let entries: Result<Vec<Vec<u8>>, String> =
        track.descriptions.iter().map(|description| sample_entry(description, first)).collect();
    let entries = entries?;
    Ok(full(b"stsd", 0, 0, &[&(entries.len() as u32).to_be_bytes(), &entries.concat()]))
}

fn sample_entry(description: &TrackDescription, first: &CodedFrame) -> Result<Vec<u8>, String> {
    let (kind, record) = record(description, first)?;
    let name = |clear: [u8; 4], protected: &[u8; 4]| match &description.encryption {
        Some(parameters) => (*protected, protection(clear, parameters)),
        None => (clear, Vec::new()),
    };
    Ok(match &description.media {
        MediaDescription::Video(video) => {
            let (kind, sinf) = name(kind, b"encv");
            visual(&kind, video, &[record, sinf].concat())
        }
        MediaDescription::Audio(audio) => {
            let (kind, sinf) = name(kind, b"enca");
            let mut fields = [0; 28];
            fields[7] = 1;
            fields[16..18].copy_from_slice(&audio.channels.to_be_bytes());
            fields[18..20].copy_from_slice(&16_u16.to_be_bytes());
            let rate = u16::try_from(audio.sample_rate).unwrap_or_default();
            fields[24..26].copy_from_slice(&rate.to_be_bytes());
            boxed(&kind, &[&fields, &record, &sinf])
        }
        MediaDescription::Text(_) => return Err("text of this container has no place in CMAF".to_owned()),
    })
}

fn visual(kind: &[u8; 4], video: &VideoDescription, children: &[u8]) -> Vec<u8> {
    let mut fields = [0; 78];
    fields[7] = 1;
    let pixels = |count: u32| u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes();
    fields[24..26].copy_from_slice(&pixels(video.coded_width));
    fields[26..28].copy_from_slice(&pixels(video.coded_height));
    fields[28..32].copy_from_slice(&0x48_0000_u32.to_be_bytes());
    fields[32..36].copy_from_slice(&0x48_0000_u32.to_be_bytes());
    fields[41] = 1;
    fields[74..76].copy_from_slice(&24_u16.to_be_bytes());
    fields[76..78].fill(0xff);
    let (across, down) = video.pixel_aspect;
    let aspect = boxed(b"pasp", &[&across.to_be_bytes(), &down.to_be_bytes()]);
    let colour = video.colour.map_or_else(Vec::new, |colour| {
        let code = |code: u16| code.to_be_bytes();
        let range = [u8::from(colour.full_range) << 7];
        let parts = [code(colour.primaries), code(colour.transfer), code(colour.matrix)].concat();
        boxed(b"colr", &[b"nclx", &parts, &range])
    });
    boxed(kind, &[&fields, children, &aspect, &colour])
}

/// `sinf` of a sample entry whose name says that it is encrypted.
fn protection(original: [u8; 4], parameters: &EncryptionParameters) -> Vec<u8> {
    let scheme = full(b"schm", 0, 0, &[parameters.scheme.as_str().as_bytes(), &0x1_0000_u32.to_be_bytes()]);
    let pattern = parameters.pattern;
    let key: Vec<u8> = parameters.key_id.0.iter().copied().chain([0; 16]).take(16).collect();
    let constant = if parameters.per_sample_iv_size == 0 && !parameters.constant_iv.is_empty() {
        [&[parameters.constant_iv.len() as u8][..], &parameters.constant_iv].concat()
    } else {
        Vec::new()
    };
    let fields = [
        0,
        pattern.crypt << 4 | pattern.skip & 0xf,
        u8::from(parameters.is_protected),
        parameters.per_sample_iv_size,
    ];
    let version = u8::from(pattern.crypt > 0);
    let tenc = full(b"tenc", version, 0, &[&fields, &key, &constant]);
    boxed(b"sinf", &[&boxed(b"frma", &[&original]), &scheme, &boxed(b"schi", &[&tenc])])
}

/// Name of the sample entry, and its configuration box.
fn record(description: &TrackDescription, first: &CodedFrame) -> Result<([u8; 4], Vec<u8>), String> {
    let codec = description.codec.as_str();
    let configuration = &description.configuration;
    let bytes = &configuration.bytes;
    let family = codec.split('.').next().unwrap_or_default();
    let missing = || "its configuration is missing".to_owned();
    Ok(match (family, configuration.format) {
        ("avc1" | "avc3", "annexb") => {
            (*b"avc3", boxed(b"avcC", &[&avc_of_sets(bytes).ok_or_else(missing)?]))
        }
        ("hvc1" | "hev1", "annexb") => {
            (*b"hev1", boxed(b"hvcC", &[&hevc_of_sets(bytes).ok_or_else(missing)?]))
        }
        ("avc1", _) => (*b"avc1", boxed(b"avcC", &[bytes])),
        ("avc3", _) => (*b"avc3", boxed(b"avcC", &[bytes])),
        ("hvc1", _) => (*b"hvc1", boxed(b"hvcC", &[bytes])),
        ("hev1", _) => (*b"hev1", boxed(b"hvcC", &[bytes])),
        ("av01", _) => (*b"av01", boxed(b"av1C", &[bytes])),
        ("vp8" | "vp08", _) => (*b"vp08", vp(0, description)),
        ("vp9" | "vp09", _) => (*b"vp09", vp(profile_of_vp9(&first.data), description)),
        ("opus", "dOps") => (*b"Opus", boxed(b"dOps", &[bytes])),
        ("opus", _) => (*b"Opus", boxed(b"dOps", &[&opus(bytes).ok_or_else(missing)?])),
        ("flac", _) => {
            let blocks = bytes.strip_prefix(b"fLaC").unwrap_or(bytes);
            (*b"fLaC", full(b"dfLa", 0, 0, &[blocks]))
        }
        ("mp3", _) => (*b"mp4a", esds(0x6b, &[])),
        ("mp4a", _) => match (codec.get(5..7).unwrap_or_default(), audio_config(configuration)) {
            ("40", Some(config)) => (*b"mp4a", esds(0x40, config)),
            ("69", _) => (*b"mp4a", esds(0x69, &[])),
            ("6B", _) => (*b"mp4a", esds(0x6b, &[])),
            _ => return Err(missing()),
        },
        ("ac-3", _) => (*b"ac-3", boxed(b"dac3", &[&ac3(&first.data).ok_or_else(missing)?])),
        _ => return Err("no sample entry of ISO BMFF is known for it here".to_owned()),
    })
}

fn audio_config(configuration: &CodecConfiguration) -> Option<&[u8]> {
    let specific = configuration.decoder_specific.as_deref();
    specific.or(Some(&configuration.bytes)).filter(|config| !config.is_empty())
}

fn avc_of_sets(sets: &[u8]) -> Option<Vec<u8>> {
    let of = |kind: u8| -> Vec<&[u8]> {
        annexb::units(sets).filter(|unit| unit.first().is_some_and(|head| head & 0x1f == kind)).collect()
    };
    annexb::avc_configuration(&of(7), &of(8))
}

fn hevc_of_sets(sets: &[u8]) -> Option<Vec<u8>> {
    let of = |kind: u8| -> Vec<&[u8]> {
        annexb::units(sets).filter(|unit| unit.first().is_some_and(|head| head >> 1 & 0x3f == kind)).collect()
    };
    annexb::hevc_configuration(&of(32), &of(33), &of(34))
}

/// `vpcC` with what is known; the level is left open.
fn vp(profile: u8, description: &TrackDescription) -> Vec<u8> {
    const UNSPECIFIED: u8 = 2;
    let colour = match &description.media {
        MediaDescription::Video(video) => video.colour,
        _ => None,
    };
    let code = |code: Option<u16>| code.and_then(|code| u8::try_from(code).ok()).unwrap_or(UNSPECIFIED);
    let full_range = u8::from(colour.is_some_and(|colour| colour.full_range));
    let depth = if profile >= 2 { 10 } else { 8 };
    let fields = [
        profile,
        10,
        depth << 4 | 1 << 1 | full_range,
        code(colour.map(|colour| colour.primaries)),
        code(colour.map(|colour| colour.transfer)),
        code(colour.map(|colour| colour.matrix)),
        0,
        0,
    ];
    full(b"vpcC", 1, 0, &[&fields])
}

/// Profile in the uncompressed header of a frame (VP9 bitstream specification, clause 6.2).
fn profile_of_vp9(frame: &[u8]) -> u8 {
    let head = frame.first().copied().unwrap_or_default();
    (head >> 5 & 1) | (head >> 4 & 1) << 1
}

/// `dOps` of an OpusHead: the same fields, in big-endian order (RFC 7845 section 5.1).
fn opus(head: &[u8]) -> Option<Vec<u8>> {
    let &[_, channels, s0, s1, r0, r1, r2, r3, g0, g1, ref mapping @ ..] = head.strip_prefix(b"OpusHead")?
    else {
        return None;
    };
    Some([&[0, channels, s1, s0, r3, r2, r1, r0, g1, g0][..], mapping].concat())
}

/// `esds` of MPEG-4 audio with a DecoderSpecificInfo, if there is one (ISO/IEC 14496-14 clause
/// 5.6).
fn esds(object_type: u8, config: &[u8]) -> Vec<u8> {
    let descriptor = |tag: u8, parts: &[&[u8]]| {
        let payload = parts.concat();
        [&[tag, payload.len().min(127) as u8][..], &payload].concat()
    };
    let specific = if config.is_empty() { Vec::new() } else { descriptor(5, &[config]) };
    const AUDIO_STREAM: u8 = 5 << 2 | 1;
    let decoder = descriptor(4, &[&[object_type, AUDIO_STREAM], &[0; 11], &specific]);
    let es = descriptor(3, &[&[0, 0, 0], &decoder, &descriptor(6, &[&[2]])]);
    full(b"esds", 0, 0, &[&es])
}

/// `dac3` of a syncframe (ETSI TS 102 366 clauses 4.3 and F.4).
fn ac3(frame: &[u8]) -> Option<Vec<u8>> {
    let &[0x0b, 0x77, _, _, sizes, stream, modes, rest, ..] = frame else { return None };
    let (rate, size) = (u32::from(sizes >> 6), u32::from(sizes & 0x3f));
    let (bsid, bsmod, acmod) = (u32::from(stream >> 3), u32::from(stream & 7), u32::from(modes >> 5));
    // Mix levels lie between acmod and lfeon.
    let levels = [acmod & 1 == 1 && acmod != 1, acmod & 4 != 0, acmod == 2].map(u32::from);
    let bits = u32::from(modes) << 8 | u32::from(rest);
    let lfeon = bits >> (12 - 2 * levels.iter().sum::<u32>()) & 1;
    let fields = rate << 22 | bsid << 17 | bsmod << 14 | acmod << 11 | lfeon << 10 | (size >> 1) << 5;
    Some(fields.to_be_bytes()[1..].to_vec())
}
