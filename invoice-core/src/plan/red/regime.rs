//! Which red may flush which blue.

use super::blue::{BlueInvoice, TaxDisk};
use super::form::RedForm;
use crate::error::{Refusal, RefusalCode};
use crate::invoice::{Medium, Regime};

/// Refuses a red that the regimes do not allow: new flushes old, electronic flushes paper, never the other way
/// round (tax bureau, questions on 数电 red invoices, no. 7).
pub(super) fn refuse_kinds(blue: &BlueInvoice, form: &RedForm) -> Result<(), Refusal> {
    let about = |code| Refusal::new(code).with("blue", u64::from(form.blue) + 1);
    if blue.is_voidable() && form.full {
        return Err(about(RefusalCode::RedVoidInstead));
    }
    let Some((of, by, disk)) = blue.kinds() else { return Ok(()) };
    let may = of.class() == by.class()
        && match (by.regime(), of.regime()) {
            (Regime::Legacy, Regime::Digital) => false,
            (Regime::Digital, Regime::Digital) => {
                by.medium() == Medium::Electronic || of.medium() == Medium::Paper
            }
            (_, Regime::Legacy) => true,
        };
    if !may {
        return Err(about(RefusalCode::RedKind).with("of", of).with("by", by));
    }
    let old_disk = of.regime() == Regime::Legacy && by.regime() == Regime::Digital;
    if old_disk && disk != Some(TaxDisk::Cancelled) {
        return Err(about(RefusalCode::RedTaxDisk));
    }
    Ok(())
}
