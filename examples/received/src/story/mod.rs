//! The story of a group of companies that receive what `closed_loop` has issued: files are read, duplicates found, the bureau
//! asked without wasting a question, a later red noticed; then booked, reimbursed once, matched with the bank, reported and
//! archived. Told twice on the same file, the second time changes nothing.

mod bank;
mod books;
mod incoming;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use invoice_core::access::{Actor, Role};
use invoice_core::audit::{hex, unhex};
use invoice_core::env::Clock;
use invoice_core::error::Language;
use invoice_core::id::{ActorId, TenantId};
use invoice_core::received::verification::{Standing, VerificationStep};
use invoice_core::received::{ReceivedQuery, ReceivedRecord, ReceivedState};
use invoice_core::report::GroupBy;
use invoice_core::report::voucher::Accounts;
use invoice_examples::archive::check;
use invoice_examples::clock::{VirtualClock, china};
use invoice_examples::machine::TimedIds;
use invoice_examples::run::{Place, RunError};
use invoice_examples::story::Done;
use invoice_providers::sandbox::{SandboxBureau, VerifierFault};

use crate::export::export;
use crate::import::{FileResult, ImportSummary, Outcome, import};
use crate::office::{Office, Setup};
use crate::report::Report;
use crate::verify::{schedule, verify};
use crate::vouchers::write_vouchers;

/// The seed of the closed loop's bureau.
const SEED: u64 = 1;

/// What the story comes to; the same however often it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Every invoice as it stands in the end.
    pub records: Vec<ReceivedRecord>,
    /// How many payments of the bank's were matched, and how many were not.
    pub payments: (usize, usize),
    /// The last hash of the archive.
    pub head: String,
}

pub(crate) struct Scene {
    office: Office,
    clock: Arc<VirtualClock>,
    fang: Actor,
    gang: Actor,
    out: PathBuf,
}

/// Tells the story on the output of a closed loop that has run: its documents and its bureau's books.
///
/// # Errors
/// When something goes otherwise than it should.
pub async fn tell(closed_loop: &Path, out: &Path) -> Done<Told> {
    let incoming = incoming::prepare(&closed_loop.join("documents"), &out.join("incoming"))?;
    let clock = Arc::new(VirtualClock::new(DateTime::UNIX_EPOCH));
    let time = Arc::clone(&clock) as Arc<dyn Clock>;
    let bureau = SandboxBureau::builder(SEED, Arc::clone(&time));
    let bureau = bureau.open(closed_loop.join("state.db.bureau"))?;
    let setup = Setup {
        place: Place::Sqlite(out.join("state.db")),
        tenant: TenantId::new("group")?,
        clock: time,
        ids: Arc::new(TimedIds::default()),
        bureau: bureau.clone(),
        entities: incoming.entities.clone(),
    };
    let office = Office::open(setup, |desk| desk).await?;
    let finance = |id: &str| Ok::<_, RunError>(Actor::staff(ActorId::new(id)?, Role::Finance));
    let (fang, gang) = (finance("fang")?, finance("gang")?);
    let scene = Scene { office, clock, fang, gang, out: out.to_path_buf() };
    let last = bureau.issued().map(|entry| invoice_core::tax::tax_day(entry.issued_at)).max();
    let last = last.ok_or("the closed loop has issued nothing")?;
    scene.clock.advance_to(china(last, 18));

    println!("一、导入 {} 家公司的收件夹（{last}）", incoming.entities.len());
    if !incoming.has_pdf {
        println!("  没有中文字体，不生成 PDF 样张（可安装 fonts-wqy-microhei）");
    }
    scene.files_arrive(&incoming.folder).await?;
    println!("二、查验：不浪费一次机会");
    scene.bureau_is_asked(last).await?;
    println!("三、入账、报销；同一张发票不能报销两次");
    let folder = last.format("%Y-%m").to_string();
    scene.books_are_kept(&folder).await?;
    println!("四、银行对账");
    let payments = scene.bank_pays().await?;
    println!("五、报表");
    scene.reports_are_made().await?;
    println!("六、归档");
    let head = scene.archive_is_sealed(&folder).await?;
    let records = scene.records().await?;
    scene.close(&records)?;
    Ok(Told { records, payments, head })
}

