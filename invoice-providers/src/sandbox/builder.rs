use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use invoice_core::env::Clock;
use invoice_core::id::ProviderId;
use invoice_core::invoice::InvoiceKind;
use invoice_core::limits::InvoiceLimit;
use invoice_core::money::Money;
use invoice_core::provider::{CallbackTrust, Capabilities, Capability, DocumentFormat, ProviderError};

use super::books::Books;
use super::callbacks::Callbacks;
use super::codes::SandboxCode;
use super::faults::{FaultPlan, Faults};
use super::journal::{Journal, SandboxError};
use super::numbers::Numbering;
use super::{SandboxBureau, Shared, State};
#[cfg(feature = "ofd")]
use crate::document::ofd;
#[cfg(feature = "pdf")]
use crate::document::pdf::{self, PdfFont};
use crate::document::{InvoiceFace, xml};

/// What the bureau does with a key that it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Repeat {
    /// The same answer again: idempotent.
    #[default]
    SameAnswer,
    /// Refuses it as known and leaves the rest to a query: idempotent as well.
    Refuse,
    /// Issues once more. Some services do; the shop must never send a key twice without knowing.
    IssueAgain,
}

/// What a red invoice needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RedRule {
    /// No confirmation at all: `issue_red` is enough.
    Direct,
    /// A red confirmation (红字信息确认单) of the seller alone: state 01 at once.
    #[default]
    SellerOnly,
    /// The buyer must confirm within 72 hours: state 02, then 04, 05 or 07.
    BuyerConfirms,
}

/// When files are ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Downloads {
    /// With the invoice.
    #[default]
    AtOnce,
    /// This long after a query shows the invoice.
    After(Duration),
}

/// Settings of a [`SandboxBureau`].
///
/// Defaults: region 44, channel 2, the two digital electronic kinds without limit, 2,000 rows, synchronous,
/// idempotent, unlimited credit, red confirmation by the seller alone, XML files at once, no callbacks, no faults.
#[must_use]
pub struct SandboxBuilder {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: Config,
    id: String,
    kinds: Vec<InvoiceKind>,
    without: Vec<Capability>,
    quiet_period: Duration,
    faults: FaultPlan,
}

pub(super) struct Config {
    pub(super) numbering: Numbering,
    /// Asynchronous where it is above zero.
    pub(super) issue_delay: Duration,
    pub(super) poll_after: Duration,
    pub(super) repeat: Repeat,
    pub(super) red: RedRule,
    pub(super) automatic_red: bool,
    pub(super) downloads: Downloads,
    /// Whether OFD is handed out beside the national XML.
    #[cfg(feature = "ofd")]
    pub(super) ofd: bool,
    /// The font of the PDF that is handed out beside it.
    #[cfg(feature = "pdf")]
    pub(super) pdf: Option<PdfFont>,
    pub(super) callbacks: Callbacks,
    pub(super) max_rows: u32,
    pub(super) limits: BTreeMap<InvoiceKind, InvoiceLimit>,
    pub(super) credit: BTreeMap<String, Option<Money>>,
    pub(super) default_credit: Option<Money>,
    /// Given numbers by kind.
    pub(super) numbers: Vec<(InvoiceKind, u64)>,
    pub(super) late_by: Duration,
}

impl Config {
    /// The formats that are handed out.
    fn files(&self) -> impl Iterator<Item = DocumentFormat> {
        #[cfg(feature = "ofd")]
        let ofd = self.ofd.then_some(DocumentFormat::Ofd);
        #[cfg(not(feature = "ofd"))]
        let ofd = None;
        #[cfg(feature = "pdf")]
        let pdf = self.pdf.as_ref().map(|_| DocumentFormat::Pdf);
        #[cfg(not(feature = "pdf"))]
        let pdf = None;
        [Some(DocumentFormat::Xml), ofd, pdf].into_iter().flatten()
    }

    /// The file of an invoice in a declared format, marked as a specimen.
    pub(super) fn written(
        &self,
        face: &InvoiceFace,
        format: DocumentFormat,
    ) -> Result<Vec<u8>, ProviderError> {
        let written = match format {
            #[cfg(feature = "ofd")]
            DocumentFormat::Ofd => ofd::write(face).ok(),
            #[cfg(feature = "pdf")]
            DocumentFormat::Pdf => self.pdf.as_ref().and_then(|font| pdf::write(face, font).ok()),
            DocumentFormat::Xml => Some(xml::write(face)),
            #[cfg(not(all(feature = "ofd", feature = "pdf")))]
            _ => None,
        };
        written.ok_or_else(|| SandboxCode::NotWritten.refused())
    }
}

