use std::time::Duration;

use invoice_core::invoice::InvoiceKind;
use invoice_core::provider::{
    CallbackTrust, Capabilities, Capability, DocumentFormat, IssueMode, KeyCharset, KeyRule,
};
use invoice_validate::text::ChannelProfile;

use crate::credentials::Secret;
use crate::http::{Endpoint, EndpointError};

const SERVICES: &str = "https://sdk.nuonuo.com/open/v1/services";
const TOKEN: &str = "https://open.nuonuo.com/accessToken";
/// Printed rows of an invoice, discount rows included (vendor's field list of `requestBillingNew`).
const MAX_ROWS: u32 = 2000;
/// Decimals of quantity and unit price (the same).
const DECIMALS: u32 = 8;
/// Most characters of an `orderNo` (the same).
const KEY_CHARS: usize = 20;
/// After submitting, the vendor's guide has callers ask after 3 to 5 seconds.
pub(super) const POLL_AFTER: Duration = Duration::from_secs(5);
/// Nothing is documented; one service of this trade documents 12 hours, and nobody documents more.
const QUIET_PERIOD: Duration = Duration::from_secs(12 * 3600);

/// How an account comes to its tokens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Grant {
    /// An application for the merchant's own use (自用型应用).
    Merchant,
    /// A third-party application (第三方应用) that a merchant has authorised.
    Authorised {
        /// The code that the authorisation page handed over; used once.
        code: Secret,
        /// The address that was given to that page.
        redirect_uri: String,
    },
}

/// Who issues through whom.
#[derive(Debug, Clone)]
#[must_use]
pub struct NuonuoAccount {
    pub(super) tax_id: String,
    pub(super) app_key: String,
    pub(super) app_secret: Secret,
    pub(super) grant: Grant,
    pub(super) services: Endpoint,
    pub(super) token: Endpoint,
    pub(super) extension: Option<String>,
    pub(super) callback: Option<String>,
    pub(super) seller_contact: Option<(String, String)>,
    pub(super) login: Option<String>,
    automatic_red: bool,
}

impl NuonuoAccount {
    /// The account of the seller with this tax ID at the production service, with an application of the merchant's own.
    ///
    /// # Errors
    /// Never for the constant addresses.
    pub fn new(
        tax_id: impl Into<String>,
        app_key: impl Into<String>,
        app_secret: Secret,
    ) -> Result<Self, EndpointError> {
        Ok(Self {
            tax_id: tax_id.into(),
            app_key: app_key.into(),
            app_secret,
            grant: Grant::Merchant,
            services: Endpoint::new(SERVICES)?,
            token: Endpoint::new(TOKEN)?,
            extension: None,
            callback: None,
            seller_contact: None,
            login: None,
            automatic_red: true,
        })
    }

    /// Sets where calls and calls for tokens go: the vendor's sandbox
    /// (`https://sandbox.nuonuocs.cn/open/v1/services`) or a loopback bureau.
    pub fn at(mut self, services: Endpoint, token: Endpoint) -> Self {
        (self.services, self.token) = (services, token);
        self
    }

    /// Sets how tokens are had.
    pub fn with_grant(mut self, grant: Grant) -> Self {
        self.grant = grant;
        self
    }

    /// Sets the extension number (分机号) that issues: at most five digits.
    pub fn with_extension(mut self, number: impl Into<String>) -> Self {
        self.extension = Some(number.into());
        self
    }

    /// Sets where callbacks are sent. They are hints; without them everything works a little later.
    pub fn with_callback(mut self, address: impl Into<String>) -> Self {
        self.callback = Some(address.into());
        self
    }

    /// Sets address and phone of the seller, where they are not set up at Nuonuo.
    pub fn with_seller_contact(mut self, address: impl Into<String>, phone: impl Into<String>) -> Self {
        self.seller_contact = Some((address.into(), phone.into()));
        self
    }

    /// Sets the drawer's account at the e-tax bureau (电子税务局账号), where the seller has several.
    pub fn with_login(mut self, account: impl Into<String>) -> Self {
        self.login = Some(account.into());
        self
    }

    /// Says that reds of this account are not issued by the bureau itself: the desk asks for each
    /// (`fastInvoiceRed`).
    pub const fn reds_on_request(mut self) -> Self {
        self.automatic_red = false;
        self
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        use Capability as C;
        let kinds = [
            InvoiceKind::DIGITAL_ORDINARY,
            InvoiceKind::DIGITAL_SPECIAL,
            InvoiceKind::DIGITAL_ORDINARY_PAPER,
            InvoiceKind::DIGITAL_SPECIAL_PAPER,
        ];
        let mut can = vec![
            C::Idempotent,
            C::QueryByKey,
            C::PushOn,
            C::RedConfirmation,
            C::WithdrawConfirmation,
            C::ListConfirmations,
            C::AnswerConfirmation,
            C::IssueRed,
            C::Deliver,
            C::CreditLine,
            C::Session,
            C::Login,
            C::NeedsSession,
        ];
        if self.automatic_red {
            can.push(C::AutomaticRed);
        }
        let base = Capabilities::new(kinds)
            .with_files([DocumentFormat::Pdf, DocumentFormat::Ofd, DocumentFormat::Xml])
            .with_mode(IssueMode::Later)
            .with_key(KeyRule::new(KEY_CHARS, KeyCharset::Alphanumeric))
            .with_channel(ChannelProfile::Nuonuo)
            .with_max_rows(MAX_ROWS)
            .with_decimals(DECIMALS, DECIMALS)
            .with_callbacks(CallbackTrust::Unsigned)
            .with_quiet_period(QUIET_PERIOD)
            .with_poll_after(POLL_AFTER);
        can.into_iter().fold(base, Capabilities::with)
    }
}
