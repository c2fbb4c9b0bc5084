use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{Datelike, NaiveDate};
use invoice_core::invoice::InvoiceNumber;
use invoice_core::money::Money;
use invoice_core::received::{CheckCode, Evidence, ReceivedBuilder, ReceivedField, ReceivedKind};
use invoice_validate::tax_id;

use super::doubt::Doubt;
use super::find;
use super::lines::Lines;
use super::word::Word;

/// How sure a tax ID can be at most that was corrected by its check, in hundredths.
pub const REPAIRED: u8 = 50;

/// What a field was recognised as. Personal data: `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct RecognizedField {
    text: String,
    confidence: u8,
    repaired: bool,
}

impl RecognizedField {
    /// Its value as a text: amounts as `113.00`, dates as `2026-05-01`, kinds by their stable name, numbers without blanks.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How sure it is, from 0 to 100: as sure as the least sure word that it was read from.
    #[must_use]
    pub const fn confidence(&self) -> u8 {
        self.confidence
    }
}

impl fmt::Debug for RecognizedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecognizedField").field("confidence", &self.confidence).finish_non_exhaustive()
    }
}

/// The fields that recognised words are, with what is doubtful about them. A field that was not recognised is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecognizedFields {
    fields: BTreeMap<ReceivedField, RecognizedField>,
    /// Another reading of a field, less sure.
    others: BTreeMap<ReceivedField, RecognizedField>,
    /// The total in capitals.
    capitals: Option<RecognizedField>,
    /// Tax IDs that fail their check.
    failed: BTreeSet<ReceivedField>,
    says_red: bool,
}

impl RecognizedFields {
    /// The fields that the words of a picture are. Words stand on lines by their places, not by their order.
    #[must_use]
    pub fn of(words: &[Word]) -> Self {
        let lines = Lines::of(words);
        let text = lines.text();
        let mut fields = Self { says_red: find::says_red(text), ..Self::default() };
        let sure = |part: &str| lines.confidence(part);
        if let Some((code, number)) = find::number(text) {
            let whole = code.map_or_else(|| number.to_owned(), |code| format!("{code}-{number}"));
            let sure = code.map_or(u8::MAX, sure).min(sure(number));
            // Eight digits alone are no number that can be told from others.
            if whole.parse::<InvoiceNumber>().is_ok() {
                fields.put(ReceivedField::Number, whole, sure);
            }
        }
        if let Some((kind, part)) = find::kind(text) {
            fields.put(ReceivedField::Kind, kind.as_str().to_owned(), sure(part));
        }
        if let Some((date, part)) = find::date(text) {
            fields.put(ReceivedField::Date, date.to_string(), sure(part));
        }
        if let Some((code, part)) = find::check_code(text) {
            fields.put(ReceivedField::CheckCode, code, sure(part));
        }
        let totals = find::totals(text);
        for (field, found) in [
            (ReceivedField::Net, totals.net),
            (ReceivedField::Tax, totals.tax),
            (ReceivedField::Gross, totals.gross.or(totals.capitals)),
        ] {
            if let Some((amount, part)) = found {
                fields.put(field, amount.to_string(), sure(part));
            }
        }
        fields.capitals = totals.capitals.map(|(amount, part)| RecognizedField {
            text: amount.to_string(),
            confidence: sure(part),
            repaired: false,
        });
        let names = find::by_party(&lines, find::names(text));
        for (field, name) in [ReceivedField::BuyerName, ReceivedField::SellerName].into_iter().zip(names) {
            if let Some(name) = name {
                fields.put(field, find::without_specks(name), sure(name));
            }
        }
        let ids = find::by_party(&lines, find::tax_ids(text));
        for (field, id) in [ReceivedField::BuyerTaxId, ReceivedField::SellerTaxId].into_iter().zip(ids) {
            if let Some(id) = id {
                fields.tax_id(field, id, sure(id));
            }
        }
        fields
    }

    fn put(&mut self, field: ReceivedField, text: String, confidence: u8) {
        self.fields.insert(field, RecognizedField { text, confidence, repaired: false });
    }

    /// A tax ID as it stands where it passes, else the only one that can be meant, else none.
    fn tax_id(&mut self, field: ReceivedField, id: &str, confidence: u8) {
        let report = tax_id::check(id);
        if report.is_valid() {
            self.put(field, tax_id::normalize(id).into_owned(), confidence);
            return;
        }
        match report.faults().iter().find_map(|fault| fault.suggestion()) {
            Some(meant) if tax_id::is_valid(meant) => {
                let confidence = confidence.min(REPAIRED);
                let repaired = RecognizedField { text: meant.to_owned(), confidence, repaired: true };
                self.fields.insert(field, repaired);
            }
            _ => {
                self.failed.insert(field);
            }
        }
    }

