//! The Video element: shape, colour, projection (BSF-10d, WEBM-14).

use crate::ebml::{Element, id};
use crate::fault::Result;
use bytes::Bytes;
use mse_core::{Colour, ContentLightLevel, MasteringDisplay, Projection, VideoDescription};

/// Reads a Video element.
pub(crate) fn parse(video: &Element<'_>) -> Result<VideoDescription> {
    let mut numbers = Numbers::default();
    let mut description = VideoDescription::default();
    for child in video.children() {
        let child = child?;
        match child.id {
            id::PIXEL_WIDTH => description.coded_width = small(child.unsigned()?),
            id::PIXEL_HEIGHT => description.coded_height = small(child.unsigned()?),
            id::DISPLAY_WIDTH => numbers.display_width = Some(small(child.unsigned()?)),
            id::DISPLAY_HEIGHT => numbers.display_height = Some(small(child.unsigned()?)),
            id::DISPLAY_UNIT => numbers.display_unit = child.unsigned()?,
            id::PIXEL_CROP_LEFT | id::PIXEL_CROP_RIGHT => {
                numbers.crop_across += u64::from(small(child.unsigned()?));
            }
            id::PIXEL_CROP_TOP | id::PIXEL_CROP_BOTTOM => {
                numbers.crop_down += u64::from(small(child.unsigned()?));
            }
            id::ALPHA_MODE => description.alpha = child.unsigned()? != 0,
            id::COLOUR => parse_colour(&child, &mut description)?,
            id::PROJECTION => description.projection = Some(parse_projection(&child)?),
            _ => {}
        }
    }
    numbers.shape(&mut description);
    Ok(description)
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[derive(Default)]
struct Numbers {
    display_width: Option<u32>,
    display_height: Option<u32>,
    display_unit: u64,
    crop_across: u64,
    crop_down: u64,
}

impl Numbers {
    /// RFC 9559 section 5.1.4.1.28: in pixels the display size is the cropped size by default; any
    /// other unit gives an aspect ratio.
    fn shape(&self, video: &mut VideoDescription) {
        const PIXELS: u64 = 0;
        const DISPLAY_ASPECT_RATIO: u64 = 3;
        let width = u64::from(video.coded_width).saturating_sub(self.crop_across) as u32;
        let height = u64::from(video.coded_height).saturating_sub(self.crop_down) as u32;
        let (across, down) = (self.display_width.unwrap_or(width), self.display_height.unwrap_or(height));
        (video.display_width, video.display_height) = match self.display_unit {
            PIXELS if across > 0 && down > 0 => (across, down),
            1..=DISPLAY_ASPECT_RATIO if across > 0 && down > 0 => {
                (small(u64::from(height) * u64::from(across) / u64::from(down)), height)
            }
            _ => (width, height),
        };
        video.pixel_aspect = aspect(
            u64::from(video.display_width) * u64::from(height),
            u64::from(video.display_height) * u64::from(width),
        );
    }
}

/// A ratio in lowest terms; 1 : 1 where one side is 0.
fn aspect(across: u64, down: u64) -> (u32, u32) {
    let (mut a, mut b) = (across, down);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    match (across.checked_div(a), down.checked_div(a)) {
        (Some(across @ 1..), Some(down @ 1..)) => (small(across), small(down)),
        _ => (1, 1),
    }
}

fn parse_colour(colour: &Element<'_>, video: &mut VideoDescription) -> Result<()> {
    const UNSPECIFIED: u16 = 2;
    const FULL: u64 = 2;
    let mut cicp =
        Colour { primaries: UNSPECIFIED, transfer: UNSPECIFIED, matrix: UNSPECIFIED, full_range: false };
    let unspecified = cicp;
    let (mut max_cll, mut max_fall) = (None, None);
    let code = |child: &Element<'_>| child.unsigned().map(|code| u16::try_from(code).unwrap_or(UNSPECIFIED));
    for child in colour.children() {
        let child = child?;
        match child.id {
            id::PRIMARIES => cicp.primaries = code(&child)?,
            id::TRANSFER_CHARACTERISTICS => cicp.transfer = code(&child)?,
            id::MATRIX_COEFFICIENTS => cicp.matrix = code(&child)?,
            id::RANGE => cicp.full_range = child.unsigned()? == FULL,
            id::MAX_CLL => max_cll = u16::try_from(child.unsigned()?).ok(),
            id::MAX_FALL => max_fall = u16::try_from(child.unsigned()?).ok(),
            id::MASTERING_METADATA => video.mastering_display = Some(parse_mastering(&child)?),
            _ => {}
        }
    }
    video.colour = (cicp != unspecified).then_some(cicp);
    if max_cll.is_some() || max_fall.is_some() {
        let level = ContentLightLevel { max_cll: max_cll.unwrap_or(0), max_fall: max_fall.unwrap_or(0) };
        video.content_light_level = Some(level);
    }
    Ok(())
}

/// Floating-point chromaticities and luminances in the steps of SMPTE ST 2086.
fn parse_mastering(metadata: &Element<'_>) -> Result<MasteringDisplay> {
    const CHROMATICITY_STEPS: f64 = 50_000.0;
    const LUMINANCE_STEPS: f64 = 10_000.0;
    let mut values = [0.0; 10];
    for child in metadata.children() {
        let child = child?;
        if id::MASTERING.contains(&child.id)
            && let Some(value) = values.get_mut((child.id - id::MASTERING.start()) as usize)
        {
            *value = child.float()?;
        }
    }
    // Conversions of floating-point numbers to integers saturate.
    let [rx, ry, gx, gy, bx, by, wx, wy, max, min] = values;
    let point =
        |x: f64, y: f64| ((x * CHROMATICITY_STEPS).round() as u16, (y * CHROMATICITY_STEPS).round() as u16);
    Ok(MasteringDisplay {
        primaries: [point(rx, ry), point(gx, gy), point(bx, by)],
        white_point: point(wx, wy),
        max_luminance: (max * LUMINANCE_STEPS).round() as u32,
        min_luminance: (min * LUMINANCE_STEPS).round() as u32,
    })
}

fn parse_projection(element: &Element<'_>) -> Result<Projection> {
    let mut projection = Projection { type_: 0, pose: [0.0; 3], private: Bytes::new() };
    let [yaw, pitch, roll] = &mut projection.pose;
    for child in element.children() {
        let child = child?;
        match child.id {
            id::PROJECTION_TYPE => projection.type_ = u8::try_from(child.unsigned()?).unwrap_or(u8::MAX),
            id::PROJECTION_PRIVATE => projection.private = Bytes::copy_from_slice(child.data),
            id::PROJECTION_POSE_YAW => *yaw = child.float()? as f32,
            id::PROJECTION_POSE_PITCH => *pitch = child.float()? as f32,
            id::PROJECTION_POSE_ROLL => *roll = child.float()? as f32,
            _ => {}
        }
    }
    Ok(projection)
}
