use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::{
    CallbackOutcome, Capabilities, Document, DocumentFormat, Effect, ErrorKind, InvoiceProvider, IssueAnswer,
    IssueRequest, PreparedRequest, ProviderError, QueryAnswer, SessionState,
};

use super::account::POLL_AFTER;
use super::wire::{CheckStatus, Files, Record, Records};
use super::{WechatPay, answer, callback, convert};
use crate::http::encode;
use crate::service;

const APPLICATIONS: &str = "/fapiao-applications";
const ACCEPTED: IssueAnswer = IssueAnswer::Accepted { poll_after: POLL_AFTER };

impl WechatPay {
    /// The record of a key, of the blue invoice and of the red that takes it back; `None` when there is none.
    async fn record(&self, key: &str) -> Result<Option<Record>, ProviderError> {
        let query = [("sub_mchid", self.account.merchant.sub_mchid.as_str()), ("fapiao_id", key)];
        let found: Option<Records> = self.read(&format!("{APPLICATIONS}/{key}"), &query).await?;
        answer::only(found.unwrap_or_default().fapiao_information, key)
    }

    /// A refusal of a key that the service knows is none: the first request counted.
    async fn refused(&self, key: &str, error: ProviderError) -> ProviderError {
        if error.kind() != ErrorKind::Rejected {
            return error;
        }
        let code = error.code().unwrap_or_default().to_owned();
        match self.record(key).await {
            Ok(None) => error,
            Ok(Some(_)) => ProviderError::new(ErrorKind::Duplicate, Effect::Unknown).with_code(code),
            Err(_) => ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown).with_code(code).because(error),
        }
    }

    /// A key as it stands in an address.
    fn key_in_path(key: &IntentKey) -> Result<&str, ProviderError> {
        let unfit = || ProviderError::new(ErrorKind::Rejected, Effect::Unknown).with_code("KEY");
        super::keys::number(key.as_str()).map(|_| key.as_str()).map_err(|error| unfit().because(error))
    }
}

#[async_trait]
impl InvoiceProvider for WechatPay {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn prepare(&self, request: &IssueRequest) -> Result<PreparedRequest, ProviderError> {
        convert::prepare(&self.account, request)
    }

    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        let key = Self::key_in_path(request.key())?;
        match self.act(&format!("{APPLICATIONS}/issue-general"), request.body()).await {
            Ok(()) => Ok(ACCEPTED),
            Err(error) => Err(self.refused(key, error).await),
        }
    }

    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        match self.record(Self::key_in_path(key)?).await? {
            Some(record) => answer::blue(&record),
            None => Ok(QueryAnswer::NotFound),
        }
    }

    async fn query_red(&self, request: &PreparedRequest) -> Result<QueryAnswer, ProviderError> {
        match self.record(&convert::reversed(request.body())?).await? {
            Some(record) => answer::red(&record),
            None => Ok(QueryAnswer::NotFound),
        }
    }

    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        let blue = convert::reversed(request.body())?;
        let error = match self.act(&format!("{APPLICATIONS}/{blue}/reverse"), request.body()).await {
            Ok(()) => return Ok(ACCEPTED),
            Err(error) if error.kind() == ErrorKind::Rejected => error,
            Err(error) => return Err(error),
        };
        // An invoice has one red: whoever asked for it first, this is it.
        match self.record(&blue).await {
            Ok(Some(record)) if answer::is_reversing(&record) => Ok(ACCEPTED),
            Ok(_) => Err(error),
            Err(_) => Err(ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown)
                .with_code(error.code().unwrap_or_default())
                .because(error)),
        }
    }

    async fn download(
        &self,
        key: &IntentKey,
        number: &InvoiceNumber,
        format: DocumentFormat,
    ) -> Result<Option<Document>, ProviderError> {
        if !self.capabilities.files().any(|declared| declared == format) {
            return Err(ProviderError::unsupported("download"));
        }
        let key = Self::key_in_path(key)?;
        let Some(record) = self.record(key).await? else { return Ok(None) };
        let merchant = &self.account.merchant;
        let query = [("sub_mchid", merchant.sub_mchid.as_str()), ("fapiao_id", key)];
        let files: Option<Files> = self.read(&format!("{APPLICATIONS}/{key}/fapiao-files"), &query).await?;
        let files = files.unwrap_or_default().fapiao_download_info_list;
        let Some(file) =
            files.into_iter().find(|file| file.fapiao_id == key && !file.download_url.is_empty())
        else {
            return Ok(None);
        };
        let openid = record.card_information.map(|card| card.card_openid).unwrap_or_default();
        let mut link = file.download_url;
        // The link brings its token; the rest is added (vendor's page of the download).
        for (name, value) in [
            ("mchid", merchant.mchid.as_str()),
            ("openid", &openid),
            ("invoice_code", number.code().unwrap_or_default()),
            ("invoice_no", number.as_str().rsplit('-').next().unwrap_or_default()),
            ("fapiao_id", key),
        ] {
            link.push(if link.contains('?') { '&' } else { '?' });
            link.push_str(&format!("{name}={}", encode(value)));
        }
        service::fetch(self.transport.as_ref(), link, number, format).await
    }

    async fn session(&self, seller_tax_id: &str) -> Result<SessionState, ProviderError> {
        service::is_ours(&self.account.merchant.tax_id, seller_tax_id)?;
        let path = format!("/merchant/{}/check-status", self.account.merchant.sub_mchid);
        let status: Option<CheckStatus> = self.read(&path, &[]).await?;
        Ok(answer::capability(&status.unwrap_or_default()))
    }

    fn parse_callback(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<CallbackOutcome, ProviderError> {
        self.notice(headers, body, now).map(callback::outcome)
    }
}
