//! From a request to the bytes that are sent: pure.

use invoice_core::invoice::InvoiceKind;
use invoice_core::money::{decimal_text, rounding};
use invoice_core::plan::split::RowKind;
use invoice_core::provider::{IssueRequest, PreparedRequest, ProviderError, RedReference, RequestRow};
use invoice_core::tax::Treatment;
use invoice_core::title::BuyerKind;
use rust_decimal::Decimal;

use super::account::NuonuoAccount;
use super::wire::{Billing, Detail, FastRed, Order, RedApplication, RedDetail};
use crate::service::read::china;
use crate::service::{self, bytes, refused};

/// The most characters of a quantity or a price, the point included (vendor's field list).
const NUMBER_CHARS: usize = 16;

/// The bytes of a request: an order, an application for a red, or a red of a confirmed application.
pub(super) fn prepare(
    account: &NuonuoAccount,
    request: &IssueRequest,
) -> Result<PreparedRequest, ProviderError> {
    service::check(&account.tax_id, &account.capabilities(), request)?;
    let body = match request.red() {
        None => bytes(&Billing { order: order(account, request)? }),
        Some(RedReference { confirmation: None, .. }) => bytes(&application(account, request)?),
        Some(RedReference { confirmation: Some(number), .. }) => bytes(&fast_red(account, request, number)?),
    };
    Ok(PreparedRequest::new(request.key().clone(), body?))
}

/// The code of a kind (`invoiceLine`).
fn line(kind: InvoiceKind) -> Result<&'static str, ProviderError> {
    match kind {
        InvoiceKind::DIGITAL_ORDINARY => Ok("pc"),
        InvoiceKind::DIGITAL_SPECIAL => Ok("bs"),
        InvoiceKind::DIGITAL_ORDINARY_PAPER => Ok("ec"),
        InvoiceKind::DIGITAL_SPECIAL_PAPER => Ok("es"),
        _ => Err(refused("KIND")),
    }
}

fn order<'a>(account: &'a NuonuoAccount, request: &'a IssueRequest) -> Result<Order<'a>, ProviderError> {
    let title = request.title();
    let contact = account.seller_contact.as_ref();
    Ok(Order {
        buyer_name: title.name(),
        buyer_tax_num: title.tax_id(),
        buyer_tel: title.phone(),
        buyer_address: title.address(),
        buyer_account: join(title.bank(), title.account()),
        natural_person_flag: if title.kind() == BuyerKind::Person { "1" } else { "0" },
        saler_tax_num: &request.seller().tax_id,
        saler_tel: contact.map(|(_, phone)| phone.as_str()),
        saler_address: contact.map(|(address, _)| address.as_str()),
        order_no: request.key().as_str(),
        invoice_date: china(request.planned_at()),
        clerk: &request.seller().drawer,
        remark: request.remark(),
        push_mode: "-1",
        invoice_type: "1",
        invoice_line: line(request.kind())?,
        extension_number: account.extension.as_deref(),
        call_back_url: account.callback.as_deref(),
        invoice_detail: request.rows().iter().map(detail).collect::<Result<_, _>>()?,
    })
}

fn join(bank: Option<&str>, account: Option<&str>) -> Option<String> {
    match (bank, account) {
        (None, None) => None,
        (bank, account) => Some([bank, account].into_iter().flatten().collect::<Vec<_>>().join(" ")),
    }
}

fn detail(row: &RequestRow) -> Result<Detail<'_>, ProviderError> {
    let (num, price) = quantity_and_price(row)?;
    Ok(Detail {
        goods_name: &row.name,
        goods_code: row.item.code().to_string(),
        spec_type: row.spec.as_deref(),
        unit: row.unit.as_deref(),
        with_tax_flag: "0",
        num,
        price,
        tax_rate: row.item.rate().to_string(),
        tax: row.tax.to_string(),
        tax_excluded_amount: row.net.to_string(),
        tax_included_amount: row.gross.to_string(),
        invoice_line_property: match row.kind {
            RowKind::Normal => "0",
            RowKind::Discount => "1",
            RowKind::Discounted => "2",
        },
        favoured_policy_flag: policy(row)?,
    })
}

/// 03 exempt, 04 not taxable; for 数电 invoices rate zero without one of them is the zero rate, and the older
/// `zeroRateFlag` stays empty (vendor's field list).
fn policy(row: &RequestRow) -> Result<&'static str, ProviderError> {
    match row.item.treatment() {
        Treatment::Standard | Treatment::ZeroRated => Ok("0"),
        Treatment::Exempt => Ok("03"),
        Treatment::NotTaxable => Ok("04"),
        _ => Err(refused("TREATMENT")),
    }
}

