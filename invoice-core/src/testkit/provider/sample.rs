use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::id::IntentKey;
use crate::invoice::{InvoiceKind, InvoiceNumber};
use crate::money::{Money, rounding};
use crate::plan::split::RowKind;
use crate::provider::{
    BlueIntent, IssueRequest, IssuedInvoice, PaymentReference, RedReference, RequestRow, SellerParty,
};
use crate::tax::{TaxCode, TaxItem, TaxRate, Treatment};
use crate::title::Title;

/// Builds requests for tests of providers. In the desk only a checked plan becomes an [`IssueRequest`]; here any
/// may, also a wrong one, so that it can be seen whether a provider notices.
///
/// ```
/// use invoice_core::testkit::provider::SampleRequest;
/// let request = SampleRequest::new("key-1").line(2, "100.00").build();
/// assert_eq!(request.gross().to_string(), "100.00");
/// assert_eq!(request.net().to_string(), "88.50");
/// ```
#[derive(Clone)]
pub struct SampleRequest {
    request: IssueRequest,
}

/// Tax ID of the sample seller, from a public list of formats; passes both checks.
pub const SAMPLE_SELLER: &str = "914403001922038216";
/// Tax ID of the sample buyer.
pub const SAMPLE_BUYER: &str = "9133020114479257XW";
/// Name of the sample buyer: nothing of it may appear in an error.
pub const SAMPLE_BUYER_NAME: &str = "样例买方泄漏检测有限公司";

/// A goods item at 13 %.
///
/// # Panics
/// Never: the code is a constant.
#[must_use]
#[expect(clippy::expect_used, reason = "constants of a test kit")]
pub fn sample_item() -> TaxItem {
    let code: TaxCode = "1060201010000000000".parse().expect("a constant code");
    TaxItem::new(code, "印刷品", TaxRate::percent(13).expect("a constant rate"), Treatment::Standard)
}

fn sum(rows: &[RequestRow], amount: fn(&RequestRow) -> Money) -> Money {
    rows.iter().map(amount).sum()
}

fn negative(amount: Money) -> Money {
    amount.checked_neg().unwrap_or_default()
}

impl SampleRequest {
    /// A digital ordinary invoice of the sample seller to the sample buyer, without rows yet.
    ///
    /// # Panics
    /// When the key is not an id.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test kit that is given a bad key should say so at once")]
    pub fn new(key: impl AsRef<str>) -> Self {
        let request = IssueRequest {
            key: IntentKey::new(key).expect("1 to 64 visible ASCII characters"),
            kind: InvoiceKind::DIGITAL_ORDINARY,
            seller: SellerParty {
                tax_id: SAMPLE_SELLER.to_owned(),
                name: "样例销方有限公司".to_owned(),
                drawer: "开票员".to_owned(),
            },
            title: Title::company(SAMPLE_BUYER_NAME, SAMPLE_BUYER),
            rows: Vec::new(),
            net: Money::ZERO,
            tax: Money::ZERO,
            gross: Money::ZERO,
            planned_at: DateTime::UNIX_EPOCH,
            remark: None,
            red: None,
            payments: Vec::new(),
        };
        Self { request }
    }

    /// Sets the kind.
    #[must_use]
    pub fn kind(mut self, kind: InvoiceKind) -> Self {
        self.request.kind = kind;
        self
    }

    /// Sets the seller's tax ID.
    #[must_use]
    pub fn seller(mut self, tax_id: impl Into<String>) -> Self {
        self.request.seller.tax_id = tax_id.into();
        self
    }

    /// Sets the buyer.
    #[must_use]
    pub fn title(mut self, title: Title) -> Self {
        self.request.title = title;
        self
    }

    /// Sets when it was planned; the beginning of 1970 otherwise.
    #[must_use]
    pub const fn planned_at(mut self, at: DateTime<Utc>) -> Self {
        self.request.planned_at = at;
        self
    }

    /// Sets the remark.
    #[must_use]
    pub fn remark(mut self, remark: impl Into<String>) -> Self {
        self.request.remark = Some(remark.into());
        self
    }

    /// Adds a row of [`sample_item`] with this quantity and gross amount.
    ///
    /// # Panics
    /// When the amount is not one.
    #[must_use]
    pub fn line(self, quantity: i64, gross: &str) -> Self {
        self.line_of(sample_item(), "样例图书", Some(Decimal::from(quantity)), gross)
    }

    /// Adds a row of any item; net and price are computed.
    ///
    /// # Panics
    /// When the amount is not one.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test kit that is given a bad amount should say so at once")]
    pub fn line_of(mut self, item: TaxItem, name: &str, quantity: Option<Decimal>, gross: &str) -> Self {
        let gross: Money = gross.parse().expect("an amount of yuan");
        let net = rounding::net_of_gross(gross, item.rate());
        let price = |quantity| rounding::price_of(net, quantity, 13);
        self.request.rows.push(RequestRow {
            kind: RowKind::Normal,
            item,
            name: name.to_owned(),
            spec: None,
            unit: None,
            quantity,
            unit_price: quantity.and_then(price),
            net,
            tax: gross.checked_sub(net).unwrap_or_default(),
            gross,
            blue_row: None,
        });
        self.summed()
    }

