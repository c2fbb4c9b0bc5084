use std::fmt;
use std::str::FromStr;

use invoice_validate::qr::{Payload, QrKind};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::invoice::{InvoiceKind, InvoiceNumber};

/// Not the name of a kind of received invoice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of received invoice such as digital_ordinary")]
pub struct ParseReceivedKindError;

macro_rules! kinds {
    ($($variant:ident $text:literal $zh:literal $numbered:ident $issued:expr;)*) => {
        /// The kind of a received invoice: whatever a supplier may hand over, which is more than
        /// [`InvoiceKind`] can issue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ReceivedKind {
            $(#[doc = concat!($zh, ".")] $variant,)*
        }

        impl ReceivedKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The Chinese name.
            #[must_use]
            pub const fn chinese(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }

            const fn numbered(self) -> Numbered {
                match self { $(Self::$variant => Numbered::$numbered,)* }
            }

            /// The kind this desk issues that is the same, where there is one.
            #[must_use]
            pub const fn issued(self) -> Option<InvoiceKind> {
                match self { $(Self::$variant => $issued,)* }
            }
        }
    };
}

/// Which numbers a kind has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbered {
    /// 20 digits.
    Whole,
    /// A code, and 8 digits.
    Coded,
    /// Either.
    Any,
}

kinds! {
    DigitalSpecial "digital_special" "数电专票" Whole Some(InvoiceKind::DIGITAL_SPECIAL);
    DigitalOrdinary "digital_ordinary" "数电普票" Whole Some(InvoiceKind::DIGITAL_ORDINARY);
    DigitalVehicle "digital_vehicle" "数电机动车销售统一发票" Whole None;
    DigitalUsedCar "digital_used_car" "数电二手车销售统一发票" Whole None;
    RailTicket "rail_ticket" "铁路电子客票" Whole None;
    AirItinerary "air_itinerary" "航空运输电子客票行程单" Whole None;
    DigitalSpecialPaper "digital_special_paper" "数电纸质专票" Any Some(InvoiceKind::DIGITAL_SPECIAL_PAPER);
    DigitalOrdinaryPaper "digital_ordinary_paper" "数电纸质普票" Any Some(InvoiceKind::DIGITAL_ORDINARY_PAPER);
    DigitalVehiclePaper "digital_vehicle_paper" "数电纸质机动车销售统一发票" Any None;
    DigitalUsedCarPaper "digital_used_car_paper" "数电纸质二手车销售统一发票" Any None;
    LegacySpecialPaper "legacy_special_paper" "增值税专用发票" Coded Some(InvoiceKind::LEGACY_SPECIAL_PAPER);
    LegacySpecial "legacy_special" "增值税电子专用发票" Coded Some(InvoiceKind::LEGACY_SPECIAL);
    LegacyOrdinaryPaper "legacy_ordinary_paper" "增值税普通发票" Coded Some(InvoiceKind::LEGACY_ORDINARY_PAPER);
    LegacyOrdinary "legacy_ordinary" "增值税电子普通发票" Coded Some(InvoiceKind::LEGACY_ORDINARY);
    LegacyRoll "legacy_roll" "增值税普通发票（卷票）" Coded None;
    LegacyToll "legacy_toll" "收费公路通行费电子普通发票" Coded None;
    LegacyFreight "legacy_freight" "货物运输业增值税专用发票" Coded None;
    LegacyVehicle "legacy_vehicle" "机动车销售统一发票" Coded None;
    LegacyUsedCar "legacy_used_car" "二手车销售统一发票" Coded None;
    Other "other" "其他票据" Any None;
}

impl ReceivedKind {
    /// Whether invoices of this kind have such a number: 20 digits on digital files, a code and 8 digits on what came from
    /// a tax disk, both on digital paper.
    #[must_use]
    pub fn takes(self, number: &InvoiceNumber) -> bool {
        match self.numbered() {
            Numbered::Whole => number.code().is_none(),
            Numbered::Coded => number.code().is_some(),
            Numbered::Any => true,
        }
    }

    /// Whether it is paper of the digital regime, which has a 20-digit number beside code and number.
    #[must_use]
    pub const fn is_digital_paper(self) -> bool {
        matches!(
            self,
            Self::DigitalSpecialPaper
                | Self::DigitalOrdinaryPaper
                | Self::DigitalVehiclePaper
                | Self::DigitalUsedCarPaper
        )
    }

