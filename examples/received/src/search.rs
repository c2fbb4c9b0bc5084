//! Queries as people type them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use invoice_core::access::Actor;
use invoice_core::error::{Refusal, RefusalCode};
use invoice_core::id::{ActorId, SellerId};
use invoice_core::mask::View;
use invoice_core::money::Money;
use invoice_core::received::{ReceivedQuery, ReceivedRecord, ReceivedState};
use invoice_examples::run::RunError;
use serde_json::{Value, json};

use crate::office::Office;

/// What is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryFault {
    /// There is no such field.
    Field(String),
    /// A field is given twice.
    Twice(String),
    /// The text is no value of its field.
    Value {
        /// The field.
        field: String,
    },
    /// The desk does not look for that, as for a name of one letter.
    Refused(Refusal),
}

impl std::fmt::Display for QueryFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(field) => write!(
                f,
                "there is no field {field}: name, goods, tax, tag, folder, number, kind, state, entity, by, from, to, \
                 least and most are known"
            ),
            Self::Value { field } => write!(f, "what is given for {field} is none"),
            Self::Twice(field) => {
                write!(f, "{field} is given twice, and both cannot be asked for: say it once")
            }
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for QueryFault {}

/// Reads a query: parts with blanks between them, all of which must hold; each field once, but for states, of which any may
/// hold. A part is `field:value`, with the fields `name`
/// (of seller or buyer), `goods`, `tax` (ID), `tag`, `folder`, `number`, `kind`, `state`, `entity`, `by` (who handed it in),
/// `from` and `to` (days), `least` and `most` (yuan); anything else is a number, or a part of a name.
///
/// ```
/// use invoice_received::search::parse;
/// let (query, name) = parse("示例餐饮 from:2026-05-01 to:2026-05-31 state:verified least:100")?;
/// assert_eq!(name.as_deref(), Some("示例餐饮"));
/// assert!(parse("colour:red").is_err() && parse("from:yesterday").is_err());
/// assert!(parse("深圳 茶业").is_err() && parse("state:booked state:paid").is_ok());
/// # Ok::<(), invoice_received::search::QueryFault>(())
/// ```
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<(ReceivedQuery, Option<String>), QueryFault> {
    let (mut query, mut name) = (ReceivedQuery::new(), None);
    let (mut from, mut to) = (NaiveDate::MIN, NaiveDate::MAX);
    let (mut least, mut most) = (None, None);
    let mut seen = BTreeSet::new();
    // What a field says last would silently be all that it says.
    let mut once = |field: &str| match field == "state" || seen.insert(field.to_owned()) {
        true => Ok(()),
        false => Err(QueryFault::Twice(field.to_owned())),
    };
    for part in text.split_whitespace() {
        let Some((field, value)) = part.split_once([':', '：']) else {
            query = match part.parse() {
                Ok(number) => {
                    once("number")?;
                    query.number(number)
                }
                Err(_) => {
                    once("name")?;
                    name = Some(part.to_owned());
                    query.name(part).map_err(QueryFault::Refused)?
                }
            };
            continue;
        };
        once(field)?;
        let fault = || QueryFault::Value { field: field.to_owned() };
        match field {
            "name" => {
                name = Some(value.to_owned());
                query = query.name(value).map_err(QueryFault::Refused)?;
            }
            "goods" => query = query.goods(value).map_err(QueryFault::Refused)?,
            "tax" => query = query.tax_id(value).map_err(QueryFault::Refused)?,
            "tag" => query = query.tag(value),
            "folder" => query = query.folder(value),
            "number" => query = query.number(value.parse().map_err(|_| fault())?),
            "kind" => query = query.kind(value.parse().map_err(|_| fault())?),
            "state" => {
                let state = ReceivedState::ALL.iter().find(|state| state.as_str() == value);
                query = query.in_state(*state.ok_or_else(fault)?);
            }
            "entity" => query = query.entity(SellerId::new(value).map_err(QueryFault::Refused)?),
            "by" => query = query.by(ActorId::new(value).map_err(QueryFault::Refused)?),
            "from" => from = value.parse().map_err(|_| fault())?,
            "to" => to = value.parse().map_err(|_| fault())?,
            "least" => least = Some(value.parse().map_err(|_| fault())?),
            "most" => most = Some(value.parse().map_err(|_| fault())?),
            _ => return Err(QueryFault::Field(field.to_owned())),
        }
    }
    if (from, to) != (NaiveDate::MIN, NaiveDate::MAX) {
        query = query.between(from, to);
    }
    if least.is_some() || most.is_some() {
        let (least, most): (Option<Money>, Option<Money>) = (least, most);
        let (lowest, highest) = (Money::from_fen(i64::MIN), Money::from_fen(i64::MAX));
        query = query.amount(least.unwrap_or(lowest), most.unwrap_or(highest));
    }
    Ok((query, name))
}

/// A record as the actor may see it, as JSON.
#[must_use]
pub fn shown(view: &View<ReceivedRecord>) -> Value {
    let record = match view {
        View::Whole(record) => record,
        View::Masked(masked) => return json!(masked),
    };
    let invoice = record.invoice();
    json!({
        "number": record.number(),
        "kind": invoice.kind(),
        "date": invoice.date(),
        "seller": invoice.seller_name(),
        "gross": invoice.gross().or(invoice.net()),
        "state": record.state(),
        "standing": record.verification().standing(),
        "entity": record.entity(),
        "by": record.received_by(),
        "folder": record.folder(),
        "tags": record.tags().collect::<Vec<_>>(),
        "disputed": invoice.disputed().map(|field| field.as_str()).collect::<Vec<_>>(),
    })
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Results {
    /// What the query finds, as JSON.
    pub found: Vec<Value>,
    /// Whether there is more than was asked for.
    pub more: bool,
    /// When nothing was found by a name: invoices of names like it, the likeliest first.
    pub alike: Vec<Value>,
    /// When nothing was found by a name: names that begin like it.
    pub suggested: Vec<String>,
}

/// Searches; when a name finds nothing, for names like it and names that begin like it.
///
/// # Errors
/// `ACCESS-01`; a failing store.
pub async fn search(
    office: &Office,
    actor: &Actor,
    (query, name): &(ReceivedQuery, Option<String>),
    limit: usize,
) -> Result<Results, RunError> {
    let (desk, mut results, mut after) = (&office.desk, Results::default(), None);
    while results.found.len() < limit {
        let room = limit - results.found.len();
        let page = desk.search_received(actor, query, after.as_deref(), room).await?;
        results.found.extend(page.items.iter().map(shown));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    results.more = after.is_some();
    let Some(name) = name.as_ref().filter(|_| results.found.is_empty()) else { return Ok(results) };
    let alike = desk.similar_received(actor, name, limit).await?;
    results.alike = alike
        .iter()
        .map(|(likeness, view)| {
            let mut shown = shown(view);
            shown.as_object_mut().map(|shown| shown.insert("likeness".to_owned(), json!(likeness)));
            shown
        })
        .collect();
    // Whoever has mistyped the end of a name has its beginning right.
    let mut begun: Vec<char> = name.chars().collect();
    while results.suggested.is_empty() && begun.len() >= 2 {
        let text: String = begun.iter().collect();
        results.suggested = match desk.suggest_received(actor, &text, limit).await {
            Ok(names) => names,
            // Fewer letters than are looked for: there is nothing left to shorten.
            Err(error) if error.refusal().is_some_and(|r| r.code() == RefusalCode::SearchTooShort) => break,
            Err(error) => return Err(error.into()),
        };
        begun.pop();
    }
    Ok(results)
}