/// Both or none, each within its length: a long price loses decimals as long as it still meets the net amount.
fn quantity_and_price(row: &RequestRow) -> Result<(Option<String>, Option<String>), ProviderError> {
    let (Some(quantity), Some(price)) = (row.quantity, row.unit_price) else { return Ok((None, None)) };
    let num = decimal_text::format(quantity);
    let fits = |text: &String| text.len() <= NUMBER_CHARS;
    if !fits(&num) {
        return Err(refused("QUANTITY"));
    }
    let text = decimal_text::format(price);
    let shorter = || {
        let magnitude = if row.net.is_negative() { row.net.checked_neg()? } else { row.net };
        let of = |decimals| rounding::price_of(magnitude, quantity.abs(), decimals);
        (0..8).rev().filter_map(of).find(|price| meets(*price, row)).map(decimal_text::format).filter(fits)
    };
    let price = Some(text).filter(fits).or_else(shorter).ok_or_else(|| refused("PRICE"))?;
    Ok((Some(num), Some(price)))
}

/// Within 0.01 yuan, as the bureau wants it.
fn meets(price: Decimal, row: &RequestRow) -> bool {
    let product = row.quantity.and_then(|quantity| price.checked_mul(quantity));
    let miss = product.and_then(|product| product.checked_sub(Decimal::new(row.net.fen(), 2)));
    miss.is_some_and(|miss| miss.abs() <= Decimal::new(1, 2))
}

/// The bureau's reason as Nuonuo numbers it.
fn reason(bureau: &str) -> Result<&'static str, ProviderError> {
    match bureau {
        "01" => Ok("2"),
        "02" => Ok("1"),
        "03" => Ok("3"),
        "04" => Ok("4"),
        _ => Err(refused("REASON")),
    }
}

/// Nuonuo's reason as the bureau numbers it.
pub(super) fn bureau_reason(nuonuo: &str) -> Option<&'static str> {
    ["01", "02", "03", "04"].into_iter().find(|bureau| reason(bureau).is_ok_and(|known| known == nuonuo))
}

fn application<'a>(
    account: &'a NuonuoAccount,
    request: &'a IssueRequest,
) -> Result<RedApplication<'a>, ProviderError> {
    let red = request.red().ok_or_else(|| refused("RED"))?;
    let title = request.title();
    // A wrong invoice is always taken back whole, and then the vendor wants no rows.
    let rows = if red.reason == "01" { &[][..] } else { request.rows() };
    Ok(RedApplication {
        bill_id: request.key().as_str(),
        blue_invoice_line: line(request.kind())?,
        apply_source: "0",
        blue_elec_invoice_number: red.blue.as_str(),
        seller_tax_no: &request.seller().tax_id,
        seller_name: &request.seller().name,
        buyer_tax_no: title.tax_id().unwrap_or_default(),
        buyer_name: title.name(),
        red_reason: reason(&red.reason)?,
        order_no: request.key().as_str(),
        extension_number: account.extension.as_deref(),
        callback_url: account.callback.as_deref(),
        detail: rows.iter().map(red_detail).collect::<Result<_, _>>()?,
    })
}

fn red_detail(row: &RequestRow) -> Result<RedDetail<'_>, ProviderError> {
    let (num, price) = quantity_and_price(row)?;
    Ok(RedDetail {
        blue_detail_index: row.blue_row.ok_or_else(|| refused("BLUE-ROW"))?.to_string(),
        goods_name: &row.name,
        unit: row.unit.as_deref(),
        spec_type: row.spec.as_deref(),
        num,
        tax_excluded_price: price,
        tax_excluded_amount: row.net.to_string(),
        tax_amount: row.tax.to_string(),
        tax_rate: row.item.rate().to_string(),
        goods_code: row.item.code().to_string(),
        favoured_policy_flag: match policy(row)? {
            "0" => "",
            policy => policy,
        },
    })
}

fn fast_red<'a>(
    account: &'a NuonuoAccount,
    request: &'a IssueRequest,
    confirmation: &'a str,
) -> Result<FastRed<'a>, ProviderError> {
    let red = request.red().ok_or_else(|| refused("RED"))?;
    Ok(FastRed {
        order_no: request.key().as_str(),
        order_time: china(request.planned_at()),
        tax_num: &request.seller().tax_id,
        elec_invoice_number: red.blue.as_str(),
        bill_no: confirmation,
        invoice_line: line(request.kind())?,
        extension_number: account.extension.as_deref(),
        call_back_url: account.callback.as_deref(),
    })
}
