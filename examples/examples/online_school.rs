//! An online school (网校) and its invoices: titles kept and used again, several courses on one invoice, a special invoice
//! through review, subscriptions invoiced by month and by quarter, a wrong title corrected, paper printed, mailed and voided,
//! a batch, what support sees, and everybody told.
//!
//! ```text
//! cargo run --release --example online_school [FILE]     # state in a SQLite file, begun anew
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use invoice_core::access::Actor;
use invoice_core::application::CorrectRequest;
use invoice_core::batch::{BatchRow, RowWish};
use invoice_core::decision::{PaperDeed, TicketDeed};
use invoice_core::env::InApp;
use invoice_core::error::Language;
use invoice_core::id::{
    ApplicationId, BatchId, BuyerId, NotifierId, PeriodicId, ProviderId, SellerId, TicketId,
};
use invoice_core::invoice::{InvoiceKind, SellerParty};
use invoice_core::notify::NoticeEvent;
use invoice_core::periodic::{PeriodicRequest, PeriodicState, Rhythm};
use invoice_core::provider::DocumentFormat;
use invoice_core::seller::Seller;
use invoice_core::store::{Kind, Query};
use invoice_core::ticket::{Settlement, TicketRequest, Trouble};
use invoice_core::title::{PastedTitle, Title};
use invoice_examples::story::{Done, Stage, file};

const SCHOOL: &str = "school";
/// 非学历教育服务, 6 %.
const COURSE: &str = "3070201020000000000";

async fn open(file: PathBuf) -> Done<Stage> {
    let paper = InvoiceKind::LEGACY_ORDINARY_PAPER;
    let party = SellerParty {
        tax_id: "91330100799655058B".into(),
        name: "杭州示例网校有限公司".into(),
        drawer: "王老师".into(),
    };
    let seller = Seller::new(SellerId::new(SCHOOL)?, party, ProviderId::new("sandbox")?)
        .offering(InvoiceKind::DIGITAL_ORDINARY, None)
        .offering(InvoiceKind::DIGITAL_SPECIAL, None)
        .offering_back_office(paper, None);
    let inbox = Arc::new(InApp::new(NotifierId::new("inbox")?));
    let kinds = [InvoiceKind::DIGITAL_ORDINARY, InvoiceKind::DIGITAL_SPECIAL, paper];
    Stage::open(
        (SCHOOL, file, "2026-01-05T02:00:00Z"),
        |bureau| bureau.kinds(kinds).number_stock(paper, 50),
        |desk| desk.seller(seller).notifier(inbox, NoticeEvent::ALL.iter().copied()),
    )
    .await
}

/// A course is bought and paid for.
async fn sell(school: &Stage, order: &str, buyer: &str, course: &str, yuan: &str) -> Done {
    school.sell((SCHOOL, order, buyer), (COURSE, course, 1, yuan)).await
}

async fn plan(school: &Stage, id: &str, buyer: &str, title: Title, rhythm: Rhythm) -> Done {
    let request = PeriodicRequest {
        id: PeriodicId::new(id)?,
        seller: SellerId::new(SCHOOL)?,
        buyer: BuyerId::new(buyer)?,
        kind: InvoiceKind::DIGITAL_ORDINARY,
        title,
        rhythm,
        from: "2026-01-01".parse()?,
        wait_days: 3,
    };
    school.desk.arrange(&school.finance, request).await?;
    Ok(())
}

