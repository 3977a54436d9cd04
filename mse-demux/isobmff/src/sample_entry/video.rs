//! VisualSampleEntry (ISO/IEC 14496-12 clause 12.1.3) and the video codecs in it.

use super::{SampleEntry, bare, configuration, raw, understood};
use crate::boxes::{Children, FourCc, IsoBox};
use crate::fault::Result;
use crate::movie::{Entry, FrameLength, NalUnits, RandomAccess};
use crate::track_header::TrackHeader;
use bytes::Bytes;
use mse_codecs::av1::Av1Sequence;
use mse_codecs::avc::{AvcConfiguration, AvcSequence};
use mse_codecs::hevc::{HevcConfiguration, HevcSequence};
use mse_codecs::random_access::NalSyntax;
use mse_codecs::vvc::VvcConfiguration;
use mse_codecs::{av1, rfc6381, vp9};
use mse_core::{
    CodecConfiguration, Colour, ContentLightLevel, DolbyVision, MasteringDisplay, MediaDescription,
    TrackDescription, VideoDescription,
};

/// Bytes of fields before the child boxes.
pub(super) const FIELDS: usize = 78;

/// Whether the configuration of an entry of this type is read.
pub(super) fn is_known(entry: FourCc) -> bool {
    matches!(
        &entry,
        b"avc1"
            | b"avc3"
            | b"hvc1"
            | b"hev1"
            | b"vvc1"
            | b"vvi1"
            | b"av01"
            | b"vp08"
            | b"vp09"
            | b"dvh1"
            | b"dvhe"
            | b"dva1"
            | b"dvav"
            | b"dav1"
            | b"encv"
    )
}

/// Values of the codec's own configuration.
#[derive(Default)]
struct Coded {
    codec: String,
    configuration: CodecConfiguration,
    size: Option<(u32, u32)>,
    pixel_aspect: Option<(u32, u32)>,
    colour: Option<Colour>,
    /// Layout of NAL units in samples, if they hold such units.
    nal_units: Option<NalUnits>,
    /// Whether the configuration lacks parameter sets.
    awaits: bool,
}

pub(super) fn parse(entry: &IsoBox<'_>, header: &TrackHeader) -> Result<SampleEntry> {
    let mut fields = entry.fields();
    fields.skip(24)?; // reserved, data_reference_index, pre_defined, reserved
    let (width, height) = (fields.u16()?.into(), fields.u16()?.into());
    fields.skip(FIELDS - 28)?;
    let children = entry.children_after(FIELDS);
    let geometry = Geometry::parse(&children);
    let coded = match &entry.kind {
        b"avc1" | b"avc3" | b"dva1" | b"dvav" => parse_avc(entry, &children)?,
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => parse_hevc(entry, &children)?,
        b"vvc1" | b"vvi1" => parse_vvc(entry, &children)?,
        b"av01" | b"dav1" => parse_av1(entry, &children, geometry.colour)?,
        b"vp08" | b"vp09" => parse_vpx(entry, &children)?,
        _ => Coded { codec: bare(entry), ..Coded::default() },
    };
    let codec = match (&entry.kind, &geometry.dolby_vision) {
        // COD-9: its own sample entries name profile and level; with the base codec's entry the
        // string is the base codec's.
        (b"dvh1" | b"dvhe" | b"dva1" | b"dvav" | b"dav1", Some(vision)) => {
            format!("{}.{:02}.{:02}", bare(entry), vision.profile, vision.level)
        }
        (b"dvh1" | b"dvhe" | b"dva1" | b"dvav" | b"dav1", None) => bare(entry),
        _ => coded.codec,
    };
    let (coded_width, coded_height) = coded.size.unwrap_or((width, height));
    let pixel_aspect = geometry.pixel_aspect.or(coded.pixel_aspect).unwrap_or((1, 1));
    let shown = geometry.clean_aperture.unwrap_or((coded_width, coded_height));
    let (display_width, display_height) = display_size(header, shown, pixel_aspect);
    let video = VideoDescription {
        coded_width,
        coded_height,
        pixel_aspect,
        display_width,
        display_height,
        rotation: header.orientation.rotation,
        mirrored: header.orientation.mirrored,
        colour: geometry.colour.or(coded.colour),
        mastering_display: geometry.mastering_display,
        content_light_level: geometry.content_light_level,
        dolby_vision: geometry.dolby_vision,
        ..VideoDescription::default()
    };
    let media = MediaDescription::Video(video);
    let description = TrackDescription { codec, configuration: coded.configuration, media, encryption: None };
    let samples = Entry {
        random_access: RandomAccess::Flags,
        nal_units: coded.nal_units,
        awaits: coded.awaits,
        frame_length: FrameLength::Unknown,
        block_size: 0,
    };
    Ok(SampleEntry { description, samples, kind: None })
}