    /// The sale of a used car: one price for the car (车价合计), no tax of its own.
    #[must_use]
    pub const fn is_used_car(self) -> bool {
        matches!(self, Self::DigitalUsedCar | Self::DigitalUsedCarPaper | Self::LegacyUsedCar)
    }

    /// The kind that a QR code names; `None` for a type that is not known here.
    #[must_use]
    pub const fn of_qr(payload: &Payload<'_>) -> Option<Self> {
        let coded = !payload.code.is_empty();
        Some(match payload.kind {
            QrKind::DigitalSpecial => Self::DigitalSpecial,
            QrKind::DigitalOrdinary => Self::DigitalOrdinary,
            QrKind::DigitalVehicle if coded => Self::DigitalVehiclePaper,
            QrKind::DigitalVehicle => Self::DigitalVehicle,
            QrKind::DigitalUsedCar if coded => Self::DigitalUsedCarPaper,
            QrKind::DigitalUsedCar => Self::DigitalUsedCar,
            QrKind::DigitalPaperSpecial => Self::DigitalSpecialPaper,
            QrKind::DigitalPaperOrdinary => Self::DigitalOrdinaryPaper,
            QrKind::LegacySpecial => Self::LegacySpecialPaper,
            QrKind::LegacyOrdinary => Self::LegacyOrdinaryPaper,
            QrKind::LegacyElectronicOrdinary => Self::LegacyOrdinary,
            QrKind::LegacyElectronicSpecial => Self::LegacySpecial,
            QrKind::LegacyRoll => Self::LegacyRoll,
            QrKind::LegacyToll => Self::LegacyToll,
            QrKind::LegacyVehicle => Self::LegacyVehicle,
            QrKind::LegacyUsedCar => Self::LegacyUsedCar,
            _ => return None,
        })
    }
}

impl From<InvoiceKind> for ReceivedKind {
    fn from(kind: InvoiceKind) -> Self {
        Self::ALL.iter().copied().find(|received| received.issued() == Some(kind)).unwrap_or(Self::Other)
    }
}

impl fmt::Display for ReceivedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ReceivedKind {
    type Err = ParseReceivedKindError;

    fn from_str(text: &str) -> Result<Self, ParseReceivedKindError> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or(ParseReceivedKindError)
    }
}

impl Serialize for ReceivedKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ReceivedKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_that_is_issued_can_be_received_and_names_are_unique() {
        for kind in InvoiceKind::ALL {
            assert_eq!(ReceivedKind::from(*kind).issued(), Some(*kind), "{kind}");
        }
        let names: BTreeSet<_> = ReceivedKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), ReceivedKind::ALL.len());
        for kind in ReceivedKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
    }

    #[test]
    fn qr_types_name_the_kinds_of_their_table() {
        use ReceivedKind as K;
        let whole = "26332000004021728676";
        for (kind, code, number, expected) in [
            ("31", "", whole, Some(K::DigitalSpecial)),
            ("32", "", whole, Some(K::DigitalOrdinary)),
            ("33", "", whole, Some(K::DigitalVehicle)),
            ("34", "", whole, Some(K::DigitalUsedCar)),
            ("31", "033001800111", "25672225", Some(K::DigitalSpecialPaper)),
            ("32", "033001800111", "25672225", Some(K::DigitalOrdinaryPaper)),
            ("33", "033001800111", "25672225", Some(K::DigitalVehiclePaper)),
            ("34", "033001800111", "25672225", Some(K::DigitalUsedCarPaper)),
            ("01", "1100174320", "40184419", Some(K::LegacySpecialPaper)),
            ("04", "1100174320", "40184419", Some(K::LegacyOrdinaryPaper)),
            ("10", "033001800111", "25672225", Some(K::LegacyOrdinary)),
            ("08", "033001800113", "25672225", Some(K::LegacySpecial)),
            ("11", "033001800107", "25672225", Some(K::LegacyRoll)),
            ("14", "033001800112", "25672225", Some(K::LegacyToll)),
            ("03", "033001800111", "25672225", Some(K::LegacyVehicle)),
            ("15", "033001800111", "25672225", Some(K::LegacyUsedCar)),
            ("77", "", whole, None),
        ] {
            let text = format!("01,{kind},{code},{number},1.00,20260515,,");
            let payload = invoice_validate::qr::parse(&text).unwrap();
            let read = ReceivedKind::of_qr(&payload);
            assert_eq!(read, expected, "{text}");
            let printed = if code.is_empty() { number.to_owned() } else { format!("{code}-{number}") };
            assert!(read.is_none_or(|kind| kind.takes(&printed.parse().unwrap())), "{text}");
        }
    }
}
