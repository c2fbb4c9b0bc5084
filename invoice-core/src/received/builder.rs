use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use invoice_validate::qr::{AmountBasis, Payload};
use invoice_validate::tax_id;

use super::{CheckCode, Evidence, ReceivedField, ReceivedInvoice, ReceivedKind, ReceivedRow, SourceFile};
use crate::error::{Refusal, RefusalCode};
use crate::invoice::InvoiceNumber;
use crate::money::Money;
use crate::search::fold;

/// Most characters of a name, a tax ID, a remark, or a text of a row.
pub const MAX_TEXT: usize = 500;
/// Most rows: above what any channel issues, and what keeps one file from filling the memory.
pub const MAX_ROWS: usize = 20_000;

/// Puts a received invoice together, field by field, each with its evidence.
///
/// The same field may be given several times. What has the stronger evidence stays; of equals, the first. Values that
/// differ make the field disputed; names are compared by letters and digits only, rows by number and amounts. Empty texts
/// are as if not given.
#[derive(Clone, Default)]
pub struct ReceivedBuilder {
    number: Option<InvoiceNumber>,
    digital_number: Option<InvoiceNumber>,
    kind: Option<ReceivedKind>,
    date: Option<NaiveDate>,
    net: Option<Money>,
    tax: Option<Money>,
    gross: Option<Money>,
    texts: BTreeMap<ReceivedField, String>,
    check_code: Option<CheckCode>,
    rows: Option<Vec<ReceivedRow>>,
    sources: BTreeSet<SourceFile>,
    seen: Seen,
}

/// What is known of where fields came from.
#[derive(Debug, Clone, Default)]
struct Seen {
    evidence: BTreeMap<ReceivedField, Evidence>,
    disputed: BTreeSet<ReceivedField>,
}

impl Seen {
    /// Whether a value that is offered takes its place; `same` compares it with the one that is there.
    fn takes(&mut self, field: ReceivedField, evidence: Evidence, same: Option<bool>) -> bool {
        if same == Some(false) {
            self.disputed.insert(field);
        }
        let stronger = self.evidence.get(&field).is_none_or(|known| evidence < *known);
        if stronger {
            self.evidence.insert(field, evidence);
        }
        stronger
    }

    fn offer<T: PartialEq>(
        &mut self,
        field: ReceivedField,
        place: &mut Option<T>,
        (value, evidence): (T, Evidence),
    ) {
        let same = place.as_ref().map(|known| *known == value);
        if self.takes(field, evidence, same) {
            *place = Some(value);
        }
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty, $field:ident;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: $type, evidence: Evidence) -> Self {
            self.seen.offer(ReceivedField::$field, &mut self.$name, ($name, evidence));
            self
        })*
    };
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $field:ident;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(self, $name: &str, evidence: Evidence) -> Self {
            self.text(ReceivedField::$field, $name.trim(), evidence)
        })*
    };
}

impl ReceivedBuilder {
    setters! {
        /// The number: 20 digits, or code and 8 digits.
        number: InvoiceNumber, Number;
        /// The 20-digit number of digital paper, beside code and number.
        digital_number: InvoiceNumber, DigitalNumber;
        /// The kind.
        kind: ReceivedKind, Kind;
        /// The date of issue.
        date: NaiveDate, Date;
        /// The total without tax; negative on a red invoice.
        net: Money, Net;
        /// The total tax.
        tax: Money, Tax;
        /// The total with tax; of a used car, its price.
        gross: Money, Gross;
        /// The check code.
        check_code: CheckCode, CheckCode;
    }

    texts! {
        /// The seller's name.
        seller_name, SellerName;
        /// The buyer's name.
        buyer_name, BuyerName;
        /// The remark.
        remark, Remark;
    }

    /// The seller's tax ID; blanks and hyphens are dropped, letters made capitals.
    #[must_use]
    pub fn seller_tax_id(self, id: &str, evidence: Evidence) -> Self {
        self.text(ReceivedField::SellerTaxId, &tax_id::normalize(id), evidence)
    }

    /// The buyer's tax ID; blanks and hyphens are dropped, letters made capitals.
    #[must_use]
    pub fn buyer_tax_id(self, id: &str, evidence: Evidence) -> Self {
        self.text(ReceivedField::BuyerTaxId, &tax_id::normalize(id), evidence)
    }

