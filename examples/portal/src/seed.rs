//! What the shop has behind it when the demonstration begins: three months of history, and one of everything that waits
//! for somebody.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use invoice_core::access::Actor;
use invoice_core::id::{ApplicationId, BuyerId, OrderId, RefundId, TicketId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::ticket::{TicketRequest, Trouble};
use invoice_core::title::Title;
use invoice_examples::story::{Done, Stage};
use invoice_providers::sandbox::{Fault, FaultPlan};

use crate::open::{bureau, bureau_file, desk_file};
use crate::people::Person;
use crate::shop::{Back, REGULARS, SELLER, TENANT, furnished, next_number, rules, sell, take_back};

const ORDINARY: InvoiceKind = InvoiceKind::DIGITAL_ORDINARY;
const SPECIAL: InvoiceKind = InvoiceKind::DIGITAL_SPECIAL;

/// Plays the history into an empty folder. Time in it is made up and ends a moment before `now`.
pub(crate) async fn seed(folder: &Path, now: DateTime<Utc>) -> Done {
    let begins = now.trunc_subsecs(0) - TimeDelta::days(95);
    let books = bureau_file(folder);
    // What a start that was cut off has left; the store's own files the stage removes.
    match std::fs::remove_file(&books) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let rules = rules()?;
    let stage = Stage::beside(
        (TENANT, desk_file(folder), &begins.to_rfc3339()),
        |begun| bureau(begun, Duration::ZERO).open(&books),
        |desk| furnished(desk, rules),
    )
    .await?;
    let history = History { stage, now };
    history.regulars().await?;
    history.li().await?;
    history.wang().await?;
    history.until(TimeDelta::seconds(5)).await
}

struct History {
    stage: Stage,
    now: DateTime<Utc>,
}

impl History {
    /// Time passes until so long before the demonstration.
    async fn until(&self, before: TimeDelta) -> Done {
        let at = self.now - before;
        if at > self.stage.now() { self.stage.until(&at.to_rfc3339()).await } else { Ok(()) }
    }

    async fn sell(&self, buyer: &str) -> Done<OrderId> {
        let (buyer, now) = (BuyerId::new(buyer)?, self.stage.now());
        let (desk, system) = (&self.stage.desk, &self.stage.system);
        let number = next_number(desk, system, &buyer).await?;
        Ok(sell(desk, system, (&buyer, number), now).await?)
    }

    async fn apply(
        &self,
        actor: &Actor,
        (id, buyer, order): (&str, &str, &OrderId),
        (kind, title): (InvoiceKind, Title),
    ) -> Done {
        let wish = Stage::wish((id, SELLER, buyer), kind, title, &[order.as_str()])?;
        self.stage.desk.apply(actor, wish, None).await?;
        Ok(())
    }

    async fn one_back(&self, order: &OrderId) -> Done {
        let (stage, id) = (&self.stage, RefundId::new(format!("R-{order}"))?);
        let balance = stage.desk.balance(&stage.system, order).await?;
        Ok(take_back(&stage.desk, &stage.system, (&id, stage.now()), &balance, Back::OnePiece).await?)
    }

    /// Everybody's invoices of three months, some of them taken back in part.
    async fn regulars(&self) -> Done {
        let mut before = TimeDelta::days(92);
        for round in 0..12 {
            self.until(before).await?;
            for (at, buyer) in REGULARS.into_iter().enumerate() {
                if (round + at) % 3 == 2 {
                    continue;
                }
                let order = self.sell(buyer).await?;
                let id = format!("H-{order}");
                self.apply(&self.stage.system, (&id, buyer, &order), (ORDINARY, Title::person("赵先生")))
                    .await?;
                if round % 4 == 1 {
                    self.until(before - TimeDelta::days(2)).await?;
                    self.one_back(&order).await?;
                    self.until(before - TimeDelta::days(3)).await?;
                    let forms = self.stage.bureau.open_confirmations();
                    for form in forms.iter().filter(|form| form.state.is_waiting()) {
                        self.stage.bureau.buyer_confirms(&form.number)?;
                    }
                }
            }
            before -= TimeDelta::days(7);
        }
        Ok(())
    }

    /// One invoice under a wrong title, reported; three of one order, one of them being taken back; two orders open.
    async fn li(&self) -> Done {
        let li = Stage::buyer("li")?;
        self.until(TimeDelta::days(6)).await?;
        let books = self.sell("li").await?;
        self.apply(&li, ("A-li-1", "li", &books), (ORDINARY, Title::person("李雷"))).await?;
        let desks = self.sell("li").await?;
        self.apply(&li, ("A-li-2", "li", &desks), (ORDINARY, company())).await?;
        self.until(TimeDelta::days(5)).await?;
        let request = TicketRequest {
            id: TicketId::new("T-li-1")?,
            application: ApplicationId::new("A-li-1")?,
            trouble: Trouble::WrongTitle(Some(company())),
            note: "应开公司抬头".into(),
        };
        self.stage.desk.report(&li, request).await?;
        Ok(())
    }

    /// One invoice whose answer was lost, one application that waits for its reviewer, one order open; and Li's return,
    /// whose red waits for him.
    async fn wang(&self) -> Done {
        let wang = Person::find("wang").ok_or("she is in the table")?.actor()?;
        let stage = &self.stage;
        self.until(TimeDelta::days(4)).await?;
        let lost = self.sell("wang").await?;
        self.apply(&wang, ("A-wang-1", "wang", &lost), (ORDINARY, Title::person("王芳"))).await?;
        let application = stage.desk.application(&stage.system, &ApplicationId::new("A-wang-1")?).await?;
        for task in application.tasks() {
            let planned = stage.desk.invoice(&stage.finance, &task.invoice).await?;
            stage.bureau.inject_for(planned.key(), Fault::LostAfter);
        }
        stage.bureau.set_faults(FaultPlan::none().with(Fault::QueryLost, 1000));
        self.until(TimeDelta::hours(30)).await?;
        stage.bureau.set_faults(FaultPlan::none());
        self.one_back(&OrderId::new("li-2")?).await?;
        let special = self.sell("wang").await?;
        self.apply(&wang, ("A-wang-2", "wang", &special), (SPECIAL, company())).await?;
        for buyer in ["li", "li", "wang"] {
            self.until(TimeDelta::hours(6)).await?;
            self.sell(buyer).await?;
        }
        Ok(())
    }
}

/// A company that does not exist.
fn company() -> Title {
    Title::company("上海示例科技有限公司", "91310000607378229C")
}
