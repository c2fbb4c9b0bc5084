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
use invoice_providers::credentials::{Secret, TokenPlace};
use invoice_providers::http::{Endpoint, HttpClient, HttpRequest, Method, Transport};
use invoice_providers::nuonuo::{Nuonuo, NuonuoAccount};
use invoice_providers::sandbox::{Color, IssuedEntry};
use serde::Deserialize;

/// The account that every loopback bureau knows.
const APP_KEY: &str = "loopback-key";
const APP_SECRET: &str = "loopback-secret";
/// The longest list of issued invoices that is read, in bytes.
const MAX_BOOKS: usize = 256 * 1024 * 1024;

fn elsewhere(error: impl Into<Box<dyn Error + Send + Sync>>) -> RunError {
    RunError::Elsewhere(error.into())
}

/// Through Nuonuo's protocol to a loopback bureau.
pub(crate) fn connect(base: &str) -> Result<Connect, RunError> {
    let at = |path: &str| Endpoint::new(format!("{base}{path}")).map_err(elsewhere);
    let (services, token, books) = (at("/open/v1/services")?, at("/accessToken")?, at("/books")?);
    Ok(Connect::new(format!("nuonuo at {base}"), move |outside| {
        let transport: Arc<dyn Transport> = Arc::new(HttpClient::new().map_err(elsewhere)?);
        let tax_id = parties::seller().tax_id;
        let account = NuonuoAccount::new(tax_id, APP_KEY, Secret::new(APP_SECRET)).map_err(elsewhere)?;
        let account = account.at(services.clone(), token.clone());
        let Outside { store, cipher, clock, ids, tenant } = outside;
        let place = TokenPlace { store, cipher, clock, ids, tenant };
        let provider = Nuonuo::new(ProviderId::new("nuonuo")?, account, Arc::clone(&transport), place)?;
        Ok(Arc::new(Loopback { provider: Arc::new(provider), transport, books: books.clone() })
            as Arc<dyn Bureau>)
    }))
}

struct Loopback {
    provider: Arc<Nuonuo>,
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
        Arc::clone(&self.provider) as Arc<dyn InvoiceProvider>
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
