//! What a provider is asked to issue.

use rust_decimal::Decimal;

use crate::invoice::{
    Color, Invoice, InvoiceRow, IssueRequest, IssuedInvoice, RedReference, RequestRow, SellerParty,
};
use crate::money::Money;
use crate::plan::price::unit_price;

/// The request of a task, for the provider to prepare. Of a red: what is known of the invoice it takes back, and the
/// number of the red confirmation once there is one.
#[must_use]
pub fn request_of(
    invoice: &Invoice,
    seller: &SellerParty,
    price_decimals: u32,
    (taken_back, confirmation): (Option<&IssuedInvoice>, Option<&str>),
) -> IssueRequest {
    let sign =
        |amount: Money| if invoice.is_blue() { amount } else { amount.checked_neg().unwrap_or(amount) };
    let red = match invoice.color() {
        Color::Blue => None,
        Color::Red { blue, reason, .. } => Some(RedReference {
            blue: blue.clone(),
            reason: reason.code().to_owned(),
            confirmation: confirmation.map(str::to_owned),
            intent: None,
            issued: taken_back.cloned(),
        }),
    };
    let row = |row: &InvoiceRow| {
        // Quantity and price are printed together or not at all.
        let price = row.quantity.and_then(|quantity: Decimal| unit_price(row.net, quantity, price_decimals));
        let quantity = row.quantity.filter(|_| price.is_some());
        RequestRow {
            kind: row.kind,
            item: row.item.clone(),
            name: row.name.clone(),
            spec: row.spec.clone(),
            unit: row.unit.clone(),
            quantity: quantity.map(|quantity| if invoice.is_blue() { quantity } else { -quantity }),
            unit_price: price,
            net: sign(row.net),
            tax: sign(row.tax),
            gross: sign(row.gross),
            blue_row: row.blue_row,
        }
    };
    IssueRequest {
        key: invoice.key().clone(),
        kind: invoice.kind(),
        seller: seller.clone(),
        title: invoice.title().clone(),
        rows: invoice.rows().iter().map(row).collect(),
        net: sign(invoice.net()),
        tax: sign(invoice.tax()),
        gross: sign(invoice.gross()),
        planned_at: invoice.planned_at(),
        remark: invoice.remark.clone(),
        red,
        payments: Vec::new(),
    }
}
