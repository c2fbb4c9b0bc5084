//! The face of an invoice (票面): what stands on its file, whoever made it.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use invoice_core::invoice::{Color, Invoice, InvoiceNumber, InvoiceRow, InvoiceState, SellerParty};
use invoice_core::money::Money;
use invoice_core::plan::price::{DECIMALS, unit_price};
use invoice_core::received::ReceivedKind;
use invoice_core::tax::{TaxCode, TaxItem, TaxRate, Treatment, tax_day};
use invoice_core::title::{BuyerKind, Title};
use rust_decimal::Decimal;

use super::{DocumentCode, DocumentError};

/// The face of an invoice (票面). Written to a file it says what is here; read from one it says what stands there: no sum
/// is checked and nothing is filled in. Amounts are negative on a red invoice.
///
/// `Debug` shows number, kind and totals, nothing of the parties and goods.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvoiceFace {
    /// Its number; of a legacy invoice (税控) with its code.
    pub number: InvoiceNumber,
    /// The kind, where the file says one that is known.
    pub kind: Option<ReceivedKind>,
    /// Red (红票) or blue.
    pub red: bool,
    /// Date of issue (开票日期) in China.
    pub issued_on: Option<NaiveDate>,
    /// When it was issued, to the second, where the file says so.
    pub issued_at: Option<DateTime<Utc>>,
    /// The seller (销售方).
    pub seller: FaceParty,
    /// The buyer (购买方).
    pub buyer: FaceParty,
    /// The rows in order, discount rows included.
    pub rows: Vec<FaceRow>,
    /// Net total (合计金额).
    pub net: Option<Money>,
    /// Tax total (合计税额).
    pub tax: Option<Money>,
    /// Gross total (价税合计).
    pub gross: Option<Money>,
    /// Who issued it (开票人).
    pub drawer: Option<String>,
    /// The remark (备注).
    pub remark: Option<String>,
    /// Of a red invoice: the blue one it takes back (被红冲蓝字发票号码).
    pub blue: Option<InvoiceNumber>,
    /// Of a red invoice: the number of its confirmation (红字信息确认单编号).
    pub confirmation: Option<String>,
    /// Check code (校验码) of a legacy invoice, 20 digits.
    pub check_code: Option<String>,
    /// The supervising bureau (主管税务机关): two digits of its region and its name.
    pub bureau: Option<(String, String)>,
}

impl InvoiceFace {
    /// A blue face without anything but its number.
    #[must_use]
    pub fn new(number: InvoiceNumber) -> Self {
        Self {
            number,
            kind: None,
            red: false,
            issued_on: None,
            issued_at: None,
            seller: FaceParty::default(),
            buyer: FaceParty::default(),
            rows: Vec::new(),
            net: None,
            tax: None,
            gross: None,
            drawer: None,
            remark: None,
            blue: None,
            confirmation: None,
            check_code: None,
            bureau: None,
        }
    }

    /// The face of an invoice that the desk has issued; `seller` as it is configured.
    ///
    /// The number of a red confirmation is not part of the desk's invoice and stays open.
    ///
    /// # Errors
    /// `DOC-44` while the invoice is not issued.
    pub fn of(invoice: &Invoice, seller: &SellerParty) -> Result<Self, DocumentError> {
        let InvoiceState::Issued { issued } = invoice.state() else {
            return Err(DocumentCode::NotIssued.into());
        };
        let mut face = Self::new(issued.number.clone());
        face.kind = Some(invoice.kind().into());
        face.issued_on = Some(tax_day(issued.issued_at));
        face.issued_at = Some(issued.issued_at);
        face.seller = FaceParty::seller(&seller.tax_id, &seller.name);
        face.buyer = FaceParty::buyer(invoice.title());
        (face.net, face.tax, face.gross) = (Some(issued.net), Some(issued.tax), Some(issued.gross));
        face.drawer = Some(seller.drawer.clone());
        face.remark = invoice.remark().map(str::to_owned);
        if let Color::Red { blue, .. } = invoice.color() {
            face.red = true;
            face.blue = Some(blue.clone());
        }
        face.rows = invoice.rows().iter().map(|row| FaceRow::of(row, face.red)).collect();
        Ok(face)
    }
}

impl fmt::Debug for InvoiceFace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvoiceFace")
            .field("number", &self.number)
            .field("kind", &self.kind)
            .field("red", &self.red)
            .field("issued_on", &self.issued_on)
            .field("rows", &self.rows.len())
            .field("gross", &self.gross)
            .finish_non_exhaustive()
    }
}

/// A party as printed. Personal data: `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FaceParty {
    /// Tax ID (统一社会信用代码/纳税人识别号).
    pub tax_id: Option<String>,
    /// Name; of a natural person often with `（个人）` behind it.
    pub name: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Bank (开户银行).
    pub bank: Option<String>,
    /// Bank account (银行账号).
    pub account: Option<String>,
}

impl FaceParty {
    pub(crate) fn seller(tax_id: &str, name: &str) -> Self {
        Self { tax_id: Some(tax_id.to_owned()), name: Some(name.to_owned()), ..Self::default() }
    }

