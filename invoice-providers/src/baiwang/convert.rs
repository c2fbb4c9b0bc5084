//! From a request to the bytes that are sent: pure.

use invoice_core::invoice::InvoiceKind;
use invoice_core::money::decimal_text;
use invoice_core::plan::split::RowKind;
use invoice_core::provider::{IssueRequest, PreparedRequest, ProviderError, RedReference, RequestRow};
use invoice_core::tax::Treatment;
use invoice_core::title::BuyerKind;

use super::account::{BaiwangAccount, ProductLine};
use super::red::SELLER;
use super::wire::{Buyer, Detail, FastRed, Output, OutputData, RedApplication, RedDetail, RedOf, Small};
use crate::service::read::china;
use crate::service::{self, bytes, refused};

pub(super) fn prepare(
    account: &BaiwangAccount,
    request: &IssueRequest,
) -> Result<PreparedRequest, ProviderError> {
    service::check(&account.tax_id, &account.capabilities(), request)?;
    let body = match (account.line, request.red()) {
        (ProductLine::Enterprise, Some(RedReference { confirmation: None, .. })) => {
            bytes(&application(account, request)?)
        }
        (ProductLine::Enterprise, _) => bytes(&output(account, request)?),
        (ProductLine::SmallBusiness, None) => bytes(&small(account, request)?),
        (ProductLine::SmallBusiness, Some(red)) => bytes(&fast_red(account, request, red)?),
    };
    Ok(PreparedRequest::new(request.key().clone(), body?))
}

/// `invoiceTypeCode`: 01 special, 02 ordinary.
fn kind(kind: InvoiceKind) -> Result<&'static str, ProviderError> {
    match kind {
        InvoiceKind::DIGITAL_SPECIAL => Ok("01"),
        InvoiceKind::DIGITAL_ORDINARY => Ok("02"),
        _ => Err(refused("KIND")),
    }
}

fn buyer(request: &IssueRequest) -> Buyer<'_> {
    let title = request.title();
    Buyer {
        buyer_name: title.name(),
        buyer_tax_no: title.tax_id(),
        buyer_address: title.address(),
        buyer_phone: title.phone(),
    }
}

fn output<'a>(account: &'a BaiwangAccount, request: &'a IssueRequest) -> Result<Output<'a>, ProviderError> {
    let red = request.red().map(red_of).transpose()?;
    let data = OutputData {
        invoice_type: if red.is_some() { "1" } else { "0" },
        invoice_type_code: kind(request.kind())?,
        price_tax_mark: "0",
        invoice_list_mark: "0",
        taxation_method: "0",
        serial_no: request.key().as_str(),
        drawer: &request.seller().drawer,
        buyer: buyer(request),
        remarks: request.remark(),
        red,
        invoice_total_price: request.net().to_string(),
        invoice_total_tax: request.tax().to_string(),
        invoice_total_price_tax: request.gross().to_string(),
        invoice_details_list: details(request)?,
    };
    Ok(Output { tax_no: &account.tax_id, data })
}

fn small<'a>(account: &'a BaiwangAccount, request: &'a IssueRequest) -> Result<Small<'a>, ProviderError> {
    Ok(Small {
        tax_no: &account.tax_id,
        order_no: request.key().as_str(),
        invoice_type: "1",
        invoice_type_code: kind(request.kind())?,
        price_tax_mark: "0",
        invoice_terminal_code: account.terminal.as_deref(),
        drawer: &request.seller().drawer,
        buyer: buyer(request),
        natural_mark: if request.title().kind() == BuyerKind::Person { "1" } else { "0" },
        remarks: request.remark(),
        call_back_url: account.callback.as_deref(),
        invoice_detail_list: details(request)?,
    })
}

fn details(request: &IssueRequest) -> Result<Vec<Detail<'_>>, ProviderError> {
    request.rows().iter().zip(1..).map(|(row, number)| detail(row, number)).collect()
}

/// What a preference is called here is not documented: only rows without one are issued.
fn standard(row: &RequestRow) -> Result<(), ProviderError> {
    if row.item.treatment() == Treatment::Standard { Ok(()) } else { Err(refused("TREATMENT")) }
}

fn detail(row: &RequestRow, number: usize) -> Result<Detail<'_>, ProviderError> {
    standard(row)?;
    Ok(Detail {
        goods_line_no: number,
        goods_original_line_no: row.blue_row.map(|row| row.to_string()),
        invoice_line_nature: match row.kind {
            RowKind::Normal => "0",
            RowKind::Discount => "1",
            RowKind::Discounted => "2",
        },
        goods_code: row.item.code().to_string(),
        goods_name: &row.name,
        goods_specification: row.spec.as_deref(),
        goods_unit: row.unit.as_deref(),
        goods_quantity: row.quantity.map(decimal_text::format),
        goods_price: row.unit_price.map(decimal_text::format),
        goods_tax_rate: row.item.rate().to_string(),
        goods_total_price: row.net.to_string(),
        goods_total_tax: row.tax.to_string(),
        goods_total_price_tax: row.gross.to_string(),
        preferential_mark_flag: "0",
    })
}