async fn tell_the_story(file: PathBuf) -> Done {
    let school = open(file).await?;
    println!("李同学粘贴公司抬头，存入抬头簿，两门课合并开一张票：");
    let li = Stage::buyer("li")?;
    let pasted =
        PastedTitle::read("抬头：华为技术有限公司 税号：914403001922038216 深圳市龙岗区坂田 0755-28780808")?;
    let kept = school.desk.keep_title(&li, &BuyerId::new("li")?, pasted.title().clone()).await?;
    sell(&school, "L-1", "li", "Rust 入门课程", "399.00").await?;
    sell(&school, "L-2", "li", "税务合规课程", "599.00").await?;
    let title = school.desk.pick_title(&li, &BuyerId::new("li")?, kept.id()).await?;
    let wish =
        Stage::wish(("AP-1", SCHOOL, "li"), InvoiceKind::DIGITAL_ORDINARY, title.clone(), &["L-1", "L-2"])?;
    let preview = school.desk.preview(&li, &wish).await?;
    school.desk.apply(&li, wish, Some(preview.token().to_owned())).await?;
    school.until("2026-01-06T02:00:00Z").await?;
    school.show("AP-1").await?;

    titles_are_kept(&school, &li).await?;

    println!("同一抬头申请专票，须经审核：");
    sell(&school, "L-3", "li", "企业内训", "8800.00").await?;
    let wish = Stage::wish(("AP-2", SCHOOL, "li"), InvoiceKind::DIGITAL_SPECIAL, title.clone(), &["L-3"])?;
    school.desk.apply(&li, wish, None).await?;
    school.show("AP-2").await?;
    school.desk.claim_review(&school.reviewer, &ApplicationId::new("AP-2")?).await?;
    school.desk.approve(&school.reviewer, &ApplicationId::new("AP-2")?).await?;
    school.until("2026-01-07T02:00:00Z").await?;
    school.show("AP-2").await?;

    println!("订阅按月、按季自动开票：");
    plan(&school, "MONTH", "mei", Title::person("陈梅"), Rhythm::Monthly).await?;
    plan(&school, "QUARTER", "tao", Title::person("周涛"), Rhythm::Quarterly).await?;
    for (month, day) in [(1, "2026-01-20"), (2, "2026-02-20"), (3, "2026-03-20")] {
        school.until(&format!("{day}T02:00:00Z")).await?;
        sell(&school, &format!("M-{month}"), "mei", "会员月费", "49.00").await?;
        sell(&school, &format!("Q-{month}"), "tao", "会员月费", "49.00").await?;
    }
    school.until("2026-04-05T02:00:00Z").await?;
    for id in ["MONTH-2026-01", "MONTH-2026-02", "MONTH-2026-03", "QUARTER-2026-Q1"] {
        school.show(id).await?;
    }

    let paused = PeriodicId::new("QUARTER")?;
    school.desk.turn(&school.finance, &paused, PeriodicState::Paused).await?;
    for plan in
        school.desk.find_plans(&school.finance, Query::new(school.desk.tenant(), Kind::Periodic)).await?.items
    {
        let plan = school.desk.periodic_plan(&school.finance, plan.id()).await?;
        println!("  计划 {}  {}", plan.id(), plan.state().as_str());
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
    for waiting in
        school.desk.find_tickets(&school.support, Query::new(school.desk.tenant(), Kind::Ticket)).await?.items
    {
        let waiting = waiting.into_masked();
        println!("  工单 {}  {}", waiting.id, waiting.state.as_str());
    }
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
    school.close(&[SCHOOL]).await
}

async fn titles_are_kept(school: &Stage, li: &Actor) -> Done {
    println!("抬头簿：改地址、设默认、删掉不用的：");
    let buyer = BuyerId::new("li")?;
    let own = school.desk.keep_title(li, &buyer, Title::person("李雷")).await?;
    let old = school.desk.keep_title(li, &buyer, Title::person("李大雷")).await?;
    school.desk.prefer_title(li, &buyer, own.id()).await?;
    school.desk.drop_title(li, &buyer, old.id()).await?;
    let company = Title::company("华为技术有限公司", "914403001922038216");
    let book = school.desk.title_book_of(li, &buyer).await?;
    let known = book.same_as(&company).ok_or("it was kept")?.id().clone();
    let moved = company.with_address("深圳市龙岗区坂田华为基地", "0755-28780808");
    let book = school.desk.change_title(li, &buyer, &known, moved).await?;
    for entry in book.entries() {
        println!("  {}", entry.title().name());
    }
    Ok(())
}

async fn paper_is_printed_mailed_and_voided(school: &Stage) -> Done {
    println!("税控纸质发票：打印、寄出、退回，当月作废后重开电子票：");
    let seller = SellerId::new("school")?;
    sell(school, "W-1", "wang", "线下课程", "1200.00").await?;
    let paper = InvoiceKind::LEGACY_ORDINARY_PAPER;
    let wish =
        Stage::wish(("AP-4", SCHOOL, "wang"), paper, Title::person("王强"), &["W-1"])?.by_back_office();
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
    let wish = Stage::wish(
        ("AP-5", SCHOOL, "wang"),
        InvoiceKind::DIGITAL_ORDINARY,
        Title::person("王强"),
        &["W-1"],
    )?;
    school.desk.apply(&school.system, wish, None).await?;
    school.until("2026-04-09T02:00:00Z").await?;
    school.show("AP-5").await?;
    println!("  号码缺口 {} 处", school.desk.number_gaps(&school.finance, &seller).await?.len());
    for stock in school.desk.number_stock(&school.finance, &seller).await? {
        println!("  {} 号码剩余 {} 份", stock.kind, stock.left);
    }
    Ok(())
}

async fn a_batch_comes_in_and_support_looks(school: &Stage) -> Done {
    println!("批量申请，一行一个结果：");
    sell(school, "B-1", "zhou", "团体课程", "300.00").await?;
    let mut rows = Vec::new();
    for (number, order) in (2..).zip(["B-1", "B-1", "B-404"]) {
        let title = Title::person("周敏");
        let wish = Stage::wish(("-", SCHOOL, "zhou"), InvoiceKind::DIGITAL_ORDINARY, title, &[order])?
            .by_back_office();
        rows.push(BatchRow { number, wish: RowWish::Apply(Box::new(wish)) });
    }
    let batch = BatchId::new("2026-04")?;
    school.desk.submit_batch(&school.finance, &batch, rows).await?;
    school.until("2026-04-10T02:00:00Z").await?;
    let progress = school.desk.batch_progress(&school.finance, &batch).await?;
    println!("  {} 行，{} 行有结果，{} 行受理", progress.rows, progress.done, progress.accepted);
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
    tell_the_story(file("online-school")).await
}
