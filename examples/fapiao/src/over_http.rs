//! The closed loop over HTTP: every request and answer goes through a service's protocol, signature and token.

use std::error::Error;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::invoice::{InvoiceKind, InvoiceNumber};
use invoice_core::money::Money;
use invoice_core::provider::InvoiceProvider;
use invoice_examples::machine::{TimedIds, WallClock};
use invoice_examples::parties;
use invoice_examples::run::{Bureau, Connect, Outside, RunError};
use invoice_providers::baiwang::{Baiwang, BaiwangAccount, Login, ProductLine};
use invoice_providers::credentials::{Secret, TokenPlace};
use invoice_providers::http::{Endpoint, HttpClient, HttpRequest, Method, Transport};
use invoice_providers::nuonuo::{Nuonuo, NuonuoAccount};
use invoice_providers::sandbox::{Color, IssuedEntry};
use invoice_providers::wechat::{
    ApiKey, Keys, Merchant, MerchantKey, PlatformKeys, WechatPay, WechatPayAccount,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::provider::{Provider, Service};

/// The accounts that the loopback bureaus know.
mod account {
    pub(super) const NUONUO_KEY: &str = "loopback-key";
    pub(super) const BAIWANG_KEY: &str = "1000001";
    pub(super) const SECRET: &str = "loopback-secret";
    pub(super) const USER: &str = "loopback-user";
    pub(super) const PASSWORD: &str = "P@ssw0rd";
    pub(super) const SALT: &str = "salt0001";
}

/// The longest list of issued invoices that is read, in bytes.
const MAX_SHOWN: usize = 256 * 1024 * 1024;

fn elsewhere(error: impl Into<Box<dyn Error + Send + Sync>>) -> RunError {
    RunError::Elsewhere(error.into())
}

/// Through a service's protocol to a loopback bureau.
pub(crate) fn connect(to: &Provider) -> Result<Connect, RunError> {
    let Provider { service, base } = to.clone();
    let at = move |path: &str| Endpoint::new(format!("{base}{path}")).map_err(elsewhere);
    // An address that is none is said before anything is opened.
    at("/books")?;
    Ok(Connect::new(format!("{} at {}", service.name(), to.base), move |outside| {
        Box::pin(connected(service, at.clone(), outside))
    }))
}

async fn connected(
    service: Service,
    at: impl Fn(&str) -> Result<Endpoint, RunError>,
    outside: Outside,
) -> Result<Arc<dyn Bureau>, RunError> {
    let transport: Arc<dyn Transport> = Arc::new(HttpClient::new().map_err(elsewhere)?);
    let Outside { store, cipher, clock, ids, tenant } = outside;
    let place = TokenPlace { store, cipher, clock, ids, tenant };
    let provider: Arc<dyn InvoiceProvider> = match service {
        Service::Nuonuo => {
            let at = (at("/open/v1/services")?, at("/accessToken")?);
            Arc::new(nuonuo(at, Arc::clone(&transport), place)?)
        }
        Service::Baiwang => Arc::new(baiwang(at("/router/rest")?, Arc::clone(&transport), place)?),
        Service::Wechat => {
            let told = asked(transport.as_ref(), &at("/account")?).await?;
            Arc::new(wechat(at("")?, told, Arc::clone(&transport))?)
        }
    };
    Ok(Arc::new(Loopback { provider, transport, books: at("/books")? }))
}

/// What a loopback bureau shows at an address of its own.
async fn asked<T: DeserializeOwned>(transport: &dyn Transport, at: &Endpoint) -> Result<T, RunError> {
    let asked = HttpRequest::new(Method::Get, at.as_str()).with_body_limit(MAX_SHOWN);
    let answer = transport.send(asked).await.map_err(elsewhere)?;
    serde_json::from_slice(answer.body()).map_err(elsewhere)
}

/// The name of the one provider of a run.
fn id(service: &str) -> Result<ProviderId, RunError> {
    Ok(ProviderId::new(service)?)
}

fn nuonuo(
    (services, token): (Endpoint, Endpoint),
    transport: Arc<dyn Transport>,
    place: TokenPlace,
) -> Result<Nuonuo, RunError> {
    let account =
        NuonuoAccount::new(parties::seller().tax_id, account::NUONUO_KEY, Secret::new(account::SECRET));
    let account = account.map_err(elsewhere)?.at(services, token);
    Ok(Nuonuo::new(id("nuonuo")?, account, transport, place)?)
}

fn baiwang(gateway: Endpoint, transport: Arc<dyn Transport>, place: TokenPlace) -> Result<Baiwang, RunError> {
    let line = ProductLine::SmallBusiness;
    let login = Login {
        user: account::USER.to_owned(),
        password: Secret::new(account::PASSWORD),
        salt: Secret::new(account::SALT),
    };
    let (tax_id, secret) = (parties::seller().tax_id, Secret::new(account::SECRET));
    let account = BaiwangAccount::new(tax_id, line, account::BAIWANG_KEY, secret, login);
    let account = account.map_err(elsewhere)?.at(gateway);
    Ok(Baiwang::new(id("baiwang")?, account, transport, place)?)
}

/// The account that the loopback bureau made up when it started.
#[derive(Deserialize)]
struct Told {
    mchid: String,
    merchant_serial: String,
    merchant_key: String,
    platform_key_id: String,
    platform_key: String,
    api_key: String,
    billing_person_id: String,
}

/// Requests are signed with the time and nonces of this machine, whatever day it is in the run.
fn wechat(host: Endpoint, told: Told, transport: Arc<dyn Transport>) -> Result<WechatPay, RunError> {
    let tax_id = parties::seller().tax_id;
    let merchant = Merchant {
        sub_mchid: tax_id.clone(),
        tax_id,
        mchid: told.mchid,
        billing_person_id: told.billing_person_id,
    };
    let platform = PlatformKeys::new().with_public_key(told.platform_key_id, &told.platform_key);
    let keys = Keys {
        merchant: MerchantKey::from_pem(told.merchant_serial, &Secret::new(told.merchant_key))
            .map_err(elsewhere)?,
        platform: platform.map_err(elsewhere)?,
        api: ApiKey::new(Secret::new(told.api_key)).map_err(elsewhere)?,
    };
    let account = WechatPayAccount::new(merchant, keys).map_err(elsewhere)?.at(host);
    let (clock, ids) = (Arc::new(WallClock), Arc::new(TimedIds::default()));
    Ok(WechatPay::new(id("wechat")?, account, transport, clock, ids))
}

struct Loopback {
    provider: Arc<dyn InvoiceProvider>,
    transport: Arc<dyn Transport>,
    books: Endpoint,
}

/// One invoice in the books of a loopback bureau.
#[derive(Deserialize)]
struct Entry {
    number: InvoiceNumber,
    key: IntentKey,
    kind: InvoiceKind,
    seller_tax_id: String,
    red: bool,
    blue: Option<InvoiceNumber>,
    issued_at: DateTime<Utc>,
    net: Money,
    tax: Money,
    gross: Money,
}

impl From<Entry> for IssuedEntry {
    fn from(entry: Entry) -> Self {
        let Entry { number, key, kind, seller_tax_id, red, blue, issued_at, net, tax, gross } = entry;
        let color = if red { Color::Red } else { Color::Blue };
        Self { number, key, kind, seller_tax_id, color, net, tax, gross, blue, issued_at }
    }
}

impl Bureau for Loopback {
    fn provider(&self) -> Arc<dyn InvoiceProvider> {
        Arc::clone(&self.provider)
    }

    fn issued(&self) -> BoxFuture<'_, Result<Vec<IssuedEntry>, RunError>> {
        Box::pin(async {
            let entries: Vec<Entry> = asked(self.transport.as_ref(), &self.books).await?;
            Ok(entries.into_iter().map(IssuedEntry::from).collect())
        })
    }
}
