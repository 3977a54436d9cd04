//! Network abstraction layer units as ISO BMFF samples hold them: each behind its length (ISO/IEC
//! 14496-15 clause 4.3.3).

/// The units of a sample whose lengths take `length_size` bytes, 1 to 4. Ends at a unit that
/// overruns the sample.
pub fn nal_units(sample: &[u8], length_size: u8) -> impl Iterator<Item = &[u8]> {
    let mut left = sample;
    std::iter::from_fn(move || {
        let (length, rest) = left.split_at_checked(length_size.into())?;
        let length = length.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
        let (unit, rest) = rest.split_at_checked(length)?;
        left = rest;
        // A length of no bytes would never end.
        (length_size > 0).then_some(unit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_any_length_size_end_with_the_sample() {
        let units = |sample, size| nal_units(sample, size).map(<[u8]>::len).collect::<Vec<_>>();
        assert_eq!(units(&[2, 9, 9, 0, 1, 9], 1), [2, 0, 1]);
        assert_eq!(units(&[0, 0, 0, 1, 9, 0, 0, 0, 2, 9, 9], 4), [1, 2]);
        assert_eq!(units(&[0, 1, 9, 0, 5, 9], 2), [1], "overruns");
        assert_eq!(units(&[0, 1], 4), []);
        assert_eq!(units(&[1, 1], 0), []);
    }
}
