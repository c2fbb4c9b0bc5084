//! What the stories share: a desk on a file that is begun anew, its staff, and time that passes when it is told to.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use invoice_core::access::{Actor, Role};
use invoice_core::application::{Application, ApplyRequest, Audience};
use invoice_core::desk::{DeskBuilder, InvoiceDesk};
use invoice_core::env::Clock;
use invoice_core::error::Language;
use invoice_core::id::{ActorId, ApplicationId, BuyerId, LineId, OrderId, SellerId, TenantId, WorkerId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::order::{Order, OrderLine, Payment};
use invoice_core::tax::TaxTable;
use invoice_core::title::Title;
use invoice_providers::sandbox::{SandboxBuilder, SandboxBureau, SandboxError};

use crate::clock::VirtualClock;
use crate::ids::CountedIds;
use crate::run::{Place, open_store};

/// What a story comes to.
pub type Done<T = ()> = Result<T, Box<dyn Error>>;

/// A desk, a bureau and people.
pub struct Stage {
    /// The desk.
    pub desk: InvoiceDesk,
    /// The bureau that issues.
    pub bureau: SandboxBureau,
    /// The time.
    pub clock: Arc<VirtualClock>,
    /// The shop's own systems.
    pub system: Actor,
    /// Who keeps the books.
    pub finance: Actor,
    /// Who reviews.
    pub reviewer: Actor,
    /// Who answers buyers.
    pub support: Actor,
    /// Who looks after the desk.
    pub admin: Actor,
}

impl Stage {
    /// A desk on a SQLite file; what is there is removed first.
    ///
    /// # Errors
    /// When the file cannot be removed or opened, or the desk or the bureau cannot be built.
    pub async fn open(
        place: (&str, PathBuf, &str),
        bureau: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
        desk: impl FnOnce(DeskBuilder) -> DeskBuilder,
    ) -> Done<Self> {
        Self::beside(place, |begun| bureau(begun).build(), desk).await
    }

    /// The same, beside a bureau that may keep its books in a file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn beside(
        (tenant, file, begins): (&str, PathBuf, &str),
        bureau: impl FnOnce(SandboxBuilder) -> Result<SandboxBureau, SandboxError>,
        desk: impl FnOnce(DeskBuilder) -> DeskBuilder,
    ) -> Done<Self> {
        let place = Place::Sqlite(file);
        for old in place.files() {
            let removed =
                if old.is_dir() { std::fs::remove_dir_all(&old) } else { std::fs::remove_file(&old) };
            match removed {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        let clock = Arc::new(VirtualClock::new(begins.parse()?));
        let bureau = bureau(SandboxBureau::builder(7, Arc::clone(&clock) as Arc<dyn Clock>))?;
        Self::around((tenant, place, 1), bureau, clock, desk).await
    }

    /// Another process on the file of one that is gone, with the bureau and the time as they were; this is the
    /// `start`-th on that file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn again(
        self,
        (tenant, file, start): (&str, PathBuf, u32),
        desk: impl FnOnce(DeskBuilder) -> DeskBuilder,
    ) -> Done<Self> {
        let Self { bureau, clock, .. } = self;
        Self::around((tenant, Place::Sqlite(file), start), bureau, clock, desk).await
    }

    async fn around(
        (tenant, place, start): (&str, Place, u32),
        bureau: SandboxBureau,
        clock: Arc<VirtualClock>,
        desk: impl FnOnce(DeskBuilder) -> DeskBuilder,
    ) -> Done<Self> {
        let opened = open_store(&place).await?;
        let (tenant, ids) = (TenantId::new(tenant)?, Arc::new(CountedIds::new(1, start)));
        let time = Arc::clone(&clock) as Arc<dyn Clock>;
        let begun = InvoiceDesk::builder(tenant, opened.store, opened.cipher, time, ids);
        let desk = desk(begun.provider(Arc::new(bureau.clone()))).build()?;
        let staff = |id: &str, role| Ok::<_, Box<dyn Error>>(Actor::staff(ActorId::new(id)?, role));
        Ok(Self {
            desk,
            bureau,
            clock,
            system: staff("system", Role::System)?,
            finance: staff("fang", Role::Finance)?,
            reviewer: staff("rita", Role::Reviewer)?,
            support: staff("sue", Role::Support)?,
            admin: staff("adam", Role::Admin)?,
        })
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A buyer who acts for himself.
    ///
    /// # Errors
    /// When the id is none.
    pub fn buyer(id: &str) -> Done<Actor> {
        Ok(Actor::buyer(ActorId::new(id)?, BuyerId::new(id)?))
    }

    /// An order of one line is placed and paid: the seller, the order, the buyer; the tax code, the name of the goods, how
    /// many, what they come to, gross.
    ///
    /// # Errors
    /// What the desk refuses.
    pub async fn sell(
        &self,
        (seller, order, buyer): (&str, &str, &str),
        (code, goods, count, yuan): (&str, &str, u32, &str),
    ) -> Done {
        let item = TaxTable::builtin().get(code.parse()?).ok_or("no such code")?.item();
        let line = OrderLine::new(LineId::new("1")?, item, goods, count.into(), yuan.parse()?)?;
        let (id, now) = (OrderId::new(order)?, self.clock.now());
        let sold = Order::new(id.clone(), SellerId::new(seller)?, BuyerId::new(buyer)?, now, vec![line])?;
        let paid = Payment::money(now, sold.payable());
        self.desk.record_order(&self.system, sold).await?;
        Ok(self.desk.record_payment(&self.system, &id, paid).await?)
    }

    /// An application for whole orders.
    ///
    /// # Errors
    /// When an id is none.
    pub fn wish(
        (id, seller, buyer): (&str, &str, &str),
        kind: InvoiceKind,
        title: Title,
        orders: &[&str],
    ) -> Done<ApplyRequest> {
        let orders = orders.iter().map(OrderId::new).collect::<Result<Vec<_>, _>>()?;
        let (id, seller, buyer) = (ApplicationId::new(id)?, SellerId::new(seller)?, BuyerId::new(buyer)?);
        Ok(ApplyRequest::merged(id, seller, buyer, kind, title, orders))
    }

    /// Time passes, and the worker does what comes due.
    ///
    /// # Errors
    /// A failing store.
    pub async fn until(&self, at: &str) -> Done {
        let at: DateTime<Utc> = at.parse()?;
        let worker = WorkerId::new("worker")?;
        loop {
            while self.desk.pump(&self.system, &worker, 100).await?.claimed > 0 {}
            match self.desk.next_due().await?.filter(|due| *due < at && self.now() < at) {
                // A moment that has passed belongs to work that is held back.
                Some(due) if due <= self.now() => self.clock.advance_to(self.now() + TimeDelta::minutes(1)),
                Some(due) => self.clock.advance_to(due),
                None => break,
            }
        }
        self.clock.advance_to(at);
        Ok(())
    }

    /// Prints where an application stands, as staff see it.
    ///
    /// # Errors
    /// `APPLY-01` when there is none.
    pub async fn show(&self, id: &str) -> Done<Application> {
        let application = self.desk.application(&self.system, &ApplicationId::new(id)?).await?;
        let state = application.state().wording(Audience::Staff, Language::ZhCn);
        println!("  {id:<14} {state}  {} 元  {} 张", application.gross(), application.tasks().len());
        Ok(application)
    }

    /// Prints what comes of the books of these sellers.
    ///
    /// # Errors
    /// When they do not hold, or something waits.
    pub async fn close(&self, sellers: &[&str]) -> Done {
        let mut holds = true;
        for seller in sellers {
            holds &= self.desk.reconcile(&self.finance, &SellerId::new(*seller)?).await?.holds();
        }
        let stuck = self.desk.stuck(&self.finance, self.clock.now()).await?;
        println!("账目核对：{}；待办：{} 项", if holds { "一致" } else { "不一致" }, stuck.len());
        for queue in stuck.values() {
            println!("  {} 件：{}", queue.count, queue.oldest.wording(Language::ZhCn));
        }
        if holds && stuck.is_empty() { Ok(()) } else { Err("the books do not hold".into()) }
    }
}

/// The file that a story is told in: the first argument, else one of this name among the temporary files.
#[must_use]
pub fn file(name: &str) -> PathBuf {
    let given = std::env::args_os().nth(1).map(PathBuf::from);
    given.unwrap_or_else(|| std::env::temp_dir().join(format!("{name}.sqlite")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

    use super::*;

    #[tokio::test]
    async fn a_story_can_be_told_again_in_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let place = ("told", folder.path().join("story.sqlite"), "2026-03-02T02:00:00Z");
            let stage = Stage::open(place, |bureau| bureau, |desk| desk).await.unwrap();
            stage.close(&[]).await.unwrap();
        }
    }
}