impl SandboxBuilder {
    pub(super) fn new(seed: u64, clock: Arc<dyn Clock>) -> Self {
        let config = Config {
            numbering: Numbering { seed, region: 44, channel: 2 },
            issue_delay: Duration::ZERO,
            poll_after: Duration::from_secs(10),
            repeat: Repeat::SameAnswer,
            red: RedRule::SellerOnly,
            automatic_red: false,
            downloads: Downloads::AtOnce,
            #[cfg(feature = "ofd")]
            ofd: false,
            #[cfg(feature = "pdf")]
            pdf: None,
            callbacks: Callbacks::None,
            max_rows: 2000,
            limits: BTreeMap::new(),
            credit: BTreeMap::new(),
            default_credit: None,
            numbers: Vec::new(),
            late_by: Duration::from_secs(3600),
        };
        Self {
            clock,
            config,
            id: "sandbox".to_owned(),
            kinds: vec![InvoiceKind::DIGITAL_SPECIAL, InvoiceKind::DIGITAL_ORDINARY],
            without: Vec::new(),
            quiet_period: Duration::from_secs(12 * 3600),
            faults: FaultPlan::none(),
        }
    }

    /// Names the adapter instance; `sandbox` otherwise.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the two digits of the region (0 to 99) and the digit of the channel (0 to 9) in invoice numbers.
    pub fn region(mut self, region: u8, channel: u8) -> Self {
        (self.config.numbering.region, self.config.numbering.channel) = (region, channel);
        self
    }

    /// Issues asynchronously: a request is accepted, and a query shows what became of it after `delay`. Refusals
    /// that do not depend on the moment then come as [`Denied`](invoice_core::provider::QueryAnswer::Denied) too.
    pub fn asynchronous(mut self, delay: Duration) -> Self {
        self.config.issue_delay = delay;
        self
    }

    /// Sets how long the bureau asks callers to wait between queries.
    pub fn poll_after(mut self, wait: Duration) -> Self {
        self.config.poll_after = wait;
        self
    }

    /// Sets what happens to a key that is sent twice.
    pub fn repeat(mut self, repeat: Repeat) -> Self {
        self.config.repeat = repeat;
        self
    }

    /// Sets the monthly credit line (授信总额度) of one seller, net; `None` is unlimited (按需开票).
    pub fn credit_line(mut self, seller_tax_id: impl Into<String>, line: Option<Money>) -> Self {
        self.config.credit.insert(seller_tax_id.into(), line);
        self
    }

    /// Sets the credit line of every seller that has none of its own.
    pub fn default_credit_line(mut self, line: Option<Money>) -> Self {
        self.config.default_credit = line;
        self
    }

