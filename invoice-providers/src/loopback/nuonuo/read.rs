//! From an order as it arrives to what the sandbox reads. Types of its own: a field that an adapter forgets is missed
//! here.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::amounts::total;

pub(super) type Wrong = &'static str;

#[derive(Deserialize)]
pub(super) struct Billing {
    pub(super) order: Order,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Order {
    buyer_name: String,
    #[serde(default)]
    buyer_tax_num: String,
    #[serde(default)]
    buyer_tel: String,
    #[serde(default)]
    buyer_address: String,
    #[serde(default)]
    buyer_account: String,
    #[serde(default)]
    natural_person_flag: String,
    pub(super) saler_tax_num: String,
    pub(super) order_no: String,
    invoice_date: String,
    clerk: String,
    #[serde(default)]
    remark: Option<String>,
    invoice_type: String,
    invoice_line: String,
    invoice_detail: Vec<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    goods_name: String,
    goods_code: String,
    #[serde(default)]
    spec_type: Option<String>,
    #[serde(default)]
    unit: Option<String>,
    with_tax_flag: String,
    #[serde(default)]
    num: Option<String>,
    #[serde(default)]
    price: Option<String>,
    tax_rate: String,
    tax: String,
    tax_excluded_amount: String,
    tax_included_amount: String,
    #[serde(default)]
    invoice_line_property: String,
    #[serde(default)]
    favoured_policy_flag: String,
}

/// The kind behind `invoiceLine`.
pub(super) fn kind(line: &str) -> Result<&'static str, Wrong> {
    match line {
        "pc" => Ok("digital_ordinary"),
        "bs" => Ok("digital_special"),
        "ec" => Ok("digital_ordinary_paper"),
        "es" => Ok("digital_special_paper"),
        _ => Err("invoiceLine"),
    }
}

fn within(text: &str, most: usize, name: Wrong) -> Result<(), Wrong> {
    let chars = text.chars().count();
    if chars == 0 || chars > most { Err(name) } else { Ok(()) }
}

/// Twenty characters, four of them punctuation, as `2026-11-22 10:00:00`.
fn is_time(text: &str) -> bool {
    chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").is_ok()
}

impl Order {
    /// As the sandbox reads it.
    pub(super) fn request(&self) -> Result<Value, Wrong> {
        within(&self.order_no, 20, "orderNo")?;
        within(&self.buyer_name, 100, "buyerName")?;
        within(&self.clerk, 20, "clerk")?;
        let remark = self.remark.as_ref().is_some_and(|remark| remark.chars().count() > 200);
        let contact = self.buyer_tel.chars().count() + self.buyer_address.chars().count();
        if remark || contact > 100 || self.buyer_account.chars().count() > 100 {
            return Err("length");
        }
        if !is_time(&self.invoice_date) {
            return Err("invoiceDate");
        }
        if self.invoice_type != "1" || self.invoice_detail.is_empty() || self.invoice_detail.len() > 2000 {
            return Err("invoiceType, invoiceDetail");
        }
        let rows = self.invoice_detail.iter().map(Detail::row).collect::<Result<Vec<_>, _>>()?;
        let sum = |name: &str| total(&rows, name);
        let company = !self.buyer_tax_num.is_empty();
        let buyer = match (self.natural_person_flag.as_str(), company) {
            ("1", _) => "person",
            (_, true) => "company",
            (_, false) => "non_tax_organisation",
        };
        Ok(json!({
            "key": self.order_no,
            "kind": kind(&self.invoice_line)?,
            "seller": { "tax_id": self.saler_tax_num, "name": "", "drawer": self.clerk },
            "title": {
                "kind": buyer,
                "name": self.buyer_name,
                "tax_id": company.then_some(&self.buyer_tax_num),
            },
            "net": sum("net")?, "tax": sum("tax")?, "gross": sum("gross")?,
            "remark": self.remark,
            "rows": rows,
        }))
    }
}

impl Detail {
    fn row(&self) -> Result<Value, Wrong> {
        within(&self.goods_name, 90, "goodsName")?;
        if self.goods_code.len() != 19 {
            return Err("goodsCode");
        }
        let numbers = [&self.num, &self.price];
        if numbers
            .iter()
            .any(|number| number.as_ref().is_some_and(|text| text.len() > 16 || decimals(text) > 8))
        {
            return Err("num, price");
        }
        let amounts = [&self.tax, &self.tax_excluded_amount, &self.tax_included_amount];
        if amounts.iter().any(|amount| decimals(amount) > 2) || self.with_tax_flag != "0" {
            return Err("amounts, withTaxFlag");
        }
        Ok(json!({
            "kind": match self.invoice_line_property.as_str() {
                "" | "0" => "normal",
                "1" => "discount",
                "2" => "discounted",
                _ => return Err("invoiceLineProperty"),
            },
            "item": {
                "code": self.goods_code,
                "short_name": "",
                "rate": self.tax_rate,
                "treatment": treatment(&self.favoured_policy_flag, &self.tax_rate)?,
            },
            "name": self.goods_name,
            "spec": self.spec_type,
            "unit": self.unit,
            "quantity": self.num,
            "unit_price": self.price,
            "net": self.tax_excluded_amount,
            "tax": self.tax,
            "gross": self.tax_included_amount,
        }))
    }
}

fn treatment(policy: &str, rate: &str) -> Result<&'static str, Wrong> {
    match (policy, rate) {
        ("03", _) => Ok("exempt"),
        ("04", _) => Ok("not_taxable"),
        ("" | "0", "0") => Ok("zero_rated"),
        ("" | "0", _) => Ok("standard"),
        _ => Err("favouredPolicyFlag"),
    }
}

fn decimals(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}
