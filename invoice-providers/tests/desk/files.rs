//! Files of issued invoices: fetched when they are ready, kept as they came, given back though the provider is gone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::desk_support::*;
use invoice_core::desk::DeskBuilder;
use invoice_core::env::{OriginalStore, Unsealed};
use invoice_core::id::{TenantId, WorkerId};
use invoice_core::invoice::Invoice;
use invoice_core::provider::{Capability, DocumentFormat};
use invoice_core::store::MemoryStore;
use invoice_providers::document::pdf::PdfFont;
use invoice_providers::document::read;
use invoice_providers::originals::FolderOriginals;
use invoice_providers::sandbox::{Downloads, Fault, SandboxBuilder};
use sha2::{Digest, Sha256};

const HOUR: Duration = Duration::from_secs(3600);

fn keeping(folder: &Path) -> impl FnOnce(DeskBuilder) -> DeskBuilder {
    let originals = originals(folder);
    |desk| desk.originals(Arc::new(originals))
}

fn originals(folder: &Path) -> FolderOriginals {
    FolderOriginals::open(folder, TenantId::new("t1").unwrap(), Arc::new(Unsealed)).unwrap()
}

fn shop(folder: &Path, configure: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Shop {
    Shop::built(Arc::new(MemoryStore::new()), configure, seller(), keeping(folder))
}

async fn pump(shop: &Shop) {
    let worker = WorkerId::new("w").unwrap();
    while shop.desk.pump(&shop.system, &worker, 100).await.unwrap().claimed > 0 {}
}

async fn only(shop: &Shop) -> Invoice {
    shop.invoices("P-1").await.remove(0)
}

fn formats(invoice: &Invoice) -> Vec<DocumentFormat> {
    let mut formats: Vec<_> = invoice.files().iter().map(|file| file.format()).collect();
    formats.sort();
    formats
}

#[tokio::test]
async fn files_are_fetched_when_they_are_ready_and_kept_as_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let font = PdfFont::find().inspect_err(|error| eprintln!("SKIPPED: no PDF without a font: {error}")).ok();
    let all: Vec<DocumentFormat> = [font.as_ref().map(|_| DocumentFormat::Pdf)]
        .into_iter()
        .flatten()
        .chain([DocumentFormat::Ofd, DocumentFormat::Xml])
        .collect();
    let shop = shop(folder.path(), |bureau| {
        let bureau = bureau.ofd().downloads(Downloads::After(HOUR));
        match font {
            Some(font) => bureau.pdf(font),
            None => bureau,
        }
    });
    let order = shop.sell("A-1", vec![line("1", BOOK, 2, "100.00")]).await;
    shop.apply("P-1", &[&order]).await;
    pump(&shop).await;
    let issued = only(&shop).await;
    assert!(issued.state().issued().is_some() && issued.files().is_empty());
    assert!(shop.desk.next_due().await.unwrap().is_some(), "it is come back for");
    assert_eq!(shop.desk.download(&shop.finance, issued.id(), DocumentFormat::Xml).await.unwrap(), None);

    shop.settle().await;
    let kept = only(&shop).await;
    assert_eq!(formats(&kept), all);
    assert!(kept.files().iter().all(|file| file.at() - issued.state().issued().unwrap().issued_at
        >= chrono::TimeDelta::hours(1)));
    assert!(!format!("{:?}", kept.files()).contains("dzfp"), "names may hold the buyer's");
    let originals = originals(folder.path());
    for file in kept.files() {
        let given = shop.desk.download(&shop.finance, kept.id(), file.format()).await.unwrap().unwrap();
        assert_eq!((given.format, given.name.as_str()), (file.format(), file.name()));
        assert_eq!(<[u8; 32]>::from(Sha256::digest(&given.bytes)), *file.digest());
        assert_eq!(originals.original(file.digest()).await.unwrap().unwrap(), given.bytes);
        // All of them say the same invoice.
        let read = read::read(&given.bytes).unwrap();
        assert_eq!(read.number(), &kept.state().issued().unwrap().number, "{:?}", file.format());
    }
    shop.prove().await;
}

#[tokio::test]
async fn what_is_kept_is_given_back_though_the_provider_says_nothing_and_never_other_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let shop = shop(folder.path(), |bureau| bureau);
    let order = shop.sell("A-1", vec![line("1", BOOK, 2, "100.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.settle().await;
    let invoice = only(&shop).await;
    shop.bureau.inject(Fault::DownloadNotReady);
    let given = shop.desk.download(&shop.finance, invoice.id(), DocumentFormat::Xml).await.unwrap();
    assert!(given.is_some());
    let name: String = invoice.files()[0].digest().iter().map(|byte| format!("{byte:02x}")).collect();
    let path = folder.path().join(&name[..2]).join(&name[2..]);
    std::fs::write(&path, b"something else").unwrap();
    let changed = shop.desk.download(&shop.finance, invoice.id(), DocumentFormat::Xml).await.unwrap_err();
    assert_eq!(changed.code(), "DESK-05");
    assert!(changed.to_string().contains(&name), "{changed}");
}

#[tokio::test]
async fn where_no_files_are_kept_or_handed_out_nothing_waits_for_them() {
    let folder = tempfile::tempdir().unwrap();
    for shop in [shop(folder.path(), |bureau| bureau.without(Capability::Download)), Shop::new()] {
        let order = shop.sell("A-1", vec![line("1", BOOK, 2, "100.00")]).await;
        shop.apply("P-1", &[&order]).await;
        pump(&shop).await;
        assert!(only(&shop).await.files().is_empty());
        assert_eq!(shop.desk.next_due().await.unwrap(), None);
    }
}
