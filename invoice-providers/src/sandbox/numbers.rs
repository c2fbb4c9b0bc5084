//! Numbers that depend on seed and key, never on the order of arrival.

use chrono::{DateTime, Datelike, Utc};
use invoice_core::id::IntentKey;
use invoice_core::tax::tax_day;
use sha2::{Digest, Sha256};

const SERIALS: u64 = 1_000_000_000_000_000;

/// A number drawn from seed, purpose, key and count: equal inputs give equal draws.
pub(super) fn draw(seed: u64, purpose: &str, key: &str, count: u64) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(count.to_be_bytes());
    hash.update(purpose.as_bytes());
    hash.update([0]);
    hash.update(key.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// How numbers of a bureau begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbering {
    pub(super) seed: u64,
    pub(super) region: u8,
    pub(super) channel: u8,
}

impl Numbering {
    /// 2 digits year of issue in China, 2 region, 1 channel, 15 serial (fully digital invoices, notices of the
    /// provincial bureaus of 2021 to 2024). `again` counts the invoices that the key has already.
    pub(super) fn invoice(
        self,
        key: &IntentKey,
        again: u64,
        at: DateTime<Utc>,
        taken: impl Fn(&str) -> bool,
    ) -> String {
        let year = tax_day(at).year().rem_euclid(100);
        let mut serial = draw(self.seed, "invoice", key.as_str(), again) % SERIALS;
        loop {
            let number = format!("{year:02}{:02}{}{serial:015}", self.region % 100, self.channel % 10);
            if !taken(&number) {
                return number;
            }
            serial = (serial + 1) % SERIALS;
        }
    }

    /// A number of 20 digits for a red confirmation: region and 18 digits.
    pub(super) fn confirmation(self, key: &IntentKey, again: u64, taken: impl Fn(&str) -> bool) -> String {
        let mut serial = draw(self.seed, "confirmation", key.as_str(), again) % (SERIALS * 1000);
        loop {
            let number = format!("{:02}{serial:018}", self.region % 100);
            if !taken(&number) {
                return number;
            }
            serial = (serial + 1) % (SERIALS * 1000);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_number_moves_on_and_the_year_is_chinas() {
        let numbering = Numbering { seed: 7, region: 44, channel: 2 };
        let key = IntentKey::new("k1").unwrap();
        let at = "2026-12-31T16:00:00Z".parse().unwrap();
        let first = numbering.invoice(&key, 0, at, |_| false);
        assert!(first.starts_with("27442") && first.len() == 20, "{first}");
        let second = numbering.invoice(&key, 0, at, |number| number == first);
        let step = second.parse::<u128>().unwrap() - first.parse::<u128>().unwrap();
        assert_eq!(step, 1);
        assert_ne!(numbering.invoice(&key, 1, at, |_| false), first);
        assert_eq!(numbering.confirmation(&key, 0, |_| false).len(), 20);
    }
}
