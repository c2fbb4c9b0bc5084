//! All three checks of a code together.

use super::kernel::{Verdict, verdict};
use super::{organisation, registrar};

/// Whether both checks hold and the pair is a published one: nothing to remark.
#[inline]
pub(crate) fn is_flawless(code: &[u8; 18]) -> bool {
    verdict(code) == Verdict::Pass && organisation::passes(code) && registrar::is_listed(code)
}