/// `tkhd`'s size; without one, the shown part of the picture in square pixels (ISO-38).
fn display_size(header: &TrackHeader, shown: (u32, u32), (across, down): (u32, u32)) -> (u32, u32) {
    if header.width > 0 && header.height > 0 {
        return (header.width, header.height);
    }
    let width = u64::from(shown.0) * u64::from(across) / u64::from(down.max(1));
    (width.try_into().unwrap_or(u32::MAX), shown.1)
}

/// The boxes about shape and colour that any video entry may have.
#[derive(Default)]
struct Geometry {
    pixel_aspect: Option<(u32, u32)>,
    /// Width and height in pixels.
    clean_aperture: Option<(u32, u32)>,
    colour: Option<Colour>,
    mastering_display: Option<MasteringDisplay>,
    content_light_level: Option<ContentLightLevel>,
    dolby_vision: Option<DolbyVision>,
}

impl Geometry {
    /// `pasp` and `clap` (clause 12.1.4), `colr` (clause 12.1.5); the first of each that can be
    /// read counts. None of them is needed to play.
    fn parse(children: &Children<'_>) -> Self {
        let mut geometry = Self::default();
        for child in children.clone().map_while(Result::ok) {
            match &child.kind {
                b"pasp" => keep(&mut geometry.pixel_aspect, || parse_pasp(&child)),
                b"clap" => keep(&mut geometry.clean_aperture, || parse_clap(&child)),
                b"colr" => keep(&mut geometry.colour, || parse_colr(&child)),
                b"mdcv" => keep(&mut geometry.mastering_display, || parse_mdcv(&child).map(Some)),
                b"clli" => keep(&mut geometry.content_light_level, || parse_clli(&child).map(Some)),
                b"dvcC" | b"dvvC" | b"dvwC" => {
                    keep(&mut geometry.dolby_vision, || parse_dolby_vision(&child).map(Some));
                }
                _ => {}
            }
        }
        geometry
    }
}

/// Keeps what a box says unless one before did.
fn keep<T>(place: &mut Option<T>, parse: impl FnOnce() -> Result<Option<T>>) {
    if place.is_none() {
        *place = parse().unwrap_or_default();
    }
}

fn parse_pasp(pasp: &IsoBox<'_>) -> Result<Option<(u32, u32)>> {
    let mut fields = pasp.fields();
    let (across, down) = (fields.u32()?, fields.u32()?);
    Ok((across > 0 && down > 0).then_some((across, down)))
}

fn parse_clap(clap: &IsoBox<'_>) -> Result<Option<(u32, u32)>> {
    let mut fields = clap.fields();
    let [width, width_divisor, height, height_divisor] =
        [fields.u32()?, fields.u32()?, fields.u32()?, fields.u32()?];
    let size = width.checked_div(width_divisor).zip(height.checked_div(height_divisor));
    Ok(size.filter(|(width, height)| *width > 0 && *height > 0))
}

/// Only `nclx`, and QuickTime's `nclc`, which lacks the full range flag, as `nclx` of some writers
/// does; ICC profiles say nothing that is passed on.
fn parse_colr(colr: &IsoBox<'_>) -> Result<Option<Colour>> {
    let mut fields = colr.fields();
    let kind = fields.array()?;
    if !matches!(&kind, b"nclx" | b"nclc") {
        return Ok(None);
    }
    let (primaries, transfer, matrix) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let full_range = kind == *b"nclx" && fields.array::<1>().is_ok_and(|[range]| range & 0x80 != 0);
    Ok(Some(Colour { primaries, transfer, matrix, full_range }))
}

/// MasteringDisplayColourVolumeBox (ISO/IEC 14496-12 clause 12.1.5): the primaries stand in the
/// order green, blue, red.
fn parse_mdcv(mdcv: &IsoBox<'_>) -> Result<MasteringDisplay> {
    let mut fields = mdcv.fields();
    let mut point = || Ok((fields.u16()?, fields.u16()?));
    let [green, blue, red, white_point] = [point()?, point()?, point()?, point()?];
    let (max_luminance, min_luminance) = (fields.u32()?, fields.u32()?);
    Ok(MasteringDisplay { primaries: [red, green, blue], white_point, max_luminance, min_luminance })
}

/// ContentLightLevelBox (clause 12.1.6).
fn parse_clli(clli: &IsoBox<'_>) -> Result<ContentLightLevel> {
    let mut fields = clli.fields();
    Ok(ContentLightLevel { max_cll: fields.u16()?, max_fall: fields.u16()? })
}

