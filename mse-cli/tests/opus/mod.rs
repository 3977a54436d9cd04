//! Samples that libopus decodes from stereo packets at 48 kHz.

#![allow(unsafe_code, reason = "libopus")]

const CHANNELS: usize = 2;
/// Samples of the longest packet.
const LONGEST: usize = 5760;

/// The interleaved samples of each packet.
///
/// # Panics
///
/// When a packet is not one.
pub(crate) fn decode<'a>(packets: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<i16>> {
    let mut error = 0;
    // SAFETY: `error` outlives the call.
    let decoder = unsafe { unsafe_libopus::opus_decoder_create(48_000, CHANNELS as i32, &raw mut error) };
    assert_eq!(error, 0);
    let mut sound = [0_i16; LONGEST * CHANNELS];
    let mut decode = |packet: &[u8]| {
        let (data, length) = (packet.as_ptr(), packet.len() as i32);
        // SAFETY: the packet is as long as said, and there is room for the longest packet's
        // samples.
        let samples = unsafe {
            unsafe_libopus::opus_decode(decoder, data, length, sound.as_mut_ptr(), LONGEST as i32, 0)
        };
        assert!(samples > 0, "libopus: {samples}");
        sound[..samples as usize * CHANNELS].to_vec()
    };
    let samples = packets.into_iter().map(&mut decode).collect();
    // SAFETY: it was created above and is not used again.
    unsafe { unsafe_libopus::opus_decoder_destroy(decoder) };
    samples
}
