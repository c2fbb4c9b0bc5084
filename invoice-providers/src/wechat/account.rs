use std::time::Duration;

use invoice_core::invoice::InvoiceKind;
use invoice_core::provider::{
    CallbackTrust, Capabilities, Capability, DocumentFormat, IssueMode, KeyCharset, KeyRule,
};
use invoice_validate::text::Field;

use super::keys::{AccountError, ApiKey, MerchantKey, PlatformKeys, number};
use super::sign::WINDOW;
use crate::http::Endpoint;

const HOST: &str = "https://api.mch.weixin.qq.com";
/// Decimals of a quantity: it is sent as a whole number of 10⁻⁸ (vendor's page of `issue-general`).
const DECIMALS: u32 = 8;
/// Most characters of `fapiao_apply_id` and `fapiao_id` (the same).
const KEY_CHARS: usize = 32;
/// No wait is documented; other services of this trade name 3 to 5 seconds.
pub(super) const POLL_AFTER: Duration = Duration::from_secs(5);
/// Nothing is documented; one service of this trade documents 12 hours, and nobody documents more.
const QUIET_PERIOD: Duration = Duration::from_secs(12 * 3600);

/// Who issues for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// Tax ID of the seller.
    pub tax_id: String,
    /// The partner's merchant number (服务商商户号).
    pub mchid: String,
    /// The seller's merchant number under the partner (子商户号).
    pub sub_mchid: String,
    /// The drawer's number at WeChat Pay (开票人ID), from the answer to `check-status`.
    pub billing_person_id: String,
}

/// What an account signs and checks with.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Signs requests.
    pub merchant: MerchantKey,
    /// Sign answers and callbacks.
    pub platform: PlatformKeys,
    /// Opens callbacks.
    pub api: ApiKey,
}

/// A merchant, its keys, and where the service is.
#[derive(Debug, Clone)]
#[must_use]
pub struct WechatPayAccount {
    pub(super) merchant: Merchant,
    pub(super) keys: Keys,
    pub(super) host: Endpoint,
}

impl WechatPayAccount {
    /// The account at the production service.
    ///
    /// # Errors
    /// When a number has other characters than letters, digits, `_` and `-`, or no platform key is named.
    pub fn new(merchant: Merchant, keys: Keys) -> Result<Self, AccountError> {
        for text in [&merchant.mchid, &merchant.sub_mchid, &merchant.billing_person_id] {
            number(text)?;
        }
        if keys.platform.newest().is_none() {
            return Err(AccountError::NoPlatformKey);
        }
        Ok(Self { merchant, keys, host: Endpoint::new(HOST)? })
    }

    /// Sets where calls go: the second host of the service (`https://api2.mch.weixin.qq.com`) or a loopback bureau.
    /// Without a slash at the end.
    pub fn at(mut self, host: Endpoint) -> Self {
        self.host = host;
        self
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        use Capability as C;
        let can = [C::Idempotent, C::QueryByKey, C::IssueRed, C::WholeRed, C::Session, C::PaymentBound];
        // Lengths of the vendor's page, where they are shorter than the bureau's.
        let texts = [(Field::Phone, 32), (Field::Account, 32)];
        let base = Capabilities::new([InvoiceKind::DIGITAL_ORDINARY, InvoiceKind::DIGITAL_SPECIAL])
            .with_files([DocumentFormat::Pdf])
            .with_mode(IssueMode::Later)
            .with_key(KeyRule::new(KEY_CHARS, KeyCharset::Alphanumeric))
            .with_decimals(DECIMALS, DECIMALS)
            .with_callbacks(CallbackTrust::Signed)
            .with_clock_window(WINDOW.to_std().unwrap_or_default())
            .with_quiet_period(QUIET_PERIOD)
            .with_poll_after(POLL_AFTER);
        let base = texts.into_iter().fold(base, |base, (field, most)| base.with_text(field, most));
        can.into_iter().fold(base, Capabilities::with)
    }
}
