//! Accounting vouchers (记账凭证) of received invoices: what goes into which account, debit equal to credit to the fen.
//!
//! A booked invoice is expense and, where the tax can be deducted, input tax, against what is owed to the supplier, or to the
//! employee who laid it out; a paid one is what was owed against the bank. Which accounts these are is the shop's to say.
//! Each has the day in China of the step it is for, and what was owed to whom is what it was when the invoice was booked.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;

use super::facet::rows_sum;
use super::received::{Deduction, deduction_of};
use crate::money::Money;
use crate::received::{ReceivedInvoice, ReceivedRecord, ReceivedStep};
use crate::tax::tax_day;

/// An account (会计科目).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    code: String,
    name: String,
}

impl Account {
    /// An account by its code and name.
    pub fn new(code: impl Into<String>, name: impl Into<String>) -> Self {
        Self { code: code.into(), name: name.into() }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Into which accounts received invoices go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    expense: Account,
    of_category: BTreeMap<String, Account>,
    input_tax: Account,
    supplier: Account,
    employee: Account,
    bank: Account,
}

impl Default for Accounts {
    /// The accounts of small businesses (小企业会计准则，财会〔2011〕17号, appendix): 5602 管理费用, 2221 应交税费 with 应交增值税
    /// and 进项税额 below it, 2202 应付账款, 2241 其他应付款, 1002 银行存款.
    fn default() -> Self {
        Self {
            expense: Account::new("5602", "管理费用"),
            of_category: BTreeMap::new(),
            input_tax: Account::new("22210101", "应交税费—应交增值税（进项税额）"),
            supplier: Account::new("2202", "应付账款"),
            employee: Account::new("2241", "其他应付款"),
            bank: Account::new("1002", "银行存款"),
        }
    }
}

impl Accounts {
    /// Sets where goods and services go that have no account of their own.
    #[must_use]
    pub fn with_expense(mut self, account: Account) -> Self {
        self.expense = account;
        self
    }

    /// Sets where rows of a category (简称, such as 餐饮服务) go.
    #[must_use]
    pub fn with_category(mut self, category: impl Into<String>, account: Account) -> Self {
        self.of_category.insert(category.into(), account);
        self
    }

    /// Sets where input tax that can be deducted goes.
    #[must_use]
    pub fn with_input_tax(mut self, account: Account) -> Self {
        self.input_tax = account;
        self
    }

    /// Sets what is owed to suppliers.
    #[must_use]
    pub fn with_supplier(mut self, account: Account) -> Self {
        self.supplier = account;
        self
    }

    /// Sets what is owed to employees.
    #[must_use]
    pub fn with_employee(mut self, account: Account) -> Self {
        self.employee = account;
        self
    }

    /// Sets the bank.
    #[must_use]
    pub fn with_bank(mut self, account: Account) -> Self {
        self.bank = account;
        self
    }
}

/// One line (分录) of a voucher: an amount on one side of an account. Below zero for a red invoice, as accounts write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherLine {
    account: Account,
    debit: Money,
    credit: Money,
}

impl VoucherLine {
    /// The account.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The debit (借方).
    #[must_use]
    pub const fn debit(&self) -> Money {
        self.debit
    }

    /// The credit (贷方).
    #[must_use]
    pub const fn credit(&self) -> Money {
        self.credit
    }
}

/// A voucher. `Debug` does not show whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Voucher {
    number: String,
    day: NaiveDate,
    summary: String,
    lines: Vec<VoucherLine>,
}

impl Voucher {
    /// The voucher of booking an invoice, under the number it was booked with.
    ///
    /// Rows go to the accounts of their categories where they sum to the invoice; otherwise all of it goes to the expense
    /// account. Tax that cannot be deducted is part of the expense: as far as is known today, so that a voucher made again
    /// after the bureau has told of a later red shows it otherwise. `None` when it is not booked.
    #[must_use]
    pub fn of_booking(record: &ReceivedRecord, accounts: &Accounts) -> Option<Self> {
        let invoice = record.invoice();
        let (number, at) = record.dated_steps().find_map(|(step, at)| match step {
            ReceivedStep::Book { voucher } => Some((voucher.clone(), at)),
            _ => None,
        })?;
        let deducted = match deduction_of(record) {
            Deduction::Deductible => invoice.tax().unwrap_or_default(),
            _ => Money::ZERO,
        };
        let gross = owed(invoice)?;
        let expense = gross.checked_sub(deducted)?;
        let mut lines: Vec<VoucherLine> =
            by_account(invoice, accounts, expense, !deducted.is_zero())?.into_iter().map(debit).collect();
        if !deducted.is_zero() {
            lines.push(debit((accounts.input_tax.clone(), deducted)));
        }
        lines.push(credit((creditor(record, accounts), gross)));
        Some(Self::new((number, tax_day(at)), record, lines))
    }

