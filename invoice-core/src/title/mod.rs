//! Title (抬头): who an invoice is made out to. Personal data; `Debug` shows none of it.

mod book;
mod pasted;

use std::fmt;

use chrono::{Datelike, NaiveDate};
pub use invoice_validate::title::BuyerKind;
use invoice_validate::title::{TitleContext, TitleFields};
use invoice_validate::{Date, Language, Report};
use serde::{Deserialize, Serialize};

pub use book::{MAX_TITLES, TitleBook, TitleBookChange, TitleEntry};
pub use pasted::PastedTitle;

use crate::error::{Refusal, RefusalCode};
use crate::invoice::InvoiceKind;

/// Name, tax ID, address, phone, bank and account of a buyer, as they will be printed.
///
/// A value of this type is only known to be well formed as text; whether it may stand on an invoice of a certain
/// kind is decided by [`Title::check`](crate::title::Title::check) when it is applied for.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Title {
    kind: BuyerKind,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tax_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bank: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
}

impl Title {
    /// A company with its tax ID.
    pub fn company(name: impl Into<String>, tax_id: impl Into<String>) -> Self {
        Self { kind: BuyerKind::Company, name: name.into(), tax_id: Some(tax_id.into()), ..Self::default() }
    }

    /// A natural person: a name, a family name, or a form of address.
    pub fn person(name: impl Into<String>) -> Self {
        Self { kind: BuyerKind::Person, name: name.into(), ..Self::default() }
    }

    /// Any other buyer by name.
    pub fn of(kind: BuyerKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), ..Self::default() }
    }

    /// Sets the tax ID.
    #[must_use]
    pub fn with_tax_id(mut self, tax_id: impl Into<String>) -> Self {
        self.tax_id = Some(tax_id.into());
        self
    }

    /// Sets address and phone (地址、电话).
    #[must_use]
    pub fn with_address(mut self, address: impl Into<String>, phone: impl Into<String>) -> Self {
        (self.address, self.phone) = (Some(address.into()), Some(phone.into()));
        self
    }

    /// Sets bank and account (开户行及账号).
    #[must_use]
    pub fn with_bank(mut self, bank: impl Into<String>, account: impl Into<String>) -> Self {
        (self.bank, self.account) = (Some(bank.into()), Some(account.into()));
        self
    }

    /// Checks that the title may stand on an invoice of this kind from this seller on this day: what is needed, what is
    /// well formed, what fits. Warnings do not count; [`Title::findings`] lists them.
    ///
    /// # Errors
    /// `TITLE-01` with the codes of what is wrong, never the values.
    pub fn check(&self, kind: InvoiceKind, seller_tax_id: &str, day: NaiveDate) -> Result<(), Refusal> {
        let report = self.findings(kind, seller_tax_id, day);
        if report.is_valid() {
            return Ok(());
        }
        let told = |fault: &invoice_validate::Fault| {
            format!("{} {} ({})", fault.code().as_str(), fault.path(), fault.message(Language::En))
        };
        let faults = report.errors().map(told).collect::<Vec<_>>().join("; ");
        Err(Refusal::new(RefusalCode::TitleInvalid).with("faults", faults))
    }

    /// Everything the validators find about the title, warnings and hints included.
    pub fn findings(&self, kind: InvoiceKind, seller_tax_id: &str, day: NaiveDate) -> Report {
        let fields = TitleFields {
            name: &self.name,
            tax_id: self.tax_id.as_deref(),
            address: self.address.as_deref(),
            phone: self.phone.as_deref(),
            bank: self.bank.as_deref(),
            account: self.account.as_deref(),
            ..TitleFields::default()
        };
        let context =
            TitleContext::new(kind.class(), self.kind).with_medium(kind.medium()).with_regime(kind.regime());
        let context = context.with_seller(seller_tax_id);
        let today = Date::parse(&format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()));
        invoice_validate::title::check(&fields, &today.map_or(context, |today| context.on(today)))
    }

    /// What sort of buyer.
    #[must_use]
    pub const fn kind(&self) -> BuyerKind {
        self.kind
    }

    /// The name as given, without `（个人）`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tax ID.
    #[must_use]
    pub fn tax_id(&self) -> Option<&str> {
        self.tax_id.as_deref()
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// The phone.
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        self.phone.as_deref()
    }

    /// The bank.
    #[must_use]
    pub fn bank(&self) -> Option<&str> {
        self.bank.as_deref()
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }
}

impl fmt::Debug for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Title({:?}, redacted)", self.kind)
    }
}
