//! The invoice desk of a platform (发票中台): three systems hand their orders in, each with its own seller and limit; orders
//! become three invoices each below 10,000, 100,000 and 1,000,000; refunds are taken back by themselves and what they leave
//! is applied for again; and what goes wrong in a month is found and ended by a person: a login, a doubt, a refusal, a
//! confirmation withdrawn. At its end the keys are renewed, and an incident is looked into without a buyer's data.
//!
//! ```text
//! cargo run --release --example platform_desk [FILE]     # state in a SQLite file, begun anew
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use invoice_core::application::Audience;
use invoice_core::decision::Outcome;
use invoice_core::desk::{DeskBuilder, InvoiceDesk, Reminders, ResealCursor};
use invoice_core::env::{Clock, Unsealed};
use invoice_core::error::Language;
use invoice_core::id::{ApplicationId, InvoiceId, LineId, OrderId, ProviderId, RefundId, SellerId};
use invoice_core::incident::Bundle;
use invoice_core::invoice::{InvoiceClass, InvoiceKind, RedAnswer, SellerParty};
use invoice_core::limits::InvoiceLimit;
use invoice_core::order::{Refund, RefundLine};
use invoice_core::plan::red::{RedExtent, RedReason};
use invoice_core::provider::IssuedInvoice;
use invoice_core::search::TitleQuery;
use invoice_core::seller::Seller;
use invoice_core::store::{Kind, MemoryStore, Query};
use invoice_core::title::Title;
use invoice_examples::ids::CountedIds;
use invoice_examples::story::{Done, Stage, file};
use invoice_providers::cipher::LocalCipher;
use invoice_providers::sandbox::{Fault, FaultPlan, RedRule};
use invoice_providers::sql::SqliteStore;