    /// The voucher of paying an invoice, under the reference of the payment. `None` when it is not paid.
    #[must_use]
    pub fn of_payment(record: &ReceivedRecord, accounts: &Accounts) -> Option<Self> {
        let (number, at) = record.dated_steps().find_map(|(step, at)| match step {
            ReceivedStep::Pay { reference } => Some((reference.clone(), at)),
            _ => None,
        })?;
        let gross = owed(record.invoice())?;
        let lines = vec![debit((creditor(record, accounts), gross)), credit((accounts.bank.clone(), gross))];
        Some(Self::new((number, tax_day(at)), record, lines))
    }

    fn new((number, day): (String, NaiveDate), record: &ReceivedRecord, lines: Vec<VoucherLine>) -> Self {
        let invoice = record.invoice();
        let first = invoice.rows().first().and_then(|row| row.category()).unwrap_or_default();
        let summary = format!("{} {first} {}", invoice.seller_name().unwrap_or_default(), record.number());
        Self { number, day, summary: summary.trim().to_owned(), lines }
    }

    /// Its number (凭证号).
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Its day.
    #[must_use]
    pub const fn day(&self) -> NaiveDate {
        self.day
    }

    /// What it is about (摘要): seller, category and number of the invoice. Personal data.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Its lines: debits first.
    #[must_use]
    pub fn lines(&self) -> &[VoucherLine] {
        &self.lines
    }
}

impl fmt::Debug for Voucher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voucher")
            .field("number", &self.number)
            .field("day", &self.day)
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}

fn debit((account, amount): (Account, Money)) -> VoucherLine {
    VoucherLine { account, debit: amount, credit: Money::ZERO }
}

fn credit((account, amount): (Account, Money)) -> VoucherLine {
    VoucherLine { account, debit: Money::ZERO, credit: amount }
}

/// What has to be paid for an invoice: its gross total, or its net one where that is all there is.
fn owed(invoice: &ReceivedInvoice) -> Option<Money> {
    invoice.gross().or(invoice.net())
}

/// To whom: who had claimed it when it was booked, or else the supplier.
fn creditor(record: &ReceivedRecord, accounts: &Accounts) -> Account {
    if record.is_booked_as_claim() { accounts.employee.clone() } else { accounts.supplier.clone() }
}

