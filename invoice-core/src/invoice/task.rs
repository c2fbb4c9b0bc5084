use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{DocumentFormat, KeptFile, PaperState, PreparedRequest, Voiding};
use super::{InvoiceKind, InvoiceNumber, InvoiceRow, InvoiceState, Party};
use crate::id::{ApplicationId, BuyerId, IntentKey, InvoiceId, ProviderId, SellerId};
use crate::ledger::Share;
use crate::money::Money;
use crate::plan::red::RedReason;
use crate::title::Title;

/// Blue or red.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Color {
    /// A sale (蓝票).
    Blue,
    /// Takes a blue invoice back, whole or in part (红票).
    Red {
        /// The blue task.
        of: InvoiceId,
        /// The blue number.
        blue: InvoiceNumber,
        /// Why.
        reason: RedReason,
    },
}

/// What red invoices take back of one row of a blue invoice, in all. Index of the row from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flushed {
    /// The row.
    pub row: u32,
    /// What was taken back in all, as printed.
    pub share: Share,
    /// Of each of the row's parts, in their order.
    pub parts: Vec<Share>,
}

/// What is under way to take a blue invoice back: a red one, or its own voiding. There is one at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRed {
    /// The red invoice; the invoice itself while it is being voided.
    pub red: InvoiceId,
    /// What it will take back of each row.
    pub rows: Vec<Flushed>,
}

/// A key that was given up, because its provider denied it or nothing of it was on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerKey {
    /// The provider that knew it.
    pub provider: ProviderId,
    /// The key.
    pub key: IntentKey,
    /// The code of the denial; `None` when nothing was refused.
    pub denied: Option<String>,
}

/// One invoice task: from its plan to the issued blue or red invoice. Amounts are magnitudes.
///
/// `Debug` shows no buyer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub(crate) id: InvoiceId,
    pub(crate) application: ApplicationId,
    pub(crate) seller: SellerId,
    pub(crate) buyer: BuyerId,
    pub(crate) provider: ProviderId,
    pub(crate) kind: InvoiceKind,
    pub(crate) title: Title,
    pub(crate) color: Color,
    pub(crate) rows: Vec<InvoiceRow>,
    pub(crate) net: Money,
    pub(crate) tax: Money,
    pub(crate) gross: Money,
    pub(crate) remark: Option<String>,
    pub(crate) planned_at: DateTime<Utc>,
    pub(crate) generation: u32,
    pub(crate) key: IntentKey,
    pub(crate) request: Option<PreparedRequest>,
    pub(crate) sends: u32,
    #[serde(default)]
    pub(crate) unanswered: u32,
    /// When it was last sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sent_at: Option<DateTime<Utc>>,
    /// The last state that the provider has said of the present key and nobody here knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unclear: Option<String>,
    /// Where it was before, and under which keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) former: Vec<FormerKey>,
    /// The number of the red confirmation that the buyer started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) form: Option<String>,
    pub(crate) state: InvoiceState,
    /// Whether what it was for was seen to after it failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) retried: bool,
    /// Whether what it held was given back, because it had failed: also while it is in doubt whether it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) released: bool,
    pub(crate) flushed: Vec<Flushed>,
    pub(crate) open_red: Option<OpenRed>,
    #[serde(default, skip_serializing_if = "PaperState::is_to_print")]
    pub(crate) paper: PaperState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) voiding: Option<Voiding>,
    /// Its files that are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<KeptFile>,
}

impl Invoice {
    /// The id.
    #[must_use]
    pub const fn id(&self) -> &InvoiceId {
        &self.id
    }

    /// The application it belongs to.
    #[must_use]
    pub const fn application(&self) -> &ApplicationId {
        &self.application
    }

    /// Who issues.
    #[must_use]
    pub const fn seller(&self) -> &SellerId {
        &self.seller
    }

    /// Whom it is for, as the shop knows them.
    #[must_use]
    pub const fn buyer(&self) -> &BuyerId {
        &self.buyer
    }

    /// Through whom it is issued.
    #[must_use]
    pub const fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> InvoiceKind {
        self.kind
    }

