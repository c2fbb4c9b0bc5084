//! An order as JSON, read strictly.

use std::collections::HashSet;

use invoice_core::error::Language;
use invoice_core::money::{Money, decimal_text};
use invoice_core::plan::split::SplitLine;
use invoice_core::tax::{TaxCode, TaxRate, Treatment};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Fault;

/// The category of lines that name none: the head of the chapter of goods, which no real line is sold under.
const NO_CODE: &str = "1000000000000000000";

/// Lines that can be planned, and what they are called.
pub(super) struct Order {
    lines: Vec<SplitLine>,
    ids: Vec<Value>,
}

#[derive(Deserialize)]
struct Lines<'a> {
    #[serde(borrow)]
    lines: Vec<&'a RawValue>,
}

/// Fields as they are written; absent, null and empty are the same.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    tax_code: Option<&'a RawValue>,
    #[serde(borrow)]
    rate: Option<&'a RawValue>,
    #[serde(borrow)]
    quantity: Option<&'a RawValue>,
    #[serde(borrow)]
    gross: Option<&'a RawValue>,
    #[serde(borrow)]
    discount: Option<&'a RawValue>,
}

impl Order {
    /// Reads an order; every line that cannot be read is named.
    pub(super) fn read(order: &str, language: Language) -> Result<Self, Vec<Fault>> {
        let unreadable = |error| vec![Fault::unreadable(&error, language)];
        let given: Lines<'_> = serde_json::from_str(order).map_err(unreadable)?;
        let count = given.lines.len();
        let (mut lines, mut ids) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut faults = Vec::new();
        let mut known = HashSet::with_capacity(count);
        for (position, raw) in (1..).zip(given.lines) {
            let Ok(fields) = serde_json::from_str::<Fields<'_>>(raw.get()) else {
                faults.push(Fault::field("lines", position, language));
                continue;
            };
            let id = fields.id.map_or_else(|| position.to_string(), |id| id.get().to_owned());
            ids.push(fields.id.and_then(|id| serde_json::from_str(id.get()).ok()).unwrap_or(position.into()));
            match line(&fields, position, language) {
                Ok(_) if known.contains(&id) => faults.push(Fault::repeated(&id, position, language)),
                Ok(line) => lines.push(line),
                Err(fault) => faults.push(fault),
            }
            known.insert(id);
        }
        if faults.is_empty() { Ok(Self { lines, ids }) } else { Err(faults) }
    }

    pub(super) fn lines(&self) -> &[SplitLine] {
        &self.lines
    }

    /// What the input calls a line, by its index.
    pub(super) fn id(&self, line: usize) -> Value {
        self.ids.get(line).cloned().unwrap_or_default()
    }
}

/// The text of a string or the digits of a number; `None` when absent or empty, an error when it is anything else.
fn text(raw: Option<&RawValue>) -> Result<Option<String>, ()> {
    let Some(raw) = raw.map(RawValue::get) else { return Ok(None) };
    if raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Ok(Some(raw.to_owned()));
    }
    let text: String = serde_json::from_str(raw).map_err(drop)?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn line(fields: &Fields<'_>, position: usize, language: Language) -> Result<SplitLine, Fault> {
    let bad = |field: &str| Fault::field(field, position, language);
    let optional = |raw, field: &str| text(raw).map_err(|()| bad(field));
    let needed = |raw, field: &str| optional(raw, field)?.ok_or_else(|| bad(field));
    let code = optional(fields.tax_code, "tax_code")?;
    let code: TaxCode = code.as_deref().unwrap_or(NO_CODE).parse().map_err(|_| bad("tax_code"))?;
    let (rate, treatment) = rate(&needed(fields.rate, "rate")?, code).ok_or_else(|| bad("rate"))?;
    let gross: Money = needed(fields.gross, "gross")?.parse().map_err(|_| bad("gross"))?;
    let discount = optional(fields.discount, "discount")?.map_or(Ok(Money::ZERO), |text| text.parse());
    let discount = discount.map_err(|_| bad("discount"))?;
    let line = SplitLine::new(code, rate, treatment, gross, discount)
        .map_err(|refusal| Fault::of_refusal(&refusal, Some(position), language))?;
    let Some(quantity) = optional(fields.quantity, "quantity")? else { return Ok(line) };
    let quantity = decimal_text::parse(&quantity).ok_or_else(|| bad("quantity"))?;
    Ok(line.with_quantity(quantity))
}

fn rate(text: &str, code: TaxCode) -> Option<(TaxRate, Treatment)> {
    let (rate, zero) = match text {
        "免税" => (TaxRate::ZERO, Treatment::Exempt),
        "不征税" => (TaxRate::ZERO, Treatment::NotTaxable),
        _ => (text.parse().ok()?, Treatment::ZeroRated),
    };
    let treatment = match (rate == TaxRate::ZERO, code.chapter()) {
        (false, _) => Treatment::Standard,
        (true, 6) => Treatment::NotTaxable,
        (true, _) => zero,
    };
    Some((rate, treatment))
}