    /// With another reading of the same invoice: another picture, another recogniser. Of values that differ the surer one
    /// stays, of equally sure ones that of `self`.
    #[must_use]
    pub fn also(mut self, other: Self) -> Self {
        for (field, read) in other.fields {
            match self.fields.get_mut(&field) {
                None => {
                    self.fields.insert(field, read);
                }
                Some(known) if known.text == read.text => {
                    known.confidence = known.confidence.max(read.confidence);
                    known.repaired &= read.repaired;
                }
                Some(known) => {
                    let weaker = if read.confidence > known.confidence {
                        std::mem::replace(known, read)
                    } else {
                        read
                    };
                    self.others.insert(field, weaker);
                }
            }
        }
        for (field, read) in other.others {
            if self.fields.get(&field).is_none_or(|known| known.text != read.text) {
                self.others.insert(field, read);
            }
        }
        self.capitals = self.capitals.or(other.capitals);
        self.failed.extend(other.failed);
        self.says_red |= other.says_red;
        self
    }

    /// What a field was recognised as.
    #[must_use]
    pub fn get(&self, field: ReceivedField) -> Option<&RecognizedField> {
        self.fields.get(&field)
    }

    /// The fields that were recognised.
    pub fn iter(&self) -> impl Iterator<Item = (ReceivedField, &RecognizedField)> {
        self.fields.iter().map(|(field, read)| (*field, read))
    }

    /// What may be wrong, in the order of [`Doubt`].
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        let mut doubts = BTreeSet::new();
        let [net, tax, gross] = [ReceivedField::Net, ReceivedField::Tax, ReceivedField::Gross]
            .map(|field| self.value::<Money>(field));
        if let (Some(net), Some(tax), Some(gross)) = (net, tax, gross)
            && net.checked_add(tax) != Some(gross)
        {
            doubts.insert(Doubt::AmountsDoNotSum);
        }
        let capitals = self.capitals.as_ref().and_then(|capitals| capitals.text.parse::<Money>().ok());
        if gross.zip(capitals).is_some_and(|(gross, capitals)| gross != capitals) {
            doubts.insert(Doubt::CapitalsDiffer);
        }
        if self.says_red && gross.is_some_and(|gross| !gross.is_negative()) {
            doubts.insert(Doubt::SignMissing);
        }
        let number =
            self.get(ReceivedField::Number).map(RecognizedField::text).filter(|number| number.len() == 20);
        let year = number.and_then(|number| number.get(..2)?.parse::<i32>().ok());
        let date = self.value::<NaiveDate>(ReceivedField::Date);
        if year.zip(date).is_some_and(|(year, date)| date.year() % 100 != year) {
            doubts.insert(Doubt::YearDiffers);
        }
        let repaired = self.fields.iter().filter(|(_, read)| read.repaired);
        doubts.extend(repaired.map(|(field, _)| Doubt::Repaired(*field)));
        let failed = self.failed.iter().filter(|field| !self.fields.contains_key(field));
        doubts.extend(failed.map(|field| Doubt::CheckFails(*field)));
        doubts.extend(self.others.keys().map(|field| Doubt::ReadingsDiffer(*field)));
        doubts.into_iter().collect()
    }

    fn value<T: std::str::FromStr>(&self, field: ReceivedField) -> Option<T> {
        self.get(field)?.text.parse().ok()
    }

    /// Offers every field as recognised text, the surer reading first, so that what differs is disputed. The total in
    /// capitals is another reading of the gross total.
    pub(in crate::document) fn offer(&self, mut builder: ReceivedBuilder) -> ReceivedBuilder {
        for (field, read) in self.fields.iter().chain(&self.others) {
            builder = offer(builder, *field, &read.text);
        }
        if let Some(capitals) = &self.capitals {
            builder = offer(builder, ReceivedField::Gross, &capitals.text);
        }
        builder
    }
}

fn offer(builder: ReceivedBuilder, field: ReceivedField, text: &str) -> ReceivedBuilder {
    const FROM: Evidence = Evidence::Text;
    macro_rules! parsed {
        ($type:ty, $setter:ident) => {
            match text.parse::<$type>() {
                Ok(value) => builder.$setter(value, FROM),
                // Texts here were made from values.
                Err(_) => builder,
            }
        };
    }
    match field {
        ReceivedField::Number => parsed!(InvoiceNumber, number),
        ReceivedField::Kind => parsed!(ReceivedKind, kind),
        ReceivedField::Date => parsed!(NaiveDate, date),
        ReceivedField::Net => parsed!(Money, net),
        ReceivedField::Tax => parsed!(Money, tax),
        ReceivedField::Gross => parsed!(Money, gross),
        ReceivedField::CheckCode => parsed!(CheckCode, check_code),
        ReceivedField::SellerName => builder.seller_name(text, FROM),
        ReceivedField::SellerTaxId => builder.seller_tax_id(text, FROM),
        ReceivedField::BuyerName => builder.buyer_name(text, FROM),
        ReceivedField::BuyerTaxId => builder.buyer_tax_id(text, FROM),
        _ => builder,
    }
}
