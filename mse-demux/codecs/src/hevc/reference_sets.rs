//! The scaling lists and reference picture sets of a sequence parameter set, which must be read to
//! come to what stands behind them (ISO/IEC 23008-2 clauses 7.3.4 and 7.3.7).

use crate::bits::BitReader;

/// Passes over `scaling_list_data()`.
pub(super) fn skip_scaling_list_data(bits: &mut BitReader<'_>) -> Option<()> {
    for size in 0..4_usize {
        let step = if size == 3 { 3 } else { 1 };
        for _ in (0..6).step_by(step) {
            if !bits.flag()? {
                bits.ue()?; // scaling_list_pred_matrix_id_delta
                continue;
            }
            if size > 1 {
                bits.se()?; // scaling_list_dc_coef_minus8
            }
            for _ in 0..64.min(1 << (4 + 2 * size)) {
                bits.se()?; // scaling_list_delta_coef
            }
        }
    }
    Some(())
}

/// Pictures in front of and behind the current one, by their distance in picture order count.
type Deltas = Vec<i64>;

/// Passes over all `st_ref_pic_set()` of a sequence parameter set. How long a set is follows from
/// the one before.
pub(super) fn skip_short_term_sets(bits: &mut BitReader<'_>) -> Option<()> {
    const MAX_SETS: u32 = 64;
    let count = bits.ue()?;
    if count > MAX_SETS {
        return None;
    }
    let mut last = Deltas::new();
    for index in 0..count {
        let is_predicted = index > 0 && bits.flag()?;
        last = if is_predicted { predicted_set(bits, &last)? } else { explicit_set(bits)? };
        if last.len() > MAX_PICTURES {
            return None;
        }
    }
    Some(())
}

/// Pictures that a set can have: the size of the decoded picture buffer.
const MAX_PICTURES: usize = 16;

fn explicit_set(bits: &mut BitReader<'_>) -> Option<Deltas> {
    let counts = [bits.ue()?, bits.ue()?];
    let mut deltas = Deltas::new();
    for (count, sign) in counts.into_iter().zip([-1, 1]) {
        if count as usize > MAX_PICTURES {
            return None;
        }
        let mut delta = 0;
        for _ in 0..count {
            delta += sign * (i64::from(bits.ue()?) + 1);
            deltas.push(delta);
            bits.skip(1)?; // used_by_curr_pic_flag
        }
    }
    Some(deltas)
}

/// A set in terms of the one before: those of its pictures that are kept, and its own place
/// (equations 7-61 and 7-62).
fn predicted_set(bits: &mut BitReader<'_>, reference: &Deltas) -> Option<Deltas> {
    let is_negative = bits.flag()?;
    let distance = i64::from(bits.ue()?) + 1;
    let delta = if is_negative { -distance } else { distance };
    let mut kept = Deltas::new();
    for &place in reference.iter().chain(&[0]) {
        let is_used = bits.flag()?;
        if (is_used || bits.flag()?) && place + delta != 0 {
            kept.push(place + delta);
        }
    }
    // The order of the standard: distances that grow, those in front first.
    kept.sort_by_key(|place| (*place > 0, place.unsigned_abs()));
    Some(kept)
}
