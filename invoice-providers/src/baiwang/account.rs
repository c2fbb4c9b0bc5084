use std::time::Duration;

use invoice_core::invoice::InvoiceKind;
use invoice_core::provider::{
    CallbackTrust, Capabilities, Capability, DocumentFormat, IssueMode, KeyCharset, KeyRule,
};
use invoice_validate::text::ChannelProfile;

use crate::credentials::Secret;
use crate::http::{Endpoint, EndpointError};

const GATEWAY: &str = "https://openapi.baiwang.com/router/rest";
pub(super) const POLL_AFTER: Duration = Duration::from_secs(5);
/// Nothing is documented; one service of this trade documents 12 hours, and nobody documents more.
const QUIET_PERIOD: Duration = Duration::from_secs(12 * 3600);
/// No length is documented: the shortest of this trade is kept to.
const KEY_CHARS: usize = 20;
const DECIMALS: u32 = 8;

/// Which product the account belongs to. They have different methods and shapes: never guessed, always set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProductLine {
    /// `baiwang.output.*`: issues in the answer.
    Enterprise,
    /// `baiwang.s.*`: takes the request, and is asked about it.
    SmallBusiness,
}

/// Which version of the gateway's rules the account logs in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// 6.0: the password under MD5 and SHA-1.
    V6,
    /// 7.0: the password under SHA-256, and parameters that name the signature.
    V7,
}

impl Version {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::V6 => "6.0",
            Self::V7 => "7.0",
        }
    }
}

/// Who logs in: the user of the application, and how the password is salted.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// The salt that the vendor gave with it.
    pub salt: Secret,
}

/// Who issues through whom.
#[derive(Debug, Clone)]
#[must_use]
pub struct BaiwangAccount {
    pub(super) tax_id: String,
    pub(super) line: ProductLine,
    pub(super) version: Version,
    pub(super) app_key: String,
    pub(super) app_secret: Secret,
    pub(super) login: Login,
    pub(super) organisation: Option<Secret>,
    pub(super) gateway: Endpoint,
    pub(super) terminal: Option<String>,
    pub(super) callback: Option<String>,
    pub(super) automatic_red: bool,
    keys_honoured: bool,
}

impl BaiwangAccount {
    /// The account of the seller with this tax ID at the production gateway.
    ///
    /// # Errors
    /// Never for the constant address.
    pub fn new(
        tax_id: impl Into<String>,
        line: ProductLine,
        app_key: impl Into<String>,
        app_secret: Secret,
        login: Login,
    ) -> Result<Self, EndpointError> {
        Ok(Self {
            tax_id: tax_id.into(),
            line,
            version: Version::V6,
            app_key: app_key.into(),
            app_secret,
            login,
            organisation: None,
            gateway: Endpoint::new(GATEWAY)?,
            terminal: None,
            callback: None,
            automatic_red: true,
            keys_honoured: false,
        })
    }

    /// Sets where calls go: the vendor's sandbox (`https://sandbox-openapi.baiwang.com/router/rest`) or a loopback
    /// bureau.
    pub fn at(mut self, gateway: Endpoint) -> Self {
        self.gateway = gateway;
        self
    }

    /// Sets the version that the account logs in by; 6.0 otherwise.
    pub const fn with_version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Sets the code by which an organisation has authorised a third-party application (`orgAuthCode`).
    pub fn with_organisation(mut self, code: Secret) -> Self {
        self.organisation = Some(code);
        self
    }

    /// Sets the terminal that issues, on the small-business line.
    pub fn with_terminal(mut self, code: impl Into<String>) -> Self {
        self.terminal = Some(code.into());
        self
    }

    /// Sets where callbacks are sent, on the small-business line. They are hints.
    pub fn with_callback(mut self, address: impl Into<String>) -> Self {
        self.callback = Some(address.into());
        self
    }

    /// Says that the service is known to issue once for a `serialNo` or `orderNo` however often it comes. Likely, but
    /// no source is certain of it, so otherwise nothing is sent again before the quiet period is over.
    pub const fn keys_are_honoured(mut self) -> Self {
        self.keys_honoured = true;
        self
    }

    /// Says that reds of this account are not to be issued as soon as their confirmation allows it: the desk asks for
    /// each, on the enterprise line. How they are asked for is known from one public client of 2023 only.
    pub const fn reds_on_request(mut self) -> Self {
        self.automatic_red = false;
        self
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        let kinds = [InvoiceKind::DIGITAL_ORDINARY, InvoiceKind::DIGITAL_SPECIAL];
        let base = Capabilities::new(kinds)
            .with(Capability::QueryByKey)
            .with_key(KeyRule::new(KEY_CHARS, KeyCharset::Alphanumeric))
            .with_channel(ChannelProfile::Baiwang)
            .with_decimals(DECIMALS, DECIMALS)
            .with_quiet_period(QUIET_PERIOD)
            .with_poll_after(POLL_AFTER);
        let base = if self.keys_honoured { base.with(Capability::Idempotent) } else { base };
        match self.line {
            ProductLine::Enterprise => {
                let red = if self.automatic_red { Capability::AutomaticRed } else { Capability::IssueRed };
                [
                    Capability::RedConfirmation,
                    Capability::WithdrawConfirmation,
                    Capability::ListConfirmations,
                    Capability::AnswerConfirmation,
                    red,
                ]
                .into_iter()
                .fold(base.with_mode(IssueMode::Either), Capabilities::with)
            }
            ProductLine::SmallBusiness => base
                .with(Capability::IssueRed)
                .with_mode(IssueMode::Later)
                .with_files([DocumentFormat::Pdf, DocumentFormat::Ofd, DocumentFormat::Xml])
                .with_callbacks(CallbackTrust::Unsigned),
        }
    }
}
