//! The table of required fields, as dated data.

use super::context::TitleContext;
use super::fields::TitleField;
use super::kinds::{BuyerKind, InvoiceClass, Medium, Regime};
use crate::Date;
use crate::text::ChannelProfile;

/// How much a field is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Without it the invoice is refused.
    Required,
    /// Without it the invoice is issued, but of less use to the buyer.
    Advised,
    /// As the buyer likes.
    Optional,
}

/// One row; `None` stands for "any". The first row that fits decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The fields it speaks of.
    pub fields: &'static [TitleField],
    /// Special or ordinary.
    pub class: Option<InvoiceClass>,
    /// Electronic or paper.
    pub medium: Option<Medium>,
    /// Digital or legacy.
    pub regime: Option<Regime>,
    /// Who buys.
    pub buyer: Option<BuyerKind>,
    /// The channel.
    pub channel: Option<ChannelProfile>,
    /// What it says.
    pub need: Need,
    /// First day it holds; `None` for always.
    pub valid_from: Option<Date>,
    /// Last day it holds; `None` for still.
    pub valid_to: Option<Date>,
    /// The public text behind it.
    pub source: &'static str,
}

const ANY: Row = Row {
    fields: &TitleField::ALL,
    class: None,
    medium: None,
    regime: None,
    buyer: None,
    channel: None,
    need: Need::Optional,
    valid_from: None,
    valid_to: None,
    source: "乐企数字化电子发票（基础版）开票能力说明文档 V4.000: all other buyer fields are optional",
};

const FIVE_ITEMS: &[TitleField] =
    &[TitleField::TaxId, TitleField::Address, TitleField::Phone, TitleField::Bank, TitleField::Account];

const TAX_ID: &[TitleField] = &[TitleField::TaxId];

static ROWS: [Row; 6] = [
    Row {
        fields: &[TitleField::Name],
        need: Need::Required,
        source: "发票管理办法实施细则: every item of the invoice is filled in; the name on all kinds",
        ..ANY
    },
    Row {
        fields: FIVE_ITEMS,
        class: Some(InvoiceClass::Special),
        regime: Some(Regime::Legacy),
        need: Need::Required,
        source: "国税发〔2006〕156号 art. 11: items complete on a special invoice of the tax-control era",
        ..ANY
    },
    Row {
        fields: TAX_ID,
        class: Some(InvoiceClass::Special),
        need: Need::Required,
        source: "数字化电子发票版式及XML规范 V5.002: buyer's number mandatory on special invoices",
        ..ANY
    },
    Row {
        fields: TAX_ID,
        class: Some(InvoiceClass::Ordinary),
        regime: Some(Regime::Legacy),
        buyer: Some(BuyerKind::Company),
        need: Need::Required,
        valid_from: Date::new(2017, 7, 1),
        source: "国家税务总局公告2017年第16号 art. 1: an enterprise gives its number for an ordinary invoice",
        ..ANY
    },
    Row {
        fields: TAX_ID,
        class: Some(InvoiceClass::Ordinary),
        regime: Some(Regime::Digital),
        buyer: Some(BuyerKind::Company),
        need: Need::Advised,
        source: "数字化电子发票版式及XML规范 V5.002 leaves it open; 公告2017年第16号 wants it on the voucher",
        ..ANY
    },
    ANY,
];

/// The rows in force on a day.
///
/// ```
/// use invoice_validate::title::*;
/// let rules = TitleRules::current();
/// let digital = TitleContext::new(InvoiceClass::Special, BuyerKind::Company);
/// assert_eq!(rules.need(TitleField::TaxId, &digital), Need::Required);
/// assert_eq!(rules.need(TitleField::Bank, &digital), Need::Optional);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TitleRules {
    day: Option<Date>,
}

impl TitleRules {
    /// The newest rows.
    pub fn current() -> Self {
        TitleRules { day: None }
    }

    /// The rows in force on a day.
    pub fn on(day: Date) -> Self {
        TitleRules { day: Some(day) }
    }

    /// The rows, most specific first.
    pub fn rows(&self) -> impl Iterator<Item = &'static Row> + use<> {
        let day = self.day;
        ROWS.iter().filter(move |row| match day {
            Some(day) => {
                row.valid_from.is_none_or(|from| from <= day) && row.valid_to.is_none_or(|to| day <= to)
            }
            None => row.valid_to.is_none(),
        })
    }

    /// What the table says of a field.
    pub fn need(&self, field: TitleField, context: &TitleContext<'_>) -> Need {
        let fits = |row: &&Row| {
            row.fields.contains(&field)
                && row.class.is_none_or(|class| class == context.class)
                && row.medium.is_none_or(|medium| medium == context.medium)
                && row.regime.is_none_or(|regime| regime == context.regime)
                && row.buyer.is_none_or(|buyer| buyer == context.buyer)
                && row.channel.is_none_or(|channel| channel == context.channel)
        };
        self.rows().find(fits).map_or(Need::Optional, |row| row.need)
    }
}