    /// A buyer as the bureau prints it: a person's name is marked as one.
    pub(crate) fn buyer(title: &Title) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let name = match title.kind() {
            BuyerKind::Person => Self::person(title.name()),
            _ => title.name().to_owned(),
        };
        Self {
            tax_id: owned(title.tax_id()),
            name: Some(name),
            address: owned(title.address()),
            phone: owned(title.phone()),
            bank: owned(title.bank()),
            account: owned(title.account()),
        }
    }

    /// The name of a natural person as it is printed.
    pub(crate) fn person(name: &str) -> String {
        const MARK: &str = "（个人）";
        if name.ends_with(MARK) { name.to_owned() } else { format!("{name}{MARK}") }
    }
}

impl fmt::Debug for FaceParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaceParty(redacted)")
    }
}

/// What stands in the column 税率/征收率.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FaceRate {
    /// Nothing.
    #[default]
    Blank,
    /// A rate; zero is 零税率.
    Rate(TaxRate),
    /// 免税; the tax is `***`.
    Exempt,
    /// 不征税; the tax is blank.
    NotTaxable,
    /// `***`: tax on the difference (差额征税).
    Differential,
    /// `*`, the tax as well: the summary code of telecom operators (电信服务业汇总项).
    Telecom,
}

impl FaceRate {
    pub(crate) fn of(treatment: Treatment, rate: TaxRate) -> Self {
        match treatment {
            Treatment::Exempt => Self::Exempt,
            Treatment::NotTaxable => Self::NotTaxable,
            Treatment::Differential => Self::Differential,
            _ => Self::Rate(rate),
        }
    }

    /// What is printed in place of a tax that is not there (layout rules V5.002, 1.5).
    pub(crate) const fn instead_of_tax(self) -> &'static str {
        match self {
            Self::Exempt => "***",
            Self::Telecom => "*",
            _ => "",
        }
    }

    /// In words, where it is no rate.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Exempt => "免税",
            Self::NotTaxable => "不征税",
            Self::Differential => "***",
            Self::Telecom => "*",
            Self::Blank | Self::Rate(_) => "",
        }
    }

    /// As printed: a rate in per cent.
    #[cfg(any(feature = "pdf", feature = "ofd"))]
    pub(crate) fn printed(self) -> String {
        let Self::Rate(rate) = self else { return self.words().to_owned() };
        let percent = Decimal::new(i64::from(rate.millionths()), 4).normalize();
        format!("{percent}%")
    }
}

/// One row as printed. `Debug` shows its amounts only.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FaceRow {
    /// Name with its short name, `*简称*项目名称`.
    pub name: String,
    /// Specification (规格型号).
    pub spec: Option<String>,
    /// Unit (单位).
    pub unit: Option<String>,
    /// Quantity (数量).
    pub quantity: Option<Decimal>,
    /// Net unit price (单价).
    pub unit_price: Option<Decimal>,
    /// Net amount (金额), negative on a discount row.
    pub net: Option<Money>,
    /// Rate.
    pub rate: FaceRate,
    /// Tax (税额); `None` where the file shows asterisks or nothing.
    pub tax: Option<Money>,
    /// Gross amount; on no printed form, but in the XML.
    pub gross: Option<Money>,
    /// Tax classification code (税收分类编码).
    pub code: Option<TaxCode>,
}

impl FaceRow {
    /// The row of an order line: the tax is left out where the form prints none.
    pub(crate) fn priced(
        item: &TaxItem,
        name: &str,
        quantity: Option<Decimal>,
        (net, tax, gross): (Money, Money, Money),
    ) -> Self {
        let rate = FaceRate::of(item.treatment(), item.rate());
        let shown = !matches!(rate, FaceRate::Exempt | FaceRate::NotTaxable);
        Self {
            name: format!("*{}*{name}", item.short_name()),
            quantity,
            net: Some(net),
            rate,
            tax: shown.then_some(tax),
            gross: Some(gross),
            code: Some(item.code()),
            ..Self::default()
        }
    }

    fn of(row: &InvoiceRow, red: bool) -> Self {
        // The desk keeps magnitudes; the one amount without an opposite is none of an invoice.
        let sign = |amount: Money| if red { amount.checked_neg().unwrap_or(amount) } else { amount };
        let price = row.quantity.and_then(|quantity| unit_price(row.net, quantity, DECIMALS));
        let quantity = row.quantity.filter(|_| price.is_some());
        let quantity = if red { quantity.map(|quantity| -quantity) } else { quantity };
        let amounts = (sign(row.net), sign(row.tax), sign(row.gross));
        let mut out = Self::priced(&row.item, &row.name, quantity, amounts);
        (out.spec, out.unit, out.unit_price) = (row.spec.clone(), row.unit.clone(), price);
        out
    }
}

impl fmt::Debug for FaceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaceRow")
            .field("net", &self.net)
            .field("rate", &self.rate)
            .field("tax", &self.tax)
            .finish_non_exhaustive()
    }
}