/// A confirmation is applied for with the day and the totals of the blue invoice, which only who issued it knows.
fn application<'a>(
    account: &'a BaiwangAccount,
    request: &'a IssueRequest,
) -> Result<RedApplication<'a>, ProviderError> {
    let red = request.red().ok_or_else(|| refused("RED"))?;
    let blue = red.issued.as_ref().ok_or_else(|| refused("BLUE"))?;
    let rows = request.rows().iter().zip(1..);
    Ok(RedApplication {
        tax_no: &account.tax_id,
        red_confirm_serial_no: request.key().as_str(),
        entry_identity: SELLER,
        seller_tax_no: &account.tax_id,
        seller_tax_name: &request.seller().name,
        buyer_tax_name: request.title().name(),
        buyer_tax_no: request.title().tax_id(),
        origin_invoice_is_paper: "N",
        original_invoice_no: red.blue.as_str(),
        origin_invoice_date: china(blue.issued_at),
        origin_invoice_total_price: blue.net.to_string(),
        origin_invoice_total_tax: blue.tax.to_string(),
        origin_invoice_type: kind(request.kind())?,
        invoice_total_price: request.net().to_string(),
        invoice_total_tax: request.tax().to_string(),
        red_invoice_label: &red.reason,
        invoice_source: "2",
        price_tax_mark: "0",
        auto_issue_switch: if account.automatic_red { "Y" } else { "N" },
        deliver_flag: "0",
        red_invoice_is_paper: "N",
        red_confirm_detail_req_entity_list: rows
            .map(|(row, number)| {
                let short = row.item.short_name();
                Ok(RedDetail {
                    goods_line_no: Some(number),
                    goods_name: format!("*{short}*{}", row.name),
                    goods_simple_name: Some(short),
                    project_name: Some(&row.name),
                    ..red_detail(row)?
                })
            })
            .collect::<Result<_, ProviderError>>()?,
    })
}

fn red_detail(row: &RequestRow) -> Result<RedDetail<'_>, ProviderError> {
    standard(row)?;
    Ok(RedDetail {
        original_invoice_detail_no: row.blue_row.ok_or_else(|| refused("BLUE-ROW"))?,
        goods_line_no: None,
        goods_code: row.item.code().to_string(),
        goods_name: row.name.clone(),
        goods_simple_name: None,
        project_name: None,
        goods_specification: row.spec.as_deref(),
        goods_unit: row.unit.as_deref(),
        goods_quantity: row.quantity.map(decimal_text::format),
        goods_price: row.unit_price.map(decimal_text::format),
        goods_tax_rate: row.item.rate().to_string(),
        goods_total_price: row.net.to_string(),
        goods_total_tax: row.tax.to_string(),
    })
}

/// The red of a confirmation. The reason is numbered here as nowhere else: 1 returned, 2 wrong, 3 stopped, 4 allowance.
fn red_of(red: &RedReference) -> Result<RedOf<'_>, ProviderError> {
    Ok(RedOf {
        original_einvoice_no: red.blue.as_str(),
        red_info_no: red.confirmation.as_deref().ok_or_else(|| refused("CONFIRMATION"))?,
        red_issue_reason: match red.reason.as_str() {
            "01" => "2",
            "02" => "1",
            "03" => "3",
            "04" => "4",
            _ => return Err(refused("REASON")),
        },
    })
}

/// Form and red in one step. A wrong invoice is always taken back whole, and then no rows are named.
fn fast_red<'a>(
    account: &'a BaiwangAccount,
    request: &'a IssueRequest,
    red: &'a RedReference,
) -> Result<FastRed<'a>, ProviderError> {
    let rows = if red.reason == "01" { &[][..] } else { request.rows() };
    kind(request.kind())?;
    Ok(FastRed {
        tax_no: &account.tax_id,
        order_no: request.key().as_str(),
        original_digit_invoice_no: red.blue.as_str(),
        fast_issue_red_type: "1",
        red_invoice_label: &red.reason,
        invoice_terminal_code: account.terminal.as_deref(),
        call_back_url: account.callback.as_deref(),
        details: rows.iter().map(red_detail).collect::<Result<_, _>>()?,
    })
}
