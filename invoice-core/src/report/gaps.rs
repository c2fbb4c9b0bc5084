use std::collections::BTreeMap;

/// Legacy invoice numbers of one code that are missing between two that are there, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NumberGap {
    /// The invoice code (发票代码).
    pub code: String,
    /// The first missing number.
    pub first: u32,
    /// The last missing number.
    pub last: u32,
}

/// The gaps between the numbers of each code, in ascending order. Repeated numbers count once.
///
/// ```
/// use std::collections::BTreeMap;
/// use invoice_core::report::number_gaps;
/// let gaps = number_gaps(BTreeMap::from([("033001800111".to_owned(), vec![7, 3, 4])]));
/// assert_eq!((gaps[0].first, gaps[0].last, gaps.len()), (5, 6, 1));
/// ```
#[must_use]
pub fn number_gaps(numbers: BTreeMap<String, Vec<u32>>) -> Vec<NumberGap> {
    let mut gaps = Vec::new();
    for (code, mut numbers) in numbers {
        numbers.sort_unstable();
        for pair in numbers.windows(2) {
            if let [before, after] = *pair
                && after - before > 1
            {
                gaps.push(NumberGap { code: code.clone(), first: before + 1, last: after - 1 });
            }
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn gaps_and_numbers_together_are_every_number_once(
            numbers in proptest::collection::vec(0_u32..60, 1..40)
        ) {
            let there: BTreeSet<u32> = numbers.iter().copied().collect();
            let gaps = number_gaps(BTreeMap::from([("1".to_owned(), numbers)]));
            let mut all: Vec<u32> = there.iter().copied().collect();
            all.extend(gaps.iter().flat_map(|gap| gap.first..=gap.last));
            all.sort_unstable();
            let (first, last) = (*there.first().unwrap(), *there.last().unwrap());
            prop_assert_eq!(all, (first..=last).collect::<Vec<_>>());
            prop_assert!(gaps.windows(2).all(|pair| pair[0].last + 1 < pair[1].first));
        }
    }
}
