//! An office that receives invoices: a shop with a verifier that knows its suppliers.
#![allow(dead_code, reason = "not every test file uses everything")]

use std::sync::Arc;
use std::time::Duration;

use invoice_core::access::{Actor, Role};
use invoice_core::desk::{DeskBuilder, DeskError};
use invoice_core::env::{Clock, InApp};
use invoice_core::id::{ActorId, NotifierId, TenantId, WorkerId};
use invoice_core::invoice::InvoiceNumber;
use invoice_core::notify::NoticeEvent;
use invoice_core::provider::InvoiceVerifier;
use invoice_core::received::verification::Standing;
use invoice_core::received::{Evidence, ReceivedInvoice, ReceivedKind, ReceivedRecord, ReceivedRow};
use invoice_core::store::{Kind, MemoryStore, Query, Store};
use invoice_core::tax::{TaxRate, Treatment};
use invoice_core::testkit::provider::ManualClock;
use invoice_providers::sandbox::{SandboxBureau, SandboxVerifier};

use crate::desk_support::*;

pub(crate) const SELLER_NAME: &str = "杭州示例餐饮有限公司";
pub(crate) const SELLER_ID: &str = "914403001922038216";

pub(crate) fn number(serial: u32) -> InvoiceNumber {
    format!("26332000{serial:012}").parse().unwrap()
}

pub(crate) fn lunch(serial: u32) -> ReceivedInvoice {
    lunch_of(serial, "106.00", Evidence::Structured)
}

/// A lunch of that gross amount at 6 %, of which only the gross is read in the given way.
pub(crate) fn lunch_of(serial: u32, gross: &str, evidence: Evidence) -> ReceivedInvoice {
    let built = head(serial, evidence).gross(yuan(gross), evidence);
    if gross != "106.00" {
        return built.build().unwrap();
    }
    let rate = TaxRate::percent(6).unwrap();
    let row = ReceivedRow::new("*餐饮服务*工作餐").with_net(yuan("100.00")).with_tax(yuan("6.00"));
    let row = row.with_rate(rate, Treatment::Standard);
    built.net(yuan("100.00"), evidence).tax(yuan("6.00"), evidence).rows(vec![row], evidence).build().unwrap()
}

fn head(serial: u32, evidence: Evidence) -> invoice_core::received::ReceivedBuilder {
    ReceivedInvoice::builder()
        .number(number(serial), evidence)
        .kind(ReceivedKind::DigitalOrdinary, evidence)
        .date("2026-05-01".parse().unwrap(), evidence)
        .seller_name(SELLER_NAME, evidence)
        .seller_tax_id(SELLER_ID, evidence)
        .buyer_tax_id(SELLER, evidence)
}

/// What a QR code says, and no more.
pub(crate) fn invoice_validate_qr(serial: u32, gross: &str) -> ReceivedInvoice {
    ReceivedInvoice::builder()
        .number(number(serial), Evidence::QrCode)
        .kind(ReceivedKind::DigitalOrdinary, Evidence::QrCode)
        .date("2026-05-01".parse().unwrap(), Evidence::QrCode)
        .gross(yuan(gross), Evidence::QrCode)
        .build()
        .unwrap()
}

pub(crate) struct Office {
    pub(crate) shop: Shop,
    pub(crate) verifier: SandboxVerifier,
    pub(crate) colleague: Actor,
}

impl Office {
    pub(crate) fn new() -> Self {
        Self::furnished(|desk| desk)
    }

    pub(crate) fn furnished(furnish: impl FnOnce(DeskBuilder) -> DeskBuilder) -> Self {
        let clock = Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()));
        let bureau = SandboxBureau::builder(7, Arc::clone(&clock) as Arc<dyn Clock>).build().unwrap();
        let verifier = SandboxVerifier::new(&bureau);
        for serial in 1..=40 {
            verifier.register(lunch(serial), Standing::Normal);
        }
        let inbox = Arc::new(InApp::new(NotifierId::new("app").unwrap()));
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let desk = builder(&store, &clock, Arc::new(bureau.clone()), seller(), 1)
            .notifier(inbox, NoticeEvent::ALL.iter().copied())
            .verifier(Arc::new(verifier.clone()) as Arc<dyn InvoiceVerifier>);
        let desk = furnish(desk).build().unwrap();
        let shop = Shop::around(desk, bureau, clock, store);
        let colleague = Actor::staff(ActorId::new("gang").unwrap(), Role::Finance);
        Self { shop, verifier, colleague }
    }

    pub(crate) async fn receive(
        &self,
        actor: &Actor,
        invoice: ReceivedInvoice,
    ) -> Result<ReceivedRecord, DeskError> {
        self.shop.desk.receive(actor, &seller_id(), invoice).await
    }

    pub(crate) async fn record(&self, serial: u32) -> ReceivedRecord {
        let view = self.shop.desk.received(&self.shop.finance, &number(serial)).await.unwrap();
        view.whole().unwrap().clone()
    }

    /// A day passes, and everything that came due is done.
    pub(crate) async fn day(&self) {
        let worker = WorkerId::new("worker-1").unwrap();
        for _ in 0..25 {
            while self.shop.desk.pump(&self.shop.system, &worker, 100).await.unwrap().claimed > 0 {}
            self.shop.clock.advance(Duration::from_secs(3600));
        }
    }

    /// The events that were told.
    pub(crate) async fn told(&self) -> Vec<String> {
        let query = Query::new(&TenantId::new("t1").unwrap(), Kind::Notice).limit(1000);
        let notices = self.shop.desk.find_notices(&self.shop.finance, query).await.unwrap();
        notices.items.iter().map(|notice| notice.occasion().event.as_str().to_owned()).collect()
    }
}