    /// Sets the kinds that are issued.
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = InvoiceKind>) -> Self {
        self.kinds = kinds.into_iter().collect();
        self
    }

    /// Sets the most one invoice of a kind may come to.
    pub fn limit(mut self, kind: InvoiceKind, limit: InvoiceLimit) -> Self {
        self.config.limits.insert(kind, limit);
        self
    }

    /// Sets the most rows of an invoice.
    pub fn max_rows(mut self, rows: u32) -> Self {
        self.config.max_rows = rows;
        self
    }

    /// Sets what a red invoice needs.
    pub fn red(mut self, rule: RedRule) -> Self {
        self.config.red = rule;
        self
    }

    /// The bureau issues the red invoice by itself as soon as its confirmation allows it, under the key of the
    /// confirmation. This is what the tax bureau's own site does, and why shops that then issue a red themselves
    /// end up with two at careless services.
    pub fn automatic_red(mut self) -> Self {
        self.config.automatic_red = true;
        self
    }

    /// Sets when files are ready.
    pub fn downloads(mut self, downloads: Downloads) -> Self {
        self.config.downloads = downloads;
        self
    }

    /// Hands out OFD beside the national XML, as the bureau does.
    #[cfg(feature = "ofd")]
    pub fn ofd(mut self) -> Self {
        self.config.ofd = true;
        self
    }

    /// Hands out PDF beside the national XML, as the bureau does, in this font.
    #[cfg(feature = "pdf")]
    pub fn pdf(mut self, font: PdfFont) -> Self {
        self.config.pdf = Some(font);
        self
    }

    /// Sets which callbacks are sent for accepted requests.
    pub fn callbacks(mut self, callbacks: Callbacks) -> Self {
        self.config.callbacks = callbacks;
        self
    }

    /// Takes a capability away: it is not declared, and its calls say that they are unsupported.
    pub fn without(mut self, capability: Capability) -> Self {
        self.without.push(capability);
        self
    }

    /// Gives every seller so many invoice numbers (票仓) of a kind; kinds without a stock need none. Set again with more,
    /// a bureau that keeps its books in a file has been given the difference.
    pub fn number_stock(mut self, kind: InvoiceKind, numbers: u64) -> Self {
        self.config.numbers.retain(|(known, _)| *known != kind);
        self.config.numbers.push((kind, numbers));
        self
    }

    /// Switches faults on.
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.faults = plan;
        self
    }

    /// Sets how long late and locked keys stay so. Must be below the quiet period.
    pub fn late_by(mut self, late: Duration) -> Self {
        self.config.late_by = late;
        self
    }

    /// Sets the quiet period that is declared: how long after sending a key that is not found may still turn up.
    pub fn quiet_period(mut self, period: Duration) -> Self {
        self.quiet_period = period;
        self
    }

    fn capabilities(&self) -> Capabilities {
        use Capability as C;
        let mut can = vec![C::QueryByKey, C::IssueRed, C::CreditLine, C::Session];
        if self.config.repeat != Repeat::IssueAgain {
            can.push(C::Idempotent);
        }
        if self.config.red != RedRule::Direct {
            can.extend([C::RedConfirmation, C::WithdrawConfirmation]);
            if self.config.automatic_red {
                can.push(C::AutomaticRed);
            }
        }
        if self.kinds.iter().any(|kind| kind.can_be_voided()) {
            can.push(C::Void);
        }
        if !self.config.numbers.is_empty() {
            can.push(C::NumberStock);
        }
        let declared = can.into_iter().filter(|capability| !self.without.contains(capability));
        let base = Capabilities::new(self.kinds.iter().copied())
            .with_max_rows(self.config.max_rows)
            .with_quiet_period(self.quiet_period)
            .with_poll_after(self.config.poll_after);
        let files = self.config.files();
        let base = if self.without.contains(&C::Download) { base } else { base.with_files(files) };
        let all = declared.fold(base, Capabilities::with);
        match self.config.callbacks {
            _ if self.without.contains(&C::Callback) => all,
            Callbacks::None => all,
            Callbacks::Unsigned => all.with_callbacks(CallbackTrust::Unsigned),
            Callbacks::Signed(_) => all.with_callbacks(CallbackTrust::Signed),
        }
    }

    /// A bureau in memory, gone with its last handle.
    ///
    /// # Errors
    /// [`SandboxError::Setting`] for settings that no bureau can have.
    pub fn build(self) -> Result<SandboxBureau, SandboxError> {
        self.finish(Books::default(), None)
    }

    /// A bureau that keeps its books in a file and outlives the process, as the real one does: an effect is in the
    /// file before its answer is given. It survives the end of the process at any moment; it is not synced to the
    /// disk at each effect, so a power cut may cost the latest ones.
    ///
    /// # Errors
    /// When the file is in use, damaged, of another seed, or cannot be read; and as [`build`](Self::build).
    pub fn open(self, path: impl AsRef<Path>) -> Result<SandboxBureau, SandboxError> {
        let path = path.as_ref();
        let Numbering { seed, region, channel } = self.config.numbering;
        let header =
            format!("{{\"sandbox\":1,\"seed\":\"{seed}\",\"region\":{region},\"channel\":{channel}}}");
        let (journal, batches) = Journal::open(path, &header)?;
        let mut books = Books::default();
        for (line, batch) in (2..).zip(batches) {
            for change in batch {
                let damaged = |_| SandboxError::Damaged { path: path.display().to_string(), line };
                books.apply(change, None).map_err(damaged)?;
            }
        }
        self.finish(books, Some(journal))
    }

    fn finish(self, books: Books, journal: Option<Journal>) -> Result<SandboxBureau, SandboxError> {
        let numbering = self.config.numbering;
        if numbering.region > 99 || numbering.channel > 9 {
            return Err(SandboxError::Setting("region has two digits, channel one"));
        }
        if self.config.late_by >= self.quiet_period {
            return Err(SandboxError::Setting("what is late must turn up within the quiet period"));
        }
        let id = ProviderId::new(&self.id)
            .map_err(|_| SandboxError::Setting("the id must be 1 to 64 visible ASCII characters"))?;
        let capabilities = self.capabilities();
        let faults = Faults::new(self.faults, numbering.seed);
        let state = State { books, journal, faults, ..State::default() };
        let (clock, config) = (self.clock, self.config);
        Ok(SandboxBureau {
            shared: Arc::new(Shared { id, capabilities, config, clock, state: Mutex::new(state) }),
        })
    }
}
