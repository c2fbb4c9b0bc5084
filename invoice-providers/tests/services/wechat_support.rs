//! An account at a loopback bureau that speaks WeChat Pay's protocol, over real sockets.
#![allow(dead_code, reason = "not every test file uses everything")]

use std::sync::Arc;

use invoice_core::env::Clock;
use invoice_core::id::ProviderId;
use invoice_core::store::{MemoryStore, Store};
use invoice_core::testkit::SeededIds;
use invoice_core::testkit::provider::ManualClock;
use invoice_providers::credentials::Secret;
use invoice_providers::http::{Endpoint, HttpClient, Recorder, Transport};
use invoice_providers::loopback::WechatLoopback;
use invoice_providers::sandbox::SandboxBuilder;
use invoice_providers::wechat::{
    ApiKey, Keys, Merchant, MerchantKey, PlatformKeys, WechatPay, WechatPayAccount,
};

pub(crate) struct Line {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) bureau: WechatLoopback,
    pub(crate) recorder: Recorder,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) provider: Arc<WechatPay>,
}

pub(crate) fn account(bureau: &WechatLoopback, tax_id: &str) -> WechatPayAccount {
    let told = bureau.account();
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    let merchant = Merchant {
        tax_id: tax_id.to_owned(),
        mchid: text("mchid"),
        sub_mchid: tax_id.to_owned(),
        billing_person_id: text("billing_person_id"),
    };
    let key = Secret::new(text("merchant_key"));
    let keys = Keys {
        merchant: MerchantKey::from_pem(text("merchant_serial"), &key).unwrap(),
        platform: PlatformKeys::new()
            .with_public_key(text("platform_key_id"), &text("platform_key"))
            .unwrap(),
        api: ApiKey::new(Secret::new(text("api_key"))).unwrap(),
    };
    WechatPayAccount::new(merchant, keys).unwrap().at(Endpoint::new(bureau.host()).unwrap())
}

pub(crate) fn client() -> HttpClient {
    HttpClient::builder().no_proxy().build().unwrap()
}

pub(crate) fn line(
    tax_id: &str,
    transport: Arc<dyn Transport>,
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
) -> Line {
    let clock = Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()));
    let bureau = WechatLoopback::start(0, Arc::clone(&clock) as Arc<dyn Clock>, settings).unwrap();
    let recorder = Recorder::new(transport);
    let provider = Arc::new(WechatPay::new(
        ProviderId::new("wechat").unwrap(),
        account(&bureau, tax_id),
        Arc::new(recorder.clone()),
        Arc::clone(&clock) as Arc<dyn Clock>,
        Arc::new(SeededIds::new(77)),
    ));
    Line { clock, bureau, recorder, store: Arc::new(MemoryStore::new()), provider }
}

/// The bodies of requests to issue, in order.
pub(crate) fn issued_bodies(recorder: &Recorder) -> Vec<String> {
    bodies(recorder, "/issue-general")
}

/// The bodies of requests to addresses that end so, in order.
pub(crate) fn bodies(recorder: &Recorder, ending: &str) -> Vec<String> {
    let seen = recorder.seen();
    let sent = seen.iter().filter(|exchange| exchange.request.url().ends_with(ending));
    sent.map(|exchange| String::from_utf8(exchange.request.body().to_vec()).unwrap()).collect()
}
