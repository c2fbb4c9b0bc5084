use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::money::{Money, decimal_text};
use crate::tax::{TaxCode, TaxRate, Treatment};

/// A row of a received invoice, as far as it could be read. `Debug` shows no text: what somebody bought may say who they
/// are.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReceivedRow {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spec: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(default, with = "decimal_text::option", skip_serializing_if = "Option::is_none")]
    quantity: Option<Decimal>,
    #[serde(default, with = "decimal_text::option", skip_serializing_if = "Option::is_none")]
    price: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    net: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<TaxRate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    treatment: Option<Treatment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tax: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<TaxCode>,
}

impl ReceivedRow {
    /// A row with its name as printed, `*简称*项目名称`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Sets the specification (规格型号).
    #[must_use]
    pub fn with_spec(mut self, spec: impl Into<String>) -> Self {
        self.spec = Some(spec.into());
        self
    }

    /// Sets the unit (单位).
    #[must_use]
    pub fn with_unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Sets the quantity (数量).
    #[must_use]
    pub const fn with_quantity(mut self, quantity: Decimal) -> Self {
        self.quantity = Some(quantity);
        self
    }

    /// Sets the unit price (单价) in yuan, without tax.
    #[must_use]
    pub const fn with_price(mut self, price: Decimal) -> Self {
        self.price = Some(price);
        self
    }

    /// Sets the amount without tax (金额). Negative on discount rows and red invoices.
    #[must_use]
    pub const fn with_net(mut self, net: Money) -> Self {
        self.net = Some(net);
        self
    }

    /// Sets rate and treatment. Where the invoice prints 免税 or 不征税 the rate is zero and the treatment says which.
    #[must_use]
    pub const fn with_rate(mut self, rate: TaxRate, treatment: Treatment) -> Self {
        (self.rate, self.treatment) = (Some(rate), Some(treatment));
        self
    }

    /// Sets the tax (税额); leave it out where the invoice prints `***`.
    #[must_use]
    pub const fn with_tax(mut self, tax: Money) -> Self {
        self.tax = Some(tax);
        self
    }

    /// Sets the tax classification code (税收分类编码), which only structured files carry.
    #[must_use]
    pub const fn with_code(mut self, code: TaxCode) -> Self {
        self.code = Some(code);
        self
    }

    /// The name as printed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short name between the asterisks: what the row is a sale of.
    ///
    /// ```
    /// use invoice_core::received::ReceivedRow;
    /// assert_eq!(ReceivedRow::new("*餐饮服务*餐费").category(), Some("餐饮服务"));
    /// assert_eq!(ReceivedRow::new("餐费").category(), None);
    /// ```
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        let (short, _) = self.name.trim_start().strip_prefix('*')?.split_once('*')?;
        (!short.is_empty()).then_some(short)
    }

    /// The specification.
    #[must_use]
    pub fn spec(&self) -> Option<&str> {
        self.spec.as_deref()
    }

    /// The unit.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// The quantity.
    #[must_use]
    pub const fn quantity(&self) -> Option<Decimal> {
        self.quantity
    }

    /// The unit price in yuan, without tax.
    #[must_use]
    pub const fn price(&self) -> Option<Decimal> {
        self.price
    }

    /// The amount without tax.
    #[must_use]
    pub const fn net(&self) -> Option<Money> {
        self.net
    }

    /// The rate.
    #[must_use]
    pub const fn rate(&self) -> Option<TaxRate> {
        self.rate
    }

    /// The treatment.
    #[must_use]
    pub const fn treatment(&self) -> Option<Treatment> {
        self.treatment
    }

    /// The tax.
    #[must_use]
    pub const fn tax(&self) -> Option<Money> {
        self.tax
    }

    /// The tax classification code.
    #[must_use]
    pub const fn code(&self) -> Option<TaxCode> {
        self.code
    }

    /// The longest of its texts, in characters.
    pub(super) fn longest_text(&self) -> usize {
        let texts = [Some(self.name.as_str()), self.spec(), self.unit()];
        texts.into_iter().flatten().map(|text| text.chars().count()).max().unwrap_or(0)
    }
}

impl fmt::Debug for ReceivedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedRow")
            .field("quantity", &self.quantity)
            .field("net", &self.net)
            .field("rate", &self.rate)
            .field("treatment", &self.treatment)
            .field("tax", &self.tax)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}
