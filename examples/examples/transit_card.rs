//! The top-up platform of a transit card (交通卡充值): every top-up is invoiced when it is paid, as a prepaid card that is not
//! taxable (不征税), and never again when the card is used. A hundred thousand top-ups; the process is killed in the middle and
//! the next one goes on; an enterprise's cards come as a batch; one buyer has received nothing, another's title was wrong.
//!
//! ```text
//! cargo run --release --example transit_card [FILE [TOP-UPS]]     # state in a SQLite file, begun anew; some minutes
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use invoice_core::application::CorrectRequest;
use invoice_core::batch::{BatchRow, RowWish};
use invoice_core::decision::TicketDeed;
use invoice_core::env::InApp;
use invoice_core::id::{ApplicationId, BatchId, NotifierId, ProviderId, SellerId, TicketId, WorkerId};
use invoice_core::invoice::{InvoiceKind, SellerParty};
use invoice_core::notify::NoticeEvent;
use invoice_core::seller::Seller;
use invoice_core::store::{Kind, Query};
use invoice_core::ticket::{Settlement, TicketRequest, Trouble};
use invoice_core::title::Title;
use invoice_examples::story::{Done, Stage, file};

const CARD: &str = "card";
/// 预付卡销售, not taxable.
const PREPAID: &str = "6010000000000000000";
const ORDINARY: InvoiceKind = InvoiceKind::DIGITAL_ORDINARY;
/// Verbs under way at the same time: their units share a commit.
const AT_ONCE: usize = 64;
fn seller() -> Done<Seller> {
    let party = SellerParty {
        tax_id: "91330100799655058B".into(),
        name: "杭州示例交通卡有限公司".into(),
        drawer: "周会计".into(),
    };
    Ok(Seller::new(SellerId::new(CARD)?, party, ProviderId::new("sandbox")?).offering(ORDINARY, None))
}

fn inbox() -> Done<Arc<InApp>> {
    Ok(Arc::new(InApp::new(NotifierId::new("inbox")?)))
}

/// The number of a top-up and of its application.
fn named(number: u32) -> (String, String) {
    (format!("T{number:06}"), format!("A{number:06}"))
}

/// A top-up is paid and applied for.
async fn top_up(card: &Stage, number: u32) -> Done {
    let (order, application) = named(number);
    let buyer = format!("rider-{:05}", number % 20_000);
    let yuan = ["20.00", "50.00", "100.00", "200.00"][number as usize % 4];
    card.sell((CARD, &order, &buyer), (PREPAID, "交通卡充值", 1, yuan)).await?;
    let wish = Stage::wish((&application, CARD, &buyer), ORDINARY, Title::person("个人"), &[&order])?;
    card.desk.apply(&card.system, wish, None).await?;
    Ok(())
}

async fn top_ups(card: &Stage, numbers: std::ops::Range<u32>) -> Done {
    let bar = ProgressBar::new(u64::from(numbers.end - numbers.start));
    let work = stream::iter(numbers).map(|number| top_up(card, number)).buffer_unordered(AT_ONCE);
    work.try_for_each(|()| {
        bar.inc(1);
        futures_util::future::ok(())
    })
    .await?;
    bar.finish_and_clear();
    Ok(())
}

/// Workers issue until nothing is due.
async fn issue(card: &Stage) -> Done {
    let workers = (0..4).map(|number| async move {
        let worker = WorkerId::new(format!("worker-{number}"))?;
        while card.desk.pump(&card.system, &worker, 256).await?.claimed > 0 {}
        Done::Ok(())
    });
    futures_util::future::try_join_all(workers).await?;
    Ok(())
}