    /// The rows, all that there are.
    #[must_use]
    pub fn rows(mut self, rows: Vec<ReceivedRow>, evidence: Evidence) -> Self {
        if rows.is_empty() {
            return self;
        }
        let differ = |one: Option<Money>, other: Option<Money>| one.zip(other).is_some_and(|(a, b)| a != b);
        let same = self.rows.as_ref().map(|known| {
            known.len() == rows.len() && known.iter().zip(&rows).all(|(a, b)| !differ(a.net(), b.net()))
        });
        if self.seen.takes(ReceivedField::Rows, evidence, same) {
            self.rows = Some(rows);
        }
        self
    }

    /// A file it was read from.
    #[must_use]
    pub fn source(mut self, file: SourceFile) -> Self {
        self.sources.insert(file);
        self
    }

    /// Everything that a QR code says. Its amount is the gross total on digital files and on used cars, the net total on
    /// anything else that has a code (layout rules V5.002, section 6). An unknown type leaves the kind open.
    #[must_use]
    pub fn qr(mut self, payload: &Payload<'_>) -> Self {
        const QR: Evidence = Evidence::QrCode;
        let number = match (payload.code, payload.number) {
            (code, number) if code.is_empty() || number.len() == 20 => number.parse(),
            (code, number) => format!("{code}-{number}").parse(),
        };
        if let Ok(number) = number {
            self = self.number(number, QR);
        }
        let kind = ReceivedKind::of_qr(payload);
        if let Some(kind) = kind {
            self = self.kind(kind, QR);
        }
        let (year, month, day) = (payload.date.year(), payload.date.month(), payload.date.day());
        if let Some(date) = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day)) {
            self = self.date(date, QR);
        }
        if let Ok(code) = payload.check_code.parse() {
            self = self.check_code(code, QR);
        }
        let amount = Money::from_fen(payload.amount_fen);
        match payload.basis() {
            AmountBasis::Net if !kind.is_some_and(ReceivedKind::is_used_car) => self.net(amount, QR),
            _ => self.gross(amount, QR),
        }
    }

    /// Everything that is known of an invoice already, with its evidence: for a second file of the same one.
    #[must_use]
    pub fn also(mut self, known: &ReceivedInvoice) -> Self {
        let of = |field| known.evidence(field).unwrap_or(Evidence::Text);
        let (number, evidence) = (known.number().clone(), of(ReceivedField::Number));
        let coded = self.number.as_ref().map(|own| own.code().is_some());
        self = match (coded, number.code().is_some()) {
            (Some(true), false) if known.kind().is_digital_paper() => self.digital_number(number, evidence),
            (Some(false), true) if known.kind().is_digital_paper() => self.under(number, evidence),
            _ => self.number(number, evidence),
        };
        self = self.kind(known.kind(), of(ReceivedField::Kind)).date(known.date(), of(ReceivedField::Date));
        macro_rules! known {
            ($($name:ident $field:ident;)*) => {
                $(if let Some(value) = known.$name() {
                    self = self.$name(value.to_owned(), of(ReceivedField::$field));
                })*
            };
        }
        known! { digital_number DigitalNumber; net Net; tax Tax; gross Gross; check_code CheckCode; }
        for (field, text) in known.texts() {
            self = self.text(field, text, of(field));
        }
        self = self.rows(known.rows().to_vec(), of(ReceivedField::Rows));
        self.seen.disputed.extend(known.disputed());
        self.sources.extend(known.sources().cloned());
        self
    }

    /// Code and number of digital paper of which only the 20 digits were known.
    fn under(mut self, number: InvoiceNumber, evidence: Evidence) -> Self {
        let whole = self.number.take().zip(self.seen.evidence.remove(&ReceivedField::Number));
        self = self.number(number, evidence);
        match whole {
            Some((whole, evidence)) => self.digital_number(whole, evidence),
            None => self,
        }
    }

    /// The invoice. Of net, tax and gross the third follows from two; where all three are given and do not sum, those with
    /// the weakest evidence give way and are disputed.
    ///
    /// # Errors
    /// `RECEIVED-01` without number, kind, date, or any of net and gross; `RECEIVED-02` when the number is not one of its
    /// kind; `RECEIVED-03` when amounts of the same evidence do not sum; `RECEIVED-04` when a text is longer than
    /// [`MAX_TEXT`] characters or there are more than [`MAX_ROWS`] rows; `MONEY-01`.
    pub fn build(mut self) -> Result<ReceivedInvoice, Refusal> {
        self.settle_amounts()?;
        let missing = |field: ReceivedField| {
            move || Refusal::new(RefusalCode::ReceivedMissing).with("field", field.as_str())
        };
        let number = self.number.ok_or_else(missing(ReceivedField::Number))?;
        let kind = self.kind.ok_or_else(missing(ReceivedField::Kind))?;
        let date = self.date.ok_or_else(missing(ReceivedField::Date))?;
        self.net.or(self.gross).ok_or_else(missing(ReceivedField::Gross))?;
        let whole = self.digital_number.as_ref().is_none_or(|number| number.code().is_none());
        if !kind.takes(&number) || !whole {
            return Err(Refusal::new(RefusalCode::ReceivedNumber).with("kind", kind));
        }
        let rows = self.rows.unwrap_or_default();
        let long = |field: ReceivedField| {
            Refusal::new(RefusalCode::ReceivedTooLong).with("field", field.as_str()).with("most", MAX_TEXT)
        };
        let fits = |text: &String| text.chars().count() <= MAX_TEXT;
        if let Some((field, _)) = self.texts.iter().find(|(_, text)| !fits(text)) {
            return Err(long(*field));
        }
        if rows.len() > MAX_ROWS || rows.iter().any(|row| row.longest_text() > MAX_TEXT) {
            return Err(long(ReceivedField::Rows));
        }
        Ok(ReceivedInvoice {
            number,
            digital_number: self.digital_number,
            kind,
            date,
            net: self.net,
            tax: self.tax,
            gross: self.gross,
            texts: self.texts,
            check_code: self.check_code,
            rows,
            sources: self.sources,
            evidence: self.seen.evidence,
            disputed: self.seen.disputed,
        })
    }

    fn text(mut self, field: ReceivedField, text: &str, evidence: Evidence) -> Self {
        if text.is_empty() {
            return self;
        }
        let same = self.texts.get(&field).map(|known| fold(known) == fold(text));
        if self.seen.takes(field, evidence, same) {
            self.texts.insert(field, text.to_owned());
        }
        self
    }

    fn settle_amounts(&mut self) -> Result<(), Refusal> {
        use ReceivedField::{Gross, Net, Tax};
        let of = |seen: &Seen, field| seen.evidence.get(&field).copied().unwrap_or(Evidence::Text);
        if let (Some(net), Some(tax), Some(gross)) = (self.net, self.tax, self.gross) {
            if net.checked_add(tax) == Some(gross) {
                return Ok(());
            }
            let levels = [Net, Tax, Gross].map(|field| of(&self.seen, field));
            let (strongest, weakest) = (levels.iter().min().copied(), levels.iter().max().copied());
            if strongest == weakest {
                return Err(Refusal::new(RefusalCode::ReceivedAmounts)
                    .with("net", net)
                    .with("tax", tax)
                    .with("gross", gross));
            }
            for (field, place) in [(Net, &mut self.net), (Tax, &mut self.tax), (Gross, &mut self.gross)] {
                if Some(of(&self.seen, field)) == weakest {
                    *place = None;
                    self.seen.evidence.remove(&field);
                    self.seen.disputed.insert(field);
                }
            }
        }
        let (field, place, third, from) = match (self.net, self.tax, self.gross) {
            (None, Some(tax), Some(gross)) => (Net, &mut self.net, gross.checked_sub(tax), [Tax, Gross]),
            (Some(net), None, Some(gross)) => (Tax, &mut self.tax, gross.checked_sub(net), [Net, Gross]),
            (Some(net), Some(tax), None) => (Gross, &mut self.gross, net.checked_add(tax), [Net, Tax]),
            _ => return Ok(()),
        };
        *place = Some(third.ok_or_else(|| Refusal::new(RefusalCode::AmountOverflow))?);
        let weaker = from.map(|field| of(&self.seen, field)).into_iter().max();
        self.seen.evidence.extend(weaker.map(|evidence| (field, evidence)));
        Ok(())
    }
}

/// Which fields there are and where they came from; no values.
impl fmt::Debug for ReceivedBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReceivedBuilder").field(&self.seen).finish()
    }
}
