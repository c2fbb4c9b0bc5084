//! The circumstances of a title.

use super::kinds::{BuyerKind, InvoiceClass, Medium, Regime, SpecialToPerson};
use crate::Date;
use crate::rule::Code;
use crate::text::{ChannelProfile, Limits};

/// The circumstances that decide which fields are needed.
///
/// ```
/// use invoice_validate::title::*;
/// let context = TitleContext::new(InvoiceClass::Special, BuyerKind::Company)
///     .with_regime(Regime::Legacy)
///     .with_medium(Medium::Paper)
///     .with_channel(ChannelProfile::Nuonuo);
/// assert_eq!(TitleRules::current().need(TitleField::Bank, &context), Need::Required);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TitleContext<'a> {
    /// Special or ordinary.
    pub class: InvoiceClass,
    /// Electronic or paper.
    pub medium: Medium,
    /// Digital or legacy.
    pub regime: Regime,
    /// Who buys.
    pub buyer: BuyerKind,
    /// The way to the bureau.
    pub channel: ChannelProfile,
    /// The seller's number, which the buyer's may not equal; motor-vehicle invoices leave it out.
    pub seller_tax_id: Option<&'a str>,
    /// Day for dated rules and for dates of birth; without it the newest rules hold.
    pub today: Option<Date>,
    /// Policy for special invoices to persons.
    pub special_to_person: SpecialToPerson,
    /// Rules that a person who saw the paper lets pass for this title; see [`TitleContext::accepting`].
    pub accepted: &'a [Code],
}

impl std::fmt::Debug for TitleContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TitleContext")
            .field("class", &self.class)
            .field("medium", &self.medium)
            .field("regime", &self.regime)
            .field("buyer", &self.buyer)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

impl<'a> TitleContext<'a> {
    /// A digital electronic invoice by direct connection.
    pub fn new(class: InvoiceClass, buyer: BuyerKind) -> Self {
        TitleContext {
            class,
            medium: Medium::Electronic,
            regime: Regime::Digital,
            buyer,
            channel: ChannelProfile::Bureau,
            seller_tax_id: None,
            today: None,
            special_to_person: SpecialToPerson::Refuse,
            accepted: &[],
        }
    }

    /// Sets the medium.
    #[must_use]
    pub fn with_medium(mut self, medium: Medium) -> Self {
        self.medium = medium;
        self
    }

    /// Sets the regime.
    #[must_use]
    pub fn with_regime(mut self, regime: Regime) -> Self {
        self.regime = regime;
        self
    }

    /// Sets the channel.
    #[must_use]
    pub fn with_channel(mut self, channel: ChannelProfile) -> Self {
        self.channel = channel;
        self
    }

    /// Sets the seller's number.
    #[must_use]
    pub fn with_seller(mut self, tax_id: &'a str) -> Self {
        self.seller_tax_id = Some(tax_id);
        self
    }

    /// Sets the day.
    #[must_use]
    pub fn on(mut self, today: Date) -> Self {
        self.today = Some(today);
        self
    }

    /// Lets errors of these rules pass as warnings, where the rule may be overridden at all: a number of the pilot
    /// period whose check character does not follow the standard, but not one of five characters.
    ///
    /// ```
    /// use invoice_validate::rule::tax_id::USCC_CHECK;
    /// use invoice_validate::title::{self, *};
    /// let fields = TitleFields { name: "某某有限公司", tax_id: Some("914403001922038217"), ..TitleFields::default() };
    /// let context = TitleContext::new(InvoiceClass::Special, BuyerKind::Company);
    /// assert!(!title::is_valid(&fields, &context));
    /// assert!(title::is_valid(&fields, &context.accepting(&[USCC_CHECK.code()])));
    /// ```
    #[must_use]
    pub fn accepting(mut self, rules: &'a [Code]) -> Self {
        self.accepted = rules;
        self
    }

    pub(crate) fn limits(&self) -> &'static Limits {
        self.today.map_or_else(|| Limits::current(self.channel), |day| Limits::on(self.channel, day))
    }
}
