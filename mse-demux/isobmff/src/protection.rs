//! `sinf` (ISO/IEC 14496-12 clause 8.12, ISO/IEC 23001-7 clause 8): how the samples of a protected
//! sample entry are encrypted (ISO-40).

use crate::boxes::{Fields, FourCc, IsoBox, fourcc_text};
use crate::error_code::{ENCRYPTION_INCOMPLETE, SCHEME_UNSUPPORTED};
use crate::fault::{Fault, Result};
use crate::fourcc::named;
use bytes::Bytes;
use mse_core::{AuxiliaryLayout, EncryptionParameters, EncryptionPattern, KeyId, ProtectionScheme};

/// Whether a sample entry is a protected one.
pub(crate) fn is_protected(kind: FourCc) -> bool {
    matches!(&kind, b"encv" | b"enca" | b"enct" | b"encs")
}

/// The original format of a protected entry (COD-11), and its encryption. Of several `sinf` boxes
/// the first one of a scheme that is known counts.
pub(crate) fn parse(entry: &IsoBox<'_>, fields: usize) -> Result<(FourCc, EncryptionParameters)> {
    let mut unknown = None;
    for child in entry.children_after(fields) {
        let sinf = child?;
        if sinf.kind != *b"sinf" {
            continue;
        }
        let frma = sinf.required_or(b"frma", ENCRYPTION_INCOMPLETE)?;
        let original = frma.fields().array()?;
        let schm = sinf.required_or(b"schm", ENCRYPTION_INCOMPLETE)?;
        let (_, _, mut schm_fields) = schm.full()?;
        let scheme_type = schm_fields.array()?;
        if let Some(scheme) = ProtectionScheme::from_fourcc(scheme_type) {
            let tenc = sinf
                .required_or(b"schi", ENCRYPTION_INCOMPLETE)?
                .required_or(b"tenc", ENCRYPTION_INCOMPLETE)?;
            return Ok((original, parse_tenc(&tenc, scheme)?));
        }
        unknown = Some((original, scheme_type));
    }
    let Some((original, scheme)) = unknown else {
        let detail = format!("{} has no {}", named(entry.kind), named(*b"sinf"));
        return Err(Fault::new(ENCRYPTION_INCOMPLETE, entry.offset, detail));
    };
    let detail = format!("{} encrypted by scheme {}", fourcc_text(original), fourcc_text(scheme));
    Err(Fault::new(SCHEME_UNSUPPORTED, entry.offset, detail))
}

/// `tenc` (ISO/IEC 23001-7 clause 8.2).
fn parse_tenc(tenc: &IsoBox<'_>, scheme: ProtectionScheme) -> Result<EncryptionParameters> {
    let (version, _, mut fields) = tenc.full()?;
    let [_, pattern] = fields.array()?;
    let pattern = if version == 0 { 0 } else { pattern };
    let parameters = parse_parameters(&mut fields, pattern, scheme)?;
    parameters.ok_or_else(|| {
        let detail = "an initialization vector of neither 8 nor 16 bytes, or none";
        Fault::new(ENCRYPTION_INCOMPLETE, tenc.offset, detail)
    })
}

/// An entry of a `seig` group (ISO/IEC 23001-7 clause 6); the scheme is the track's. `None` when it
/// is incomplete.
pub(crate) fn parse_seig(entry: &[u8], scheme: ProtectionScheme) -> Option<EncryptionParameters> {
    let mut fields = Fields::new(entry, 0);
    let [_, pattern] = fields.array().ok()?;
    parse_parameters(&mut fields, pattern, scheme).ok()?
}

/// Reads the fields that `tenc` and `seig` have in common; `None` when there is no usable
/// initialization vector.
fn parse_parameters(
    fields: &mut Fields<'_>,
    pattern: u8,
    scheme: ProtectionScheme,
) -> Result<Option<EncryptionParameters>> {
    let [is_protected, per_sample_iv_size] = fields.array()?;
    let is_protected = is_protected == 1;
    let key_id: [u8; 16] = fields.array()?;
    let mut constant_iv: &[u8] = &[];
    if is_protected && per_sample_iv_size == 0 {
        let [size] = fields.array()?;
        constant_iv = fields.rest();
        fields.skip(size.into())?;
        constant_iv = constant_iv.get(..size.into()).unwrap_or_default();
    }
    let usable = match per_sample_iv_size {
        0 => !is_protected || matches!(constant_iv.len(), 8 | 16),
        size => matches!(size, 8 | 16),
    };
    Ok(usable.then(|| EncryptionParameters {
        scheme,
        is_protected,
        key_id: KeyId(Bytes::copy_from_slice(&key_id)),
        per_sample_iv_size,
        constant_iv: Bytes::copy_from_slice(constant_iv),
        pattern: EncryptionPattern { crypt: pattern >> 4, skip: pattern & 0xF },
        layout: AuxiliaryLayout::CommonEncryption,
    }))
}
