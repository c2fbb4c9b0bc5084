//! Cards in the buyer's wallet (卡包), for invoices that were issued elsewhere.

use std::fmt;

use chrono::SecondsFormat;
use invoice_core::invoice::{Invoice, InvoiceRow};
use invoice_core::plan::split::RowKind;
use invoice_core::provider::{IssuedInvoice, ProviderError, SellerParty};
use invoice_core::tax::Treatment;
use serde::Serialize;

use super::title::{Scene, application};
use super::wire::Buyer;
use super::{WechatPay, convert, seal};
use crate::service::{bytes, refused};

/// An issued invoice to be shown as a card. `Debug` shows nothing of the buyer.
#[derive(Clone)]
pub struct Card<'a> {
    /// Where the application comes from.
    pub scene: Scene,
    /// The application (`fapiao_apply_id`): the payment's number, or the one that was given to
    /// [`WechatPay::title_link`].
    pub application: &'a str,
    /// The file at WeChat Pay (`fapiao_media_id`), which lives three days.
    pub media_id: &'a str,
    /// The invoice, issued.
    pub invoice: &'a Invoice,
    /// Who issued it.
    pub seller: &'a SellerParty,
    /// The seller's address, as printed.
    pub seller_address: &'a str,
    /// The buyer's mobile phone, to be told by text message.
    pub phone: Option<&'a str>,
    /// The buyer's e-mail address.
    pub email: Option<&'a str>,
}

impl fmt::Debug for Card<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card({:?})", self.invoice)
    }
}

#[derive(Serialize)]
struct Insert<'a> {
    sub_mchid: &'a str,
    scene: &'static str,
    buyer_information: Buyer<'a>,
    fapiao_card_information: [Information<'a>; 1],
}

#[derive(Serialize)]
struct Information<'a> {
    fapiao_media_id: &'a str,
    fapiao_number: &'a str,
    fapiao_code: &'a str,
    fapiao_time: String,
    /// 数电 invoices have neither of these.
    check_code: &'static str,
    password: &'static str,
    total_amount: i64,
    tax_amount: i64,
    amount: i64,
    seller_information: Seller<'a>,
    extra_information: Extra<'a>,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Seller<'a> {
    name: &'a str,
    taxpayer_id: &'a str,
    address: &'a str,
}

#[derive(Serialize)]
struct Extra<'a> {
    drawer: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    tax_code: String,
    goods_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    specification: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<i64>,
    amount: i64,
    tax_amount: i64,
    total_amount: i64,
    tax_rate: u32,
    tax_prefer_mark: &'static str,
    discount: bool,
}

impl WechatPay {
    /// Puts a card into the wallet of a buyer. Taken is not inserted: a callback `FAPIAO.CARD_INSERTED` says when it is.
    /// An invoice that WeChat Pay has issued has its card already.
    ///
    /// # Errors
    /// [`Rejected`](invoice_core::provider::ErrorKind::Rejected) with
    /// [`NotApplied`](invoice_core::provider::Effect::NotApplied) when the invoice is not an issued blue one, or the
    /// service refuses it.
    pub async fn insert_card(&self, card: &Card<'_>) -> Result<(), ProviderError> {
        let issued = card.invoice.state().issued().filter(|_| card.invoice.is_blue());
        let issued = issued.ok_or_else(|| refused("NOT-ISSUED"))?;
        let mut buyer = convert::buyer(card.invoice.title());
        buyer.phone = card.phone.map(|text| self.sealed(text)).transpose()?;
        buyer.email = card.email.map(|text| self.sealed(text)).transpose()?;
        let body = bytes(&Insert {
            sub_mchid: &self.account.merchant.sub_mchid,
            scene: card.scene.as_str(),
            buyer_information: buyer,
            fapiao_card_information: [information(card, issued)?],
        })?;
        let path = format!("/fapiao-applications/{}/insert-cards", application(card.application)?);
        self.act(&path, &body).await
    }

    /// Under the key that requests name.
    fn sealed(&self, text: &str) -> Result<String, ProviderError> {
        let (_, key) = self.account.keys.platform.newest().ok_or_else(|| refused("PLATFORM-KEY"))?;
        seal::field(key, text).ok_or_else(|| refused("FIELD"))
    }
}

fn information<'a>(card: &Card<'a>, issued: &'a IssuedInvoice) -> Result<Information<'a>, ProviderError> {
    let number = &issued.number;
    Ok(Information {
        fapiao_media_id: card.media_id,
        fapiao_number: number.as_str().rsplit('-').next().unwrap_or_default(),
        fapiao_code: number.code().unwrap_or_default(),
        fapiao_time: issued.issued_at.to_rfc3339_opts(SecondsFormat::Secs, false),
        check_code: "",
        password: "",
        total_amount: issued.gross.fen(),
        tax_amount: issued.tax.fen(),
        amount: issued.net.fen(),
        seller_information: Seller {
            name: &card.seller.name,
            taxpayer_id: &card.seller.tax_id,
            address: card.seller_address,
        },
        extra_information: Extra { drawer: &card.seller.drawer },
        items: card.invoice.rows().iter().map(item).collect::<Result<_, _>>()?,
    })
}

fn item(row: &InvoiceRow) -> Result<Item<'_>, ProviderError> {
    Ok(Item {
        tax_code: row.item.code().to_string(),
        goods_name: &row.name,
        specification: row.spec.as_deref(),
        unit: row.unit.as_deref(),
        quantity: row.quantity.map(convert::whole).transpose()?,
        amount: row.net.fen(),
        tax_amount: row.tax.fen(),
        total_amount: row.gross.fen(),
        tax_rate: convert::rate(row.item.rate().millionths())?,
        tax_prefer_mark: match row.item.treatment() {
            Treatment::Standard => "NO_FAVORABLE",
            // The other words of the service are not public.
            _ => return Err(refused("TREATMENT")),
        },
        discount: row.kind == RowKind::Discount,
    })
}
