use std::fmt;

use invoice_core::received::ReceivedField;

/// Why what was recognised may be wrong: for a person to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// Net and tax are not gross. All three stay as they were read.
    AmountsDoNotSum,
    /// The total in figures is not the one in capitals (大写). The figures stay.
    CapitalsDiffer,
    /// It says that it is a red invoice (红字), and its total has no sign.
    SignMissing,
    /// The first two digits of the number are not the year of the date.
    YearDiffers,
    /// A tax ID failed its check and was replaced by the only one that differs in look-alikes or one character and passes.
    Repaired(ReceivedField),
    /// A tax ID fails its check, and no single one is meant. It is left out.
    CheckFails(ReceivedField),
    /// Two readings of the picture differ. The surer one stays.
    ReadingsDiffer(ReceivedField),
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AmountsDoNotSum => f.write_str("net and tax are not gross"),
            Self::CapitalsDiffer => f.write_str("the total in figures is not the one in capitals"),
            Self::SignMissing => f.write_str("a red invoice whose total has no sign"),
            Self::YearDiffers => f.write_str("the number is of another year than the date"),
            Self::Repaired(field) => write!(f, "{} was corrected by its check", field.as_str()),
            Self::CheckFails(field) => write!(f, "{} fails its check", field.as_str()),
            Self::ReadingsDiffer(field) => write!(f, "{} was read in two ways", field.as_str()),
        }
    }
}