/// The expense by account, net where the tax is deducted; together exactly `expense`.
fn by_account(
    invoice: &ReceivedInvoice,
    accounts: &Accounts,
    expense: Money,
    without_tax: bool,
) -> Option<BTreeMap<Account, Money>> {
    let mut parts: BTreeMap<Account, Money> = BTreeMap::new();
    if rows_sum(invoice) {
        for row in invoice.rows() {
            let own = row.category().and_then(|category| accounts.of_category.get(category));
            let tax = if without_tax { Money::ZERO } else { row.tax().unwrap_or_default() };
            let part = parts.entry(own.unwrap_or(&accounts.expense).clone()).or_default();
            *part = part.checked_add(row.net()?.checked_add(tax)?)?;
        }
    }
    // Rows without a tax that the invoice has, or none at all: the whole of it is one expense.
    if Money::checked_sum(parts.values().copied()) != Some(expense) || parts.is_empty() {
        parts = BTreeMap::from([(accounts.expense.clone(), expense)]);
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::id::{ActorId, ClaimId, SellerId};
    use crate::received::verification::{Heard, Standing, VerificationAnswer};
    use crate::received::{Claimed, Evidence, ReceivedChange, ReceivedKind, ReceivedRow, ReceivedState};

    const BOOKS: Evidence = Evidence::Structured;

    fn invoice(kind: ReceivedKind, rows: &[(i64, Option<i64>, &str)], listed: bool) -> ReceivedInvoice {
        let fen = Money::from_fen;
        let (net, tax) = rows.iter().fold((0, 0), |(n, t), (net, tax, _)| (n + net, t + tax.unwrap_or(0)));
        let mut built = ReceivedInvoice::builder()
            .number("26332000004021728676".parse().unwrap(), BOOKS)
            .kind(kind, BOOKS)
            .date("2026-05-01".parse().unwrap(), BOOKS)
            .seller_name("=示例公司", BOOKS)
            .net(fen(net), BOOKS)
            .tax(fen(tax), BOOKS);
        if listed {
            let rows = rows.iter().map(|(net, tax, category)| {
                let row = ReceivedRow::new(format!("*{category}*某")).with_net(fen(*net));
                tax.map_or(row.clone(), |tax| row.with_tax(fen(tax)))
            });
            built = built.rows(rows.collect(), BOOKS);
        }
        built.build().unwrap()
    }

    /// Verified, booked, and maybe claimed and paid.
    fn record(invoice: ReceivedInvoice, verified: bool, claimed: bool) -> ReceivedRecord {
        let at = "2026-05-20T00:00:00Z".parse().unwrap();
        let by = ActorId::new("a").unwrap();
        let answer = VerificationAnswer::Confirmed { standing: Standing::Normal, invoice: None };
        let mut changes = vec![];
        if verified {
            changes.push(ReceivedChange::Asked { question: "q".into(), asked: [0; 32], at });
            changes.push(ReceivedChange::Heard { question: "q".into(), heard: Heard::Answer(answer) });
        }
        if claimed {
            let claim = ClaimId::new("C-1").unwrap();
            changes.push(ReceivedChange::Claimed(Some(Claimed { claim, by: by.clone(), at })));
        }
        let moved = |to, by, at: &str| ReceivedChange::Moved { to, by: Some(by), at: at.parse().unwrap() };
        let (book, pay) =
            (ReceivedStep::Book { voucher: "记-1".into() }, ReceivedStep::Pay { reference: "B-1".into() });
        // In China it is the first of June already.
        changes.push(moved(ReceivedState::Booked, book, "2026-05-31T16:00:00Z"));
        let late = Claimed { claim: ClaimId::new("C-2").unwrap(), by: by.clone(), at };
        changes.push(ReceivedChange::Claimed(Some(late)));
        changes.push(moved(ReceivedState::Paid, pay, "2026-06-20T04:00:00Z"));
        let new = ReceivedRecord::new(invoice, SellerId::new("shop").unwrap(), (by, at));
        changes.iter().try_fold(new, |record, change| ReceivedRecord::evolve(Some(record), change)).unwrap()
    }

    fn accounts() -> Accounts {
        Accounts::default().with_category("家具", Account::new("1601", "固定资产"))
    }

    fn shown(voucher: &Voucher) -> Vec<String> {
        let line =
            |line: &VoucherLine| format!("{} {} {}", line.account().code(), line.debit(), line.credit());
        voucher.lines().iter().map(line).collect()
    }

    #[test]
    fn deductible_tax_is_apart_and_other_tax_is_expense() {
        let rows = [(10_000, Some(1_300), "家具"), (500, Some(30), "茶"), (200, Some(12), "茶")];
        for (kind, claimed, expected) in [
            (
                ReceivedKind::DigitalSpecial,
                false,
                vec!["1601 100.00 0.00", "5602 7.00 0.00", "22210101 13.42 0.00", "2202 0.00 120.42"],
            ),
            (
                ReceivedKind::DigitalOrdinary,
                true,
                vec!["1601 113.00 0.00", "5602 7.42 0.00", "2241 0.00 120.42"],
            ),
        ] {
            let record = record(invoice(kind, &rows, true), true, claimed);
            let booked = Voucher::of_booking(&record, &accounts()).unwrap();
            assert_eq!(shown(&booked), expected);
            assert_eq!(booked.day(), "2026-06-01".parse().unwrap());
            let paid = Voucher::of_payment(&record, &accounts()).unwrap();
            assert_eq!(paid.day(), "2026-06-20".parse().unwrap());
            let owed = if claimed { "2241" } else { "2202" };
            assert_eq!(shown(&paid), [format!("{owed} 120.42 0.00"), "1002 0.00 120.42".to_owned()]);
            assert!(!format!("{paid:?}").contains("示例"));
        }
        let new = record(invoice(ReceivedKind::DigitalSpecial, &rows, true), false, false);
        assert_eq!(shown(&Voucher::of_booking(&new, &accounts()).unwrap()).len(), 3, "not confirmed");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn debit_is_credit_to_the_fen(
            rows in vec((-1_000_000_i64..1_000_000, proptest::option::of(-100_000_i64..100_000), 0..3_usize), 1..6),
            special in any::<bool>(), listed in any::<bool>(), verified in any::<bool>(), claimed in any::<bool>(),
        ) {
            let rows: Vec<(i64, Option<i64>, &str)> =
                rows.iter().map(|(net, tax, sort)| (*net, *tax, ["家具", "茶", "餐饮服务"][*sort])).collect();
            let kind = if special { ReceivedKind::DigitalSpecial } else { ReceivedKind::DigitalOrdinary };
            let record = record(invoice(kind, &rows, listed), verified, claimed);
            let gross = record.invoice().gross().unwrap();
            for voucher in [
                Voucher::of_booking(&record, &accounts()).unwrap(),
                Voucher::of_payment(&record, &accounts()).unwrap(),
            ] {
                let debit: Money = voucher.lines().iter().map(VoucherLine::debit).sum();
                let credit: Money = voucher.lines().iter().map(VoucherLine::credit).sum();
                prop_assert_eq!(debit, credit);
                prop_assert_eq!(credit, gross);
                prop_assert!(voucher.lines().iter().all(|line| line.debit().is_zero() || line.credit().is_zero()));
            }
        }
    }
}
