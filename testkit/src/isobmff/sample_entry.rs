//! Sample entries: what `stsd` holds.

use super::boxes::{Fields, boxed, full_box};

/// 72 dots an inch, which every writer puts there.
const VISUAL_RESOLUTION: u32 = 0x0048_0000;

/// A visual sample entry with its child boxes.
pub fn visual(name: &[u8; 4], width: u16, height: u16, children: &[Vec<u8>]) -> Vec<u8> {
    let fields = Fields::new()
        .zeros(6)
        .u16(1)
        .zeros(16)
        .u16(width)
        .u16(height)
        .u32(VISUAL_RESOLUTION)
        .u32(VISUAL_RESOLUTION)
        .zeros(4)
        .u16(1)
        .zeros(32)
        .u16(0x18)
        .u16(0xffff)
        .bytes(&children.concat());
    boxed(name, &fields.finish())
}

/// An audio sample entry with its child boxes. Rates beyond 16 bits are written as 0, as the format
/// wants it.
pub fn audio(name: &[u8; 4], channels: u16, sample_rate: u32, children: &[Vec<u8>]) -> Vec<u8> {
    let fields = Fields::new()
        .zeros(6)
        .u16(1)
        .zeros(8)
        .u16(channels)
        .u16(16)
        .zeros(4)
        .u16(u16::try_from(sample_rate).unwrap_or(0))
        .u16(0)
        .bytes(&children.concat());
    boxed(name, &fields.finish())
}

/// `avc1` with the payload of an `avcC`.
pub fn avc1(width: u16, height: u16, configuration: &[u8]) -> Vec<u8> {
    visual(b"avc1", width, height, &[boxed(b"avcC", configuration)])
}

/// `mp4a` for AAC with an AudioSpecificConfig.
pub fn mp4a(channels: u16, sample_rate: u32, audio_specific_config: &[u8]) -> Vec<u8> {
    audio(b"mp4a", channels, sample_rate, &[esds(0x40, audio_specific_config)])
}

/// `Opus` with the payload of a `dOps`.
pub fn opus(channels: u16, configuration: &[u8]) -> Vec<u8> {
    audio(b"Opus", channels, 48_000, &[boxed(b"dOps", configuration)])
}

/// An `esds` of an object type indication, with a decoder specific info.
pub fn esds(object_type: u8, decoder_specific_info: &[u8]) -> Vec<u8> {
    let info = descriptor(5, decoder_specific_info);
    let config =
        Fields::new().u8(object_type).u8(0x15).zeros(3).u32(128_000).u32(128_000).bytes(&info).finish();
    let stream =
        Fields::new().u16(1).u8(0).bytes(&descriptor(4, &config)).bytes(&descriptor(6, &[2])).finish();
    full_box(b"esds", 0, 0, &descriptor(3, &stream))
}

/// A descriptor of ISO/IEC 14496-1 with a four-byte size, as most writers have it.
pub fn descriptor(tag: u8, payload: &[u8]) -> Vec<u8> {
    let len = payload.len() as u32;
    let size =
        [(len >> 21) as u8 | 0x80, (len >> 14) as u8 | 0x80, (len >> 7) as u8 | 0x80, len as u8 & 0x7f];
    Fields::new().u8(tag).bytes(&size).bytes(payload).finish()
}

/// A sample entry made into a protected one: `encv` or `enca` with a `sinf` that holds the scheme
/// and a `tenc` payload (ISO-40).
pub fn protected(entry: &[u8], name: &[u8; 4], scheme: &[u8; 4], tenc_version: u8, tenc: &[u8]) -> Vec<u8> {
    let frma = boxed(b"frma", &entry[4..8]);
    let schm = full_box(b"schm", 0, 0, &Fields::new().bytes(scheme).u32(0x0001_0000).finish());
    let schi = boxed(b"schi", &full_box(b"tenc", tenc_version, 0, tenc));
    let sinf = boxed(b"sinf", &[frma, schm, schi].concat());
    boxed(name, &[&entry[8..], &sinf].concat())
}
