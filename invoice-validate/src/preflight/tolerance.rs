//! How far figures may be apart, as dated data.

use crate::Date;

/// Tolerances in force from a day on; all in fen.
#[derive(Debug, PartialEq, Eq)]
pub struct Tolerances {
    /// First day; `None` from the start.
    pub valid_from: Option<Date>,
    /// Last day; `None` for still.
    pub valid_to: Option<Date>,
    /// Date of the document they are taken from.
    pub as_of: Option<Date>,
    /// The public document.
    pub source: &'static str,
    /// |price × quantity − amount| of a row.
    pub row_amount: i64,
    /// |amount × rate − tax| of a row.
    pub row_tax: i64,
    /// |Σ amounts − total|.
    pub total_net: i64,
    /// |Σ (amount × rate) − total tax|.
    pub total_tax: i64,
}

static TABLE: [Tolerances; 1] = [Tolerances {
    valid_from: None,
    valid_to: None,
    as_of: Date::new(2025, 9, 26),
    source: "乐企数字化电子发票（基础版）开票能力说明文档 V4.000 and 数字化电子发票版式及XML规范 V5.002",
    row_amount: 1,
    row_tax: 6,
    total_net: 1,
    total_tax: 127,
}];

impl Tolerances {
    /// The newest.
    pub fn current() -> &'static Tolerances {
        &TABLE[TABLE.len() - 1]
    }

    /// Those in force on a day.
    pub fn on(day: Date) -> &'static Tolerances {
        let begun = |row: &&Tolerances| row.valid_from.is_none_or(|from| from <= day);
        let lasts = |row: &&Tolerances| row.valid_to.is_none_or(|to| day <= to);
        TABLE.iter().find(|row| begun(row) && lasts(row)).unwrap_or(&TABLE[0])
    }

    /// Every row of the table, the newest last.
    pub fn all() -> &'static [Tolerances] {
        &TABLE
    }
}

/// Fen as yuan, for messages.
pub(super) fn yuan(fen: i64) -> String {
    crate::amount::format(&fen)
}
