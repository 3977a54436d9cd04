//! A movie fragment: `moof` and `mdat` of consecutive frames of one description.

use super::boxes::{boxed, full, words};
use super::movie::TRACK_ID;
use mse::{CodedFrame, EncryptionParameters};
use std::sync::Arc;

/// A frame with its times in ticks.
pub(super) struct Sample {
    pub(super) frame: CodedFrame,
    /// Coded bytes in the form of ISO BMFF.
    pub(super) data: Vec<u8>,
    pub(super) decode_time: u64,
    pub(super) composition_offset: i32,
    pub(super) duration: u32,
}

/// The bytes of a fragment. `parameters`: the encryption that the sample entry states.
pub(super) fn bytes(
    sequence: u32,
    samples: &[Sample],
    parameters: Option<&Arc<EncryptionParameters>>,
) -> Vec<u8> {
    let Some(first) = samples.first() else { return Vec::new() };
    const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
    const DESCRIPTION_INDEX: u32 = 0x2;
    let mfhd = full(b"mfhd", 0, 0, &[&sequence.to_be_bytes()]);
    let index = u32::from(first.frame.description) + 1;
    let tfhd = full(b"tfhd", 0, DEFAULT_BASE_IS_MOOF | DESCRIPTION_INDEX, &[&words(&[TRACK_ID, index])]);
    let tfdt = full(b"tfdt", 1, 0, &[&first.decode_time.to_be_bytes()]);
    let head = [tfhd, tfdt].concat();
    let run_size = run(samples, 0).len();
    let before = 8 + mfhd.len() + 8 + head.len() + run_size;
    let encryption = encryption(samples, parameters, before);
    let moof_size = before + encryption.len();
    let run = run(samples, moof_size as u32 + 8);
    let traf = boxed(b"traf", &[&head, &run, &encryption]);
    let moof = boxed(b"moof", &[&mfhd, &traf]);
    let data: Vec<&[u8]> = samples.iter().map(|sample| &*sample.data).collect();
    [moof, boxed(b"mdat", &data)].concat()
}

/// `trun` with every field.
fn run(samples: &[Sample], data_offset: u32) -> Vec<u8> {
    const FIELDS: u32 = 0x1 | 0x100 | 0x200 | 0x400 | 0x800;
    const SYNC: u32 = 0x0200_0000;
    const NON_SYNC: u32 = 0x0101_0000;
    let mut rows = words(&[samples.len() as u32, data_offset]);
    for sample in samples {
        let flags = if sample.frame.is_random_access_point { SYNC } else { NON_SYNC };
        let offset = sample.composition_offset as u32;
        rows.extend(words(&[sample.duration, sample.data.len() as u32, flags, offset]));
    }
    full(b"trun", 1, FIELDS, &[&rows])
}

/// `saiz`, `saio`, `senc`, and `sgpd` and `sbgp` where frames are encrypted in other ways than the
/// sample entry states (ISO/IEC 23001-7 clauses 7 and 6). `before`: bytes of the `moof` up to here.
fn encryption(samples: &[Sample], parameters: Option<&Arc<EncryptionParameters>>, before: usize) -> Vec<u8> {
    let Some(parameters) = parameters else { return Vec::new() };
    let mut out = Vec::new();
    let (sizes, rows, has_subsamples) = auxiliary(samples);
    if sizes.iter().any(|size| *size > 0) {
        let count = (samples.len() as u32).to_be_bytes();
        let saiz = full(b"saiz", 0, 0, &[&[0], &count, &sizes]);
        const SAIO: usize = 20;
        const SENC_HEADER: usize = 16;
        let offset = before + saiz.len() + SAIO + SENC_HEADER;
        out.extend(saiz);
        out.extend(full(b"saio", 0, 0, &[&words(&[1, offset as u32])]));
        let flags = if has_subsamples { 2 } else { 0 };
        out.extend(full(b"senc", 0, flags, &[&count, &rows]));
    }
    out.extend(groups(samples, parameters));
    out
}

