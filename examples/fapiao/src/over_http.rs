//! The closed loop over HTTP: every request and answer goes through a service's protocol, signature and token.

use std::error::Error;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::invoice::{InvoiceKind, InvoiceNumber};
use invoice_core::money::Money;
use invoice_core::provider::InvoiceProvider;
use invoice_examples::parties;
use invoice_examples::run::{Bureau, Connect, Outside, RunError};
use invoice_providers::baiwang::{Baiwang, BaiwangAccount, Login, ProductLine};
use invoice_providers::credentials::{Secret, TokenPlace};
use invoice_providers::http::{Endpoint, HttpClient, HttpRequest, Method, Transport};
use invoice_providers::nuonuo::{Nuonuo, NuonuoAccount};
use invoice_providers::sandbox::{Color, IssuedEntry};
use serde::Deserialize;

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
const MAX_BOOKS: usize = 256 * 1024 * 1024;

fn elsewhere(error: impl Into<Box<dyn Error + Send + Sync>>) -> RunError {
    RunError::Elsewhere(error.into())
}

/// Through a service's protocol to a loopback bureau.
pub(crate) fn connect(to: &Provider) -> Result<Connect, RunError> {
    let Provider { service, base } = to.clone();
    let at = move |path: &str| Endpoint::new(format!("{base}{path}")).map_err(elsewhere);
    let books = at("/books")?;
    Ok(Connect::new(format!("{} at {}", service.name(), to.base), move |outside| {
        let transport: Arc<dyn Transport> = Arc::new(HttpClient::new().map_err(elsewhere)?);
        let Outside { store, cipher, clock, ids, tenant } = outside;
        let place = TokenPlace { store, cipher, clock, ids, tenant };
        let provider: Arc<dyn InvoiceProvider> = match service {
            Service::Nuonuo => {
                let at = (at("/open/v1/services")?, at("/accessToken")?);
                Arc::new(nuonuo(at, Arc::clone(&transport), place)?)
            }
            Service::Baiwang => Arc::new(baiwang(at("/router/rest")?, Arc::clone(&transport), place)?),
        };
        Ok(Arc::new(Loopback { provider, transport, books: books.clone() }) as Arc<dyn Bureau>)
    }))
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
            let asked = HttpRequest::new(Method::Get, self.books.as_str()).with_body_limit(MAX_BOOKS);
            let answer = self.transport.send(asked).await.map_err(elsewhere)?;
            let entries: Vec<Entry> = serde_json::from_slice(answer.body()).map_err(elsewhere)?;
            Ok(entries.into_iter().map(IssuedEntry::from).collect())
        })
    }
}
