use chrono::{Datelike, NaiveDate};

/// What is kept: papers of the same fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Archived {
    /// Vouchers (会计凭证) and what they rest on: received invoices in their original form.
    Voucher,
    /// Tax returns (纳税申报表) and the lists that go with them.
    TaxReturn,
    /// The issuer's own copies of what was issued (发票存根联).
    Stub,
}

/// For how long what is kept must be kept, in whole years from the end of its accounting year (会计年度, which ends on
/// 31 December).
///
/// Sources: 会计档案管理办法 (财政部、国家档案局令第79号, in force since 2016-01-01): vouchers 30 years, tax returns 10;
/// 发票管理办法: stubs 5. A print alone is not enough where the original is electronic (财会〔2020〕6号): the file itself is
/// kept.
///
/// ```
/// use invoice_core::received::{Archived, Retention};
/// let issued = "2026-05-15".parse().unwrap();
/// assert_eq!(Retention::default().until(Archived::Voucher, issued).unwrap().to_string(), "2056-12-31");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    voucher: u16,
    tax_return: u16,
    stub: u16,
}

impl Default for Retention {
    /// What the law asks for at least.
    fn default() -> Self {
        Self { voucher: 30, tax_return: 10, stub: 5 }
    }
}

impl Retention {
    /// Keeps papers of a sort for longer; fewer years than the law asks for change nothing.
    #[must_use]
    pub fn keeping(mut self, what: Archived, years: u16) -> Self {
        let place = match what {
            Archived::Voucher => &mut self.voucher,
            Archived::TaxReturn => &mut self.tax_return,
            Archived::Stub => &mut self.stub,
        };
        *place = years.max(*place);
        self
    }

    /// Years.
    #[must_use]
    pub const fn years(&self, what: Archived) -> u16 {
        match what {
            Archived::Voucher => self.voucher,
            Archived::TaxReturn => self.tax_return,
            Archived::Stub => self.stub,
        }
    }

    /// The last day on which a paper of this day must be there; `None` beyond the calendar.
    #[must_use]
    pub fn until(&self, what: Archived, day: NaiveDate) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(day.year().checked_add(i32::from(self.years(what)))?, 12, 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_count_from_the_end_of_the_accounting_year_and_are_never_fewer_than_the_law_asks() {
        let policy = Retention::default();
        for (what, day, last) in [
            (Archived::Voucher, "2026-01-01", "2056-12-31"),
            (Archived::Voucher, "2026-12-31", "2056-12-31"),
            (Archived::TaxReturn, "2026-06-30", "2036-12-31"),
            (Archived::Stub, "2024-02-29", "2029-12-31"),
        ] {
            assert_eq!(policy.until(what, day.parse().unwrap()), Some(last.parse().unwrap()), "{day}");
        }
        assert_eq!(policy.clone().keeping(Archived::Stub, 3), policy);
        assert_eq!(policy.keeping(Archived::Stub, 30).years(Archived::Stub), 30);
        assert_eq!(Retention::default().until(Archived::Voucher, NaiveDate::MAX), None);
    }
}
