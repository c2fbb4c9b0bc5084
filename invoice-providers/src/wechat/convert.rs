//! From a request to the bytes that are sent: pure.

use invoice_core::invoice::InvoiceKind;
use invoice_core::money::rounding::net_of_gross;
use invoice_core::plan::split::RowKind;
use invoice_core::provider::{
    IssueRequest, PaymentReference, PreparedRequest, ProviderError, RedReference, RequestRow,
};
use invoice_core::tax::Treatment;
use invoice_core::title::{BuyerKind, Title};
use rust_decimal::Decimal;

use super::account::WechatPayAccount;
use super::wire::{Buyer, Fapiao, Issue, Item, Reverse, Reversed, SentReverse, SentReversed, Transaction};
use crate::service::{self, bytes, refused};

/// Most characters of a merchant's own number of a payment, `out_trade_no` (vendor's page of `issue-general`).
const TRADE_CHARS: usize = 32;

/// The bytes of a request: an application for a blue invoice, or a reverse of one.
pub(super) fn prepare(
    account: &WechatPayAccount,
    request: &IssueRequest,
) -> Result<PreparedRequest, ProviderError> {
    service::check(&account.merchant.tax_id, &account.capabilities(), request)?;
    let body = match request.red() {
        None => bytes(&issue(account, request)?),
        Some(red) => bytes(&reverse(account, request, red)?),
    };
    Ok(PreparedRequest::new(request.key().clone(), body?))
}

fn issue<'a>(account: &'a WechatPayAccount, request: &'a IssueRequest) -> Result<Issue<'a>, ProviderError> {
    let key = request.key().as_str();
    Ok(Issue {
        sub_mchid: &account.merchant.sub_mchid,
        fapiao_apply_id: key,
        buyer_information: buyer(request.title()),
        fapiao_information: Fapiao {
            fapiao_id: key,
            total_amount: request.gross().fen(),
            fapiao_bill_type: match request.kind() {
                InvoiceKind::DIGITAL_ORDINARY => "COMM_FAPIAO",
                InvoiceKind::DIGITAL_SPECIAL => "VAT_FAPIAO",
                _ => return Err(refused("KIND")),
            },
            billing_person_id: &account.merchant.billing_person_id,
            billing_person: &request.seller().drawer,
            items: request.rows().iter().map(item).collect::<Result<_, _>>()?,
            transaction_information: transactions(request)?,
            remark: request.remark(),
        },
    })
}

/// `INDIVIDUAL` is for persons and whoever else has no tax ID (个人、其他).
pub(super) fn buyer(title: &Title) -> Buyer<'_> {
    let individual = title.kind() == BuyerKind::Person || title.tax_id().is_none();
    Buyer {
        kind: if individual { "INDIVIDUAL" } else { "ORGANIZATION" },
        name: title.name(),
        taxpayer_id: title.tax_id(),
        address: title.address(),
        telephone: title.phone(),
        bank_name: title.bank(),
        bank_account: title.account(),
        phone: None,
        email: None,
    }
}

/// The service computes net and tax of a row from its gross amount, so a row must be what it computes.
fn item(row: &RequestRow) -> Result<Item<'_>, ProviderError> {
    if row.net != net_of_gross(row.gross, row.item.rate()) {
        return Err(refused("NET"));
    }
    Ok(Item {
        tax_code: row.item.code().to_string(),
        goods_name: &row.name,
        specification: row.spec.as_deref(),
        unit: row.unit.as_deref(),
        quantity: row.quantity.map(whole).transpose()?,
        total_amount: row.gross.fen(),
        tax_rate: rate(row.item.rate().millionths())?,
        discount: row.kind == RowKind::Discount,
        preferential_policy_code: match row.item.treatment() {
            Treatment::Standard | Treatment::ZeroRated => None,
            Treatment::Exempt => Some(3),
            Treatment::NotTaxable => Some(4),
            _ => return Err(refused("TREATMENT")),
        },
    })
}

/// In 10⁻⁸.
pub(super) fn whole(quantity: Decimal) -> Result<i64, ProviderError> {
    let scaled = quantity.checked_mul(Decimal::from(100_000_000)).filter(Decimal::is_integer);
    scaled.and_then(|scaled| i64::try_from(scaled).ok()).ok_or_else(|| refused("QUANTITY"))
}

/// In 10⁻⁴.
pub(super) fn rate(millionths: u32) -> Result<u32, ProviderError> {
    if millionths.is_multiple_of(100) { Ok(millionths / 100) } else { Err(refused("RATE")) }
}

/// Every payment of the orders, once. What was paid elsewhere cannot be invoiced here.
fn transactions(request: &IssueRequest) -> Result<Vec<Transaction<'_>>, ProviderError> {
    let mut listed: Vec<Transaction<'_>> = Vec::new();
    for PaymentReference { payment, order, amount } in request.payments() {
        if payment.as_str().len() > TRADE_CHARS {
            return Err(refused("PAYMENT"));
        }
        match listed.iter_mut().find(|known| known.transaction_id == payment.as_str()) {
            // One payment for several orders.
            Some(known) => {
                known.amount = known.amount.checked_add(amount.fen()).ok_or_else(|| refused("PAYMENT"))?;
                known.out_trade_no = None;
            }
            None => listed.push(Transaction {
                pay_channel: "WECHAT_PAY",
                transaction_id: payment.as_str(),
                out_trade_no: Some(order.as_str()).filter(|order| order.len() <= TRADE_CHARS),
                amount: amount.fen(),
            }),
        }
    }
    let paid = listed.iter().try_fold(0_i64, |sum, payment| sum.checked_add(payment.amount));
    if paid.is_none_or(|paid| paid < request.gross().fen()) {
        return Err(refused("PAYMENT"));
    }
    Ok(listed)
}

/// The bureau's reason in the service's words; `SERVICE_SUSPENTION` is spelt so on the vendor's page.
fn reason(bureau: &str) -> Result<&'static str, ProviderError> {
    match bureau {
        "01" => Ok("ISSUE_ERROR"),
        "02" => Ok("SALES_RETURN"),
        "03" => Ok("SERVICE_SUSPENTION"),
        "04" => Ok("SALES_DISCOUNT"),
        _ => Err(refused("REASON")),
    }
}

fn reverse<'a>(
    account: &'a WechatPayAccount,
    request: &'a IssueRequest,
    red: &'a RedReference,
) -> Result<Reverse<'a>, ProviderError> {
    let blue = red.intent.as_ref().ok_or_else(|| refused("BLUE-KEY"))?;
    if request.gross().checked_neg() != Some(blue.gross) {
        return Err(refused("PARTIAL-RED"));
    }
    Ok(Reverse {
        sub_mchid: &account.merchant.sub_mchid,
        reverse_reason: reason(&red.reason)?,
        fapiao_information: [Reversed { fapiao_id: blue.key.as_str(), fapiao_number: red.blue.as_str() }],
    })
}

/// The blue key that a reverse is about.
pub(super) fn reversed(body: &str) -> Result<String, ProviderError> {
    let sent: SentReverse = serde_json::from_str(body).map_err(|_| refused("BODY"))?;
    let [SentReversed { fapiao_id }] = sent.fapiao_information;
    super::keys::number(fapiao_id).map_err(|_| refused("BODY"))
}
