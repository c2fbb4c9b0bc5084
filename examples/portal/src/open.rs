//! Where the demonstration keeps its state, and how it is begun and gone on with.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use invoice_core::access::{Actor, Role};
use invoice_core::desk::InvoiceDesk;
use invoice_core::env::{Clock, IdGenerator};
use invoice_core::id::{ActorId, TenantId};
use invoice_core::money::Money;
use invoice_examples::machine::{TimedIds, WallClock};
use invoice_examples::run::{Place, open_store};
use invoice_examples::story::Done;
use invoice_providers::document::pdf::PdfFont;
use invoice_providers::originals::FolderOriginals;
use invoice_providers::sandbox::{Callbacks, RedRule, SandboxBuilder, SandboxBureau};

use crate::app::{App, Parts};
use crate::seed::seed;
use crate::shop::{TENANT, furnished, rules};

/// The net amount that may be issued in a month.
const CREDIT: Money = Money::from_fen(20_000_000);
/// The seed of the bureau's numbers; the history is played under the same.
const BUREAU_SEED: u64 = 7;

pub(crate) fn desk_file(folder: &Path) -> PathBuf {
    folder.join("desk.sqlite")
}

pub(crate) fn bureau_file(folder: &Path) -> PathBuf {
    folder.join("bureau")
}

/// The bureau of the demonstration, which takes so long over an invoice.
pub(crate) fn bureau(begun: SandboxBuilder, slow: Duration) -> SandboxBuilder {
    let bureau = begun.red(RedRule::BuyerConfirms).default_credit_line(Some(CREDIT));
    let bureau = bureau.callbacks(Callbacks::Unsigned);
    if slow.is_zero() { bureau } else { bureau.asynchronous(slow).poll_after(slow) }
}

/// The names of this machine as browsers ask for them: with the port, and without where it is the one of HTTP itself.
#[must_use]
pub fn hosts(port: u16) -> Vec<String> {
    const HTTP: u16 = 80;
    let names = ["localhost", "127.0.0.1"];
    let plain = names.iter().filter(|_| port == HTTP).map(ToString::to_string);
    names.iter().map(|name| format!("{name}:{port}")).chain(plain).collect()
}

/// Opens the demonstration in a folder: the first time with its history, later as it was left.
///
/// `slow` is how long the bureau takes over an invoice; `hosts` are the names under which the portal may be asked for.
///
/// # Errors
/// When the folder cannot be written, or another process has it open.
pub async fn open(folder: &Path, slow: Duration, hosts: Vec<String>) -> Done<App> {
    std::fs::create_dir_all(folder)?;
    let clock: Arc<dyn Clock> = Arc::new(WallClock);
    // Written last: a history that was cut off is begun again.
    let seeded = folder.join("seeded");
    if !seeded.exists() {
        seed(folder, clock.now()).await?;
        std::fs::write(&seeded, "")?;
    }
    let opened = open_store(&Place::Sqlite(desk_file(folder))).await?;
    let books = SandboxBureau::builder(BUREAU_SEED, Arc::clone(&clock)).ofd();
    let books = match PdfFont::find() {
        Ok(font) => books.pdf(font),
        // The other files are handed out all the same; what is missing is named.
        Err(error) => {
            eprintln!("no PDF: {error}");
            books
        }
    };
    let bureau = bureau(books, slow).open(bureau_file(folder))?;
    let ids: Arc<dyn IdGenerator> = Arc::new(TimedIds::default());
    let (tenant, time) = (TenantId::new(TENANT)?, Arc::clone(&clock));
    let cipher = Arc::clone(&opened.cipher);
    let originals = FolderOriginals::open(folder.join("files"), tenant.clone(), cipher)?;
    let desk = InvoiceDesk::builder(tenant, opened.store, opened.cipher, time, Arc::clone(&ids));
    let desk = furnished(desk, rules()?)
        .originals(Arc::new(originals))
        .provider(Arc::new(bureau.clone()))
        .build()?;
    let system = Actor::staff(ActorId::new("shop-system")?, Role::System);
    Ok(App::new(Parts { desk, bureau, system, clock, ids, hosts }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_left_out_only_where_browsers_leave_it_out() {
        assert_eq!(hosts(8080), ["localhost:8080", "127.0.0.1:8080"]);
        assert_eq!(hosts(80), ["localhost:80", "127.0.0.1:80", "localhost", "127.0.0.1"]);
    }
}
