//! An online school (网校) and its invoices: titles kept and used again, several courses on one invoice, a special invoice
//! through review, subscriptions invoiced by month and by quarter, a wrong title corrected, paper printed, mailed and voided,
//! a batch, what support sees, and everybody told.
//!
//! ```text
//! cargo run --release --example online_school [FILE]     # state in a SQLite file, begun anew
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use invoice_core::access::{Actor, Role};
use invoice_core::application::{Application, ApplyRequest, Audience, CorrectRequest};
use invoice_core::batch::{BatchRow, RowWish};
use invoice_core::decision::{PaperDeed, TicketDeed};
use invoice_core::desk::InvoiceDesk;
use invoice_core::env::{Clock, InApp};
use invoice_core::error::Language;
use invoice_core::id::{
    ActorId, ApplicationId, BatchId, BuyerId, LineId, NotifierId, OrderId, PeriodicId, ProviderId, SellerId,
    TenantId, TicketId, WorkerId,
};
use invoice_core::invoice::{InvoiceKind, SellerParty};
use invoice_core::notify::NoticeEvent;
use invoice_core::order::{Order, OrderLine, Payment};
use invoice_core::periodic::{PeriodicRequest, Rhythm};
use invoice_core::provider::DocumentFormat;
use invoice_core::seller::Seller;
use invoice_core::store::{Kind, Query};
use invoice_core::tax::TaxTable;
use invoice_core::ticket::{Settlement, TicketRequest, Trouble};
use invoice_core::title::{PastedTitle, Title};
use invoice_examples::clock::VirtualClock;
use invoice_examples::ids::CountedIds;
use invoice_examples::run::{Place, open_store};
use invoice_providers::sandbox::SandboxBureau;

type Done<T = ()> = Result<T, Box<dyn Error>>;

struct School {
    desk: InvoiceDesk,
    clock: Arc<VirtualClock>,
    system: Actor,
    finance: Actor,
    reviewer: Actor,
    support: Actor,
}

