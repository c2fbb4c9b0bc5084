//! Verification (查验) against the bureau's books.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{Months, NaiveDate};
use invoice_core::id::ProviderId;
use invoice_core::invoice::InvoiceNumber;
use invoice_core::money::Money;
use invoice_core::provider::{Effect, ErrorKind, InvoiceVerifier, ProviderError, VerifierCapabilities};
use invoice_core::received::verification::{
    Standing, VerificationAnswer, VerificationPolicy, VerificationRequest,
};
use invoice_core::received::{Evidence, ReceivedInvoice, ReceivedKind, ReceivedRow};
use invoice_core::tax::tax_day;

use super::SandboxBureau;
use super::books::Invoice;
use super::wire::Request;

/// Questions a day about one invoice, and the years that are told about: the national web site's.
const DAILY: usize = 5;
const YEARS: u32 = 5;

/// What goes wrong with the next question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum VerifierFault {
    /// Refused at the door (003): not counted.
    Busy,
    /// Counted, and the answer is lost.
    Lost,
}

/// A verifier that knows what the bureau has issued, and what it was told that others have. Counts as the bureau does: the
/// sixth question of a day is refused, also when five were lost. Clones share everything.
#[derive(Clone)]
pub struct SandboxVerifier {
    bureau: SandboxBureau,
    id: Arc<ProviderId>,
    capabilities: Arc<VerifierCapabilities>,
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    foreign: BTreeMap<InvoiceNumber, (ReceivedInvoice, Standing)>,
    asked: BTreeMap<(InvoiceNumber, NaiveDate), usize>,
    faults: VecDeque<VerifierFault>,
}

impl SandboxVerifier {
    /// A verifier of every kind there is, on these books.
    #[must_use]
    pub fn new(bureau: &SandboxBureau) -> Self {
        let kinds = ReceivedKind::ALL.iter().copied().filter(|kind| *kind != ReceivedKind::Other);
        let policy = VerificationPolicy::default().with_daily(DAILY).with_years(YEARS);
        Self {
            bureau: bureau.clone(),
            id: Arc::new(bureau.shared.id.clone()),
            capabilities: Arc::new(VerifierCapabilities::new(kinds, policy).telling_standing()),
            desk: Arc::default(),
        }
    }

    /// Puts an invoice of another issuer into the books, or changes how it stands.
    pub fn register(&self, invoice: ReceivedInvoice, standing: Standing) {
        self.desk().foreign.insert(invoice.number().clone(), (invoice, standing));
    }

    /// Makes a fault hit the next question.
    pub fn inject(&self, fault: VerifierFault) {
        self.desk().faults.push_back(fault);
    }

    /// How often the bureau was asked about an invoice on the day of its calendar on which most was asked.
    #[must_use]
    pub fn most_asked_a_day(&self, number: &InvoiceNumber) -> usize {
        let desk = self.desk();
        let days = desk.asked.iter().filter(|((asked, _), _)| asked == number);
        days.map(|(_, times)| *times).max().unwrap_or(0)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the books say of a number, and whether it stands.
    fn look_up(&self, number: &InvoiceNumber) -> Option<(ReceivedInvoice, Standing)> {
        if let Some(known) = self.desk().foreign.get(number) {
            return Some(known.clone());
        }
        let state = self.bureau.lock();
        let (_, invoice) = state.books.find(number)?;
        let request = Request::parse(&invoice.body).ok()?;
        let (read, voided) = (as_received(invoice, &request)?, invoice.voided);
        let untouched = invoice.taken.is_empty();
        drop(state);
        let left: Money = self.bureau.rows_left(number).iter().map(|row| row.net).sum();
        let standing = match (voided, untouched) {
            (true, _) => Standing::Voided,
            (false, true) => Standing::Normal,
            (false, false) if left.is_zero() => Standing::RedFlushed,
            (false, false) => Standing::PartlyRed,
        };
        Some((read, standing))
    }
}

/// What the bureau hands over of an invoice in its books.
fn as_received(invoice: &Invoice, request: &Request) -> Option<ReceivedInvoice> {
    const BOOKS: Evidence = Evidence::Structured;
    let entry = &invoice.entry;
    let rows = request.rows.iter().map(|row| {
        let read = ReceivedRow::new(format!("*{}*{}", row.item.short_name, row.name))
            .with_net(row.net)
            .with_tax(row.tax)
            .with_rate(row.item.rate, row.item.treatment)
            .with_code(row.item.code);
        row.quantity.map_or(read.clone(), |quantity| read.with_quantity(quantity))
    });
    let built = ReceivedInvoice::builder()
        .number(entry.number.clone(), BOOKS)
        .kind(entry.kind.into(), BOOKS)
        .date(tax_day(entry.issued_at), BOOKS)
        .net(entry.net, BOOKS)
        .tax(entry.tax, BOOKS)
        .gross(entry.gross, BOOKS)
        .seller_name(&request.seller.name, BOOKS)
        .seller_tax_id(&request.seller.tax_id, BOOKS)
        .buyer_name(&request.title.name, BOOKS)
        .buyer_tax_id(request.title.tax_id.as_deref().unwrap_or_default(), BOOKS)
        .remark(request.remark.as_deref().unwrap_or_default(), BOOKS)
        .rows(rows.collect(), BOOKS);
    built.build().ok()
}

fn failed(kind: ErrorKind, effect: Effect, code: &str) -> ProviderError {
    ProviderError::new(kind, effect).with_code(code)
}

#[async_trait]
impl InvoiceVerifier for SandboxVerifier {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn capabilities(&self) -> &VerifierCapabilities {
        &self.capabilities
    }

    async fn verify(&self, request: &VerificationRequest) -> Result<VerificationAnswer, ProviderError> {
        if !self.capabilities.takes(request.kind()) {
            return Err(ProviderError::unsupported("verify"));
        }
        let whole = request
            .code()
            .map_or_else(|| request.number().to_owned(), |code| format!("{code}-{}", request.number()));
        let number: InvoiceNumber =
            whole.parse().map_err(|_| failed(ErrorKind::Rejected, Effect::NotApplied, "005"))?;
        let today = tax_day(self.bureau.shared.now());
        let mut desk = self.desk();
        let fault = desk.faults.pop_front();
        if fault == Some(VerifierFault::Busy) {
            return Err(failed(ErrorKind::Busy, Effect::NotApplied, "003"));
        }
        let asked = desk.asked.entry((number.clone(), today)).or_default();
        *asked += 1;
        let over = *asked > DAILY;
        drop(desk);
        if fault == Some(VerifierFault::Lost) {
            return Err(failed(ErrorKind::NoAnswer, Effect::Unknown, "010"));
        }
        if over {
            return Ok(VerificationAnswer::LimitReached);
        }
        let Some((invoice, standing)) = self.look_up(&number) else {
            return Ok(VerificationAnswer::NotFound);
        };
        if invoice.date() >= today {
            return Ok(VerificationAnswer::TooEarly);
        }
        if today.checked_sub_months(Months::new(12 * YEARS)).is_some_and(|oldest| invoice.date() < oldest) {
            return Ok(VerificationAnswer::NotFound);
        }
        if VerificationRequest::of(&invoice).ok().as_ref() != Some(request) {
            return Ok(VerificationAnswer::Mismatch);
        }
        Ok(VerificationAnswer::Confirmed { standing, invoice: Some(Box::new(invoice)) })
    }
}

impl fmt::Debug for SandboxVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SandboxVerifier({})", self.id)
    }
}
