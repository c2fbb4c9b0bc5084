//! Sharing an amount out without losing a fen.

use super::Money;
use super::rounding::div_half_up;

/// Shares `total` out in proportion to `weights` by largest remainder: every share is rounded down (toward
/// zero), then the fen left over go to the largest remainders, ties to the first. The shares sum to `total`,
/// and `allocate(-total)` is `-allocate(total)`.
///
/// `None` when a weight is negative, or when all are zero and `total` is not.
///
/// ```
/// use invoice_core::money::{Money, allocation::allocate};
/// let shares = allocate(Money::from_fen(100), &[Money::from_fen(1); 3]).unwrap();
/// assert_eq!(shares.iter().map(|share| share.fen()).collect::<Vec<_>>(), [34, 33, 33]);
/// ```
#[must_use]
pub fn allocate(total: Money, weights: &[Money]) -> Option<Vec<Money>> {
    if weights.iter().any(|weight| weight.is_negative()) {
        return None;
    }
    let whole: i128 = weights.iter().map(|weight| i128::from(weight.fen())).sum();
    if whole == 0 {
        return total.is_zero().then(|| vec![Money::ZERO; weights.len()]);
    }
    let magnitude = i128::from(total.fen()).abs();
    let sign = if total.is_negative() { -1 } else { 1 };
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = magnitude;
    for (index, weight) in weights.iter().enumerate() {
        let product = magnitude * i128::from(weight.fen());
        let share = product / whole;
        left -= share;
        shares.push(share);
        remainders.push((product % whole, index));
    }
    // Fewer fen are left over than there are remainders above zero.
    remainders.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, index) in remainders.into_iter().take(usize::try_from(left).ok()?) {
        *shares.get_mut(index)? += 1;
    }
    shares.into_iter().map(|share| i64::try_from(share * sign).ok().map(Money::from_fen)).collect()
}

/// The part of `total` that belongs to the first `part` of `whole`, rounded half up.
///
/// Parts cut one after the other as `upto(b) − upto(a)` sum to `total` exactly, and each is within one fen of
/// its true share: this is how a line is cut into pieces (cumulative rounding).
#[must_use]
pub fn upto(total: Money, part: Money, whole: Money) -> Money {
    if part >= whole {
        return total;
    }
    let share = div_half_up(i128::from(total.fen()) * i128::from(part.fen()), i128::from(whole.fen()));
    // |share| ≤ |total| because 0 ≤ part < whole.
    i64::try_from(share).map_or(total, Money::from_fen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fen(amounts: &[i64]) -> Vec<Money> {
        amounts.iter().copied().map(Money::from_fen).collect()
    }

    #[test]
    fn ties_go_to_the_first_and_signs_mirror() {
        assert_eq!(allocate(Money::from_fen(5), &fen(&[1, 1])), Some(fen(&[3, 2])));
        assert_eq!(allocate(Money::from_fen(-5), &fen(&[1, 1])), Some(fen(&[-3, -2])));
        assert_eq!(allocate(Money::from_fen(1), &fen(&[0, 0])), None);
        assert_eq!(allocate(Money::ZERO, &fen(&[0, 0])), Some(fen(&[0, 0])));
        assert_eq!(allocate(Money::from_fen(1), &fen(&[1, -1])), None);
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_total_and_stay_within_one_fen(
            total in -1_000_000_000_i64..1_000_000_000,
            weights in proptest::collection::vec(0_i64..1_000_000, 1..40),
        ) {
            let whole: i64 = weights.iter().sum();
            prop_assume!(whole > 0);
            let shares = allocate(Money::from_fen(total), &fen(&weights)).unwrap();
            prop_assert_eq!(Money::checked_sum(shares.iter().copied()), Some(Money::from_fen(total)));
            for (share, weight) in shares.iter().zip(&weights) {
                let scaled = i128::from(share.fen()) * i128::from(whole);
                let exact = i128::from(total) * i128::from(*weight);
                prop_assert!((scaled - exact).abs() < i128::from(whole));
            }
        }

        #[test]
        fn cumulative_parts_sum_to_the_total(total in 0_i64..10_000_000, cuts in proptest::collection::vec(1_i64..10_000, 1..30)) {
            let whole = Money::from_fen(cuts.iter().sum());
            let total = Money::from_fen(total);
            let (mut at, mut sum) = (0, 0);
            for cut in cuts {
                let before = upto(total, Money::from_fen(at), whole);
                at += cut;
                sum += upto(total, Money::from_fen(at), whole).fen() - before.fen();
            }
            prop_assert_eq!(sum, total.fen());
        }
    }
}