/// Size of the auxiliary information of each frame, that information, and whether it has
/// subsamples.
fn auxiliary(samples: &[Sample]) -> (Vec<u8>, Vec<u8>, bool) {
    let parts = |sample: &Sample| {
        let size = sample.data.len() as u32;
        sample.frame.encryption.as_ref().map(|encryption| encryption.subsamples_of(size)).unwrap_or_default()
    };
    let has_subsamples = samples.iter().any(|sample| !parts(sample).is_empty());
    let (mut sizes, mut rows) = (Vec::new(), Vec::new());
    for sample in samples {
        let start = rows.len();
        let Some(encryption) = &sample.frame.encryption else {
            if has_subsamples {
                rows.extend([0, 0]);
            }
            sizes.push((rows.len() - start) as u8);
            continue;
        };
        if encryption.parameters().per_sample_iv_size > 0 {
            rows.extend(encryption.initialization_vector());
        }
        if has_subsamples {
            // A clear part has 16 bits; a longer one takes several entries.
            let mut entries: Vec<(u16, u32)> = Vec::new();
            for part in parts(sample) {
                let mut clear = part.clear;
                while clear > u16::MAX.into() {
                    entries.push((u16::MAX, 0));
                    clear -= u32::from(u16::MAX);
                }
                entries.push((clear as u16, part.protected));
            }
            if entries.is_empty() {
                entries.push((0, sample.data.len() as u32));
            }
            rows.extend((entries.len() as u16).to_be_bytes());
            for (clear, protected) in entries {
                rows.extend(clear.to_be_bytes());
                rows.extend(protected.to_be_bytes());
            }
        }
        sizes.push(u8::try_from(rows.len() - start).unwrap_or(u8::MAX));
    }
    (sizes, rows, has_subsamples)
}

/// Sample groups `seig` of frames whose parameters are not those of the sample entry.
fn groups(samples: &[Sample], parameters: &Arc<EncryptionParameters>) -> Vec<u8> {
    let mut described: Vec<Option<&Arc<EncryptionParameters>>> = Vec::new();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for sample in samples {
        let of_frame = sample.frame.encryption.as_ref().map(mse::FrameEncryption::parameters);
        let index = if of_frame == Some(parameters) || of_frame.is_none() && !parameters.is_protected {
            0
        } else if let Some(at) = described.iter().position(|known| *known == of_frame) {
            at as u32 + 1
        } else {
            described.push(of_frame);
            described.len() as u32
        };
        match runs.last_mut() {
            Some((count, last)) if *last == index => *count += 1,
            _ => runs.push((1, index)),
        }
    }
    if described.is_empty() {
        return Vec::new();
    }
    let mut entries = Vec::new();
    for of_frame in &described {
        let entry = group(*of_frame);
        entries.extend((entry.len() as u32).to_be_bytes());
        entries.extend(entry);
    }
    let sgpd = full(b"sgpd", 1, 0, &[b"seig", &words(&[0, described.len() as u32]), &entries]);
    // Groups that the fragment itself describes count from here.
    const IN_FRAGMENT: u32 = 0x1_0000;
    let rows: Vec<u8> = runs
        .iter()
        .flat_map(|(count, index)| words(&[*count, if *index == 0 { 0 } else { IN_FRAGMENT + index }]))
        .collect();
    let sbgp = full(b"sbgp", 0, 0, &[b"seig", &words(&[runs.len() as u32]), &rows]);
    [sgpd, sbgp].concat()
}

/// A `CencSampleEncryptionInformationGroupEntry`.
fn group(parameters: Option<&Arc<EncryptionParameters>>) -> Vec<u8> {
    let Some(parameters) = parameters else { return [0; 20].to_vec() };
    let pattern = parameters.pattern;
    let mut entry = vec![0, pattern.crypt << 4 | pattern.skip & 0xf, 1, parameters.per_sample_iv_size];
    entry.extend(parameters.key_id.0.iter().copied().chain([0; 16]).take(16));
    if parameters.per_sample_iv_size == 0 && !parameters.constant_iv.is_empty() {
        entry.push(parameters.constant_iv.len() as u8);
        entry.extend(&parameters.constant_iv);
    }
    entry
}
