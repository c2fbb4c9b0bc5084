//! From a request to the bytes that are sent: pure.

use invoice_core::invoice::InvoiceKind;
use invoice_core::money::decimal_text;
use invoice_core::plan::split::RowKind;
use invoice_core::provider::{Effect, ErrorKind, IssueRequest, PreparedRequest, ProviderError, RequestRow};
use invoice_core::tax::Treatment;
use invoice_core::title::BuyerKind;

use super::account::{BaiwangAccount, ProductLine};
use super::wire::{Buyer, Detail, Output, OutputData, Small};

fn refused(code: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code(code)
}

pub(super) fn prepare(
    account: &BaiwangAccount,
    request: &IssueRequest,
) -> Result<PreparedRequest, ProviderError> {
    if request.seller().tax_id != account.tax_id {
        return Err(refused("SELLER"));
    }
    if !account.capabilities().key().takes(request.key()) {
        return Err(refused("KEY"));
    }
    if request.rows().is_empty() {
        return Err(refused("NO-ROWS"));
    }
    if request.red().is_some() {
        return Err(refused("RED"));
    }
    let body = match account.line {
        ProductLine::Enterprise => serde_json::to_string(&output(account, request)?),
        ProductLine::SmallBusiness => serde_json::to_string(&small(account, request)?),
    };
    Ok(PreparedRequest::new(request.key().clone(), body.map_err(|_| refused("UNWRITABLE"))?))
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
    let data = OutputData {
        invoice_type: "0",
        invoice_type_code: kind(request.kind())?,
        price_tax_mark: "0",
        invoice_list_mark: "0",
        taxation_method: "0",
        serial_no: request.key().as_str(),
        drawer: &request.seller().drawer,
        buyer: buyer(request),
        remarks: request.remark(),
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

fn detail(row: &RequestRow, number: usize) -> Result<Detail<'_>, ProviderError> {
    // What a preference is called here is not documented: only rows without one are issued.
    if row.item.treatment() != Treatment::Standard {
        return Err(refused("TREATMENT"));
    }
    Ok(Detail {
        goods_line_no: number,
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
