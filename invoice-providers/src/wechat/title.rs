//! Titles that buyers fill in on WeChat's own pages (微信官方抬头).

use std::fmt;

use invoice_core::money::Money;
use invoice_core::provider::{Effect, ErrorKind, ProviderError};
use invoice_core::title::{BuyerKind, Title};
use serde::Deserialize;

use super::keys::number;
use super::{WechatPay, seal};

/// Where an application comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scene {
    /// From the page of a payment (支付凭证); the application is the payment's number.
    WithWechatPay,
    /// From a link of the shop's ([`WechatPay::title_link`]).
    WithoutWechatPay,
}

impl Scene {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::WithWechatPay => "WITH_WECHATPAY",
            Self::WithoutWechatPay => "WITHOUT_WECHATPAY",
        }
    }
}

/// What a buyer has filled in. Personal data: `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilledTitle {
    /// The title; check it as any other.
    pub title: Title,
    /// The buyer's mobile phone (手机号).
    pub phone: Option<String>,
    /// The buyer's e-mail address.
    pub email: Option<String>,
}

impl fmt::Debug for FilledTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilledTitle(redacted)")
    }
}

/// A link that is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct TitleLink {
    /// The application (`fapiao_apply_id`, at most 32 letters, digits, `_` and `-`).
    pub application: String,
    /// `WEB` or `MINIPROGRAM`.
    pub source: String,
    /// The shop's app at WeChat.
    pub appid: String,
    /// The buyer in that app.
    pub openid: String,
    /// What is shown as the amount, gross.
    pub total: Money,
}

impl fmt::Debug for TitleLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TitleLink({}, {})", self.application, self.source)
    }
}

/// Where a buyer fills a title in, for 30 minutes. `Debug` shows nothing: whoever has the link can fill it in.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TitlePage {
    /// A page on the web; empty for a mini program.
    pub title_url: String,
    /// The mini program (小程序).
    pub miniprogram_appid: String,
    /// Its page.
    pub miniprogram_path: String,
    /// Its user name.
    pub miniprogram_user_name: String,
}

impl fmt::Debug for TitlePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TitlePage(redacted)")
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Filled {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    taxpayer_id: String,
    address: String,
    telephone: String,
    bank_name: String,
    bank_account: String,
    phone: String,
    email: String,
}

impl Filled {
    fn title(&self) -> Title {
        let kind = match self.kind.as_str() {
            "ORGANIZATION" => BuyerKind::Company,
            _ => BuyerKind::Person,
        };
        let mut title = Title::of(kind, &self.name);
        if !self.taxpayer_id.is_empty() {
            title = title.with_tax_id(&self.taxpayer_id);
        }
        if !self.address.is_empty() || !self.telephone.is_empty() {
            title = title.with_address(&self.address, &self.telephone);
        }
        if !self.bank_name.is_empty() || !self.bank_account.is_empty() {
            title = title.with_bank(&self.bank_name, &self.bank_account);
        }
        title
    }
}

/// An application as it stands in an address.
pub(super) fn application(text: &str) -> Result<&str, ProviderError> {
    const MOST_CHARS: usize = 32;
    let unfit = || ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("APPLICATION");
    number(text).map_err(|error| unfit().because(error))?;
    if text.len() > MOST_CHARS { Err(unfit()) } else { Ok(text) }
}

impl WechatPay {
    /// The title that a buyer has filled in for an application; `None` before that.
    ///
    /// # Errors
    /// When the answer cannot be had, or a sealed field was not sealed for this merchant (`SEAL`).
    pub async fn buyer_title(
        &self,
        scene: Scene,
        application: &str,
    ) -> Result<Option<FilledTitle>, ProviderError> {
        let query = [
            ("sub_mchid", self.account.merchant.sub_mchid.as_str()),
            ("scene", scene.as_str()),
            ("fapiao_apply_id", self::application(application)?),
        ];
        let Some(filled) = self.read::<Filled>("/user-title", &query).await? else { return Ok(None) };
        let opened = |sealed: &String| {
            if sealed.is_empty() {
                return Ok(None);
            }
            let plain = seal::open_field(&self.account.keys.merchant, sealed);
            let unfit = || ProviderError::new(ErrorKind::Configuration, Effect::Unknown).with_code("SEAL");
            plain.map(|plain| Some(plain.to_string())).ok_or_else(unfit)
        };
        let (phone, email) = (opened(&filled.phone)?, opened(&filled.email)?);
        Ok(Some(FilledTitle { title: filled.title(), phone, email }))
    }

    /// A page where a buyer fills in a title; the service then calls back with `FAPIAO.USER_APPLIED`. A link that has
    /// run out is asked for again, under the same application.
    ///
    /// # Errors
    /// When the answer cannot be had.
    pub async fn title_link(&self, link: &TitleLink) -> Result<TitlePage, ProviderError> {
        let total = link.total.fen().to_string();
        let query = [
            ("sub_mchid", self.account.merchant.sub_mchid.as_str()),
            ("fapiao_apply_id", application(&link.application)?),
            ("source", &link.source),
            ("appid", &link.appid),
            ("openid", &link.openid),
            ("total_amount", &total),
        ];
        let page: Option<TitlePage> = self.read("/user-title/title-url", &query).await?;
        let none = || ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("NO-PAGE");
        page.filter(|page| !page.title_url.is_empty() || !page.miniprogram_path.is_empty()).ok_or_else(none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_are_fit_for_addresses() {
        for good in ["4200000444201910177461284488", "fapiao_20200701_123456"] {
            assert_eq!(application(good).unwrap(), good);
        }
        for bad in ["", "a/b", "../x", "a b", "发票", "x".repeat(33).as_str()] {
            assert_eq!(application(bad).unwrap_err().effect(), Effect::NotApplied, "{bad}");
        }
    }
}