    /// Puts a discount of this gross amount (written as a positive number) behind the last row.
    ///
    /// # Panics
    /// When there is no row, or the amount is not one.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test kit that is used wrongly should say so at once")]
    pub fn discount(mut self, gross: &str) -> Self {
        let gross = negative(gross.parse().expect("an amount of yuan"));
        let row = self.request.rows.last_mut().expect("a row to give a discount on");
        row.kind = RowKind::Discounted;
        let net = rounding::net_of_gross(gross, row.item.rate());
        let discount = RequestRow {
            kind: RowKind::Discount,
            spec: None,
            unit: None,
            quantity: None,
            unit_price: None,
            net,
            tax: gross.checked_sub(net).unwrap_or_default(),
            gross,
            ..row.clone()
        };
        self.request.rows.push(discount);
        self.summed()
    }

    /// The red request that takes all of a blue request back: discounts are netted into their rows.
    #[must_use]
    pub fn red_of(key: impl AsRef<str>, blue: &IssueRequest, number: &InvoiceNumber, reason: &str) -> Self {
        let mut red = Self::new(key);
        let mut rows: Vec<RequestRow> = Vec::new();
        for (printed, row) in (1_u32..).zip(&blue.rows) {
            match rows.last_mut().filter(|_| row.kind == RowKind::Discount) {
                Some(above) => {
                    above.net = [above.net, row.net].into_iter().sum();
                    above.tax = [above.tax, row.tax].into_iter().sum();
                    above.gross = [above.gross, row.gross].into_iter().sum();
                }
                None => {
                    rows.push(RequestRow { kind: RowKind::Normal, blue_row: Some(printed), ..row.clone() })
                }
            }
        }
        for row in &mut rows {
            row.unit_price = row.quantity.and_then(|quantity| rounding::price_of(row.net, quantity, 13));
            row.quantity = row.quantity.map(|quantity| -quantity);
            (row.net, row.tax, row.gross) = (negative(row.net), negative(row.tax), negative(row.gross));
            if reason == "04" {
                (row.quantity, row.unit_price) = (None, None);
            }
        }
        red.request.kind = blue.kind;
        red.request.seller = blue.seller.clone();
        red.request.title = blue.title.clone();
        red.request.rows = rows;
        red.request.red = Some(RedReference {
            blue: number.clone(),
            reason: reason.to_owned(),
            confirmation: None,
            intent: Some(BlueIntent { key: blue.key.clone(), gross: blue.gross }),
            issued: None,
        });
        red.summed()
    }

    /// Changes the rows in any way; the totals follow.
    #[must_use]
    pub fn rows(mut self, change: impl FnOnce(&mut Vec<RequestRow>)) -> Self {
        change(&mut self.request.rows);
        self.summed()
    }

    /// Says totals that need not be the sums.
    #[must_use]
    pub fn totals(mut self, net: Money, tax: Money, gross: Money) -> Self {
        (self.request.net, self.request.tax, self.request.gross) = (net, tax, gross);
        self
    }

    /// Names a payment of an order on it.
    #[must_use]
    pub fn payment(mut self, payment: PaymentReference) -> Self {
        self.request.payments.push(payment);
        self
    }

    /// Says what is taken back.
    #[must_use]
    pub fn red(mut self, red: RedReference) -> Self {
        self.request.red = Some(red);
        self
    }

    /// Says how the blue invoice that a red request takes back was issued.
    #[must_use]
    pub fn taking_back(mut self, blue: &IssuedInvoice) -> Self {
        if let Some(red) = &mut self.request.red {
            red.issued = Some(blue.clone());
        }
        self
    }

    /// Names the confirmation that a red request is issued under, with a key of its own.
    ///
    /// # Panics
    /// When the key is not an id.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test kit that is given a bad key should say so at once")]
    pub fn confirmed(mut self, key: impl AsRef<str>, confirmation: impl Into<String>) -> Self {
        self.request.key = IntentKey::new(key).expect("1 to 64 visible ASCII characters");
        if let Some(red) = &mut self.request.red {
            red.confirmation = Some(confirmation.into());
        }
        self
    }

    /// The request.
    #[must_use]
    pub fn build(self) -> IssueRequest {
        self.request
    }

    fn summed(mut self) -> Self {
        let rows = &self.request.rows;
        let totals = (sum(rows, |row| row.net), sum(rows, |row| row.tax), sum(rows, |row| row.gross));
        (self.request.net, self.request.tax, self.request.gross) = totals;
        self
    }
}