    /// The title, frozen when it was planned.
    #[must_use]
    pub const fn title(&self) -> &Title {
        &self.title
    }

    /// Blue or red.
    #[must_use]
    pub const fn color(&self) -> &Color {
        &self.color
    }

    /// Whether it is blue.
    #[must_use]
    pub const fn is_blue(&self) -> bool {
        matches!(self.color, Color::Blue)
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[InvoiceRow] {
        &self.rows
    }

    /// Net total.
    #[must_use]
    pub const fn net(&self) -> Money {
        self.net
    }

    /// Tax total.
    #[must_use]
    pub const fn tax(&self) -> Money {
        self.tax
    }

    /// Gross total.
    #[must_use]
    pub const fn gross(&self) -> Money {
        self.gross
    }

    /// The remark (备注).
    #[must_use]
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    /// When it was planned.
    #[must_use]
    pub const fn planned_at(&self) -> DateTime<Utc> {
        self.planned_at
    }

    /// The idempotency key of the present attempt; a new one only after the provider has denied the one before.
    #[must_use]
    pub const fn key(&self) -> &IntentKey {
        &self.key
    }

    /// Keys that were given up, oldest first.
    #[must_use]
    pub fn former_keys(&self) -> &[FormerKey] {
        &self.former
    }

    /// Which side started its red confirmation.
    #[must_use]
    pub const fn started_by(&self) -> Party {
        if self.form.is_some() { Party::Buyer } else { Party::Seller }
    }

    /// The number of the red confirmation that the buyer started, on a red task of that kind.
    #[must_use]
    pub fn foreign_form(&self) -> Option<&str> {
        self.form.as_deref()
    }

    /// The stored request.
    #[must_use]
    pub const fn request(&self) -> Option<&PreparedRequest> {
        self.request.as_ref()
    }

    /// How often a request was sent.
    #[must_use]
    pub const fn sends(&self) -> u32 {
        self.sends
    }

    /// The last state that the provider has said of the present key and nobody here knows, as the provider's code; kept
    /// also when the task has moved on.
    #[must_use]
    pub fn unclear(&self) -> Option<&str> {
        self.unclear.as_deref()
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> &InvoiceState {
        &self.state
    }

    /// Whether it is a red that has failed and was tried again: another task, or none, does what it was for.
    #[must_use]
    pub const fn is_retried(&self) -> bool {
        self.retried
    }

    /// Row by row, what red invoices have taken back.
    #[must_use]
    pub fn flushed(&self) -> &[Flushed] {
        &self.flushed
    }

    /// The red invoice under way.
    #[must_use]
    pub const fn open_red(&self) -> Option<&OpenRed> {
        self.open_red.as_ref()
    }

    /// Where its sheets are, when it is on paper.
    #[must_use]
    pub const fn paper(&self) -> &PaperState {
        &self.paper
    }

    /// Its latest voiding (作废): under way, done or refused.
    #[must_use]
    pub const fn voiding(&self) -> Option<&Voiding> {
        self.voiding.as_ref()
    }

    /// Whether it holds nothing of its orders because it has failed. So it stays when the provider then says that it exists
    /// after all, and not as it was asked for, until a person has found out.
    #[must_use]
    pub const fn is_released(&self) -> bool {
        self.released
    }

    /// Its files that were fetched and are kept, in the order they came.
    #[must_use]
    pub fn files(&self) -> &[KeptFile] {
        &self.files
    }

    /// The kept file of a format.
    #[must_use]
    pub fn file(&self, format: DocumentFormat) -> Option<&KeptFile> {
        self.files.iter().find(|file| file.format() == format)
    }

    /// Whether it was voided.
    #[must_use]
    pub fn is_voided(&self) -> bool {
        self.voiding.as_ref().is_some_and(|voiding| voiding.done_at.is_some())
    }

    /// The gross amount that issued red invoices, or its voiding, have taken back.
    #[must_use]
    pub fn flushed_gross(&self) -> Money {
        self.flushed.iter().map(|flushed| flushed.share.gross).sum()
    }
}

impl fmt::Debug for Invoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invoice")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("gross", &self.gross)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