const ORDINARY: InvoiceKind = InvoiceKind::DIGITAL_ORDINARY;
const SPECIAL: InvoiceKind = InvoiceKind::DIGITAL_SPECIAL;
/// A system's seller: id, tax ID, name, limit; tax code and name of what it sells.
type System = (&'static str, &'static str, &'static str, InvoiceLimit, (&'static str, &'static str));

const SYSTEMS: [System; 3] = [
    (
        "mall",
        "91330100799655058B",
        "杭州示例商城有限公司",
        InvoiceLimit::WAN_1,
        ("1060201010000000000", "图书"),
    ),
    (
        "hotel",
        "9133020114479257XW",
        "宁波示例酒店有限公司",
        InvoiceLimit::WAN_10,
        ("3070402000000000000", "住宿"),
    ),
    (
        "supply",
        "914403001922038216",
        "深圳示例供应链有限公司",
        InvoiceLimit::WAN_100,
        ("1090511010000000000", "显示器"),
    ),
];
/// Whom the invoices are for.
const COMPANY: (&str, &str) = ("上海示例科技有限公司", "91310000607378229C");

fn company() -> Title {
    Title::company(COMPANY.0, COMPANY.1)
}

fn sellers() -> Done<Vec<Seller>> {
    let mut sellers = Vec::new();
    for (id, tax_id, name, limit, _) in SYSTEMS {
        let party = SellerParty { tax_id: tax_id.into(), name: name.into(), drawer: "钱会计".into() };
        let seller = Seller::new(SellerId::new(id)?, party, ProviderId::new("sandbox")?);
        let seller = seller.offering(ORDINARY, Some(limit)).offering(SPECIAL, Some(limit));
        sellers.push(seller.with_red_extent(InvoiceClass::Special, RedExtent::WholeInvoice));
    }
    Ok(sellers)
}

async fn open(file: PathBuf) -> Done<Stage> {
    let sellers = sellers()?;
    let credit = "30000000".parse()?;
    Stage::open(
        ("platform", file, "2026-03-02T02:00:00Z"),
        |bureau| bureau.red(RedRule::BuyerConfirms).default_credit_line(Some(credit)),
        |desk| sellers.into_iter().fold(desk, |desk, seller| desk.seller(seller)),
    )
    .await
}

/// An order comes in from a system and is paid: ten pieces.
async fn order(desk: &Stage, system: usize, order: &str, buyer: &str, yuan: &str) -> Done {
    let (seller, .., (code, goods)) = SYSTEMS.get(system).copied().ok_or("no such system")?;
    desk.sell((seller, order, buyer), (code, goods, 10, yuan)).await
}

/// One of the ten pieces comes back.
async fn one_comes_back(desk: &Stage, order: &str, yuan: &str) -> Done {
    let line = RefundLine { line: LineId::new("1")?, amount: yuan.parse()?, quantity: Some(1.into()) };
    let refund = Refund {
        id: RefundId::new(format!("R-{order}"))?,
        order: OrderId::new(order)?,
        at: desk.now(),
        reason: RedReason::Returned,
        lines: vec![line],
    };
    Ok(desk.desk.refund(&desk.system, refund).await?)
}

/// The invoice tasks of an application, in order.
async fn tasks(desk: &Stage, application: &str) -> Done<Vec<InvoiceId>> {
    let found = desk.desk.application(&desk.system, &ApplicationId::new(application)?).await?;
    Ok(found.tasks().iter().map(|task| task.invoice.clone()).collect())
}

async fn tell_the_story(file: PathBuf) -> Done {
    let desk = open(file.clone()).await?;
    orders_are_split(&desk).await?;
    refunds_are_taken_back(&desk).await?;
    one_seller_must_log_in(&desk).await?;
    a_doubt_is_resolved(&desk).await?;
    reviewers_and_buyers_decide(&desk).await?;
    support_looks(&desk).await?;
    let desk = keys_are_renewed(desk, file).await?;
    an_incident_happens_again(&desk).await?;
    desk.until("2026-03-31T02:00:00Z").await?;
    desk.close(&["mall", "hotel", "supply"]).await
}

async fn orders_are_split(desk: &Stage) -> Done {
    println!("三个系统各来一单，各按自己的限额拆成最少的张数：");
    for (at, amount) in ["25000.00", "250000.00", "2500000.00"].into_iter().enumerate() {
        let (seller, ..) = SYSTEMS[at];
        let (number, wish) = (format!("{seller}-1"), format!("A-{seller}-1"));
        order(desk, at, &number, "shang", amount).await?;
        let wish = Stage::wish((&wish, seller, "shang"), ORDINARY, company(), &[&number])?;
        let preview = desk.desk.preview(&desk.system, &wish).await?;
        for reason in preview.draft().plan().reasons() {
            println!("  {}", reason.message(Language::ZhCn));
        }
        desk.desk.apply(&desk.system, wish, Some(preview.token().to_owned())).await?;
        desk.desk.record_receipt(&desk.system, &OrderId::new(&number)?, desk.now()).await?;
    }
    desk.until("2026-03-03T02:00:00Z").await?;
    for message in desk.bureau.take_callbacks() {
        desk.desk
            .callback(&desk.system, &ProviderId::new("sandbox")?, &message.headers, &message.body)
            .await?;
    }
    for (seller, ..) in SYSTEMS {
        desk.show(&format!("A-{seller}-1")).await?;
        let forecast = desk.desk.credit_forecast(&desk.finance, &SellerId::new(seller)?).await?;
        println!("  {seller} 剩余额度 {} 元", forecast.ok_or("the bureau tells it")?.left());
    }
    Ok(())
}

async fn refunds_are_taken_back(desk: &Stage) -> Done {
    println!("退货自动红冲：一张买家确认，一张被财务撤回后重试，余额再申请：");
    one_comes_back(desk, "mall-1", "2500.00").await?;
    one_comes_back(desk, "hotel-1", "25000.00").await?;
    desk.until("2026-03-04T02:00:00Z").await?;
    let withdrawn = tasks(desk, "A-hotel-1").await?.pop().ok_or("a red is planned")?;
    desk.desk.answer_red(&desk.finance, &withdrawn, RedAnswer::Withdraw).await?;
    desk.until("2026-03-05T02:00:00Z").await?;
    println!("  {withdrawn} {}", desk.desk.invoice(&desk.finance, &withdrawn).await?.state().as_str());
    desk.desk.retry(&desk.finance, &withdrawn).await?;
    desk.until("2026-03-05T03:00:00Z").await?;
    for form in desk.bureau.open_confirmations() {
        desk.bureau.buyer_confirms(&form.number)?;
    }
    desk.until("2026-03-06T02:00:00Z").await?;
    for id in ["A-mall-1", "A-hotel-1"] {
        desk.show(id).await?;
    }
    Ok(())
}

async fn one_seller_must_log_in(desk: &Stage) -> Done {
    println!("税局要酒店登录：只停它的队列，登录后接着开：");
    let (_, tax_id, ..) = SYSTEMS[1];
    desk.bureau.challenge(tax_id);
    for (at, seller) in [(0, "mall"), (1, "hotel")] {
        let (number, id) = (format!("{seller}-2"), format!("A-{seller}-2"));
        order(desk, at, &number, "xia", "800.00").await?;
        let wish = Stage::wish((&id, seller, "xia"), ORDINARY, Title::person("夏雨"), &[&number])?;
        desk.desk.apply(&desk.system, wish, None).await?;
    }
    desk.until("2026-03-07T02:00:00Z").await?;
    for account in desk.desk.paused(&desk.finance).await? {
        let pause = account.pause.ok_or("it stands still")?;
        println!("  {} 停在 {}", account.id.seller, pause.code);
    }
    for waiting in desk.desk.waiting(&desk.finance, None, 10).await?.items {
        println!("  {}", waiting.wording(Language::ZhCn));
    }
    desk.show("A-mall-2").await?;
    desk.bureau.clear_challenge(tax_id);
    desk.desk.resume(&desk.finance, &SellerId::new("hotel")?, &ProviderId::new("sandbox")?).await?;
    desk.until("2026-03-08T02:00:00Z").await?;
    desk.show("A-hotel-2").await?;
    Ok(())
}

async fn a_doubt_is_resolved(desk: &Stage) -> Done {
    println!("答复丢失，两天查不到：停下等人核实，不重开；人在税局查到了，照实登记：");
    order(desk, 2, "supply-2", "qiu", "56000.00").await?;
    let wish = Stage::wish(("A-supply-2", "supply", "qiu"), ORDINARY, company(), &["supply-2"])?;
    desk.desk.apply(&desk.system, wish, None).await?;
    let task = tasks(desk, "A-supply-2").await?.pop().ok_or("one is planned")?;
    let planned = desk.desk.invoice(&desk.finance, &task).await?;
    desk.bureau.inject_for(planned.key(), Fault::LostAfter);
    desk.bureau.set_faults(FaultPlan::none().with(Fault::QueryLost, 1000));
    desk.until("2026-03-12T02:00:00Z").await?;
    desk.bureau.set_faults(FaultPlan::none());
    let doubtful = desk.desk.invoice(&desk.finance, &task).await?;
    println!("  {}", doubtful.advice(Language::ZhCn).ok_or("it is in doubt")?);
    let found = desk.bureau.issued().find(|entry| &entry.key == doubtful.key()).ok_or("it was issued")?;
    let (number, issued_at) = (found.number, found.issued_at);
    let issued = IssuedInvoice { number, issued_at, net: found.net, tax: found.tax, gross: found.gross };
    desk.desk.resolve(&desk.finance, &task, doubtful.key(), Outcome::Issued(issued)).await?;
    desk.show("A-supply-2").await?;
    Ok(())
}

async fn reviewers_and_buyers_decide(desk: &Stage) -> Done {
    println!("专票须审核：一张退回，一张买家取消，一张开出；退一件整张红冲，余额再申请：");
    for number in ["mall-3", "mall-4", "mall-5"] {
        order(desk, 0, number, "dong", "5000.00").await?;
        let wish = Stage::wish((&format!("A-{number}"), "mall", "dong"), SPECIAL, company(), &[number])?;
        desk.desk.apply(&Stage::buyer("dong")?, wish, None).await?;
    }
    desk.desk.cancel(&Stage::buyer("dong")?, &ApplicationId::new("A-mall-5")?).await?;
    let claimed = desk.desk.claim_next(&desk.reviewer, &SellerId::new("mall")?).await?;
    let claimed = claimed.ok_or("two wait")?.id().clone();
    desk.desk.reject(&desk.reviewer, &claimed, "请先与采购核对税号").await?;
    while let Some(next) = desk.desk.claim_next(&desk.reviewer, &SellerId::new("mall")?).await? {
        desk.desk.approve(&desk.reviewer, next.id()).await?;
    }
    desk.until("2026-03-13T02:00:00Z").await?;
    for number in ["mall-3", "mall-4"] {
        let whole = desk.show(&format!("A-{number}")).await?;
        if !whole.tasks().is_empty() {
            one_comes_back(desk, number, "500.00").await?;
            desk.until("2026-03-14T02:00:00Z").await?;
            for form in desk.bureau.open_confirmations() {
                desk.bureau.buyer_confirms(&form.number)?;
            }
            desk.until("2026-03-15T02:00:00Z").await?;
            let again = ApplicationId::new("A-again")?;
            desk.desk.reapply(&Stage::buyer("dong")?, whole.id(), again.clone()).await?;
            desk.desk.approve(&desk.reviewer, &again).await?;
        }
    }
    desk.until("2026-03-16T02:00:00Z").await?;
    desk.show("A-again").await?;
    let versions = desk.desk.versions(&desk.admin, &ApplicationId::new("A-again")?).await?;
    println!("  再申请单共 {} 个版本", versions.len());
    Ok(())
}

async fn support_looks(desk: &Stage) -> Done {
    println!("客服按抬头找到申请单，看到的都已脱敏，越权的动作被记下：");
    let query = TitleQuery::name("示例科技")?;
    println!(
        "  找到 {} 张申请单",
        desk.desk.search_applications(&desk.finance, &query, None, 50).await?.items.len()
    );
    println!(
        "  找到 {} 张发票",
        desk.desk.search_invoices(&desk.finance, &query, None, 50).await?.items.len()
    );
    for found in desk.desk.view_search(&desk.support, &query, None, 1).await?.items {
        println!("  {}", found.into_masked().title.name);
    }
    let all = Query::new(desk.desk.tenant(), Kind::Application).limit(1);
    for seen in desk.desk.view_applications(&desk.support, all).await?.items {
        let id = seen.into_masked().id;
        for step in desk.desk.timeline(&desk.support, &id).await? {
            println!("  {}  {}  {}", step.at.format("%m-%d %H:%M"), step.subject, step.changes.join(" "));
        }
        println!("  还要等 {} 件事", desk.desk.outlook(&desk.support, &id).await?.len());
    }
    let tasks = tasks(desk, "A-mall-1").await?;
    let first = tasks.first().ok_or("it was split")?;
    println!("  {}", desk.desk.view_invoice(&desk.support, first).await?.into_masked().title.name);
    let issued = Query::new(desk.desk.tenant(), Kind::Invoice).in_states(["issued"]).limit(100);
    println!("  已开 {} 张", desk.desk.view_invoices(&desk.support, issued).await?.items.len());
    let refused = desk.desk.retry(&desk.support, first).await.err().ok_or("support must not retry")?;
    println!("  {refused}");
    for record in desk.desk.refusals(&desk.admin).await? {
        let times = desk.desk.refusals_of(&desk.admin, record.actor()).await?.len();
        println!("  {} 被拒 {times} 次", record.actor());
    }
    println!("  提醒 {} 条", desk.desk.remind(&desk.system, &Reminders::default()).await?);
    let seen = desk.desk.look_for_red_forms(&desk.system, &SellerId::new("mall")?, desk.now()).await?.seen;
    println!("  税局有买家发起的红字确认单 {seen} 张");
    Ok(())
}

/// A new key for the tenant: what is sealed from now on is under it, and what was sealed before is sealed again page by
/// page, as a job that any program may go on with.
async fn keys_are_renewed(desk: Stage, file: PathBuf) -> Done<Stage> {
    println!("夜里更换密钥，逐页重新封存，做到一半也能接着做：");
    let tenant = desk.desk.tenant().clone();
    let mut key = file.clone().into_os_string();
    key.push(".key");
    let generation = LocalCipher::open(key)?.rotate(&tenant)?;
    let sellers = sellers()?;
    let renewed = |desk: DeskBuilder| sellers.into_iter().fold(desk, |desk, seller| desk.seller(seller));
    let desk = desk.again(("platform", file.clone(), 2), renewed).await?;
    let rows = SqliteStore::open(&file).await?;
    let (mut sealed, mut pages, mut next) = (0, 0, None);
    loop {
        let page = desk.desk.reseal(&desk.admin, &rows, next.as_ref(), 40).await?;
        (sealed, pages) = (sealed + page.resealed, pages + 1);
        match page.next {
            // As the next program would read it.
            Some(cursor) => next = ResealCursor::from_text(&cursor.to_text()),
            None => break,
        }
    }
    rows.close().await;
    println!("  第 {generation} 代密钥，{pages} 页，重新封存 {sealed} 行");
    Ok(desk)
}

/// What happened to an application, without a buyer's data, is put into an empty desk elsewhere: the same state.
async fn an_incident_happens_again(desk: &Stage) -> Done {
    println!("把一张申请单的经过（不含个人信息）交给开发，在一张空桌子上重演：");
    let id = ApplicationId::new("A-again")?;
    let bundle = Bundle::from_json(&desk.desk.incident(&desk.admin, &id).await?.to_json()?)?;
    let elsewhere = InvoiceDesk::builder(
        desk.desk.tenant().clone(),
        Arc::new(MemoryStore::new()),
        Arc::new(Unsealed),
        Arc::clone(&desk.clock) as Arc<dyn Clock>,
        Arc::new(CountedIds::new(2, 1)),
    );
    let elsewhere = sellers()?.into_iter().fold(elsewhere, |desk, seller| desk.seller(seller));
    let elsewhere = elsewhere.provider(Arc::new(desk.bureau.clone())).build()?;
    elsewhere.restage(&desk.admin, &bundle).await?;
    let (here, there) =
        (desk.desk.application(&desk.admin, &id).await?, elsewhere.application(&desk.admin, &id).await?);
    if (here.state(), here.tasks().len()) != (there.state(), there.tasks().len()) {
        return Err("the incident did not happen again".into());
    }
    println!(
        "  {} 段经过，状态相同：{}",
        bundle.chapters.len(),
        there.state().wording(Audience::Staff, Language::ZhCn)
    );
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done {
    tell_the_story(file("platform-desk")).await
}
