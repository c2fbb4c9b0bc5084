//! An account at a loopback bureau that speaks Nuonuo's protocol, over real sockets.
#![allow(dead_code, reason = "not every test file uses everything")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use invoice_core::env::{Clock, Unsealed};
use invoice_core::id::{ProviderId, TenantId};
use invoice_core::store::{MemoryStore, Store};
use invoice_core::testkit::SeededIds;
use invoice_core::testkit::provider::ManualClock;
use invoice_providers::credentials::{Secret, TokenPlace};
use invoice_providers::http::{
    Endpoint, HttpClient, HttpRequest, HttpResponse, Recorder, Transport, TransportError,
};
use invoice_providers::loopback::NuonuoLoopback;
use invoice_providers::nuonuo::{Nuonuo, NuonuoAccount};
use invoice_providers::sandbox::SandboxBuilder;

pub(crate) fn noon() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()))
}

/// Shortens every deadline: what never answers is only waited for as long as a test may.
pub(crate) struct Impatient(pub(crate) HttpClient);

#[async_trait]
impl Transport for Impatient {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.0.send(request.with_deadline(Duration::from_millis(400))).await
    }
}

pub(crate) struct Line {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) bureau: NuonuoLoopback,
    pub(crate) recorder: Recorder,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) provider: Arc<Nuonuo>,
}

pub(crate) fn account(bureau: &NuonuoLoopback, tax_id: &str) -> NuonuoAccount {
    let address = |text: String| Endpoint::new(text).unwrap();
    NuonuoAccount::new(tax_id, NuonuoLoopback::APP_KEY, Secret::new(NuonuoLoopback::APP_SECRET))
        .unwrap()
        .at(address(bureau.services()), address(bureau.token()))
}

pub(crate) fn line(
    tax_id: &str,
    transport: Arc<dyn Transport>,
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
    change: impl FnOnce(NuonuoAccount) -> NuonuoAccount,
) -> Line {
    let clock = noon();
    let bureau = NuonuoLoopback::start(0, Arc::clone(&clock) as Arc<dyn Clock>, settings).unwrap();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let place = TokenPlace {
        store: Arc::clone(&store),
        cipher: Arc::new(Unsealed),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ids: Arc::new(SeededIds::new(77)),
        tenant: TenantId::new("t1").unwrap(),
    };
    let recorder = Recorder::new(transport);
    let account = change(account(&bureau, tax_id));
    let id = ProviderId::new("nuonuo").unwrap();
    let provider = Arc::new(Nuonuo::new(id, account, Arc::new(recorder.clone()), place).unwrap());
    Line { clock, bureau, recorder, store, provider }
}

pub(crate) fn client() -> HttpClient {
    HttpClient::builder().no_proxy().build().unwrap()
}

/// The bodies of calls of these methods, in order.
pub(crate) fn bodies(recorder: &Recorder, methods: &[&str]) -> Vec<String> {
    let method = |request: &HttpRequest| {
        let name = request.get("method").unwrap_or_default();
        methods.iter().any(|method| name == format!("nuonuo.OpeMplatform.{method}"))
    };
    let seen = recorder.seen();
    let bodies = seen.iter().filter(|exchange| method(&exchange.request));
    bodies.map(|exchange| String::from_utf8(exchange.request.body().to_vec()).unwrap()).collect()
}
