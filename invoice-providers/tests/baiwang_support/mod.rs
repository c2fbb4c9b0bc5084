//! An account at a loopback bureau that speaks Baiwang's protocol, over real sockets.
#![allow(dead_code, reason = "not every test file uses everything")]

use std::sync::Arc;

use invoice_core::env::{Clock, Unsealed};
use invoice_core::id::{ProviderId, TenantId};
use invoice_core::store::{MemoryStore, Store};
use invoice_core::testkit::SeededIds;
use invoice_core::testkit::provider::ManualClock;
use invoice_providers::baiwang::{Baiwang, BaiwangAccount, Login, ProductLine};
use invoice_providers::credentials::{Secret, TokenPlace};
use invoice_providers::http::{Endpoint, HttpClient, HttpRequest, Recorder};
use invoice_providers::loopback::BaiwangLoopback;
use invoice_providers::sandbox::SandboxBuilder;

pub(crate) struct Line {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) bureau: BaiwangLoopback,
    pub(crate) recorder: Recorder,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) provider: Arc<Baiwang>,
}

pub(crate) fn line(
    tax_id: &str,
    product: ProductLine,
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
    change: impl FnOnce(BaiwangAccount) -> BaiwangAccount,
) -> Line {
    let clock = Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()));
    let bureau = BaiwangLoopback::start(0, Arc::clone(&clock) as Arc<dyn Clock>, settings).unwrap();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let place = TokenPlace {
        store: Arc::clone(&store),
        cipher: Arc::new(Unsealed),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ids: Arc::new(SeededIds::new(77)),
        tenant: TenantId::new("t1").unwrap(),
    };
    type L = BaiwangLoopback;
    let login =
        Login { user: L::USER.to_owned(), password: Secret::new(L::PASSWORD), salt: Secret::new(L::SALT) };
    let account =
        BaiwangAccount::new(tax_id, product, L::APP_KEY, Secret::new(L::APP_SECRET), login).unwrap();
    let account = change(account.at(Endpoint::new(bureau.gateway()).unwrap()));
    let recorder = Recorder::new(Arc::new(HttpClient::builder().no_proxy().build().unwrap()));
    let id = ProviderId::new("baiwang").unwrap();
    let provider = Arc::new(Baiwang::new(id, account, Arc::new(recorder.clone()), place).unwrap());
    Line { clock, bureau, recorder, store, provider }
}

/// The bodies of requests to issue, in order.
pub(crate) fn issued_bodies(recorder: &Recorder) -> Vec<String> {
    let issues = |request: &HttpRequest| {
        ["method=baiwang.output.invoice.issue", "method=baiwang.s.outputinvoice.invoice"]
            .iter()
            .any(|method| request.url().contains(method))
    };
    let seen = recorder.seen();
    let bodies = seen.iter().filter(|exchange| issues(&exchange.request));
    bodies.map(|exchange| String::from_utf8(exchange.request.body().to_vec()).unwrap()).collect()
}
