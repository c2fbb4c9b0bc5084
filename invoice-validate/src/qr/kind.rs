//! Kinds of invoice as the QR payload numbers them.

/// What the payload says the invoice is. The numbers are those of the QR payload only: the same digits
/// mean other kinds in issuing and in verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum QrKind {
    /// 数电专票, type 31 without a code.
    DigitalSpecial,
    /// 数电普票, type 32 without a code.
    DigitalOrdinary,
    /// 数电机动车, type 33.
    DigitalVehicle,
    /// 数电二手车, type 34.
    DigitalUsedCar,
    /// 数电纸质专票, type 31 with a code.
    DigitalPaperSpecial,
    /// 数电纸质普票, type 32 with a code.
    DigitalPaperOrdinary,
    /// 增值税专用发票, type 01.
    LegacySpecial,
    /// 增值税普通发票, type 04.
    LegacyOrdinary,
    /// 增值税电子普通发票, type 10.
    LegacyElectronicOrdinary,
    /// 增值税电子专用发票, type 08.
    LegacyElectronicSpecial,
    /// 卷票, type 11.
    LegacyRoll,
    /// 通行费发票, type 14.
    LegacyToll,
    /// 机动车销售统一发票, type 03.
    LegacyVehicle,
    /// 二手车销售统一发票, type 15.
    LegacyUsedCar,
    /// Another type; the fields are read all the same.
    Unknown,
}

/// Which total the amount of a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum AmountBasis {
    /// 价税合计, tax included.
    Gross,
    /// 合计金额, tax excluded.
    Net,
}

impl AmountBasis {
    /// `gross` or `net`.
    pub fn as_str(self) -> &'static str {
        match self {
            AmountBasis::Gross => "gross",
            AmountBasis::Net => "net",
        }
    }
}

impl QrKind {
    /// The kind of a type field and a code field.
    pub fn of(kind: &str, code: &str) -> Self {
        match (kind.as_bytes(), code.is_empty()) {
            (b"31", true) => QrKind::DigitalSpecial,
            (b"32", true) => QrKind::DigitalOrdinary,
            (b"31", false) => QrKind::DigitalPaperSpecial,
            (b"32", false) => QrKind::DigitalPaperOrdinary,
            (b"33", _) => QrKind::DigitalVehicle,
            (b"34", _) => QrKind::DigitalUsedCar,
            (b"01", _) => QrKind::LegacySpecial,
            (b"04", _) => QrKind::LegacyOrdinary,
            (b"10", _) => QrKind::LegacyElectronicOrdinary,
            (b"08", _) => QrKind::LegacyElectronicSpecial,
            (b"11", _) => QrKind::LegacyRoll,
            (b"14", _) => QrKind::LegacyToll,
            (b"03", _) => QrKind::LegacyVehicle,
            (b"15", _) => QrKind::LegacyUsedCar,
            _ => QrKind::Unknown,
        }
    }

    /// `digital_ordinary`, `legacy_roll` and so on.
    pub fn as_str(self) -> &'static str {
        match self {
            QrKind::DigitalSpecial => "digital_special",
            QrKind::DigitalOrdinary => "digital_ordinary",
            QrKind::DigitalVehicle => "digital_vehicle",
            QrKind::DigitalUsedCar => "digital_used_car",
            QrKind::DigitalPaperSpecial => "digital_paper_special",
            QrKind::DigitalPaperOrdinary => "digital_paper_ordinary",
            QrKind::LegacySpecial => "legacy_special",
            QrKind::LegacyOrdinary => "legacy_ordinary",
            QrKind::LegacyElectronicOrdinary => "legacy_electronic_ordinary",
            QrKind::LegacyElectronicSpecial => "legacy_electronic_special",
            QrKind::LegacyRoll => "legacy_roll",
            QrKind::LegacyToll => "legacy_toll",
            QrKind::LegacyVehicle => "legacy_vehicle",
            QrKind::LegacyUsedCar => "legacy_used_car",
            QrKind::Unknown => "unknown",
        }
    }
}