impl Scene {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    async fn records(&self) -> Result<Vec<ReceivedRecord>, RunError> {
        let mut all = Vec::new();
        let keep = |record: &ReceivedRecord| {
            all.push(record.clone());
            Ok::<_, RunError>(())
        };
        self.office.desk.fold_received(&self.fang, &ReceivedQuery::new(), keep).await?;
        all.sort_by(|a, b| a.number().cmp(b.number()));
        Ok(all)
    }

    async fn files_arrive(&self, folder: &Path) -> Done {
        let workers = NonZeroUsize::MIN.saturating_add(1);
        let shown = |summary: &ImportSummary| {
            let ImportSummary { files, received, known, same_bytes, refused, not_ours, unreadable } = summary;
            println!(
                "  文件 {files}：发票 {}（含另一格式），重复文件 {same_bytes}，被拒 {refused}，非本公司 {not_ours}，无法读取 \
                 {unreadable}",
                received + known
            );
        };
        let mut unread = Vec::new();
        let each = |result: &FileResult| {
            if let Outcome::Unreadable { told, .. } = &result.outcome {
                unread.push(format!("{}：{told}", result.path.display()));
            }
            Ok(())
        };
        shown(&import(&self.office, &self.fang, folder, workers, each).await?);
        unread.iter().for_each(|line| println!("  {line}"));
        // A colleague has the same mails.
        let mut first = None;
        let each = |result: &FileResult| {
            if let Outcome::Refused { told, .. } = &result.outcome {
                first.get_or_insert_with(|| told.clone());
            }
            Ok(())
        };
        let again = import(&self.office, &self.gang, &folder.join("mail"), workers, each).await?;
        println!("  同事 gang 又交来同样的邮件：{} 张被拒", again.refused);
        println!("  {}", first.ok_or("the same paper got through twice")?);
        if again.received + again.known == 0 {
            Ok(())
        } else {
            Err("the same paper got through twice".into())
        }
    }

    async fn shows(&self, what: &str) -> Done {
        let schedule = schedule(&self.office, &self.fang).await?;
        let waiting: Vec<String> = schedule
            .waiting
            .iter()
            .map(|(why, waiting)| {
                format!("{why} {}（最早 {}）", waiting.invoices, waiting.first.date_naive())
            })
            .collect();
        println!(
            "  {what}：待查 {}；等待 {}；今日已用 {} 次，单张最多 {} 次",
            schedule.due,
            if waiting.is_empty() { "无".to_owned() } else { waiting.join("，") },
            schedule.spent_today,
            schedule.most_today
        );
        if schedule.most_today <= 5 { Ok(()) } else { Err("a sixth question on one day".into()) }
    }

    async fn asks(&self, what: &str) -> Done {
        let heard = verify(&self.office, &self.fang, |_, _| {}).await?;
        let heard: Vec<String> = heard.iter().map(|(answer, count)| format!("{answer} {count}")).collect();
        println!("  {what}：{}", if heard.is_empty() { "无需询问".to_owned() } else { heard.join("，") });
        self.shows("此后").await
    }

    async fn bureau_is_asked(&self, last: NaiveDate) -> Done {
        self.shows("导入当天").await?;
        let records = self.records().await?;
        let known = records.iter().filter(|record| record.invoice().date() < last);
        let mut stands = known.filter(|record| !self.is_taken_back(record));
        let (unlucky, later) = (stands.next(), stands.next());
        let (unlucky, later) = unlucky.zip(later).ok_or("too few invoices to tell the story with")?;
        // Five answers get lost on the way: the questions count all the same, and there is no sixth.
        if unlucky.verification().attempts().is_empty() {
            for _ in 0..5 {
                self.office.verifier.inject(VerifierFault::Lost);
                self.office.desk.verify(&self.fang, unlucky.number()).await?;
                self.clock.advance_to(self.now() + TimeDelta::minutes(3));
            }
            let sixth = self.office.desk.verify(&self.fang, unlucky.number()).await?;
            let waits = matches!(sixth.next, VerificationStep::Wait { .. }) && sixth.heard.is_none();
            println!(
                "  一张发票的五次答复都丢失：第六次{}",
                if waits { "不再询问，等到次日" } else { "仍询问" }
            );
            if !waits {
                return Err("a sixth question on one day".into());
            }
        }
        self.asks("当天询问").await?;
        self.on(last, 1);
        self.asks("次日（T+1）").await?;
        self.office.verifier.register(later.invoice().clone(), Standing::RedFlushed);
        self.on(last, 9);
        self.asks("复查").await?;
        let found = self.records().await?;
        let found = found.iter().find(|record| record.number() == later.number());
        let standing = found.and_then(|record| record.verification().standing());
        println!("  其中一张在查验之后被销售方红冲：状态 {}", standing.map_or("-", Standing::as_str));
        if standing == Some(Standing::RedFlushed) { Ok(()) } else { Err("a later red went unnoticed".into()) }
    }