impl School {
    async fn open(file: PathBuf) -> Done<Self> {
        let place = Place::Sqlite(file);
        for old in place.files() {
            match std::fs::remove_file(old) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        let opened = open_store(&place).await?;
        let clock = Arc::new(VirtualClock::new("2026-01-05T02:00:00Z".parse()?));
        let paper = InvoiceKind::LEGACY_ORDINARY_PAPER;
        let bureau = SandboxBureau::builder(7, Arc::clone(&clock) as Arc<dyn Clock>)
            .kinds([InvoiceKind::DIGITAL_ORDINARY, InvoiceKind::DIGITAL_SPECIAL, paper])
            .number_stock(paper, 50)
            .build()?;
        let party = SellerParty {
            tax_id: "91330100799655058B".into(),
            name: "杭州示例网校有限公司".into(),
            drawer: "王老师".into(),
        };
        let seller = Seller::new(SellerId::new("school")?, party, ProviderId::new("sandbox")?)
            .offering(InvoiceKind::DIGITAL_ORDINARY, None)
            .offering(InvoiceKind::DIGITAL_SPECIAL, None)
            .offering_back_office(InvoiceKind::LEGACY_ORDINARY_PAPER, None);
        let (tenant, ids) = (TenantId::new("school")?, Arc::new(CountedIds::new(1, 1)));
        let inbox = Arc::new(InApp::new(NotifierId::new("inbox")?));
        let time = Arc::clone(&clock) as Arc<dyn Clock>;
        let desk = InvoiceDesk::builder(tenant, opened.store, opened.cipher, time, ids)
            .seller(seller)
            .provider(Arc::new(bureau))
            .notifier(inbox, NoticeEvent::ALL.iter().copied())
            .build()?;
        let staff = |id: &str, role| Ok::<_, Box<dyn Error>>(Actor::staff(ActorId::new(id)?, role));
        Ok(Self {
            desk,
            clock,
            system: staff("system", Role::System)?,
            finance: staff("fang", Role::Finance)?,
            reviewer: staff("rita", Role::Reviewer)?,
            support: staff("sue", Role::Support)?,
        })
    }

    /// A course is bought and paid for.
    async fn sell(&self, order: &str, buyer: &str, course: &str, yuan: &str) -> Done {
        let table = TaxTable::builtin();
        let item = table.get("3070201020000000000".parse()?).ok_or("no such code")?.item();
        let line = OrderLine::new(LineId::new("1")?, item, course, 1.into(), yuan.parse()?)?;
        let (id, now) = (OrderId::new(order)?, self.clock.now());
        let sold = Order::new(id.clone(), SellerId::new("school")?, BuyerId::new(buyer)?, now, vec![line])?;
        let paid = Payment::money(now, sold.payable());
        self.desk.record_order(&self.system, sold).await?;
        Ok(self.desk.record_payment(&self.system, &id, paid).await?)
    }

    fn wish(
        &self,
        id: &str,
        buyer: &str,
        kind: InvoiceKind,
        title: Title,
        orders: &[&str],
    ) -> Done<ApplyRequest> {
        let orders = orders.iter().map(OrderId::new).collect::<Result<Vec<_>, _>>()?;
        let (id, seller, buyer) = (ApplicationId::new(id)?, SellerId::new("school")?, BuyerId::new(buyer)?);
        Ok(ApplyRequest::merged(id, seller, buyer, kind, title, orders))
    }

    async fn plan(&self, id: &str, buyer: &str, title: Title, rhythm: Rhythm) -> Done {
        let request = PeriodicRequest {
            id: PeriodicId::new(id)?,
            seller: SellerId::new("school")?,
            buyer: BuyerId::new(buyer)?,
            kind: InvoiceKind::DIGITAL_ORDINARY,
            title,
            rhythm,
            from: "2026-01-01".parse()?,
            wait_days: 3,
        };
        self.desk.arrange(&self.finance, request).await?;
        Ok(())
    }

    /// Time passes, and the worker does what comes due.
    async fn until(&self, at: &str) -> Done {
        let at: DateTime<Utc> = at.parse()?;
        let worker = WorkerId::new("worker")?;
        loop {
            while self.desk.pump(&self.system, &worker, 100).await?.claimed > 0 {}
            match self.desk.next_due().await?.filter(|due| *due < at) {
                Some(due) => {
                    self.clock.advance_to(due.max(self.clock.now() + chrono::TimeDelta::milliseconds(1)))
                }
                None => break,
            }
        }
        self.clock.advance_to(at);
        Ok(())
    }

    async fn show(&self, id: &str) -> Done<Application> {
        let application = self.desk.application(&self.system, &ApplicationId::new(id)?).await?;
        let state = application.state().wording(Audience::Staff, Language::ZhCn);
        println!("  {id:<14} {state}  {} 元  {} 张", application.gross(), application.tasks().len());
        Ok(application)
    }
}

async fn tell_the_story(file: PathBuf) -> Done {
    let school = School::open(file).await?;
    println!("李同学粘贴公司抬头，存入抬头簿，两门课合并开一张票：");
    let li = Actor::buyer(ActorId::new("li")?, BuyerId::new("li")?);
    let pasted =
        PastedTitle::read("抬头：华为技术有限公司 税号：914403001922038216 深圳市龙岗区坂田 0755-28780808")?;
    let kept = school.desk.keep_title(&li, &BuyerId::new("li")?, pasted.title().clone()).await?;
    school.sell("L-1", "li", "Rust 入门课程", "399.00").await?;
    school.sell("L-2", "li", "税务合规课程", "599.00").await?;
    let title = school.desk.pick_title(&li, &BuyerId::new("li")?, kept.id()).await?;
    let wish = school.wish("AP-1", "li", InvoiceKind::DIGITAL_ORDINARY, title.clone(), &["L-1", "L-2"])?;
    let preview = school.desk.preview(&li, &wish).await?;
    school.desk.apply(&li, wish, Some(preview.token().to_owned())).await?;
    school.until("2026-01-06T02:00:00Z").await?;
    school.show("AP-1").await?;

    println!("同一抬头申请专票，须经审核：");
    school.sell("L-3", "li", "企业内训", "8800.00").await?;
    let wish = school.wish("AP-2", "li", InvoiceKind::DIGITAL_SPECIAL, title.clone(), &["L-3"])?;
    school.desk.apply(&li, wish, None).await?;
    school.show("AP-2").await?;
    school.desk.claim_review(&school.reviewer, &ApplicationId::new("AP-2")?).await?;
    school.desk.approve(&school.reviewer, &ApplicationId::new("AP-2")?).await?;
    school.until("2026-01-07T02:00:00Z").await?;
    school.show("AP-2").await?;

    println!("订阅按月、按季自动开票：");
    school.plan("MONTH", "mei", Title::person("陈梅"), Rhythm::Monthly).await?;
    school.plan("QUARTER", "tao", Title::person("周涛"), Rhythm::Quarterly).await?;
    for (month, day) in [(1, "2026-01-20"), (2, "2026-02-20"), (3, "2026-03-20")] {
        school.until(&format!("{day}T02:00:00Z")).await?;
        school.sell(&format!("M-{month}"), "mei", "会员月费", "49.00").await?;
        school.sell(&format!("Q-{month}"), "tao", "会员月费", "49.00").await?;
    }
    school.until("2026-04-05T02:00:00Z").await?;
    for id in ["MONTH-2026-01", "MONTH-2026-02", "MONTH-2026-03", "QUARTER-2026-Q1"] {
        school.show(id).await?;
    }

    println!("抬头写错了：买家报告，财务换开，红冲后重开：");
    let (first, second) = (ApplicationId::new("AP-1")?, ApplicationId::new("AP-3")?);
    let ticket = TicketId::new("T-1")?;
    let right = Title::person("李雷");
    let trouble = Trouble::WrongTitle(Some(right.clone()));
    let request =
        TicketRequest {
            id: ticket.clone(), application: first.clone(), trouble, note: "应开个人".into()
        };
    school.desk.report(&li, request).await?;
    school.desk.handle(&school.finance, &ticket, TicketDeed::Take).await?;
    let kind = InvoiceKind::DIGITAL_ORDINARY;
    let correction = CorrectRequest { id: second.clone(), of: first, title: right, kind, remark: None };
    school.desk.correct(&school.finance, correction).await?;
    school.until("2026-04-06T02:00:00Z").await?;
    let settled = TicketDeed::Settle(Settlement::Corrected(second));
    school.desk.handle(&school.finance, &ticket, settled).await?;
    school.show("AP-1").await?;
    school.show("AP-3").await?;

    paper_is_printed_mailed_and_voided(&school).await?;
    a_batch_comes_in_and_support_looks(&school).await?;

    println!("李同学的站内通知：");
    let query = Query::new(school.desk.tenant(), Kind::Notice);
    let mut inbox = school.desk.find_notices(&li, query).await?.items;
    inbox.sort_by(|a, b| a.made_at().cmp(&b.made_at()).then_with(|| a.id().cmp(b.id())));
    for notice in inbox {
        println!("  {}  {}", notice.made_at().format("%Y-%m-%d"), notice.wording(Language::ZhCn).1);
    }
    let proof = school.desk.reconcile(&school.finance, &SellerId::new("school")?).await?;
    let stuck = school.desk.stuck(&school.finance, school.clock.now()).await?;
    println!("账目核对：{}；待办：{} 项", if proof.holds() { "一致" } else { "不一致" }, stuck.len());
    if proof.holds() && stuck.is_empty() { Ok(()) } else { Err("the books do not hold".into()) }
}

async fn paper_is_printed_mailed_and_voided(school: &School) -> Done {
    println!("税控纸质发票：打印、寄出、退回，当月作废后重开电子票：");
    let seller = SellerId::new("school")?;
    school.sell("W-1", "wang", "线下课程", "1200.00").await?;
    let paper = InvoiceKind::LEGACY_ORDINARY_PAPER;
    let wish = school.wish("AP-4", "wang", paper, Title::person("王强"), &["W-1"])?.by_back_office();
    school.desk.apply(&school.finance, wish, None).await?;
    school.desk.approve(&school.reviewer, &ApplicationId::new("AP-4")?).await?;
    school.until("2026-04-07T02:00:00Z").await?;
    let mailed = PaperDeed::Mail { carrier: "顺丰".into(), tracking: "SF1234567890".into() };
    for sheets in school.desk.print_queue(&school.finance, None, 10).await?.items {
        for deed in [PaperDeed::Print, mailed.clone(), PaperDeed::Return] {
            let moved = school.desk.paper(&school.finance, sheets.id(), deed).await?;
            println!("  {}  {}", moved.id(), moved.paper().as_str());
        }
        school.desk.void(&school.finance, sheets.id()).await?;
    }
    school.until("2026-04-08T02:00:00Z").await?;
    school.show("AP-4").await?;
    let wish = school.wish("AP-5", "wang", InvoiceKind::DIGITAL_ORDINARY, Title::person("王强"), &["W-1"])?;
    school.desk.apply(&school.system, wish, None).await?;
    school.until("2026-04-09T02:00:00Z").await?;
    school.show("AP-5").await?;
    for stock in school.desk.number_stock(&school.finance, &seller).await? {
        println!("  {} 号码剩余 {} 份", stock.kind, stock.left);
    }
    Ok(())
}

async fn a_batch_comes_in_and_support_looks(school: &School) -> Done {
    println!("批量申请，一行一个结果：");
    school.sell("B-1", "zhou", "团体课程", "300.00").await?;
    let mut rows = Vec::new();
    for (number, order) in (2..).zip(["B-1", "B-1", "B-404"]) {
        let title = Title::person("周敏");
        let wish = school.wish("-", "zhou", InvoiceKind::DIGITAL_ORDINARY, title, &[order])?.by_back_office();
        rows.push(BatchRow { number, wish: RowWish::Apply(Box::new(wish)) });
    }
    let batch = BatchId::new("2026-04")?;
    school.desk.submit_batch(&school.finance, &batch, rows).await?;
    school.until("2026-04-10T02:00:00Z").await?;
    for (row, result) in school.desk.batch_results(&school.finance, &batch).await? {
        println!("  第 {row} 行  {}", result.as_str());
    }
    println!("客服看到的是脱敏后的申请单，不能下载：");
    let id = ApplicationId::new("AP-3")?;
    let seen = school.desk.view_application(&school.support, &id).await?.into_masked();
    println!("  {}  {}", seen.id, seen.title.name);
    let invoice = seen.tasks.first().ok_or("nothing is issued")?.invoice.clone();
    let refused = school.desk.download(&school.support, &invoice, DocumentFormat::Xml).await;
    println!("  {}", refused.err().ok_or("support must not download")?);
    school.desk.resend_invoices(&school.support, &id, "asked by phone").await?;
    school.until("2026-04-11T02:00:00Z").await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done {
    let given = std::env::args_os().nth(1).map(PathBuf::from);
    tell_the_story(given.unwrap_or_else(|| std::env::temp_dir().join("online-school.sqlite"))).await
}
