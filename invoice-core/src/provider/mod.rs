//! Provider: the invoicing service that issues (Nuonuo, Baiwang, WeChat Pay, the sandbox bureau).

mod answer;
mod capabilities;
mod error;

use async_trait::async_trait;

pub use answer::{
    CallbackEvent, CallbackOutcome, CreditLine, Document, DocumentFormat, IssueAnswer, QueryAnswer,
    SessionState,
};
pub use capabilities::{CallbackTrust, Capabilities, Capability};
pub use error::{Effect, ErrorKind, ProviderError};

use crate::id::{IntentKey, ProviderId};
use crate::invoice::InvoiceNumber;
pub use crate::invoice::{
    ConfirmationState, IssueRequest, IssuedInvoice, PreparedRequest, RedConfirmation, RedReference,
    RequestRow, SellerParty,
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

    /// Applies for a red confirmation (红字信息确认单): one attempt. Where the provider has no such step, `issue_red`
    /// alone is declared.
    async fn apply_red(&self, _request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        Err(ProviderError::unsupported("apply_red"))
    }

    /// The state of the red confirmation that was applied for with this key; `None` when the provider knows none.
    async fn query_confirmation(&self, _key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        Err(ProviderError::unsupported("query_confirmation"))
    }

    /// Withdraws a red confirmation.
    async fn withdraw_confirmation(&self, _key: &IntentKey) -> Result<RedConfirmation, ProviderError> {
        Err(ProviderError::unsupported("withdraw_confirmation"))
    }

    /// Issues a red invoice: one attempt. Where confirmations exist, only for one that may be issued.
    async fn issue_red(&self, _request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        Err(ProviderError::unsupported("issue_red"))
    }

    /// Voids an invoice (作废) within its month: legacy paper only.
    async fn void(&self, _number: &InvoiceNumber, _key: &IntentKey) -> Result<(), ProviderError> {
        Err(ProviderError::unsupported("void"))
    }

    /// Fetches a file of an issued invoice; `None` while it is not ready. A format that is not declared
    /// ([`Capabilities::files`]) is unsupported.
    async fn download(
        &self,
        _number: &InvoiceNumber,
        _format: DocumentFormat,
    ) -> Result<Option<Document>, ProviderError> {
        Err(ProviderError::unsupported("download"))
    }

    /// Has the provider deliver an issued invoice by e-mail or message.
    async fn deliver(&self, _number: &InvoiceNumber, _target: &str) -> Result<(), ProviderError> {
        Err(ProviderError::unsupported("deliver"))
    }

    /// The seller's credit line (授信额度).
    async fn credit_line(&self, _seller_tax_id: &str) -> Result<CreditLine, ProviderError> {
        Err(ProviderError::unsupported("credit_line"))
    }

    /// Whether the seller is logged in at the bureau, or what an operator must do.
    async fn session(&self, _seller_tax_id: &str) -> Result<SessionState, ProviderError> {
        Err(ProviderError::unsupported("session"))
    }

    /// Reads a callback from its raw headers and body.
    ///
    /// # Errors
    /// When the callback is not one of this provider's or its signature is wrong.
    fn parse_callback(
        &self,
        _headers: &[(String, String)],
        _body: &[u8],
    ) -> Result<CallbackOutcome, ProviderError> {
        Err(ProviderError::unsupported("parse_callback"))
    }
}
