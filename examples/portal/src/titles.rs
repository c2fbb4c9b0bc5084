//! Titles in forms: pasted as a block, or field by field after a person has looked.

use chrono::NaiveDate;
use invoice_core::invoice::InvoiceKind;
use invoice_core::title::{BuyerKind, PastedTitle, Title};

use crate::html;
use crate::html::Html;
use crate::layout::{field, hidden};
use crate::request::{Fields, Visit};
use crate::shop::TAX_ID;
use crate::trouble::Trouble;
use crate::words::Word;

/// The fields of a title and what they are called.
const FIELDS: [(&str, Word); 6] = [
    ("name", Word::Name),
    ("tax_id", Word::TaxId),
    ("address", Word::Address),
    ("phone", Word::Phone),
    ("bank", Word::Bank),
    ("account", Word::Account),
];

/// A title as a form gave it, and what to look at in it.
pub(crate) struct Written {
    pub(crate) title: Title,
    /// The field, and what was probably meant.
    pub(crate) doubts: Vec<(&'static str, Option<String>)>,
}

impl Written {
    /// Field by field where there is a name, else from the pasted block.
    pub(crate) fn read(fields: &Fields) -> Result<Self, Trouble> {
        match fields.get("name") {
            Some(name) => Ok(Self { title: one_by_one(name, fields), doubts: Vec::new() }),
            None => Self::pasted(fields.need("pasted")?),
        }
    }

    /// From a pasted block.
    pub(crate) fn pasted(block: &str) -> Result<Self, Trouble> {
        let pasted = PastedTitle::read(block)?;
        let doubts = pasted
            .doubtful()
            .map(|field| {
                (field.as_str(), pasted.read_from().get(field).and_then(|found| found.correction.clone()))
            })
            .collect();
        // As the next form will say it, so that what is confirmed is what was shown.
        Ok(Self { title: again(pasted.title()), doubts })
    }

    /// The same title for the next form.
    pub(crate) fn hidden(&self) -> Html {
        let texts = FIELDS.iter().map(|(name, _)| hidden(name, text_of(&self.title, name)));
        html! { (texts.collect::<Html>()) (hidden("sort", sort_of(&self.title))) }
    }
}

/// The title as it comes back from its own fields.
fn again(title: &Title) -> Title {
    let texts = FIELDS.iter().map(|(name, _)| (*name, text_of(title, name)));
    one_by_one(title.name(), &Fields::of(texts.chain([("sort", sort_of(title))])))
}

fn one_by_one(name: &str, fields: &Fields) -> Title {
    let mut title = match fields.get("sort") {
        Some("person") => Title::person(name),
        Some("organisation") => Title::of(BuyerKind::NonTaxOrganisation, name),
        _ => Title::of(BuyerKind::Company, name),
    };
    if let Some(tax_id) = fields.get("tax_id") {
        title = title.with_tax_id(tax_id);
    }
    let pair = |one, other| (fields.get(one), fields.get(other));
    if let (address, phone) = pair("address", "phone")
        && (address.is_some() || phone.is_some())
    {
        title = title.with_address(address.unwrap_or_default(), phone.unwrap_or_default());
    }
    if let (bank, account) = pair("bank", "account")
        && (bank.is_some() || account.is_some())
    {
        title = title.with_bank(bank.unwrap_or_default(), account.unwrap_or_default());
    }
    title
}

fn text_of<'a>(title: &'a Title, field: &str) -> &'a str {
    let text = match field {
        "name" => Some(title.name()),
        "tax_id" => title.tax_id(),
        "address" => title.address(),
        "phone" => title.phone(),
        "bank" => title.bank(),
        _ => title.account(),
    };
    text.unwrap_or_default()
}

const fn sort_of(title: &Title) -> &'static str {
    match title.kind() {
        BuyerKind::Person => "person",
        BuyerKind::NonTaxOrganisation => "organisation",
        _ => "company",
    }
}

/// The title to look at, with what the validators find, in the reader's language.
pub(crate) fn questions(visit: &Visit, written: &Written, kind: InvoiceKind, today: NaiveDate) -> Html {
    let title = &written.title;
    let shown = FIELDS.iter().filter(|(name, _)| !text_of(title, name).is_empty()).map(|(name, word)| {
        let doubt = written.doubts.iter().find(|(doubtful, _)| doubtful == name);
        let doubt = doubt.map(|(_, meant)| {
            let meant = meant.as_ref().map(|meant| html! { " " (visit.say(Word::Maybe)) " <b>" (meant) "</b>" });
            html! { "<span class=\"doubt\">" (visit.say(Word::LookAtThis)) (meant.unwrap_or_default()) "</span>" }
        });
        html! {
            "<dt>" (visit.say(*word)) "</dt><dd>" (text_of(title, name)) (doubt.unwrap_or_default()) "</dd>"
        }
    });
    let found = title.findings(kind, TAX_ID, today);
    let found: Html = found
        .faults()
        .iter()
        .map(|fault| html! { "<li>" (fault.message(visit.language())) " <small class=\"code\">" (fault.code().as_str()) "</small></li>" })
        .collect();
    let found = if found.is_empty() {
        found
    } else {
        html! { "<ul class=\"findings\">" (found) "</ul>" }
    };
    html! {
        "<div class=\"panel\"><h2>" (visit.say(Word::Title)) "</h2><dl class=\"facts\">" (shown.collect::<Html>()) "</dl>"
        (found) "</div>"
    }
}

/// The title as fields to write in.
pub(crate) fn fields_of(visit: &Visit, title: &Title) -> Html {
    let sorts = [("company", Word::Company), ("person", Word::Person), ("organisation", Word::Organisation)];
    let option = |(sort, word): (&'static str, Word)| {
        let mut option = html! { "<option value=\"" (sort) "\"" };
        option.mark(if sort == sort_of(title) { " selected" } else { "" });
        html! { (option) ">" (visit.say(word)) "</option>" }
    };
    let sorts: Html = sorts.into_iter().map(option).collect();
    let fields: Html =
        FIELDS.iter().map(|(name, word)| field(visit, name, *word, text_of(title, name))).collect();
    html! { "<label>" (visit.say(Word::Sort)) "<select name=\"sort\">" (sorts) "</select></label>" (fields) }
}
