//! Provider: the invoicing service that issues (Nuonuo, Baiwang, WeChat Pay, the sandbox bureau).

mod answer;
mod capabilities;
mod error;
mod fits;
mod gate;
mod verifier;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

pub use answer::{
    CallbackEvent, CallbackOutcome, CreditLine, DeliveryTarget, Document, IssueAnswer, IssuedPage,
    LoginChallenge, LoginMethod, NumberStock, QueryAnswer, RedFormPage, SessionState,
};
pub use capabilities::{CallbackTrust, Capabilities, Capability, IssueMode, KeyCharset, KeyRule, RateLimit};
pub(crate) use error::safe_code;
pub use error::{Effect, ErrorKind, ProviderError};
pub use gate::{CircuitPolicy, Gate, Verdict};
pub use verifier::{InvoiceVerifier, VerifierCapabilities};

use crate::id::{IntentKey, ProviderId};
use crate::invoice::InvoiceNumber;
pub use crate::invoice::{
    BlueIntent, ConfirmationState, DocumentFormat, IssueRequest, IssuedInvoice, PaymentReference,
    PreparedRequest, RedAnswer, RedConfirmation, RedForm, RedFormRow, RedReference, RequestRow, SellerParty,
};

/// Issues invoices.
///
/// # Contract
///
/// 1. **One attempt.** `issue`, `apply_red` and `issue_red` send the prepared bytes once and never retry inside.
/// 2. **The stored bytes are sent.** What `prepare` returned is stored before anything is sent, and those bytes go
///    out unchanged, on the first attempt and on every later one.
/// 3. **Errors say the effect.** Every error of a call that may issue says whether the request was applied, was
///    not, or that nobody knows. A time-out, a cut connection, a 5xx, an unreadable answer and an unknown code are
///    [`Effect::Unknown`].
/// 4. **Denied means denied.** [`QueryAnswer::Denied`] and an error with [`Effect::NotApplied`] are said only when
///    the provider has said so for this very key.
/// 5. **Not found is not denied.** A key that the provider does not know (yet) is [`QueryAnswer::NotFound`].
/// 6. **Query changes nothing** and may be repeated.
/// 7. **Same key, one invoice.** Where [`Capability::Idempotent`] is declared, the same prepared request sent twice
///    yields one invoice.
/// 8. **Amounts are echoed.** An [`IssuedInvoice`] carries the totals the provider issued, exactly.
/// 9. **Undeclared is unsupported.** A call whose capability is not declared fails with
///    [`ErrorKind::Unsupported`] and [`Effect::NotApplied`]; a declared one never does.
/// 10. **No personal data in errors.** Neither `Display` nor `Debug` of an error shows what was in the request.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait InvoiceProvider: Send + Sync {
    /// The adapter instance: one account at one provider.
    fn id(&self) -> &ProviderId;

    /// What the provider can do, and its limits.
    fn capabilities(&self) -> &Capabilities;

    /// Builds the exact bytes to send, to be stored before sending. Pure: no clock, no network.
    ///
    /// # Errors
    /// [`ErrorKind::Rejected`] when the request breaks a limit of this provider.
    fn prepare(&self, request: &IssueRequest) -> Result<PreparedRequest, ProviderError> {
        PreparedRequest::json(request)
            .map_err(|refusal| ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).because(refusal))
    }

    /// Issues a blue invoice: one attempt.
    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError>;

    /// What became of an intent, blue or red.
    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError>;

    /// What became of a red that was sent: the question about its key, unless the provider keeps a red in the record of
    /// its blue invoice and finds that by what was sent.
    async fn query_red(&self, request: &PreparedRequest) -> Result<QueryAnswer, ProviderError> {
        self.query(request.key()).await
    }

    /// Sets going again what the provider has taken and says is [`QueryAnswer::Stuck`]: one attempt, under the same
    /// key. Never a second invoice.
    async fn push_on(&self, _key: &IntentKey) -> Result<IssueAnswer, ProviderError> {
        Err(ProviderError::unsupported("push_on"))
    }

    /// An issued invoice by its number; `None` when the provider knows none.
    async fn find_issued(&self, _number: &InvoiceNumber) -> Result<Option<IssuedInvoice>, ProviderError> {
        Err(ProviderError::unsupported("find_issued"))
    }

    /// The invoices of a seller issued on a day of the tax bureau (UTC+8), page by page; `page` is
    /// [`IssuedPage::next`] of the page before.
    async fn list_issued(
        &self,
        _seller_tax_id: &str,
        _day: NaiveDate,
        _page: Option<String>,
    ) -> Result<IssuedPage, ProviderError> {
        Err(ProviderError::unsupported("list_issued"))
    }

    /// Applies for a red confirmation (红字信息确认单): one attempt. Where the provider has no such step, `issue_red`
    /// alone is declared.
    async fn apply_red(&self, _request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        Err(ProviderError::unsupported("apply_red"))
    }

    /// The state of the red confirmation that was applied for with this key; `None` when the provider knows none.
    ///
    /// # Errors
    /// [`ErrorKind::Rejected`] with [`Effect::NotApplied`] when the bureau has refused the application for good.
    async fn query_confirmation(&self, _key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        Err(ProviderError::unsupported("query_confirmation"))
    }

    /// Withdraws a red confirmation.
    async fn withdraw_confirmation(&self, _key: &IntentKey) -> Result<RedConfirmation, ProviderError> {
        Err(ProviderError::unsupported("withdraw_confirmation"))
    }

    /// Red confirmations of a seller that were started or moved at or after a moment, page by page: also those that
    /// the buyer has started. Fetches them from the bureau where the provider keeps a copy.
    async fn list_confirmations(
        &self,
        _seller_tax_id: &str,
        _since: DateTime<Utc>,
        _page: Option<String>,
    ) -> Result<RedFormPage, ProviderError> {
        Err(ProviderError::unsupported("list_confirmations"))
    }

    /// A red confirmation by its number at the bureau, whoever started it; `None` when there is none.
    async fn find_confirmation(&self, _number: &str) -> Result<Option<RedConfirmation>, ProviderError> {
        Err(ProviderError::unsupported("find_confirmation"))
    }

    /// Answers a red confirmation. Saying the same again is fine: the state that results is returned.
    async fn answer_confirmation(
        &self,
        _number: &str,
        _answer: RedAnswer,
    ) -> Result<RedConfirmation, ProviderError> {
        Err(ProviderError::unsupported("answer_confirmation"))
    }

    /// Issues a red invoice: one attempt. Where confirmations exist, only for one that may be issued.
    async fn issue_red(&self, _request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        Err(ProviderError::unsupported("issue_red"))
    }

    /// Voids an invoice (作废) within its month: legacy paper only. Voiding what is void already is `Ok`, whenever it is
    /// asked: after an unknown outcome the desk asks again.
    ///
    /// # Errors
    /// [`ErrorKind::Rejected`] with [`Effect::NotApplied`] only when the invoice stands and will stand.
    async fn void(&self, _number: &InvoiceNumber, _key: &IntentKey) -> Result<(), ProviderError> {
        Err(ProviderError::unsupported("void"))
    }

    /// Fetches a file of an invoice that was issued under a key with a number; `None` while it is not ready. A format
    /// that is not declared ([`Capabilities::files`]) is unsupported.
    async fn download(
        &self,
        _key: &IntentKey,
        _number: &InvoiceNumber,
        _format: DocumentFormat,
    ) -> Result<Option<Document>, ProviderError> {
        Err(ProviderError::unsupported("download"))
    }

    /// Has the provider deliver an issued invoice.
    async fn deliver(&self, _number: &InvoiceNumber, _target: &DeliveryTarget) -> Result<(), ProviderError> {
        Err(ProviderError::unsupported("deliver"))
    }

    /// The seller's credit line (授信额度).
    async fn credit_line(&self, _seller_tax_id: &str) -> Result<CreditLine, ProviderError> {
        Err(ProviderError::unsupported("credit_line"))
    }

    /// The seller's stock of invoice numbers (票仓), by kind; kinds that need none are left out.
    async fn number_stock(&self, _seller_tax_id: &str) -> Result<Vec<NumberStock>, ProviderError> {
        Err(ProviderError::unsupported("number_stock"))
    }

    /// Whether the seller is logged in at the bureau, or what an operator must do.
    async fn session(&self, _seller_tax_id: &str) -> Result<SessionState, ProviderError> {
        Err(ProviderError::unsupported("session"))
    }

    /// Starts a login of the seller at the bureau, for a person to finish.
    async fn begin_login(
        &self,
        _seller_tax_id: &str,
        _method: LoginMethod,
    ) -> Result<LoginChallenge, ProviderError> {
        Err(ProviderError::unsupported("begin_login"))
    }

    /// Finishes a login, with the code of a text message where that was the way.
    async fn complete_login(
        &self,
        _seller_tax_id: &str,
        _challenge: &str,
        _code: Option<String>,
    ) -> Result<SessionState, ProviderError> {
        Err(ProviderError::unsupported("complete_login"))
    }

    /// Reads a callback from its raw headers and body. `now` is for the replay window: a callback that is older than
    /// the provider allows is refused.
    ///
    /// # Errors
    /// When the callback is not one of this provider's, its signature is wrong, or it is too old.
    fn parse_callback(
        &self,
        _headers: &[(String, String)],
        _body: &[u8],
        _now: DateTime<Utc>,
    ) -> Result<CallbackOutcome, ProviderError> {
        Err(ProviderError::unsupported("parse_callback"))
    }
}