async fn tell_the_story(file: PathBuf, count: u32) -> Done {
    let notified = || NoticeEvent::ALL.iter().copied();
    let (own, mail) = (seller()?, inbox()?);
    let card = Stage::open(
        (CARD, file.clone(), "2026-05-06T02:00:00Z"),
        |bureau| bureau,
        |desk| desk.seller(own).notifier(mail, notified()).concurrency(AT_ONCE),
    )
    .await?;
    println!("{count} 笔充值，逐笔开具不征税普票：");
    top_ups(&card, 0..count).await?;

    println!("开到一半，进程被杀，另一个进程接着开：");
    // Whatever is under way is dropped where it stands: between a commit and a call, or between a call and a commit.
    let killed = tokio::time::timeout(Duration::from_millis(300), issue(&card)).await;
    let before = card.bureau.totals().blue_count;
    let (own, mail) = (seller()?, inbox()?);
    let card = card
        .again((CARD, file, 2), |desk| desk.seller(own).notifier(mail, notified()).concurrency(AT_ONCE))
        .await?;
    if killed.is_ok() {
        println!("  第一个进程在被杀之前已经开完");
    }
    issue(&card).await?;
    card.until("2026-05-07T02:00:00Z").await?;
    let all = card.bureau.totals().blue_count;
    println!("  被杀时已开 {before} 张，共开 {all} 张，一张不多，一张不少");
    if all != u64::from(count) {
        return Err(format!("{count} top-ups and {all} invoices").into());
    }
    an_enterprise_hands_in_its_cards(&card, count).await?;
    riders_complain(&card).await?;
    card.close(&[CARD]).await
}

async fn an_enterprise_hands_in_its_cards(card: &Stage, first: u32) -> Done {
    println!("企业为员工充值 200 张卡，一个文件申请，抬头是企业：");
    let mut rows = Vec::new();
    for (row, number) in (2..).zip(first..first + 200) {
        let (order, _) = named(number);
        card.sell((CARD, &order, "firm"), (PREPAID, "交通卡充值", 1, "500.00")).await?;
        let title = Title::company("华为技术有限公司", "914403001922038216");
        let wish = Stage::wish(("-", CARD, "firm"), ORDINARY, title, &[&order])?.by_back_office();
        rows.push(BatchRow { number: row, wish: RowWish::Apply(Box::new(wish)) });
    }
    let batch = BatchId::new("firm-2026-05")?;
    card.desk.submit_batch(&card.finance, &batch, rows).await?;
    card.until("2026-05-08T02:00:00Z").await?;
    let progress = card.desk.batch_progress(&card.finance, &batch).await?;
    println!("  {} 行，{} 行有结果，{} 行受理", progress.rows, progress.done, progress.accepted);
    Ok(())
}

async fn riders_complain(card: &Stage) -> Done {
    println!("乘客没收到：客服补发；抬头错了：财务换开：");
    let (_, first) = named(0);
    let (_, second) = named(1);
    for (ticket, application, rider, trouble) in [
        ("K-1", &first, "rider-00000", Trouble::NotReceived),
        ("K-2", &second, "rider-00001", Trouble::WrongTitle(Some(Title::person("李雷")))),
    ] {
        let (id, application) = (TicketId::new(ticket)?, ApplicationId::new(application)?);
        let note = "从小程序提交".to_owned();
        let request = TicketRequest { id: id.clone(), application: application.clone(), trouble, note };
        card.desk.report(&Stage::buyer(rider)?, request).await?;
        card.desk.handle(&card.finance, &id, TicketDeed::Take).await?;
        let how = if ticket == "K-1" {
            card.desk.resend_invoices(&card.support, &application, ticket).await?;
            Settlement::Resent
        } else {
            let corrected = ApplicationId::new("A-corrected")?;
            let (right, remark) = (Title::person("李雷"), None);
            let wish = CorrectRequest {
                id: corrected.clone(),
                of: application,
                title: right,
                kind: ORDINARY,
                remark,
            };
            card.desk.correct(&card.finance, wish).await?;
            card.until("2026-05-09T02:00:00Z").await?;
            Settlement::Corrected(corrected)
        };
        card.desk.handle(&card.finance, &id, TicketDeed::Settle(how)).await?;
    }
    card.until("2026-05-10T02:00:00Z").await?;
    card.show(&second).await?;
    card.show("A-corrected").await?;
    let rider = Stage::buyer("rider-00000")?;
    let query = Query::new(card.desk.tenant(), Kind::Notice);
    let told = card.desk.find_notices(&rider, query).await?.items;
    println!("  第一位乘客收到 {} 条通知", told.len());
    Ok(())
}

#[tokio::main]
async fn main() -> Done {
    let count = std::env::args().nth(2).map_or(Ok(100_000), |count| count.parse())?;
    let path: &Path = &file("transit-card");
    tell_the_story(path.to_owned(), count).await
}
