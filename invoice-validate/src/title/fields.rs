//! The fields of a title, borrowed from wherever they live.

use std::fmt;

use crate::certificate::Certificate;
use crate::rule::{Rule, title as rule};

/// A title as it was given. `Debug` says which fields are filled, not with what.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct TitleFields<'a> {
    /// Name (名称).
    pub name: &'a str,
    /// Tax number (税号).
    pub tax_id: Option<&'a str>,
    /// Address (地址).
    pub address: Option<&'a str>,
    /// Phone (电话).
    pub phone: Option<&'a str>,
    /// Bank (开户行).
    pub bank: Option<&'a str>,
    /// Bank account (账号).
    pub account: Option<&'a str>,
    /// E-mail for delivery (邮箱).
    pub email: Option<&'a str>,
    /// Mobile number for delivery (手机).
    pub mobile: Option<&'a str>,
    /// Certificate of a person (证件).
    pub certificate: Option<Certificate<'a>>,
}

/// One field, for the table of required fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TitleField {
    /// `title.name`
    Name,
    /// `title.tax_id`
    TaxId,
    /// `title.address`
    Address,
    /// `title.phone`
    Phone,
    /// `title.bank`
    Bank,
    /// `title.account`
    Account,
    /// `title.email`
    Email,
    /// `title.mobile`
    Mobile,
}

impl TitleField {
    /// All fields in the order of the form.
    pub const ALL: [TitleField; 8] = [
        TitleField::Name,
        TitleField::TaxId,
        TitleField::Address,
        TitleField::Phone,
        TitleField::Bank,
        TitleField::Account,
        TitleField::Email,
        TitleField::Mobile,
    ];

    /// The path in findings.
    pub fn path(self) -> &'static str {
        match self {
            TitleField::Name => "title.name",
            TitleField::TaxId => "title.tax_id",
            TitleField::Address => "title.address",
            TitleField::Phone => "title.phone",
            TitleField::Bank => "title.bank",
            TitleField::Account => "title.account",
            TitleField::Email => "title.email",
            TitleField::Mobile => "title.mobile",
        }
    }

    pub(super) fn missing_rule(self) -> &'static Rule {
        match self {
            TitleField::Name => &rule::NAME_MISSING,
            TitleField::TaxId => &rule::TAX_ID_MISSING,
            TitleField::Address => &rule::ADDRESS_MISSING,
            TitleField::Phone => &rule::PHONE_MISSING,
            TitleField::Bank => &rule::BANK_MISSING,
            TitleField::Account => &rule::ACCOUNT_MISSING,
            TitleField::Email => &rule::EMAIL_MISSING,
            TitleField::Mobile => &rule::MOBILE_MISSING,
        }
    }
}

impl<'a> TitleFields<'a> {
    /// The value of a field, empty ones as `None`.
    pub fn get(&self, field: TitleField) -> Option<&'a str> {
        let value = match field {
            TitleField::Name => Some(self.name),
            TitleField::TaxId => self.tax_id,
            TitleField::Address => self.address,
            TitleField::Phone => self.phone,
            TitleField::Bank => self.bank,
            TitleField::Account => self.account,
            TitleField::Email => self.email,
            TitleField::Mobile => self.mobile,
        };
        value.filter(|value| !value.trim().is_empty())
    }

    /// Whether a field holds more than blanks.
    pub fn has(&self, field: TitleField) -> bool {
        self.get(field).is_some()
    }
}

impl fmt::Debug for TitleFields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filled: Vec<_> = TitleField::ALL.into_iter().filter(|field| self.has(*field)).collect();
        f.debug_struct("TitleFields").field("filled", &filled).finish_non_exhaustive()
    }
}