    /// So many days after a day, in the evening.
    fn on(&self, day: NaiveDate, days: u64) {
        let day = day.checked_add_days(Days::new(days)).unwrap_or(day);
        self.clock.advance_to(china(day, 19));
    }

    /// Whether the supplier had taken it back already when it came in.
    fn is_taken_back(&self, record: &ReceivedRecord) -> bool {
        let invoice = record.invoice();
        let flushed = record.verification().confirmations().next().is_some_and(|(_, first)| first.is_over());
        flushed || invoice.gross().is_none_or(|gross| !gross.is_positive())
    }

    async fn reports_are_made(&self) -> Done {
        let (office, everything) = (&self.office, ReceivedQuery::new());
        let report = Report::gather(office, &self.fang, &everything, GroupBy::Category).await?;
        let named = |end: &str| self.out.join(format!("report.{end}"));
        report.write_html(&named("html"), None)?;
        report.write_csv(&named("csv"))?;
        report.write_xlsx(&named("xlsx"))?;
        for line in report.lines() {
            println!("  {line}");
        }
        println!("  进项税额 {}", report.input_tax());
        let (query, accounts) = (ReceivedQuery::new(), Accounts::default());
        let path = named("vouchers.csv");
        let vouchers = write_vouchers(office, &self.fang, (&query, &accounts), &path).await?;
        println!("  记账凭证 {vouchers} 张：{}", path.display());
        println!("  {}", named("html").display());
        Ok(())
    }

    async fn archive_is_sealed(&self, folder: &str) -> Done<String> {
        let (to, kept) = (self.out.join("archive").join(folder), self.out.join(format!("{folder}.head")));
        if !to.exists() {
            let query = ReceivedQuery::new().folder(folder);
            let exported = export(&self.office, &self.fang, &query, &to).await?;
            println!("  {} 张发票，{} 个原始文件", exported.invoices, exported.files);
            println!("  保存至 {}", exported.sealed.keep_until);
            std::fs::write(&kept, hex(&exported.sealed.head))?;
        }
        let head = std::fs::read_to_string(&kept)?;
        let verdict = check(&to, Some(&unhex(&head).ok_or("no hash was kept")?))?;
        println!("  离线核验：{} 个文件，{}", verdict.files, if verdict.holds() { "完好" } else { "有误" });
        if !verdict.holds() {
            return Err("the archive does not hold".into());
        }
        // One bit is another: it is found, and put right again.
        let index = to.join("index.csv");
        let whole = std::fs::read(&index)?;
        let mut flipped = whole.clone();
        if let Some(byte) = flipped.last_mut() {
            *byte ^= 1;
        }
        std::fs::write(&index, &flipped)?;
        let faults = check(&to, None)?.faults;
        std::fs::write(&index, &whole)?;
        println!("  改动一个比特：{}", faults.first().map_or("未发现", |fault| fault.as_str()));
        if faults.len() == 1 { Ok(head) } else { Err("a flipped bit went unnoticed".into()) }
    }

    fn close(&self, records: &[ReceivedRecord]) -> Done {
        println!("\n小结：{} 张发票", records.len());
        for state in ReceivedState::ALL {
            let of_state: Vec<&ReceivedRecord> = records.iter().filter(|r| r.state() == *state).collect();
            let gross = of_state
                .iter()
                .filter_map(|record| record.invoice().gross())
                .sum::<invoice_core::money::Money>();
            if !of_state.is_empty() {
                println!("  {}  {} 张  {gross} 元", state.chinese(), of_state.len());
            }
        }
        println!("  全部文件在 {}", self.out.display());
        Ok(())
    }
}

/// The sentence of a refusal that must come, with this code.
pub(crate) fn refused<T>(
    result: Result<T, invoice_core::desk::DeskError>,
    code: invoice_core::error::RefusalCode,
) -> Done<String> {
    let Err(error) = result else { return Err(format!("{} was not refused", code.as_str()).into()) };
    match error.refusal().filter(|refusal| refusal.code() == code) {
        Some(refusal) => Ok(format!("{}：{}", code.as_str(), refusal.message(Language::ZhCn))),
        None => Err(error.into()),
    }
}
