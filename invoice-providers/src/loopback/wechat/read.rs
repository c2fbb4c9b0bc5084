//! From an application to what the sandbox reads, by types of its own. Net and tax are the service's own work.

use invoice_core::money::{Money, rounding};
use invoice_core::tax::TaxRate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::amounts::total;

pub(super) type Wrong = &'static str;

#[derive(Deserialize)]
pub(super) struct Application {
    pub(super) sub_mchid: String,
    pub(super) fapiao_apply_id: String,
    buyer_information: Buyer,
    pub(super) fapiao_information: Fapiao,
}

#[derive(Deserialize)]
struct Buyer {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    taxpayer_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Fapiao {
    pub(super) fapiao_id: String,
    total_amount: i64,
    items: Vec<Item>,
    billing_person_id: String,
    #[serde(default)]
    billing_person: String,
    fapiao_bill_type: String,
    transaction_information: Vec<Transaction>,
    #[serde(default)]
    remark: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    tax_code: String,
    goods_name: String,
    #[serde(default)]
    specification: Option<String>,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    quantity: Option<i64>,
    total_amount: i64,
    tax_rate: u32,
    discount: bool,
    #[serde(default)]
    preferential_policy_code: Option<u8>,
}

#[derive(Deserialize)]
struct Transaction {
    pay_channel: String,
    transaction_id: String,
    amount: i64,
}

impl Application {
    /// As the sandbox reads it. The sub-merchant's number is the seller's tax ID here.
    pub(super) fn request(&self) -> Result<Value, Wrong> {
        let Self { fapiao_information: fapiao, buyer_information: buyer, .. } = self;
        let short = |id: &str| (1..=32).contains(&id.len());
        if !short(&self.fapiao_apply_id) || !short(&fapiao.fapiao_id) || !short(&self.sub_mchid) {
            return Err("fapiao_apply_id, fapiao_id, sub_mchid");
        }
        if fapiao.billing_person_id.is_empty() || fapiao.items.is_empty() {
            return Err("billing_person_id, items");
        }
        let kind = match fapiao.fapiao_bill_type.as_str() {
            "COMM_FAPIAO" => "digital_ordinary",
            "VAT_FAPIAO" => "digital_special",
            _ => return Err("fapiao_bill_type"),
        };
        let title = match (buyer.kind.as_str(), &buyer.taxpayer_id) {
            ("ORGANIZATION", Some(id)) if !id.is_empty() => "company",
            ("INDIVIDUAL", _) => "person",
            _ => return Err("type, taxpayer_id"),
        };
        self.paid()?;
        let rows = self.rows()?;
        let gross = total(&rows, "gross")?;
        if gross != yuan(fapiao.total_amount) {
            return Err("total_amount");
        }
        Ok(json!({
            "key": fapiao.fapiao_id, "kind": kind,
            "seller": { "tax_id": self.sub_mchid, "name": "", "drawer": fapiao.billing_person },
            "title": { "kind": title, "name": buyer.name, "tax_id": buyer.taxpayer_id },
            "net": total(&rows, "net")?, "tax": total(&rows, "tax")?, "gross": gross,
            "remark": fapiao.remark, "rows": rows,
        }))
    }

    /// Every payment once, all of them WeChat Pay's, and together at least what is invoiced.
    fn paid(&self) -> Result<(), Wrong> {
        let payments = &self.fapiao_information.transaction_information;
        let mut sum = 0_i64;
        for (at, payment) in payments.iter().enumerate() {
            let again =
                payments.iter().skip(at + 1).any(|other| other.transaction_id == payment.transaction_id);
            let named = (1..=32).contains(&payment.transaction_id.len());
            if again || !named || payment.pay_channel != "WECHAT_PAY" || payment.amount <= 0 {
                return Err("transaction_information");
            }
            sum = sum.checked_add(payment.amount).ok_or("amount")?;
        }
        if sum < self.fapiao_information.total_amount { Err("amount") } else { Ok(()) }
    }

    fn rows(&self) -> Result<Vec<Value>, Wrong> {
        let items = &self.fapiao_information.items;
        let rows = items.iter().enumerate().map(|(at, item)| {
            let discounted = items.get(at + 1).is_some_and(|next| next.discount);
            match (item.discount, discounted) {
                (true, true) => Err("discount"),
                (true, false) if at == 0 || item.total_amount >= 0 => Err("discount"),
                (true, false) => item.row("discount"),
                (false, true) => item.row("discounted"),
                (false, false) => item.row("normal"),
            }
        });
        rows.collect()
    }
}

fn yuan(fen: i64) -> String {
    Money::from_fen(fen).to_string()
}

impl Item {
    fn row(&self, kind: &str) -> Result<Value, Wrong> {
        if self.tax_code.len() != 19 || self.goods_name.is_empty() {
            return Err("tax_code, goods_name");
        }
        let treatment = match self.preferential_policy_code {
            None => "standard",
            Some(3) => "exempt",
            Some(4) => "not_taxable",
            Some(_) => return Err("preferential_policy_code"),
        };
        let rate = self.tax_rate.checked_mul(100).and_then(TaxRate::from_millionths).ok_or("tax_rate")?;
        let gross = Money::from_fen(self.total_amount);
        let net = rounding::net_of_gross(gross, rate);
        let tax = gross.checked_sub(net).ok_or("total_amount")?;
        let quantity = self.quantity.map(|scaled| Decimal::new(scaled, 8).normalize());
        let price = quantity.map(|quantity| rounding::price_of(net, quantity, 13).ok_or("quantity"));
        let price = price.transpose()?.map(|price| price.normalize().to_string());
        Ok(json!({
            "kind": kind,
            "item": {
                "code": self.tax_code, "short_name": "", "rate": rate.to_string(), "treatment": treatment,
            },
            "name": self.goods_name, "spec": self.specification, "unit": self.unit,
            "quantity": quantity.map(|quantity| quantity.to_string()), "unit_price": price,
            "net": net.to_string(), "tax": tax.to_string(), "gross": gross.to_string(),
        }))
    }
}

#[derive(Deserialize)]
pub(super) struct Reverse {
    pub(super) sub_mchid: String,
    reverse_reason: String,
    pub(super) fapiao_information: [Reversed; 1],
}

#[derive(Deserialize)]
pub(super) struct Reversed {
    pub(super) fapiao_id: String,
    pub(super) fapiao_number: String,
}

impl Reverse {
    /// As the bureau numbers it.
    pub(super) fn reason(&self) -> Result<&'static str, Wrong> {
        match self.reverse_reason.as_str() {
            "ISSUE_ERROR" => Ok("01"),
            "SALES_RETURN" => Ok("02"),
            "SERVICE_SUSPENTION" => Ok("03"),
            "SALES_DISCOUNT" => Ok("04"),
            _ => Err("reverse_reason"),
        }
    }
}