/// DOVIDecoderConfigurationRecord (Dolby Vision streams within the ISO base media file format,
/// clause 3.2).
fn parse_dolby_vision(record: &IsoBox<'_>) -> Result<DolbyVision> {
    let [_, _, b2, b3, b4] = record.fields().array()?;
    Ok(DolbyVision {
        profile: b2 >> 1,
        level: (b2 & 1) << 5 | b3 >> 3,
        bl_signal_compatibility_id: b4 >> 4,
        record: Bytes::copy_from_slice(record.payload),
    })
}

/// `avcC` (ISO/IEC 14496-15 clause 5.4.2).
fn parse_avc(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = configuration(entry, children, b"avcC")?;
    let avc = understood(AvcConfiguration::parse(record.payload), &record)?;
    let sequence = avc.sequence_parameter_set.and_then(AvcSequence::parse);
    let complete = avc.sequence_parameter_set.is_some() && avc.has_picture_parameter_set;
    let nal_units = NalUnits { syntax: NalSyntax::Avc, length_size: avc.nal_length_size };
    Ok(Coded {
        codec: rfc6381::avc(&bare(entry), &avc).unwrap_or_else(|| bare(entry)),
        configuration: raw("avcC", record.payload),
        size: sequence.map(|sequence| (sequence.width, sequence.height)),
        pixel_aspect: sequence.and_then(|sequence| sequence.pixel_aspect),
        colour: sequence.and_then(|sequence| sequence.colour),
        nal_units: Some(nal_units),
        awaits: !complete,
    })
}

/// `hvcC` (ISO/IEC 14496-15 clause 8.4.1).
fn parse_hevc(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = configuration(entry, children, b"hvcC")?;
    let hevc = understood(HevcConfiguration::parse(record.payload), &record)?;
    let sequence = hevc.sequence_parameter_set.and_then(HevcSequence::parse);
    let nal_units = NalUnits { syntax: NalSyntax::Hevc, length_size: hevc.nal_length_size };
    Ok(Coded {
        codec: rfc6381::hevc(&bare(entry), &hevc).unwrap_or_else(|| bare(entry)),
        configuration: raw("hvcC", record.payload),
        size: sequence.map(|sequence| (sequence.width, sequence.height)),
        pixel_aspect: sequence.and_then(|sequence| sequence.pixel_aspect),
        colour: sequence.and_then(|sequence| sequence.colour),
        nal_units: Some(nal_units),
        awaits: !hevc.has_parameter_sets,
    })
}

/// `vvcC` (ISO/IEC 14496-15 clause 11.2.4.2), a full box.
fn parse_vvc(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = configuration(entry, children, b"vvcC")?;
    let (_, _, fields) = record.full()?;
    let vvc = understood(VvcConfiguration::parse(fields.rest()), &record)?;
    let codec = vvc.profile_tier_level.and_then(|profile| rfc6381::vvc(&bare(entry), profile));
    let nal_units = NalUnits { syntax: NalSyntax::Vvc, length_size: vvc.nal_length_size };
    Ok(Coded {
        codec: codec.unwrap_or_else(|| bare(entry)),
        configuration: raw("vvcC", record.payload),
        nal_units: Some(nal_units),
        awaits: !vvc.has_parameter_sets,
        ..Coded::default()
    })
}

/// `av1C` (AV1 Codec ISO Media File Format Binding section 2.3). Without a sequence header in it,
/// the entry's size is that of the one in the samples.
fn parse_av1(entry: &IsoBox<'_>, children: &Children<'_>, colour: Option<Colour>) -> Result<Coded> {
    let record = configuration(entry, children, b"av1C")?;
    let av1 = understood(av1::parse_av1_configuration(record.payload), &record)?;
    let sequence = record.payload.get(4..).and_then(Av1Sequence::find);
    let coded_colour = sequence.and_then(|sequence| sequence.colour);
    Ok(Coded {
        codec: rfc6381::av1(av1, colour.or(coded_colour)).unwrap_or_else(|| bare(entry)),
        configuration: raw("av1C", record.payload),
        size: sequence.map(|sequence| (sequence.width, sequence.height)),
        colour: coded_colour,
        ..Coded::default()
    })
}

/// `vpcC` (VP Codec ISO Media File Format Binding).
fn parse_vpx(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = configuration(entry, children, b"vpcC")?;
    let vpx = understood(vp9::parse_vp_configuration(record.payload), &record)?;
    Ok(Coded {
        codec: rfc6381::vpx(&bare(entry), vpx).unwrap_or_else(|| bare(entry)),
        configuration: raw("vpcC", record.payload),
        colour: vp9::colour(&vpx),
        ..Coded::default()
    })
}
