//! Accounts at loopback bureaus that speak the protocols of services, over real sockets.
#![allow(dead_code, reason = "not every test file uses everything")]

use std::collections::BTreeMap;
use std::sync::Arc;

use invoice_core::env::{Clock, Unsealed};
use invoice_core::id::{ProviderId, TenantId};
use invoice_core::provider::InvoiceProvider;
use invoice_core::store::{MemoryStore, Store};
use invoice_core::testkit::SeededIds;
use invoice_core::testkit::provider::ManualClock;
use invoice_providers::baiwang::{Baiwang, BaiwangAccount, Login, ProductLine};
use invoice_providers::credentials::{Secret, TokenPlace};
use invoice_providers::http::{Endpoint, HttpClient, HttpRequest, Recorder, Transport};
use invoice_providers::loopback::{BaiwangLoopback, Misstep, NuonuoLoopback, Operation};
use invoice_providers::nuonuo::{Nuonuo, NuonuoAccount};
use invoice_providers::sandbox::{SandboxBuilder, SandboxBureau};

/// Every service and product line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Nuonuo,
    Enterprise,
    Small,
}

impl Service {
    pub(crate) const ALL: [Self; 3] = [Self::Nuonuo, Self::Enterprise, Self::Small];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Nuonuo => "nuonuo",
            Self::Enterprise | Self::Small => "baiwang",
        }
    }

    /// Whether the answer to a request to issue is the invoice.
    pub(crate) const fn issues_at_once(self) -> bool {
        matches!(self, Self::Enterprise)
    }
}

pub(crate) enum Bureau {
    Nuonuo(NuonuoLoopback),
    Baiwang(BaiwangLoopback),
}

macro_rules! both {
    ($bureau:expr, $it:ident => $does:expr) => {
        match $bureau {
            Bureau::Nuonuo($it) => $does,
            Bureau::Baiwang($it) => $does,
        }
    };
}

impl Bureau {
    pub(crate) fn sandbox(&self) -> &SandboxBureau {
        both!(self, it => it.sandbox())
    }

    pub(crate) fn misstep(&self, operation: Operation, misstep: Misstep) {
        both!(self, it => it.misstep(operation, misstep));
    }

    pub(crate) fn missteps_taken(&self) -> BTreeMap<Misstep, u64> {
        both!(self, it => it.missteps_taken())
    }

    pub(crate) fn tokens_given(&self) -> u64 {
        both!(self, it => it.tokens_given())
    }

    pub(crate) fn end_token(&self) {
        both!(self, it => it.end_token());
    }
}

pub(crate) struct Line {
    pub(crate) service: Service,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) bureau: Bureau,
    pub(crate) recorder: Recorder,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) provider: Arc<dyn InvoiceProvider>,
}

pub(crate) fn client() -> HttpClient {
    HttpClient::builder().no_proxy().build().unwrap()
}

pub(crate) fn place(store: &Arc<dyn Store>, clock: &Arc<ManualClock>) -> TokenPlace {
    TokenPlace {
        store: Arc::clone(store),
        cipher: Arc::new(Unsealed),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        ids: Arc::new(SeededIds::new(77)),
        tenant: TenantId::new("t1").unwrap(),
    }
}

fn noon() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()))
}

fn address(text: String) -> Endpoint {
    Endpoint::new(text).unwrap()
}

/// The account at Nuonuo's loopback with this secret.
pub(crate) fn nuonuo_account(bureau: &NuonuoLoopback, tax_id: &str, secret: &str) -> NuonuoAccount {
    NuonuoAccount::new(tax_id, NuonuoLoopback::APP_KEY, Secret::new(secret))
        .unwrap()
        .at(address(bureau.services()), address(bureau.token()))
}

pub(crate) fn nuonuo(
    tax_id: &str,
    transport: Arc<dyn Transport>,
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
    change: impl FnOnce(NuonuoAccount) -> NuonuoAccount,
) -> Line {
    let clock = noon();
    let bureau = NuonuoLoopback::start(0, Arc::clone(&clock) as Arc<dyn Clock>, settings).unwrap();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let recorder = Recorder::new(transport);
    let account = change(nuonuo_account(&bureau, tax_id, NuonuoLoopback::APP_SECRET));
    let (id, place) = (ProviderId::new("nuonuo").unwrap(), place(&store, &clock));
    let provider = Arc::new(Nuonuo::new(id, account, Arc::new(recorder.clone()), place).unwrap());
    let (service, bureau) = (Service::Nuonuo, Bureau::Nuonuo(bureau));
    Line { service, clock, bureau, recorder, store, provider }
}

pub(crate) fn baiwang(
    (tax_id, product): (&str, ProductLine),
    transport: Arc<dyn Transport>,
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
    change: impl FnOnce(BaiwangAccount) -> BaiwangAccount,
) -> Line {
    type L = BaiwangLoopback;
    let clock = noon();
    let bureau = L::start(0, Arc::clone(&clock) as Arc<dyn Clock>, settings).unwrap();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let recorder = Recorder::new(transport);
    let login =
        Login { user: L::USER.to_owned(), password: Secret::new(L::PASSWORD), salt: Secret::new(L::SALT) };
    let account =
        BaiwangAccount::new(tax_id, product, L::APP_KEY, Secret::new(L::APP_SECRET), login).unwrap();
    let account = change(account.at(address(bureau.gateway())));
    let (id, place) = (ProviderId::new("baiwang").unwrap(), place(&store, &clock));
    let provider = Arc::new(Baiwang::new(id, account, Arc::new(recorder.clone()), place).unwrap());
    let service = match product {
        ProductLine::Enterprise => Service::Enterprise,
        ProductLine::SmallBusiness => Service::Small,
    };
    Line { service, clock, bureau: Bureau::Baiwang(bureau), recorder, store, provider }
}

/// An account as it is set up most often.
pub(crate) fn line(
    service: Service,
    tax_id: &str,
    transport: Arc<dyn Transport>,
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
) -> Line {
    match service {
        Service::Nuonuo => nuonuo(tax_id, transport, settings, |account| account),
        Service::Enterprise => {
            baiwang((tax_id, ProductLine::Enterprise), transport, settings, |account| account)
        }
        Service::Small => {
            baiwang((tax_id, ProductLine::SmallBusiness), transport, settings, |account| account)
        }
    }
}

/// What issues: blue invoices, and reds that have a step of their own.
pub(crate) const ISSUES: &[&str] = &[
    "requestBillingNew",
    "fastInvoiceRed",
    "baiwang.output.invoice.issue",
    "baiwang.s.outputinvoice.invoice",
    "baiwang.s.outputinvoice.fastRed",
];
/// What applies for a red.
pub(crate) const APPLIES: &[&str] =
    &["saveInvoiceRedConfirm", "baiwang.output.redinvoice.add", "baiwang.s.outputinvoice.fastRed"];

/// What a request calls.
fn method(request: &HttpRequest) -> String {
    let in_header = request.get("method").and_then(|name| name.strip_prefix("nuonuo.OpeMplatform."));
    let in_query = || request.url().split(['?', '&']).find_map(|pair| pair.strip_prefix("method="));
    in_header.or_else(in_query).unwrap_or_default().to_owned()
}

/// The bodies of calls of these methods, in order.
pub(crate) fn bodies(recorder: &Recorder, methods: &[&str]) -> Vec<String> {
    let seen = recorder.seen();
    let calls = seen.iter().filter(|exchange| methods.contains(&method(&exchange.request).as_str()));
    calls.map(|exchange| String::from_utf8(exchange.request.body().to_vec()).unwrap()).collect()
}
